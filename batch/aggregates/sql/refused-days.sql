-- Refused reports by day, product and rule.
-- Reads: refusals.
SELECT
  coalesce(nullif(product, ''), 'Unknown') AS product,
  date::VARCHAR AS date,
  rule,
  sum(count)::DOUBLE AS count
FROM refusals
WHERE date BETWEEN $from::DATE AND $to::DATE
  AND list_contains($products, coalesce(nullif(product, ''), 'Unknown'))
GROUP BY ALL
ORDER BY product, date, count DESC, rule
