-- The newest reports of each signature of `scoped`, and of each of its leading versions.
-- Reads: scoped.
SELECT
  signature,
  scope,
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
FROM scoped
QUALIFY row_number() OVER (PARTITION BY signature, scope ORDER BY submitted_at DESC, crash_id) <= $most
  OR leader IS NOT NULL AND row_number() OVER (
    PARTITION BY signature, scope, leader ORDER BY submitted_at DESC, crash_id
  ) <= $of_version
ORDER BY signature, scope, submitted_at DESC, crash_id
