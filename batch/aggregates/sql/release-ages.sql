-- Crashes of each release between the ages at which releases are compared.
-- Reads: release_crashes.
SELECT number, age::DOUBLE AS age, count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM release_crashes
GROUP BY ALL
ORDER BY number, age
