SELECT label, token_id, action, product,
  count(*)::INTEGER AS count,
  count(DISTINCT subject)::INTEGER AS subjects,
  strftime(min(recorded_at), '%Y-%m-%dT%H:%M:%SZ') AS first,
  strftime(max(recorded_at), '%Y-%m-%dT%H:%M:%SZ') AS last
FROM read_parquet($paths, union_by_name = true)
GROUP BY ALL
ORDER BY label, token_id, action, product
