SELECT to_json({
  recorded_at: strftime(recorded_at, '%Y-%m-%dT%H:%M:%S.%gZ'),
  label: label, token_id: token_id, action: action, subject: subject, detail: detail, product: product
})::VARCHAR
FROM read_parquet($paths, union_by_name = true)
ORDER BY recorded_at, label, subject, detail
