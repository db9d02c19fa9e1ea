-- The modules whose symbols the most crashes lacked, with their products.
-- Reads: missing_modules.
WITH found AS (
  SELECT coalesce(filename, '') AS filename, coalesce(debug_file, '') AS debug_file, coalesce(debug_id, '') AS debug_id,
    coalesce(code_id, '') AS code_id, coalesce(product, '') AS product, sum(count)::DOUBLE AS count,
    sum(weighted) AS weighted, max(date) AS last_seen
  FROM missing_modules WHERE date BETWEEN $from::DATE AND $to::DATE AND count > 0
  GROUP BY ALL
), modules AS (
  SELECT filename, debug_file, debug_id, code_id, sum(count)::DOUBLE AS count, sum(weighted) AS weighted,
    max(last_seen)::VARCHAR AS last_seen,
    list({product: product, count: count, weighted: weighted} ORDER BY weighted DESC, product)[:$most_products] AS products
  FROM found GROUP BY ALL
)
SELECT *, (count(*) OVER ())::DOUBLE AS all_modules FROM modules
ORDER BY weighted DESC, filename, debug_file, debug_id, code_id LIMIT $most
