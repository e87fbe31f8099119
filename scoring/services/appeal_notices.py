"""Who is told of an appeal: of each step, before and after each limit, and of a total that moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy

from common.components import quarter_label
from common.text import for_the_record
from notifications.services import notify
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from scoring.models import Appeal, ScoreRun
from scoring.queries.appeals import answerers, deciders, page_of
from scoring.queries.corrections import moves_of_correction

State = Appeal.State
_spoken_quarter = lazy(quarter_label, str)


def remind_appeals(bureau: Bureau, *, today: date) -> int:
    """Reminds who answers and who decides on the working day before a limit, on its day, and daily once it has passed.

    Each person is told once a day; nothing is decided by itself. Returns how many were told.
    """
    told = 0
    for appeal in Appeal.objects.whole().filter(bureau=bureau, state__in=Appeal.OPEN).order_by("pk"):
        late = appeal.state == State.FILED and today > appeal.answer_due
        if appeal.state == State.FILED and _is_day_to_remind(appeal.answer_due, today):
            subject = (
                gettext_lazy("%(name)s%(quarter)s得分的申诉答复已逾期（%(due)s），请尽快答复")
                if late
                else gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前答复")
            )
            told += tell(appeal, answerers(appeal), subject, f"remind-answer:{today}", due=appeal.answer_due)
        if (late or appeal.state == State.ANSWERED) and _is_day_to_remind(appeal.decide_due, today):
            subject = (
                gettext_lazy("%(name)s%(quarter)s得分的申诉裁定已逾期（%(due)s），请尽快裁定")
                if today > appeal.decide_due
                else gettext_lazy("%(name)s%(quarter)s得分的申诉，请在 %(due)s 前裁定")
            )
            told += tell(appeal, deciders(appeal), subject, f"remind-decide:{today}", due=appeal.decide_due)
    return told


def _is_day_to_remind(due: date, today: date) -> bool:
    return today >= due or today == work_calendar().add(due, -1)


def tell(
    appeal: Appeal,
    people: Iterable[Employee],
    subject: Promise,
    occasion: str,
    *,
    body: str = "",
    due: date | None = None,
) -> int:
    """Tells people of a step of the appeal; the day in the sentence is by default the one that it waits for."""
    waits = appeal.answer_due if appeal.state == State.FILED else appeal.decide_due
    sentence = for_the_record(
        subject,
        name=appeal.employee.name,
        quarter=_spoken_quarter(appeal.quarter.code),
        line=appeal.line,
        due=due or waits,
    )
    return notify(
        recipients=people,
        subject=sentence,
        body=body or appeal.line,
        url=page_of(appeal),
        occasion=f"appeal.{occasion}:{appeal.pk}",
        private=True,
    )


def tell_moved(appeal: Appeal, run: ScoreRun) -> None:
    """Tells everybody whose total moved; they acknowledge the new one again."""
    numbers = [one.number for one in moves_of_correction(run) if one.total_before != one.total_after]
    notify(
        recipients=Employee.objects.filter(scores__run=run, number__in=numbers),
        subject=for_the_record(
            gettext_lazy("您%s的总分因申诉更正而变动，请查看并重新知悉"), _spoken_quarter(appeal.quarter.code)
        ),
        body=run.reason,
        url=f"{reverse('reports:mine')}?quarter={appeal.quarter.code}",
        occasion=f"score.moved:{run.pk}",
        private=True,
    )
