-- The figures of every employee by sets (scoring.md §1–§4), written by hand and apart from the application: what its path is
-- measured and checked against. Points are whole hundredths; `round` of a numeric is half away from zero.
-- It knows what benchmarks/scale/generate.sql makes: one version of each point, all of the first quarter of 2023.

CREATE TEMP TABLE rule AS
SELECT v.point_id, p.bureau_id, p.library, v.method, v."full" AS points, v.cycle,
       (regexp_match(v.parameters, '(?:每次扣分|每件得分|逾期每日扣分)=([0-9.]+)'))[1]::numeric * 100 AS price,
       (regexp_match(v.parameters, '目标=([0-9.]+)'))[1]::numeric AS target,
       coalesce((regexp_match(v.parameters, '底线=([0-9.]+)'))[1]::numeric, 0) AS floor
FROM indicators_pointversion v JOIN indicators_assessmentpoint p ON p.id = v.point_id
WHERE p.library IN ('common', 'individual') AND v.cycle IN ('month', 'quarter');

CREATE TEMP TABLE tier AS
SELECT v.point_id, split_part(part, '=', 1) AS tier, split_part(part, '=', 2)::numeric AS percent
FROM indicators_pointversion v, unnest(string_to_array(v.parameters, ';')) AS part WHERE v.method = 'tier';

CREATE TEMP TABLE node (cycle text, period text);
INSERT INTO node VALUES ('month', '2023-01'), ('month', '2023-02'), ('month', '2023-03'), ('quarter', '2023Q1');

CREATE TEMP TABLE workday AS
SELECT d::date AS day FROM generate_series(date '2023-01-01', date '2023-03-31', interval '1 day') d
LEFT JOIN organization_calendarday c ON c.day = d::date
WHERE coalesce(c.is_workday, extract(isodow FROM d) < 6);

CREATE TEMP TABLE scheme AS
SELECT b.id AS bureau_id, coalesce(max(s.value) FILTER (WHERE s.key = '联动系数'), '0.1')::numeric AS factor,
       coalesce(max(s.value) FILTER (WHERE s.key = '主办份额'), '0.8')::numeric AS lead_share
FROM organization_bureau b LEFT JOIN indicators_schemesetting s ON s.bureau_id = b.id GROUP BY b.id;

CREATE TEMP TABLE person AS
SELECT e.id, e.bureau_id, e.joined_on, e.left_on, p.department_id, p.category_id,
       e.joined_on > date '2023-01-01' OR e.left_on < date '2023-03-31' OR a.employee_id IS NOT NULL AS is_partly_there
FROM organization_employee e
JOIN LATERAL (
    SELECT department_id, category_id FROM organization_placement p
    WHERE p.employee_id = e.id AND p.effective_from <= least(date '2023-03-31', e.left_on)
    ORDER BY effective_from DESC LIMIT 1) AS p ON true
LEFT JOIN (SELECT DISTINCT employee_id FROM organization_absence) AS a ON a.employee_id = e.id
WHERE coalesce(e.joined_on <= date '2023-03-31', true) AND coalesce(e.left_on >= date '2023-01-01', true);
ANALYZE rule; ANALYZE tier; ANALYZE node; ANALYZE workday; ANALYZE scheme; ANALYZE person;

