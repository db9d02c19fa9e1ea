-- First and last day and lowest build ID of the signatures of `stale` over all time, in each product and, with a null
-- product, in all.
-- Reads: history, product_history, stale.
SELECT signature, NULL AS product, first_seen, last_seen, first_build
FROM history SEMI JOIN stale USING (signature)
UNION ALL
SELECT signature, product, first_seen, last_seen, first_build
FROM product_history SEMI JOIN stale USING (signature)
