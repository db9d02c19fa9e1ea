-- Totals of every product by platform and day.
-- Reads: recent.
SELECT product, platform, date::VARCHAR AS date, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
