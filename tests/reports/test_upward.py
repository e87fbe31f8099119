"""下级单位: sums by an arithmetic of its own, what stays hidden, who may look, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from audit.models import Entry
from indicators.models import Quarter
from organization.models import Bureau, Employee
from reports.queries.upward_page import Upward
from reports.upward_sums import KEYS, Figures
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.queries.coverage import has_loss, loses
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.queries.warning_standing import Standing, facts_of
from tasks_market.queries.figures import reach
from tests.awards.honours import make_star
from tests.factories import make_bureau, make_claim, make_employee, make_point, make_quarter, make_task
from tests.reports.land import CODE, NOW, Land, Person, make_land, make_scored, persons

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def land(django_db_setup: None, django_db_blocker: Any) -> Iterator[Land]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_land()
        transaction.set_rollback(True)


def page_of(land: Land, reader: str = "office", **asked: str) -> Upward:
    return Upward(land.readers[reader].bureau, asked)


def lines(page: Upward) -> dict[str, Figures]:
    return {line.name: line.figures for line in page.lines} | {"合计": page.total.figures}


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


# Sums -------------------------------------------------------------------------------------------------------------


def pencil(*groups: list[Person]) -> dict[str, str]:
    """The figures of some bureaus of at least five people, by hand: floats are good enough where the sum is exact."""
    everybody = [row for rows in groups for row in rows]
    found = {"people": str(len(everybody))}
    for name, weight in (("common", 30), ("individual", 60), ("competitive", 10)):
        found[name] = _percent(sum(getattr(row, name) for row in everybody), weight * len(everybody))
    found["whole"] = _percent(
        sum(row.common + row.individual + row.competitive for row in everybody), 100 * len(everybody)
    )
    gaps = []
    for rows in groups:
        totals = sorted(row.total for row in rows if row.ranked)
        if len(totals) >= 10:
            gaps.append((sum(totals[-5:]) - sum(totals[:5])) / 5)
    found["gap"] = f"{max(gaps):.2f}" if gaps else ""
    return found


def _percent(part: Decimal, whole: int) -> str:
    return f"{(100 * part / whole).quantize(Decimal('0.01'), 'ROUND_HALF_UP')}"


def test_each_line_is_its_subtree_and_the_small_county_nowhere(land: Land) -> None:
    rows = land.rows
    shown = lines(page_of(land))
    expected = {
        "省局本级": [rows["P"]],
        "甲市局": [rows["A"], rows["A1"]],
        "乙市局": [rows["B"]],
        "合计": [rows["P"], rows["A"], rows["A1"], rows["B"]],
    }
    for name, groups in expected.items():
        assert {key: shown[name].text(key) for key in pencil(*groups)} == pencil(*groups), name
    below = lines(page_of(land, under="A"))
    assert list(below) == ["甲市局本级", "甲一县局", "甲二县局", "合计"]
    assert {key: below["甲一县局"].text(key) for key in pencil(rows["A1"])} == pencil(rows["A1"])
    assert below["甲二县局"] == Figures()
    assert below["合计"] == shown["甲市局"]


def test_deductions_by_people_and_departments(land: Land) -> None:
    """甲一县: 33 people in departments of six, of whom seven lost nothing, so one department whole and one in part; the
    last department, of three, is none. 乙市: 24 people, all but two lost."""
    below = lines(page_of(land, under="A"))
    assert (below["甲一县局"].text("lost"), below["甲一县局"].text("departments")) == ("78.79", "80.00")
    assert lines(page_of(land))["乙市局"].text("lost") == "≥83.33"
    assert lines(page_of(land))["合计"].text("lost") == "≈86.25"  # (8 + 15 + 26 + 20) of 80


def test_the_condition_in_sql_is_that_of_the_rule(land: Land) -> None:
    scheme = SchemeValues()
    found = set(Score.objects.filter(loses(scheme)).values_list("pk", flat=True))
    assert found == {score.pk for score in Score.objects.all() if has_loss(score, scheme)}


def test_bureaus_with_other_weights_keep_them(land: Land) -> None:
    scheme = SchemeValues(common_weight=Decimal(40), individual_weight=Decimal(50)).to_mapping()
    before = lines(page_of(land))
    ScoreRun.objects.filter(bureau=land.bureaus["B"]).update(scheme=scheme)
    shown = lines(page_of(land))
    assert shown["甲市局"] == before["甲市局"]
    earned = sum(row.common for row in land.rows["B"])
    assert shown["乙市局"].text("common") == _percent(earned, 40 * 24)
    assert shown["乙市局"].text("lost") == "100.00"


def test_only_final_scores_in_publicity_or_published_are_shown(land: Land) -> None:
    bureau = land.bureaus["B"]
    runs = ScoreRun.objects.filter(bureau=bureau)
    scores = ("people", "whole", "gap", "lost", "departments")
    assert all(lines(page_of(land))["乙市局"].text(key) for key in scores)
    for state, as_of, seen in (
        (Quarter.State.PUBLICITY, None, True), (Quarter.State.PUBLICITY, NOW.date(), False),
        (Quarter.State.REVIEWING, None, False), (Quarter.State.COLLECTING, NOW.date(), False),
    ):  # fmt: skip
        Quarter.objects.filter(bureau=bureau).update(state=state)
        runs.update(as_of=as_of)
        shown = lines(page_of(land))["乙市局"]
        assert [bool(shown.text(key)) for key in scores] == [seen] * len(scores)


# What happens in the market, under warnings and with stars -------------------------------------------------------


def test_claim_coverage_is_that_of_the_market(land: Land) -> None:
    bureau = land.bureaus["B"]
    Bureau.objects.filter(pk=bureau.pk).update(is_demo=True, stands_on=NOW.date())
    bureau.refresh_from_db()
    quarter = Quarter.objects.get(bureau=bureau)
    leader = make_employee(bureau, category="局领导")
    for place, person in enumerate([*land.people["B"][:9], leader]):
        make_claim(make_task(bureau, f"T{place}", state="closed"), person)
    make_claim(make_task(bureau, "T99", state="cancelled"), land.people["B"][10])
    expected = reach(quarter)
    assert expected is not None
    ratio = lines(page_of(land))["乙市局"].covered
    assert ratio is not None
    assert (ratio.part, ratio.whole) == (len(expected.covered), len(expected.staff)) == (9, 24)
    assert lines(page_of(land))["甲市局"].covered is None


def test_nodes_and_signatures_are_those_of_the_sheets(land: Land) -> None:
    bureau, people = land.bureaus["A1"], land.people["A1"]
    Bureau.objects.filter(pk=bureau.pk).update(is_demo=True, stands_on=NOW.date())
    quarter = Quarter.objects.get(bureau=bureau)
    sheet = WarningSheet.objects.create(
        bureau=bureau, department=people[0].department, month="2023-03", made_at=NOW, knows_calendar=True
    )
    outcomes = ["done"] * 5 + ["overdue"] * 2 + ["open", "dropped"]
    for place, outcome in enumerate(outcomes):
        point = make_point(bureau, f"K{place}")
        line = Warned.objects.create(
            sheet=sheet, quarter=quarter, point=point, version=point.versions.get(), period=CODE, due="2023-03-20",
            head_due="2023-03-06", liaison_due="2023-05-01" if place == 6 else "2023-03-15", standard="s",
            requirement="r", holders=[], outcome=outcome,
            settled_at=None if outcome == "open" else NOW.replace(month=3, day=10 if place % 2 else 4),
        )  # fmt: skip
        if place in (0, 1, 5):
            WarningSignature.objects.create(
                line=line, side="head", by=people[0], at=NOW, late=place == 1, text="t", digest="d"
            )
    shown = lines(page_of(land, under="A"))["甲一县局"]
    assert shown.text("nodes") == "71.43"  # five of seven
    standings = []
    for line in Warned.objects.prefetch_related("signatures"):
        line.refresh_from_db()
        given = {one.side: one.late for one in line.signatures.all()}
        standings += [facts_of(line).standing(side, given.get(side), NOW.date()) for side in ("head", "liaison")]
    kept = standings.count(Standing.ON_TIME)
    owed = kept + standings.count(Standing.LATE) + standings.count(Standing.MISSED)
    assert kept == 2
    assert {Standing.WAIVED, Standing.WAITING} <= set(standings)
    assert shown.signed is not None
    assert (shown.signed.part, shown.signed.whole) == (kept, owed)


def test_stars_are_people_and_a_few_are_only_bounded(land: Land) -> None:
    for number, text in ((1, "≤4"), (2, "≤4"), (5, "5")):
        with transaction.atomic():
            for person in land.people["A1"][:number]:
                make_star(person, CODE)
            assert lines(page_of(land, under="A"))["甲一县局"].text("stars") == text
            transaction.set_rollback(True)


# What stays hidden ------------------------------------------------------------------------------------------------


def test_a_small_bureau_leaves_no_trace_in_any_figure(land: Land) -> None:
    """With it and without it every figure of every level is the same: there is nothing to subtract."""
    asked: list[dict[str, str]] = [{}, {"under": "A"}, {"sort": "-lost"}, {"sort": "gap", "under": "A"}]
    before = [lines(page_of(land, **one)) for one in asked]
    Score.objects.filter(bureau=land.bureaus["A2"]).update(common=0, individual=0, adjustments=-5, total=0)
    assert [lines(page_of(land, **one)) for one in asked] == before
    ScoreRun.objects.filter(bureau=land.bureaus["A2"]).delete()
    assert [lines(page_of(land, **one)) for one in asked] == before


def test_how_many_of_a_few_cannot_be_seen_in_any_figure(land: Land) -> None:
    """乙市: whether one or four of its people lost nothing shows nowhere, in no sum and in no order of the lines."""
    seen = []
    scores = Score.objects.filter(bureau=land.bureaus["B"]).order_by("pk")
    shifted = scores[0].pk
    for spared in (1, 2, 3, 4):
        with transaction.atomic():
            scores.update(adjustments=Decimal("-0.5"))
            scores.filter(pk__lt=shifted + spared).update(common=30, individual=60, adjustments=0)
            scores.filter(pk__gte=shifted + spared).update(common=20, individual=40)
            pages = [page_of(land), page_of(land, sort="lost"), page_of(land, sort="-lost")]
            seen.append(
                [[(line.name, line.figures.text("lost")) for line in (*page.lines, page.total)] for page in pages]
            )
            transaction.set_rollback(True)
    assert all(one == seen[0] for one in seen)


def test_the_order_of_what_is_hidden_tells_nothing(land: Land) -> None:
    for sort in ("lost", "-lost", "whole", "-whole"):
        assert [line.name for line in page_of(land, under="A", sort=sort).lines][-1] == "甲二县局"


def test_no_person_and_no_page_of_a_lower_bureau_stands_on_the_page(land: Land) -> None:
    client = client_of(land.readers["office"])
    lower = Employee.objects.exclude(bureau=land.bureaus["P"])
    for address in ("/upward/", "/upward/?under=A", "/upward/?under=A1", "/api/v1/upward/?under=A"):
        said = client.get(address).content.decode()
        assert not [one for one in lower if one.name in said or one.number in said]
    page = client.get("/upward/?under=A").content.decode()
    main = page[page.index('<table class="table-work table-pin') : page.index("</table>")]
    assert "/scores/" not in main
    assert "/file/" not in main


# Who may look -----------------------------------------------------------------------------------------------------


def test_who_opens_it(land: Land) -> None:
    opened = {
        who: [
            client_of(person).get("/upward/").status_code,
            client_of(person).get("/api/v1/upward/").status_code,
            client_of(person).post("/upward/export/").status_code,
        ]
        for who, person in land.readers.items()
        if who not in ("city", "county", "outside")
    }
    allowed = {"office", "director", "discipline"}
    assert {who: set(codes) for who, codes in opened.items()} == {
        who: {200} if who in allowed else {403} for who in opened
    }


@pytest.mark.parametrize(("reader", "open_to"), [("office", "P A A1 A2 B"), ("city", "A A1 A2"), ("outside", "F F1")])
def test_other_trees_and_what_stands_above_are_not_found(land: Land, reader: str, open_to: str) -> None:
    client = client_of(land.readers[reader])
    for code in ("P", "A", "A1", "A2", "B", "F", "F1", "none"):
        expected = 200 if code in open_to.split() else 404
        assert client.get("/upward/", {"under": code}).status_code == expected
        assert client.get("/api/v1/upward/", {"under": code}).status_code == expected
        assert client.post("/upward/export/", {"under": code}).status_code == expected
    assert client.get("/upward/", {"quarter": "2019Q1"}).status_code == 404


def test_a_moved_bureau_counts_where_it_stands(land: Land) -> None:
    Bureau.objects.filter(pk=land.bureaus["A1"].pk).update(parent=land.bureaus["B"])
    shown = lines(page_of(land))
    assert shown["甲市局"].text("people") == "15"
    assert shown["乙市局"].text("people") == "57"
    assert client_of(land.readers["city"]).get("/upward/", {"under": "A1"}).status_code == 404


# The page ---------------------------------------------------------------------------------------------------------


def test_the_page_says_what_it_shows(land: Land) -> None:
    page = client_of(land.readers["office"]).get("/upward/").content.decode()
    assert "2023年一季度：省局连同下级 5 个单位，5 个已公示，得分率" in page
    assert "不足 5 人的不显示" in page
    assert "得分各列只取已公示和已发布的正式得分" in page
    assert 'href="/upward/?quarter=2023Q1&amp;under=A"' in page
    assert "under=B" not in page  # nothing below it to go to


def test_sorted_by_any_figure(land: Land) -> None:
    for key in KEYS:
        numbers = [line.figures.number(key) for line in page_of(land, sort=f"-{key}").lines]
        shown = [number for number in numbers if number is not None]
        assert shown == sorted(shown, reverse=True)
        assert numbers[: len(shown)] == shown
    assert [line.name for line in page_of(land).lines] == ["省局本级", "甲市局", "乙市局"]


def test_without_bureaus_below_or_quarters_it_says_so(land: Land) -> None:
    assert "没有下级单位" in client_of(land.readers["county"]).get("/upward/").content.decode()
    top = make_bureau("E", name="空省局", level="province")
    make_bureau("E1", level="city", parent=top)
    page = client_of(make_employee(top, roles=["office"])).get("/upward/")
    assert "下级单位还没有开始的季度" in page.content.decode()
    make_quarter(Bureau.objects.get(code="E1"), CODE, state=Quarter.State.COLLECTING)
    page = client_of(Employee.objects.get(bureau=top)).get("/upward/")
    assert "这个季度还没有可以显示的数" in page.content.decode()


def test_the_api_and_the_workbook_say_what_the_page_says(land: Land) -> None:
    client = client_of(land.readers["director"])
    page = page_of(land, under="A")
    said = client.get("/api/v1/upward/", {"under": "A"}).json()
    assert [
        (one["code"], one["is_own"], {key: one["figures"][key] or "" for key in KEYS}) for one in said["results"]
    ] == [(line.bureau.code, line.is_own, {key: line.figures.text(key) for key in KEYS}) for line in page.lines]
    assert {one["quarter"] for one in said["results"]} == {CODE}
    assert client.post("/api/v1/upward/").status_code == 405
    response = client.post("/upward/export/", {"quarter": CODE, "under": "A"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content)))["下级单位"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == ["甲市局本级", "甲一县局", "甲二县局", "合计"]
    for row, line in zip(rows, [*page.lines, page.total], strict=True):
        texts = ["" if cell is None else cell if isinstance(cell, str) else f"{cell:.2f}" for cell in row[3:]]
        assert texts == [
            f"{text}.00" if key in ("people", "stars") and text else text
            for key, text in ((key, line.figures.text(key)) for key in KEYS)
        ]
    entry = Entry.objects.get(action="export.upward")
    assert (entry.bureau_code, entry.after["bureau"]) == ("P", "A")


QUERIES = 19


def test_one_bureau_and_three_cost_the_same_and_the_page_is_small(land: Land) -> None:
    small = make_bureau("S", name="小省局", level="province")
    costs = []
    reader = make_employee(small, roles=["office"])
    client = client_of(reader)
    for number in (1, 3):
        while Bureau.objects.below(small).count() < number:
            code = f"S{Bureau.objects.below(small).count()}"
            people = make_scored(make_bureau(code, level="city", parent=small), persons(12, start=4))
            make_claim(make_task(people[0].bureau, f"{code}-T1", state="closed"), people[0])
        client.get("/upward/")
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/upward/")
        costs.append(len(queries))
    assert costs == [QUERIES, QUERIES]
    assert len(page.content) < 60 * 1024
