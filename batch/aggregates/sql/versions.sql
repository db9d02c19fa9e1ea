-- Totals of every version of every product in the period, with its channels, those with the most crashes first.
-- Reads: recent.
SELECT
  product,
  version,
  sum(count) AS count,
  sum(weighted) AS weighted,
  list(release_channel ORDER BY weighted DESC, release_channel) AS channels
FROM (
  SELECT product, version, release_channel, count(*)::DOUBLE AS count, estimate(weight) AS weighted
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
GROUP BY product, version
