"""Whatever would change a quarter in 公示 or published is refused by name, whichever way it comes (scoring.md §6).

One table of acts, each tried against both states: the services, which shell, jobs and pages share, and the doors in
front of them — pages, API, workbooks, commands. What the database refuses itself stands in tests/scoring.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from indicators.cells import Content
from indicators.models import (
    AssessmentPoint,
    Evidence,
    Item,
    ItemRequest,
    Library,
    PointVersion,
    Quarter,
    Result,
    SchemeSetting,
)
from indicators.services import assessing, corrections, entering, evidence, facts, items, points, scheme
from organization.models import Employee, Post
from scoring.models import Adjustment, DepartmentScore, Score, ScoreRun, ScoringJob
from scoring.services import adjustments, department_scores, jobs, publishing, scoring
from scoring.services import corrections as score_corrections
from tasks_market.models import Claim, Extension, Task
from tasks_market.services import acceptance, assigning, claiming, doing, drafting
from tests.exchange.books import Book, write
from tests.factories import (
    make_adjustment,
    make_bureau,
    make_claim,
    make_department,
    make_department_score,
    make_employee,
    make_item,
    make_point,
    make_post,
    make_quarter,
    make_result,
    make_task,
    moment,
)

pytestmark = pytest.mark.django_db
CODE = "2023Q1"
TODAY = date(2023, 3, 20)
NOW = moment(TODAY)
BASIS = {"reason": "加重", "requested_by": "法制股", "approved_by": "局长办公会"}


class World:
    """A bureau with one of everything that a score is worked out from, all of it still underway, in one quarter."""

    def __init__(self) -> None:
        self.bureau = make_bureau(is_demo=True, stands_on=TODAY)
        self.department = make_department(self.bureau, "A")
        self.post: Post = make_post(self.department)
        self.office = self.person("900", "office")
        self.head = self.person("901", "department_head")
        self.deputy = self.person("902", "deputy_director", department=make_department(self.bureau, "B"))
        type(self.department).objects.filter(pk=self.department.pk).update(deputy=self.deputy)
        self.department.refresh_from_db()
        self.staff = self.person("101", post=self.post)
        self.quarter = make_quarter(self.bureau, CODE)
        self.common = make_point(self.bureau, "K1", library=Library.COMMON, assessor=self.department)
        self.machine = make_point(self.bureau, "K2", library=Library.COMMON, source=PointVersion.Source.MACHINE)
        self.own = make_point(self.bureau, "K3", post=self.post)
        self.elsewhere = make_point(self.bureau, "K4", post=make_post(self.department))
        self.foreign = make_point(self.bureau, "K6", post=make_post(self.department))
        self.held = make_point(self.bureau, "K5")
        self.item = make_item(self.staff, self.held)
        self.reported = make_result(self.staff, self.common, state=Result.State.REPORTED)
        self.file = Evidence.objects.create(
            result=self.reported, stored="x", name="a.txt", size=1, content_type="text/plain", at=NOW, by=self.staff
        )
        self.reviewed = make_result(self.head, self.common, state=Result.State.REVIEWED)
        self.asked = ItemRequest.objects.create(
            bureau=self.bureau,
            quarter=self.quarter,
            employee=self.staff,
            point=self.elsewhere,
            reason="忙",
            asked_at=NOW,
        )
        self.plus = make_adjustment(self.staff, matter="表彰")
        self.requested = make_adjustment(self.staff, matter="请求", state=Adjustment.State.REQUESTED)
        make_department_score(self.department, "90")
        open_task: dict[str, Any] = {
            "department": self.department, "due_at": NOW + timedelta(days=5), "posted_at": NOW - timedelta(days=1),
            "claim_until": timezone.now() + timedelta(days=1), "state": Task.State.POSTED, "announced": True,
        }  # fmt: skip
        self.posted = make_task(self.bureau, "T1", **open_task)
        self.draft = make_task(self.bureau, "T2", department=self.department, state=Task.State.DRAFT)
        self.unclaimed = make_task(self.bureau, "T3", **open_task | {"state": Task.State.CLOSED, "claim_until": NOW})
        self.handed_in = make_claim(make_task(self.bureau, "T4", **open_task), self.staff, state="handed_in")
        self.claimed = make_claim(make_task(self.bureau, "T5", **open_task), self.staff, state="held")
        self.accepted = make_claim(make_task(self.bureau, "T6", **open_task), self.staff, accepted_by=self.deputy)
        self.extension = Extension.objects.create(
            claim=self.claimed, asked_at=NOW, asked_until=NOW + timedelta(days=9), reason="忙"
        )
        scoring.score_quarter(bureau=self.bureau, quarter_code=CODE, actor=None)

    def person(self, number: str, *roles: str, **values: Any) -> Employee:
        made = make_employee(self.bureau, number, roles=roles, **{"department": self.department} | values)
        return Employee.objects.select_related("bureau", "department").get(pk=made.pk)

    def settle(self, state: str) -> None:
        """The quarter is shown or published; what was read before says so, too."""
        Quarter.objects.filter(pk=self.quarter.pk).update(state=state)
        self.quarter = Quarter.objects.select_related("bureau").get(pk=self.quarter.pk)
        for name, row in vars(self).items():
            if isinstance(row, Claim | Task | Result | Item | ItemRequest | Adjustment | Evidence | Extension):
                setattr(self, name, type(row).objects.get(pk=row.pk))

    def facts(self, **values: Any) -> adjustments.AdjustmentFacts:
        given = {"employee": self.staff, "day": date(2023, 2, 1), "kind": "plus", "points": Decimal(2), "matter": "新"}
        return adjustments.AdjustmentFacts(**{"basis": "溪税发〔2023〕3号", **given, **values})

    def revision(self) -> dict[str, Any]:
        return {"from_quarter": CODE, "actor": self.office, **BASIS}


Act = Callable[[World], Any]

SERVICES: dict[str, Act] = {
    "take on": lambda w: items.take_on(employee=w.staff, point=w.own, quarter=w.quarter, actor=w.office),
    "choose": lambda w: items.choose(points=[w.own], quarter=w.quarter, actor=w.staff, today=TODAY),
    "hand back": lambda w: items.hand_back(item=w.item, actor=w.office, today=TODAY),
    "ask": lambda w: items.ask(points=[w.foreign], quarter=w.quarter, actor=w.staff, reason="忙"),
    "agree": lambda w: items.decide(requests=[w.asked], agree=True, actor=w.head, today=TODAY),
    "enter": lambda w: entering.enter_result(
        employee=w.staff, point=w.common, period=CODE, actor=w.office, today=TODAY, value=Decimal(3)
    ),
    "report": lambda w: evidence.report_result(
        employee=w.staff, point=w.common, period=CODE, content=Content(Decimal(3)), note="", files=[], actor=w.staff,
        now=NOW,
    ),
    "add evidence": lambda w: evidence.add_evidence(result=w.reported, files=[], actor=w.staff, now=NOW),
    "remove evidence": lambda w: evidence.remove_evidence(evidence=w.file, actor=w.staff),
    "review": lambda w: assessing.review_result(result=w.reported, actor=w.head),
    "confirm": lambda w: assessing.confirm_result(result=w.reviewed, actor=w.office),
    "return": lambda w: assessing.return_result(result=w.reported, actor=w.head, reason="缺"),
    "machine fact": lambda w: facts.post_facts(
        bureau=w.bureau, facts=[facts.Fact(CODE, "101", "K2", Decimal(1))], actor=w.office, today=TODAY
    ),
    "compute facts": lambda w: facts.compute_facts(quarter=w.quarter, today=TODAY),
    "correct a result": lambda w: corrections.correct_result(
        quarter=w.quarter, employee=w.staff, point=w.common, period=CODE, actor=w.office, reason="误", value=Decimal(3)
    ),
    "revise a point": lambda w: points.revise_point(point=w.common, demands={"full": Decimal(9)}, **w.revision()),
    "withdraw a point": lambda w: points.withdraw_point(point=w.common, **w.revision()),
    "scheme": lambda w: scheme.set_values(
        bureau=w.bureau, from_quarter=CODE, values={"联动系数": "0.2"}, actor=w.office
    ),
    "record a plus": lambda w: adjustments.record_adjustment(facts=w.facts(), actor=w.office),
    "ask for a plus": lambda w: adjustments.request_adjustment(facts=w.facts(), actor=w.head, today=TODAY),
    "review a plus": lambda w: adjustments.step_adjustment(
        adjustment=w.requested, to=Adjustment.State.REVIEWED, actor=w.office, today=TODAY
    ),
    "change a plus": lambda w: adjustments.change_adjustment(
        adjustment=w.plus, facts=w.facts(matter="表彰"), actor=w.office
    ),
    "move a plus in": lambda w: adjustments.change_adjustment(
        adjustment=make_adjustment(w.staff, date(2023, 5, 1), matter="五月"), facts=w.facts(), actor=w.office
    ),
    "refuse a plus": lambda w: adjustments.refuse_adjustment(adjustment=w.plus, actor=w.office, reason="误"),
    "correct a plus": lambda w: score_corrections.correct_adjustment(
        adjustment=w.plus, actor=w.office, points=Decimal(2), reason="误", now=NOW
    ),
    "department score": lambda w: department_scores.set_department_scores(
        quarter=w.quarter, scores={w.department: Decimal(99)}, actor=w.office
    ),
    "draft a task": lambda w: drafting.draft_task(
        quarter=w.quarter, actor=w.office, now=NOW, department=w.department, name="新", kind="urgent", difficulty="low",
        base=Decimal(1), places=1, sharing="each", due_at=NOW + timedelta(days=1), requirement="办",
    ),
    "edit a task": lambda w: drafting.edit_task(task=w.draft, actor=w.office, base=Decimal(9)),
    "cancel a task": lambda w: drafting.cancel_task(task=w.posted, actor=w.office, reason="误", now=NOW),
    "post a task": lambda w: drafting.post_task(task=w.draft, actor=w.office, now=NOW),
    "claim": lambda w: claiming.claim_task(task=w.posted, actor=w.head, now=NOW),
    "withdraw a claim": lambda w: claiming.withdraw_claim(claim=w.claimed, actor=w.staff, now=NOW),
    "assign": lambda w: assigning.assign(task=w.unclaimed, people=[w.head], actor=w.deputy, now=NOW),
    "start": lambda w: doing.start(claim=w.claimed, actor=w.staff, now=NOW),
    "hand in": lambda w: doing.hand_in(claim=w.claimed, actor=w.staff, report="好", now=NOW),
    "extend": lambda w: doing.decide_extension(extension=w.extension, actor=w.deputy, granted=True, now=NOW),
    "accept": lambda w: acceptance.accept(claim=w.handed_in, actor=w.deputy, quality=None, comment="好", now=NOW),
    "send back": lambda w: acceptance.send_back(claim=w.handed_in, actor=w.deputy, reason="缺", now=NOW),
    "refuse a claim": lambda w: acceptance.refuse(claim=w.handed_in, actor=w.deputy, reason="缺", now=NOW),
    "correct a claim": lambda w: acceptance.correct_quality(
        claim=w.accepted, actor=w.office, quality=Decimal("0.5"), reason="误"
    ),
    "start publicity": lambda w: publishing.start_publicity(
        bureau=w.bureau, quarter_code=CODE, actor=w.office, today=TODAY, override="急"
    ),
}  # fmt: skip

PUBLISHED_ONLY: dict[str, Act] = {
    "score": lambda w: scoring.score_quarter(bureau=w.bureau, quarter_code=CODE, actor=w.office),
    "score by night": lambda w: scoring.score_as_it_stands(bureau=w.bureau, quarter_code=CODE, today=TODAY),
    "ask for a scoring": lambda w: jobs.request_scoring(quarter=w.quarter, actor=w.office),
    "publish": lambda w: publishing.publish_quarter(
        bureau=w.bureau, quarter_code=CODE, actor=w.office, today=TODAY, override="急"
    ),
}  # fmt: skip
"""What publicity still allows: scoring after an upheld appeal, and publication."""

FROZEN_TABLES = (
    Item, ItemRequest, Result, Evidence, Adjustment, DepartmentScore, Task, Claim, Extension, PointVersion,
    AssessmentPoint, SchemeSetting, Score, ScoreRun, ScoringJob, Quarter,
)  # fmt: skip


def fingerprint() -> dict[str, list[Any]]:
    """All that could have changed; what an act made elsewhere first (a plus of May) does not count."""
    rows = {model.__name__: list(model.objects.order_by("pk").values()) for model in FROZEN_TABLES}
    rows["Adjustment"] = [row for row in rows["Adjustment"] if row["matter"] != "五月"]
    rows["Quarter"] = [row for row in rows["Quarter"] if row["code"] == CODE]
    return rows


build = World


@pytest.fixture
def underway(built: World) -> World:
    """A copy: what a test's acts set on the objects is gone with the test."""
    return deepcopy(built)


