-- Reports of the days that aggregates cover, without duplicates. Missing values are `Unknown`, names beyond the limits
-- `Other`.
-- Reads: shown_names, unique_crashes.
-- Creates: recent.
CREATE OR REPLACE TEMP TABLE recent AS
WITH sent AS (
  SELECT
    crash_id,
    date,
    submitted_at,
    processed_at,
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
    stack_key,
    uptime,
    install_time,
    duplicate_of,
    coalesce(nullif(report_type, ''), 'crash') AS report_type,
    startup_crash,
    is_garbage_collecting,
    moz_crash_reason,
    adapter_vendor_id,
    android_model
  FROM unique_crashes
  WHERE date BETWEEN $from::DATE AND $to::DATE
)
SELECT sent.* REPLACE (
  CASE WHEN product.name IS NULL THEN 'Other' ELSE sent.product END AS product,
  CASE WHEN product.name IS NULL OR version.name IS NULL THEN 'Other' ELSE sent.version END AS version,
  CASE WHEN product.name IS NULL OR channel.name IS NULL THEN 'Other' ELSE sent.release_channel END AS release_channel,
  CASE WHEN platform.name IS NULL THEN 'Other' ELSE sent.platform END AS platform,
  CASE WHEN process.name IS NULL THEN 'Other' ELSE sent.process_type END AS process_type
)
FROM sent
LEFT JOIN shown_names product ON product.kind = 'product' AND product.name = sent.product
LEFT JOIN shown_names version
  ON version.kind = 'version' AND version.of_product = sent.product AND version.name = sent.version
LEFT JOIN shown_names channel
  ON channel.kind = 'release_channel' AND channel.of_product = sent.product AND channel.name = sent.release_channel
LEFT JOIN shown_names platform ON platform.kind = 'platform' AND platform.name = sent.platform
LEFT JOIN shown_names process ON process.kind = 'process_type' AND process.name = sent.process_type
