-- Rows of the table `missing_modules` for one day.
-- Reads: the files of `crashes` in $crashes, those of `modules` in $modules.
-- A crash counts once for each module, also when the module is loaded twice. Duplicates have rows, but do not count.
WITH lacking AS (
  SELECT DISTINCT crash_id, filename, debug_file, debug_id, code_id
  FROM (
    FROM read_parquet($modules, union_by_name = true, hive_partitioning = false)
    UNION ALL BY NAME
    SELECT NULL::VARCHAR AS filename, NULL::VARCHAR AS debug_file, NULL::VARCHAR AS debug_id, NULL::VARCHAR AS code_id
    WHERE false
  )
  WHERE missing_symbols
)
SELECT
  crashes.date,
  lacking.filename,
  lacking.debug_file,
  lacking.debug_id,
  lacking.code_id,
  crashes.product,
  count(*) FILTER (duplicate_of IS NULL)::BIGINT AS count,
  coalesce(sum(coalesce(weight, 1)) FILTER (duplicate_of IS NULL), 0)::DOUBLE AS weighted
FROM lacking
JOIN read_parquet($crashes, union_by_name = true, hive_partitioning = false) AS crashes USING (crash_id)
WHERE crashes.vendor IS DISTINCT FROM $check_vendor
GROUP BY ALL
ORDER BY lacking.filename, lacking.debug_id, crashes.product
