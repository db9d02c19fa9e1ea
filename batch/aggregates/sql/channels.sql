-- Totals of every channel of every product in the period.
-- Reads: recent.
SELECT product, release_channel AS channel, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
ORDER BY weighted DESC, channel
