-- Facts about each signature of Top Crashers besides its counts.
-- Reads: recent, top.
SELECT
  signature,
  count(DISTINCT install_time)::DOUBLE AS installs,
  (count(*) FILTER (report_type = 'hang'))::DOUBLE AS hangs,
  (count(*) FILTER (startup_crash))::DOUBLE AS startup,
  (count(*) FILTER (is_garbage_collecting))::DOUBLE AS garbage_collecting
FROM recent SEMI JOIN top USING (signature)
WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
GROUP BY signature