CREATE TABLE benchmark_reference AS
WITH held AS (
    SELECT p.id AS employee_id, r.point_id, r.library, r.method, r.points, r.price, r.target, r.floor, n.period
    FROM person p JOIN rule r ON r.bureau_id = p.bureau_id AND r.library = 'common' JOIN node n ON n.cycle = r.cycle
    WHERE n.cycle = 'quarter' OR (coalesce(n.period >= to_char(p.joined_on, 'YYYY-MM'), true)
                                  AND coalesce(n.period <= to_char(p.left_on, 'YYYY-MM'), true))
    UNION ALL
    SELECT p.id, r.point_id, r.library, r.method, r.points, r.price, r.target, r.floor, n.period
    FROM person p JOIN indicators_item i ON i.employee_id = p.id JOIN rule r ON r.point_id = i.point_id
    JOIN node n ON n.cycle = r.cycle
    WHERE n.cycle = 'quarter' OR (coalesce(n.period >= to_char(p.joined_on, 'YYYY-MM'), true)
                                  AND coalesce(n.period <= to_char(p.left_on, 'YYYY-MM'), true)
                                  AND coalesce(n.period >= to_char(i.taken_on, 'YYYY-MM'), true))
), judged AS (
    SELECT h.employee_id, h.point_id, h.library, h.points AS full_points, coalesce(r.exempt, false) AS exempt,
           r.id IS NULL OR (NOT r.exempt AND r.value IS NULL AND r.tier = '') AS missing,
           CASE h.method
               WHEN 'tier' THEN round(h.points * t.percent / 100)
               WHEN 'count' THEN CASE WHEN r.value IS NOT NULL THEN round(least(h.points, r.value * h.price)) END
               WHEN 'ratio' THEN CASE WHEN r.value < h.floor THEN 0
                                      WHEN r.value >= coalesce(r.target, h.target) THEN h.points
                                      ELSE round(h.points * r.value / coalesce(r.target, h.target)) END
               ELSE round(greatest(0, h.points - r.value * h.price)) END AS points
    FROM held h
    LEFT JOIN indicators_result r ON r.employee_id = h.employee_id AND r.point_id = h.point_id AND r.period = h.period
                                 AND r.state = 'confirmed'
    LEFT JOIN tier t ON t.point_id = h.point_id AND t.tier = r.tier
), item AS (
    SELECT employee_id, library, full_points, count(*) FILTER (WHERE missing) AS missing,
           round(coalesce(sum(points) FILTER (WHERE NOT exempt), 0) / nullif(count(*) FILTER (WHERE NOT exempt), 0)) AS earned
    FROM judged GROUP BY employee_id, point_id, library, full_points
), part AS (
    SELECT employee_id, sum(missing) AS missing,
           coalesce(round(3000 * sum(earned) FILTER (WHERE library = 'common')
               / nullif(sum(full_points) FILTER (WHERE library = 'common' AND earned IS NOT NULL), 0)), 0) AS common,
           coalesce(round(6000 * sum(earned) FILTER (WHERE library = 'individual')
               / nullif(sum(full_points) FILTER (WHERE library = 'individual' AND earned IS NOT NULL), 0)), 0) AS individual,
           coalesce(sum(full_points) FILTER (WHERE library = 'individual' AND earned IS NOT NULL), 0) > 0 AS has_individual
    FROM item GROUP BY employee_id
), accepted AS (
    SELECT task_id, count(*) AS claims, count(*) FILTER (WHERE part = 'assistant') AS assistants
    FROM tasks_market_claim WHERE outcome = 'accepted' GROUP BY task_id
), claimed AS (
    SELECT c.employee_id, sum(round(
        t.base * CASE t.difficulty WHEN 'high' THEN 1.5 WHEN 'medium' THEN 1.2 ELSE 1.0 END * coalesce(c.quality, 100)
        * CASE t.sharing WHEN 'split' THEN 1 WHEN 'lead' THEN CASE WHEN c.part = 'assistant' THEN 1 - s.lead_share
               WHEN a.assistants > 0 THEN s.lead_share ELSE 1 END ELSE 1 END
        / (100 * CASE WHEN t.sharing = 'split' THEN a.claims
                      WHEN t.sharing = 'lead' AND c.part = 'assistant' THEN a.assistants ELSE 1 END))) AS points
    FROM tasks_market_claim c JOIN tasks_market_task t ON t.id = c.task_id JOIN accepted a ON a.task_id = t.id
    JOIN scheme s ON s.bureau_id = t.bureau_id
    WHERE c.outcome = 'accepted' GROUP BY c.employee_id
), adjusted AS (
    SELECT employee_id, coalesce(sum(points) FILTER (WHERE kind = 'plus'), 0) AS plus,
           coalesce(sum(points) FILTER (WHERE kind = 'minus'), 0) AS minus, bool_or(disciplinary) AS disciplinary
    FROM scoring_adjustment WHERE state = 'counted' GROUP BY employee_id
), linked AS (
    SELECT d.department_id, greatest(-200, least(200, round(s.factor * (d.score - m.total / m.number)))) AS points
    FROM scoring_departmentscore d JOIN scheme s ON s.bureau_id = d.bureau_id
    JOIN (SELECT bureau_id, sum(score)::numeric AS total, count(*) AS number FROM scoring_departmentscore GROUP BY bureau_id)
        AS m ON m.bureau_id = d.bureau_id
), away AS (
    SELECT p.id AS employee_id,
           (SELECT count(*) FROM workday w WHERE w.day >= coalesce(p.joined_on, w.day) AND w.day <= coalesce(p.left_on, w.day)
            AND NOT EXISTS (SELECT FROM organization_absence a WHERE a.employee_id = p.id
                AND a.kind NOT IN ('probation', 'investigation') AND w.day BETWEEN a.starts_on AND coalesce(a.ends_on, w.day))
           ) * 2 < (SELECT count(*) FROM workday) AS too_short,
           EXISTS (SELECT FROM organization_absence a WHERE a.employee_id = p.id AND a.kind = 'probation'
               AND date '2023-03-31' BETWEEN a.starts_on AND coalesce(a.ends_on, date '2023-03-31')) AS probation,
           EXISTS (SELECT FROM organization_absence a WHERE a.employee_id = p.id AND a.kind = 'investigation'
               AND date '2023-03-31' BETWEEN a.starts_on AND coalesce(a.ends_on, date '2023-03-31')) AS investigation
    FROM person p WHERE p.is_partly_there
), summed AS (
    SELECT p.id AS employee_id, p.bureau_id, p.department_id, p.category_id, coalesce(x.common, 0) AS common,
           coalesce(x.individual, 0) AS individual, least(1000, coalesce(c.points, 0)) AS competitive,
           greatest(0, coalesce(c.points, 0) - 1000) AS overflow,
           least(500, coalesce(a.plus, 0)) - coalesce(a.minus, 0) AS adjustments, coalesce(l.points, 0) AS linkage,
           coalesce(x.missing, 0) AS missing, coalesce(x.has_individual, false) AS has_individual,
           CASE WHEN w.too_short THEN 'share' WHEN w.probation THEN 'probation' WHEN w.investigation THEN 'investigation'
                ELSE '' END AS reason,
           coalesce(a.disciplinary, false) AS disciplinary, k.name = '局领导' AS is_leader
    FROM person p LEFT JOIN part x ON x.employee_id = p.id LEFT JOIN claimed c ON c.employee_id = p.id
    LEFT JOIN adjusted a ON a.employee_id = p.id LEFT JOIN linked l ON l.department_id = p.department_id
    LEFT JOIN away w ON w.employee_id = p.id JOIN organization_rankcategory k ON k.id = p.category_id
), totalled AS (
    SELECT *, greatest(0, common + individual + competitive + adjustments + linkage) AS total FROM summed
), placed AS (
    SELECT *, CASE WHEN reason = '' AND NOT is_leader THEN
                  rank() OVER (PARTITION BY bureau_id, reason = '' AND NOT is_leader ORDER BY total DESC) END AS bureau_rank,
           CASE WHEN reason = '' THEN
                  rank() OVER (PARTITION BY category_id, reason = '' ORDER BY total DESC) END AS category_rank,
           count(*) FILTER (WHERE reason = '' AND NOT is_leader) OVER (PARTITION BY bureau_id) AS ranked_in_bureau
    FROM totalled
)
SELECT employee_id, bureau_id, department_id, category_id, common::bigint, individual::bigint, competitive::bigint,
       overflow::bigint, adjustments::bigint, linkage::bigint, total::bigint, missing::int, has_individual, reason,
       bureau_rank::int, category_rank::int,
       coalesce(bureau_rank <= greatest(1, ranked_in_bureau * 3 / 10) AND NOT disciplinary, false) AS in_pool
FROM placed;
CREATE UNIQUE INDEX benchmark_reference_employee ON benchmark_reference (employee_id);
DROP TABLE rule, tier, node, workday, scheme, person;
