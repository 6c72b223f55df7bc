WITH found AS (
  SELECT ts, line, row_number() OVER (PARTITION BY id ORDER BY received_at, node, seq) AS copy
  FROM inlet_rows
  WHERE type = 'track' AND dt >= date_format(current_date - INTERVAL '31' DAY, '%Y-%m-%d'))
SELECT CAST(ts AS date) AS day, json_extract_scalar(line, '$.eventName') AS event_name,
       count(*) AS events, count(DISTINCT json_extract_scalar(line, '$.userId')) AS users
FROM found
WHERE copy = 1 AND ts >= current_date - INTERVAL '30' DAY
GROUP BY 1, 2
ORDER BY 1, 3 DESC;
