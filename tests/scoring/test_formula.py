"""scoring.md, line by line: the worked example, the borders of every rule, and a naive second scorer."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.workdays import WorkCalendar
from indicators.rules import parse_rule
from indicators.scheme import SchemeError, SchemeValues, parse_setting
from scoring.formula import (
    AdjustmentInput,
    ClaimInput,
    EmployeeInput,
    ItemInput,
    LinkageInput,
    NodeInput,
    RankRow,
    annual,
    covers,
    employed_in,
    explain,
    first_text,
    from_json,
    in_post_share,
    node_points,
    pool_size,
    rank,
    score_employee,
    score_item,
    unranked_reasons,
)
from tests.scoring import naive

SCHEME = SchemeValues()
D = Decimal


def node(value=None, *, tier="", target=None, exempt=False, period="2023Q1"):
    return NodeInput(
        period,
        value=None if value is None else D(str(value)),
        tier=tier,
        target=None if target is None else D(str(target)),
        exempt=exempt,
    )


def item(full, method, parameters, *nodes, library="common", code="K001"):
    return ItemInput(code, "考点", library, D(str(full)), parse_rule(method, parameters), tuple(nodes))


def person(*items, claims=(), adjustments=(), linkage=None):
    return EmployeeInput("101", "某某", tuple(items), tuple(claims), tuple(adjustments), linkage)


def claim(base="1", *, difficulty="low", sharing="each", quality=None, part="", accepted=1, assistants=0):
    return ClaimInput(
        "R1",
        "任务",
        D(base),
        difficulty,
        sharing,
        None if quality is None else D(quality),
        part,
        accepted,
        assistants,
    )


def adjustment(points, *, plus=True, disciplinary=False):
    return AdjustmentInput(date(2023, 2, 1), plus, D(points), "事由", disciplinary)


def worked_example():
    return person(
        item(4, "deduct", "每次扣分=0.5", node(1), node(0), node(0)),
        item(6, "tier", "优=100;良=85", node(tier="良"), code="K002"),
        item(2, "deduct", "每次扣分=1", node(exempt=True), code="K003"),
        item(5, "ratio", "目标=100;底线=60", node(97), library="individual", code="K020"),
        item(3, "done", "逾期每日扣分=0.2", node(2), library="individual", code="K021"),
        item(4, "count", "每件得分=1", node(), library="individual", code="K022"),
        claims=(claim("2.0", difficulty="high", quality="1"), claim("1.5", difficulty="medium", quality="0.95")),
        adjustments=(adjustment("1.0"), adjustment("0.5", plus=False)),
        linkage=LinkageInput.of({"D1": D("92.00"), "D2": D("89.00")}, "D1"),
    )


def test_the_worked_example_comes_to_69_40():
    score = score_employee(worked_example(), SCHEME)
    assert [one.earned for one in score.items] == [D("3.83"), D("5.10"), None, D("4.85"), D("2.60"), D("0.00")]
    assert (score.common, score.individual, score.competitive) == (D("26.79"), D("37.25"), D("4.71"))
    assert (score.adjustments, score.linkage, score.total) == (D("0.50"), D("0.15"), D("69.40"))
    assert str(score.total) == "69.40"
    assert (score.missing, score.has_individual) == (1, True)


@pytest.mark.parametrize(
    ("full", "method", "parameters", "given_node", "points"),
    [
        ("4", "deduct", "每次扣分=0.5", node(0), "4.00"),
        ("4", "deduct", "每次扣分=0.5", node(8), "0.00"),
        ("4", "deduct", "每次扣分=0.5", node(9), "0.00"),
        ("4.4", "deduct", "每次扣分=0.305", node(1), "4.10"),  # 4.095: half goes up, away from zero
        ("5", "ratio", "目标=100;底线=60", node("59.99"), "0.00"),
        ("5", "ratio", "目标=100;底线=60", node(60), "3.00"),
        ("5", "ratio", "目标=100;底线=60", node(100), "5.00"),
        ("5", "ratio", "目标=100;底线=60", node(250), "5.00"),
        ("5", "ratio", "目标=100", node(0), "0.00"),
        ("5", "ratio", "目标=100;底线=60", node(60, target=50), "5.00"),
        ("5", "ratio", "目标=100;底线=60", node(59, target=50), "0.00"),  # the threshold stands though a ≥ t
        ("1", "ratio", "目标=3", node(1), "0.33"),
        ("1", "ratio", "目标=200", node(1), "0.01"),  # 0.005
        ("6", "tier", "优=100;良=85;差=0", node(tier="差"), "0.00"),
        ("4.4", "tier", "优=100;良=81.36", node(tier="良"), "3.58"),
        ("2.4", "count", "每件得分=0.52", node(4), "2.08"),
        ("2.4", "count", "每件得分=0.52", node(5), "2.40"),
        ("2.4", "count", "每件得分=0.52", node("0.5"), "0.26"),
        ("3", "done", "逾期每日扣分=0.2", node(0), "3.00"),
        ("3", "done", "逾期每日扣分=0.2", node(15), "0.00"),
    ],
)
def test_points_of_a_node_at_the_borders(full, method, parameters, given_node, points):
    assert node_points(D(full), parse_rule(method, parameters), given_node) == D(points)


@pytest.mark.parametrize(
    ("method", "parameters", "given_node"),
    [
        ("deduct", "每次扣分=1", node()),
        ("tier", "优=100", node()),
        ("tier", "优=100", node(5)),
        ("ratio", "目标=100", node(target=50)),
        ("deduct", "每次扣分=1", node(exempt=True)),
    ],
)
def test_a_node_without_the_input_of_its_rule_has_no_points(method, parameters, given_node):
    assert node_points(D(4), parse_rule(method, parameters), given_node) is None


def test_exempt_nodes_leave_the_mean_and_missing_ones_count_zero():
    score = score_item(item(4, "deduct", "每次扣分=0.5", node(1), node(exempt=True), node()))
    assert (score.earned, score.missing) == (D("1.75"), 1)
    assert [one.points for one in score.nodes] == [D("3.50"), None, D("0.00")]


@pytest.mark.parametrize("nodes", [(), (node(exempt=True), node(exempt=True))])
def test_an_item_without_counting_nodes_leaves_both_sums(nodes):
    score = score_employee(
        person(item(4, "deduct", "每次扣分=1", *nodes), item(2, "deduct", "每次扣分=1", node(1), code="K2")), SCHEME
    )
    assert (score.common, score.common_part.full, score.missing) == (D("15.00"), D("2.00"), 0)


def test_nothing_held_scores_nothing_and_is_told():
    score = score_employee(person(), SCHEME)
    assert (score.common, score.individual, score.total, score.has_individual) == (0, 0, 0, False)
    assert str(score.total) == "0.00"


@pytest.mark.parametrize(
    ("given_claim", "points"),
    [
        (claim("2.0", difficulty="high"), "3.00"),
        (claim("1.5", difficulty="medium", quality="0.95"), "1.71"),
        (claim("3", quality="0"), "0.00"),
        (claim("3", quality="1.2"), "3.60"),
        (claim("1", sharing="split", accepted=3), "0.33"),
        (claim("1", sharing="lead", part="lead", accepted=3, assistants=2), "0.80"),
        (claim("1", sharing="lead", part="assistant", accepted=3, assistants=2), "0.10"),
        (claim("1", sharing="lead", part="lead"), "1.00"),
        (claim("1", sharing="lead", part="assistant", accepted=1, assistants=1), "0.20"),  # its lead was refused
    ],
)
def test_points_of_a_claim(given_claim, points):
    assert score_employee(person(claims=[given_claim]), SCHEME).claims[0].points == D(points)


def test_what_lies_above_the_cap_is_overflow():
    score = score_employee(person(claims=[claim("6"), claim("5.25")]), SCHEME)
    assert (score.competitive, score.overflow) == (D("10.00"), D("1.25"))


@pytest.mark.parametrize(
    ("given_adjustments", "points"),
    [
        ([adjustment("3"), adjustment("4")], "5.00"),
        ([adjustment("3"), adjustment("4"), adjustment("1", plus=False)], "4.00"),
        ([adjustment("1", plus=False), adjustment("0.55", plus=False)], "-1.55"),
    ],
)
def test_pluses_are_capped_and_minuses_are_not(given_adjustments, points):
    assert score_employee(person(adjustments=given_adjustments), SCHEME).adjustments == D(points)


@pytest.mark.parametrize(
    ("own", "others", "points"),
    [
        ("92", ["89"], "0.15"),
        ("89", ["92"], "-0.15"),
        ("100", ["0", "0"], "2.00"),
        ("0", ["100"], "-2.00"),
        ("90", ["90"], "0.00"),
        ("90.10", ["90"], "0.01"),  # 0.005, half away from zero
        ("90", ["90.10"], "-0.01"),
        ("90", ["90", "91"], "-0.03"),  # a third: the mean is exact
    ],
)
def test_linkage_is_rounded_then_clamped(own, others, points):
    scores = {"own": D(own)} | {str(place): D(other) for place, other in enumerate(others)}
    assert score_employee(person(linkage=LinkageInput.of(scores, "own")), SCHEME).linkage == D(points)


def test_a_department_without_a_score_has_no_linkage():
    assert LinkageInput.of({"D1": D(90)}, "D2") is None


def test_the_total_is_never_negative():
    score = score_employee(person(adjustments=[adjustment("7", plus=False)]), SCHEME)
    assert (score.adjustments, score.total) == (D("-7.00"), D("0.00"))
    assert_adds_up(score)


# --- Ranks


def row(number, total, category="一般干部", *, ranked=True, disciplinary=False):
    return RankRow(number, D(total), category, ranked, disciplinary)


def test_ties_share_a_rank_and_the_next_rank_skips():
    placed = rank([row("a", "90"), row("b", "80"), row("c", "80"), row("d", "70")], SCHEME)
    assert [placed[number].bureau_rank for number in "abcd"] == [1, 2, 2, 4]


def test_left_out_categories_are_ranked_among_themselves_only():
    placed = rank([row("a", "99", "局领导"), row("b", "90"), row("c", "95", "局领导")], SCHEME)
    assert [placed[number].bureau_rank for number in "abc"] == [None, 1, None]
    assert [placed[number].category_rank for number in "abc"] == [1, 1, 2]
    assert [placed[number].in_pool for number in "abc"] == [False, True, False]


def test_unranked_people_take_no_place():
    placed = rank([row("a", "99", ranked=False), row("b", "90")], SCHEME)
    assert placed["a"].bureau_rank is None
    assert placed["a"].category_rank is None
    assert placed["b"].bureau_rank == 1


def test_a_tie_at_the_border_of_the_pool_lets_all_in_and_discipline_lets_nobody_up():
    rows = [row("a", "99", disciplinary=True), row("b", "98"), row("c", "97"), row("d", "97")]
    rows += [row(str(place), "50") for place in range(6)]
    placed = rank(rows, SCHEME)
    assert [placed[number].in_pool for number in "abcd0"] == [False, True, True, True, False]


@pytest.mark.parametrize(("ranked", "size"), [(0, 1), (1, 1), (3, 1), (6, 1), (7, 2), (10, 3), (205, 61)])
def test_size_of_the_pool(ranked, size):
    assert pool_size(ranked, SCHEME) == size


CALENDAR = WorkCalendar({date(2023, 4, 5): False, date(2023, 4, 23): True})
FIRST, LAST = date(2023, 4, 1), date(2023, 6, 30)


def test_overlapping_absences_count_once():
    absences = [(date(2023, 4, 3), date(2023, 4, 14)), (date(2023, 4, 10), date(2023, 4, 10)), (date(2023, 4, 6), None)]
    assert in_post_share(CALENDAR, FIRST, LAST, absences=absences) == 0
    assert in_post_share(CALENDAR, FIRST, LAST, absences=absences[:2]) == 1 - Fraction(9, 65)


def test_exactly_half_is_ranked():
    assert unranked_reasons(Fraction(1, 2), SCHEME, probation=False, investigation=False) == ()
    assert unranked_reasons(Fraction(31, 63), SCHEME, probation=True, investigation=True) == (
        "share",
        "probation",
        "investigation",
    )


def test_first_and_last_days_are_in_post():
    assert employed_in(FIRST, LAST, LAST, None)
    assert employed_in(FIRST, LAST, None, FIRST)
    assert not employed_in(FIRST, LAST, LAST + timedelta(1), None)
    assert not employed_in(FIRST, LAST, None, FIRST - timedelta(1))
    assert covers(None, None, FIRST)
    assert covers(FIRST, FIRST, FIRST)
    assert not covers(FIRST, FIRST, LAST)


def test_the_year_is_the_rounded_mean_and_asks_for_two_quarters():
    assert annual([]).score is None
    assert annual([D("80.00")]) == annual([D("80.00")])
    assert (annual([D("80.00")]).score, annual([D("80.00")]).ranked) == (D("80.00"), False)
    assert (annual([D("80.00"), D("80.01")]).score, annual([D("80.00"), D("80.01")]).ranked) == (D("80.01"), True)


# --- The scheme


def test_a_scheme_reads_its_keys_and_writes_them_back():
    scheme = SchemeValues.from_mapping({"共性权重": "25", "个性权重": 65, "不参加单位排名序列": "局领导；中层正职"})
    assert scheme.unranked_categories == ("局领导", "中层正职")
    assert not scheme.problems()
    assert SchemeValues.from_mapping(scheme.to_mapping()) == scheme
    assert SchemeValues.from_mapping({"共性权重": "25"}).problems()


@pytest.mark.parametrize(
    ("key", "value"),
    [("共性", "30"), ("共性权重", "三十"), ("加分上限", "-1"), ("主办份额", "1.2"), ("联动上限", "2.005")],
)
def test_a_setting_that_cannot_be_is_refused(key, value):
    with pytest.raises(SchemeError):
        parse_setting(key, value)


# --- The explanation and the snapshot


def assert_adds_up(score):
    lines = explain(score)
    assert lines[-1].kind == "total"
    assert lines[-1].figure == score.total
    assert sum((line.figure or D(0)) for line in lines[:-1] if line.depth == 0) == score.total
    below = {"common": D(0), "individual": D(0)}
    parts = iter(
        [("common", score.common_part), ("individual", score.individual_part), ("", None), ("", None), ("", None)]
    )
    library, owner = "", None
    running = {}
    for line in lines:
        if line.kind == "component":
            library, owner = next(parts)
            running[line.label] = [line.figure, D(0), owner]
            label = line.label
        elif line.depth == 1 and line.figure is not None:
            running[label][1] += line.figure
            if library:
                below[library] += line.figure
    for figure, added, owner in running.values():
        assert added in (figure, owner.earned if owner else figure, D(0))
    assert below == {"common": score.common_part.earned, "individual": score.individual_part.earned}


def test_the_explanation_ends_in_the_total_and_adds_up():
    score = score_employee(worked_example(), SCHEME)
    assert_adds_up(score)
    text = [str(line) for line in explain(score)]
    assert text[-1].endswith("69.40")
    assert text[-1].startswith("总分")
    assert any("(3.50 + 4.00 + 4.00) ÷ 3" in line for line in text)
    assert any("30 × 8.93 ÷ 10.00" in line for line in text)


def test_the_snapshot_is_the_input_again():
    traced = replace(
        worked_example().items[0], nodes=(NodeInput("2023-01", date(2023, 1, 20), D(1), trace={"entered_by": "某某"}),)
    )
    inputs = replace(worked_example(), items=(traced, *worked_example().items[1:]))
    again = from_json(json.loads(first_text(inputs, in_post_share="1", bases={})))
    assert again == inputs
    assert score_employee(again, SCHEME).total == score_employee(inputs, SCHEME).total
    with pytest.raises(ValueError, match="format"):
        from_json({"format": 99})


# --- Against the naive scorer

cents = st.integers(1, 1200).map(lambda number: D(number) / 100)
coefficients = st.integers(0, 3000).map(lambda number: D(number) / 1000)
values = st.one_of(st.integers(0, 30).map(D), st.integers(0, 20000).map(lambda number: D(number) / 100))


@st.composite
def rules(draw):
    method = draw(st.sampled_from(["deduct", "ratio", "tier", "count", "done"]))
    if method == "tier":
        return method, {name: draw(st.integers(0, 10000).map(lambda n: D(n) / 100)) for name in ("优", "良", "差")}
    if method == "ratio":
        parameters = {"目标": draw(cents)}
        if draw(st.booleans()):
            parameters["底线"] = draw(values)
        return method, parameters
    return method, {{"deduct": "每次扣分", "count": "每件得分", "done": "逾期每日扣分"}[method]: draw(cents) / 10}


@st.composite
def items(draw):
    method, parameters = draw(rules())
    nodes = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["exempt", "missing", "filled", "filled", "filled"]))
        one = {"exempt": kind == "exempt", "value": None, "tier": "", "target": None}
        if kind == "filled":
            if method == "tier":
                one["tier"] = draw(st.sampled_from(["优", "良", "差"]))
            elif method in ("deduct", "done"):
                one["value"] = D(draw(st.integers(0, 20)))
            else:
                one["value"] = draw(values)
                if method == "ratio":
                    one["target"] = draw(st.none() | cents)
        nodes.append(one)
    library = draw(st.sampled_from(["common", "individual"]))
    return {"full": draw(cents), "method": method, "parameters": parameters, "nodes": nodes, "library": library}


@st.composite
def claims(draw):
    sharing = draw(st.sampled_from(["各得", "均分", "主协办"]))
    assistants = draw(st.integers(0, 4)) if sharing == "主协办" else 0
    part = ""
    if sharing == "主协办":
        part = draw(st.sampled_from(["主办", "协办"])) if assistants else "主办"
    return {
        "base": draw(cents),
        "difficulty": draw(st.sampled_from(["高", "中", "低"])),
        "quality": draw(st.none() | st.integers(0, 120).map(lambda number: D(number) / 100)),
        "sharing": sharing,
        "part": part,
        "assistants": assistants,
        "accepted": assistants + (part == "主办") if sharing == "主协办" else draw(st.integers(1, 5)),
    }


departments = st.dictionaries(
    st.sampled_from(["D1", "D2", "D3", "D4"]), cents.map(lambda points: points * 8), max_size=4
)


@st.composite
def people(draw, number):
    return {
        "number": str(number),
        "items": draw(st.lists(items(), max_size=5)),
        "claims": draw(st.lists(claims(), max_size=4)),
        "adjustments": draw(
            st.lists(st.fixed_dictionaries({"plus": st.booleans(), "points": cents}), max_size=3),
        ),
        "department": draw(st.sampled_from(["D1", "D2", "D5"])),
        "category": draw(st.sampled_from(["局领导", "中层正职", "一般干部"])),
        "ranked": draw(st.sampled_from([True, True, True, False])),
        "disciplinary": draw(st.sampled_from([False, False, True])),
    }


schemes = st.fixed_dictionaries(
    {
        "共性权重": st.sampled_from(["30", "25", "33.3"]),
        "个性权重": st.sampled_from(["60", "65", "56.7"]),
        "竞争性上限": st.sampled_from(["10", "7.5"]),
        "难度系数高": coefficients.map(str),
        "难度系数中": st.just("1.2"),
        "难度系数低": st.just("1"),
        "加分上限": st.sampled_from(["5", "3", "0"]),
        "联动系数": st.sampled_from(["0.1", "0.25", "0.333"]),
        "联动上限": st.sampled_from(["2", "1.5", "0"]),
        "星级候选比例": st.sampled_from(["0.3", "0.25", "0.29"]),
        "主办份额": st.sampled_from(["0.8", "0.7", "0.333"]),
        "不参加单位排名序列": st.sampled_from(["局领导", "局领导;中层正职", ""]),
    }
)


def as_input(raw, department_scores):
    return EmployeeInput(
        raw["number"],
        "某某",
        tuple(
            ItemInput(
                f"K{place}",
                "考点",
                one["library"],
                one["full"],
                parse_rule(one["method"], ";".join(f"{key}={value}" for key, value in one["parameters"].items())),
                tuple(
                    NodeInput("2023Q1", None, entry["value"], entry["tier"], entry["target"], entry["exempt"])
                    for entry in one["nodes"]
                ),
            )
            for place, one in enumerate(raw["items"])
        ),
        tuple(
            ClaimInput(
                "R",
                "任务",
                one["base"],
                {"高": "high", "中": "medium", "低": "low"}[one["difficulty"]],
                {"各得": "each", "均分": "split", "主协办": "lead"}[one["sharing"]],
                one["quality"],
                {"主办": "lead", "协办": "assistant", "": ""}[one["part"]],
                one["accepted"],
                one["assistants"],
            )
            for one in raw["claims"]
        ),
        tuple(AdjustmentInput(date(2023, 1, 1), one["plus"], one["points"], "事由") for one in raw["adjustments"]),
        LinkageInput.of(department_scores, raw["department"]),
    )


COMPONENTS = (
    "common",
    "individual",
    "competitive",
    "overflow",
    "adjustments",
    "linkage",
    "total",
    "missing",
    "has_individual",
)


@settings(max_examples=150, deadline=None)
@given(st.data(), schemes, departments)
def test_the_engine_agrees_with_the_naive_scorer(data, raw_scheme, department_scores):
    scheme = SchemeValues.from_mapping(raw_scheme)
    raws = [data.draw(people(number)) for number in range(data.draw(st.integers(1, 5)))]
    rows, plain_rows = [], []
    for raw in raws:
        inputs = as_input(raw, department_scores)
        score = score_employee(inputs, scheme)
        expected = naive.score(raw, raw_scheme, department_scores)
        assert {name: getattr(score, name) for name in COMPONENTS} == expected
        assert_adds_up(score)
        assert_within_bounds(score)
        assert from_json(json.loads(first_text(inputs, in_post_share="1", bases={}))) == inputs
        shuffled = replace(
            inputs,
            items=tuple(reversed(inputs.items)),
            claims=tuple(reversed(inputs.claims)),
            adjustments=inputs.adjustments[::-1],
        )
        assert score_employee(shuffled, scheme).total == score.total
        rows.append(RankRow(raw["number"], score.total, raw["category"], raw["ranked"], raw["disciplinary"]))
        plain_rows.append(raw | {"total": expected["total"]})
    placed = rank(rows, scheme)
    assert {number: (one.bureau_rank, one.category_rank, one.in_pool) for number, one in placed.items()} == naive.ranks(
        plain_rows, raw_scheme
    )
    random.Random(1).shuffle(rows)
    assert rank(rows, scheme) == placed


def assert_within_bounds(score):
    scheme = score.scheme
    assert 0 <= score.common <= scheme.common_weight
    assert 0 <= score.individual <= scheme.individual_weight
    assert 0 <= score.competitive <= scheme.competitive_cap
    assert score.adjustments <= scheme.plus_cap
    assert abs(score.linkage) <= scheme.linkage_limit
    assert score.total >= 0
    assert all(0 <= one.earned <= one.item.full for one in score.items if one.earned is not None)


days = st.dates(date(2023, 3, 1), date(2023, 7, 31))


@settings(max_examples=150, deadline=None)
@given(
    st.none() | days,
    st.none() | days,
    st.lists(st.tuples(st.none() | days, st.none() | days), max_size=4),
    st.dictionaries(days, st.booleans(), max_size=20),
)
def test_the_share_in_post_agrees_with_counting_day_by_day(joined, left, absences, overrides):
    calendar = WorkCalendar(overrides)
    span = [FIRST + timedelta(step) for step in range((LAST - FIRST).days + 1)]
    workdays = {day for day in span if overrides.get(day, day.weekday() < 5)}
    share = in_post_share(calendar, FIRST, LAST, joined=joined, left=left, absences=absences)
    assert share == naive.in_post_share(workdays, FIRST, LAST, joined, left, absences)
