-- 
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT "signature" AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL)
WHERE k0 IS NOT NULL
GROUP BY k0 QUALIFY row_number() OVER (ORDER BY n DESC, k0) <= 50
ORDER BY n DESC, k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}

-- _results_number=0&_facets_size=0&_duplicates=include
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT))
-- {"p0":"1786622400000000","p1":"1787227200000001"}

-- signature=~a*b&signature=!^c&product=@d.e&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ("product" IN (SELECT "product" FROM (SELECT "product", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_matches("product", $p2))) AND (("signature" IN (SELECT "signature" FROM (SELECT "signature", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_full_match("signature", $p3, 's'))) OR NOT coalesce(starts_with("signature", $p4), false))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"(?:^|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])(?:[Dd]|[Ee])(?:$|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])","p3":".*a.*b.*","p4":"c"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ("product" IN (SELECT "product" FROM (SELECT "product", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_matches("product", $p2))) AND (("signature" IN (SELECT "signature" FROM (SELECT "signature", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_full_match("signature", $p3, 's'))) OR NOT coalesce(starts_with("signature", $p4), false))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"(?:^|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])(?:[Dd]|[Ee])(?:$|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])","p3":".*a.*b.*","p4":"c"}

-- signature=the word&signature=!...&reason==f&reason=$g&app_notes=__null__&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (NOT coalesce(false, false) OR ("signature" IN (SELECT "signature" FROM (SELECT "signature", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_matches("signature", $p2)))) AND (("reason" = $p3) OR (ends_with("reason", $p4))) AND ("app_notes" IS NULL)
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"(?:^|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])(?:[Tt][Hh][Ee]|[Ww][Oo][Rr][Dd])(?:$|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])","p3":"f","p4":"g"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (NOT coalesce(false, false) OR ("signature" IN (SELECT "signature" FROM (SELECT "signature", count(*) FROM crashes GROUP BY 1 LIMIT 9007199254740991) WHERE regexp_matches("signature", $p2)))) AND (("reason" = $p3) OR (ends_with("reason", $p4))) AND ("app_notes" IS NULL)
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"(?:^|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])(?:[Tt][Hh][Ee]|[Ww][Oo][Rr][Dd])(?:$|[^A-Za-z0-9_\\x{80}-\\x{10FFFF}])","p3":"f","p4":"g"}

-- addons=h&addons=~i&addons=__null__&addons=!@j&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((len(list_filter(list_filter("addons", x -> x IS NOT NULL), x -> contains(x, $p2))) > 0) OR (coalesce(len(list_filter("addons", x -> x IS NOT NULL)), 0) = 0) OR NOT coalesce(len(list_filter(list_filter("addons", x -> x IS NOT NULL), x -> regexp_full_match(x, $p3, 's'))) > 0, false) OR (list_has_any(list_filter("addons", x -> x IS NOT NULL), CAST($p4 AS VARCHAR[]))))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"i","p3":"j","p4":["h"]}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((len(list_filter(list_filter("addons", x -> x IS NOT NULL), x -> contains(x, $p2))) > 0) OR (coalesce(len(list_filter("addons", x -> x IS NOT NULL)), 0) = 0) OR NOT coalesce(len(list_filter(list_filter("addons", x -> x IS NOT NULL), x -> regexp_full_match(x, $p3, 's'))) > 0, false) OR (list_has_any(list_filter("addons", x -> x IS NOT NULL), CAST($p4 AS VARCHAR[]))))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"i","p3":"j","p4":["h"]}

-- topmost_filenames=K.cpp&topmost_filenames=^l&topmost_filenames=__null__&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((len(list_filter(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> '')), x -> starts_with(x, $p2))) > 0) OR (coalesce(len(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> ''))), 0) = 0) OR (list_has_any(list_transform(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> '')), x -> translate(x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')), CAST($p3 AS VARCHAR[]))))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"l","p3":["k.cpp"]}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((len(list_filter(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> '')), x -> starts_with(x, $p2))) > 0) OR (coalesce(len(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> ''))), 0) = 0) OR (list_has_any(list_transform(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> '')), x -> translate(x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')), CAST($p3 AS VARCHAR[]))))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"l","p3":["k.cpp"]}

-- startup_crash=__true__&safe_mode=f&build_id=>2020&uptime=5&uptime=<9&throttle_percent=<=0.5&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (CASE WHEN regexp_full_match("build_id", '-?[0-9]{1,18}') THEN CAST("build_id" AS BIGINT) END > CAST($p2 AS BIGINT)) AND (CASE WHEN isfinite("throttle_percent") THEN "throttle_percent" + 0 END <= CAST($p3 AS DOUBLE)) AND (("uptime" < CAST($p4 AS BIGINT)) OR ("uptime" IN (CAST($p5 AS BIGINT)))) AND ("startup_crash") AND ("safe_mode" IN (CAST($p6 AS BOOLEAN)))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"2020","p3":"0.5","p4":"9","p5":"5","p6":"false"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (CASE WHEN regexp_full_match("build_id", '-?[0-9]{1,18}') THEN CAST("build_id" AS BIGINT) END > CAST($p2 AS BIGINT)) AND (CASE WHEN isfinite("throttle_percent") THEN "throttle_percent" + 0 END <= CAST($p3 AS DOUBLE)) AND (("uptime" < CAST($p4 AS BIGINT)) OR ("uptime" IN (CAST($p5 AS BIGINT)))) AND ("startup_crash") AND ("safe_mode" IN (CAST($p6 AS BOOLEAN)))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"2020","p3":"0.5","p4":"9","p5":"5","p6":"false"}

