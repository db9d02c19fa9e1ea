-- The signatures that get a page: those with the most crashes in the period, and all that a list links to.
-- Reads: recent.
-- Creates: chosen.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT signature, row_number() OVER (ORDER BY signature) AS number
FROM (
  (SELECT signature FROM recent WHERE date BETWEEN $from::DATE AND $to::DATE
   GROUP BY signature ORDER BY estimate(weight) DESC, signature LIMIT $most)
  UNION
  SELECT unnest($listed)::recent_signature AS signature
)
