"""培训: planned for needs of the list, with those invited who lost on them; who came is recorded once it was held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from awards.grading import Word
from awards.models import TrainingAttendance, TrainingSession, UseLine, UseList
from awards.permissions.uses import may_plan_training
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from notifications.services import notify
from organization.models import Bureau, Employee
from tasks_market.services.steps import filled, require


@transaction.atomic
def plan_training(
    *,
    bureau: Bureau,
    needs: Iterable[UseLine],
    title: str,
    day: date,
    actor: Employee,
    today: date,
    place: str = "",
    trainer: str = "",
) -> TrainingSession:
    """Plans a training for lines that were decided 安排培训 and invites everybody in post who lost on them.

    Raises Refused, InvalidInput for a past day or lines that do not ask for a training.
    """
    require(may_plan_training(actor, bureau))
    title = filled(title, "title", _("请填写培训内容。"))
    if day < today:
        sentence = _("培训日期已经过去；请选择今天或以后的日期。")
        raise InvalidInput(sentence, fields={"day": sentence})
    lines = list(needs)
    _require_needs(bureau, lines)
    training = TrainingSession.objects.create(
        bureau=bureau, title=title, day=day, place=place.strip(), trainer=trainer.strip(), planned_by=actor
    )
    training.needs.set(lines)
    invited = _invited(lines, day)
    TrainingAttendance.objects.bulk_create(TrainingAttendance(training=training, employee=one) for one in invited)
    notify(
        recipients=invited,
        subject=for_the_record(gettext_lazy("请参加培训：%(title)s（%(day)s）"), title=title, day=day),
        body=for_the_record(
            gettext_lazy("地点：%(place)s；授课人：%(trainer)s"), place=place or "–", trainer=trainer or "–"
        ),
        url=reverse("awards:training", args=[training.pk]),
        occasion=f"training.plan:{training.pk}",
    )
    audit.record(
        actor=actor,
        action="training.schedule",
        bureau=bureau,
        target=training,
        label=title,
        after={"day": day, "people": len(invited), "needs": [line.pk for line in lines]},
    )
    return training


@transaction.atomic
def record_attendance(
    *,
    training: TrainingSession,
    came: Iterable[int],
    actor: Employee,
    today: date,
    now: datetime,
    notes: Mapping[int, str] | None = None,
) -> TrainingSession:
    """Notes who of those invited came (employee ids); a second time corrects the first.

    Said once more as it stands it leaves no line. Raises Refused, InvalidInput for somebody who was not invited, Conflict
    before the day.
    """
    require(may_plan_training(actor, training.bureau))
    row = _locked(training)
    if today < row.day:
        raise Conflict(_("培训还没有举办（%s），举办以后再登记参加情况。") % row.day)
    here, said = set(came), notes or {}
    attendances = list(TrainingAttendance.objects.filter(training=row).order_by("employee__number"))
    if strangers := here - {one.employee_id for one in attendances}:
        raise InvalidInput(_("有 %d 人不在邀请名单上，没有登记。") % len(strangers))
    before = [(one.came, one.note) for one in attendances]
    for one in attendances:
        one.came, one.note = one.employee_id in here, said.get(one.employee_id, one.note).strip()
    if [(one.came, one.note) for one in attendances] == before:
        return row
    TrainingAttendance.objects.bulk_update(attendances, ["came", "note"])
    row.held_at, row.held_by = row.held_at or now, row.held_by or actor
    row.save(update_fields=["held_at", "held_by"])
    audit.record(
        actor=actor,
        action="training.record",
        bureau=training.bureau,
        target=row,
        label=row.title,
        before={"came": sum(came is True for came, _note in before)},
        after={"came": len(here), "invited": len(attendances)},
    )
    return row


@transaction.atomic
def cancel_training(*, training: TrainingSession, reason: str, actor: Employee) -> None:
    """Takes back a training that was not held, and tells those invited. Raises Refused, Conflict, InvalidInput."""
    require(may_plan_training(actor, training.bureau))
    reason = filled(reason, "reason", _("请写明取消的理由。"))
    row = _locked(training)
    if row.is_held:
        raise Conflict(_("培训已经举办并登记，不能取消。"))
    invited = list(Employee.objects.filter(trainings__training=row))
    notify(
        recipients=invited,
        subject=for_the_record(gettext_lazy("培训取消：%(title)s（%(day)s）"), title=row.title, day=row.day),
        body=reason,
        occasion=f"training.cancel:{row.pk}",
    )
    audit.record(
        actor=actor,
        action="training.call_off",
        bureau=training.bureau,
        target=row,
        label=row.title,
        before={"day": row.day, "people": len(invited)},
        reason=reason,
    )
    row.attendances.all().delete()
    row.delete()


def _locked(training: TrainingSession) -> TrainingSession:
    """The training as it stands; Conflict if it was cancelled."""
    rows = TrainingSession.objects.select_for_update(of=("self",)).order_by()
    found = rows.filter(pk=training.pk).first()
    if found is None:
        raise Conflict(_("这次培训已经取消；请刷新页面再看。"), code="gone")
    return found


def _require_needs(bureau: Bureau, lines: list[UseLine]) -> None:
    if not lines:
        raise InvalidInput(_("请先选择这次培训针对的需求。"), fields={"needs": _("请至少选择一条")})
    for line in lines:
        if line.use_list.bureau_id != bureau.pk or line.use_list.kind != UseList.Kind.TRAINING:
            raise InvalidInput(_("只能按本单位的培训需求安排培训。"))
        if line.decision != Word.TRAIN:
            code = line.figures.get("code", "")
            raise InvalidInput(_("%s 没有决定“安排培训”；请先在清单上决定。") % code)


def _invited(lines: Iterable[UseLine], day: date) -> list[Employee]:
    """Everybody who lost on one of the points, and is still in post on the day."""
    people = {person for line in lines for person, _lost in line.figures.get("by_person", [])}
    return list(Employee.objects.filter(pk__in=people).in_post_between(day, day).order_by("number"))