@pytest.fixture(params=[Quarter.State.PUBLICITY, Quarter.State.PUBLISHED])
def world(request: pytest.FixtureRequest, underway: World) -> World:
    underway.settle(request.param)
    return underway


@pytest.mark.parametrize("act", SERVICES)
def test_a_service_refuses_by_name_and_changes_nothing(world: World, act: str) -> None:
    before = fingerprint()
    with pytest.raises(DomainError) as refused:
        SERVICES[act](world)
    assert refused.value.status == 409 or refused.value.code == "frozen", (refused.value.code, str(refused.value))
    assert CODE in str(refused.value)
    assert fingerprint() == before


@pytest.mark.parametrize("act", PUBLISHED_ONLY)
def test_a_published_quarter_is_not_scored_or_published_again(underway: World, act: str) -> None:
    underway.settle(Quarter.State.PUBLISHED)
    before = fingerprint()
    with pytest.raises(DomainError) as refused:
        PUBLISHED_ONLY[act](underway)
    assert refused.value.status == 409
    assert CODE in str(refused.value)
    assert fingerprint() == before


NEEDS_MORE = (
    "compute facts",
    "correct a result",
    "correct a plus",
    "correct a claim",
    "start publicity",
    "add evidence",
)


@pytest.mark.parametrize("act", [act for act in SERVICES if act not in NEEDS_MORE])
def test_before_publicity_the_same_act_succeeds(underway: World, act: str) -> None:
    """The control: nothing but the quarter's state stands in the way."""
    underway.settle(Quarter.State.COLLECTING)
    SERVICES[act](underway)