-- total_page_file=>18446744073709551615&total_page_file=18446744073709551615&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((CAST("total_page_file" AS HUGEINT) > CAST($p2 AS HUGEINT)) OR (CAST("total_page_file" AS HUGEINT) IN (CAST($p3 AS HUGEINT))))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"18446744073709551615","p3":"18446744073709551615"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND ((CAST("total_page_file" AS HUGEINT) > CAST($p2 AS HUGEINT)) OR (CAST("total_page_file" AS HUGEINT) IN (CAST($p3 AS HUGEINT))))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"18446744073709551615","p3":"18446744073709551615"}

-- submitted_at=>=2026-08-01&submitted_at=__null__&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (("submitted_at" >= make_timestamptz(CAST($p2 AS BIGINT))) OR ("submitted_at" IS NULL))
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"1785542400000000"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, epoch_us("processed_at") AS s0, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (("submitted_at" >= make_timestamptz(CAST($p2 AS BIGINT))) OR ("submitted_at" IS NULL))
ORDER BY "processed_at" DESC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"1785542400000000"}

-- _sort=-uptime&_sort=addons&_sort=-topmost_filenames&_columns=addons&_columns=topmost_filenames&_columns=date&_columns=uptime&_results_number=7&_results_offset=3&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT list_filter("addons", x -> x IS NOT NULL) AS c0, "topmost_filenames" AS c1, epoch_us("processed_at") AS c2, CAST("uptime" AS BIGINT) AS c3, CAST("uptime" AS BIGINT) AS s0, CAST(list_min(list_filter("addons", x -> x IS NOT NULL)) AS VARCHAR) AS s1, CAST(list_max(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> ''))) AS VARCHAR) AS s2, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
ORDER BY "uptime" DESC NULLS LAST, list_min(list_filter("addons", x -> x IS NOT NULL)) ASC NULLS LAST, list_max(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> ''))) DESC NULLS LAST, crash_id LIMIT 7 OFFSET 3
-- {"p0":"1786622400000000","p1":"1787227200000001"}

-- _sort=-uptime&_sort=signature&_sort=date&_results_after=["5",null,"7","id"]&_facets_size=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT "crash_id" AS c0, epoch_us("processed_at") AS c1, "signature" AS c2, "product" AS c3, "version" AS c4, CAST("uptime" AS BIGINT) AS s0, CAST("signature" AS VARCHAR) AS s1, epoch_us("processed_at") AS s2, crash_id AS id FROM crashes JOIN protected
WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL AND (coalesce(CAST("uptime" AS BIGINT) < CAST($p4 AS BIGINT), true) OR (coalesce(CAST("uptime" AS BIGINT) = CAST($p4 AS BIGINT), false) AND (CAST("signature" AS VARCHAR) IS NULL AND (coalesce(epoch_us("processed_at") > CAST($p3 AS BIGINT), true) OR (coalesce(epoch_us("processed_at") = CAST($p3 AS BIGINT), false) AND crash_id > $p2)))))
ORDER BY "uptime" DESC NULLS LAST, "signature" ASC NULLS LAST, "processed_at" ASC NULLS LAST, crash_id LIMIT 100 OFFSET 0
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":"id","p3":"7","p4":"5"}

-- _facets=product&_facets=_cardinality.version&_facets_size=4&_measure=weight&_results_number=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT "product" AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL)
WHERE k0 IS NOT NULL
GROUP BY k0 QUALIFY row_number() OVER (ORDER BY w DESC, k0) <= 4
ORDER BY w DESC, k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT count(DISTINCT k0) AS n FROM (SELECT "version" AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL)   LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}

