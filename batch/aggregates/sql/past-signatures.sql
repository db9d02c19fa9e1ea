-- All-time totals and weeks of signatures without a page of their own, those seen last first.
-- Reads: chosen, signature_days.
WITH weeks AS (
  SELECT
    signature,
    coalesce(nullif(product, ''), 'Unknown') AS product,
    date_trunc('week', date)::DATE AS week,
    min(date) AS first_seen,
    max(date) AS last_seen,
    coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS first_build,
    sum(count) AS count,
    sum(weighted) AS weighted
  FROM signature_days
  WHERE NOT EXISTS (SELECT 1 FROM chosen WHERE chosen.signature = signature_days.signature)
  GROUP BY ALL
),
summed AS (
  SELECT signature, week, sum(weighted) AS weighted FROM weeks GROUP BY signature, week
),
lists AS (
  SELECT signature, list({week: week::VARCHAR, weighted: weighted} ORDER BY week DESC)[:$most_weeks] AS weeks
  FROM summed
  GROUP BY signature
)
SELECT
  signature,
  min(first_seen)::VARCHAR AS first_seen,
  max(last_seen)::VARCHAR AS last_seen,
  coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS first_build,
  sum(count)::DOUBLE AS count,
  round(sum(weighted), 2) AS weighted,
  list(DISTINCT product ORDER BY product)[:20] AS products,
  any_value(lists.weeks) AS weeks
FROM weeks
JOIN lists USING (signature)
GROUP BY signature
ORDER BY last_seen DESC, signature
LIMIT $most
