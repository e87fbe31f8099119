"""The frame around every page: who finds which door, and what it costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Employee, Role
from perfmgmt.navigation import NAVIGATION, PHONE_PLACES, Shell, page_url
from tests.factories import make_bureau, make_employee, make_quarter, moment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def request_of(user: Employee | AnonymousUser, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


def doors(user: Employee) -> set[str]:
    return {entry.url for group in Shell(request_of(user)).groups for entry in group.entries}


@pytest.fixture
def staff() -> Employee:
    return make_employee(make_bureau("XS"))


def test_everybody_finds_the_own_pages_and_nobody_those_of_another_role(staff: Employee) -> None:
    office = make_employee(staff.bureau, roles=[Role.Kind.OFFICE])
    admin = make_employee(staff.bureau, roles=[Role.Kind.SYSTEM_ADMIN])
    assert {reverse("home"), reverse("reports:mine"), reverse("reports:ranking")} <= doors(staff)
    assert reverse("scoring:quarters") not in doors(staff)
    assert reverse("scoring:quarters") in doors(office)
    assert reverse("organization:settings") in doors(admin) - doors(office)
    assert reverse("scoring:department-scores") not in doors(admin)


def test_a_role_that_has_ended_opens_nothing(staff: Employee) -> None:
    former = make_employee(staff.bureau)
    Role.objects.create(employee=former, kind=Role.Kind.OFFICE, ends_on=date(2020, 1, 1))
    assert doors(former) == doors(staff)


def test_a_stranger_sees_no_navigation() -> None:
    shell = Shell(request_of(AnonymousUser()))
    assert (shell.groups, shell.bottom, shell.bureau, shell.quarter, shell.unread) == ([], [], "", None, 0)


def test_an_initial_password_comes_before_everything(staff: Employee) -> None:
    staff.must_change_password = True
    assert doors(staff) == set()


def test_the_page_that_is_shown_is_marked_alone(staff: Employee) -> None:
    shell = Shell(request_of(staff, reverse("reports:ranking")))
    current = [entry.url for group in shell.groups for entry in group.entries if entry.current]
    assert current == [reverse("reports:ranking")]


def test_a_page_below_an_entry_marks_the_entry(staff: Employee) -> None:
    shell = Shell(request_of(staff, reverse("organization:person", args=["1001"])))
    assert [one.url for group in shell.groups for one in group.entries if one.current] == [
        reverse("organization:people")
    ]


def test_the_thumb_reaches_few_entries(staff: Employee) -> None:
    assert 0 < len(Shell(request_of(staff)).bottom) <= PHONE_PLACES


def test_the_quarter_is_the_one_that_people_work_in(staff: Employee) -> None:
    make_quarter(staff.bureau, "2022Q4", Quarter.State.PUBLISHED)
    make_quarter(staff.bureau, "2023Q1", Quarter.State.PUBLICITY)
    make_quarter(staff.bureau, "2023Q2", Quarter.State.COLLECTING)
    make_quarter(staff.bureau, "2023Q3", Quarter.State.OPEN)
    shown = Shell(request_of(staff)).quarter
    assert shown is not None
    assert (shown.label, shown.state) == ("2023年一季度", "publicity")


def test_with_all_quarters_published_the_newest_is_shown(staff: Employee) -> None:
    make_quarter(staff.bureau, "2022Q4", Quarter.State.PUBLISHED)
    make_quarter(staff.bureau, "2023Q1", Quarter.State.PUBLISHED)
    make_quarter(make_bureau("DS"), "2023Q2", Quarter.State.COLLECTING)
    shown = Shell(request_of(staff)).quarter
    assert shown is not None
    assert shown.label == "2023年一季度"


def test_the_bell_counts_the_own_unread_messages(staff: Employee) -> None:
    other = make_employee(staff.bureau)
    for number, (who, read) in enumerate([(staff, None), (staff, moment(date(2023, 3, 1))), (other, None)]):
        Notification.objects.create(
            bureau=staff.bureau,
            recipient=who,
            subject="公示开始",
            created_at=moment(date(2023, 3, 1)),
            read_at=read,
            occasion=str(number),
        )
    assert Shell(request_of(staff)).unread == 1


def test_the_frame_asks_only_for_what_is_shown(staff: Employee, django_assert_num_queries: object) -> None:
    make_quarter(staff.bureau, "2023Q1")
    someone = Employee.objects.select_related("bureau").get(pk=staff.pk)  # as signing in reads it
    with django_assert_num_queries(0):  # type: ignore[operator]
        shell = Shell(request_of(someone))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert shell.groups  # the roles
        assert shell.bottom
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert shell.quarter
        assert shell.quarter


def test_every_entry_names_a_different_page() -> None:
    pages = [entry.page for _label, entries in NAVIGATION for entry in entries]
    assert len(pages) == len(set(pages))
    assert len({page_url(page) for page in pages}) == len(pages)


def test_a_page_that_does_not_exist_yet_is_asked_for_again(settings: Any) -> None:
    """Addresses are remembered for good, so that none may be remembered as missing."""
    page_url.cache_clear()
    settings.ROOT_URLCONF = "common.ui.urls"
    with pytest.raises(NoReverseMatch):
        page_url("home")
    settings.ROOT_URLCONF = "perfmgmt.urls"
    assert page_url("home") == "/"
