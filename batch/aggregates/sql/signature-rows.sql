-- The reports of the signatures of `stale`: by their number, the newest first.
-- Reads: recent, stale.
SELECT
  number,
  crash_id,
  epoch_us(submitted_at) AS submitted_us,
  date::VARCHAR AS date,
  product,
  version,
  release_channel,
  build_id,
  platform,
  platform_pretty_version,
  cpu_arch,
  process_type,
  reason,
  address,
  CASE
    WHEN uptime IS NULL THEN NULL
    WHEN uptime < 60 THEN '< 1 min'
    WHEN uptime < 300 THEN '1-5 min'
    WHEN uptime < 900 THEN '5-15 min'
    WHEN uptime < 3600 THEN '15-60 min'
    ELSE '> 1 hour'
  END AS uptime_range,
  uptime::DOUBLE AS uptime,
  install_time::DOUBLE AS install_time,
  NULL::VARCHAR AS duplicate_of,
  stack_key,
  report_type,
  moz_crash_reason::VARCHAR AS moz_crash_reason,
  adapter_vendor_id,
  android_model,
  weight::DOUBLE AS weight
FROM recent
JOIN stale USING (signature)
WHERE date BETWEEN $from::DATE AND $to::DATE
ORDER BY number, submitted_at DESC, crash_id
