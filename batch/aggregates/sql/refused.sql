-- Refused reports of the period, by product and rule.
-- Reads: refusals.
SELECT
  coalesce(nullif(product, ''), 'Unknown') AS product,
  rule,
  sum(count)::DOUBLE AS count
FROM refusals
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
ORDER BY count DESC, product, rule
