"""Two bureaus with one of everything, the people of one of them, and who may open what there.

`RIGHTS` has a line for every address of the application; `test_access.py` fails when one is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from awards.models import StarAward
from common import storage
from exchange.models import ExportRun, ImportRun, Run
from exchange.storage import path_of
from indicators.models import AssessmentPoint, Evidence, FactToken, Item, ItemRequest, KeyWork, Library, Quarter, Result
from indicators.scheme import OPEN_TASKS
from notifications.models import Delivery, GroupRobot, Notification
from organization.models import (
    Absence,
    Bureau,
    Department,
    Employee,
    PartyBranch,
    Placement,
    Post,
    RankCategory,
    Role,
)
from reviews.models import FollowUp, Participant, Rating, Showing, ShowingBranch, Talk, TalkSuggestion, Trigger
from scoring.models import Adjustment, AdjustmentFile, Appeal, AppealFile, Score, ScoreRun, ScoringJob
from scoring.services.scoring import score_quarter
from supervision.models import Warned
from tasks_market.models import Claim, ClaimFile, Task
from tests.awards.held import Uses, make_uses
from tests.awards.honours import make_star
from tests.factories import (
    make_absence,
    make_adjustment,
    make_branch,
    make_bureau,
    make_claim,
    make_department,
    make_department_score,
    make_employee,
    make_item,
    make_key_work,
    make_placement,
    make_point,
    make_post,
    make_quarter,
    make_result,
    make_role,
    make_scheme_setting,
    make_task,
)
from tests.flows.gathering import Gathering, make_gathering
from tests.flows.issuing import Issuing, make_issuing
from tests.flows.lettering import Lettering, make_lettering
from tests.flows.polling import DEEDS, Polls, make_polls, register_voters
from tests.flows.warning import make_warning, signing, signing_by_api

SHARED_QUARTER = "2023Q1"  # both bureaus have it, so that its code alone opens nothing


@dataclass
class Holdings:
    """One of everything that a bureau owns and an address can name; most of it is about `person`."""

    bureau: Bureau
    department: Department
    assessing: Department
    post: Post
    branch: PartyBranch
    category: RankCategory
    person: Employee
    placement: Placement
    role: Role
    absence: Absence
    quarter: Quarter
    job: ScoringJob
    correction: ScoreRun
    score: Score
    point: AssessmentPoint
    key_work: KeyWork
    item: Item
    asked: ItemRequest
    result: Result
    evidence: Evidence
    token: FactToken
    adjustment: Adjustment
    requested: Adjustment
    reviewed: Adjustment
    approved: Adjustment
    adjustment_file: AdjustmentFile
    appeal: Appeal
    appeal_file: AppealFile
    notification: Notification
    robot: GroupRobot
    delivery: Delivery
    import_run: ImportRun
    export_run: ExportRun
    market: Stall
    talks: Talks
    use: Uses
    sitting: Sitting
    gathering: Gathering
    lettering: Lettering
    issuing: Issuing
    polls: Polls
    honour: StarAward
    warned: Warned
    beneath: Bureau
    """A bureau below this one."""


@dataclass
class Sitting:
    """A showing that was held, where `person` and a colleague are to rate each other, and what `person` has to do;
    another that is held today."""

    showing: Showing
    follow_up: FollowUp
    coming: Showing


@dataclass
class Talks:
    """Talks of the director with `person` in each state that some right needs, and one that is suggested."""

    draft: Talk
    waiting: Talk
    due: Talk
    suggestion: TalkSuggestion


@dataclass
class Stall:
    """Tasks of the market in each state that some right needs, with claims of `person` and of a colleague."""

    posted: Task
    draft: Task
    closed: Task
    held: Claim
    started: Claim
    assigned: Claim
    handed_in: Claim
    asking: Claim
    objected: Claim
    file: ClaimFile


def make_holdings(code: str, name: str, quarter: str, correction: int) -> Holdings:
    """A bureau of which every code begins with `code` and every name with `name`, with `quarter` beside the shared one."""
    bureau = make_bureau(code, name=f"{name}县税务局")
    department = make_department(bureau, f"{code}D1", name=f"{name}征收股")
    assessing = make_department(bureau, f"{code}D2", name=f"{name}考评股")
    post, branch = (
        make_post(department, f"{code}P1", name=f"{name}岗"),
        make_branch(bureau, f"{code}B1", name=f"{name}支部"),
    )
    places: dict[str, Any] = {"department": department, "post": post, "branch": branch}
    person = make_employee(bureau, f"{code}001", name=f"{name}某人", **places)
    now, shared, own = timezone.now(), make_quarter(bureau, SHARED_QUARTER), make_quarter(bureau, quarter)
    key_work = make_key_work(bureau, f"{code}Z1", name=f"{name}重点", department=department)
    versions: dict[str, Any] = {"key_work": key_work, "department": department, "assessor": assessing}
    common = make_point(bureau, f"{code}K1", library=Library.COMMON, name=f"{name}共性", **versions)
    make_result(person, common)
    point = make_point(bureau, f"{code}K2", name=f"{name}考点", **versions)
    result = make_result(person, point, state=Result.State.REPORTED)
    unused = make_point(bureau, f"{code}K3", name=f"{name}未用", **versions)
    wanted = make_point(bureau, f"{code}K4", year=own.period.year, name=f"{name}想领", **versions)
    make_department_score(department, 90)
    adjustment = make_adjustment(person, matter=f"{name}事由")
    run = score_quarter(bureau=bureau, quarter_code=SHARED_QUARTER, actor=None)
    run_row = {"bureau": bureau, "created_at": now, "queued_at": now, "file_name": f"{name}.xlsx"}
    stored = path_of(f"{code}.xlsx")
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text(name)
    role = make_role(make_employee(bureau, f"{code}002", name=f"{name}同事", **places), Role.Kind.LIAISON)
    return Holdings(
        bureau=bureau,
        department=department,
        assessing=assessing,
        post=post,
        branch=branch,
        category=person.category,
        person=person,
        placement=make_placement(person, date(2023, 2, 1)),
        role=role,
        absence=make_absence(person, date(2023, 3, 1), date(2023, 3, 2)),
        quarter=own,
        job=ScoringJob.objects.create(bureau=bureau, quarter=shared, created_at=now, state=ScoringJob.State.DONE),
        correction=ScoreRun.objects.create(
            bureau=bureau, quarter=shared, number=correction, kind=ScoreRun.Kind.CORRECTION, is_current=False,
            scheme=run.scheme, scored_at=now, reason=f"{name}更正",
        ),
        score=Score.objects.get(run=run, employee=person),
        point=point,
        key_work=key_work,
        item=make_item(person, unused, shared),
        asked=ItemRequest.objects.create(
            bureau=bureau, quarter=own, employee=person, point=wanted, reason=f"{name}理由", asked_at=now
        ),
        result=result,
        evidence=Evidence.objects.create(
            result=result, stored=f"{code}.xlsx", name=f"{name}佐证.xlsx", size=6, content_type="text/plain",
            sha256="0" * 64, at=now, by=person,
        ),
        token=FactToken.objects.create(
            bureau=bureau, system=f"{name}系统", digest=code.ljust(64, "0"), hint="0000", created_at=now
        ),
        adjustment=adjustment,
        requested=make_adjustment(person, matter=f"{name}申请", state=Adjustment.State.REQUESTED),
        reviewed=make_adjustment(person, matter=f"{name}初审", state=Adjustment.State.REVIEWED),
        approved=make_adjustment(person, matter=f"{name}审定", state=Adjustment.State.APPROVED),
        adjustment_file=make_adjustment_file(adjustment, f"{code}.txt"),
        appeal=(appeal := make_appeal(result, assessing, run, name)),
        appeal_file=make_appeal_file(appeal, code, name),
        notification=Notification.objects.create(
            bureau=bureau, recipient=person, subject=f"{name}消息", created_at=now, occasion=f"{code}事"
        ),
        robot=(
            robot := GroupRobot.objects.create(
                bureau=bureau, kind="wecom", name=f"{name}群", url=f"https://qyapi.weixin.qq.com/send?key={code}"
            )
        ),
        delivery=Delivery.objects.create(
            bureau=bureau, channel="webhook", robot=robot, subject=f"{name}群消息", occasion=f"{code}群事",
            state=Delivery.State.GIVEN_UP, created_at=now, try_after=now,
        ),
        import_run=ImportRun.objects.create(
            **run_row, state=Run.State.NEEDS_CONFIRMATION, stored=f"{code}.xlsx", marked=f"{code}.xlsx"
        ),
        export_run=ExportRun.objects.create(**run_row, state=Run.State.DONE, stored=f"{code}.xlsx"),
        market=make_stall(code, name, department, person, role.employee),
        talks=make_talks(name, person, role.employee, shared),
        use=make_uses(name, person, department, point),
        sitting=make_sitting(name, person, role.employee),
        honour=make_honour(bureau, person),
        gathering=make_gathering(name, person, point, run, own),
        lettering=make_lettering(code, name, person, role.employee),
        issuing=make_issuing(name, run),
        polls=make_polls(name, person, role.employee, run),
        warned=make_warning(name, person, point, own),
        beneath=make_bureau(f"{code}B", name=f"{name}分局", parent=bureau),
    )  # fmt: skip


def make_honour(bureau: Bureau, person: Employee) -> StarAward:
    """A star of `person`, in a quarter that nobody works in any more."""
    make_quarter(bureau, "2020Q1", state=Quarter.State.OPEN)
    return make_star(person, "2020Q1")


def make_appeal(result: Result, assessing: Department, run: ScoreRun, name: str) -> Appeal:
    """Of the person against the result; the limit of its answer has passed, so it may be answered and decided."""
    return Appeal.objects.create(
        bureau=result.bureau, quarter=result.quarter, employee=result.employee, side=Appeal.Side.ASSESSED,
        filed_by=result.employee, filed_at=timezone.now(), subject=Appeal.Subject.RESULT, point=result.point,
        period=result.period, result=result, assessor=assessing, run=run, line=f"{name}得分",
        ground=f"{name}理由", answer_due=date(2023, 4, 13), decide_due=date(2023, 4, 20),
    )  # fmt: skip


def make_appeal_file(appeal: Appeal, code: str, name: str) -> AppealFile:
    stored = f"appeals/{code}.txt"
    storage.path_of(stored).parent.mkdir(parents=True, exist_ok=True)
    storage.path_of(stored).write_text(name)
    return AppealFile.objects.create(
        appeal=appeal, stored=stored, name=f"{name}.txt", size=6, content_type="text/plain", sha256="0" * 64,
        at=timezone.now(), by=appeal.filed_by,
    )  # fmt: skip


def make_adjustment_file(adjustment: Adjustment, name: str) -> AdjustmentFile:
    stored = f"adjustments/{name}"
    storage.path_of(stored).parent.mkdir(parents=True, exist_ok=True)
    storage.path_of(stored).write_text(adjustment.matter)
    return AdjustmentFile.objects.create(
        adjustment=adjustment, stored=stored, name=name, size=6, content_type="text/plain", sha256="0" * 64,
        at=timezone.now(),
    )  # fmt: skip


def make_sitting(name: str, person: Employee, colleague: Employee) -> Sitting:
    assert person.branch is not None
    now = timezone.now()
    showing = Showing.objects.create(
        bureau=person.bureau, month="2023-05", day=date(2023, 5, 15), held_on=date(2023, 5, 15), held_at=now,
        state=Showing.State.HELD, scheduled_at=now, topic=f"{name}主题", held_by=colleague,
    )  # fmt: skip
    ShowingBranch.objects.create(showing=showing, branch=person.branch, month=showing.month)
    for one, other in ((person, colleague), (colleague, person)):
        Participant.objects.create(showing=showing, employee=one, branch=person.branch, attendance="present")
        Rating.objects.create(showing=showing, rater=one, ratee=other, kind=Rating.Kind.PEER, updated_at=now)
    task = FollowUp(showing=showing, owner=person, task=f"{name}跟进", due_on=date(2023, 6, 9), made_at=now)
    task.save()
    return Sitting(showing, task, make_coming(name, person, colleague))


def make_coming(name: str, person: Employee, colleague: Employee) -> Showing:
    assert person.branch is not None
    today = timezone.localdate()
    coming = Showing.objects.create(
        bureau=person.bureau, month=f"{today:%Y-%m}", day=today, scheduled_at=timezone.now(), topic=f"{name}议题"
    )
    ShowingBranch.objects.create(showing=coming, branch=person.branch, month=coming.month)
    for one in (person, colleague):
        Participant.objects.create(showing=coming, employee=one, branch=person.branch)
    return coming


def make_talks(name: str, person: Employee, talker: Employee, quarter: Quarter) -> Talks:
    """`make_people` puts the director in the place of this talker."""
    texts = {field: f"{name}{field}" for field in ("affirmation", "analysis", "requirements")}

    def talk(state: str) -> Talk:
        return Talk.objects.create(
            bureau=person.bureau, employee=person, talker=talker, branch=person.branch, kind=Talk.Kind.COACH,
            held_on=date(2023, 5, 4), follow_up_on=date(2023, 6, 1), state=state, written_at=timezone.now(), **texts,
        )  # fmt: skip

    suggestion = TalkSuggestion.objects.create(
        bureau=person.bureau, employee=person, branch=person.branch, quarter=quarter, trigger=Trigger.LOW_RANK,
        reason=f"{name}依据", made_at=timezone.now(),
    )  # fmt: skip
    return Talks(talk(Talk.State.DRAFT), talk(Talk.State.WITH_EMPLOYEE), talk(Talk.State.SIGNED), suggestion)


def make_stall(code: str, name: str, department: Department, person: Employee, colleague: Employee) -> Stall:
    """The windows run by the real clock, as claims do."""
    now, day, numbers = timezone.now(), timedelta(days=1), iter(range(1, 20))
    make_scheme_setting(department.bureau, OPEN_TASKS, "9")

    def task(**values: Any) -> Task:
        number = next(numbers)
        times = {"posted_at": now - day, "claim_until": now + day, "due_at": now + 9 * day}
        fixed: dict[str, Any] = {"department": department, "name": f"{name}任务{number}", "announced": True}
        return make_task(department.bureau, f"{code}-T{number}", **times | fixed | values)

    def claim(of: Employee, state: str, way: str = Claim.Way.CLAIMED, **values: Any) -> Claim:
        made = task(state=Task.State.CLOSED, claim_until=now - day / 2)
        return make_claim(made, of, state=state, way=way, at=now - day / 2, **values)

    handed_in = claim(colleague, Claim.State.HANDED_IN, handed_in_at=now, report=f"{name}完成")
    stored = f"claims/{code}.txt"
    storage.path_of(stored).parent.mkdir(parents=True, exist_ok=True)
    storage.path_of(stored).write_text(name)
    asking = claim(colleague, Claim.State.STARTED)
    asking.extensions.create(asked_at=now, asked_until=now + 12 * day, reason=f"{name}理由")
    return Stall(
        posted=task(state=Task.State.POSTED, places=50),
        draft=task(state=Task.State.DRAFT, announced=False, posted_at=None),
        closed=task(state=Task.State.CLOSED, claim_until=now - day / 2),
        held=claim(person, Claim.State.HELD),
        started=claim(person, Claim.State.STARTED),
        assigned=claim(person, Claim.State.HELD, Claim.Way.ASSIGNED),
        handed_in=handed_in,
        asking=asking,
        objected=claim(
            colleague, Claim.State.HELD, Claim.Way.ASSIGNED, objected_at=now, objection=f"{name}异议"
        ),
        file=ClaimFile.objects.create(
            claim=handed_in, stored=stored, name=f"{name}.txt", size=6, content_type="text/plain",
            sha256="0" * 64, at=now, by=colleague,
        ),
    )  # fmt: skip


def make_people(of: Holdings) -> dict[str, Employee]:
    """Everybody of domain.md's table; head, liaison and the colleague in the department of `person`."""
    bureau, here, assessing = of.bureau, of.department, of.assessing
    kinds = {
        "person": of.person,
        "employee": make_employee(bureau, department=here),
        "liaison": make_employee(bureau, department=here, roles=["liaison"]),
        "head": make_employee(bureau, department=here, roles=["department_head"]),
        "other_head": make_employee(bureau, department=make_department(bureau), roles=["department_head"]),
        "assessor": make_employee(bureau, department=assessing, roles=["liaison"]),
        "deputy": make_employee(bureau, department=assessing, roles=["deputy_director"]),
        "director": make_employee(bureau, department=assessing, roles=["director"]),
        "office": make_employee(bureau, department=assessing, roles=["office"]),
        "discipline": make_employee(bureau, department=assessing, roles=["discipline"]),
        "secretary": make_employee(bureau, department=assessing, branch=of.branch),
        "admin": make_employee(bureau, department=assessing, roles=["system_admin"]),
    }
    here.deputy, of.branch.secretary = kinds["deputy"], kinds["secretary"]
    here.save()
    of.branch.save()
    of.market.objected.assigned_by = kinds["deputy"]
    of.market.objected.save()
    Talk.objects.filter(bureau=bureau).update(talker=kinds["director"])
    register_voters(of.polls, list(kinds.values()))
    return kinds


