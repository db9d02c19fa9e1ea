-- The signatures of one product's Top Crashers: the top ones of all, and of each version, channel, platform and
-- process type, so that the list is exact under any one of these filters.
-- Reads: recent.
-- Creates: top.
CREATE OR REPLACE TEMP TABLE top AS
SELECT DISTINCT signature
FROM (
  SELECT
    signature,
    row_number() OVER (
      PARTITION BY grouping(version), grouping(release_channel), grouping(platform), grouping(process_type),
        version, release_channel, platform, process_type
      ORDER BY estimate(weight) DESC, signature
    ) AS rank,
    grouping(version, release_channel, platform, process_type) = 15 AS is_total
  FROM recent
  WHERE product = $product AND date BETWEEN $from::DATE AND $to::DATE
  GROUP BY GROUPING SETS (
    (signature), (signature, version), (signature, release_channel), (signature, platform), (signature, process_type)
  )
)
WHERE rank <= CASE WHEN is_total THEN 300 ELSE 50 END
