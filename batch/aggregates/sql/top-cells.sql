-- Cells of Top Crashers of every product in one period, which ends a number of days before a time. `signature` is null for
-- the sum over all signatures. Reports of one cell have the same weight.
-- Reads: recent, top.
WITH reports AS (
  SELECT product, signature, version, release_channel AS channel, platform, process_type, report_type, weight
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
    AND coalesce(submitted_at <= $until::TIMESTAMPTZ - to_days($earlier::INTEGER), true)
)
SELECT * REPLACE (signature::VARCHAR AS signature)
FROM (
  SELECT *, count(*)::DOUBLE AS count, estimate(weight) AS weighted
  FROM reports SEMI JOIN top USING (product, signature)
  GROUP BY ALL
)
UNION ALL
SELECT * REPLACE (NULL AS signature), count(*)::DOUBLE AS count, estimate(weight) AS weighted
FROM reports
GROUP BY ALL
ORDER BY ALL
