-- Totals of every product in the period.
-- Reads: recent.
SELECT
  product,
  count(*)::DOUBLE AS count,
  estimate(weight) AS weighted,
  count(DISTINCT signature)::DOUBLE AS signatures
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY product
ORDER BY weighted DESC, product
