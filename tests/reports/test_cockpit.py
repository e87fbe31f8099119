"""驾驶舱: every figure opens exactly its rows and equals that of the page it comes from; who sees whose; what it costs."""

from __future__ import annotations

import re
from copy import deepcopy
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from indicators.models import Quarter
from indicators.queries.holdings import missing
from indicators.queries.outstanding import outstanding
from organization.models import Department, Employee
from organization.queries import work_calendar
from perfmgmt.navigation import Shell
from reports.queries.bulletin_draft import draft_of
from reports.queries.cockpit import Cockpit, Scope
from reports.queries.cockpit_figures import DEFINITIONS, Figure, pressing, standing
from reports.queries.levelling import Radar
from reviews.models import Showing, ShowingBranch
from reviews.queries.matrix import matrix
from scoring.models import Score, ScoreRun
from scoring.queries.rankings import previous_ranks
from scoring.services.scoring import score_quarter
from supervision.models import WarningSheet
from supervision.queries.warnings import figures_of
from tasks_market.queries.figures import figures as market_figures
from tests.factories import make_bureau, make_claim, make_employee, make_quarter, make_result, make_task
from tests.reports.bridge import BEFORE, LATE, NODE, QUARTER, TODAY, make_bridge, settle
from tests.reports.world import World

pytestmark = pytest.mark.django_db
URL = "/dashboard/"
QUERIES, QUERIES_OF_A_DEPUTY, QUERIES_OF_THE_FIGURES = 25, 23, 18
LINK = re.compile(r'<a[^>]* href="([^"]+)" data-rows="(\d+)"')


build = make_bridge


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


def signed_in(person: Employee) -> Client:
    client = Client()
    client.force_login(Employee.objects.get(pk=person.pk))
    return client


def cockpit_of(world: World, name: str = "director", code: str = QUARTER, department: str = "") -> Cockpit:
    user = Employee.objects.select_related("bureau").get(pk=world.people[name].pk)
    quarter = Quarter.objects.select_related("bureau").get(bureau=world.bureau, code=code)
    return Cockpit(quarter, Scope.of(user, department), TODAY, timezone.now(), work_calendar())


def figures(cockpit: Cockpit) -> dict[str, Figure]:
    return {one.key: one for one in (*pressing(cockpit), *standing(cockpit))}


# Rows behind ------------------------------------------------------------------------------------------------------


def links(page: HttpResponse) -> list[tuple[str, int]]:
    return [(unescape(url), int(rows)) for url, rows in LINK.findall(page.content.decode())]


@pytest.mark.parametrize("name", ["director", "deputy"])
def test_every_figure_opens_as_many_rows_as_it_counts(world: World, name: str) -> None:
    client = signed_in(world.people[name])
    found = {one for query in ("", f"?quarter={BEFORE}", "?department=XSA") for one in links(client.get(URL + query))}
    assert len(found) >= 30
    for url, rows in found:
        page = client.get(url, {**_asked(url), "page": "all"})
        assert page.status_code == 200, url
        assert page.content.decode().count('class="behind-row"') == rows == page.context["page"].paginator.count, url


def _asked(url: str) -> dict[str, Any]:
    return dict(parse_qsl(urlsplit(url).query))


def test_every_list_behind_opens_for_every_quarter(world: World) -> None:
    client = signed_in(world.people["office"])
    for key in DEFINITIONS.keys() - {"category"}:
        for code in (BEFORE, QUARTER):
            assert client.get(f"{URL}{key}/", {"quarter": code}).status_code == 200, key


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_list_behind_calls_two_columns_alike(world: World, language: str) -> None:
    client = signed_in(world.people["office"])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for key in sorted(DEFINITIONS.keys() - {"category"}):
        names = [column.label for column in client.get(f"{URL}{key}/").context["behind"].columns]
        assert len(set(names)) == len(names), key


