SELECT node, min(seq) AS first_seq, max(seq) AS last_seq,
       max(seq) - min(seq) + 1 - count(DISTINCT seq) AS missing
FROM inlet_rows
WHERE dt >= date_format(current_date - INTERVAL '31' DAY, '%Y-%m-%d')
  AND received_at >= current_date - INTERVAL '30' DAY
GROUP BY node;
