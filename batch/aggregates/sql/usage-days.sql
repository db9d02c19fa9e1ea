-- Imported use of every product by day, in the first of users, sessions and hours that the product has, and the crashes of
-- the same programs.
-- Reads: crash_rates.
WITH measured AS (
  SELECT *, CASE
      WHEN count(users) OVER (PARTITION BY product) > 0 THEN 'users'
      WHEN count(sessions) OVER (PARTITION BY product) > 0 THEN 'sessions'
      ELSE 'hours'
    END AS measure
  FROM crash_rates
  WHERE date BETWEEN $from::DATE AND $to::DATE
)
SELECT
  product,
  measure,
  date::VARCHAR AS date,
  sum(CASE measure WHEN 'users' THEN users WHEN 'sessions' THEN sessions ELSE hours END) AS amount,
  sum(crashes)::DOUBLE AS count,
  sum(weighted) AS weighted,
  sum(variance) AS variance
FROM measured
WHERE CASE measure WHEN 'users' THEN users WHEN 'sessions' THEN sessions ELSE hours END IS NOT NULL
GROUP BY product, measure, date
HAVING amount > 0
ORDER BY product, date
