-- Crashes of each release by platform, the largest first.
-- Reads: release_crashes.
SELECT number, platform, estimate(weight) AS weighted
FROM release_crashes
GROUP BY ALL
ORDER BY number, weighted DESC, platform
