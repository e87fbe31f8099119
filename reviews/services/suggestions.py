"""Suggestions that a talk is due: made nightly from what was published, taken up or put aside by people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict
from common.text import for_the_record
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Bureau, Employee
from reviews.models import TalkSuggestion
from reviews.permissions.talks import may_decide_suggestion
from reviews.queries.suggestions import causes, quarters_to_look_at
from tasks_market.services.steps import filled, require


@transaction.atomic
def suggest_talks(bureau: Bureau, *, today: date, now: datetime) -> int:
    """Makes the suggestions that the newest published quarters give rise to, each once for all time; returns how many
    are new. Whoever is to act is told that there are some, not about whom."""
    _follow_branches(bureau)
    made = [one for quarter in quarters_to_look_at(bureau) for one in _suggest(quarter, today=today, now=now)]
    if made:
        _record(None, "talk.suggest", bureau)
        _tell(made, today)
    return len(made)


@transaction.atomic
def dismiss_suggestion(*, suggestion: TalkSuggestion, actor: Employee, reason: str, now: datetime) -> None:
    """不安排: puts a suggestion aside with a reason; it does not come back. Raises Refused, InvalidInput, Conflict."""
    require(may_decide_suggestion(actor, suggestion))
    reason = filled(reason, "reason", _("请写明不安排谈话的理由。"))
    values = {"state": TalkSuggestion.State.DISMISSED, "decision": reason, "decided_by": actor, "decided_at": now}
    if not TalkSuggestion.objects.open().filter(pk=suggestion.pk).update(**values):
        raise Conflict(_("这条谈话建议刚刚被别人处理过；请刷新页面再看。"))
    _record(actor, "talk.dismiss", suggestion.bureau, suggestion)


def _suggest(quarter: Quarter, *, today: date, now: datetime) -> list[TalkSuggestion]:
    """The suggestions of a quarter that were not there; of people who are still in post."""
    known = set(TalkSuggestion.objects.filter(quarter=quarter).values_list("employee_id", "trigger"))
    found = [cause for cause in causes(quarter) if (cause.employee_id, cause.trigger) not in known]
    here = Employee.objects.in_post_between(today, today).filter(bureau=quarter.bureau_id)
    people = here.select_related("branch__secretary", "department__deputy")
    by_id = people.in_bulk({cause.employee_id for cause in found})
    TalkSuggestion.objects.bulk_create(
        (
            TalkSuggestion(
                bureau_id=quarter.bureau_id,
                employee=by_id[cause.employee_id],
                branch=by_id[cause.employee_id].branch,
                quarter=quarter,
                trigger=cause.trigger,
                reason=cause.reason,
                made_at=now,
            )
            for cause in found
            if cause.employee_id in by_id
        ),
        ignore_conflicts=True,
    )
    related = ("employee__department__deputy", "employee__branch__secretary")
    everything = TalkSuggestion.objects.filter(quarter=quarter).select_related(*related).order_by("pk")
    return [one for one in everything if (one.employee_id, one.trigger) not in known]


def _follow_branches(bureau: Bureau) -> None:
    """An open suggestion goes with its person to another branch."""
    today_in = Employee.objects.filter(pk=OuterRef("employee")).values("branch")
    moved = TalkSuggestion.objects.open().filter(bureau=bureau).exclude(branch=F("employee__branch"))
    moved.update(branch=Subquery(today_in))


def _tell(made: Iterable[TalkSuggestion], today: date) -> None:
    asked: dict[int, Employee] = {}
    for one in made:
        branch = one.employee.branch
        leader = branch.secretary if branch else None
        if leader is None or leader.pk == one.employee_id:
            leader = one.employee.department.deputy
        if leader is not None and leader.pk != one.employee_id:
            asked[leader.pk] = leader
    notify(
        recipients=asked.values(),
        subject=for_the_record(gettext_lazy("有新的谈话建议，请查看并安排")),
        url=f"{reverse('reviews:talks')}?show=suggested",
        occasion=f"talk.suggest:{today}",
        private=True,
    )


def _record(actor: Employee | None, action: str, bureau: Bureau, target: TalkSuggestion | None = None) -> None:
    record(
        actor=actor,
        action=action,
        bureau=bureau,
        target=target,
        label=for_the_record(gettext_lazy("谈心谈话")),
        confidential=True,
    )