def make_shut_out(of: Holdings) -> dict[str, Employee | None]:
    """Who gets in nowhere: all were of the office."""
    office: dict[str, Any] = {"department": of.assessing, "roles": ["office"]}
    return {
        "anonymous": None,
        "leaver": make_employee(of.bureau, left_on=date(2023, 6, 30), **office),
        "switched_off": make_employee(of.bureau, is_active=False, **office),
        "must_change": make_employee(of.bureau, must_change_password=True, **office),
    }


Ids = Callable[[Holdings], dict[str, Any]]


def _nothing(_of: Holdings) -> dict[str, Any]:
    return {}


ALL = frozenset({
    "person", "employee", "liaison", "head", "other_head", "assessor", "deputy", "director", "office", "discipline",
    "secretary", "admin",
})  # fmt: skip
OFFICE = frozenset({"office"})
ADMIN = frozenset({"admin"})
DISCIPLINE = frozenset({"discipline"})
KEEPERS = OFFICE | ADMIN  # of people, places and passwords
RUNNERS = OFFICE | {"director"}  # of quarters
OVERSEERS = RUNNERS | DISCIPLINE
HEADS = frozenset({"head", "other_head"})
HELD_READERS = OVERSEERS | {"person", "liaison", "head", "assessor", "deputy"}  # of results and items of `person`
JUDGES = RUNNERS | {"liaison", "head", "other_head", "assessor", "deputy"}  # who has results to review or confirm
CHIEFS = OVERSEERS | HEADS | {"deputy"}  # who see lists and workloads
ROSTER_READERS = CHIEFS - {"other_head"}  # of the department of `person`
SIGNERS = OFFICE | {"head"}  # of its list
DRAFTERS = OFFICE | {"head", "liaison"}  # of tasks of the department of `person`
DRAFTING = OFFICE | HEADS | {"liaison", "assessor"}  # for some department
DRAFT_READERS = OVERSEERS | DRAFTERS | {"deputy"}
IN_CHARGE = OFFICE | {"deputy"}  # who assigns and accepts
HOLDER = frozenset({"person"})
FILLERS = OFFICE | HEADS | {"liaison", "assessor"}  # of some department's grid
REPORTERS = OFFICE | {"person", "liaison", "head", "assessor"}  # of facts of `person`
APPEAL_READERS = OVERSEERS | {"person", "head", "deputy", "assessor"}  # of the appeal of `person` against a result
IN_GROUP = frozenset({"deputy", "director"})  # the leading group, which decides on pluses and minuses
ADJUSTMENT_READERS = OVERSEERS | {"person", "liaison", "head", "deputy"}  # of the pluses and minuses of `person`
TALKERS = frozenset({"head", "deputy", "director", "secretary"})  # who may hold a talk with somebody
TALK_READERS = frozenset({"person", "director", "secretary", "discipline"})  # of the director's talks with `person`
TALKER = frozenset({"director"})
BRANCH_READERS = OVERSEERS | {"person", "secretary", "deputy"}  # of the showings of the branch of `person`
BRANCH_LEADERS = OFFICE | {"secretary"}  # who run its showings
NOMINATORS = HEADS | {"liaison", "assessor", "secretary"}  # who speak for a department or a branch
OURS = frozenset({"head", "liaison", "secretary"})  # for the department or branch of `person`
COMMITTEE = OFFICE | IN_GROUP  # who decide on stars, and record it
SITTERS = OVERSEERS | HEADS | {"liaison", "assessor", "deputy"}  # of the review meetings
EXPLAINERS = frozenset({"head", "liaison"})  # of what the department of `person` lost
LETTER_READERS = OVERSEERS | {"person", "employee", "liaison", "head", "deputy"}  # of letters to that department
SCORE_READERS = OVERSEERS | {"person", "head", "deputy"}  # of the score of `person`


