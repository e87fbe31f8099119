"""平衡分雷达 against a naive count of the same rows; every figure opens exactly its rows; who may look."""

import random
import re
import statistics as floats
from collections import Counter, defaultdict
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from audit.models import Entry
from indicators.models import Library, PointVersion, Quarter, Result
from organization.models import Bureau, Department, Employee
from reports.queries.levelling import Radar, signs_of
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.queries.coverage import has_loss
from scoring.services.scoring import score_quarter
from scoring.statistics import Marks
from tests.factories import (
    make_bureau,
    make_department,
    make_employee,
    make_point,
    make_quarter,
    make_result,
    make_version,
)

pytestmark = pytest.mark.django_db
TIERS = ("优", "良", "中", "差")
SHARE = {"优": 100, "良": 85, "中": 70, "差": 50}


class Town:
    """Three assessors and eight people; the first assessor gives everybody the same, the others scatter."""

    def __init__(self) -> None:
        draw = random.Random(361)
        self.bureau = make_bureau()
        self.assessors = [make_department(self.bureau, f"A{number}", name=f"考评{number}股") for number in range(3)]
        self.homes = [make_department(self.bureau, f"H{number}", name=f"第{number}分局") for number in range(2)]
        self.people = [make_employee(self.bureau, department=self.homes[number % 2]) for number in range(8)]
        self.office = make_employee(self.bureau, "100", roles=["office"], department=self.homes[0])
        for code in ("2022Q4", "2023Q1"):
            make_quarter(self.bureau, code)
            self.fill(code, draw)
            score_quarter(bureau=self.bureau, quarter_code=code, actor=None)
        Quarter.objects.filter(code="2022Q4").update(state=Quarter.State.PUBLISHED)
        self.quarter = Quarter.objects.select_related("bureau").get(code="2023Q1")

    def fill(self, code: str, draw: random.Random) -> None:
        year, month = int(code[:4]), 3 * int(code[-1])
        for number, assessor in enumerate(self.assessors):
            tiers = make_point(self.bureau, f"T{number}", year=year, library=Library.COMMON, method="tier",
                               assessor=assessor, full=Decimal("3.7"))  # fmt: skip
            faults = make_point(self.bureau, f"F{number}", year=year, library=Library.COMMON, cycle="month",
                                assessor=assessor, full=Decimal(6), parameters="每次扣分=0.7")  # fmt: skip
            for person in self.people:
                tier = "优" if number == 0 else draw.choice(TIERS)
                full = Decimal("3.7")
                make_result(person, tiers, code, tier=tier, value=None, points=statistics_points(full, SHARE[tier]))
                for one in (month - 1, month):
                    many = 0 if number == 0 else draw.choice((0, 0, 0, 1, 3))
                    values = {"value": many, "points": Decimal(6) - Decimal("0.7") * many}
                    make_result(person, faults, f"{year}-{one:02d}", **values)
            machine = make_point(self.bureau, f"M{number}", year=year, library=Library.COMMON, source="machine",
                                 assessor=assessor)  # fmt: skip
            make_result(self.people[0], machine, code, source="machine", value=8, points=Decimal(0))
            make_result(self.people[1], machine, code, exempt=True)
            make_result(self.people[2], machine, code, state=Result.State.REPORTED, value=8, points=Decimal(0))

    def radar(self, department: Department | None = None) -> Radar:
        departments = {one.pk: one for one in self.bureau.departments.all()}
        return Radar(self.quarter, departments, department)


def statistics_points(full: Decimal, percent: int) -> Decimal:
    return statistics.round2(Fraction(full) * percent / 100)


build = Town


@pytest.fixture
def town(built: Town) -> Town:
    return deepcopy(built)


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


# Against a naive count --------------------------------------------------------------------------------------------------


def naive(bureau: Bureau, assessor: Department | None, code: str, homes: list[int]) -> dict[str, Any]:
    """One row after the other, in floats where the page is exact."""
    shares, nodes = [], defaultdict(list)
    for result in Result.objects.filter(bureau=bureau, quarter__code=code, employee__department__in=homes):
        version = PointVersion.objects.get(point=result.point)
        if result.state != "confirmed" or result.source == "machine" or result.points is None:
            continue
        nodes[result.point_id, result.period].append((version.assessor, result.points))
        if assessor in (None, version.assessor):
            shares.append(float(100 * result.points / version.full))
    comparable = alike = 0
    for got in nodes.values():
        if len(got) < 5 or assessor not in (None, got[0][0]):
            continue
        comparable += len(got)
        for number in Counter(points for _assessor, points in got).values():
            alike += number if number > len(got) / 2 else 0
    return {
        "results": len(shares),
        "mean": round(floats.fmean(shares), 2),
        "deviation": round(floats.pstdev(shares), 2),
        "full": sum(one == 100 for one in shares),
        "comparable": comparable,
        "alike": alike,
    }


