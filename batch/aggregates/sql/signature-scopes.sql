-- The crashes of some chosen signatures, once for all products (scope '') and, for signatures of several products, once
-- for each of them. `leader` numbers the versions of a scope with the most crashes; it is null for others.
-- Reads: chosen, recent.
-- Creates: scoped.
CREATE OR REPLACE TEMP TABLE scoped AS
WITH own AS (
  SELECT recent.*
  FROM recent
  JOIN (SELECT signature FROM chosen WHERE number BETWEEN $first AND $last) USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE
),
shared AS (
  SELECT signature FROM own GROUP BY signature HAVING count(DISTINCT product) > 1
),
repeated AS (
  SELECT '' AS scope, own.* FROM own
  UNION ALL
  SELECT product AS scope, own.* FROM own SEMI JOIN shared USING (signature)
),
versions AS (
  SELECT signature, scope, version,
    row_number() OVER (PARTITION BY signature, scope ORDER BY estimate(weight) DESC, version) - 1 AS place
  FROM repeated
  GROUP BY signature, scope, version
)
SELECT repeated.*, CASE WHEN place < $versions THEN place END AS leader
FROM repeated
JOIN versions USING (signature, scope, version)
