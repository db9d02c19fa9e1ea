-- Facts about each signature of Top Crashers besides its counts; `signature` is null for the sum over all signatures.
-- Reads: recent, top.
SELECT
  signature,
  count(DISTINCT install_time)::DOUBLE AS installs,
  estimate(CASE WHEN report_type = 'hang' THEN weight ELSE 0 END) AS hangs,
  estimate(CASE WHEN startup_crash THEN weight ELSE 0 END) AS startup,
  estimate(CASE WHEN is_garbage_collecting THEN weight ELSE 0 END) AS garbage_collecting
FROM recent SEMI JOIN top USING (signature)
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
GROUP BY signature
UNION ALL
SELECT NULL, 0, 0, estimate(CASE WHEN startup_crash THEN weight ELSE 0 END), 0
FROM recent
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
