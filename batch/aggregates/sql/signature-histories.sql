-- First and last day and lowest build ID of some signatures of `stale`, by their number, over all time, and the most
-- frequent stack of the period, in each product and, with a null product, in all.
-- Reads: history, product_history, recent, stale, unique_crashes.
WITH wanted AS (SELECT signature FROM stale WHERE number BETWEEN $first AND $last),
histories AS (
  SELECT signature, NULL::recent_product AS product, first_seen, last_seen, first_build
  FROM history SEMI JOIN wanted USING (signature)
  UNION ALL
  SELECT signature, product, first_seen, last_seen, first_build
  FROM product_history SEMI JOIN wanted USING (signature)
),
-- With the place of one of the reports.
stacks AS (
  SELECT signature, product, proto_hash, estimate(weight) AS weighted, min({date: date, crash_id: crash_id}) AS place
  FROM recent JOIN wanted USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE AND proto_hash IS NOT NULL
  GROUP BY ALL
),
frequent AS (
  SELECT signature, product, place
  FROM (
    SELECT signature, product, proto_hash, weighted, place FROM stacks
    UNION ALL
    SELECT signature, NULL, proto_hash, sum(weighted), min(place) FROM stacks GROUP BY signature, proto_hash
  )
  QUALIFY row_number() OVER (PARTITION BY signature, product ORDER BY round(weighted, 2) DESC, proto_hash) = 1
),
texts AS (
  SELECT frequent.signature, frequent.product, any_value(proto_signature) AS proto_signature
  FROM frequent
  JOIN unique_crashes ON unique_crashes.date = place.date AND unique_crashes.crash_id = place.crash_id
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
SELECT histories.* REPLACE (histories.signature::VARCHAR AS signature), proto_signature
FROM histories
LEFT JOIN texts ON texts.signature = histories.signature AND texts.product IS NOT DISTINCT FROM histories.product
