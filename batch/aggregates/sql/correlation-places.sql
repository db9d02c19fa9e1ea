-- The place of each sampled crash: its compared signature, and whether it is in the reference, and for which signature not.
-- Reads: correlation_sample.
SELECT
  coalesce(group_number, -1)::INTEGER AS group_number,
  coalesce(excluded_from, -1)::INTEGER AS excluded_from,
  in_reference,
  weight
FROM correlation_sample
ORDER BY number
