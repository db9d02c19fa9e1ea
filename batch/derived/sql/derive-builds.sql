-- Rows of the table `builds` for one day.
-- Reads: the files of `crashes` in $crashes.
SELECT
  date,
  product,
  version,
  release_channel,
  build_id,
  count(*)::BIGINT AS count,
  sum(coalesce(weight, 1)) AS weighted,
  'crashes' AS source
FROM read_parquet($crashes, union_by_name = true, hive_partitioning = false)
WHERE duplicate_of IS NULL AND vendor IS DISTINCT FROM $check_vendor AND build_id IS NOT NULL
GROUP BY ALL
ORDER BY product, release_channel, build_id, version
