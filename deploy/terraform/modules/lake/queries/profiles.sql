WITH calls AS (
  SELECT json_extract_scalar(line, '$.userId') AS user_id, ts, received_at, node, seq,
         CAST(json_extract(line, '$.attributes') AS map(varchar, json)) AS attributes,
         row_number() OVER (PARTITION BY id ORDER BY received_at, node, seq) AS copy
  FROM inlet_rows
  WHERE type = 'profile')
SELECT user_id, attribute, max_by(json_format(value), ROW(ts, received_at, node, seq)) AS value
FROM calls CROSS JOIN UNNEST(attributes) AS a (attribute, value)
WHERE copy = 1
GROUP BY user_id, attribute;
