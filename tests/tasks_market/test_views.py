from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.models import Employee
from tasks_market.models import Claim, Extension, Task
from tests.factories import (
    make_absence,
    make_bureau,
    make_claim,
    make_department,
    make_employee,
    make_quarter,
    make_task,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROLES = ["", "liaison", "department_head", "deputy_director", "director", "office", "discipline", "system_admin"]
OPEN_TO_ALL = ["board", "mine", "figures"]
ASSIGNERS = {"deputy_director", "office"}
DRAFTERS = {"liaison", "department_head", "office"}
FRAGMENT = {"HX-Request": "true"}
PDF = b"%PDF-1.4 report"


class House:
    """A bureau whose market has one task on offer, one that is being worked on, one left over and one drafted."""

    def __init__(self) -> None:
        now = timezone.now()
        self.bureau = make_bureau()
        self.deputy = make_employee(self.bureau, roles=["deputy_director"], name="丁副局")
        self.department = make_department(self.bureau, "D01", deputy=self.deputy)
        self.quarter = make_quarter(self.bureau, "2023Q3")
        self.office = make_employee(self.bureau, roles=["office"], department=self.department, name="绩效办王")
        self.staff = make_employee(self.bureau, department=self.department, name="张三")
        self.other = make_employee(self.bureau, department=self.department, name="李四")
        self.stranger = make_employee(make_bureau("YY"))
        values: dict[str, Any] = {
            "quarter": self.quarter,
            "department": self.department,
            "due_at": now + timedelta(days=9),
            "announced": True,
        }
        window: dict[str, Any] = {"posted_at": now - timedelta(hours=1), "claim_until": now + timedelta(days=2)}
        self.on_offer: dict[str, Any] = {"state": "posted", "places": 2, **window, **values}
        self.task = make_task(self.bureau, "T1", **self.on_offer)
        self.left_over = make_task(self.bureau, "T2", state="closed", places=3, **values)
        self.draft = make_task(self.bureau, "T3", state="draft", **{**values, "announced": False})
        self.worked_on = make_task(self.bureau, "T/4", state="closed", places=1, **values)
        self.claim = make_claim(self.worked_on, self.staff, state="started", started_at=now)


def build() -> House:
    return House()


@pytest.fixture
def house(built: House) -> House:
    return deepcopy(built)


def signed_in(person: Employee) -> Client:
    client = Client()
    client.force_login(person, backend="organization.backends.StaffNumberBackend")
    return client


def act(person: Employee, name: str, argument: object, **data: Any) -> Any:
    return signed_in(person).post(reverse(f"tasks_market:{name}", args=[argument]), data)


def text(person: Employee, url: str, status: int = 200) -> str:
    response = signed_in(person).get(url)
    assert response.status_code == status
    return response.content.decode()


def page(name: str, *args: object) -> str:
    return reverse(f"tasks_market:{name}", args=args)


# Every role, every page -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_page_opens_as_every_role_or_says_why_not(house: House, role: str) -> None:
    person = make_employee(house.bureau, roles=[role] if role else [], department=house.department)
    for name in OPEN_TO_ALL:
        assert "<h1" in text(person, page(name))
    for name, allowed in (("assign", ASSIGNERS), ("drafts", DRAFTERS), ("new", DRAFTERS)):
        found = text(person, page(name), 200 if role in allowed else 403)
        assert "<h1" in found
        assert role in allowed or "由" in found
    assert "任务T1" in text(person, page("task", "T1"))
    assert "任务T/4" in text(person, page("task", "T/4"))


@pytest.mark.parametrize("lane", ["open", "doing", "review", "unclaimed", "done", "nonsense"])
@pytest.mark.parametrize("query", ["", "&mine=1", "&quarter=2023Q3&kind=urgent&difficulty=medium", "&q=zz&page=9"])
def test_every_lane_opens_with_every_filter(house: House, lane: str, query: str) -> None:
    assert "<h1" in text(house.office, f"{page('board')}?lane={lane}{query}")


def test_pages_open_before_anything_is_there() -> None:
    office = make_employee(make_bureau("AN"), roles=["office"])
    for name in (*OPEN_TO_ALL, "assign", "drafts", "new"):
        text(office, page(name))


def test_nothing_of_another_bureau_is_there(house: House) -> None:
    assert "任务T1" not in text(house.stranger, page("board"))
    text(house.stranger, page("task", "T1"), 404)
    for name, argument in (("claim", "T1"), ("withdraw", house.claim.pk), ("accept", house.claim.pk)):
        assert act(house.stranger, name, argument).status_code == 404


def test_a_draft_is_seen_by_those_who_prepare_it(house: House) -> None:
    text(house.staff, page("task", "T3"), 404)
    assert "亮单" in text(house.office, page("task", "T3"))


@pytest.mark.parametrize("lane", ["open", "done"])
def test_the_board_costs_the_same_for_many_rows(house: House, django_assert_max_num_queries: Any, lane: str) -> None:
    now = timezone.now()
    for number in range(6):
        values: dict[str, Any] = {"quarter": house.quarter, "announced": True, "department": house.department}
        make_task(house.bureau, f"N{number}", state="posted", claim_until=now + timedelta(days=1), **values)
        make_task(house.bureau, f"C{number}", state="closed", **values)
    client = signed_in(house.staff)
    with django_assert_max_num_queries(20):
        content = client.get(f"{page('board')}?lane={lane}").content
    assert len(content) < 60_000


# The board lives --------------------------------------------------------------------------------------------------


def press(person: Employee, number: str, **data: Any) -> Any:
    """抢单 on the board, as htmx sends it."""
    return signed_in(person).post(f"{page('claim', number)}?lane=open", data, headers=FRAGMENT)


def test_claiming_on_the_board_brings_the_row_back_with_a_toast(house: House) -> None:
    another = make_task(house.bureau, "T5", **house.on_offer)
    response = press(house.staff, "T1")
    body = response.content.decode()
    assert "toast" in response["HX-Trigger"]
    assert "HX-Retarget" not in response
    assert body.lstrip().startswith(f'<li class="task is-mine" id="task-{house.task.pk}"')
    assert "还剩 1 / 2 个名额" in body
    assert "您手上有 2 项没有办结" in body
    assert another.name not in body
    assert Claim.objects.filter(task=house.task, employee=house.staff).exists()


def test_a_claim_that_reaches_the_limit_brings_the_lane_back(house: House) -> None:
    """From then on every other button says that one has as many tasks as one may have."""
    another = make_task(house.bureau, "T5", **house.on_offer)
    make_claim(make_task(house.bureau, "T6", **house.on_offer), house.staff, state="held")
    response = press(house.staff, "T1")
    body = response.content.decode()
    assert response["HX-Retarget"] == "#board"
    assert body.lstrip().startswith('<section id="board"')
    assert "您手上有 3 项没有办结，同时承担以 3 项为限" in body
    assert f'aria-disabled="true" aria-describedby="why-{another.pk}"' in body


def test_who_comes_too_late_gets_the_row_as_it_is_now(house: House) -> None:
    for person in (house.deputy, house.office):
        make_claim(house.task, person, state="held")
    response = press(house.staff, "T1")
    body = response.content.decode()
    assert response.status_code == 200
    assert '"level": "error"' in response["HX-Trigger"]
    assert "HX-Retarget" not in response
    assert body.lstrip().startswith(f'<li class="task has-why" id="task-{house.task.pk}"')
    assert "2 个名额已经抢完" in body


def test_a_no_that_holds_for_every_task_brings_the_lane_back(house: House) -> None:
    another = make_task(house.bureau, "T5", **house.on_offer)
    make_absence(house.staff, house.bureau.today, house.bureau.today)
    response = press(house.staff, "T1")
    assert response["HX-Retarget"] == "#board"
    assert f'aria-describedby="why-{another.pk}"' in response.content.decode()


def test_a_press_on_the_board_costs_the_same_however_long_it_is(house: House, django_assert_num_queries: Any) -> None:
    """Sign-in 2; the claim 8 with its transaction; its row 4."""
    for person, more in ((house.other, 0), (house.deputy, 6)):
        for number in range(more):
            make_task(house.bureau, f"N{number}", **house.on_offer)
        client = signed_in(person)
        with django_assert_num_queries(14):
            client.post(page("claim", "T1"), headers=FRAGMENT)


def test_what_is_being_filled_in_outlives_the_swap(house: House) -> None:
    """Each form stands in an element of its own that htmx keeps; without an id it would be lost."""
    shown = text(house.staff, page("task", "T/4"))
    for key in ("hand_in", "note", "extension"):
        assert f'<details class="fold" id="fold-{key}-{house.claim.pk}" hx-preserve' in shown


def test_a_page_that_nothing_moves_on_costs_six_queries(house: House, django_assert_num_queries: Any) -> None:
    """Session, person, roles, task, claims, events; the same for one holder and for three."""
    client = signed_in(house.other)
    for people in ([], [house.deputy, house.office]):
        for person in people:
            make_claim(house.task, person, state="held")
        version = client.get(page("task", "T1")).context["page"].version
        with django_assert_num_queries(6):
            client.get(f"{page('live', 'T1')}?v={version}", headers=FRAGMENT)


def test_the_task_page_costs_the_same_for_one_holder_and_for_three(
    house: House, django_assert_num_queries: Any
) -> None:
    Task.objects.filter(pk=house.task.pk).update(places=5, sharing="lead")
    client = signed_in(house.deputy)
    make_claim(house.task, house.staff, state="started", part="lead")
    client.get(page("live", "T1"), headers=FRAGMENT)
    with django_assert_num_queries(17):
        client.get(page("live", "T1"), headers=FRAGMENT)
    for person in (house.other, house.office):
        make_claim(house.task, person, state="handed_in", part="assistant")
    with django_assert_num_queries(17):
        client.get(page("live", "T1"), headers=FRAGMENT)


def test_a_greyed_button_says_why(house: House) -> None:
    today = house.bureau.today
    make_absence(house.staff, today, today)
    found = text(house.staff, page("board"))
    assert 'aria-disabled="true"' in found
    assert "离岗期间不能抢单" in found
    refused = signed_in(house.staff).post(page("claim", "T1"), headers=FRAGMENT)
    assert "toast" in refused["HX-Trigger"]
    assert not Claim.objects.filter(task=house.task).exists()


def test_a_full_task_stays_on_the_board_greyed(house: House) -> None:
    for person in (house.other, house.deputy):
        make_claim(house.task, person, state="held")
    assert "2 个名额已经抢完" in text(house.staff, page("board"))
    assert act(house.staff, "claim", "T1").status_code == 409


def test_points_show_their_working(house: House) -> None:
    assert "基础分 2 × 难度中 1.2 × 质量 1 = 2.40" in text(house.staff, page("board"))


# From claim to points ---------------------------------------------------------------------------------------------


def test_a_claim_lives_through_its_page(house: House, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    act(house.staff, "claim", "T1")
    claim = Claim.objects.get(task=house.task, employee=house.staff)
    assert "退单" in text(house.staff, page("task", "T1"))
    act(house.staff, "start", claim.pk)
    act(house.staff, "note", claim.pk, text="已走访三户")
    act(
        house.staff,
        "hand-in",
        claim.pk,
        report="全部办结",
        files=[SimpleUploadedFile("总结.pdf", PDF), SimpleUploadedFile("清单.pdf", PDF)],
    )
    seen = text(house.deputy, page("task", "T1"))
    assert "已走访三户" in seen
    assert "总结.pdf" in seen
    assert "验收通过" in seen
    act(house.deputy, "return", claim.pk, reason="缺附表")
    assert "缺附表" in text(house.staff, page("task", "T1"))
    act(house.staff, "hand-in", claim.pk, report="附表已补")
    act(house.deputy, "accept", claim.pk, quality="1.1", comment="办得好")
    claim.refresh_from_db()
    assert (claim.state, claim.quality) == ("accepted", Decimal("1.10"))
    mine = text(house.staff, page("mine"))
    assert "基础分 2 × 难度中 1.2 × 质量 1.1 = 2.64" in mine
    assert "计入竞争性得分" in mine


def test_faulty_input_stands_at_the_form_again(house: House) -> None:
    response = act(house.staff, "hand-in", house.claim.pk, report="")
    assert response.status_code == 422
    assert "请写明完成情况" in response.content.decode()
    file = SimpleUploadedFile("病毒.exe", b"MZ")
    response = act(house.staff, "hand-in", house.claim.pk, report="好", files=[file])
    assert response.status_code == 422
    assert "类型不能上传" in response.content.decode()
    Claim.objects.filter(pk=house.claim.pk).update(state="handed_in")
    assert act(house.deputy, "accept", house.claim.pk, quality="1.3", comment="好").status_code == 422


@pytest.mark.parametrize("name", ["start", "note", "hand-in", "extension", "withdraw", "object"])
def test_nobody_acts_on_the_claim_of_a_colleague(house: House, name: str) -> None:
    data = {"text": "x", "report": "x", "reason": "x", "until": "2099-01-01T18:00"}
    assert act(house.other, name, house.claim.pk, **data).status_code == 403


@pytest.mark.parametrize("name", ["accept", "return", "refuse"])
def test_staff_do_not_judge(house: House, name: str) -> None:
    Claim.objects.filter(pk=house.claim.pk).update(state="handed_in")
    data = {"quality": "1", "comment": "x", "reason": "x"}
    assert act(house.other, name, house.claim.pk, **data).status_code == 403
    assert act(house.staff, name, house.claim.pk, **data).status_code == 403


def test_the_working_follows_the_quality_that_is_set(house: House) -> None:
    Claim.objects.filter(pk=house.claim.pk).update(state="handed_in")
    url = page("worth", house.claim.pk)
    assert "质量 0.95 = 2.28" in text(house.deputy, f"{url}?quality=0.95")
    assert "0 到 1.2" in text(house.deputy, f"{url}?quality=abc")
    text(house.staff, url, 403)


def test_the_working_at_acceptance_is_that_of_the_score(house: House) -> None:
    """A lead without accepted assistants gets it all: the form says so before the slider is touched, and after."""
    Task.objects.filter(pk=house.worked_on.pk).update(sharing="lead", places=3)
    Claim.objects.filter(pk=house.claim.pk).update(state="handed_in", part="lead")
    said = "质量 1 × 主办份额 1 = 2.40"
    assert said in text(house.deputy, page("task", "T/4"))
    assert said in text(house.deputy, page("worth", house.claim.pk) + "?quality=1")
    act(house.deputy, "accept", house.claim.pk, quality="1", comment="好")
    assert said in text(house.staff, page("task", "T/4"))


def test_an_extension_is_asked_and_granted(house: House) -> None:
    until = timezone.localtime(timezone.now() + timedelta(days=20))
    act(house.staff, "extension", house.claim.pk, until=f"{until:%Y-%m-%dT%H:%M}", reason="外出取证")
    asked = Extension.objects.get(claim=house.claim)
    assert "申请延期" in text(house.deputy, page("assign"))
    assert "答复延期申请" in text(house.deputy, page("task", "T/4"))
    act(house.deputy, "decide", house.claim.pk, decision="yes", until="", answer="")
    house.claim.refresh_from_db()
    assert house.claim.due_at == asked.asked_until


def test_a_withdrawn_place_is_free_again(house: House) -> None:
    act(house.staff, "claim", "T1")
    claim = Claim.objects.get(task=house.task)
    act(house.staff, "withdraw", claim.pk)
    house.task.refresh_from_db()
    assert house.task.places_taken == 0


# Files ------------------------------------------------------------------------------------------------------------


def test_a_file_goes_to_those_who_may_see_the_task(house: House, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    act(house.staff, "hand-in", house.claim.pk, report="好", files=[SimpleUploadedFile("总结.pdf", PDF)])
    url = page("file", house.claim.files.get().pk)
    response: Any = signed_in(house.other).get(url)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    text(house.stranger, url, 404)
    assert Client().get(url).status_code == 302


# Posting and assigning --------------------------------------------------------------------------------------------


def form_of(house: House, **values: str) -> dict[str, Any]:
    now = timezone.localtime(timezone.now())
    return {
        "name": "新任务",
        "quarter": house.quarter.pk,
        "kind": "urgent",
        "difficulty": "high",
        "base": "2.50",
        "places": "2",
        "sharing": "each",
        "claim_until": f"{now + timedelta(days=2):%Y-%m-%dT%H:%M}",
        "due_at": f"{now + timedelta(days=9):%Y-%m-%dT%H:%M}",
        "department": house.department.pk,
        "requirement": "办好",
        **values,
    }


def test_a_head_drafts_and_the_office_posts(house: House) -> None:
    head = make_employee(house.bureau, roles=["department_head"], department=house.department)
    assert signed_in(head).post(page("new"), form_of(house)).status_code == 302
    drafted = Task.objects.get(name="新任务")
    assert signed_in(head).post(page("post-list"), {"everything": "1"}).status_code == 403
    signed_in(house.office).post(page("post-list"), {"tasks": [drafted.pk]})
    drafted.refresh_from_db()
    assert drafted.state == "posted"
    assert "新任务" in text(house.staff, page("board"))


def test_everything_is_posted_at_a_set_time(house: House) -> None:
    at = timezone.localtime(timezone.now() + timedelta(days=1))
    Task.objects.filter(pk=house.draft.pk).update(claim_until=timezone.now() + timedelta(days=3))
    signed_in(house.office).post(page("post-list"), {"everything": "1", "at": f"{at:%Y-%m-%dT%H:%M}"})
    assert "任务T3" in text(house.office, page("drafts"))
    assert "任务T3" not in text(house.staff, page("board"))


def test_a_faulty_draft_comes_back(house: House) -> None:
    client = signed_in(house.office)
    response = client.post(page("new"), form_of(house, due_at="2020-01-01T10:00", requirement=""))
    assert response.status_code == 422
    assert "完成时限要晚于抢单截止" in response.content.decode()
    assert client.post(page("post-list"), {}).status_code == 422


def test_a_draft_worth_nothing_is_told_so_in_words(house: House) -> None:
    response = signed_in(house.office).post(page("new"), form_of(house, base="-5", places="0"))
    shown = response.content.decode()
    assert (response.status_code, "task_base_above_zero" in shown) == (422, False)
    assert "基础分应当大于 0" in shown
    assert "名额至少 1 个" in shown


def test_the_office_edits_and_cancels(house: House) -> None:
    client = signed_in(house.office)
    form = form_of(house, name="改了名")
    del form["quarter"]
    assert client.post(page("edit", "T1"), form).status_code == 302
    make_claim(house.task, house.staff, state="held")
    assert "1 人正在承担的名额一并撤销" in text(house.office, page("task", "T1"))
    refused = client.post(page("cancel", "T1"), {"reason": "　"})
    assert (refused.status_code, "请写明理由" in refused.content.decode()) == (422, True)
    assert client.post(page("cancel", "T1"), {"reason": "上级取消"}).status_code == 302
    house.task.refresh_from_db()
    assert (house.task.name, house.task.state) == ("改了名", "cancelled")
    assert act(house.staff, "cancel", "T2", reason="x").status_code == 403


def test_the_deputy_assigns_and_answers_an_objection(house: House) -> None:
    found = text(house.deputy, page("assign"))
    assert "张三" in found
    client = signed_in(house.deputy)
    url = f"{page('assign')}?task=T2"
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"people": [house.staff.pk, house.other.pk]}).status_code == 302
    claim = Claim.objects.get(task=house.left_over, employee=house.staff)
    act(house.staff, "object", claim.pk, reason="出差")
    assert "出差" in text(house.deputy, page("task", "T2"))
    act(house.deputy, "answer", claim.pk, decision="yes", answer="另派")
    assert not Claim.objects.filter(pk=claim.pk).exists()
    other_deputy = make_employee(house.bureau, roles=["deputy_director"])
    assert signed_in(other_deputy).post(url, {"people": [house.staff.pk]}).status_code == 403


# Figures and the workbench ----------------------------------------------------------------------------------------


def test_why_the_work_cannot_begin_yet_stands_where_its_button_would(house: House) -> None:
    Task.objects.filter(pk=house.task.pk).update(sharing="lead", places=3)
    act(house.staff, "claim", "T1", role="assistant")
    shown = text(house.staff, page("task", "T1"))
    assert "主办定下来再开工" in shown
    assert "抢主办" in text(house.other, page("task", "T1"))
    act(house.other, "claim", "T1", role="lead")
    assert "主办定下来再开工" not in text(house.staff, page("task", "T1"))
    assert "抢主办" not in text(house.deputy, page("task", "T1"))
    assert "抢协办" in text(house.deputy, page("task", "T1"))


def test_the_page_asks_who_of_several_leads(house: House) -> None:
    Task.objects.filter(pk=house.left_over.pk).update(sharing="lead")
    client, url = signed_in(house.deputy), f"{page('assign')}?task=T2"
    both = [house.staff.pk, house.other.pk]
    refused = client.post(url, {"people": both})
    assert refused.status_code == 422
    assert "还没有指定谁主办" in refused.content.decode()
    assert refused.content.decode().count(" checked") == 2
    # the button beside a name gives the task to that one alone, whatever is ticked
    assert client.post(url, {"people": both, "only": house.office.pk}).status_code == 302
    assert dict(Claim.objects.filter(task=house.left_over).values_list("employee", "part")) == {house.office.pk: "lead"}
    assert client.post(url, {"people": both}).status_code == 302
    parts = Claim.objects.filter(task=house.left_over).values_list("part", flat=True)
    assert sorted(parts) == ["assistant", "assistant", "lead"]


def test_the_way_to_assigning_is_shown_to_whom_it_is_open(house: House) -> None:
    """Director and discipline read the lane; the button would lead them to a refusal."""
    link = f"{page('assign')}?task=T2"
    for role, shown in (("office", True), ("director", False), ("discipline", False), ("deputy_director", False)):
        person = make_employee(house.bureau, roles=[role])
        assert (link in text(person, f"{page('board')}?lane=unclaimed")) is shown
    assert link in text(house.deputy, f"{page('board')}?lane=unclaimed")


def test_figures_define_coverage_and_keep_names_from_colleagues(house: House) -> None:
    found = text(house.office, page("figures"))
    assert "抢单覆盖面" in found
    assert "李四" in found
    assert "李四" not in text(house.staff, page("figures"))


def test_tasks_posted_ahead_count_in_their_own_quarter(house: House) -> None:
    ahead = make_quarter(house.bureau, "2023Q4", state="open")
    make_task(house.bureau, "T9", quarter=ahead, state="posted", announced=True, department=house.department)
    client = signed_in(house.office)
    assert client.get(page("figures")).context["figures"].tasks == 3
    assert client.get(page("figures") + "?quarter=2023Q4").context["figures"].tasks == 1
    assert "尚未开始的季度" in text(house.office, page("figures"))


def test_the_workbench_shows_the_market_and_what_is_in_hand(house: House) -> None:
    found = text(house.staff, reverse("home"))
    assert "1 项任务可抢" in found
    assert "任务T/4" in found
