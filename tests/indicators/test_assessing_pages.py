"""Pages of 考评: who opens them, what they show and cost, what they do."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from indicators.models import Evidence, Library, Result, ResultOpening
from indicators.services.assessing import return_result
from organization.queries import work_calendar
from tests.factories import make_department, make_employee, make_point
from tests.indicators.test_assessing import House

pytestmark = [pytest.mark.django_db, pytest.mark.once]
State = Result.State
QUEUE = "/assessing/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def build() -> House:
    return House()


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


def page(client: Any, person: Any, url: str) -> str:
    client.force_login(person)
    answer = client.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_heading_counts_what_waits(house: House, client: Any) -> None:
    house.result(late=True)
    house.result(house.liaison)
    shown = page(client, house.assessor, QUEUE)
    assert "2 条结果待您确认，其中 1 条迟报" in shown
    assert "张三" in shown
    assert "没有待初审的结果" in page(client, house.assessor, f"{QUEUE}?step=review")
    assert "都初审过了" in page(client, house.assessor, f"{QUEUE}?step=review")


def test_the_first_tab_is_the_one_in_which_something_waits(house: House, client: Any) -> None:
    house.result(state=State.REPORTED)
    assert "1 条结果待您初审" in page(client, house.head, QUEUE)
    assert "没有待初审的结果" in page(client, house.assessor, QUEUE)


def test_who_has_no_queue_is_told_why(house: House, client: Any) -> None:
    for person in (house.staff, house.member, house.discipline, house.admin):
        client.force_login(person)
        answer = client.get(QUEUE)
        assert answer.status_code == 403
        assert "考评由部门负责人" in answer.content.decode()
        assert client.post(f"{QUEUE}confirm/").status_code == 403


def test_the_filters_narrow(house: House, client: Any) -> None:
    named = {
        "迟": house.result(make_employee(house.bureau, name="迟迟", department=house.own), late=True),
        "返": house.result(make_employee(house.bureau, name="返返", department=house.own), State.REPORTED),
        "佐": house.result(make_employee(house.bureau, name="佐佐", department=house.own)),
        "满": house.result(make_employee(house.bureau, name="满满", department=house.own), points=Decimal(4)),
        "失": house.result(
            make_employee(house.bureau, name="失失", department=make_department(house.bureau)), points=Decimal("3.50")
        ),
    }
    return_result(result=named["返"], actor=house.head, reason="退")
    Result.objects.filter(pk=named["返"].pk).update(state=State.REVIEWED)
    Evidence.objects.create(
        result=named["佐"], stored="e/1.txt", name="一.txt", size=1, content_type="text/plain", sha256="0" * 64,
        at=timezone.now(),
    )  # fmt: skip
    house.see(house.assessor, named["满"])
    for query, expected in (
        ("mark=late", "迟"),
        ("mark=returned", "返"),
        ("mark=files", "佐"),
        ("mark=bare", "迟返满失"),
        ("mark=full", "满"),
        ("mark=lost", "失"),
        ("mark=unopened", "迟返佐失"),
        (f"department={house.own.pk}", "迟返佐满"),
        ("q=佐佐", "佐"),
        ("point=K001", "迟返佐满失"),
        ("point=K999", ""),
        ("mark=nonsense", "迟返佐满失"),
        ("quarter=2023Q1", "迟返佐满失"),
    ):
        shown = page(client, house.assessor, f"{QUEUE}?step=confirm&{query}")
        assert "".join(mark for mark in named if f">{mark}{mark}</a>" in shown) == expected, query


def test_a_page_of_the_queue_costs_the_same_for_one_and_three(house: House, client: Any) -> None:
    counts = []
    work_calendar()  # its days are read once a process
    for more in (1, 2):
        for _row in range(more):
            house.result(make_employee(house.bureau, department=make_department(house.bureau)))
        client.force_login(house.assessor)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{QUEUE}?step=confirm")
        counts.append(len(queries))
    assert counts == [18, 18]


def test_a_full_page_stays_small(house: House, client: Any) -> None:
    for _row in range(60):
        house.result(make_employee(house.bureau, name="欧阳某某", department=house.own), late=True)
    shown = page(client, house.assessor, f"{QUEUE}?step=confirm")
    assert shown.count("<tr id=") == 50
    assert len(shown.encode()) < 60_000


def test_opening_a_row_leaves_the_mark_that_lets_it_be_ticked(house: House, client: Any) -> None:
    result = house.result()
    row = f'value="{result.pk}" form="together" aria-label="勾选张三 K001" disabled'
    assert row in page(client, house.assessor, f"{QUEUE}?step=confirm")
    page(client, house.assessor, reverse("indicators:result", args=[result.pk]))
    assert ResultOpening.objects.get().by == house.assessor
    assert row not in page(client, house.assessor, f"{QUEUE}?step=confirm")
    Result.objects.update(entered_at=timezone.now() + timedelta(minutes=1))
    shown = page(client, house.assessor, f"{QUEUE}?step=confirm")
    assert row in shown
    assert "重新填报" in shown


def test_the_opened_row_shows_all_that_belongs_to_it(house: House, client: Any) -> None:
    house.result(period="2023Q1", value=2, state=State.CONFIRMED)
    result = house.result(period="2023Q2", value=1, points=Decimal("3.50"), note="按台账")
    house.result(house.head, period="2023Q2", points=Decimal("4.00"))
    shown = page(client, house.assessor, reverse("indicators:result", args=[result.pk]))
    for words in ("4.00 − 1 次 × 0.5", "每次扣 0.5 分", "K001 的质量标准", "按台账", "其他 1 人平均 4.00 分，1 人更高"):
        assert words in shown, words
    assert "2023Q1" in shown
    assert reverse("indicators:result_confirm", args=[result.pk]) in shown
    mine = page(client, house.staff, reverse("indicators:result", args=[result.pk]))
    assert "其他 1 人" not in mine
    assert reverse("indicators:result_confirm", args=[result.pk]) not in mine


def test_confirming_goes_on_with_the_next_row(house: House, client: Any) -> None:
    first, second = house.result(), house.result(house.liaison)
    client.force_login(house.assessor)
    shown = client.get(reverse("indicators:result", args=[first.pk]), {"back": "step=confirm"}).content.decode()
    assert f'name="after" value="{second.pk}"' in shown
    given = {"back": "step=confirm", "after": second.pk, "seen": first.entered_at.isoformat()}
    answer = client.post(reverse("indicators:result_confirm", args=[first.pk]), given)
    assert answer["Location"].startswith(f"/results/{second.pk}/")
    answer = client.post(reverse("indicators:result_confirm", args=[second.pk]), {"back": "step=confirm"})
    assert answer["Location"] == "/assessing/?step=confirm"
    assert set(Result.objects.values_list("state", flat=True)) == {State.CONFIRMED}


def test_the_panel_answers_with_the_next_row_and_says_what_was_done(house: House, client: Any) -> None:
    first, second = house.result(), house.result(house.liaison, late=True)
    client.force_login(house.assessor)
    answer = client.post(reverse("indicators:result_confirm", args=[first.pk]), {"after": second.pk}, **HTMX)
    assert f'data-result="{second.pk}"' in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert f'"judged": {{"pk": {first.pk}, "opened": {second.pk}' in answer["HX-Trigger"]
    assert set(ResultOpening.objects.values_list("result", flat=True)) == {second.pk}


def test_a_stale_page_does_not_confirm_what_it_did_not_show(house: House, client: Any) -> None:
    result = house.result(state=State.REPORTED)
    client.force_login(house.head)
    stale = {"seen": (timezone.now() - timedelta(days=1)).isoformat()}
    url = reverse("indicators:result_review", args=[result.pk])
    assert "重新填报" in client.post(url, stale, follow=True).content.decode()
    assert client.post(url, stale, **HTMX).status_code == 409
    assert Result.objects.get().state == State.REPORTED


def test_a_return_takes_a_customary_reason_or_words(house: House, client: Any) -> None:
    result = house.result(state=State.REPORTED)
    client.force_login(house.head)
    url = reverse("indicators:result_return", args=[result.pk])
    refused = client.post(url, {"common": "", "reason": " "})
    assert refused.status_code == 422
    assert "写明退回的理由" in refused.content.decode()
    client.post(url, {"common": "佐证材料不全，请补充", "reason": "缺 3 月"})
    result.refresh_from_db()
    assert (result.state, result.return_reason) == (State.RETURNED, "佐证材料不全，请补充；缺 3 月")
    assert "缺 3 月" in page(client, house.head, f"{QUEUE}?step=returned")
    again = reverse("indicators:report", args=["101", "K001", "2023Q1"])
    assert again in page(client, house.staff, reverse("indicators:result", args=[result.pk]))
    assert again not in page(client, house.discipline, reverse("indicators:result", args=[result.pk]))


def test_together_says_what_was_done_and_names_the_rest(house: House, client: Any) -> None:
    opened, unopened = house.result(), house.result(make_employee(house.bureau, name="李四", department=house.own))
    house.see(house.assessor, opened)
    client.force_login(house.assessor)
    url = reverse("indicators:assess_together", args=["confirm"])
    given = {
        "ids": [opened.pk, unopened.pk, 99999, "x", "9" * 30, "9" * 5000],
        "back": "step=confirm&mark=late&page=2&evil=1",
    }
    answer = client.post(url, given)
    assert answer["Location"] == "/assessing/?step=confirm&mark=late&page=2"
    shown = client.get(answer["Location"]).content.decode()
    assert "已确认 1 条" in shown
    assert "李四 K001 2023Q1 没有办理" in shown
    assert "1 条不在您可以办理的范围内" in shown
    assert "还没有勾选" in client.post(url, {}, follow=True).content.decode()
    assert client.post(reverse("indicators:assess_together", args=["returned"]), given).status_code == 404
    assert Entry.objects.filter(action="result.confirm").count() == 1


def test_a_settled_quarter_is_only_read(house: House, client: Any) -> None:
    result = house.result()
    house.quarter.state = "published"
    house.quarter.save()
    shown = page(client, house.assessor, reverse("indicators:result", args=[result.pk]))
    assert "只能查看" in shown
    assert reverse("indicators:result_confirm", args=[result.pk]) not in shown


def test_leniency_stands_in_the_lead(house: House, client: Any) -> None:
    house.result()
    point = make_point(house.bureau, library=Library.COMMON, assessor=house.assessing)
    house.result(state=State.CONFIRMED, point=point, points=Decimal("3.00"))
    assert "平均给到满分的 75.00%" in page(client, house.assessor, f"{QUEUE}?step=confirm")


def test_today_is_the_bureaus(house: House, client: Any) -> None:
    """In a demonstration the clock stands still, however late the rows were entered."""
    house.bureau.is_demo, house.bureau.stands_on = True, date(2023, 3, 20)
    house.bureau.save()
    house.result(state=State.REPORTED)
    assert "剩 3 个工作日" in page(client, house.head, f"{QUEUE}?step=review")