@dataclass(frozen=True)
class Line:
    """Who may GET, POST and, over the API, PATCH or DELETE an address of the own bureau; None: no such method (405)."""

    get: frozenset[str] | None
    post: frozenset[str] | None
    ids: Ids = _nothing
    body: Callable[[Holdings], Any] = _nothing
    patch: frozenset[str] | None = None
    delete: frozenset[str] | None = None

    def allowed(self, method: str) -> frozenset[str] | None:
        return getattr(self, method)


def person(of: Holdings) -> dict[str, Any]:
    return {"number": of.person.number}


def quarter(of: Holdings) -> dict[str, Any]:
    return {"code": of.quarter.code}


def api_quarter(of: Holdings) -> dict[str, Any]:
    return {"id": of.quarter.code}


def point(of: Holdings) -> dict[str, Any]:
    return {"year": of.point.year, "code": of.point.code}


def a_job(_of: Holdings) -> dict[str, Any]:
    return {"task": "scoring.jobs.score_open_quarters"}


def pk(what: str) -> Ids:
    return lambda of: {"pk": getattr(of, what).pk}


def code(what: str) -> Ids:
    return lambda of: {"code": getattr(of, what).code}


def year(_of: Holdings) -> dict[str, Any]:
    return {"year": 2023}


def job(of: Holdings) -> dict[str, Any]:
    return {"code": SHARED_QUARTER, "pk": of.job.pk}


