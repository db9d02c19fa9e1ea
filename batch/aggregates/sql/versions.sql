-- Totals of every version of every product in the period, with its channels, most frequent first.
-- Reads: recent.
SELECT
  product,
  version,
  sum(count) AS count,
  sum(weighted) AS weighted,
  list(release_channel ORDER BY count DESC, release_channel) AS channels
FROM (
  SELECT product, version, release_channel, count(*)::DOUBLE AS count, sum(weight) AS weighted
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
GROUP BY product, version
