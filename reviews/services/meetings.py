"""讲评会: prepared, arranged, held with its pack frozen, written up, closed (domain.md, Review meeting and bulletin)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.components import quarter_label
from common.errors import ChangedElsewhere, Conflict, InvalidInput
from common.text import for_the_record, version_of
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Employee, Role
from organization.queries import holders
from reviews.models import AgendaItem, LostPoint, MeetingComment, ReviewMeeting
from reviews.permissions.meetings import (
    may_arrange_meeting,
    may_comment,
    may_hold_meeting,
    may_prepare_meeting,
    may_sum_up,
    may_write_minutes,
    may_write_report,
)
from reviews.queries.meetings import (
    AgendaLine,
    Speakers,
    audience,
    customary_agenda,
    explain_limit,
)
from reviews.queries.packing import lost_lines, pack_of
from scoring.queries.rankings import current_run
from scoring.services.scoring import lock_quarter
from tasks_market.services.steps import filled, require

_spoken_quarter = lazy(quarter_label, str)
State = ReviewMeeting.State
WRITTEN = {"report": "meeting.brief", "summing_up": "meeting.sum_up", "minutes": "meeting.minutes"}
"""What writing a text of the meeting is called in the log."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """When and where, who takes the chair, and until when departments explain; empty: the director, three working days."""

    day: date
    starts_at: time | None = None
    place: str = ""
    chair: Employee | None = None
    explain_until: date | None = None


# Before the meeting -----------------------------------------------------------------------------------------------


@transaction.atomic
def prepare_meeting(
    *, quarter: Quarter, arrangement: Arrangement, actor: Employee, today: date, now: datetime
) -> ReviewMeeting:
    """筹备: draws the lost points of the quarter's run, sets the customary agenda, tells who sits in it and who explains.

    Raises Refused, Conflict (no final scores, a meeting already), InvalidInput for days that do not fit.
    """
    require(may_prepare_meeting(actor, quarter))
    run = current_run(quarter)
    if run is None or run.is_provisional:
        raise Conflict(_("%s 还没有正式计分，不能筹备讲评会。") % quarter.code, code="state")
    meeting = ReviewMeeting(
        bureau=quarter.bureau, quarter=quarter, run=run, prepared_by=actor, prepared_at=now,
        **_arranged(arrangement, quarter, actor=actor, today=today),
    )  # fmt: skip
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError:
        raise Conflict(_("%s 已经有讲评会了；请刷新页面再看。") % quarter.code, code="exists") from None
    _draw(meeting)
    with translation.override(settings.DEFAULT_LANGUAGE):
        _set_agenda(meeting, customary_agenda(meeting, today=today))
    record(meeting, "meeting.prepare", actor=actor, after=_told_of(meeting) | {"run": run.number})
    tell(meeting, audience(meeting.bureau, today), gettext_lazy("%(quarter)s讲评会定于 %(day)s 召开"), "prepare")
    _ask_to_explain(meeting, today, "explain")
    return meeting


@transaction.atomic
def change_meeting(
    *, meeting: ReviewMeeting, arrangement: Arrangement, actor: Employee, today: date, now: datetime
) -> ReviewMeeting:
    """Another day, place, chair or limit; who sits in it is told. Raises Refused, Conflict, InvalidInput."""
    meeting = lock_meeting(meeting)
    require(may_arrange_meeting(actor, meeting))
    before = _told_of(meeting)
    for name, value in _arranged(arrangement, meeting.quarter, actor=actor, today=today).items():
        setattr(meeting, name, value)
    after = _told_of(meeting)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if not changed:
        return meeting
    meeting.save(update_fields=["day", "starts_at", "place", "chair", "explain_until"])
    record(meeting, "meeting.change", actor=actor, before={name: before[name] for name in changed}, after=changed)
    subject = gettext_lazy("%(quarter)s讲评会有变动：%(day)s 召开")
    tell(meeting, audience(meeting.bureau, today), subject, f"change:{now:%Y%m%d%H%M%S}")
    return meeting


@transaction.atomic
def set_agenda(*, meeting: ReviewMeeting, lines: Sequence[AgendaLine], actor: Employee) -> ReviewMeeting:
    """Puts another agenda in place of the one that stands. Raises Refused, Conflict, InvalidInput for an empty one."""
    meeting = lock_meeting(meeting)
    require(may_arrange_meeting(actor, meeting))
    if not lines:
        raise InvalidInput(_("议程至少要有一项。"))
    before = [item.title for item in meeting.agenda.all()]
    _set_agenda(meeting, lines)
    record(
        meeting,
        "meeting.agenda",
        actor=actor,
        before={"agenda": before},
        after={"agenda": [one.title for one in lines]},
    )
    return meeting


@transaction.atomic
def follow_run(*, meeting: ReviewMeeting, actor: Employee | None, today: date) -> bool:
    """Draws the lost points again where the quarter was scored since, keeping what was written; True if it was.

    What nobody has written about and is lost no longer goes; what was written about stays, with nothing lost. Does
    nothing once the meeting was held.
    """
    meeting = lock_meeting(meeting)
    return _follow_run(meeting, actor=actor, today=today)


def _follow_run(meeting: ReviewMeeting, *, actor: Employee | None, today: date) -> bool:
    run = current_run(meeting.quarter)
    if meeting.state != State.PREPARING or run is None or run.is_provisional:
        return False
    if (run.pk, run.scored_at) == (meeting.run_id, meeting.drawn_at):
        return False
    before, meeting.run = meeting.run, run
    _draw(meeting)
    record(
        meeting, "meeting.redraw", actor=actor, before={"run": before.number},
        after={"run": run.number, "lost_points": meeting.lost_points.count()},
    )  # fmt: skip
    _ask_to_explain(meeting, today, f"redraw:{run.pk}:{run.scored_at:%Y%m%d%H%M%S}")
    return True


@transaction.atomic
def hold_meeting(*, meeting: ReviewMeeting, actor: Employee, today: date, now: datetime) -> ReviewMeeting:
    """召开: freezes the pack of the run that counts in this moment and closes the explanations.

    Raises Refused, Conflict (before the day, or held already).
    """
    lock_quarter(meeting.bureau, meeting.quarter.code)  # no correction run comes between looking and freezing
    meeting = lock_meeting(meeting)
    require(may_hold_meeting(actor, meeting, today=today))
    _follow_run(meeting, actor=actor, today=today)
    run = meeting.run
    run.quarter = meeting.quarter
    _move(meeting, State.HELD, pack=pack_of(run).frozen(), held_by=actor, held_at=now)
    filled_in = meeting.lost_points.filter(filled_at__isnull=False).count()
    record(
        meeting, "meeting.hold", actor=actor,
        after={"run": run.number, "lost_points": meeting.lost_points.count(), "explained": filled_in},
    )  # fmt: skip
    return meeting


# What is said and written -----------------------------------------------------------------------------------------


@transaction.atomic
def write_report(*, meeting: ReviewMeeting, text: str, actor: Employee, known: str = "") -> ReviewMeeting:
    """绩效办汇报; `known` as in `require_unchanged`. Raises Refused, Conflict, InvalidInput for an empty one."""
    meeting = lock_meeting(meeting)
    require(may_write_report(actor, meeting))
    return _write(meeting, "report", text, _("请写明汇报内容。"), actor=actor, known=known)


@transaction.atomic
def sum_up(*, meeting: ReviewMeeting, text: str, actor: Employee, known: str = "") -> ReviewMeeting:
    """局长总结. Raises Refused, Conflict, InvalidInput for an empty one."""
    meeting = lock_meeting(meeting)
    require(may_sum_up(actor, meeting))
    return _write(meeting, "summing_up", text, _("请写明总结内容。"), actor=actor, known=known)


@transaction.atomic
def comment(*, meeting: ReviewMeeting, text: str, actor: Employee, now: datetime, known: str = "") -> MeetingComment:
    """点评 of a deputy director, one for each, changed until the minutes are final. Raises Refused, Conflict, InvalidInput."""
    meeting = lock_meeting(meeting)
    require(may_comment(actor, meeting))
    text = filled(text, "text", _("请写明点评内容。"))
    before = meeting.comments.filter(author=actor).first()
    require_unchanged(known, before.text if before else "")
    found, _made = meeting.comments.update_or_create(author=actor, defaults={"text": text, "at": now})
    record(
        meeting, "meeting.comment", actor=actor, before={"text": before.text} if before else None, after={"text": text}
    )
    return found


@transaction.atomic
def save_minutes(*, meeting: ReviewMeeting, text: str, actor: Employee, known: str = "") -> ReviewMeeting:
    """Keeps the minutes as far as they are written. Raises Refused, Conflict, InvalidInput for empty ones."""
    meeting = lock_meeting(meeting)
    require(may_write_minutes(actor, meeting))
    return _write(meeting, "minutes", text, _("请写明纪要内容。"), actor=actor, known=known)


@transaction.atomic
def close_meeting(
    *, meeting: ReviewMeeting, text: str, actor: Employee, today: date, now: datetime, known: str = ""
) -> ReviewMeeting:
    """定稿: from here nothing of the meeting changes but the course of its actions; who sat in it is told.

    Raises Refused, Conflict, InvalidInput for empty minutes.
    """
    meeting = lock_meeting(meeting)
    require(may_write_minutes(actor, meeting))
    text = filled(text, "text", _("请先写好纪要再定稿。"))
    before = meeting.minutes
    require_unchanged(known, before)
    _move(meeting, State.CLOSED, minutes=text, closed_by=actor, closed_at=now)
    record(
        meeting, "meeting.conclude", actor=actor, before={"minutes": before} if before != text else None,
        after={"minutes": text},
    )  # fmt: skip
    tell(
        meeting, audience(meeting.bureau, today), gettext_lazy("%(quarter)s讲评会纪要已定稿"), "conclude", at="minutes"
    )
    return meeting


# Steps ------------------------------------------------------------------------------------------------------------


def lock_meeting(meeting: ReviewMeeting) -> ReviewMeeting:
    """The meeting as it stands, locked until the transaction ends (docs/locking.md: after the quarter)."""
    rows = ReviewMeeting.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("bureau", "quarter__bureau", "run", "chair", "prepared_by").order_by().get(pk=meeting.pk)


def _move(meeting: ReviewMeeting, to: State, **values: Any) -> None:
    """Moves a meeting by an UPDATE that names the state it was read in; Conflict if somebody was faster."""
    values["state"] = to
    if ReviewMeeting.objects.filter(pk=meeting.pk, state=meeting.state).update(**values) != 1:
        raise Conflict(_("讲评会刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(meeting, name, value)


def require_unchanged(known: str, *texts: str) -> None:
    """Conflict if these are no longer the texts that the window shows as saved (`version_of`), so that nobody's words are
    overwritten unseen; without `known` nothing is asked."""
    if known and known != version_of(*texts):
        raise ChangedElsewhere(_("内容刚刚被别人改过，这里写的没有保存；请复制后刷新页面再并入。"))


def _write(
    meeting: ReviewMeeting, column: str, text: str, sentence: str, *, actor: Employee, known: str
) -> ReviewMeeting:
    text = filled(text, "text", sentence)
    before = getattr(meeting, column)
    if text != before:
        require_unchanged(known, before)
        setattr(meeting, column, text)
        meeting.save(update_fields=[column])
        record(meeting, WRITTEN[column], actor=actor, before={column: before}, after={column: text})
    return meeting


def _arranged(given: Arrangement, quarter: Quarter, *, actor: Employee, today: date) -> dict[str, Any]:
    if given.day < today:
        raise InvalidInput(_("召开日期不能早于今天。"), fields={"day": _("召开日期不能早于今天。")})
    until = given.explain_until or explain_limit(given.day, today)
    if not today <= until <= given.day:
        sentence = _("扣分说明的截止日期应当在今天和召开日期之间。")
        raise InvalidInput(sentence, fields={"explain_until": sentence})
    chair = given.chair or next(iter(holders(quarter.bureau, today, Role.Kind.DIRECTOR)), actor)
    if chair.bureau_id != quarter.bureau_id:
        raise InvalidInput(_("主持人应当是本单位的人员。"), fields={"chair": _("请选择本单位的人员。")})
    return {
        "day": given.day, "starts_at": given.starts_at, "place": given.place.strip(), "chair": chair,
        "explain_until": until,
    }  # fmt: skip


def _told_of(meeting: ReviewMeeting) -> dict[str, str]:
    return {
        "day": str(meeting.day), "starts_at": str(meeting.starts_at or ""), "place": meeting.place,
        "chair": str(meeting.chair or ""), "explain_until": str(meeting.explain_until),
    }  # fmt: skip


def _set_agenda(meeting: ReviewMeeting, lines: Iterable[AgendaLine]) -> None:
    meeting.agenda.all().delete()
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=meeting, position=position, kind=line.kind, title=line.title, speaker=line.speaker,
            department=line.department, length=line.length,
        )
        for position, line in enumerate(lines, start=1)
    )  # fmt: skip


def _draw(meeting: ReviewMeeting) -> None:
    """The lost points of the meeting's run as rows, in three statements; what was written in them stays."""
    meeting.drawn_at = meeting.run.scored_at  # a quarter that is not published is scored again within its run
    meeting.save(update_fields=["run", "drawn_at"])
    standing = {(row.department_id, row.point_id): row for row in meeting.lost_points.all()}
    made, moved = [], []
    for line in lost_lines(meeting.run):
        row = standing.pop((line.department_id, line.point_id), None)
        if row is None:
            row = LostPoint(meeting=meeting, department_id=line.department_id, point_id=line.point_id)
            made.append(row)
        else:
            moved.append(row)
        row.lost, row.people = line.amount, line.people
    kept = [row for row in standing.values() if row.cause or row.measure]
    for row in kept:
        row.lost, row.people = Decimal(0), 0
    LostPoint.objects.filter(pk__in=[row.pk for row in standing.values() if row not in kept]).delete()
    LostPoint.objects.bulk_update([*moved, *kept], ["lost", "people"], batch_size=500)
    LostPoint.objects.bulk_create(made, batch_size=500)