# Doors ------------------------------------------------------------------------------------------------------------


def page(name: str, *args: Any, **form: Any) -> Callable[[Client, World], Any]:
    return lambda client, w: client.post(
        reverse(name, args=[arg(w) if callable(arg) else arg for arg in args]), form, follow=True
    )


def api(path: str, body: Any, method: str = "post") -> Callable[[Client, World], Any]:
    def ask(client: Client, w: World) -> Any:
        url = f"/api/v1/{path(w) if callable(path) else path}"
        return getattr(client, method)(url, json.dumps(body), content_type="application/json")

    return ask


DOORS: dict[str, Callable[[Client, World], Any]] = {
    "take on page": page("indicators:take_on", CODE, employee="101", point="K3"),
    "hand back page": page("indicators:hand_back", lambda w: w.item.pk),
    "review page": page("indicators:result_review", lambda w: w.reported.pk),
    "confirm page": page("indicators:result_confirm", lambda w: w.reviewed.pk),
    "adjustment page": page(
        "scoring:adjustment-new", employee="101", day="2023-02-01", kind="plus", points="1", matter="新", basis="据"
    ),
    "department scores page": lambda client, w: client.post(
        f"{reverse('scoring:department-scores')}?quarter={CODE}", {"quarter": CODE, f"score-{w.department.pk}": "99"}
    ),
    "scheme page": page("indicators:scheme", from_quarter=CODE, 联动系数="0.2"),
    "item api": api("items/", {"employee_no": "101", "point": "K3", "quarter": CODE}),
    "result api": api("results/", {"employee_no": "101", "point": "K1", "period": CODE, "value": "3"}),
    "confirm api": api(lambda w: f"results/{w.reviewed.pk}/confirm/", {}),
    "facts api": api("results/facts/", [{"period": CODE, "employee_no": "101", "point": "K2", "value": "1"}]),
    "task api": api(lambda w: f"tasks/{w.draft.pk}/", {"base": "9"}, "patch"),
    "claim api": api(lambda w: f"tasks/{w.posted.pk}/claim/", {}),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_door_refuses_with_a_sentence_and_changes_nothing(client: Client, world: World, door: str) -> None:
    client.force_login(world.office)
    before = fingerprint()
    answer = DOORS[door](client, world)
    text = answer.content.decode()
    if answer.headers["Content-Type"].startswith("application/json"):
        text = json.loads(text)["message"] + str(json.loads(text)["fields"])
        assert answer.status_code in (400, 409)
    else:
        assert answer.status_code in (200, 403, 409, 422)
    assert any(word in text for word in (CODE, "2023年一季度", "不再接受", "公示")), text[-2000:]
    assert fingerprint() == before


def test_a_workbook_is_refused_by_sheet_and_row(world: World, tmp_path: Path) -> None:
    book: Book = {
        "加减分": [
            ["日期", "工号", "类型", "分值", "事由", "依据", "违纪"],
            [date(2023, 2, 1), "101", "加分", 3, "新", "据", None],
        ]
    }
    file = write(tmp_path / "a.xlsx", book)
    before, said = fingerprint(), StringIO()
    with pytest.raises(SystemExit) as refused:
        call_command("import_workbook", str(file), stdout=said, stderr=said)
    assert refused.value.code == 1
    text = said.getvalue()
    assert "加减分!2" in text
    assert CODE in text
    assert fingerprint() == before


def test_commands_refuse_with_exit_code_one(world: World) -> None:
    before = fingerprint()
    if world.quarter.is_frozen:
        for command in (["score_quarter", CODE], ["publish_quarter", CODE, "--bureau", "XS", "--force", "急"]):
            with pytest.raises(CommandError) as refused:
                call_command(*command)
            assert refused.value.returncode == 1
    assert fingerprint() == before


def test_an_upload_of_a_department_is_refused(client: Client, world: World, tmp_path: Path) -> None:
    client.force_login(world.office)
    before = fingerprint()
    book = {"考评结果": [["期间", "工号", "考点编号", "目标值", "完成值", "档次", "不适用", "说明"],
                     [CODE, "101", "K1", None, 3, None, None, None]]}  # fmt: skip
    answer = client.post(
        reverse("indicators:grid-upload", args=[CODE, "A"]),
        {"file": SimpleUploadedFile("a.xlsx", write(tmp_path / "a.xlsx", book).read_bytes())},
        follow=True,
    )
    assert CODE in answer.content.decode() or "2023年一季度" in answer.content.decode()
    assert fingerprint() == before