def test_every_row_leads_to_a_page_that_the_reader_may_open(world: World) -> None:
    for name in ("director", "deputy"):
        client = signed_in(world.people[name])
        for key in DEFINITIONS.keys() - {"category"}:
            page = client.get(f"{URL}{key}/")
            for url in {cell.url for row in page.context["rows"] for cell in row if cell.url}:
                assert client.get(url).status_code == 200, (name, key, url)
            if page.context["behind"].page:
                assert client.get(page.context["behind"].page[1]).status_code == 200, (name, key)


def test_what_is_no_figure_is_not_found(world: World) -> None:
    assert signed_in(world.people["office"]).get(f"{URL}nothing/").status_code == 404
    assert signed_in(world.people["office"]).get(f"{URL}category/").status_code == 404


def test_a_list_of_a_category_is_that_category(world: World) -> None:
    page = signed_in(world.people["office"]).get(f"{URL}gap/", {"category": "局领导", "page": "all"})
    assert {row[2].text for row in page.context["rows"]} == {"局领导"}
    assert {row[0].text for row in page.context["rows"]} == {"director", "deputy"}


def test_every_figure_names_its_definition(world: World) -> None:
    html = signed_in(world.people["office"]).get(URL).content.decode()
    cockpit = cockpit_of(world, "office")
    for one in figures(cockpit).values():
        assert f'aria-label="{one.label}怎么算"' in html
        assert str(one.definition) in html
    assert all(label and text for label, text in DEFINITIONS.values())


# The same figures as elsewhere ------------------------------------------------------------------------------------


def test_coverage_and_gap_are_those_of_the_radar(world: World) -> None:
    departments = {one.pk: one for one in world.bureau.departments.all()}
    for code in (BEFORE, QUARTER):
        for chosen in (None, *departments.values()):
            cockpit = cockpit_of(world, code=code, department=chosen.code if chosen else "")
            radar = Radar(cockpit.quarter, departments, chosen)
            assert cockpit.scored == radar.scored
            assert cockpit.scored_before == radar.scored_before
            mine = {line.name: line.coverage for line in cockpit.departments}
            assert mine == {row.name: row.coverage for row in radar.departments}


def test_means_gap_and_people_are_those_of_the_ranking(world: World) -> None:
    client = signed_in(world.people["director"])
    for code in (BEFORE, QUARTER):
        ranking = client.get("/ranking/departments/", {"quarter": code}).context["ranking"]
        cockpit = cockpit_of(world, code=code)
        assert {line.name: (line.ranked, line.mean) for line in cockpit.departments if line.mean is not None} == {
            one.name: (one.row.count, one.row.mean) for one in ranking.departments
        }
        assert figures(cockpit)["gap"].number == str(ranking.spread.gap)
        assert figures(cockpit)["gap"].rows == ranking.spread.count


def test_the_categories_are_those_of_the_ranking(world: World) -> None:
    client = signed_in(world.people["director"])
    strips = cockpit_of(world).strips
    assert strips is not None
    for strip in strips.rows:
        spread = client.get("/ranking/", {"quarter": QUARTER, "category": strip.name}).context["ranking"].spread
        assert (strip.people, strip.lowest, strip.median, strip.highest, strip.gap) == (
            spread.count, spread.lowest, spread.median, spread.highest, spread.gap,
        )  # fmt: skip


def test_attainment_is_that_of_the_bulletin(world: World) -> None:
    settle(world, Quarter.State.PUBLISHED)
    run = ScoreRun.objects.select_related("quarter", "bureau").get(quarter__code=QUARTER, is_current=True)
    told = {one.key: one.value for one in draft_of(run, today=TODAY).figures}
    rates = cockpit_of(world).rates
    assert [told[name] for name in ("common", "individual", "competitive")] == [
        str(rates.common), str(rates.individual), str(rates.competitive),
    ]  # fmt: skip


def test_movement_is_that_of_the_ranking(world: World) -> None:
    cockpit = cockpit_of(world)
    before = previous_ranks(cockpit.quarter)
    scores = Score.objects.filter(run=cockpit.run, bureau_rank__isnull=False, employee__in=before)
    assert {one.row.pk: one.places for one in cockpit.moved} == {
        score.pk: before[score.employee_id] - (score.bureau_rank or 0) for score in scores
    }
    assert cockpit.moved


