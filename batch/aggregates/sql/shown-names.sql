-- The names from clients that aggregates show. Of names without an entry in a product file, these are the ones with the
-- most crashes on each day: anyone can send any number of them. All others become `Other`.
-- Reads: unique_crashes.
-- Creates: shown_names.
CREATE OR REPLACE TEMP TABLE shown_names AS
WITH counted AS MATERIALIZED (
  SELECT
    date,
    coalesce(nullif(product, ''), 'Unknown') AS product,
    coalesce(nullif(version, ''), 'Unknown') AS version,
    coalesce(nullif(release_channel, ''), 'Unknown') AS release_channel,
    coalesce(nullif(platform, ''), 'Unknown') AS platform,
    coalesce(nullif(process_type, ''), 'parent') AS process_type,
    estimate(coalesce(weight, 1)) AS crashes
  FROM unique_crashes
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
),
named AS (
  SELECT 'product' AS kind, '' AS of_product, product AS name, $products AS most,
    product = 'Unknown' OR list_contains($known_products, product) AS known, date, crashes
  FROM counted
  UNION ALL
  SELECT 'version', product, version, $versions, false, date, crashes FROM counted
  UNION ALL
  SELECT 'release_channel', product, release_channel, $channels,
    list_contains($known_channels, concat(product, chr(31), release_channel)), date, crashes
  FROM counted
  UNION ALL
  SELECT 'platform', '', platform, $channels, false, date, crashes FROM counted
  UNION ALL
  SELECT 'process_type', '', process_type, $channels, false, date, crashes FROM counted
),
ranked AS (
  SELECT kind, of_product, name, known OR most >= row_number() OVER (
      PARTITION BY kind, of_product, known, date ORDER BY sum(crashes) DESC, name
    ) AS shown
  FROM named
  GROUP BY kind, of_product, name, most, known, date
)
SELECT DISTINCT kind, of_product, name FROM ranked WHERE shown
