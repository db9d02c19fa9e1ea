-- The crashes of one product that are compared: the reference, a part of all that is the same in every run, and of each of
-- the signatures with the most crashes some more. `group_number` is null for crashes of other signatures.
-- Reads: correlation_input.
-- Creates: correlation_sample.
CREATE OR REPLACE TEMP TABLE correlation_sample AS
WITH own AS (
  SELECT crash_id, date, signature, weight, install_time, hash(crash_id) AS draw
  FROM correlation_input
  WHERE product = $product
),
counted AS (
  SELECT signature, row_number() OVER (ORDER BY estimate(weight) DESC, signature) AS group_number
  FROM own
  GROUP BY signature
  HAVING count(*) >= $least
),
placed AS (
  SELECT
    own.*,
    group_number,
    row_number() OVER (ORDER BY draw, crash_id) AS place,
    row_number() OVER (PARTITION BY own.signature ORDER BY draw, crash_id) AS place_in_group
  FROM own
  LEFT JOIN counted ON counted.signature = own.signature AND group_number <= $groups
)
SELECT
  row_number() OVER (ORDER BY place) - 1 AS number,
  crash_id,
  date,
  signature,
  weight,
  install_time,
  place <= $reference AS in_reference,
  CASE WHEN place_in_group <= $per_group THEN group_number END AS group_number,
  CASE WHEN place <= $reference THEN group_number END AS excluded_from
FROM placed
WHERE place <= $reference OR group_number IS NOT NULL AND place_in_group <= $per_group
