-- The number of signatures with enough reports to be compared, of the kind that has the most.
-- Reads: release_crashes.
SELECT coalesce(max(tested), 0)::DOUBLE AS tested
FROM (
  SELECT kind, count(*) AS tested
  FROM (SELECT kind, signature FROM release_crashes GROUP BY ALL HAVING count(*) >= $least)
  GROUP BY kind
)
