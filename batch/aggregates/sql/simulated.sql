-- Number of made-up reports of the period.
-- Reads: unique_crashes.
SELECT count(*)::DOUBLE AS count FROM unique_crashes WHERE date BETWEEN $from::DATE AND $to::DATE AND vendor = $vendor
