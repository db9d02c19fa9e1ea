-- The bugs that name signatures that ever occurred: open ones first, then the newest; each with other signatures that it
-- names, those with recent crashes first.
-- Reads: bug_signatures, history, signature_days.
WITH numbered AS (
  SELECT
    bug_signatures.*,
    row_number() OVER (
      PARTITION BY signature
      ORDER BY coalesce(NOT is_open, false), try_cast(id AS HUGEINT) DESC NULLS LAST, id DESC, tracker
    ) AS place
  FROM bug_signatures
  SEMI JOIN (SELECT signature FROM history UNION SELECT signature FROM signature_days) USING (signature)
),
-- One more than is shown, because a signature is not listed beside itself.
named AS (
  SELECT tracker, id, list(signature ORDER BY history.signature IS NULL, signature)[1:$others + 1] AS signatures
  FROM bug_signatures
  LEFT JOIN history USING (signature)
  GROUP BY tracker, id
)
SELECT
  signature, id, url, status, resolution, is_open, summary,
  list_filter(signatures, lambda other: other <> signature)[1:$others] AS others
FROM numbered
JOIN named USING (tracker, id)
WHERE place <= $most
ORDER BY signature, place
