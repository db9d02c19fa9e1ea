SELECT label, subject, product,
  list(DISTINCT action ORDER BY action) AS actions,
  count(*)::INTEGER AS count,
  strftime(max(recorded_at), '%Y-%m-%dT%H:%M:%SZ') AS last
FROM read_parquet($paths, union_by_name = true)
GROUP BY ALL
ORDER BY last DESC, label, subject, product
LIMIT $most
