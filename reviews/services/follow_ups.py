"""跟进事项: what a showing agreed that somebody does until the next month; the owner says how it came out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import clean, for_the_record
from notifications.services import notify
from organization.models import Employee
from reviews.models import FollowUp, Showing
from reviews.permissions.ratings import may_record_follow_up, may_remove_follow_up, may_report_follow_up
from reviews.queries.follow_ups import last_day_for
from reviews.services.scheduling import lock_showing
from tasks_market.services.steps import filled, require

LONGEST_TASK = 300
LONGEST_OUTCOME = 1000


@transaction.atomic
def add_follow_up(
    *, showing: Showing, actor: Employee, owner: Employee, task: str, due_on: date, now: datetime
) -> FollowUp:
    """登记: somebody on the list of the showing has to do something, by the end of the month after it; told at once.

    Raises Refused, Conflict, InvalidInput naming the field.
    """
    showing = lock_showing(showing)
    require(may_record_follow_up(actor, showing))
    task = filled(clean(task), "task", _("请写明要做的事。"))
    _require_length(task, LONGEST_TASK, "task")
    if not showing.participants.filter(employee=owner).exists():
        sentence = _("责任人应当是这次三晒名单上的人。")
        raise InvalidInput(sentence, fields={"owner": sentence})
    _require_day(showing, due_on)
    row = FollowUp.objects.create(showing=showing, owner=owner, task=task, due_on=due_on, made_by=actor, made_at=now)
    _record(row, "follow_up.add", actor=actor, after={"owner": str(owner), "task": task, "due_on": due_on})
    notify(
        recipients=[owner],
        subject=for_the_record(gettext_lazy("三晒给您登记了跟进事项，请在 %s 前完成"), due_on),
        body=task,
        url=reverse("reviews:follow-ups"),
        occasion=f"follow_up.add:{row.pk}",
    )
    return row


@transaction.atomic
def report_follow_up(
    *, follow_up: FollowUp, actor: Employee, outcome: str, now: datetime, done: bool = False
) -> FollowUp:
    """How it stands, by the owner; `done` ends it, and whoever recorded it is told. Raises Refused, Conflict, InvalidInput."""
    follow_up = _locked(follow_up)
    require(may_report_follow_up(actor, follow_up))
    outcome = filled(clean(outcome), "outcome", _("请写明完成情况。"))
    _require_length(outcome, LONGEST_OUTCOME, "outcome")
    before = {"outcome": follow_up.outcome}
    follow_up.outcome, follow_up.done_at = outcome, now if done else None
    follow_up.save(update_fields=["outcome", "done_at"])
    action = "follow_up.done" if done else "follow_up.report"
    _record(follow_up, action, actor=actor, before=before, after={"outcome": outcome})
    if done and follow_up.made_by and follow_up.made_by != actor:
        notify(
            recipients=[follow_up.made_by],
            subject=for_the_record(
                gettext_lazy("%(name)s完成了跟进事项“%(task)s”"), name=actor.name, task=follow_up.task
            ),
            body=outcome,
            url=reverse("reviews:summary", args=[follow_up.showing_id]),
            occasion=f"follow_up.done:{follow_up.pk}",
        )
    return follow_up


@transaction.atomic
def remove_follow_up(*, follow_up: FollowUp, actor: Employee) -> None:
    """撤销 what was recorded by mistake, as long as it is not done; the owner is told. Raises Refused, Conflict."""
    follow_up = _locked(follow_up)
    require(may_remove_follow_up(actor, follow_up))
    before = {"owner": str(follow_up.owner), "task": follow_up.task, "due_on": follow_up.due_on}
    _record(follow_up, "follow_up.withdraw", actor=actor, before=before)
    notify(
        recipients=[follow_up.owner],
        subject=for_the_record(gettext_lazy("三晒给您登记的跟进事项已撤销")),
        body=follow_up.task,
        url=reverse("reviews:follow-ups"),
        occasion=f"follow_up.remove:{follow_up.pk}",
    )
    follow_up.delete()


def _locked(follow_up: FollowUp) -> FollowUp:
    """The row as it stands, locked before anybody looks whether it is done; Conflict if it was taken back."""
    rows = FollowUp.objects.select_for_update(of=("self",)).select_related("showing__bureau", "owner", "made_by")
    found = rows.filter(pk=follow_up.pk).order_by().first()
    if found is None:
        raise Conflict(_("这件跟进事项已经撤销；请刷新页面再看。"), code="gone")
    return found


def _require_day(showing: Showing, due_on: date) -> None:
    first, last = showing.held_on, last_day_for(showing)
    assert first is not None
    if not first <= due_on <= last:
        sentence = _("期限应当在 %(first)s 到 %(last)s 之间：下个月的三晒要说完成得怎样。") % {
            "first": first,
            "last": last,
        }
        raise InvalidInput(sentence, fields={"due_on": sentence})


def _require_length(text: str, most: int, name: str) -> None:
    if len(text) > most:
        sentence = _("有 %(n)d 字，最多 %(most)d 字。") % {"n": len(text), "most": most}
        raise InvalidInput(sentence, fields={name: sentence})


def _record(row: FollowUp, action: str, *, actor: Employee, before: Any = None, after: Any = None) -> None:
    record(
        actor=actor,
        action=action,
        bureau=row.showing.bureau,
        target=row,
        label=f"{row.showing.month} {row.task}",
        before=before,
        after=after,
    )
