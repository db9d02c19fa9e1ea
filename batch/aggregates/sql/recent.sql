-- Reports of the days that aggregates cover, without duplicates. Missing values are `Unknown`, names beyond the limits
-- `Other`. `recent.ts` makes the types of columns with few values. Stacks are long: only a hash of each is here.
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
    coalesce(signature, '')::recent_signature AS signature,
    hash(proto_signature) AS proto_hash,
    coalesce(weight, 1) AS weight,
    platform_pretty_version::recent_platform_pretty_version AS platform_pretty_version,
    cpu_arch::recent_cpu_arch AS cpu_arch,
    build_id::recent_build_id AS build_id,
    reason::recent_reason AS reason,
    address,
    stack_key,
    uptime,
    install_time,
    coalesce(nullif(report_type, ''), 'crash')::recent_report_type AS report_type,
    startup_crash,
    is_garbage_collecting,
    moz_crash_reason::recent_moz_crash_reason AS moz_crash_reason,
    adapter_vendor_id::recent_adapter_vendor_id AS adapter_vendor_id,
    android_model::recent_android_model AS android_model
  FROM unique_crashes
  WHERE date BETWEEN $from::DATE AND $to::DATE
)
SELECT sent.* REPLACE (
  CASE WHEN product.name IS NULL THEN 'Other' ELSE sent.product END::recent_product AS product,
  CASE WHEN product.name IS NULL OR version.name IS NULL THEN 'Other' ELSE sent.version END::recent_version AS version,
  CASE WHEN product.name IS NULL OR channel.name IS NULL THEN 'Other' ELSE sent.release_channel END::recent_release_channel
    AS release_channel,
  CASE WHEN platform.name IS NULL THEN 'Other' ELSE sent.platform END::recent_platform AS platform,
  CASE WHEN process.name IS NULL THEN 'Other' ELSE sent.process_type END::recent_process_type AS process_type
)
FROM sent
LEFT JOIN shown_names product ON product.kind = 'product' AND product.name = sent.product
LEFT JOIN shown_names version
  ON version.kind = 'version' AND version.of_product = sent.product AND version.name = sent.version
LEFT JOIN shown_names channel
  ON channel.kind = 'release_channel' AND channel.of_product = sent.product AND channel.name = sent.release_channel
LEFT JOIN shown_names platform ON platform.kind = 'platform' AND platform.name = sent.platform
LEFT JOIN shown_names process ON process.kind = 'process_type' AND process.name = sent.process_type
