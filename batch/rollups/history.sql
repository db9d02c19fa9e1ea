-- First and last day and lowest build id of every signature of the recent days, over all time.
CREATE OR REPLACE TEMP TABLE history AS
SELECT signature, first_seen::VARCHAR AS first_seen, last_seen::VARCHAR AS last_seen, first_build
FROM signatures
WHERE signature IN (SELECT signature FROM recent)
