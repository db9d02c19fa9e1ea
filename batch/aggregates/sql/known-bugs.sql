-- The bugs that name signatures of the recent days: open ones first, then the newest.
-- Reads: bug_signatures, history.
WITH numbered AS (
  SELECT
    bug_signatures.*,
    row_number() OVER (
      PARTITION BY signature
      ORDER BY coalesce(NOT is_open, false), try_cast(id AS HUGEINT) DESC NULLS LAST, id DESC, tracker
    ) AS place
  FROM bug_signatures
  JOIN history USING (signature)
)
SELECT signature, id, url, status, resolution, is_open, summary
FROM numbered
WHERE place <= $most
ORDER BY signature, place
