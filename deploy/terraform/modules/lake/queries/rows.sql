CREATE OR REPLACE VIEW inlet_rows AS
WITH parsed AS (
  SELECT type, dt, line,
         json_extract_scalar(line, '$.id') AS id,
         CAST(from_iso8601_timestamp(json_extract_scalar(line, '$.receivedAt')) AT TIME ZONE 'UTC' AS timestamp) AS received_at,
         json_extract_scalar(line, '$.node') AS node,
         CAST(json_extract_scalar(line, '$.seq') AS bigint) AS seq,
         CAST(json_extract_scalar(line, '$.timestampUTC') AS bigint) AS t
  FROM inlet_lines
  WHERE json_extract_scalar(line, '$.type') = type),
timed AS (
  SELECT *, CASE WHEN t >= 100000000000 OR t <= -100000000000 THEN t ELSE t * 1000 END AS ms
  FROM parsed
  WHERE id IS NOT NULL)
SELECT type, dt, id, received_at, node, seq, line,
       CASE WHEN ms BETWEEN -62135596800000 AND 253402300799999
            THEN CAST(from_unixtime(ms / 1000e0) AT TIME ZONE 'UTC' AS timestamp) ELSE received_at END AS ts
FROM timed;
