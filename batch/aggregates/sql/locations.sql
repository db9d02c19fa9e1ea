-- The signature with the most crashes at each location, by the first eight digits of the stack key, unless it is named
-- after the location itself.
-- Reads: chosen, recent.
SELECT location, signature::VARCHAR AS signature
FROM (
  SELECT substr(stack_key, 1, 8) AS location, signature, estimate(weight) AS weighted
  FROM recent
  JOIN chosen USING (signature)
  WHERE date BETWEEN $from::DATE AND $to::DATE AND stack_key IS NOT NULL
  GROUP BY ALL
)
WHERE NOT ends_with(signature, '@' || location)
QUALIFY row_number() OVER (PARTITION BY location ORDER BY weighted DESC, signature) = 1
ORDER BY weighted DESC, location
LIMIT $most
