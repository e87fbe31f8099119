"""督考合一: an overdue item proposes a minus; a person decides, and what is adopted goes the way of every request."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from organization.models import Employee
from organization.queries import Chiefs
from scoring.models import Adjustment
from scoring.services.adjustments import AdjustmentFacts, request_adjustment
from supervision.models import Letter, LetterItem, ProposedMinus
from supervision.permissions.letters import may_decide_minus
from supervision.queries.deadlines import letter_settings
from supervision.services.letter_steps import office_of, tell_item
from tasks_market.services.steps import filled, require

State = ProposedMinus.State
MOST_CHARACTERS: int = Adjustment._meta.get_field("matter").max_length or 0


def propose_minus(item: LetterItem, *, now: datetime, today: date | None = None) -> ProposedMinus | None:
    """Proposes a minus for an overdue item, once; None where it is proposed already.

    It names the responsible person, without one the head of the leading department. The item's letter is locked by the
    caller, so that nobody proposes beside.
    """
    if ProposedMinus.objects.filter(item=item).exists():
        return None
    bureau = item.letter.bureau
    day = today or bureau.today
    settings = letter_settings(bureau)
    heads = [] if item.responsible else Chiefs(bureau, day).heads(item.department_id)
    minus = ProposedMinus.objects.create(
        item=item,
        employee=item.responsible or (heads[0] if heads else None),
        points=settings.minus_points,
        reason=for_the_record(
            gettext_lazy("%(letter)s第 %(n)d 件“%(matter)s”应于 %(due)s 前办结，逾期"),
            letter=item.letter.number, n=item.position, matter=item.matter, due=item.due_on,
        )[:300],
        proposed_at=now,
    )  # fmt: skip
    audit.record(
        actor=None, action="proposed_minus.propose", bureau=bureau, target=minus, label=_label(item),
        after={"points": str(minus.points), "employee": str(minus.employee or "")}, reason=minus.reason,
    )  # fmt: skip
    subject = gettext_lazy("%(letter)s“%(matter)s”逾期，建议减分，请决定是否提请")
    tell_item(item, office_of(bureau, day), subject, "minus", body=minus.reason)
    return minus


@transaction.atomic
def adopt_minus(
    *, minus: ProposedMinus, reason: str, actor: Employee, today: date, now: datetime,
    employee: Employee | None = None, points: Decimal | None = None,
) -> Adjustment:  # fmt: skip
    """提请减分: asks for a minus (申请) with the letter's number as basis; review, approval and counting follow there.

    `employee` and `points` replace what was proposed. Raises Refused, Conflict, InvalidInput, Frozen.
    """
    minus = _locked(minus)
    require(may_decide_minus(actor, minus))
    reason = filled(reason, "reason", _("请写明提请减分的理由。"))
    who, amount = employee or minus.employee, minus.points if points is None else points
    if who is None:
        sentence = _("请选择对谁提请减分。")
        raise InvalidInput(sentence, fields={"employee": sentence})
    if who.pk == actor.pk:
        sentence = _("不能由您对本人提请减分；请由绩效办的其他人员办理。")
        raise InvalidInput(sentence, fields={"employee": sentence})
    item = minus.item
    if item.letter.state == Letter.State.REVOKED:
        raise Conflict(_("这份函已经撤回，不能再按它提请减分；请选“不减分”。"), code="revoked")
    facts = AdjustmentFacts(
        employee=who, day=today, kind=Adjustment.Kind.MINUS, points=amount, matter=_matter_of(item),
        basis=f"{item.letter.number}《{item.letter.title}》",
    )  # fmt: skip
    adjustment = request_adjustment(facts=facts, actor=actor, today=today)
    _decide(minus, State.ADOPTED, reason, actor, now, employee=who, points=amount, adjustment=adjustment)
    audit.record(
        actor=actor, action="proposed_minus.adopt", bureau=item.letter.bureau, target=minus, label=_label(item),
        before={"state": State.PROPOSED},
        after={"state": minus.state, "points": str(amount), "employee": str(who)}, reason=reason,
    )  # fmt: skip
    subject = gettext_lazy("%(letter)s“%(matter)s”逾期，已提请对您减分")
    tell_item(item, [who], subject, "minus-adopted", body=reason, private=True)
    return adjustment


@transaction.atomic
def decline_minus(*, minus: ProposedMinus, reason: str, actor: Employee, now: datetime) -> ProposedMinus:
    """不减分, with a reason; the proposal is kept. Raises Refused, Conflict, InvalidInput."""
    minus = _locked(minus)
    require(may_decide_minus(actor, minus))
    reason = filled(reason, "reason", _("请写明不减分的理由。"))
    _decide(minus, State.DECLINED, reason, actor, now)
    audit.record(
        actor=actor, action="proposed_minus.decline", bureau=minus.item.letter.bureau, target=minus,
        label=_label(minus.item), before={"state": State.PROPOSED}, after={"state": minus.state}, reason=reason,
    )  # fmt: skip
    return minus


def lay_aside_minuses(letter: Letter, *, reason: str, actor: Employee, now: datetime) -> None:
    """What a recalled letter proposed and nobody has decided becomes 不减分, for the reason of the recall."""
    proposed = ProposedMinus.objects.filter(item__letter=letter, state=State.PROPOSED).order_by("pk")
    for minus in proposed.select_for_update(no_key=True, of=("self",)).select_related("item__letter__bureau"):
        _decide(minus, State.DECLINED, reason, actor, now)
        audit.record(
            actor=actor, action="proposed_minus.decline", bureau=letter.bureau, target=minus, label=_label(minus.item),
            before={"state": State.PROPOSED}, after={"state": minus.state}, reason=reason,
        )  # fmt: skip


def _matter_of(item: LetterItem) -> str:
    """事由 of the request, within its length: a long matter is cut, the letter's number and the item's place never."""
    which = f"（{item.letter.number}第{item.position}件）"
    what = f"{letter_settings(item.letter.bureau).minus_text}：{item.matter}"
    room = MOST_CHARACTERS - len(which)
    return (what if len(what) <= room else f"{what[: room - 1]}…") + which


def _locked(minus: ProposedMinus) -> ProposedMinus:
    rows = ProposedMinus.objects.select_for_update(no_key=True, of=("self",)).order_by()
    return rows.select_related("item__letter__bureau", "item__department", "employee").get(pk=minus.pk)


def _decide(minus: ProposedMinus, to: str, reason: str, actor: Employee, now: datetime, **values: object) -> None:
    values |= {"state": to, "decision": reason, "decided_by": actor, "decided_at": now}
    if ProposedMinus.objects.filter(pk=minus.pk, state=minus.state).update(**values) != 1:
        raise Conflict(_("这条减分建议刚刚被别人决定了；请刷新页面再看。"))
    for name, value in values.items():
        setattr(minus, name, value)


def _label(item: LetterItem) -> str:
    return f"{item.letter} {item.matter}"
