-- The newest reports of each chosen signature.
-- Reads: chosen, recent.
SELECT
  signature,
  crash_id,
  epoch_us(submitted_at) AS submitted_us,
  product,
  nullif(version, 'Unknown') AS version,
  nullif(release_channel, 'Unknown') AS release_channel,
  build_id,
  nullif(platform, 'Unknown') AS platform,
  platform_pretty_version,
  cpu_arch,
  process_type,
  reason,
  address,
  uptime,
  install_time,
  duplicate_of
FROM recent
JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
WHERE date BETWEEN $from::DATE AND $to::DATE
QUALIFY row_number() OVER (PARTITION BY signature ORDER BY submitted_at DESC, crash_id) <= $most
ORDER BY signature, submitted_at DESC, crash_id
