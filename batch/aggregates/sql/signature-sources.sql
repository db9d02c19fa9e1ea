-- What the documents of each signature of `chosen` are made from: their products, and a text that changes with any of
-- their reports or dates. Reports change only when they are processed again.
-- Reads: chosen, history, product_history, recent.
WITH rows_of AS (
  SELECT
    signature,
    list(DISTINCT product::VARCHAR ORDER BY product::VARCHAR) AS products,
    count(*) AS count,
    bit_xor(hash(
      crash_id, processed_at, product::VARCHAR, version::VARCHAR, release_channel::VARCHAR, platform::VARCHAR,
      process_type::VARCHAR
    )) AS reports
  FROM recent
  JOIN chosen USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY signature
),
dates AS (
  SELECT signature, bit_xor(hash(product::VARCHAR, first_seen, last_seen, first_build)) AS dates
  FROM product_history
  GROUP BY signature
)
SELECT
  signature::VARCHAR AS signature,
  products,
  concat_ws(' ', count, reports, dates, first_seen, last_seen, first_build) AS source
FROM rows_of
JOIN history USING (signature)
JOIN dates USING (signature)
ORDER BY ALL
