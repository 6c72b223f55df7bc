SELECT CAST(ts AS date) AS day, json_extract_scalar(line, '$.eventName') AS event_name,
       count(*) AS events, count(DISTINCT json_extract_scalar(line, '$.userId')) AS users
FROM inlet_once
WHERE type = 'track' AND dt >= '2026-11-01'
GROUP BY 1, 2
ORDER BY 1, 3 DESC;