def told(marks: Marks) -> dict[str, Any]:
    return {
        "results": marks.results,
        "mean": float(marks.mean),
        "deviation": float(marks.deviation),
        "full": marks.full,
        "comparable": marks.comparable,
        "alike": marks.alike,
    }


@pytest.mark.parametrize("narrowed", [False, True])
def test_the_marks_of_each_assessor(town: Town, narrowed: bool) -> None:
    department = town.homes[0] if narrowed else None
    homes = [town.homes[0].pk] if narrowed else [one.pk for one in town.homes]
    radar = town.radar(department)
    rows = {row.name: row for row in radar.assessors}
    assert set(rows) == {one.name for one in town.assessors}
    everybody = naive(town.bureau, None, "2023Q1", homes)
    assert told(radar.all) == pytest.approx(everybody, abs=0.0051)
    for assessor in town.assessors:
        row = rows[assessor.name]
        assert told(row.marks) == pytest.approx(naive(town.bureau, assessor, "2023Q1", homes), abs=0.0051)
        assert row.before is not None
        assert told(row.before) == pytest.approx(naive(town.bureau, assessor, "2022Q4", homes), abs=0.0051)
        assert row.others.results == radar.all.results - row.marks.results


def test_coverage_and_gap(town: Town) -> None:
    radar = town.radar()
    run = ScoreRun.objects.get(quarter=town.quarter)
    scores = list(Score.objects.filter(run=run))
    lost = [one for one in scores if one.common < 30 or (one.has_individual and one.individual < 60)]
    scored = radar.scored
    assert scored is not None
    assert radar.scored_before is not None
    assert (scored.people.people, scored.people.lost) == (len(scores), len(lost))
    assert scored.departments.people == len({one.department_id for one in scores})
    assert scored.departments.lost == len({one.department_id for one in lost})
    totals = [one.total for one in scores if one.bureau_rank]
    assert scored.gap == max(totals) - min(totals)
    scheme = SchemeValues.from_mapping(run.scheme)
    by_department = {row.name: row for row in radar.departments}
    for home in town.homes:
        own = [one for one in scores if one.department_id == home.pk]
        row = by_department[home.name]
        assert (row.coverage.people, row.coverage.lost) == (len(own), sum(has_loss(one, scheme) for one in own))
        assert row.gap == max(one.total for one in own) - min(one.total for one in own)


def test_points_that_tell_nobody_apart(town: Town) -> None:
    found = {row.code: row for row in town.radar().flat_points}
    assert set(found) == {"T0", "F0"}
    assert (found["T0"].results, found["T0"].points, found["T0"].suspicious) == (8, "3.70", True)
    assert (found["F0"].results, found["F0"].points, found["F0"].suspicious) == (16, "6.00", False)
    assert [row.code for row in town.radar(town.homes[0]).flat_points] == ["F0"], "four results say nothing"


def test_a_withdrawn_point_is_not_looked_at(town: Town) -> None:
    before = town.radar().all.results
    point = town.bureau.points.get(code="T1", year=2023)
    make_version(point, withdrawn=True)
    assert town.radar().all.results == before - 8


# What is flagged --------------------------------------------------------------------------------------------------------


def marks(results: int, full: int, alike: int, variance: int = 100) -> Marks:
    """Marks with a mean of one half and that variance of the shares in percent."""
    squares = (Fraction(variance, 10_000) + Fraction(1, 4)) * results
    return Marks(results, Fraction(results, 2), squares, full, results, alike)


@pytest.mark.parametrize(
    ("own", "signs"),
    [
        (marks(100, 97, 97), ()),
        (marks(100, 98, 97), ("几乎全给满分",)),
        (marks(100, 97, 98), ("几乎都同分",)),
        (marks(100, 0, 0, 25), ()),
        (marks(100, 0, 0, 24), ("离散不到其他部门的一半",)),
        (marks(19, 19, 19, 0), ()),
        (marks(20, 20, 20, 0), ("几乎全给满分", "几乎都同分", "离散不到其他部门的一半")),
    ],
)
def test_thresholds(own: Marks, signs: tuple[str, ...]) -> None:
    assert signs_of(own, marks(100, 0, 0)) == signs


def test_the_leveller_stands_first_and_in_the_heading(town: Town) -> None:
    radar = town.radar()
    assert [bool(row.signs) for row in radar.assessors] == [True, False, False]
    assert radar.assessors[0].name == "考评0股"
    assert radar.finding == "2023年一季度有 1 个考评部门、1 个分档考点要看是不是平衡分"


