-- Totals of the signatures of `scoped`, and their proto signature with the most crashes.
-- Reads: history, product_history, scoped.
WITH protos AS (
  SELECT signature, scope, proto_signature
  FROM scoped
  WHERE proto_signature IS NOT NULL
  GROUP BY signature, scope, proto_signature
  QUALIFY row_number() OVER (
    PARTITION BY signature, scope ORDER BY estimate(weight) DESC, proto_signature
  ) = 1
)
SELECT
  signature,
  scope,
  count(*)::DOUBLE AS count,
  estimate(weight) AS weighted,
  count(DISTINCT install_time)::DOUBLE AS installs,
  any_value(protos.proto_signature) AS proto_signature,
  coalesce(any_value(of_product.first_seen), any_value(history.first_seen)) AS first_seen,
  coalesce(any_value(of_product.last_seen), any_value(history.last_seen)) AS last_seen,
  CASE WHEN scope = '' THEN any_value(history.first_build) ELSE any_value(of_product.first_build) END AS first_build
FROM scoped
JOIN history USING (signature)
LEFT JOIN product_history of_product ON of_product.product = scope AND of_product.signature = scoped.signature
LEFT JOIN protos USING (signature, scope)
GROUP BY signature, scope
ORDER BY signature, scope
