"""领取: who holds which individual point in a quarter, and who asks whom for one of another post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.components import quarter_label
from common.errors import Conflict, InvalidInput
from common.quarters import QuarterCode
from common.text import for_the_record
from common.workdays import WorkCalendar
from indicators.models import AssessmentPoint, Item, ItemRequest, Library, PointVersion, Quarter, Result
from indicators.permissions import (
    is_own_point,
    may_assign_items,
    may_decide_request,
    may_hand_back,
    may_remind_of_points,
    may_take_on,
    may_withdraw_request,
)
from indicators.queries import nodes_held
from indicators.services.quarters import lock_for_input
from notifications.services import notify
from organization.models import Department, Employee, Role
from organization.queries import Chiefs, staff, work_calendar

State = ItemRequest.State


def day_of_taking(period: QuarterCode, today: date) -> date | None:
    """领取日期 of a point that somebody chooses today: its month is the first that counts (scoring.md §2).

    None, the whole quarter, before the quarter begins; its last day once it is over.
    """
    if today < period.first_day:
        return None
    return min(today, period.last_day)


@transaction.atomic
def take_on(
    *,
    employee: Employee,
    point: AssessmentPoint,
    quarter: Quarter,
    actor: Employee | None,
    taken_on: date | None = None,
) -> Item:
    """Enters for an employee that they hold an individual point in a quarter, from the month of `taken_on`.

    The office's way for others, which needs no consent and may name the day (scoring.md §2). Raises InvalidInput if the point is not
    individual, not in force, of another bureau, the day lies outside the quarter or the employee is not in post; Conflict
    if it is held already; Frozen for a published quarter.
    """
    may_assign_items(actor, quarter.bureau, of=employee).require()
    lock_for_input(quarter)
    return _make(employee, _in_force(point, quarter), quarter, actor=actor, taken_on=taken_on)


@transaction.atomic
def choose(*, points: Sequence[AssessmentPoint], quarter: Quarter, actor: Employee, today: date) -> list[Item]:
    """The actor takes on points of the own post, all of them or none (domain.md, Who may do what).

    Raises Refused for a point of another post, which has to be asked for; otherwise as `take_on`.
    """
    if not points:
        raise InvalidInput(_("没有选中考点；请先勾选要领取的考点。"))
    lock_for_input(quarter)
    taken_on = day_of_taking(quarter.period, today)
    made = []
    for point in points:
        version = _in_force(point, quarter)
        may_take_on(actor, version).require()
        made.append(_make(actor, version, quarter, actor=actor, taken_on=taken_on))
    return made


@transaction.atomic
def hand_back(*, item: Item, actor: Employee | None, today: date, reason: str = "") -> None:
    """Takes a point off an employee's quarter: one's own, or as the office that of another.

    Raises Conflict if results have been entered for it, or if the employee would hand back a point of which a node is past
    its deadline without a result: that is how a missing one (漏项) would vanish. What was taken on by mistake can be
    handed back the same day.
    """
    may_hand_back(actor, item).require()
    lock_for_input(item.quarter)
    entered = Result.objects.filter(quarter=item.quarter, employee=item.employee, point=item.point).count()
    if entered:
        raise Conflict(_("这一项已经有 %d 条考评结果，不能再交回；确需取消请把各节点标为不适用。") % entered)
    of_another = actor is None or (actor.has_role(Role.Kind.OFFICE) and actor.pk != item.employee_id)
    if not of_another and is_overdue(item, today, work_calendar()):
        raise Conflict(
            _("%(point)s 有节点已过时限，不能自行交回；确实不应承担的，请绩效办核实后办理。")
            % {"point": item.point.code}
        )
    gone, _kinds = Item.objects.filter(pk=item.pk).delete()
    if not gone:
        raise Conflict(_("这一项刚刚已经交回；请刷新页面再看。"))
    audit.record(
        actor=actor,
        action="item.hand_back",
        bureau=item.bureau,
        target=item,
        label=_label(item),
        before={"taken_on": item.taken_on},
        reason=reason,
    )


def is_overdue(item: Item, today: date, calendar: WorkCalendar) -> bool:
    """Whether a node of the item is past its deadline, unless it was taken on today."""
    period = item.quarter.period
    if item.taken_on is not None and item.taken_on == day_of_taking(period, today):
        return False
    version = PointVersion.objects.in_force(item.quarter.code).filter(point=item.point, withdrawn=False).first()
    if version is None:
        return False
    nodes = nodes_held(version, item.quarter.code, item.employee, taken_on=item.taken_on, calendar=calendar)
    return any(node.due < today for node in nodes)


@transaction.atomic
def ask(*, points: Sequence[AssessmentPoint], quarter: Quarter, actor: Employee, reason: str) -> list[ItemRequest]:
    """The actor asks the head for points of other posts, all of them or none; who decides is told.

    Raises InvalidInput without points or a reason, for points of the own post, which need no consent, and for what
    cannot be taken on; Conflict for a point that is held or asked for already.
    """
    reason = reason.strip()
    if not points:
        raise InvalidInput(_("没有选中考点；请先勾选要申请的考点。"))
    if not reason:
        raise InvalidInput(_("请写明为什么要承担其他岗位的考点。"), fields={"reason": _("请写明理由")})
    lock_for_input(quarter)
    made = []
    for point in points:
        version = _in_force(point, quarter)
        if is_own_point(actor, version):
            raise InvalidInput(_("%(point)s 是您岗位的考点，直接领取就可以，不必申请。") % {"point": point.code})
        _require_free(actor, version, quarter)
        if ItemRequest.objects.filter(quarter=quarter, employee=actor, point=point, state=State.ASKED).exists():
            raise Conflict(_("您已经申请了 %(point)s，请等待决定。") % {"point": point.code})
        asked = ItemRequest.objects.create(
            bureau_id=quarter.bureau_id,
            quarter=quarter,
            employee=actor,
            point=point,
            reason=reason,
            asked_at=timezone.now(),
        )
        _record(asked, "item.request", actor, after={"state": State.ASKED}, reason=reason)
        made.append(asked)
    notify(
        recipients=deciders_of(actor),
        subject=for_the_record(
            gettext_lazy("%(name)s申请领取 %(count)d 个其他岗位的考点"), name=actor.name, count=len(made)
        ),
        body=reason,
        url=f"{reverse('indicators:requests')}?quarter={quarter.code}",
        occasion=f"item.request:{quarter.bureau.code}:{made[0].pk}",
    )
    return made


@transaction.atomic
def decide(
    *, requests: Iterable[ItemRequest], agree: bool, actor: Employee, today: date, answer: str = ""
) -> list[ItemRequest]:
    """The head agrees or declines, all of the requests or none; agreeing makes the item, from today on (scoring.md §2).

    Raises Refused if the actor does not decide on one of them, InvalidInput for a refusal without an answer, Conflict if
    one was decided or withdrawn a moment ago or cannot be taken on any more.
    """
    answer, found = answer.strip(), sorted(requests, key=lambda one: (one.quarter.code, one.pk))
    if not found:
        raise InvalidInput(_("没有选中申请；请先勾选。"))
    if not agree and not answer:
        raise InvalidInput(_("不同意要写明原因，申请人会看到。"), fields={"answer": _("请写明原因")})
    chiefs = Chiefs(actor.bureau, today)
    for asked in found:
        may_decide_request(actor, asked, chiefs.above(asked.employee)).require()
        if agree:
            lock_for_input(asked.quarter)
        if not _settle(asked, State.AGREED if agree else State.DECLINED, actor, answer):
            raise Conflict(_("%s的申请刚刚已经决定或撤回；请刷新页面再看。") % asked.employee.name)
        _record(
            asked,
            "item.agree" if agree else "item.decline",
            actor,
            before={"state": State.ASKED},
            after={"state": asked.state},
            reason=answer,
        )
        if agree:
            version = _in_force(asked.point, asked.quarter)
            taken_on = day_of_taking(asked.quarter.period, today)
            _make(asked.employee, version, asked.quarter, actor=actor, taken_on=taken_on)
        sentence = gettext_lazy("同意您领取 %s") if agree else gettext_lazy("没有同意您领取 %s")
        notify(
            recipients=[asked.employee],
            subject=for_the_record(sentence, asked.point.code),
            body=answer,
            url=f"{reverse('indicators:take')}?quarter={asked.quarter.code}&of=requests",
            occasion=f"item.decide:{asked.pk}",
        )
    return found


@transaction.atomic
def withdraw_request(*, request: ItemRequest, actor: Employee) -> ItemRequest:
    """Who asked takes it back before it is decided; Conflict afterwards, Refused for anybody else."""
    may_withdraw_request(actor, request).require()
    if not _settle(request, State.WITHDRAWN, actor, ""):
        raise Conflict(_("这份申请已经决定，不能再撤回；请刷新页面再看。"))
    _record(request, "item.withdraw", actor, before={"state": State.ASKED}, after={"state": State.WITHDRAWN})
    return request


def deciders_of(employee: Employee) -> list[Employee]:
    """Who decides on a person's request: those above, where there is nobody the office."""
    above = Chiefs(employee.bureau, employee.bureau.today).above(employee)
    if above:
        return above
    office = Role.objects.in_force(timezone.localdate()).filter(kind=Role.Kind.OFFICE)
    people = Employee.objects.filter(bureau=employee.bureau, is_active=True, pk__in=office.values("employee_id"))
    return [person for person in people.order_by("number") if person.pk != employee.pk]


