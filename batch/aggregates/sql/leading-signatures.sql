-- The signatures of every product with the most crashes in the period, with their crashes by day.
-- Reads: product_history, recent.
WITH days AS (
  SELECT product, signature, date, count(*) AS count, estimate(weight) AS weighted
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
),
largest AS (
  SELECT
    product,
    signature,
    sum(count)::DOUBLE AS count,
    sum(weighted) AS weighted,
    list({date: date::VARCHAR, weighted: weighted} ORDER BY date) AS days
  FROM days
  GROUP BY product, signature
  QUALIFY row_number() OVER (PARTITION BY product ORDER BY round(sum(weighted), 2) DESC, signature) <= $most
),
installed AS (
  SELECT product, signature, count(DISTINCT install_time)::DOUBLE AS installs
  FROM recent SEMI JOIN largest USING (product, signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
SELECT largest.*, installs, first_seen
FROM largest
JOIN installed USING (product, signature)
JOIN product_history USING (product, signature)
ORDER BY product, round(weighted, 2) DESC, signature
