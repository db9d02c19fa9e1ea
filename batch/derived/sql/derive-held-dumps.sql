-- Rows of the table `held_dumps` for one day.
-- Reads: the files of `crashes` in $crashes, those of `modules` in $modules.
-- Older files of `crashes` do not have the column `dumps_dropped_at`.
SELECT
  crash_id,
  date,
  coalesce(product, '') AS product,
  coalesce(version, '') AS version,
  coalesce(platform, '') AS platform,
  coalesce(signature, '') AS signature,
  submitted_at,
  processed_at,
  duplicate_of,
  md5(coalesce(proto_signature, ''))[:16] AS stack,
  crash_id IN (
    SELECT crash_id
    FROM read_parquet($modules, union_by_name = true, hive_partitioning = false)
    WHERE missing_symbols
  ) AS lacks_symbols
FROM (
  SELECT NULL::TIMESTAMP AS dumps_dropped_at
  WHERE false
  UNION ALL BY NAME
  FROM read_parquet($crashes, union_by_name = true, hive_partitioning = false)
)
WHERE dumps_dropped_at IS NULL AND minidump_sha256_hash <> '' AND vendor IS DISTINCT FROM $check_vendor
QUALIFY row_number() OVER (PARTITION BY crash_id ORDER BY processed_at) = 1
ORDER BY product, signature, version
