-- Crashes of the signatures of `scoped` by product, version and day.
-- Reads: scoped.
SELECT
  signature,
  scope,
  product,
  version,
  date::VARCHAR AS date,
  count(*)::DOUBLE AS count,
  estimate(weight) AS weighted
FROM scoped
GROUP BY ALL
