-- Cells of one product's Top Crashers in one period, which ends a number of days before a time. `signature` is null for the sum over
-- all signatures.
-- Reads: recent, top.
SELECT signature, version, release_channel AS channel, platform, process_type, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM recent SEMI JOIN top USING (signature)
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
  AND coalesce(submitted_at <= $until::TIMESTAMPTZ - to_days($earlier::INTEGER), true)
GROUP BY ALL
UNION ALL
SELECT NULL, version, release_channel, platform, process_type, count(*)::DOUBLE, sum(weight)
FROM recent
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
  AND coalesce(submitted_at <= $until::TIMESTAMPTZ - to_days($earlier::INTEGER), true)
GROUP BY ALL
ORDER BY ALL