@transaction.atomic
def remind(*, quarter: Quarter, department: Department | None, actor: Employee) -> int:
    """Tells the people of posts with points that nobody took on, in a department or everywhere, once a day.

    Returns how many were told. A head reminds the own department alone; Conflict where there is nobody to remind.
    """
    may_remind_of_points(actor).require()
    if not actor.has_role(Role.Kind.OFFICE):
        department = actor.department
    loose = _unclaimed(quarter, department)
    posts = {version.post_id for version in loose if version.post_id}
    told = 0
    for person in staff(quarter.bureau, quarter.bureau.today).filter(post__in=posts):
        codes = [version.point.code for version in loose if version.post_id == person.post_id]
        told += notify(
            recipients=[person],
            subject=for_the_record(
                gettext_lazy("%(quarter)s您的岗位有 %(count)d 个个性考点无人领取"),
                quarter=quarter_label(quarter.code),
                count=len(codes),
            ),
            url=f"{reverse('indicators:take')}?quarter={quarter.code}",
            occasion=f"item.remind:{quarter.code}:{timezone.localdate()}",
        )
    if not told:
        raise Conflict(_("没有可以提醒的人：考点都有人领取，或今天已经提醒过。"))
    audit.record(
        actor=actor,
        action="item.remind",
        bureau=quarter.bureau,
        target=quarter,
        after={"people": told, "department": department.name if department else ""},
    )
    return told


