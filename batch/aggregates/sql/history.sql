-- First and last day and lowest build ID of every signature of the recent days, over all time. Rows that another run has
-- just added to `crashes` are not in `signatures` yet, so the recent days are included.
-- Reads: recent, signatures.
-- Creates: history.
CREATE OR REPLACE TEMP TABLE history AS
SELECT
  signature,
  least(known.first_seen, own.first_seen)::VARCHAR AS first_seen,
  greatest(known.last_seen, own.last_seen)::VARCHAR AS last_seen,
  coalesce(known.first_build, own.first_build) AS first_build
FROM (
  SELECT
    signature,
    min(date) AS first_seen,
    max(date) AS last_seen,
    coalesce(min(try_cast(build_id AS UBIGINT))::VARCHAR, min(build_id)) AS first_build
  FROM recent
  GROUP BY signature
) own
LEFT JOIN signatures known USING (signature)