def test_roots_are_exact() -> None:
    assert [str(statistics.root2(Fraction(one))) for one in (0, 1, 2, Fraction(1, 40_000), 10**20)] == [
        "0.00",
        "1.00",
        "1.41",
        "0.01",  # 0.005, half away from zero
        "10000000000.00",
    ]


# Pages ------------------------------------------------------------------------------------------------------------------


def figures(radar: Radar) -> Iterator[tuple[str, int]]:
    """The addresses of the page's figures with how many rows each has to open."""
    yield radar.full_url, radar.all.full
    for row in radar.assessors:
        yield row.url, row.marks.results
        yield row.full_url, row.marks.full
        yield row.short_url, row.marks.results - row.marks.full
        yield row.alike_url, row.marks.alike
    for point in radar.flat_points:
        yield point.results_url, point.results


@pytest.mark.parametrize("narrowed", [False, True])
def test_each_figure_opens_its_rows(town: Town, narrowed: bool) -> None:
    radar = town.radar(town.homes[1] if narrowed else None)
    client = client_of(town.office)
    opened = list(figures(radar))
    assert len(opened) >= 13
    for url, number in opened:
        assert client.get(url).context["page"].paginator.count == number, url


def test_the_page_says_its_figures_and_its_terms(town: Town) -> None:
    said = client_of(town.office).get("/levelling/?quarter=2023Q1").content.decode()
    row = town.radar().assessors[1]
    for words in (row.name, f"{row.marks.mean}%", str(row.marks.deviation), "同一考点同一期间至少有 5 人", "上季"):
        assert words in said
    one = client_of(town.office).get(f"/levelling/?quarter=2023Q1&department={town.homes[0].code}")
    assert one.context["radar"].department == town.homes[0]


def test_the_tables_go_out_as_a_workbook_with_a_line(town: Town) -> None:
    client = client_of(town.office)
    answer = client.post("/levelling/export/", {"quarter": "2023Q1", "department": ""})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == ["封面", "考评部门", "人人同分", "扣分面"]
    rows = list(book["考评部门"].iter_rows(values_only=True))
    radar = town.radar()
    assert [row[0] for row in rows[1:]] == [row.name for row in radar.assessors]
    assert [Decimal(str(row[2])) for row in rows[1:]] == [row.marks.mean for row in radar.assessors]
    assert [row[0] for row in book["人人同分"].iter_rows(values_only=True, min_row=2)] == ["T0", "F0"]
    assert book["扣分面"].max_row == 1 + len(radar.departments)
    assert Entry.objects.get(action="export.levelling").after == {"period": "2023Q1", "department": None}
    assert client_of(town.people[0]).post("/levelling/export/", {"quarter": "2023Q1"}).status_code == 403
    assert client.post("/levelling/export/", {"quarter": "2024Q1"}).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", 200),
        ("director", 200),
        ("discipline", 200),
        ("deputy_director", 403),
        ("department_head", 403),
        ("liaison", 403),
        ("system_admin", 403),
        ("", 403),
    ],
)
def test_who_may_look(role: str, status: int) -> None:
    bureau = make_bureau("ZZ")
    make_quarter(bureau)
    make_quarter(make_bureau("YY"), "2023Q2")
    client = client_of(make_employee(bureau, roles=[role] if role else []))
    assert client.get("/levelling/").status_code == status
    assert client.get("/levelling/?quarter=2023Q2").status_code == (404 if status == 200 else 403)


def test_a_bureau_without_quarters_or_results_says_so() -> None:
    office = make_employee(make_bureau("ZZ"), roles=["office"])
    assert "还没有可以分析的季度" in client_of(office).get("/levelling/").content.decode()
    make_quarter(office.bureau)
    said = client_of(office).get("/levelling/").content.decode()
    assert "还没有人工考评的确认结果" in said
    assert "这个季度还没有得分" in said


def test_it_costs_the_same_for_few_and_many(town: Town, django_assert_num_queries: Any) -> None:
    client = client_of(town.office)
    for _round in range(2):
        with django_assert_num_queries(15):
            page = client.get("/levelling/?quarter=2023Q1").content.decode()
        for number in range(3):
            assessor = make_department(town.bureau)
            point = make_point(town.bureau, library=Library.COMMON, assessor=assessor, name=f"另{number}")
            for person in town.people:
                make_result(person, point, points=Decimal(4))
        score_quarter(bureau=town.bureau, quarter_code="2023Q1", actor=None)
    assert len(re.findall("<tr>", page)) > 5
