"""个人绩效档案: who opens whose, what stands in it for whom, and that page and PDF say the same."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from audit.models import Entry
from awards.models import StarAward, StarKind, TrainingAttendance, TrainingSession, UseLine, UseList
from indicators.models import Quarter
from organization.models import Department, Employee
from reports.permissions import files_open_to, may_open_file
from reports.queries.personal_file import PersonalFile
from reviews.models import Participant, Showing, Statement, Talk
from scoring.queries.annual import annual_rows, annual_years
from tests.awards.honours import NOW, make_star
from tests.factories import make_adjustment, make_branch, make_bureau, make_claim, make_employee, make_task
from tests.reports.world import World, add_quarter, make_world

pytestmark = pytest.mark.django_db


def build() -> World:
    """Anna's department A is led by the head and in the charge of the deputy; her branch has a secretary in B."""
    world = make_world()
    add_quarter(world, "2023Q2", {"anna": 2, "bert": 1}, state=Quarter.State.PUBLISHED)
    people = world.people
    branch = make_branch(world.bureau, "B1")
    people["secretary"] = make_employee(world.bureau, "XS90", name="secretary", department=people["cora"].department)
    people["other_deputy"] = make_employee(
        world.bureau, "XS91", name="other_deputy", roles=["deputy_director"], department=people["cora"].department
    )
    people["other_head"] = make_employee(
        world.bureau, "XS92", name="other_head", roles=["department_head"], department=people["cora"].department
    )
    branch.secretary = people["secretary"]
    branch.save()
    Employee.objects.filter(pk=people["anna"].pk).update(branch=branch)
    Department.objects.filter(pk=people["anna"].department_id).update(deputy=people["deputy"])
    world.people = {name: Employee.objects.get(pk=person.pk) for name, person in people.items()}
    return world


@pytest.fixture
def world(built: World) -> World:
    return deepcopy(built)


OPENS = {"anna", "head", "deputy", "director", "office", "discipline"}


def fill(world: World) -> None:
    """One of everything about Anna."""
    anna = world.people["anna"]
    assert anna.branch
    make_star(anna, "2023Q1", deeds="好人好事")
    make_star(anna, "2022Q4", StarKind.SERVICE, state=StarAward.State.WITHDRAWN)
    make_claim(make_task(world.bureau, "T-1", quarter="2023Q3", name="防汛突击"), anna, outcome="accepted")
    make_adjustment(anna, date(2023, 7, 3), matter="省局表彰")
    for month, present, stated in (("2023-05", True, True), ("2023-06", False, False)):
        showing = Showing.objects.create(
            bureau=world.bureau, month=month, day=date(2023, 5, 15), state=Showing.State.HELD,
            held_on=date(2023, 5, 15), scheduled_at=NOW,
        )  # fmt: skip
        Participant.objects.create(
            showing=showing, employee=anna, branch=anna.branch, attendance="present" if present else "excused",
            reason="" if present else "在外培训",
        )  # fmt: skip
        if stated:
            Statement.objects.create(
                showing=showing, employee=anna, achievements="成绩", shortcomings="不足", plans="打算", updated_at=NOW,
                handed_in_at=NOW,
            )  # fmt: skip
    Talk.objects.create(
        bureau=world.bureau, employee=anna, talker=world.people["director"], branch=anna.branch, kind=Talk.Kind.INSPIRE,
        held_on=date(2023, 6, 8), state=Talk.State.SIGNED, written_at=NOW, affirmation="肯定", analysis="分析",
        requirements="要求",
    )  # fmt: skip
    training = TrainingSession.objects.create(bureau=world.bureau, title="税费政策培训", day=date(2023, 8, 1))
    TrainingAttendance.objects.create(training=training, employee=anna, came=True)
    decide(world, "2023Q1", "good", signed=True, note="名列前茅")
    decide(world, "2023Q2", "poor", signed=False, note="草稿意见")


def decide(world: World, period: str, word: str, *, signed: bool, note: str) -> None:
    """A line about Anna in a list, signed or a draft."""
    state = {"state": UseList.State.SIGNED, "signed_at": NOW, "digest": "0" * 64} if signed else {}
    made = UseList.objects.create(
        bureau=world.bureau, kind=UseList.Kind.QUARTERLY_GRADE, period=period, drawn_at=NOW, **state
    )
    anna = world.people["anna"]
    UseLine.objects.create(
        use_list=made, position=1, employee=anna, department=anna.department, suggestion=word, decision=word, note=note
    )


