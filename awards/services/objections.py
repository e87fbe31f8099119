"""异议: raised by anybody of the bureau in the days of publicity, answered by the office; upheld, the committee decides again."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards.models import COMMITTEE, RUNS_SELECTIONS, Objection, Selection, StarAward
from awards.permissions.selections import ANSWERS, may_answer_objection, may_object
from awards.queries.selections import State
from awards.services.selections import lock_selection, move_selection, record_selection, tell
from common.errors import Conflict, InvalidInput
from common.text import written
from organization.models import Employee
from organization.queries import holders
from tasks_market.services.steps import filled, require

LONGEST_GROUND = 1000


@transaction.atomic
def object_to(
    *, selection: Selection, actor: Employee, ground: str, today: date, now: datetime, award: StarAward | None = None
) -> Objection:
    """提出异议 about one star, or without `award` about the selection; it keeps the stars from being published until
    it is answered. Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(selection.pk)
    require(may_object(actor, selection, today=today))
    ground = _worded(ground, "ground", _("请写明异议的内容和依据。"))
    if award is not None and not StarAward.objects.filter(pk=award.pk, category__selection=selection).exists():
        raise InvalidInput(_("这个称号不在公示名单里；请刷新页面再看。"), fields={"award": _("请重新选择")})
    if Objection.objects.filter(selection=selection, award=award, by=actor, answered_at__isnull=True).exists():
        raise Conflict(_("您对此已提出异议，正在办理；请等答复。"), code="open")
    objection = Objection.objects.create(selection=selection, award=award, by=actor, ground=ground, at=now)
    about = f"{award.category} {award.employee.name}" if award else ""
    record_selection(selection, "selection.object", actor=actor, target=objection, label=about, reason=ground)
    answering = [one for one in holders(selection.bureau, today, *ANSWERS) if one.pk != actor.pk]
    tell(selection, answering, gettext_lazy("对%(quarter)s五星公示有异议，请答复"), f"object:{objection.pk}")
    return objection


@transaction.atomic
def answer_objection(
    *, objection: Objection, actor: Employee, upheld: bool, answer: str, today: date, now: datetime
) -> Objection:
    """答复异议: upheld in publicity, the selection goes back to the committee; what it chose stands there to be changed.

    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(objection.selection_id)
    objection = Objection.objects.select_related("award__category", "award__employee", "by").get(pk=objection.pk)
    objection.selection = selection
    require(may_answer_objection(actor, objection))
    answer = _worded(answer, "answer", _("请写明答复。"))
    values = {"upheld": upheld, "answer": answer, "answered_by": actor, "answered_at": now}
    if Objection.objects.filter(pk=objection.pk, answered_at__isnull=True).update(**values) != 1:
        raise Conflict(_("这条异议刚刚被别人答复过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(objection, name, value)
    record_selection(
        selection,
        "selection.answer_objection",
        actor=actor,
        target=objection,
        label=objection.by.name,
        after={"upheld": upheld},
        reason=answer,
    )
    tell(
        selection,
        [objection.by],
        gettext_lazy("您对%(quarter)s五星公示的异议已答复"),
        f"answered:{objection.pk}",
        body=answer,
    )
    if upheld and selection.state == State.PUBLICITY:
        _back_to_committee(selection, objection, actor=actor, today=today, now=now)
    return objection


def _back_to_committee(
    selection: Selection, objection: Objection, *, actor: Employee, today: date, now: datetime
) -> None:
    move_selection(
        selection, State.DECIDING, actor=actor, now=now, reason=_("异议成立，重新审定"), publicity_until=None
    )
    record_selection(
        selection,
        "selection.reopen",
        actor=actor,
        before={"state": State.PUBLICITY},
        after={"state": State.DECIDING},
        reason=objection.answer,
    )
    deciding = holders(selection.bureau, today, *COMMITTEE, *RUNS_SELECTIONS)
    subject = gettext_lazy("%(quarter)s五星公示的异议成立，请重新审定")
    tell(selection, deciding, subject, f"reopen:{objection.pk}", body=objection.answer)


def _worded(text: str, name: str, sentence: str) -> str:
    found = filled(written(text), name, sentence)
    if len(found) > LONGEST_GROUND:
        long = _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": LONGEST_GROUND, "n": len(found)}
        raise InvalidInput(long, fields={name: long})
    return found
