-- Reports of the days that aggregates cover, without duplicates. Missing values are `Unknown`.
-- Reads: unique_crashes.
-- Creates: recent.
CREATE OR REPLACE TEMP TABLE recent AS
SELECT
  crash_id,
  date,
  submitted_at,
  coalesce(nullif(product, ''), 'Unknown') AS product,
  coalesce(nullif(version, ''), 'Unknown') AS version,
  coalesce(nullif(release_channel, ''), 'Unknown') AS release_channel,
  coalesce(nullif(platform, ''), 'Unknown') AS platform,
  coalesce(nullif(process_type, ''), 'parent') AS process_type,
  coalesce(signature, '') AS signature,
  proto_signature,
  coalesce(weight, 1) AS weight,
  platform_pretty_version,
  cpu_arch,
  build_id,
  reason,
  address,
  uptime,
  install_time,
  duplicate_of,
  report_type,
  startup_crash,
  is_garbage_collecting,
  moz_crash_reason,
  adapter_vendor_id,
  android_model
FROM unique_crashes
WHERE date BETWEEN $from::DATE AND $to::DATE