def _ask_to_explain(meeting: ReviewMeeting, today: date, occasion: str) -> None:
    speakers = Speakers(meeting.bureau, today)
    asked = meeting.lost_points.unfilled().order_by().values_list("department_id", flat=True).distinct()
    people = [person for department in asked for person in speakers.of(department)]
    subject = gettext_lazy("%(quarter)s讲评会：请在 %(until)s 前说明本部门的扣分")
    tell(meeting, people, subject, occasion, at="explanations")


def record(
    meeting: ReviewMeeting, action: str, *, actor: Employee | None, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """The audit line of an act on a meeting."""
    label = for_the_record(gettext_lazy("%s讲评会"), _spoken_quarter(meeting.quarter.code))
    audit.record(
        actor=actor, action=action, bureau=meeting.bureau, target=meeting, label=label, before=before, after=after
    )


def tell(
    meeting: ReviewMeeting, people: Iterable[Employee], subject: Promise, occasion: str, *, at: str = "", body: str = ""
) -> int:
    """Tells people of a step of the meeting; `at` is the section that the message leads to."""
    sentence = for_the_record(
        subject, quarter=_spoken_quarter(meeting.quarter.code), day=meeting.day, until=meeting.explain_until
    )
    page = reverse(f"reviews:meeting-{at}" if at else "reviews:meeting", args=[meeting.pk])
    return notify(recipients=people, subject=sentence, body=body, url=page, occasion=f"meeting.{occasion}:{meeting.pk}")