def _unclaimed(quarter: Quarter, department: Department | None) -> list[PointVersion]:
    """Individual points in force that nobody holds in the quarter."""
    held = Item.objects.filter(quarter=quarter).values("point")
    versions = PointVersion.objects.in_force(quarter.code).filter(
        point__bureau=quarter.bureau_id, point__library=Library.INDIVIDUAL, withdrawn=False
    )
    if department is not None:
        versions = versions.filter(department=department)
    return list(versions.exclude(point__in=held).select_related("point").order_by("point__code"))


def _in_force(point: AssessmentPoint, quarter: Quarter) -> PointVersion:
    """The version by which an individual point is taken on; InvalidInput if there is none."""
    if point.bureau_id != quarter.bureau_id:
        raise InvalidInput(_("干部、考点和季度应当属于同一单位。"))
    if point.library != Library.INDIVIDUAL:
        raise InvalidInput(_("只有个性考点需要领取；共性考点全员自动承担，竞争性考点通过任务市场。"))
    versions = PointVersion.objects.in_force(quarter.code).filter(point=point, withdrawn=False)
    version = versions.select_related("point").first()
    if version is None:
        raise InvalidInput(_("%(point)s 在 %(code)s 没有在用的版本。") % {"point": point.code, "code": quarter.code})
    return version


def _require_free(employee: Employee, version: PointVersion, quarter: Quarter) -> None:
    """InvalidInput unless the employee is in post in the quarter, Conflict if they hold the point already."""
    period = quarter.period
    if employee.bureau_id != quarter.bureau_id:
        raise InvalidInput(_("干部、考点和季度应当属于同一单位。"))
    if not Employee.objects.in_post_between(period.first_day, period.last_day).filter(pk=employee.pk).exists():
        raise InvalidInput(_("%(name)s 在 %(code)s 不在职。") % {"name": employee.name, "code": quarter.code})
    if Item.objects.filter(quarter=quarter, employee=employee, point=version.point).exists():
        raise Conflict(
            _("%(name)s 在 %(code)s 已经领取了 %(point)s。")
            % {"name": employee.name, "code": quarter.code, "point": version.point.code}
        )


def _make(
    employee: Employee, version: PointVersion, quarter: Quarter, *, actor: Employee | None, taken_on: date | None
) -> Item:
    """The one place that makes an item; the quarter is locked, the consent given.

    An undecided request for it has its answer by this.
    """
    if taken_on is not None and not quarter.period.contains(taken_on):
        sentence = _("领取日期应当在 %s 以内") % quarter.code
        raise InvalidInput(sentence, fields={"taken_on": sentence})
    _require_free(employee, version, quarter)
    item = Item.objects.create(
        bureau_id=quarter.bureau_id, quarter=quarter, employee=employee, point=version.point, taken_on=taken_on
    )
    ItemRequest.objects.filter(quarter=quarter, employee=employee, point=version.point, state=State.ASKED).update(
        state=State.AGREED, decided_by=actor, decided_at=timezone.now()
    )
    audit.record(
        actor=actor,
        action="item.take_on",
        bureau=quarter.bureau,
        target=item,
        label=_label(item),
        after={"taken_on": taken_on},
    )
    return item


def _settle(request: ItemRequest, to: State, actor: Employee, answer: str) -> bool:
    """Moves a request out of its undecided state; False if somebody was faster."""
    now = timezone.now()
    moved = ItemRequest.objects.filter(pk=request.pk, state=State.ASKED).update(
        state=to, decided_by=actor, decided_at=now, answer=answer
    )
    request.state, request.decided_by, request.decided_at, request.answer = to, actor, now, answer
    return moved == 1


def _record(
    request: ItemRequest,
    action: str,
    actor: Employee,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    audit.record(
        actor=actor,
        action=action,
        bureau=request.quarter.bureau,
        target=request,
        label=_label(request),
        before=before,
        after=after,
        reason=reason,
    )


def _label(held: Item | ItemRequest) -> str:
    return f"{held.quarter.code} {held.employee} {held.point.code}"
