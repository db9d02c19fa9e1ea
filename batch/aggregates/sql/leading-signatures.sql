-- The ten most frequent signatures of every product in the period.
-- Reads: recent.
SELECT product, signature, count(*)::DOUBLE AS count, sum(weight) AS weighted
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY product, signature
QUALIFY row_number() OVER (PARTITION BY product ORDER BY count(*) DESC, signature) <= 10
ORDER BY count DESC, signature
