-- How often each value occurs in each compared signature and in the reference without it, where the shares differ enough,
-- and in `tests` how many values of the signature are frequent enough to be compared.
-- Reads: correlation_items, correlation_sample.
WITH totals AS (
  SELECT group_number, sum(weight) AS weighted FROM correlation_sample WHERE group_number IS NOT NULL GROUP BY ALL
),
excluded_totals AS (
  SELECT excluded_from AS group_number, sum(weight) AS weighted
  FROM correlation_sample WHERE excluded_from IS NOT NULL GROUP BY ALL
),
whole AS (
  SELECT sum(weight) AS weighted FROM correlation_sample WHERE in_reference
),
groups AS (
  SELECT group_number, name, value, count(*) AS count, sum(weight) AS weighted
  FROM correlation_items JOIN correlation_sample USING (number)
  WHERE group_number IS NOT NULL
  GROUP BY ALL
  HAVING count(*) >= $least
),
reference AS (
  SELECT name, value, count(*) AS count, sum(weight) AS weighted
  FROM correlation_items JOIN correlation_sample USING (number)
  WHERE in_reference
  GROUP BY ALL
),
excluded AS (
  SELECT excluded_from AS group_number, name, value, sum(weight) AS weighted
  FROM correlation_items JOIN correlation_sample USING (number)
  WHERE excluded_from IS NOT NULL
  GROUP BY ALL
),
compared AS (
  SELECT
    groups.group_number,
    groups.name,
    groups.value,
    groups.weighted,
    greatest(0, round(coalesce(reference.weighted, 0) - coalesce(excluded.weighted, 0), 6)) AS reference_weighted,
    groups.weighted / totals.weighted AS share,
    whole.weighted - coalesce(excluded_totals.weighted, 0) AS reference_whole,
    count(*) OVER (PARTITION BY groups.group_number) AS tests
  FROM groups
  JOIN totals USING (group_number)
  CROSS JOIN whole
  LEFT JOIN excluded_totals USING (group_number)
  LEFT JOIN reference USING (name, value)
  LEFT JOIN excluded USING (group_number, name, value)
)
SELECT
  group_number::INTEGER AS number,
  name,
  value,
  weighted,
  reference_weighted,
  tests::DOUBLE AS tests
FROM compared
WHERE reference_whole > 0 AND abs(share - reference_weighted / reference_whole) >= $difference
ORDER BY number, name, value
