-- The fifty values with the most crashes of each facet of the signatures of `scoped`, with their crashes in each leading
-- version. Uptime is grouped in ranges.
-- Reads: scoped.
WITH facets AS (
  SELECT
    signature,
    scope,
    weight,
    leader,
    product,
    version,
    release_channel,
    process_type,
    platform,
    platform_pretty_version,
    cpu_arch,
    reason,
    address,
    stack_key,
    build_id,
    report_type,
    moz_crash_reason,
    adapter_vendor_id,
    android_model,
    CASE
      WHEN uptime IS NULL THEN NULL
      WHEN uptime < 60 THEN '< 1 min'
      WHEN uptime < 300 THEN '1-5 min'
      WHEN uptime < 900 THEN '5-15 min'
      WHEN uptime < 3600 THEN '15-60 min'
      ELSE '> 1 hour'
    END AS uptime,
    install_time::VARCHAR AS install_time
  FROM scoped
),
counted AS (
  SELECT signature, scope, facet, value, leader, count(*)::DOUBLE AS count, estimate(weight) AS weighted
  FROM (UNPIVOT facets ON COLUMNS(* EXCLUDE (signature, scope, weight, leader)) INTO NAME facet VALUE value)
  WHERE value <> ''
  GROUP BY ALL
)
SELECT
  signature,
  scope,
  facet,
  value,
  sum(count) AS count,
  round(sum(weighted), 2) AS weighted,
  list({place: leader::INTEGER, count: count, weighted: weighted} ORDER BY leader)
    FILTER (leader IS NOT NULL) AS versions
FROM counted
GROUP BY signature, scope, facet, value
QUALIFY row_number() OVER (
  PARTITION BY signature, scope, facet ORDER BY round(sum(weighted), 2) DESC, value
) <= 50
ORDER BY signature, scope, facet, weighted DESC, value