def test_nothing_moved_against_a_quarter_in_publicity() -> None:
    world = make_bridge("ZZ", before=Quarter.State.PUBLICITY)
    cockpit = cockpit_of(world)
    assert cockpit.moved == []
    assert previous_ranks(cockpit.quarter) == {}
    assert cockpit.compared  # its means are final


def test_claim_coverage_is_that_of_the_market(world: World) -> None:
    found = market_figures(world.bureau, [QUARTER])
    cockpit = cockpit_of(world)
    assert cockpit.reach is not None
    assert (len(cockpit.reach.staff), len(cockpit.reach.covered)) == (found.staff, found.covered)
    assert figures(cockpit)["covered"].number == str(found.coverage)
    assert cockpit.reach.staff - cockpit.reach.covered == {person.pk for person in found.never}


def test_tasks_left_over_are_those_of_the_board(world: World) -> None:
    board = signed_in(world.people["director"]).get("/market/", {"lane": "unclaimed", "quarter": QUARTER})
    cockpit = cockpit_of(world)
    assert [task.number for task in cockpit.unclaimed] == ["XST1"]
    assert figures(cockpit)["unclaimed"].number == str(board.context["board"].counts["unclaimed"])


def test_overdue_nodes_are_those_of_the_list_of_the_missing(world: World) -> None:
    for department in ("", "XSA", "XSB"):
        cockpit = cockpit_of(world, department=department)
        people = list(Employee.objects.filter(department__code=department)) if department else None
        listed = missing(
            world.people["director"], cockpit.quarter, today=TODAY, calendar=work_calendar(), people=people
        )
        late = [person for one in cockpit.overdue for person in one.missing]
        assert len(late) == len(listed) > 0
        numbers = Employee.objects.filter(pk__in=late).values_list("number", flat=True)
        assert set(numbers) == {row.number for row in listed}


def test_who_came_left_or_took_a_point_on_late_is_missing_only_where_they_answer(world: World) -> None:
    quarter = Quarter.objects.select_related("bureau").get(code=QUARTER)
    Employee.objects.filter(name="bert").update(joined_on=date_in(5, 10))
    Employee.objects.filter(name="cora").update(left_on=date_in(4, 10))
    own = world.bureau.points.get(code="K101")
    for name, taken_on in (("anna", date_in(5, 3)), ("head", None)):
        quarter.items.create(bureau=world.bureau, employee=world.people[name], point=own, taken_on=taken_on)
    own.versions.update(cycle="month", deadline="每月20日")
    calendar = work_calendar()
    found = outstanding(quarter, until=date_in(5, 21), calendar=calendar)
    listed = missing(world.people["director"], quarter, today=TODAY, calendar=calendar)
    rows = sorted((row.code, row.node, row.number) for row in listed)
    numbers = dict(Employee.objects.values_list("pk", "number"))
    assert sorted((one.code, one.period, numbers[person]) for one in found for person in one.missing) == rows
    assert ("K003", "2023-04", world.people["bert"].number) not in rows
    assert ("K101", "2023-04", world.people["anna"].number) not in rows
    assert ("K101", "2023-05", world.people["anna"].number) in rows


def date_in(month: int, day: int) -> Any:
    return TODAY.replace(month=month, day=day)


def test_unsigned_warnings_are_those_of_the_sheets(world: World) -> None:
    sheets = list(WarningSheet.objects.filter(bureau=world.bureau))
    counted = figures_of(sheets, TODAY).values()
    cockpit = cockpit_of(world)
    assert len(cockpit.unsigned) == sum(one.waiting for one in counted) > 0
    assert len(cockpit.unsigned_late) == sum(one.missed for one in counted)
    assert figures(cockpit)["unsigned"].more[0].rows == len(cockpit.unsigned_late) > 0


