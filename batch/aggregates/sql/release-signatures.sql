-- The signatures with the most crashes of each release, in all releases.
-- Reads: product_history, release_crashes.
WITH ages AS (
  SELECT number, signature, age, count(*)::DOUBLE AS count, estimate(weight) AS weighted
  FROM release_crashes
  GROUP BY ALL
),
facts AS (
  SELECT
    number,
    signature,
    estimate(weight) AS weighted,
    count(DISTINCT install_time)::DOUBLE AS installs,
    CASE WHEN count(DISTINCT platform) = 1 THEN any_value(platform) END AS only_platform,
    min(date) AS first_seen
  FROM release_crashes
  GROUP BY number, signature
),
largest AS (
  SELECT DISTINCT signature
  FROM (
    SELECT signature, row_number() OVER (PARTITION BY number ORDER BY weighted DESC, signature) AS place
    FROM facts
  )
  WHERE place <= $most
),
lists AS (
  SELECT number, signature, list({age: age::DOUBLE, count: count, weighted: weighted} ORDER BY age) AS by_age
  FROM ages SEMI JOIN largest USING (signature)
  GROUP BY number, signature
)
SELECT
  signature,
  number,
  facts.installs,
  facts.only_platform,
  coalesce(product_history.first_seen, facts.first_seen::VARCHAR) AS first_seen,
  lists.by_age
FROM lists
JOIN facts USING (number, signature)
LEFT JOIN product_history
  ON product_history.product = $product AND product_history.signature = lists.signature
ORDER BY signature, number
