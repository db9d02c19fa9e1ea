-- The crashes of the chosen releases of one product, up to their greatest age; `age` is the lowest of the given ages of
-- the kind that is not below the age of the crash, in seconds.
-- Reads: shown_names, unique_crashes.
-- Creates: release_crashes.
CREATE OR REPLACE TEMP TABLE release_crashes AS
WITH releases AS (
  SELECT
    unnest($numbers)::INTEGER AS number,
    unnest($kinds) AS kind,
    unnest($names) AS name,
    unnest($starts)::DATE AS start,
    unnest($elapsed)::BIGINT AS elapsed
),
ages AS (
  SELECT DISTINCT kind, elapsed AS age FROM releases
),
sent AS (
  SELECT
    unnest([
      {kind: 'version', name: version},
      {kind: 'build', name: build_id},
      {kind: 'channel', name: release_channel}
    ], recursive := true),
    coalesce(signature, '') AS signature,
    coalesce(nullif(platform, ''), 'Unknown') AS platform,
    install_time,
    coalesce(weight, 1) AS weight,
    date,
    coalesce(epoch(submitted_at), epoch(date)) AS sent_at
  FROM unique_crashes
  WHERE product = $product AND date BETWEEN $first::DATE AND $last::DATE
),
aged AS (
  SELECT number, kind, signature, platform, install_time, weight, date, elapsed,
    greatest(0, floor(sent_at - epoch(start)))::BIGINT AS seconds
  FROM sent
  JOIN releases USING (kind, name)
  WHERE date >= start
)
SELECT
  number,
  aged.kind,
  signature,
  CASE WHEN shown.name IS NULL THEN 'Other' ELSE platform END AS platform,
  install_time,
  weight,
  date,
  seconds // 86400 AS day,
  age
FROM aged
ASOF JOIN ages ON ages.kind = aged.kind AND aged.seconds <= ages.age
LEFT JOIN shown_names shown ON shown.kind = 'platform' AND shown.name = platform
WHERE seconds <= elapsed
