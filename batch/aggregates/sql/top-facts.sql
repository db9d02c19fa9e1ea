-- Facts about each signature of Top Crashers besides its counts; `signature` is null for the sum over all signatures.
-- Reads: product_days, product_history, recent, top.
WITH facts AS (
  SELECT
    product,
    signature,
    count(DISTINCT install_time)::DOUBLE AS installs,
    estimate(CASE WHEN startup_crash THEN weight ELSE 0 END) AS startup,
    estimate(CASE WHEN is_garbage_collecting THEN weight ELSE 0 END) AS garbage_collecting
  FROM recent SEMI JOIN top USING (product, signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY product, signature
)
SELECT facts.* REPLACE (signature::VARCHAR AS signature), first_seen, first_build, days
FROM facts
JOIN product_history USING (product, signature)
LEFT JOIN product_days USING (product, signature)
UNION ALL
SELECT product, NULL, 0, estimate(CASE WHEN startup_crash THEN weight ELSE 0 END), 0, NULL, NULL, NULL
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
GROUP BY product
