"""The sample bureau: imported like any bureau's workbooks, scored and published like any quarter, with logins to try.

It only wires services of the floors below together. The one thing it writes by itself are the dates of steps, inputs,
runs and notices, which lie where a bureau's calendar would have put them; the audit log alone says when they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict, DomainError
from common.quarters import QuarterCode
from exchange.importing import take_in
from indicators.models import Quarter, QuarterStep, Result
from indicators.services.quarters import move_quarter
from notifications.models import Notification
from organization.models import Bureau, Employee, RankCategory, Role, names_of
from perfmgmt.demo_acknowledged import acknowledge_most
from perfmgmt.demo_appeals import appeal_in_publicity
from perfmgmt.demo_assessing import ask_for_pluses, fill_desks
from perfmgmt.demo_bulletins import issue_bulletins
from perfmgmt.demo_letters import write_letters
from perfmgmt.demo_machine import let_a_system_post
from perfmgmt.demo_market import open_market
from perfmgmt.demo_meetings import hold_meetings
from perfmgmt.demo_showings import hold_showings
from perfmgmt.demo_stars import select_stars
from perfmgmt.demo_taking import open_taking, sign_lists
from perfmgmt.demo_talks import hold_talks
from perfmgmt.demo_uses import use_results
from perfmgmt.demo_warnings import warn_departments
from scoring.models import ScoreRun
from scoring.services.publishing import publish_quarter, start_publicity
from scoring.services.scoring import score_quarter

SAMPLE = Path(settings.BASE_DIR, "samples", "xishan-2023")
BASE = "基础.xlsx"
PASSWORD = "demo-361"  # noqa: S105  # printed on purpose; these logins are refused when DEBUG is off

PUBLISHED = {
    "2023Q1": (date(2023, 1, 3), date(2023, 3, 27), date(2023, 4, 4), date(2023, 4, 14)),
    "2023Q2": (date(2023, 4, 3), date(2023, 6, 26), date(2023, 7, 5), date(2023, 7, 13)),
}
"""When the sample's published quarters were collected, reviewed, shown and published."""

APPELLANT = "10232300105"
"""Who appealed in them, which moved no score."""

