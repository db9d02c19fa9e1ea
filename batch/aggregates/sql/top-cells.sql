-- Cells of one product's Top Crashers in one period. `signature` is null for the sum over all signatures.
-- Reads: recent, top.
SELECT signature, version, release_channel AS channel, platform, process_type, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent SEMI JOIN top USING (signature)
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
UNION ALL
SELECT NULL, version, release_channel, platform, process_type, count(*)::DOUBLE, sum(weight)
FROM recent
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
GROUP BY ALL
ORDER BY ALL
