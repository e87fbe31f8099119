"""扣分说明: what a department says to the points it lost, before the meeting; and who is reminded of it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from audit import services as audit
from organization.models import Bureau, Employee, Role
from organization.queries import holders, work_calendar
from reviews.models import LostPoint, ReviewMeeting
from reviews.permissions.meetings import may_explain
from reviews.queries.meetings import Speakers
from reviews.services.meetings import follow_run, require_unchanged, tell
from tasks_market.services.steps import require


@transaction.atomic
def explain(
    *, row: LostPoint, cause: str, measure: str, actor: Employee, today: date, now: datetime, known: str = ""
) -> LostPoint:
    """Keeps cause and measure of a lost point; with both of them it is explained, with one a draft.

    `known` as in `require_unchanged`. Raises Refused, Conflict once the meeting was held.
    """
    rows = LostPoint.objects.select_for_update(no_key=True, of=("meeting",))  # it is not held while this is written
    row = rows.select_related("meeting__bureau", "meeting__quarter", "department", "point").order_by().get(pk=row.pk)
    meeting = row.meeting
    require(may_explain(actor, row, headless=_headless(row, actor, today)))
    cause, measure = cause.strip(), measure.strip()
    before = {"cause": row.cause, "measure": row.measure}
    after = {"cause": cause, "measure": measure}
    if before == after:
        return row
    require_unchanged(known, row.cause, row.measure)
    whole = bool(cause and measure)
    row.cause, row.measure = cause, measure
    row.filled_by, row.filled_at = (actor, now) if whole else (None, None)
    row.save(update_fields=["cause", "measure", "filled_by", "filled_at"])
    audit.record(
        actor=actor, action="lost_point.explain", bureau=meeting.bureau, target=row,
        label=f"{meeting.quarter.code} {row.department.name} {row.point.code}", before=before, after=after,
    )  # fmt: skip
    return row


def _headless(row: LostPoint, actor: Employee, today: date) -> bool:
    """Whether the actor explains for a department in which nobody speaks; asked for others' departments alone."""
    return actor.department_id != row.department_id and Speakers(row.meeting.bureau, today).headless(row.department_id)


def follow_corrections(*, bureau: Bureau, today: date) -> int:
    """Draws the lost points of meetings again whose quarter was scored since; returns how many meetings."""
    behind = ReviewMeeting.objects.behind().filter(bureau=bureau).order_by("pk")
    return sum(follow_run(meeting=meeting, actor=None, today=today) for meeting in behind)


@transaction.atomic
def remind_of_explanations(*, bureau: Bureau, today: date) -> int:
    """On working days, until the meeting: each department that has not explained everything, once a day.

    Where nobody speaks for the department the office is told. Returns how many were told.
    """
    if not work_calendar().is_workday(today):
        return 0
    told = 0
    speakers = Speakers(bureau, today)
    preparing = ReviewMeeting.objects.filter(bureau=bureau, state=ReviewMeeting.State.PREPARING)
    for meeting in preparing.select_related("quarter", "bureau").order_by("pk"):
        waiting = meeting.lost_points.unfilled().order_by().values_list("department_id", flat=True).distinct()
        late = today > meeting.explain_until
        subject = (
            gettext_lazy("%(quarter)s讲评会的扣分说明已逾期（%(until)s），请尽快填写")
            if late
            else gettext_lazy("%(quarter)s讲评会的扣分说明还没有填完，请在 %(until)s 前填写")
        )
        people = {person.pk: person for department in waiting for person in speakers.of(department)}
        if any(speakers.headless(department) for department in waiting):
            people |= {person.pk: person for person in holders(bureau, today, Role.Kind.OFFICE)}
        told += tell(meeting, people.values(), subject, f"remind:{today}", at="explanations")
    return told
