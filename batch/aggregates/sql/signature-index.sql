-- The signatures of the last year, those with the most crashes in the recent days first, then those seen last. Recent days
-- are those of other aggregates; older ones come from the derived table, whose history is longer.
-- Reads: recent, signature_days.
WITH days AS (
  SELECT
    signature,
    coalesce(nullif(product, ''), 'Unknown') AS product,
    min(date) AS first_seen,
    max(date) AS last_seen,
    sum(weighted) AS weighted,
    NULL::DATE AS recent_date
  FROM signature_days
  WHERE date < $from::DATE
  GROUP BY ALL
  UNION ALL
  SELECT signature, product, date, date, estimate(weight), date
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
),
products AS (
  SELECT signature, list(product ORDER BY weighted DESC, product)[:$most_products] AS products
  FROM (SELECT signature, product, round(sum(weighted), 2) AS weighted FROM days GROUP BY ALL)
  GROUP BY signature
),
dates AS (
  SELECT signature, list({date: recent_date::VARCHAR, weighted: weighted} ORDER BY recent_date) AS days
  FROM (
    SELECT signature, recent_date, sum(weighted) AS weighted
    FROM days
    WHERE recent_date IS NOT NULL
    GROUP BY ALL
  )
  GROUP BY signature
),
totals AS (
  SELECT
    signature,
    min(first_seen)::VARCHAR AS first_seen,
    max(last_seen)::VARCHAR AS last_seen,
    round(sum(weighted))::DOUBLE AS total,
    round(coalesce(sum(weighted) FILTER (WHERE recent_date IS NOT NULL), 0))::DOUBLE AS recent
  FROM days
  WHERE signature <> ''
  GROUP BY signature
  HAVING max(last_seen) > $to::DATE - $most_days::INTEGER
)
SELECT totals.*, products, coalesce(days, []) AS days, count(*) OVER ()::DOUBLE AS all_signatures
FROM totals
JOIN products USING (signature)
LEFT JOIN dates USING (signature)
ORDER BY recent DESC, last_seen DESC, signature
LIMIT $most