def test_the_marks_of_the_branches_are_those_of_the_matrix(world: World) -> None:
    showings = cockpit_of(world).showings
    assert showings.months == [f"2023-{month:02d}" for month in range(1, 7)]
    whole = {row.branch.pk: row.cells[:6] for row in matrix(world.bureau, 2023, today=TODAY).rows}
    assert {row.branch.pk: [cell.mark for cell in row.cells] for row in showings.rows} == {
        branch: [cell.mark for cell in cells] for branch, cells in whole.items()
    }
    assert [(row.branch.name, cell.month) for row, cell in showings.broken] == [("第B支部", "2023-04")]


# Words ------------------------------------------------------------------------------------------------------------


def test_the_heading_tells_the_finding_and_the_lead_what_kind_of_scores(world: World) -> None:
    html = signed_in(world.people["director"]).get(URL).content.decode()
    cockpit = cockpit_of(world)
    assert f"2023年二季度：平均得分率 {cockpit.rates.whole}%，1 个节点逾期，1 个节点五个工作日内到期" in html
    assert "只计 2023-05-22 之前到期的节点，随每晚计分变化，名次不作数。" in html
    assert [(one.code, one.due) for one in cockpit.soon] == [("K003", NODE)]
    assert {person for one in cockpit.overdue for person in one.missing} == {world.people[name].pk for name in LATE}


def test_a_published_quarter_says_so_and_has_nothing_to_enter(world: World) -> None:
    settle(world, Quarter.State.PUBLISHED)
    html = signed_in(world.people["director"]).get(URL, {"quarter": QUARTER}).content.decode()
    assert "正式得分，除更正外不再变动。" in html
    assert "本季填报已经结束" in html
    assert "预计得分" not in html


def test_every_standing_of_a_quarter_has_its_sentence(world: World) -> None:
    said = []
    for state in (Quarter.State.REVIEWING, Quarter.State.PUBLICITY, Quarter.State.PUBLISHED):
        settle(world, state)
        said.append(cockpit_of(world).standing)
    assert said == [
        "已正式计分，还没有公示，可能再变。", "正式得分，公示期内申诉属实会更正。", "正式得分，除更正外不再变动。",
    ]  # fmt: skip


def test_a_quarter_without_scores_tasks_and_showings_says_so(world: World) -> None:
    make_quarter(world.bureau, "2023Q3")
    ShowingBranch.objects.all().delete()
    Showing.objects.all().delete()
    page = signed_in(world.people["director"]).get(URL, {"quarter": "2023Q3"})
    html = page.content.decode()
    for sentence in ("还没有计分；采集开始后每晚计算一次预计得分。", "这个季度还没有计分", "本季还没有亮单",
                     "近六个月没有安排三晒", "计分以后与上季比较。"):  # fmt: skip
        assert sentence in html
    for at in range(1, 5):
        assert signed_in(world.people["director"]).get(
            URL, {"quarter": "2023Q3", "view": "projector", "at": at}
        ).status_code == 200  # fmt: skip


def test_a_bureau_without_a_quarter_says_what_is_to_be_done(world: World) -> None:
    director = make_employee(make_bureau("YY"), roles=["director"])
    assert "还没有开始的季度" in signed_in(director).get(URL).content.decode()
    assert signed_in(director).get(f"{URL}scored/").status_code == 200


# Who --------------------------------------------------------------------------------------------------------------


def test_others_are_refused_with_a_sentence(world: World) -> None:
    for name in ("anna", "head", "admin"):
        for url in (URL, f"{URL}scored/"):
            page = signed_in(world.people[name]).get(url)
            assert page.status_code == 403, name
            assert "驾驶舱只对局长、分管局领导、绩效办和纪检开放" in page.content.decode()


def test_only_who_may_open_it_finds_it(world: World, rf: Any) -> None:
    for name, finds in (("director", True), ("deputy", True), ("office", True), ("discipline", True),
                        ("head", False), ("anna", False), ("admin", False)):  # fmt: skip
        request = rf.get("/")
        request.user = Employee.objects.get(pk=world.people[name].pk)
        doors = {entry.url for group in Shell(request).groups for entry in group.entries}
        assert (URL in doors) == finds, name


