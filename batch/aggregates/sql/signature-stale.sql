-- The signatures whose documents are built.
-- Creates: stale.
CREATE OR REPLACE TEMP TABLE stale AS SELECT unnest($signatures) AS signature
