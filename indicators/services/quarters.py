"""Quarters come into being, and move through their states (domain.md, table of the quarter)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import Conflict, Frozen, InvalidInput
from common.progress import through
from common.quarters import QuarterCode
from indicators.models import CorrectionPass, Quarter, QuarterStep
from indicators.permissions import may_move_quarter
from indicators.queries import collection_closes
from organization.models import Bureau, Employee

State = Quarter.State
ACTIONS = {
    State.COLLECTING: "quarter.collect",
    State.REVIEWING: "quarter.review",
    State.PUBLICITY: "quarter.publicize",
    State.PUBLISHED: "quarter.publish",
}
BACKWARD = {(State.REVIEWING, State.COLLECTING), (State.PUBLICITY, State.REVIEWING)}


@transaction.atomic
def ensure_quarter(bureau: Bureau, code: str, *, actor: Employee | None = None, today: date | None = None) -> Quarter:
    """The bureau's quarter, made if it is not there yet: open if it lies ahead, else collecting (domain.md).

    Raises InvalidInput if `code` is no quarter.
    """
    try:
        period = QuarterCode.parse(code)
    except ValueError as error:
        raise InvalidInput(str(error), fields={"quarter": str(error)}) from error
    ahead = period.first_day > (today or timezone.localdate())
    state = State.OPEN if ahead else State.COLLECTING
    quarter, made = Quarter.objects.get_or_create(bureau=bureau, code=str(period), defaults={"state": state})
    if made:
        QuarterStep.objects.create(quarter=quarter, state=state, at=timezone.now(), by=actor)
        audit.record(actor=actor, action="quarter.open", bureau=bureau, target=quarter, after={"state": state})
    return quarter


@transaction.atomic
def move_quarter(*, quarter: Quarter, to: str, actor: Employee | None, reason: str = "") -> Quarter:
    """Moves a quarter one step and notes it on its rail.

    The step starts from the state that `quarter` was read in; Conflict if that is no longer so or no such step exists,
    InvalidInput if a step back has no reason, Refused if the actor may not. Whether a quarter is ready to be shown or
    published is the scoring's to know.
    """
    may_move_quarter(actor, quarter, to).require()
    expected = quarter.state
    if to not in Quarter.MOVES[State(expected)]:
        names = {"now": quarter.get_state_display(), "to": State(to).label, "code": quarter.code}
        raise Conflict(_("%(code)s 现在是“%(now)s”，不能直接变为“%(to)s”。") % names)
    if (expected, to) in BACKWARD and not reason.strip():
        raise InvalidInput(_("退回上一步要写明理由。"), fields={"reason": _("请写明退回的理由")})
    if Quarter.objects.filter(pk=quarter.pk, state=expected).update(state=to) != 1:
        raise Conflict(_("%(code)s 刚刚被别人推进了；请刷新页面再看。") % {"code": quarter.code})
    quarter.state = to
    QuarterStep.objects.create(quarter=quarter, state=to, at=timezone.now(), by=actor, reason=reason)
    audit.record(
        actor=actor,
        action=ACTIONS[State(to)],
        bureau=quarter.bureau,
        target=quarter,
        before={"state": expected},
        after={"state": to},
        reason=reason,
    )
    return quarter


def open_quarters(*, today: date) -> int:
    """What happens by date, for every bureau; returns how many quarters were made or moved.

    The current and the next quarter exist, a quarter collects from its first day, and is reviewed after its collection
    window. One that was put back into collecting, or imported, after its window had closed waits for the office. A
    demonstration, whose calendar stands still, keeps its quarters as they are.
    """
    current = QuarterCode.of(today)
    codes = (str(current), str(current.next()))
    known = set(Quarter.objects.filter(code__in=codes).values_list("bureau_id", "code"))
    changed = 0
    running = Bureau.objects.filter(stands_on__isnull=True)
    for bureau in through(running):
        for code in codes:
            if (bureau.pk, code) not in known:
                ensure_quarter(bureau, code, today=today)
                changed += 1
    begun = Quarter.objects.filter(bureau__in=running, state=State.OPEN, code__lte=str(current))
    for quarter in begun.select_related("bureau"):
        changed += _moved(quarter, State.COLLECTING)
    for quarter in Quarter.objects.filter(bureau__in=running, state=State.COLLECTING).select_related("bureau"):
        closes = collection_closes(quarter.bureau, quarter.code)
        if today > closes and not quarter.steps.filter(state=State.COLLECTING, at__date__gt=closes).exists():
            changed += _moved(quarter, State.REVIEWING)
    return changed


def _moved(quarter: Quarter, to: str) -> int:
    try:
        move_quarter(quarter=quarter, to=to, actor=None)
    except Conflict:
        return 0  # the office was faster
    return 1


def lock_for_input(quarter: Quarter) -> Quarter:
    """The quarter's row, locked until the end of the transaction, so that it is not published under a write.

    Raises Frozen for a published quarter, Conflict for one in publicity, unless the transaction was opened for a
    correction; both name the quarter (domain.md, table).
    """
    locked = Quarter.objects.select_for_update(no_key=True).get(pk=quarter.pk)
    if locked.takes_input or CorrectionPass.objects.filter(quarter=locked).exists():
        return locked
    if locked.is_frozen:
        raise Frozen(_("%(code)s 已经发布，不再接受修改；确需更正请由绩效办做更正计分。") % {"code": locked.code})
    raise Conflict(
        _("%(code)s 正在公示，只有申诉成立才能修改；请通过申诉提出。") % {"code": locked.code}, code="publicity"
    )


@contextmanager
def opened_for_correction(quarter: Quarter) -> Iterator[None]:
    """Lets the services write into a settled quarter for the length of the block, in this transaction alone.

    For what domain.md's table allows there: the correction that an upheld appeal demands. The row that opens the quarter
    is gone before the transaction ends, also when the block fails, so no other connection ever sees it. Blocks nest.
    """
    with transaction.atomic():
        Quarter.objects.select_for_update(no_key=True).get(pk=quarter.pk)
        opened, made = CorrectionPass.objects.get_or_create(quarter=quarter)
        yield
        if made:
            opened.delete()


def lock_from(bureau: Bureau, code: str) -> None:
    """Locks the bureau's quarters from that one on, in their order: none is shown or published under a change of the
    library or the scheme that holds from it. Called before the settled quarters are looked at."""
    rows = Quarter.objects.select_for_update(no_key=True).filter(bureau=bureau, code__gte=code).order_by("code")
    list(rows.values_list("pk", flat=True))