RUNNING, BEGUN, AS_OF = "2023Q3", date(2023, 7, 3), date(2023, 9, 1)
"""The quarter that the sample ends in, its first working day, and the day it was left at: there the demonstration's
calendar stands still."""

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A login to try the application with: what one sees it as, and who it is."""

    role: str
    number: str
    name: str
    department: str


@transaction.atomic
def seed_demo(tell: Told) -> Bureau:
    """Makes the sample bureau, all or nothing; one that is there already is left as it is but for its logins.

    Raises Conflict when a real bureau exists: a demonstration has no place beside people's real scores.
    """
    if Bureau.objects.filter(is_demo=False).exists():
        raise Conflict(_("系统里已有正式单位，不能再建立演示单位；要看演示，请另装一套空的系统。"))
    bureau = Bureau.objects.filter(is_demo=True).first()
    if bureau is None:
        bureau = _build(tell)
    _make_logins(bureau)
    let_a_system_post(bureau)
    last, days = list(PUBLISHED.items())[-1]
    if done := acknowledge_most(bureau, last, days[2]):
        tell(_("%(code)s 得分已有 %(count)d 人知悉") % {"code": last, "count": done})
    if given := select_stars(bureau, SAMPLE / "star_deeds.csv", _at):
        tell(_("五星已评选两次，共评出 %d 颗星") % given)
    if entered := fill_desks(bureau, RUNNING):
        tell(_("考评已备好 %d 条填报，供试初审、确认、退回（没有确认的不计分）") % entered)
    if asked := ask_for_pluses(bureau, RUNNING):
        tell(_("已备好 %d 条加分申请，供试初审、审定、计入（没有计入的不计分）") % asked)
    if posted := open_market(bureau, RUNNING, timezone.now()):
        tell(_("任务市场已备好 %d 项任务，供试抢、派单、验收（记在下一季度，不动历史数据）") % posted)
    if asked := open_taking(bureau, RUNNING):
        tell(_("%(code)s 已有 %(count)d 份领取申请待决定，部分部门的名单已确认") % {"code": RUNNING, "count": asked})
    _supervise(bureau, tell)
    _meet(bureau, tell)
    _follow_up(bureau, tell)
    return bureau


def _supervise(bureau: Bureau, tell: Told) -> None:
    """What was signed in time and what was handed over to be done."""
    if sheets := warn_departments(bureau, AS_OF, _at):
        tell(_("预警提醒表已有 %d 张，有按时签字的、逾期补签的、没有签的和待签的") % sheets)
    if written := write_letters(bureau, AS_OF):
        tell(_("已备好 %d 份督查督办函，有归档、销号、在办、撤回和草稿，一件逾期待决定是否减分") % written)


def _meet(bureau: Bureau, tell: Told) -> None:
    """What people have said to each other: in their branches, face to face, and about the quarter."""
    if held := hold_showings(bureau, SAMPLE, AS_OF):
        tell(_("已备好 %d 次三晒，有召开过的、正在互评的和等待召开的") % held)
    if held := hold_talks(bureau, SAMPLE, AS_OF):
        tell(_("已备好 %d 份谈话记录，有双方签字的、待签字的和到期回访的") % held)
    if held := hold_meetings(bureau):
        tell(_("已备好 %d 次讲评会，有扣分说明、点评、纪要和议定事项") % held)


def _follow_up(bureau: Bureau, tell: Told) -> None:
    """What comes of the scores: lists, letters, bulletins."""
    if lists := use_results(bureau):
        tell(_("结果运用已有 %d 份名单：一季度等次已签发，二季度等次和培训需求待决定，两场培训") % lists)
    if issued := issue_bulletins(bureau):
        tell(_("已备好 %d 份绩效通报：一季度已印发并有阅读记录，二季度待签发") % issued)


def demo_logins() -> list[DemoLogin]:
    """The logins of the demonstration in the order of what they may do; [] where there is none."""
    people = Employee.objects.filter(is_demo=True).select_related("department").prefetch_related("led_branches")
    logins = [DemoLogin(_role_of(one), one.number, one.name, one.department.name) for one in people]
    return sorted(logins, key=lambda login: (_place(login.role), login.number))


def _build(tell: Told) -> Bureau:
    _take_in(BASE, None, tell)
    bureau = Bureau.objects.get()
    bureau.is_demo, bureau.stands_on = True, AS_OF
    bureau.save(update_fields=["is_demo", "stands_on"])
    office, director = _first(bureau, Role.Kind.OFFICE), _first(bureau, Role.Kind.DIRECTOR)
    for code in (*PUBLISHED, RUNNING):
        _take_in(f"{code}.xlsx", office, tell)
    _date_inputs()
    for code, days in PUBLISHED.items():
        run = score_quarter(bureau=bureau, quarter_code=code, actor=office)
        ScoreRun.objects.filter(pk=run.pk).update(scored_at=_at(days[2], 9))
        _publish(bureau, code, days, office, director)
        tell(_("%s 已计分并发布") % code)
    run = score_quarter(bureau=bureau, quarter_code=RUNNING, actor=None, as_of=AS_OF)
    ScoreRun.objects.filter(pk=run.pk).update(scored_at=_at(AS_OF, 2))
    _date_step(Quarter.objects.get(bureau=bureau, code=RUNNING), Quarter.State.COLLECTING, BEGUN, 9, office)
    tell(_("%s 已计算预计得分") % RUNNING)
    return bureau


def _take_in(name: str, actor: Employee | None, tell: Told) -> None:
    report = take_in(SAMPLE / name, name=name, actor=actor, keep=True)
    if report.problem_count:
        raise DomainError(_("演示数据 %(file)s 有问题：%(problem)s") % {"file": name, "problem": report.problems[0]})
    tell(_("%(file)s 已导入 %(count)d 行") % {"file": name, "count": report.created})


def _publish(bureau: Bureau, code: str, days: tuple[date, ...], office: Employee, director: Employee) -> None:
    collected, reviewed, shown, published = days
    reason = _("漏项已逐一核实，按规定计 0 分")
    quarter = Quarter.objects.get(bureau=bureau, code=code)
    _date_step(quarter, Quarter.State.COLLECTING, collected, 9, office)
    move_quarter(quarter=quarter, to=Quarter.State.REVIEWING, actor=office)
    _date_step(quarter, Quarter.State.REVIEWING, reviewed, 9, office)
    sign_lists(bureau, code, shown)
    start_publicity(bureau=bureau, quarter_code=code, actor=office, today=shown, override=reason)
    _date_step(quarter, Quarter.State.PUBLICITY, shown, 10, office)
    _date_notices(code, shown, 10)
    appeal_in_publicity(code, APPELLANT, shown, office, _at)
    publish_quarter(bureau=bureau, quarter_code=code, actor=director, today=published, override=reason)
    _date_step(quarter, Quarter.State.PUBLISHED, published, 16, director)
    _date_notices(code, published, 16)


def _date_step(quarter: Quarter, state: str, day: date, hour: int, by: Employee) -> None:
    QuarterStep.objects.filter(quarter=quarter, state=state).update(at=_at(day, hour), by=by)


def _date_inputs() -> None:
    """Entered and confirmed on the 8th of the node's last month: inside every collection window, before every node."""
    for period in Result.objects.order_by().values_list("period", flat=True).distinct():
        month = QuarterCode.parse(period).last_day.month if "Q" in period else int(period[-2:])
        at = _at(min(date(int(period[:4]), month, 8), AS_OF - timedelta(days=3)), 10)
        Result.objects.filter(period=period).update(entered_at=at, confirmed_at=at, late=False)


