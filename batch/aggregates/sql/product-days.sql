-- Crashes by day of every signature in each of its products, in the days that aggregates cover.
-- Reads: recent.
-- Creates: product_days.
CREATE OR REPLACE TEMP TABLE product_days AS
SELECT product, signature, list({date: date::VARCHAR, weighted: weighted} ORDER BY date) AS days
FROM (
  SELECT product, signature, date, estimate(weight) AS weighted
  FROM recent
  WHERE date BETWEEN $from::DATE AND $to::DATE
  GROUP BY ALL
)
GROUP BY ALL
