-- Rows of the table `signatures` for one day.
-- Reads: the files of `crashes` in $crashes.
SELECT
  date,
  coalesce(signature, '') AS signature,
  product,
  count(*)::BIGINT AS count,
  sum(coalesce(weight, 1)) AS weighted,
  coalesce(min(try_cast(build_id AS UBIGINT))::VARCHAR, min(build_id)) AS first_build
FROM read_parquet($crashes, union_by_name = true, hive_partitioning = false)
WHERE duplicate_of IS NULL AND vendor IS DISTINCT FROM $check_vendor
GROUP BY ALL
ORDER BY signature, product
