-- A province or a country of made-up bureaus of 200 people, 2023Q1, about 30 results a person. Seeded: the same numbers give
-- the same rows. {people}, {bureaus} and {seed} are filled in by benchmarks/scoring.py.

CREATE FUNCTION pg_temp.die(what bigint, salt int, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ((hashint8extended(what, salt + {seed}::bigint * 1000) & 2147483647) % sides)::int $$;

INSERT INTO organization_bureau (id, code, name, level, ranking_view, is_demo)
OVERRIDING SYSTEM VALUE
SELECT b, 'B' || lpad(b::text, 4, '0'), '第' || b || '税务局', 'county', 'all', false FROM generate_series(1, {bureaus}) b;

INSERT INTO organization_department (id, code, name, kind, is_assessor, bureau_id)
OVERRIDING SYSTEM VALUE
SELECT b * 10 + d, 'D' || lpad(d::text, 2, '0'), '第' || d + 1 || '科', 'office', d = 0, b
FROM generate_series(1, {bureaus}) b, generate_series(0, 9) d;

INSERT INTO organization_rankcategory (id, name, position, bureau_id)
OVERRIDING SYSTEM VALUE
SELECT b * 4 + c, (ARRAY['局领导', '中层正职', '中层副职', '一般干部'])[c + 1], c + 1, b
FROM generate_series(1, {bureaus}) b, generate_series(0, 3) c;

INSERT INTO indicators_quarter (id, code, state, bureau_id)
OVERRIDING SYSTEM VALUE SELECT b, '2023Q1', 'reviewing', b FROM generate_series(1, {bureaus}) b;

INSERT INTO indicators_keywork (id, year, code, kind, name, bureau_id, department_id)
OVERRIDING SYSTEM VALUE SELECT b, 2023, 'Z01', 'daily', '重点工作', b, b * 10 FROM generate_series(1, {bureaus}) b;

-- Every fifth bureau has values of its own in its scheme.
INSERT INTO indicators_schemesetting (from_quarter, key, value, bureau_id)
SELECT '2023Q1', key, value, b
FROM generate_series(1, {bureaus}) b, (VALUES ('联动系数', '0.2'), ('主办份额', '0.7')) AS s (key, value)
WHERE b % 5 = 0;

-- The libraries: 8 common points (one without a node in this quarter), 24 individual ones, 1 that groups tasks.
CREATE TEMP TABLE kind (k int, library text, method text, parameters text, points int, cycle text, deadline text);
INSERT INTO kind VALUES
    (0, 'common', 'deduct', '每次扣分=0.5', 400, 'month', '每月25日'),
    (1, 'common', 'ratio', '目标=100;底线=60', 600, 'month', '每月20日'),
    (2, 'common', 'done', '逾期每日扣分=0.2', 300, 'month', '每月28日'),
    (3, 'common', 'tier', '优=100;良=85;中=70;差=50', 600, 'quarter', '每季末5日前'),
    (4, 'common', 'count', '每件得分=0.35', 500, 'quarter', '每季末5日前'),
    (5, 'common', 'deduct', '每次扣分=1', 300, 'quarter', '每季末0日前'),
    (6, 'common', 'ratio', '目标=95', 500, 'quarter', '每季末3日前'),
    (7, 'common', 'deduct', '每次扣分=1', 200, 'half_year', '6月20日'),
    (32, 'competitive', 'done', '逾期每日扣分=1', 100, 'quarter', '每季末0日前');
INSERT INTO kind
SELECT 8 + i, 'individual', m.method, m.parameters, 200 + 35 * (i % 12), c.cycle, c.deadline
FROM generate_series(0, 23) i
JOIN (VALUES (0, 'ratio', '目标=100;底线=60'), (1, 'deduct', '每次扣分=0.3'), (2, 'tier', '优=100;良=85;中=70;差=50'),
      (3, 'count', '每件得分=0.45'), (4, 'done', '逾期每日扣分=0.15')) AS m (n, method, parameters) ON m.n = i % 5
JOIN (VALUES (0, 'month', '每月25日'), (1, 'quarter', '每季末5日前')) AS c (n, cycle, deadline) ON c.n = i / 12;

INSERT INTO indicators_assessmentpoint (id, year, code, library, bureau_id, fact_source)
OVERRIDING SYSTEM VALUE
SELECT b * 40 + k, 2023, 'K' || lpad(k::text, 3, '0'), library, b, '' FROM generate_series(1, {bureaus}) b, kind;

INSERT INTO indicators_pointversion (
    number, from_quarter, withdrawn, name, nature, method, "full", parameters, standard, cycle, deadline, source, reason,
    requested_by, approved_by, created_at, assessor_id, key_work_id, point_id)
SELECT 1, '2023Q1', false, '考点' || k, 'quantitative', method, points, parameters, '标准', cycle, deadline, 'manual', '', '',
       '', '2023-01-01', b * 10, b, b * 40 + k
FROM generate_series(1, {bureaus}) b, kind;

-- People: n counts them in their bureau. One in twenty came in the quarter, one in a hundred left in it.
INSERT INTO organization_employee (
    id, password, number, name, sort_key, joined_on, left_on, is_active, must_change_password, is_demo, bureau_id,
    department_id, category_id)
OVERRIDING SYSTEM VALUE
SELECT e, '!', '1' || lpad(e::text, 9, '0'), '干部' || n, '', CASE pg_temp.die(e, 1, 20)
           WHEN 0 THEN date '2023-01-16' + pg_temp.die(e, 2, 60) WHEN 1 THEN NULL ELSE date '2010-07-01' END,
       CASE WHEN pg_temp.die(e, 3, 100) = 0 THEN date '2023-03-18' + pg_temp.die(e, 4, 10) END, true, false, false, b,
       b * 10 + n % 10, b * 4 + CASE WHEN n < 5 THEN 0 WHEN n < 20 THEN 1 WHEN n < 40 THEN 2 ELSE 3 END
FROM (SELECT e, (e - 1) / 200 + 1 AS b, (e - 1) % 200 AS n FROM generate_series(1, {people}) e) AS everyone;

INSERT INTO organization_placement (effective_from, department_id, employee_id, category_id)
SELECT date '2020-01-01', department_id, id, category_id FROM organization_employee
UNION ALL
SELECT date '2023-02-15', bureau_id * 10 + pg_temp.die(id, 6, 10), id, category_id FROM organization_employee
WHERE pg_temp.die(id, 5, 20) = 0;

INSERT INTO organization_absence (kind, starts_on, ends_on, employee_id)
SELECT (ARRAY['sick', 'study', 'seconded', 'probation', 'investigation'])[1 + pg_temp.die(id, 8, 5)],
       date '2022-12-20' + pg_temp.die(id, 9, 60), date '2023-02-20' + pg_temp.die(id, 10, 60), id
FROM organization_employee WHERE pg_temp.die(id, 7, 16) = 0
UNION ALL
SELECT 'other', date '2023-02-01' + pg_temp.die(id, 12, 20), date '2023-02-24' + pg_temp.die(id, 13, 20), id
FROM organization_employee WHERE pg_temp.die(id, 11, 40) = 0;

-- Each person took on 4 of the 12 monthly and 6 of the 12 quarterly points: 18 nodes beside the 13 common ones.
INSERT INTO indicators_item (taken_on, bureau_id, employee_id, point_id, quarter_id)
SELECT CASE WHEN pg_temp.die(id * 100 + j, 14, 12) = 0 THEN date '2023-02-06' END, bureau_id, id,
       bureau_id * 40 + 8 + CASE WHEN j < 4 THEN (id * 5 + j) % 12 ELSE 12 + (id * 7 + j) % 12 END, bureau_id
FROM organization_employee, generate_series(0, 9) j
WHERE pg_temp.die(id, 15, 250) > 0;

-- Results of about 97 of 100 nodes. Some wait for review or confirmation, some are exempt, a few carry a note or a target.
INSERT INTO indicators_result (
    period, target, value, tier, exempt, note, state, source, late, entered_at, reviewed_at, confirmed_at, return_reason,
    bureau_id, confirmed_by_id, employee_id, entered_by_id, point_id, quarter_id, reviewed_by_id, origin)
SELECT period, CASE WHEN method = 'ratio' AND NOT exempt AND luck % 9 = 0 THEN 80 + luck % 40 END,
       CASE WHEN exempt OR method = 'tier' THEN NULL
            WHEN method = 'ratio' THEN 40 + (luck % 800) / 10.0
            WHEN method = 'count' THEN luck % 16
            ELSE CASE WHEN luck % 3 = 0 THEN luck % 7 ELSE 0 END END,
       CASE WHEN method = 'tier' AND NOT exempt THEN (ARRAY['优', '良', '中', '差'])[1 + luck % 4] ELSE '' END,
       exempt, CASE WHEN luck % 11 = 0 THEN '见台账' || luck % 50 ELSE '' END, state, 'manual', false,
       day + interval '1 minute' * (luck % 400), CASE WHEN state <> 'reported' THEN day + interval '1 day 3 hours' END,
       CASE WHEN state = 'confirmed' THEN day + interval '2 days' + interval '1 minute' * (luck % 90) END, '', b,
       CASE WHEN state = 'confirmed' THEN (b - 1) * 200 + 21 END, e, (b - 1) * 200 + 41 + e % 10, point, b,
       CASE WHEN state <> 'reported' THEN (b - 1) * 200 + 6 + e % 10 END, ''
FROM (
    SELECT b, e, point, method, period, timestamptz '2023-01-27 01:00+00' + interval '30 days' * (month - 1) AS day,
           pg_temp.die(e * 4096 + k * 16 + month, 17, 1000003) AS luck,
           pg_temp.die(e * 4096 + k * 16 + month, 18, 66) = 0 AS exempt,
           CASE pg_temp.die(e * 4096 + k * 16 + month, 19, 60)
               WHEN 0 THEN 'reported' WHEN 1 THEN 'reviewed' WHEN 2 THEN 'returned' ELSE 'confirmed' END AS state
    FROM (
        SELECT bureau_id AS b, id AS e, bureau_id * 40 + k AS point, k, method, cycle
        FROM organization_employee, kind WHERE library = 'common' AND cycle <> 'half_year'
        UNION ALL
        SELECT bureau_id, employee_id, point_id, k, method, cycle
        FROM indicators_item JOIN kind ON kind.k = point_id - bureau_id * 40
    ) AS held
    CROSS JOIN LATERAL (
        SELECT '2023-0' || m AS period, m AS month FROM generate_series(1, 3) m WHERE cycle = 'month'
        UNION ALL SELECT '2023Q1', 3 WHERE cycle = 'quarter'
    ) AS node
    WHERE pg_temp.die(e * 4096 + k * 16 + month, 16, 33) > 0
) AS made;

-- 60 tasks a bureau, of each way of sharing and each difficulty; the 21st of each bureau takes on too many.
INSERT INTO tasks_market_task (
    id, number, name, kind, difficulty, base, places, places_taken, sharing, due_at, requirement, deliverable, state,
    announced, cancel_reason, bureau_id, department_id, quarter_id)
OVERRIDING SYSTEM VALUE
SELECT b * 100 + i, 'T' || lpad((b * 100 + i)::text, 9, '0'), '任务' || i, 'urgent',
       (ARRAY['high', 'medium', 'low'])[1 + i / 3 % 3], 100 + 25 * (i % 9), 9, 0, (ARRAY['each', 'split', 'lead'])[1 + i % 3],
       '2023-03-20', '要求', '', 'closed', true, '', b, b * 10, b
FROM generate_series(1, {bureaus}) b, generate_series(0, 59) i;

INSERT INTO tasks_market_claim (
    way, part, at, outcome, quality, state, report, late, return_reason, comment, objection, objection_answer, bureau_id,
    employee_id, quarter_id, task_id)
SELECT 'claimed', CASE WHEN i % 3 <> 2 THEN '' WHEN j = 0 THEN 'lead' ELSE 'assistant' END, '2023-02-01',
       CASE WHEN accepted THEN 'accepted' ELSE 'refused' END,
       CASE WHEN accepted AND (i + j) % 4 > 0 THEN (ARRAY[95, 100, 120])[(i + j) % 4] END,
       CASE WHEN accepted THEN 'accepted' ELSE 'refused' END, '', false, '', '', '', '', b, (b - 1) * 200 + 1 + n, b,
       b * 100 + i
FROM (
    SELECT b, i, j, CASE WHEN j = 4 THEN 20 ELSE (i * 7 + j * 13 + 30) % 170 + 25 END AS n,
           pg_temp.die(b * 1000 + i * 10 + j, 20, 8) > 0 AS accepted
    FROM generate_series(1, {bureaus}) b, generate_series(0, 59) i, generate_series(0, 4) j
    WHERE j <= i % 4 OR (j = 4 AND i < 24)
) AS made;

INSERT INTO scoring_adjustment (
    day, kind, points, matter, basis, disciplinary, state, entered_at, bureau_id, employee_id, quarter_id)
SELECT date '2023-01-10' + j * 20, CASE WHEN luck % 4 = 0 THEN 'minus' ELSE 'plus' END, 50 + luck % 400, '事项' || j, '依据',
       luck % 40 = 0, CASE WHEN luck % 10 = 3 THEN 'approved' ELSE 'counted' END, '2023-03-01', bureau_id, id, bureau_id
FROM (
    SELECT id, bureau_id, j, pg_temp.die(id * 10 + j, 21, 1000003) AS luck
    FROM organization_employee, generate_series(0, 2) j WHERE pg_temp.die(id * 10 + j, 22, 14) = 0
       OR (j < 3 AND pg_temp.die(id, 23, 60) = 0)
) AS made;

INSERT INTO scoring_departmentscore (score, bureau_id, department_id, quarter_id)
SELECT 8000 + pg_temp.die(b * 10 + d, 24, 2000), b, b * 10 + d, b
FROM generate_series(1, {bureaus}) b, generate_series(0, 8) d;
