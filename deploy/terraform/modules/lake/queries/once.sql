CREATE OR REPLACE VIEW inlet_once AS
WITH parsed AS (
  SELECT type, dt, line,
         json_extract_scalar(line, '$.id') AS id,
         from_iso8601_timestamp(json_extract_scalar(line, '$.receivedAt')) AS received_at,
         json_extract_scalar(line, '$.node') AS node,
         CAST(json_extract_scalar(line, '$.seq') AS bigint) AS seq,
         CAST(json_extract_scalar(line, '$.timestampUTC') AS bigint) AS t
  FROM inlet_lines
  WHERE json_extract_scalar(line, '$.type') = type),
numbered AS (
  SELECT *, CASE WHEN t >= 100000000000 OR t <= -100000000000 THEN t ELSE t * 1000 END AS ms,
         row_number() OVER (PARTITION BY id ORDER BY received_at, node, seq) AS copy
  FROM parsed
  WHERE id IS NOT NULL)
SELECT type, dt, id, received_at, node, seq, line,
       CASE WHEN ms BETWEEN -62135596800000 AND 253402300799999
            THEN from_unixtime(ms / 1000e0) ELSE received_at END AS ts
FROM numbered
WHERE copy = 1;
