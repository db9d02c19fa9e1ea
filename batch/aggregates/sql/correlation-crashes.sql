-- The sampled crashes that have each of some values.
-- Reads: correlation_items.
WITH wanted AS (
  SELECT unnest($names) AS name, unnest($values) AS value
)
SELECT name, value, list(number::INTEGER) AS crashes
FROM correlation_items
SEMI JOIN wanted USING (name, value)
GROUP BY ALL
