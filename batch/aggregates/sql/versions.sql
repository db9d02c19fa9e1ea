-- Totals of every version of every product in the period, with its channels, those with the most crashes first, and the
-- day of its first crash: over all time where reports have build IDs, else in the recent days.
-- Reads: build_days, recent.
WITH known AS (
  SELECT
    coalesce(nullif(product, ''), 'Unknown') AS product,
    coalesce(nullif(version, ''), 'Unknown') AS version,
    date
  FROM build_days
  WHERE source = 'crashes'
),
began AS (
  SELECT product, version, min(date)::VARCHAR AS first_date
  FROM (FROM known UNION ALL SELECT product, version, date FROM recent)
  GROUP BY product, version
)
SELECT
  product,
  version,
  sum(count) AS count,
  sum(weighted) AS weighted,
  list(release_channel ORDER BY weighted DESC, release_channel) AS channels,
  any_value(first_date) AS first_date
FROM (
  SELECT product, version, release_channel, count(*)::DOUBLE AS count, estimate(weight) AS weighted
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
JOIN began USING (product, version)
GROUP BY product, version
