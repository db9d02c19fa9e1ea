-- Crashes of each release by day of age.
-- Reads: release_crashes.
SELECT number, day::DOUBLE AS day, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM release_crashes
GROUP BY ALL
