-- The fifty values with the most crashes of each facet of the chosen signatures. Uptime is grouped in ranges.
-- Reads: chosen, recent.
WITH facets AS (
  SELECT
    signature,
    weight,
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
  FROM recent
  JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
)
SELECT signature, facet, value, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM (UNPIVOT facets ON COLUMNS(* EXCLUDE (signature, weight)) INTO NAME facet VALUE value)
WHERE value <> ''
GROUP BY signature, facet, value
QUALIFY row_number() OVER (PARTITION BY signature, facet ORDER BY estimate(weight) DESC, value) <= 50
ORDER BY signature, facet, weighted DESC, value
