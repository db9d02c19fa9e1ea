-- The ten signatures of every product with the most crashes in the period.
-- Reads: recent.
SELECT product, signature, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY product, signature
QUALIFY row_number() OVER (PARTITION BY product ORDER BY estimate(weight) DESC, signature) <= 10
ORDER BY weighted DESC, signature