def _date_notices(code: str, day: date, hour: int) -> None:
    """What the act of this day just told of the quarter was told on this day."""
    told = Notification.objects.filter(occasion__endswith=f":{code}", created_at__date=timezone.localdate())
    told.update(created_at=_at(day, hour))


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


# Logins -----------------------------------------------------------------------------------------------------------

_SECRETARY = "党支部书记"
_ASSESSOR = "考评部门"
_PLAIN = "干部"
_ROLE_ORDER = (
    "局长", "局领导", "绩效办", "纪检", "部门负责人", "联络员", _SECRETARY, _ASSESSOR, _PLAIN, "系统管理员",
)  # fmt: skip


def _make_logins(bureau: Bureau) -> None:
    """One login for each role, each of a person who holds that role alone as far as the sample has one."""
    chosen = list(_choices(bureau))
    hashed = make_password(PASSWORD)
    for person in chosen:
        if not person.is_demo:
            person.is_demo, person.password, person.must_change_password = True, hashed, False
            person.save(update_fields=["is_demo", "password", "must_change_password"])
            record(actor=None, action="demo.login", bureau=bureau, target=person)


def _choices(bureau: Bureau) -> Iterator[Employee]:
    if Employee.objects.filter(bureau=bureau, is_demo=True).exists():
        yield from Employee.objects.filter(bureau=bureau, is_demo=True)
        return
    people = list(
        Employee.objects.filter(bureau=bureau, left_on__isnull=True)
        .select_related("department", "category")
        .prefetch_related("role_set", "led_branches")
        .order_by("number")
    )
    for kind in Role.Kind.values:
        if kind == Role.Kind.SYSTEM_ADMIN:
            continue
        alone = (one for one in people if _kinds(one) == {kind} and not one.led_branches.all())
        yield next(one for one in alone if kind != Role.Kind.LIAISON or not one.department.is_assessor)
    yield next(one for one in people if _kinds(one) == {Role.Kind.LIAISON} and one.department.is_assessor)
    yield next(one for one in people if one.led_branches.all())
    plain = [one for one in people if not _kinds(one) and not one.led_branches.all()]
    staff = [one for one in plain if one.category.name == RankCategory.DEFAULTS[-1]]
    yield next(one for one in staff if not one.department.is_assessor)
    # The sample has no administrator; by its nature the role goes to somebody without a say in scores.
    admin = [one for one in staff if one.department.is_assessor][-1]
    Role.objects.create(employee=admin, kind=Role.Kind.SYSTEM_ADMIN)
    record(actor=None, action="role.grant", bureau=bureau, target=admin, after={"kind": Role.Kind.SYSTEM_ADMIN})
    yield admin


def _first(bureau: Bureau, kind: str) -> Employee:
    return Employee.objects.filter(bureau=bureau, role__kind=kind).order_by("number")[0]


def _kinds(person: Employee) -> set[str]:
    return {role.kind for role in person.role_set.all()}


def _place(role: str) -> int:
    """Where a role stands in the table; several together stand at the last of them."""
    return max((_ROLE_ORDER.index(part) for part in role.split("、") if part in _ROLE_ORDER), default=len(_ROLE_ORDER))


def _role_of(person: Employee) -> str:
    if person.led_branches.all():
        return "、".join(filter(None, (names_of(person.roles), _SECRETARY)))
    if person.roles == {Role.Kind.LIAISON} and person.department.is_assessor:
        return _ASSESSOR  # head and liaison act for the assessing department
    if person.roles:
        return names_of(person.roles)
    return _PLAIN