def correction(of: Holdings) -> dict[str, Any]:
    return {"code": SHARED_QUARTER, "number": of.correction.number}


def roster(of: Holdings) -> dict[str, Any]:
    return {"department": of.department.code}


def list_of(of: Holdings) -> dict[str, Any]:
    return {"quarter": of.quarter.code, **roster(of)}


def in_quarter(of: Holdings) -> dict[str, Any]:
    return {"quarter": of.quarter.code}


def task(which: str) -> Ids:
    return lambda of: {"number": getattr(of.market, which).number}


def stall(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.market, which).pk}


def sitting(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.sitting, which).pk}


def polls(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.polls, which).pk}


def nominated_again(of: Holdings) -> dict[str, Any]:
    return {"star": "dedication", "employee_no": of.person.number, "deeds": DEEDS}


def lettering(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.lettering, which).pk}


def issuing(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.issuing, which).pk}


def bulletin_section(of: Holdings) -> dict[str, Any]:
    return {"pk": of.issuing.draft.pk, "section": "overview"}


def gathering(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.gathering, which).pk}


def lost_point(of: Holdings) -> dict[str, Any]:
    return {"pk": of.gathering.coming.pk, "row": of.gathering.lost.pk}


def use(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.use, which).pk}


def talk(which: str) -> Ids:
    return lambda of: {"pk": getattr(of.talks, which).pk}


def said(**body: Any) -> Callable[[Holdings], Any]:
    return lambda _of: body


def new_task(of: Holdings) -> dict[str, Any]:
    return {
        "name": "新任务", "quarter": SHARED_QUARTER, "kind": "urgent", "difficulty": "high", "base": "2", "places": 1,
        "sharing": "each", "due_at": of.market.posted.due_at.isoformat(), "department": of.department.code,
        "requirement": "按时办结",
    }  # fmt: skip


def node(of: Holdings) -> dict[str, Any]:
    return {"number": of.person.number, "code": of.point.code, "period": SHARED_QUARTER}


def book(of: Holdings) -> dict[str, Any]:
    return {"quarter": of.quarter.code, "department": of.department.code}


def evidence(of: Holdings) -> dict[str, Any]:
    return {"pk": of.result.pk, "evidence_id": of.evidence.pk}


def new_adjustment(of: Holdings) -> dict[str, Any]:
    return {
        "employee_no": of.person.number, "day": "2023-05-02", "kind": "plus", "points": "1.00", "matter": "新事由",
        "basis": "溪税发〔2023〕3号",
    }  # fmt: skip


REASON = said(reason="事由")


def sheet(of: Holdings) -> dict[str, Any]:
    """The warning sheet of the department of `person`."""
    return {"pk": of.warned.sheet_id}


