-- Totals of every chosen signature in the period, and its most frequent proto signature.
-- Reads: chosen, history, recent.
WITH own AS (
  SELECT recent.*
  FROM recent
  JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
),
protos AS (
  SELECT signature, proto_signature
  FROM own
  WHERE proto_signature IS NOT NULL
  GROUP BY signature, proto_signature
  QUALIFY row_number() OVER (PARTITION BY signature ORDER BY estimate(weight) DESC, proto_signature) = 1
)
SELECT
  signature,
  count(*)::DOUBLE AS count,
  estimate(weight) AS weighted,
  count(DISTINCT install_time)::DOUBLE AS installs,
  any_value(protos.proto_signature) AS proto_signature,
  any_value(first_seen) AS first_seen,
  any_value(last_seen) AS last_seen,
  any_value(first_build) AS first_build
FROM own
JOIN history USING (signature)
LEFT JOIN protos USING (signature)
GROUP BY signature
ORDER BY signature
