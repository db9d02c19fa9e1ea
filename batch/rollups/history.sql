-- First and last day and lowest build id of every signature of the recent days, over all time.
CREATE OR REPLACE TEMP TABLE history AS
SELECT
  coalesce(signature, '') AS signature,
  min(date)::VARCHAR AS first_seen,
  max(date)::VARCHAR AS last_seen,
  coalesce(min(try_cast(build_id AS UBIGINT))::VARCHAR, min(build_id)) AS first_build
FROM unique_crashes
WHERE coalesce(signature, '') IN (SELECT signature FROM recent)
GROUP BY ALL