RIGHTS: dict[str, Line] = {
    "healthz": Line(ALL, None),
    "metrics": Line(ALL, None),
    "readyz": Line(ALL, None),
    "set_language": Line(ALL, ALL),
    "schema": Line(ALL, None),
    "api-docs": Line(ALL, None),
    "token": Line(None, ALL),
    "home": Line(ALL, None),
    "awards:wall": Line(ALL, None),
    "awards:star": Line(ALL, None, person),
    "awards:certificate": Line(OVERSEERS | {"person", "deputy"}, None, pk("honour")),
    "awards:rotation": Line(OVERSEERS, None),
    "awards:verify": Line(frozenset(), None, lambda _of: {"token": "x" * 43}),  # whoever has the token
    "awards:uses": Line(CHIEFS, None),
    "awards:use-draw": Line(OFFICE, OFFICE),
    "awards:use-settings": Line(OFFICE, OFFICE),
    "awards:use": Line(CHIEFS, None, use("needs")),
    "awards:use-adopt": Line(None, RUNNERS, use("needs")),
    "awards:use-submit": Line(None, OFFICE, use("needs")),
    "awards:use-sign": Line(None, frozenset({"director"}), use("needs")),
    "awards:use-export": Line(CHIEFS, None, use("needs")),
    "awards:use-sheet": Line(CHIEFS, None, use("needs")),
    "awards:use-line": Line(ROSTER_READERS, RUNNERS, use("line")),
    "awards:use-carry": Line(OFFICE, OFFICE, use("improvement")),
    "awards:trainings": Line(ALL, None),
    "awards:training-new": Line(OFFICE, OFFICE),
    "awards:training": Line(ROSTER_READERS | HOLDER, None, use("training")),
    "awards:training-attend": Line(None, OFFICE, use("training")),
    "awards:training-cancel": Line(None, OFFICE, use("training"), REASON),
    "bureau-list": Line(ALL, None),
    "bureau-detail": Line(ALL, None, code("bureau"), patch=KEEPERS),
    "department-list": Line(ALL, KEEPERS),
    "department-detail": Line(ALL, None, code("department"), patch=KEEPERS),
    "branch-list": Line(ALL, KEEPERS),
    "branch-detail": Line(ALL, None, code("branch"), patch=KEEPERS),
    "post-list": Line(ALL, KEEPERS),
    "post-detail": Line(ALL, None, code("post"), patch=KEEPERS),
    "employee-list": Line(ALL, KEEPERS),
    "employee-detail": Line(ALL, None, person, patch=KEEPERS),
    "point-list": Line(ALL, None),
    "point-detail": Line(ALL, None, lambda of: {"id": of.point.pk}),
    "item-list": Line(ALL, ALL),
    "item-detail": Line(HELD_READERS, None, pk("item"), delete=OFFICE | HOLDER),
    "item-request-list": Line(ALL, ALL),
    "item-request-detail": Line(HELD_READERS, None, pk("asked")),
    "item-request-agree": Line(None, frozenset({"head"}), pk("asked")),
    "item-request-decline": Line(None, frozenset({"head"}), pk("asked"), said(answer="不宜")),
    "item-request-withdraw": Line(None, HOLDER, pk("asked")),
    "roster-list": Line(CHIEFS, None),
    "roster-detail": Line(ROSTER_READERS, None, roster),
    "roster-sign": Line(None, SIGNERS, roster, lambda of: {"quarter": of.quarter.code, "digest": "x", "reason": "代"}),
    "result-list": Line(ALL, ALL),
    "result-detail": Line(HELD_READERS, None, pk("result")),
    "result-evidence": Line(HELD_READERS, REPORTERS, pk("result")),
    "result-evidence-file": Line(HELD_READERS, None, evidence, delete=HOLDER),
    "result-facts": Line(None, OFFICE),
    "result-review": Line(None, frozenset({"head"}), pk("result")),
    "result-confirm": Line(None, OFFICE | {"assessor"}, pk("result")),
    "result-return": Line(None, frozenset({"head"}), pk("result"), body=lambda of: {"reason": "x"}),
    "result-open": Line(None, OFFICE | {"head", "assessor"}, pk("result")),
    "result-review-opened": Line(None, JUDGES, body=lambda of: {"ids": [of.result.pk]}),
    "result-confirm-opened": Line(None, JUDGES, body=lambda of: {"ids": [of.result.pk]}),
    "task-list": Line(ALL, DRAFTERS, body=new_task),
    "task-detail": Line(DRAFT_READERS, None, stall("draft"), said(name="改名"), patch=DRAFTERS),
    "task-post": Line(None, OFFICE, stall("draft")),
    "task-claim": Line(None, ALL, stall("posted")),
    "task-assign": Line(None, IN_CHARGE, stall("closed"), body=lambda of: {"people": [of.person.number]}),
    "task-cancel": Line(None, DRAFTERS, stall("draft"), REASON),
    "claim-list": Line(ALL, None),
    "claim-detail": Line(ALL, None, stall("held")),
    "claim-withdraw": Line(None, HOLDER, stall("held")),
    "claim-start": Line(None, HOLDER, stall("held")),
    "claim-hand-in": Line(None, HOLDER, stall("started"), said(report="完成")),
    "claim-object": Line(None, HOLDER, stall("assigned"), REASON),
    "claim-decide-objection": Line(None, IN_CHARGE, stall("objected"), said(upheld=False, answer="不成立")),
    "claim-ask-extension": Line(None, HOLDER, stall("started"), said(until="2099-01-01T18:00:00+08:00", reason="事由")),
    "claim-grant-extension": Line(None, IN_CHARGE, stall("asking")),
    "claim-refuse-extension": Line(None, IN_CHARGE, stall("asking"), said(answer="不同意")),
    "claim-accept": Line(None, IN_CHARGE, stall("handed_in"), said(quality="1", comment="好")),
    "claim-return": Line(None, IN_CHARGE, stall("handed_in"), REASON),
    "claim-refuse": Line(None, IN_CHARGE, stall("handed_in"), REASON),
    "quarter-list": Line(ALL, None),
    "quarter-detail": Line(ALL, None, api_quarter),
    "quarter-score": Line(None, OFFICE, api_quarter),
    "quarter-publish": Line(None, RUNNERS, api_quarter),
    "quarter-readiness": Line(OVERSEERS, None, api_quarter),
    "score-list": Line(ALL, None),
    "score-detail": Line(SCORE_READERS, None, pk("score")),
    "score-explanation": Line(SCORE_READERS, None, pk("score")),
    "adjustment-list": Line(ALL, OFFICE | {"person", "head", "liaison"}, body=new_adjustment),
    "adjustment-detail": Line(ADJUSTMENT_READERS, None, pk("adjustment")),
    "adjustment-review": Line(None, OFFICE, pk("requested")),
    "adjustment-approve": Line(None, IN_GROUP, pk("reviewed")),
    "adjustment-count": Line(None, OFFICE, pk("approved")),
    "adjustment-refuse": Line(None, OFFICE, pk("requested"), REASON),
    "star-list": Line(ALL, None),
    "star-detail": Line(ALL, None, polls("balloting")),
    "star-nominate": Line(None, NOMINATORS & OURS - {"secretary"}, polls("nominating"), nominated_again),
    "star-vote": Line(None, ALL, polls("balloting"), said(star="dedication", abstain=True)),
    "star-object-to": Line(None, ALL, polls("shown"), said(ground="有异议")),
    "warning-list": Line(ALL, None),
    "warning-detail": Line(LETTER_READERS, None, sheet),
    "warning-sign": Line(None, frozenset({"head"}), sheet, lambda of: signing_by_api(of.warned)),
    "appeal-list": Line(ALL, HOLDER, body=lambda of: {"score": of.score.pk, "line": "total", "ground": "不服"}),
    "appeal-detail": Line(APPEAL_READERS, None, pk("appeal")),
    "appeal-answer": Line(None, frozenset({"assessor"}), pk("appeal"), said(answer="已核对")),
    "appeal-decide": Line(None, RUNNERS, pk("appeal"), said(upheld=False, reason="不成立")),
    "appeal-withdraw": Line(None, HOLDER, pk("appeal")),
    "showing-list": Line(ALL, None),
    "showing-detail": Line(BRANCH_READERS, None, sitting("showing")),
    "showing-statement": Line(BRANCH_READERS, None, sitting("showing")),
    "showing-hand-in": Line(None, HOLDER, sitting("showing")),
    "showing-ratings": Line(BRANCH_READERS, None, sitting("showing")),
    "showing-hand-in-ratings": Line(None, HOLDER, sitting("showing")),
    "talk-list": Line(ALL, None),
    "talk-detail": Line(TALK_READERS, None, talk("waiting")),
    "talk-sign": Line(None, TALKER | HOLDER, talk("waiting"), said(digest="0" * 64)),
    "organization:login": Line(ALL, ALL),
    "organization:logout": Line(None, ALL),
    "organization:sign-on": Line(frozenset(), None),  # off in the tests: there is no such page
    "organization:sign-on-back": Line(frozenset(), None),
    "organization:password": Line(ALL, ALL),
    "organization:people": Line(ALL, None),
    "organization:person-new": Line(KEEPERS, KEEPERS),
    "organization:passwords": Line(KEEPERS, KEEPERS),
    "organization:person": Line(ALL, None, person),
    "organization:person-edit": Line(KEEPERS, KEEPERS, person),
    "organization:person-place": Line(KEEPERS, KEEPERS, person),
    "organization:placement-withdraw": Line(None, KEEPERS, lambda of: {**person(of), "pk": of.placement.pk}),
    "organization:role-new": Line(KEEPERS, KEEPERS, person),
    "organization:role-revoke": Line(None, KEEPERS, lambda of: {"number": of.role.employee.number, "pk": of.role.pk}),
    "organization:absence-new": Line(KEEPERS, KEEPERS, person),
    "organization:absence-edit": Line(KEEPERS, KEEPERS, lambda of: {**person(of), "pk": of.absence.pk}),
    "organization:absence-remove": Line(None, KEEPERS, lambda of: {**person(of), "pk": of.absence.pk}),
    "organization:password-reset": Line(None, ADMIN, person),
    "organization:unlock": Line(None, ADMIN, person),
    "organization:account-switch": Line(None, ADMIN, person),
    "organization:bureau": Line(ALL, None),
    "organization:place-new": Line(KEEPERS, KEEPERS, lambda of: {"slug": "departments"}),
    "organization:place": Line(KEEPERS, KEEPERS, lambda of: {"slug": "departments", "pk": of.department.pk}),
    "organization:bureaus": Line(ADMIN, None),
    "organization:bureau-new": Line(ADMIN, ADMIN),
    "organization:bureau-edit": Line(ADMIN, ADMIN, code("beneath")),
    "reports:bureau-move": Line(None, ADMIN, code("beneath")),
    "organization:settings": Line(ADMIN, ADMIN),
    "organization:calendar": Line(ALL, ADMIN),
    "organization:calendar-year": Line(ALL, ADMIN, year),
    "indicators:points": Line(ALL, None),
    "indicators:load": Line(ALL, None),
    "indicators:new_point": Line(OFFICE, OFFICE, year),
    "indicators:copy_year": Line(OFFICE, OFFICE),
    "indicators:scheme": Line(ALL, OFFICE),
    "indicators:key_works": Line(ALL, None),
    "indicators:new_key_work": Line(OFFICE, OFFICE, year),
    "indicators:key_work": Line(OFFICE, OFFICE, lambda of: {"year": 2023, "code": of.key_work.code}),
    "indicators:point": Line(ALL, None, point),
    "indicators:revise": Line(OFFICE, OFFICE, point),
    "indicators:withdraw": Line(OFFICE, OFFICE, point),
    "indicators:point_source": Line(OFFICE, OFFICE, point),
    "indicators:machine": Line(OFFICE, None),
    "indicators:issue_token": Line(OFFICE, OFFICE),
    "indicators:revoke_token": Line(None, OFFICE, pk("token")),
    "indicators:items": Line(ALL, None),
    "indicators:take_on": Line(OFFICE, OFFICE, lambda of: {"quarter": of.quarter.code}),
    "indicators:hand_back": Line(None, OFFICE | HOLDER, pk("item")),
    "indicators:take": Line(ALL, None),
    "indicators:choose": Line(None, ALL, in_quarter),
    "indicators:ask": Line(None, ALL, in_quarter),
    "indicators:requests": Line(ALL, None),
    "indicators:decide": Line(
        None, frozenset({"head"}), body=lambda of: {"requests": of.asked.pk, "decision": "agree"}
    ),
    "indicators:withdraw_request": Line(None, HOLDER, pk("asked")),
    "indicators:post_loads": Line(CHIEFS, None),
    "indicators:remind": Line(None, OFFICE | HEADS, in_quarter),
    "indicators:rosters": Line(CHIEFS, None),
    "indicators:roster": Line(ROSTER_READERS, SIGNERS, list_of),
    "indicators:remind_of_rosters": Line(None, OFFICE, in_quarter),
    "indicators:results": Line(ALL, None),
    "indicators:result": Line(HELD_READERS, None, pk("result")),
    "indicators:result_review": Line(None, frozenset({"head"}), pk("result")),
    "indicators:result_confirm": Line(None, OFFICE | {"assessor"}, pk("result")),
    "indicators:result_return": Line(None, frozenset({"head"}), pk("result"), REASON),
    "indicators:assess": Line(JUDGES, None),
    "indicators:assess_together": Line(None, JUDGES, lambda of: {"step": "review"}),
    "indicators:mine": Line(ALL, None),
    "indicators:grid": Line(FILLERS, None),
    "indicators:grid-save": Line(None, FILLERS, lambda of: {"quarter": of.quarter.code}),
    "indicators:grid-workbook": Line(DRAFTERS, None, book),
    "indicators:grid-upload": Line(DRAFTERS, DRAFTERS, book),
    "indicators:report": Line(REPORTERS, REPORTERS, node),
    "indicators:report-worth": Line(REPORTERS, None, node),
    "indicators:evidence": Line(HELD_READERS, None, pk("evidence")),
    "indicators:evidence-remove": Line(None, HOLDER, pk("evidence")),
    "tasks_market:board": Line(ALL, None),
    "tasks_market:mine": Line(ALL, None),
    "tasks_market:figures": Line(ALL, None),
    "tasks_market:assign": Line(IN_CHARGE, IN_CHARGE),
    "tasks_market:drafts": Line(DRAFTING, None),
    "tasks_market:new": Line(DRAFTING, DRAFTING),
    "tasks_market:post-list": Line(None, OFFICE),
    "tasks_market:task": Line(ALL, None, task("posted")),
    "tasks_market:live": Line(ALL, None, task("posted")),
    "tasks_market:claim": Line(None, ALL, task("posted")),
    "tasks_market:edit": Line(DRAFTERS, DRAFTERS, task("draft")),
    "tasks_market:post": Line(None, OFFICE, task("draft")),
    "tasks_market:cancel": Line(None, DRAFTERS, task("draft"), REASON),
    "tasks_market:withdraw": Line(None, HOLDER, stall("held")),
    "tasks_market:start": Line(None, HOLDER, stall("held")),
    "tasks_market:note": Line(None, HOLDER, stall("started"), said(text="过半")),
    "tasks_market:hand-in": Line(None, HOLDER, stall("started"), said(report="完成")),
    "tasks_market:extension": Line(None, HOLDER, stall("started"), said(until="2099-01-01T18:00", reason="事由")),
    "tasks_market:decide": Line(None, IN_CHARGE, stall("asking"), said(decision="no", answer="不同意")),
    "tasks_market:object": Line(None, HOLDER, stall("assigned"), REASON),
    "tasks_market:answer": Line(None, IN_CHARGE, stall("objected"), said(decision="no", answer="不成立")),
    "tasks_market:worth": Line(IN_CHARGE, None, stall("handed_in")),
    "tasks_market:accept": Line(None, IN_CHARGE, stall("handed_in"), said(quality="1", comment="好")),
    "tasks_market:return": Line(None, IN_CHARGE, stall("handed_in"), REASON),
    "tasks_market:refuse": Line(None, IN_CHARGE, stall("handed_in"), REASON),
    "tasks_market:file": Line(ALL, None, stall("file")),
    "exchange:imports": Line(OFFICE, OFFICE),
    "exchange:import": Line(OFFICE, None, pk("import_run")),
    "exchange:import-progress": Line(OFFICE, None, pk("import_run")),
    "exchange:import-confirm": Line(None, OFFICE, pk("import_run")),
    "exchange:import-discard": Line(None, OFFICE, pk("import_run")),
    "exchange:import-marked": Line(OFFICE, None, pk("import_run")),
    "exchange:template": Line(OFFICE, None),
    "exchange:exports": Line(OFFICE, OFFICE),
    "exchange:export-progress": Line(OFFICE, None, pk("export_run")),
    "exchange:export-file": Line(OFFICE, None, pk("export_run")),
    "scoring:quarters": Line(OVERSEERS, None),
    "scoring:quarter": Line(OVERSEERS, None, quarter),
    "scoring:readiness": Line(OVERSEERS, None, quarter),
    "scoring:score": Line(None, OFFICE, quarter),
    "scoring:job": Line(OVERSEERS, None, job),
    "scoring:move": Line(None, OFFICE, quarter, body=lambda of: {"to": "reviewing"}),
    "scoring:correction": Line(RUNNERS, RUNNERS, quarter),
    "scoring:correction-run": Line(OVERSEERS, None, correction),
    "scoring:acknowledge": Line(None, HOLDER, pk("score")),
    "scoring:acknowledgements": Line(OVERSEERS | HEADS, None, quarter),
    "scoring:acknowledgements-remind": Line(None, OFFICE | HEADS, quarter),
    "scoring:adjustments": Line(ALL, None),
    "scoring:adjustment-new": Line(OFFICE | DISCIPLINE, OFFICE | DISCIPLINE),
    "scoring:adjustment-request": Line(ALL, ALL),
    "scoring:adjustment": Line(ADJUSTMENT_READERS, OFFICE, pk("adjustment")),
    "scoring:adjustment-review": Line(None, OFFICE, pk("requested")),
    "scoring:adjustment-approve": Line(None, IN_GROUP, pk("reviewed")),
    "scoring:adjustment-count": Line(None, OFFICE, pk("approved")),
    "scoring:adjustment-refuse": Line(None, IN_GROUP, pk("reviewed"), REASON),
    "scoring:adjustment-file": Line(ADJUSTMENT_READERS, None, pk("adjustment_file")),
    "awards:stars": Line(ALL, None),
    "awards:selection-open": Line(None, OFFICE, body=lambda of: {"quarter": of.quarter.code}),
    "awards:selection-settings": Line(OFFICE, OFFICE),
    "awards:selection": Line(ALL, None, polls("nominating")),
    "awards:selection-edit": Line(OFFICE, OFFICE, polls("nominating")),
    "awards:selection-cancel": Line(None, OFFICE, polls("nominating"), said(reason="重来")),
    "awards:selection-pool": Line(ALL, None, polls("nominating")),
    "awards:nominations": Line(ALL, None, polls("nominating")),
    "awards:nominate": Line(NOMINATORS, NOMINATORS, polls("nominating")),
    "awards:nomination-withdraw": Line(None, OFFICE | {"head", "liaison"}, polls("nomination"), said(reason="让贤")),
    "awards:ballot": Line(ALL, None, polls("balloting")),
    "awards:ballot-star": Line(
        ALL, ALL, lambda of: polls("balloting")(of) | {"kind": "dedication"}, said(abstain="on")
    ),
    "awards:ballot-open": Line(None, OFFICE, polls("nominating")),
    "awards:ballot-close": Line(None, OFFICE, polls("balloting"), said(reason="都已投票")),
    "awards:participation": Line(OFFICE | DISCIPLINE, None, polls("balloting")),
    "awards:decision": Line(COMMITTEE | DISCIPLINE, COMMITTEE, polls("deciding")),
    "awards:stars-publish": Line(None, OFFICE, polls("due")),
    "awards:objection-new": Line(None, ALL, polls("shown"), said(ground="有异议")),
    "awards:objection-answer": Line(RUNNERS, RUNNERS, polls("objection"), said(upheld="no", answer="已核实")),
    "awards:star-withdraw": Line(None, frozenset({"director"}), polls("award"), said(reason="不实")),
    "supervision:warnings": Line(ALL, None),
    "supervision:warning-retrospect": Line(ALL, None),
    "supervision:warning-retrospect-export": Line(ALL, None),
    "supervision:warning": Line(LETTER_READERS, None, sheet),
    "supervision:warning-line": Line(LETTER_READERS, None, pk("warned")),
    "supervision:warning-sign": Line(None, frozenset({"head"}), sheet, lambda of: signing(of.warned)),
    "scoring:appeals": Line(ALL, None),
    "scoring:appeal-new": Line(HOLDER, HOLDER, lambda of: {"score": of.score.pk, "line": "total"}),
    "scoring:appeal-result": Line(HOLDER | {"assessor"}, HOLDER | {"assessor"}, pk("result")),
    "scoring:appeal-file": Line(APPEAL_READERS, None, pk("appeal_file")),
    "scoring:appeal": Line(APPEAL_READERS, None, pk("appeal")),
    "scoring:appeal-answer": Line(None, frozenset({"assessor"}), pk("appeal"), said(answer="已核对")),
    "scoring:appeal-withdraw": Line(None, HOLDER, pk("appeal")),
    "scoring:appeal-preview": Line(None, RUNNERS, pk("appeal")),
    "scoring:appeal-decide": Line(
        None, RUNNERS, pk("appeal"), lambda _of: {"decision": "reject", "reject-reason": "不成立"}
    ),
    "scoring:department-scores": Line(OVERSEERS, OFFICE),
    "scoring:whatif": Line(RUNNERS, None),
    "reviews:showings": Line(ALL, None),
    "reviews:branch-showings": Line(BRANCH_READERS, None, code("branch")),
    "reviews:showing-list": Line(ALL, None),
    "reviews:showing-new": Line(BRANCH_LEADERS, BRANCH_LEADERS),
    "reviews:showing-year": Line(BRANCH_LEADERS, BRANCH_LEADERS),
    "reviews:showing-settings": Line(OFFICE, OFFICE),
    "reviews:showing": Line(BRANCH_READERS, None, sitting("coming")),
    "reviews:showing-edit": Line(BRANCH_LEADERS, BRANCH_LEADERS, sitting("coming")),
    "reviews:showing-cancel": Line(None, BRANCH_LEADERS, sitting("coming")),
    "reviews:showing-order": Line(None, BRANCH_LEADERS, sitting("coming")),
    "reviews:showing-hold": Line(BRANCH_LEADERS, BRANCH_LEADERS, sitting("coming")),
    "reviews:showing-minutes": Line(None, BRANCH_LEADERS, sitting("coming")),
    "reviews:projector": Line(BRANCH_READERS, None, sitting("coming")),
    "reviews:statement": Line(HOLDER, HOLDER, sitting("coming")),
    "reviews:statement-draft": Line(None, HOLDER, sitting("coming")),
    "reviews:ratings": Line(BRANCH_READERS, HOLDER, sitting("showing")),
    "reviews:ratings-save": Line(None, HOLDER, sitting("showing")),
    "reviews:ratings-remind": Line(None, BRANCH_LEADERS, sitting("showing")),
    "reviews:summary": Line(BRANCH_READERS, None, sitting("showing")),
    "reviews:showing-close": Line(None, BRANCH_LEADERS, sitting("showing")),
    "reviews:follow-up-new": Line(None, BRANCH_LEADERS, sitting("showing")),
    "reviews:follow-ups": Line(ALL, None),
    "reviews:follow-up-report": Line(None, HOLDER, sitting("follow_up")),
    "reviews:follow-up-remove": Line(None, BRANCH_LEADERS, sitting("follow_up")),
    "reviews:meetings": Line(SITTERS, None),
    "reviews:meeting-new": Line(OFFICE, OFFICE),
    "reviews:meeting": Line(SITTERS, None, gathering("coming")),
    "reviews:meeting-pack": Line(SITTERS, None, gathering("held")),
    "reviews:meeting-edit": Line(OFFICE, OFFICE, gathering("coming")),
    "reviews:meeting-agenda": Line(OFFICE, OFFICE, gathering("coming")),
    "reviews:meeting-redraw": Line(None, OFFICE, gathering("coming")),
    "reviews:meeting-hold": Line(None, OFFICE, gathering("coming")),
    "reviews:meeting-show": Line(SITTERS, None, gathering("held")),
    "reviews:meeting-explanations": Line(SITTERS, None, gathering("coming")),
    "reviews:explanation-save": Line(None, EXPLAINERS, lost_point),
    "reviews:meeting-comments": Line(SITTERS, None, gathering("held")),
    "reviews:meeting-report": Line(None, OFFICE, gathering("held")),
    "reviews:meeting-comment": Line(None, frozenset({"deputy"}), gathering("held")),
    "reviews:meeting-sum-up": Line(None, frozenset({"director"}), gathering("held")),
    "reviews:meeting-minutes": Line(SITTERS, OFFICE, gathering("held")),
    "reviews:meeting-decided": Line(SITTERS, OFFICE, gathering("held")),
    "reviews:meeting-actions": Line(ALL, None),
    "reviews:meeting-action": Line(SITTERS | HOLDER, None, gathering("action")),
    "reviews:action-report": Line(None, HOLDER, gathering("action")),
    "reviews:action-settle": Line(None, OFFICE, gathering("action")),
    "reviews:action-change": Line(None, OFFICE, gathering("action")),
    "reviews:talks": Line(ALL, None),
    "reviews:talk-new": Line(TALKERS, TALKERS),
    "reviews:suggestion-dismiss": Line(frozenset({"secretary"}), frozenset({"secretary"}), talk("suggestion")),
    "reviews:talk": Line(TALK_READERS, None, talk("waiting")),
    "reviews:talk-edit": Line(TALKER, TALKER, talk("draft")),
    "reviews:talk-keep": Line(None, TALKER, talk("draft")),
    "reviews:talk-discard": Line(None, TALKER, talk("draft")),
    "reviews:talk-sign": Line(None, TALKER | HOLDER, talk("waiting")),
    "reviews:talk-take-back": Line(None, TALKER, talk("waiting")),
    "reviews:talk-follow-up": Line(None, TALKER, talk("due")),
    "supervision:letters": Line(ALL, None),
    "supervision:letters-export": Line(ALL, None),
    "supervision:letter-new": Line(OFFICE, OFFICE),
    "supervision:letter-settings": Line(OFFICE, OFFICE),
    "supervision:letter-minuses": Line(OVERSEERS, None),
    "supervision:letter-minus": Line(OVERSEERS, OFFICE, lettering("minus")),
    "supervision:letter-file": Line(LETTER_READERS, None, lettering("file")),
    "supervision:letter-item": Line(LETTER_READERS, None, lettering("asking")),
    "supervision:letter-item-report": Line(None, EXPLAINERS, lettering("asking")),
    "supervision:letter-item-contribute": Line(None, HOLDER, lettering("asking")),
    "supervision:letter-item-extend": Line(None, EXPLAINERS, lettering("asking")),
    "supervision:letter-item-decide": Line(None, OFFICE, lettering("asking")),
    "supervision:letter-item-check": Line(None, OFFICE, lettering("reported")),
    "supervision:letter-item-drop": Line(None, OFFICE, lettering("asking")),
    "supervision:letter": Line(LETTER_READERS, None, lettering("issued")),
    "supervision:letter-word": Line(LETTER_READERS, None, lettering("issued")),
    "supervision:letter-edit": Line(OFFICE, OFFICE, lettering("draft")),
    "supervision:letter-issue": Line(None, OFFICE, lettering("draft")),
    "supervision:letter-discard": Line(None, OFFICE, lettering("draft")),
    "supervision:letter-revoke": Line(None, OFFICE, lettering("issued")),
    "supervision:letter-archive": Line(None, OFFICE, lettering("closed")),
    "letter-list": Line(ALL, None),
    "letter-detail": Line(LETTER_READERS, None, lettering("issued")),
    "letter-issue": Line(None, OFFICE, lettering("draft")),
    "letter-revoke": Line(None, OFFICE, lettering("issued"), REASON),
    "letter-archive": Line(None, OFFICE, lettering("closed")),
    "letter-report": Line(
        None, EXPLAINERS, lettering("issued"), lambda of: {"item": of.lettering.asking.pk, "text": "办"}
    ),
    "letter-extend": Line(
        None,
        EXPLAINERS,
        lettering("issued"),
        lambda of: {"item": of.lettering.asking.pk, "wanted": "2099-01-04", "reason": "事由"},
    ),
    "letter-check": Line(
        None, OFFICE, lettering("issued"), lambda of: {"item": of.lettering.reported.pk, "accepted": True}
    ),
    "reports:dashboard": Line(OVERSEERS | {"deputy"}, None),
    "reports:dashboard-rows": Line(OVERSEERS | {"deputy"}, None, lambda _of: {"figure": "scored"}),
    "reports:ranking": Line(ALL, None),
    "reports:departments": Line(OVERSEERS | HEADS | {"deputy"}, None),
    "reports:export": Line(None, OVERSEERS | HEADS, body=lambda of: {"period": SHARED_QUARTER}),
    "reports:levelling": Line(OVERSEERS, None),
    "reports:levelling-export": Line(None, OVERSEERS, body=lambda of: {"quarter": SHARED_QUARTER}),
    "reports:upward": Line(OVERSEERS, None),
    "reports:upward-export": Line(None, OVERSEERS, body=lambda of: {"quarter": SHARED_QUARTER}),
    "upward-list": Line(OVERSEERS, None),
    "todo-list": Line(ALL, None),
    "reports:ledger": Line(ALL, None),
    "reports:ledger-department": Line(SITTERS, None),
    "reports:ledger-office": Line(OVERSEERS, None),
    "reports:ledger-export": Line(None, OVERSEERS, lambda _of: {"scope": "office"}),
    "reports:todo": Line(ALL, None),
    "reports:todo-count": Line(ALL, None),
    "reports:bulletins": Line(ALL, None),
    "reports:bulletin-draft": Line(None, OFFICE, body=lambda of: {"quarter": SHARED_QUARTER}),
    "reports:bulletin": Line(ALL, None, issuing("published")),
    "reports:bulletin-word": Line(OVERSEERS | {"deputy"}, None, issuing("draft")),
    "reports:bulletin-readers": Line(OVERSEERS | {"deputy"}, None, issuing("published")),
    "reports:bulletin-remind": Line(None, OFFICE, issuing("published")),
    "reports:bulletin-edit": Line(OFFICE, OFFICE, issuing("draft")),
    "reports:bulletin-save": Line(None, OFFICE, issuing("draft")),
    "reports:bulletin-section": Line(OFFICE, OFFICE, bulletin_section),
    "reports:bulletin-recount": Line(None, OFFICE, issuing("draft")),
    "reports:bulletin-submit": Line(None, OFFICE, issuing("draft")),
    "reports:bulletin-return": Line(None, RUNNERS, issuing("review")),
    "reports:bulletin-publish": Line(None, RUNNERS, issuing("review")),
    "reports:mine": Line(ALL, None),
    "reports:file-own": Line(ALL, None),
    "reports:file": Line(SCORE_READERS, None, person),
    "reports:file-pdf": Line(None, SCORE_READERS, person),
    "reports:score": Line(SCORE_READERS | {"assessor"}, None, pk("score")),  # the assessor those lines alone
    "jobs:list": Line(KEEPERS | DISCIPLINE, None),
    "jobs:job": Line(KEEPERS | DISCIPLINE, None, a_job),
    "jobs:run": Line(None, ADMIN, a_job),
    "jobs:switch": Line(None, ADMIN, a_job),
    "audit:entries": Line(OFFICE | DISCIPLINE, None),
    "audit:verify": Line(None, OFFICE | DISCIPLINE),
    "notifications:inbox": Line(ALL, None),
    "notifications:bell": Line(ALL, None),
    "notifications:read-all": Line(None, ALL),
    "notifications:read": Line(None, frozenset({"person"}), pk("notification")),
    "notifications:contact": Line(ALL, ALL, body=said(email="", mail="none")),
    "notifications:contact-code": Line(None, ALL),
    "notifications:contact-confirm": Line(None, ALL),
    "notifications:robots": Line(KEEPERS | DISCIPLINE, None),
    "notifications:robot-new": Line(KEEPERS, KEEPERS),
    "notifications:robot-edit": Line(KEEPERS, KEEPERS, pk("robot")),
    "notifications:robot-test": Line(None, KEEPERS, pk("robot")),
    "notifications:robot-remove": Line(None, KEEPERS, pk("robot")),
    "notifications:deliveries": Line(ADMIN | DISCIPLINE, None),
    "notifications:deliveries-retry": Line(None, ADMIN),
    "notifications:delivery-retry": Line(None, ADMIN, pk("delivery")),
    "notifications:delivery-close": Line(None, ADMIN, pk("delivery")),
}
