-- Reports of the period that were not stored, by product and by what refused them.
-- Reads: refusals.
SELECT
  coalesce(nullif(product, ''), 'Unknown') AS product,
  rule,
  sum(count)::DOUBLE AS count
FROM refusals
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
ORDER BY count DESC, product, rule