-- _facets=addons&_aggs.addons=_cardinality.topmost_filenames&_aggs.addons=version&_results_number=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT * REPLACE (unnest(k0) AS k0) FROM (SELECT list_distinct(list_filter("addons", x -> x IS NOT NULL)) AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL))
WHERE k0 IS NOT NULL
GROUP BY k0 QUALIFY row_number() OVER (ORDER BY n DESC, k0) <= 50
ORDER BY n DESC, k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(DISTINCT k1) AS n FROM (SELECT * REPLACE (unnest(k1) AS k1) FROM (SELECT * REPLACE (unnest(k0) AS k0) FROM (SELECT list_distinct(list_filter("addons", x -> x IS NOT NULL)) AS k0, list_distinct(list_distinct(list_filter(string_split("topmost_filenames", ';'), x -> x <> ''))) AS k1, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL))) WHERE (k0) IN (SELECT unnest(CAST($p2 AS VARCHAR[]))) GROUP BY k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":["one"]}
SELECT k0, k1, count(*) AS n, sum(r) AS w FROM (SELECT * REPLACE (unnest(k0) AS k0) FROM (SELECT list_distinct(list_filter("addons", x -> x IS NOT NULL)) AS k0, "version" AS k1, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL))
WHERE (k0) IN (SELECT unnest(CAST($p2 AS VARCHAR[]))) AND k1 IS NOT NULL
GROUP BY k0, k1 QUALIFY row_number() OVER (PARTITION BY k0 ORDER BY n DESC, k1) <= 50
ORDER BY k0, n DESC, k1 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001","p2":["one"]}

-- _facets=_histogram.date&_histogram.date=_histogram.uptime&_histogram.date._histogram.uptime=product&_histogram_interval.uptime=60&_results_number=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT epoch_us(date_trunc('day', make_timestamp(epoch_us("processed_at")))) AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL)
WHERE k0 IS NOT NULL
GROUP BY k0 
ORDER BY k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, k1, count(*) AS n, sum(r) AS w FROM (SELECT epoch_us(date_trunc('day', make_timestamp(epoch_us("processed_at")))) AS k0, CAST(CAST("uptime" AS BIGINT) AS HUGEINT) - ((CAST(CAST("uptime" AS BIGINT) AS HUGEINT) % CAST($p0 AS HUGEINT)) + CAST($p0 AS HUGEINT)) % CAST($p0 AS HUGEINT) AS k1, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p1 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p2 AS BIGINT)) AND duplicate_of IS NULL)
WHERE (k0) IN (SELECT unnest(CAST($p3 AS BIGINT[]))) AND k1 IS NOT NULL
GROUP BY k0, k1 
ORDER BY k0, k1 LIMIT 500001
-- {"p0":"60","p1":"1786622400000000","p2":"1787227200000001","p3":["one"]}
SELECT k0, k1, k2, count(*) AS n, sum(r) AS w FROM (SELECT epoch_us(date_trunc('day', make_timestamp(epoch_us("processed_at")))) AS k0, CAST(CAST("uptime" AS BIGINT) AS HUGEINT) - ((CAST(CAST("uptime" AS BIGINT) AS HUGEINT) % CAST($p0 AS HUGEINT)) + CAST($p0 AS HUGEINT)) % CAST($p0 AS HUGEINT) AS k1, "product" AS k2, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p1 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p2 AS BIGINT)) AND duplicate_of IS NULL)
WHERE (k0, k1) IN (SELECT unnest(CAST($p3 AS BIGINT[])), unnest(CAST($p4 AS HUGEINT[]))) AND k2 IS NOT NULL
GROUP BY k0, k1, k2 QUALIFY row_number() OVER (PARTITION BY k0, k1 ORDER BY n DESC, k2) <= 50
ORDER BY k0, k1, n DESC, k2 LIMIT 500001
-- {"p0":"60","p1":"1786622400000000","p2":"1787227200000001","p3":["one"],"p4":["two"]}

-- _facets=_histogram.throttle_percent&_histogram_interval.throttle_percent=0.5&_facets=_histogram.submitted_at&_histogram_interval.submitted_at=week&_results_number=0
SELECT count(*) AS n, coalesce(sum(CASE WHEN isfinite(weight) THEN weight ELSE 1 END), 0) AS w FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL
-- {"p0":"1786622400000000","p1":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT CASE WHEN isfinite(floor(CASE WHEN isfinite("throttle_percent") THEN "throttle_percent" + 0 END / CAST($p0 AS DOUBLE)) * CAST($p0 AS DOUBLE)) THEN floor(CASE WHEN isfinite("throttle_percent") THEN "throttle_percent" + 0 END / CAST($p0 AS DOUBLE)) * CAST($p0 AS DOUBLE) + 0 END AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p1 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p2 AS BIGINT)) AND duplicate_of IS NULL)
WHERE k0 IS NOT NULL
GROUP BY k0 
ORDER BY k0 LIMIT 500001
-- {"p0":"0.5","p1":"1786622400000000","p2":"1787227200000001"}
SELECT k0, count(*) AS n, sum(r) AS w FROM (SELECT epoch_us(date_trunc('week', make_timestamp(epoch_us("submitted_at")))) AS k0, CASE WHEN isfinite(weight) THEN weight ELSE 1 END AS r FROM crashes JOIN protected WHERE "processed_at" >= make_timestamptz(CAST($p0 AS BIGINT)) AND "processed_at" < make_timestamptz(CAST($p1 AS BIGINT)) AND duplicate_of IS NULL)
WHERE k0 IS NOT NULL
GROUP BY k0 
ORDER BY k0 LIMIT 500001
-- {"p0":"1786622400000000","p1":"1787227200000001"}
