-- Imported use of each release of one product by day of age.
-- Reads: usage.
WITH releases AS (
  SELECT
    unnest($numbers)::INTEGER AS number,
    unnest($kinds) AS kind,
    unnest($names) AS name,
    unnest($starts)::DATE AS start
)
SELECT
  number,
  (usage.date - releases.start)::DOUBLE AS day,
  sum(users) AS users,
  sum(sessions) AS sessions,
  sum(hours) AS hours
FROM usage
JOIN releases ON CASE kind WHEN 'version' THEN version WHEN 'channel' THEN release_channel END = name
WHERE product = $product AND date BETWEEN $first::DATE AND $last::DATE
  AND usage.date BETWEEN releases.start AND releases.start + 27
GROUP BY ALL
ORDER BY number, day
