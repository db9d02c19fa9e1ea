-- The signatures whose documents are built, numbered from 1.
-- Creates: stale.
CREATE OR REPLACE TEMP TABLE stale AS SELECT unnest($signatures)::recent_signature AS signature, unnest(range(1, len($signatures) + 1))::INTEGER AS number
