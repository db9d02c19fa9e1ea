-- The versions, builds and channels of every product that a release view may have: the ones with the most crashes in the
-- recent days, with their first days over half a year. Older days count where builds are known. A release starts on the
-- first day with at least 2 % of the crashes of its largest day: single crashes of tests come before.
-- Reads: build_days, recent.
WITH counted AS (
  SELECT product, version, build_id, release_channel, date, count(*) AS count, estimate(weight) AS weighted
  FROM recent
  WHERE product NOT IN ('Unknown', 'Other')
  GROUP BY ALL
  UNION ALL
  SELECT product, version, build_id, release_channel, date, sum(count), sum(weighted)
  FROM build_days
  WHERE source = 'crashes' AND date BETWEEN $earliest::DATE AND $before::DATE
  GROUP BY ALL
),
named AS (
  SELECT product, unnest([
      {kind: 'version', name: version},
      {kind: 'build', name: build_id},
      {kind: 'channel', name: release_channel}
    ], recursive := true), release_channel AS channel, date, count, weighted
  FROM counted
),
days AS (
  SELECT product, kind, name, channel, date, sum(count) AS count, sum(weighted) AS weighted
  FROM named
  WHERE name NOT IN ('', 'Unknown', 'Other')
  GROUP BY ALL
),
channels AS (
  SELECT product, kind, name, channel
  FROM days
  GROUP BY product, kind, name, channel
  QUALIFY row_number() OVER (PARTITION BY product, kind, name ORDER BY round(sum(weighted), 2) DESC, channel) = 1
),
sums AS (
  SELECT product, kind, name, date, sum(count) AS count, sum(weighted) AS weighted,
    max(sum(weighted)) OVER (PARTITION BY product, kind, name) AS largest,
    min(date) OVER (PARTITION BY product) AS first_of_product
  FROM days
  GROUP BY product, kind, name, date
)
SELECT
  product,
  kind,
  name,
  any_value(channels.channel) AS channel,
  min(date) FILTER (weighted >= 0.02 * largest)::VARCHAR AS start,
  any_value(first_of_product)::VARCHAR AS first_of_product,
  coalesce(round(sum(weighted) FILTER (date > $to::DATE - 7), 2), 0) AS recent,
  coalesce(round(sum(weighted) FILTER (date > $to::DATE - 28), 2), 0) AS weighted
FROM sums
JOIN channels USING (product, kind, name)
GROUP BY product, kind, name
HAVING sum(count) FILTER (date > $to::DATE - 56) >= $least
QUALIFY row_number() OVER (
  PARTITION BY product, kind
  ORDER BY round(sum(weighted) FILTER (date > $to::DATE - 56), 2) DESC, name
) <= $most
ORDER BY product, kind, weighted DESC, name
