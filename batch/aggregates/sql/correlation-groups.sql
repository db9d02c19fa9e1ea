-- Totals of each compared signature and of the reference without it: reports, weights and their squares.
-- Reads: correlation_sample.
WITH reference AS (
  SELECT count(*) AS count, sum(weight) AS weighted, sum(weight * weight) AS squares
  FROM correlation_sample WHERE in_reference
),
excluded AS (
  SELECT excluded_from, count(*) AS count, sum(weight) AS weighted, sum(weight * weight) AS squares
  FROM correlation_sample WHERE excluded_from IS NOT NULL GROUP BY excluded_from
),
groups AS (
  SELECT group_number, any_value(signature) AS signature, count(*) AS count, sum(weight) AS weighted,
    sum(weight * weight) AS squares, count(DISTINCT install_time) AS installs
  FROM correlation_sample WHERE group_number IS NOT NULL GROUP BY group_number
)
SELECT
  groups.group_number::INTEGER AS number,
  groups.signature,
  groups.count::DOUBLE AS count,
  groups.weighted,
  groups.squares,
  groups.installs::DOUBLE AS installs,
  (reference.count - coalesce(excluded.count, 0))::DOUBLE AS reference_count,
  reference.weighted - coalesce(excluded.weighted, 0) AS reference_weighted,
  reference.squares - coalesce(excluded.squares, 0) AS reference_squares
FROM groups
CROSS JOIN reference
LEFT JOIN excluded ON excluded.excluded_from = groups.group_number
ORDER BY number
