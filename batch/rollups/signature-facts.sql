-- Totals of every chosen signature in the period, and its commonest proto signature.
SELECT
  signature,
  count(*)::DOUBLE AS count,
  sum(weight) AS weighted,
  count(DISTINCT install_time)::DOUBLE AS installs,
  mode(proto_signature) AS proto_signature,
  any_value(first_seen) AS first_seen,
  any_value(last_seen) AS last_seen,
  any_value(first_build) AS first_build
FROM recent
JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
JOIN history USING (signature)
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY signature
ORDER BY signature