def test_a_deputy_sees_the_departments_in_charge_alone(world: World) -> None:
    client = signed_in(world.people["deputy"])
    page = client.get(URL)
    assert [line.name for line in page.context["cockpit"].departments] == ["甲股"]
    assert "乙股" not in page.content.decode().partition("<main")[2]
    assert client.get(URL, {"department": "XSB"}).status_code == 404
    scored = client.get(f"{URL}scored/", {"page": "all"}).context["rows"]
    assert {row[0].text for row in scored} == {"anna", "bert", "head"}
    unsigned = client.get(f"{URL}unsigned/", {"page": "all"}).context["rows"]
    assert {row[0].text for row in unsigned} == {"甲股"}
    assert [row.branch.name for row in page.context["cockpit"].showings.rows] == ["第A支部"]


def test_a_deputy_in_charge_of_nothing_reads_why_there_is_nothing(world: World) -> None:
    Department.objects.update(deputy=None)
    for url in (URL, f"{URL}scored/", f"{URL}?view=projector"):
        page = signed_in(world.people["deputy"]).get(url)
        assert page.status_code == 200
        assert "您目前没有分管的部门" in page.content.decode()


def test_nothing_of_another_bureau(world: World) -> None:
    other = make_bridge("邻县")
    make_quarter(other.bureau, "2023Q3")
    client = signed_in(world.people["director"])
    assert client.get(URL, {"quarter": "2023Q3"}).status_code == 404
    assert client.get(URL, {"department": "邻县A"}).status_code == 404
    assert client.get(URL, {"quarter": "nonsense"}).status_code == 404
    pages = [client.get(URL), *(client.get(f"{URL}{key}/") for key in DEFINITIONS.keys() - {"category"})]
    assert not any("邻县" in page.content.decode() for page in pages)


# The wall ---------------------------------------------------------------------------------------------------------


def test_the_wall_has_four_slides_without_navigation(world: World) -> None:
    client = signed_in(world.people["director"])
    for at in (1, 2, 3, 4):
        html = client.get(URL, {"view": "projector", "at": at}).content.decode()
        assert f"{at} / 4" in html
        assert "data-wall" in html
        assert 'class="side"' not in html
        assert ('data-turn="next" aria-disabled' in html) == (at == 4)
    assert "1 / 4" in client.get(URL, {"view": "projector", "at": "9"}).content.decode()


def test_the_wall_turns_without_leaving_the_full_screen(world: World) -> None:
    asked = {"view": "projector", "at": 2, "department": "XSA", "quarter": QUARTER}
    page = signed_in(world.people["director"]).get(URL, asked, headers={"HX-Request": "true"})
    html = page.content.decode()
    assert html.lstrip().startswith("<main")
    assert "<html" not in html
    assert "department=XSA&amp;view=projector&amp;at=3" in html


# Costs ------------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_rows(world: World, django_assert_num_queries: Any) -> None:
    director, deputy = signed_in(world.people["director"]), signed_in(world.people["deputy"])
    for _ in range(2):
        with django_assert_num_queries(QUERIES):
            director.get(URL)
        with django_assert_num_queries(QUERIES_OF_A_DEPUTY):
            deputy.get(URL)
        more_of_everything(world)


def test_the_figures_are_computed_in_few_queries(world: World, django_assert_num_queries: Any) -> None:
    cockpit = cockpit_of(world)
    with django_assert_num_queries(QUERIES_OF_THE_FIGURES):
        figures(cockpit), cockpit.rail, cockpit.departments, cockpit.strips, cockpit.moved, cockpit.finding


def more_of_everything(world: World) -> None:
    first = world.people["anna"].department
    for _ in range(3):
        person = make_employee(world.bureau, department=first)
        make_result(person, world.bureau.points.get(code="K003"), "2023-04")
        make_claim(make_task(world.bureau, quarter=QUARTER, department=first), person, state="held")
    score_quarter(bureau=world.bureau, quarter_code=QUARTER, actor=None, as_of=TODAY)


def test_the_page_is_light(world: World) -> None:
    assert len(signed_in(world.people["director"]).get(URL).content) < 60_000
