-- The modules of each product whose symbols the most crashes lacked in the week up to a day, by name, with the week before.
-- Reads: missing_modules.
WITH counted AS (
  SELECT
    coalesce(nullif(product, ''), 'Unknown') AS product,
    coalesce(nullif(debug_file, ''), nullif(filename, '')) AS name,
    date > $middle::DATE AS is_now,
    sum(count)::DOUBLE AS reports,
    sum(weighted) AS weighted
  FROM missing_modules
  WHERE date > $start::DATE AND date <= $to::DATE AND count > 0
  GROUP BY ALL
),
weeks AS (
  SELECT
    product,
    name,
    coalesce(sum(reports) FILTER (is_now), 0) AS now_count,
    coalesce(sum(weighted) FILTER (is_now), 0) AS now_weighted,
    coalesce(sum(reports) FILTER (NOT is_now), 0) AS before_count,
    coalesce(sum(weighted) FILTER (NOT is_now), 0) AS before_weighted
  FROM counted
  WHERE name IS NOT NULL
  GROUP BY ALL
)
SELECT * FROM weeks
WHERE now_weighted > 0
QUALIFY row_number() OVER (PARTITION BY product ORDER BY now_weighted DESC, name) <= $most
ORDER BY product, now_weighted DESC, name
