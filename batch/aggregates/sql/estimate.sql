-- The measure of everything that aggregates show and choose: the estimated number of crashes of a group of reports, from
-- the weight of each. Rounded, so that the order of additions does not change a rank.
-- Creates: estimate.
CREATE OR REPLACE TEMP MACRO estimate(weight) AS round(sum(weight), 2)
