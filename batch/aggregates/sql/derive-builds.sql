-- Rows of the table `builds` for one day; `$crashes` is the day's rows of `crashes`.
SELECT
  date,
  product,
  version,
  release_channel,
  build_id,
  count(*)::BIGINT AS count,
  sum(coalesce(weight, 1)) AS weighted,
  'crashes' AS source
FROM $crashes
WHERE duplicate_of IS NULL AND build_id IS NOT NULL
GROUP BY ALL
ORDER BY product, release_channel, build_id, version
