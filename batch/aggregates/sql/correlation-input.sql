-- The columns of `recent` that correlations need, without the last day.
-- Reads: recent.
-- Creates: correlation_input.
CREATE OR REPLACE TEMP TABLE correlation_input AS
SELECT crash_id, date, product, signature, weight, install_time
FROM recent
WHERE date BETWEEN $from::DATE AND $to::DATE
