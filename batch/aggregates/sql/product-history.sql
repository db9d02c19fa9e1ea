-- First and last day and lowest build ID of every signature of the recent days in each of its products, over all time.
-- Reads: recent, signature_days.
-- Creates: product_history.
CREATE OR REPLACE TEMP TABLE product_history AS
WITH own AS (
  SELECT
    product,
    signature,
    min(date) AS first_seen,
    max(date) AS last_seen,
    coalesce(min(try_cast(build_id AS UBIGINT))::VARCHAR, min(build_id)) AS first_build
  FROM recent
  GROUP BY product, signature
),
known AS (
  SELECT
    coalesce(nullif(product, ''), 'Unknown') AS product,
    signature,
    min(date) AS first_seen,
    max(date) AS last_seen,
    coalesce(min(try_cast(first_build AS UBIGINT))::VARCHAR, min(first_build)) AS first_build
  FROM signature_days
  GROUP BY ALL
)
SELECT
  product,
  signature,
  least(known.first_seen, own.first_seen)::VARCHAR AS first_seen,
  greatest(known.last_seen, own.last_seen)::VARCHAR AS last_seen,
  coalesce(known.first_build, own.first_build) AS first_build
FROM own
LEFT JOIN known USING (product, signature)
