-- The signatures of Top Crashers of every product: the top ones of all, of each channel, platform, process type and report
-- type, and of each leading version, so that the list is exact under any one of these filters. At most $most of a
-- product, those that are highest in a list.
-- Reads: recent.
-- Creates: top.
CREATE OR REPLACE TEMP TABLE top AS
WITH reports AS (
  SELECT product, signature, version, release_channel, platform, process_type, report_type, weight
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
),
main_versions AS (
  SELECT product, version FROM reports GROUP BY product, version
  QUALIFY row_number() OVER (PARTITION BY product ORDER BY estimate(weight) DESC, version) <= $versions
),
ranked AS (
  SELECT
    product,
    signature,
    version,
    grouping(version, release_channel, platform, process_type, report_type) AS kind,
    row_number() OVER (
      PARTITION BY product, grouping(version, release_channel, platform, process_type, report_type),
        version, release_channel, platform, process_type, report_type
      ORDER BY estimate(weight) DESC, signature
    ) AS rank
  FROM reports
  GROUP BY GROUPING SETS (
    (product, signature),
    (product, signature, version),
    (product, signature, release_channel),
    (product, signature, platform),
    (product, signature, process_type),
    (product, signature, report_type)
  )
)
SELECT product, signature
FROM ranked LEFT JOIN main_versions main USING (product, version)
WHERE kind = 31 AND rank <= $total OR kind > 15 AND kind < 31 AND rank <= $each
  OR kind = 15 AND rank <= $each AND main.version IS NOT NULL
GROUP BY product, signature
QUALIFY row_number() OVER (
  PARTITION BY product ORDER BY min(CASE WHEN kind = 31 THEN rank * $each / $total ELSE rank END), signature
) <= $most
