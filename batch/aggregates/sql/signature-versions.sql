-- The leading versions of the signatures of `scoped`, those with the most crashes first.
-- Reads: scoped.
SELECT DISTINCT signature, scope, version, leader::INTEGER AS place
FROM scoped
WHERE leader IS NOT NULL
ORDER BY signature, scope, place
