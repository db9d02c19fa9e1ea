-- Reports of chosen signatures by product, version and day.
-- Reads: chosen, recent.
SELECT signature, product, version, date::VARCHAR AS date, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent
JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
