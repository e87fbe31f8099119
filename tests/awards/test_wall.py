"""荣誉墙: what hangs there, for whom, and what is gone; a person's stars; who finds what by which filter."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from awards.models import StarAward, StarKind
from awards.queries.wall import Choice, PersonStars, Wall, initials
from organization.models import Employee
from tests.awards.honours import make_star
from tests.factories import make_bureau, make_department, make_employee

pytestmark = pytest.mark.django_db
WITHDRAWN = StarAward.State.WITHDRAWN


def build() -> dict[str, Employee]:
    bureau = make_bureau()
    first, second = make_department(bureau, "D1", name="征收股"), make_department(bureau, "D2", name="税政股")
    kinds = {
        "office": "office", "discipline": "discipline", "director": "director", "deputy": "deputy_director",
        "head": "department_head", "admin": "system_admin",
    }  # fmt: skip
    made = {name: make_employee(bureau, name=name, roles=[kind], department=second) for name, kind in kinds.items()}
    made["winner"] = make_employee(bureau, "W1", name="王小明", department=first)
    made["other"] = make_employee(bureau, "W2", name="李立", department=second)
    return made


@pytest.fixture
def people(built: dict[str, Employee]) -> dict[str, Employee]:
    return deepcopy(built)


def page(person: Employee, url: str = "/stars/wall/", **asked: str) -> str:
    client = Client()
    client.force_login(person)
    return client.get(url, asked).content.decode()


def test_the_newest_quarter_hangs_first_and_kinds_keep_their_order(people: dict[str, Employee]) -> None:
    make_star(people["winner"], "2022Q4", StarKind.LEARNING)
    make_star(people["winner"], "2023Q1", StarKind.PARTY_AFFAIRS)
    make_star(people["other"], "2023Q1", StarKind.DEDICATION)
    shown = [(star.quarter, star.kind) for star in Wall(people["other"]).shown]
    assert shown == [("2023Q1", "dedication"), ("2023Q1", "party_affairs"), ("2022Q4", "learning")]
    assert Wall(people["other"]).finding == "2 人在 2 个季度获得 3 颗星"


def test_everybody_of_the_bureau_sees_the_same_wall(people: dict[str, Employee]) -> None:
    make_star(people["winner"])
    for person in people.values():
        said = page(person)
        assert "王小明" in said
        assert "大征期连续六天没有回家" in said


def test_nothing_of_another_bureau_hangs_there(people: dict[str, Employee]) -> None:
    stranger = make_employee(make_bureau("YY"), "Y1", name="外人")
    star = make_star(stranger)
    client = Client()
    client.force_login(people["office"])
    assert "外人" not in page(people["office"])
    assert client.get("/stars/wall/Y1/").status_code == 404
    assert client.get(f"/stars/awards/{star.pk}/certificate/").status_code == 404


def test_only_published_stars_hang_there(people: dict[str, Employee]) -> None:
    make_star(people["winner"], state=StarAward.State.CHOSEN)
    make_star(people["other"], state=WITHDRAWN)
    assert Wall(people["office"]).shown == []


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice(), {"王小明", "李立"}),
        (Choice(year="2022"), {"王小明"}),
        (Choice(kind="service"), {"李立"}),
        (Choice(department="D1"), {"王小明"}),
        (Choice(year="2022", kind="service"), set()),
    ],
)
def test_filters_narrow_the_wall(people: dict[str, Employee], choice: Choice, names: set[str]) -> None:
    make_star(people["winner"], "2022Q4")
    make_star(people["other"], "2023Q1", StarKind.SERVICE)
    assert {star.name for star in Wall(people["office"], choice).shown} == names


def test_what_does_not_exist_finds_nothing_and_says_so(people: dict[str, Employee]) -> None:
    make_star(people["winner"])
    said = page(people["other"], year="1999", kind="nonsense", page="x")
    assert "这个范围内没有星级" in said


def test_an_empty_wall_says_what_will_hang_there(people: dict[str, Employee]) -> None:
    assert "荣誉墙还空着" in page(people["other"])


def test_a_withdrawn_star_stays_in_the_history_of_those_whom_it_concerns(people: dict[str, Employee]) -> None:
    make_star(people["winner"], state=WITHDRAWN, withdrawn_by=people["office"])
    for name, person in people.items():
        wall, history = page(person), page(person, "/stars/wall/W1/")
        assert ("冒领加班" in wall) == (name in ("office", "discipline")), name
        assert ("冒领加班" in history) == (name in ("office", "discipline", "winner")), name


def test_a_star_is_withdrawn_on_the_day_of_the_house(people: dict[str, Employee]) -> None:
    early = datetime(2023, 6, 1, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    make_star(people["winner"], state=WITHDRAWN, withdrawn_by=people["office"], withdrawn_at=early)
    for shown in (page(people["office"]), page(people["winner"], "/stars/wall/W1/")):
        assert "2023-06-01" in shown
        assert "2023-05-31" not in shown


def test_a_star_stays_with_the_department_in_which_it_was_won(people: dict[str, Employee]) -> None:
    make_star(people["winner"])
    Employee.objects.filter(number="W1").update(department=people["other"].department)
    assert [star.department for star in Wall(people["office"]).shown] == ["征收股"]


def test_a_person_without_a_star_has_a_page_that_says_so(people: dict[str, Employee]) -> None:
    assert "李立还没有获得星级" in page(people["winner"], "/stars/wall/W2/")


def test_certificates_are_offered_to_those_who_may_print_them(people: dict[str, Employee]) -> None:
    make_star(people["winner"])
    offered = {
        name
        for name, person in people.items()
        if any(deed.certificate_url for deed in _deeds(people["winner"], person))
    }
    assert offered == {"winner", "office", "director", "deputy", "discipline"}


def _deeds(person: Employee, reader: Employee) -> list:
    return PersonStars(person, Employee.objects.get(pk=reader.pk)).deeds


def test_deeds_are_shown_as_text(people: dict[str, Employee]) -> None:
    make_star(people["winner"], deeds="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page(people["other"]) + page(people["other"], "/stars/wall/W1/")


@pytest.mark.parametrize(("name", "is_called"), [("王小明", "小明"), ("李立", "李立"), ("欧阳建国", "建国"), ("", "")])
def test_the_disc_shows_the_given_name(name: str, is_called: str) -> None:
    assert initials(name) == is_called


def test_the_wall_asks_as_much_for_three_stars_as_for_one(
    people: dict[str, Employee], django_assert_num_queries: Any
) -> None:
    client = Client()
    client.force_login(people["office"])
    kinds = [StarKind.DEDICATION, StarKind.LEARNING, StarKind.SERVICE]
    for number, kind in enumerate(kinds):
        make_star(make_employee(people["office"].bureau, department=people["other"].department), "2023Q1", kind)
        make_star(people["winner"], f"2022Q{number + 1}", state=WITHDRAWN)
        if number in (0, 2):
            with django_assert_num_queries(7):
                client.get("/stars/wall/")
            with django_assert_num_queries(7):
                client.get("/stars/wall/W1/")


def test_a_full_page_of_the_wall_stays_light(people: dict[str, Employee]) -> None:
    bureau, department = people["office"].bureau, people["other"].department
    for number in range(60):
        person = make_employee(bureau, department=department)
        make_star(person, f"2022Q{number % 4 + 1}", deeds="该同志坚持" * 60)
    said = page(people["other"])
    assert said.count('class="deeds"') == 45
    assert len(said.encode()) < 60_000
