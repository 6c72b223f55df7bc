SELECT node, min(seq) AS first_seq, max(seq) AS last_seq,
       max(seq) - min(seq) + 1 - count(DISTINCT seq) AS missing
FROM (SELECT json_extract_scalar(line, '$.node') AS node,
             CAST(json_extract_scalar(line, '$.seq') AS bigint) AS seq
      FROM inlet_lines)
GROUP BY node;
