-- The reports of some signatures of `stale`: by their number, the newest first. Longer texts are in parts (`streamRows`).
-- Reads: recent, stale.
SELECT
  number,
  crash_id[1:12] AS "crash_id 1",
  crash_id[13:24] AS "crash_id 2",
  crash_id[25:] AS "crash_id 3",
  epoch_us(submitted_at) AS submitted_us,
  (date - $from::DATE)::INTEGER AS day,
  product,
  version,
  release_channel,
  build_id,
  platform,
  platform_pretty_version,
  cpu_arch,
  process_type,
  reason,
  address[1:12] AS "address 1",
  address[13:] AS "address 2",
  uptime::DOUBLE AS uptime,
  install_time::DOUBLE AS install_time,
  NULL::VARCHAR AS duplicate_of,
  stack_key[1:12] AS "stack_key 1",
  stack_key[13:] AS "stack_key 2",
  report_type,
  moz_crash_reason::VARCHAR AS moz_crash_reason,
  adapter_vendor_id,
  android_model,
  weight::DOUBLE AS weight
FROM recent
JOIN stale USING (signature)
WHERE date BETWEEN $from::DATE AND $to::DATE AND number BETWEEN $first AND $last
ORDER BY number, submitted_at DESC, crash_id
