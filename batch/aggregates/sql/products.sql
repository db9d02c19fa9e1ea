-- Totals of every product in the period.
-- Reads: recent.
SELECT
  product,
  count(*)::DOUBLE AS count,
  sum(weight) AS weighted,
  count(DISTINCT signature)::DOUBLE AS signatures
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY product
ORDER BY count DESC, product