def client_of(person: Employee) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(world: World, reader: str, of: str = "anna") -> str:
    answer = client_of(world.people[reader]).get(f"/file/{world.people[of].number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def pdf(world: World, reader: str, of: str = "anna") -> str:
    answer = client_of(world.people[reader]).post(f"/file/{world.people[of].number}/pdf/")
    assert answer.status_code == 200
    text = "".join(one.extract_text() for one in PdfReader(BytesIO(answer.content)).pages)
    return re.sub(r"\s", "", text)


# Who --------------------------------------------------------------------------------------------------------------


def test_it_opens_for_those_whom_it_concerns(world: World) -> None:
    url = f"/file/{world.people['anna'].number}/"
    for name, person in world.people.items():
        client = client_of(person)
        page, taken = client.get(url), client.post(f"{url}pdf/")
        expected = 200 if name in OPENS else 403
        assert (page.status_code, taken.status_code) == (expected, expected), name
        if expected == 403:
            assert "个人绩效档案只对本人、本部门负责人" in page.content.decode()


def test_the_list_of_files_is_what_the_verdict_says(world: World) -> None:
    for reader in world.people.values():
        allowed = {one.pk for one in Employee.objects.select_related("department") if may_open_file(reader, one)}
        assert set(files_open_to(reader).values_list("pk", flat=True)) == allowed, reader.name


def test_another_bureaus_people_have_no_file_here(world: World) -> None:
    stranger = make_employee(make_bureau("YY"), "Y1")
    client = client_of(world.people["office"])
    assert client.get("/file/Y1/").status_code == 404
    assert client.post("/file/Y1/pdf/").status_code == 404
    assert client.get("/file/", {"person": "Y1"}).status_code == 404
    assert client_of(stranger).get(f"/file/{world.people['anna'].number}/").status_code == 404


def test_one_opens_the_own_file_without_a_number(world: World) -> None:
    said = client_of(world.people["bert"]).get("/file/").content.decode()
    assert "bert：2 个季度" in said


def test_whoever_reads_others_chooses_from_a_list(world: World) -> None:
    client = client_of(world.people["head"])
    form = client.get("/file/").context["form"]
    assert {number for number, _label in form.fields["person"].choices} == {
        world.people[name].number for name in ("head", "anna", "bert")
    }
    chosen = client.get("/file/", {"person": world.people["anna"].number})
    assert chosen.headers["Location"] == f"/file/{world.people['anna'].number}/"
    assert client_of(world.people["anna"]).get("/file/").context["form"] is None


# What -------------------------------------------------------------------------------------------------------------


def test_scores_ranks_and_movement(world: World) -> None:
    file = PersonalFile(world.people["anna"], world.people["anna"])
    shown = [(line.code, str(line.total), line.bureau_rank, line.movement) for line in file.quarters]
    first = world.score("anna", "2023Q1").bureau_rank
    second = world.score("anna", "2023Q2").bureau_rank
    assert first
    assert second
    assert shown == [("2023Q2", "82.50", second, first - second), ("2023Q1", "90.00", first, None)]
    assert file.trend_finding == "2023年二季度总分从 90.00 降到 82.50"
    assert file.trend["series"][0]["values"] == [90.0, 82.5, None, None]


def test_provisional_scores_stay_out(world: World) -> None:
    add_quarter(world, "2023Q3", {}, state=Quarter.State.COLLECTING)
    codes = [line.code for line in PersonalFile(world.people["anna"], world.people["office"]).quarters]
    assert codes == ["2023Q2", "2023Q1"]


def test_the_annual_score_is_that_of_the_year(world: World) -> None:
    ((year, row),) = PersonalFile(world.people["anna"], world.people["anna"]).years
    assert (year, str(row.score), row.quarters) == (2023, "86.25", 2)
    assert row in annual_rows(world.bureau, 2023)


def test_several_years_cost_as_many_queries_as_one(world: World, django_assert_num_queries: Any) -> None:
    add_quarter(world, "2022Q4", {}, state=Quarter.State.PUBLISHED)
    one = annual_rows(world.bureau, 2022)
    with django_assert_num_queries(3):
        found = annual_years(world.bureau, [2021, 2022, 2023])
    assert set(found) == {2022, 2023}
    assert found[2022] == one


def test_a_new_head_does_not_see_what_was_scored_in_another_department(world: World) -> None:
    anna, head = world.people["anna"], world.people["other_head"]
    Employee.objects.filter(pk=anna.pk).update(department=head.department)
    moved = Employee.objects.select_related("department").get(pk=anna.pk)
    file = PersonalFile(moved, head)
    assert may_open_file(head, moved)
    assert (file.quarters, file.unseen, file.years) == ([], 2, [])
    world.people["anna"] = moved
    assert "另有 2 个季度在其他部门计分" in page(world, "other_head")
    assert "90.00" not in page(world, "other_head") + pdf(world, "other_head")
    assert len(PersonalFile(moved, moved).quarters) == 2


PARTS = {
    "score": "90.00", "star": "好人好事", "task": "防汛突击", "adjustment": "省局表彰", "showing": "在外培训",
    "training": "税费政策培训",
}  # fmt: skip


@pytest.mark.parametrize("reader", sorted(OPENS))
def test_page_and_document_say_the_same(world: World, reader: str) -> None:
    fill(world)
    shown, printed = page(world, reader), pdf(world, reader)
    for part, words in PARTS.items():
        assert words in shown, part
        assert words in printed, part
    for words in ("冒领加班", "2023-06-08", "启发式", "名列前茅", "草稿意见"):
        assert (words in shown) == (words in printed), words


def test_withdrawn_stars_are_for_office_discipline_and_the_person(world: World) -> None:
    fill(world)
    readers = {name for name in OPENS if "冒领加班" in page(world, name)}
    assert readers == {"anna", "office", "discipline"}
    assert {name for name in OPENS if "冒领加班" in pdf(world, name)} == readers


def test_talks_are_for_those_who_may_know_of_them(world: World) -> None:
    """The director held it; the office, the head and the deputy do not even learn that there was one."""
    fill(world)
    for name in OPENS:
        file = PersonalFile(world.people["anna"], Employee.objects.get(pk=world.people[name].pk))
        expected = name in ("anna", "director", "discipline")
        assert file.shows_talks == expected, name
        assert bool(file.talks) == expected, name
        assert ('id="talks"' in page(world, name)) == expected, name
        assert ("谈心谈话" in pdf(world, name)) == expected, name


def test_without_a_talk_only_those_who_would_know_are_told_so(world: World) -> None:
    for name in OPENS:
        assert ('id="talks"' in page(world, name)) == (name in ("anna", "discipline")), name


def test_a_draft_of_a_talk_is_its_writers_alone(world: World) -> None:
    fill(world)
    Talk.objects.update(state=Talk.State.DRAFT)
    assert "2023-06-08" not in page(world, "anna")
    assert "2023-06-08" not in page(world, "discipline")
    assert "2023-06-08" in page(world, "director")


def test_only_signed_decisions_stand_in_it(world: World) -> None:
    fill(world)
    for name in OPENS:
        said = page(world, name)
        assert "名列前茅" in said, name
        assert "草稿意见" not in said, name


def test_showings_are_counted(world: World) -> None:
    fill(world)
    file = PersonalFile(world.people["anna"], world.people["office"])
    assert (len(file.showings), file.attended, file.stated) == (2, 1, 1)


def test_an_accepted_task_brings_its_points(world: World) -> None:
    fill(world)
    (line,) = PersonalFile(world.people["anna"], world.people["anna"]).tasks
    assert line.points is not None
    assert line.points > 0


def test_a_name_is_text(world: World) -> None:
    Employee.objects.filter(pk=world.people["anna"].pk).update(name="<b>安娜</b>&")
    assert "<b>安娜" not in page(world, "office")
    assert "<b>安娜</b>&" in pdf(world, "office")


def test_an_empty_file_says_so_part_by_part(world: World) -> None:
    make_employee(world.bureau, "XS95", name="新来", department=world.people["cora"].department)
    client = client_of(world.people["office"])
    said = client.get("/file/XS95/").content.decode()
    for words in (
        "新来的绩效档案",
        "还没有公示或发布的得分",
        "还没有获得星级",
        "没有承担过任务",
        "没有参加过三晒",
        "没有已签发的决定",
    ):
        assert words in said
    assert client.post("/file/XS95/pdf/").status_code == 200


def test_whoever_takes_a_file_away_leaves_a_line_that_tells_nothing_of_talks(world: World) -> None:
    fill(world)
    pdf(world, "office")
    entry = Entry.objects.get(action="export.person")
    assert entry.actor_id == world.people["office"].pk
    assert entry.after == {"person": world.people["anna"].number}


def test_it_costs_as_many_queries_with_three_of_each_as_with_one(world: World, django_assert_num_queries: Any) -> None:
    fill(world)
    client = client_of(world.people["office"])
    url = f"/file/{world.people['anna'].number}/"
    client.get(url)
    with django_assert_num_queries(20):
        client.get(url)
    anna = world.people["anna"]
    for number, kind in enumerate((StarKind.LEARNING, StarKind.INNOVATION), start=2):
        make_star(anna, "2023Q1", kind)
        make_claim(make_task(world.bureau, f"T-{number}", quarter="2023Q3"), anna, outcome="accepted")
        make_adjustment(anna, date(2023, 7, number), matter=f"事由{number}")
    with django_assert_num_queries(20):
        client.get(url)
