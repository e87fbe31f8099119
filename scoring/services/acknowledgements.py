"""知悉: each person opens the result and acknowledges it (domain.md, Quarter's end); a changed score asks again."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.components import quarter_label
from common.errors import Conflict
from common.text import for_the_record
from indicators.models import Quarter
from notifications.services import notify
from organization.models import Employee
from scoring.models import Acknowledgement, Score
from scoring.permissions import may_acknowledge, may_remind_of_scores
from scoring.queries.acknowledgements import scores_seen_by, waiting


@transaction.atomic
def acknowledge(*, score: Score, actor: Employee, now: datetime) -> Acknowledgement:
    """Notes that the person has seen the score as it stands; a second time keeps the first moment.

    Raises Refused for somebody else's score, Conflict for one that is not final or was scored anew since it was read.
    """
    may_acknowledge(actor, score).require()
    if not score.quarter.is_settled or score.run.is_provisional:
        raise Conflict(_("%s 的得分还没有公示，公示后再确认知悉。") % score.quarter.code)
    row = Score.objects.select_for_update(of=("self",), no_key=True).select_related("run", "quarter", "bureau")
    current = row.get(pk=score.pk)
    if (current.digest, current.total) != (score.digest, score.total) or not current.run.is_current:
        raise Conflict(_("得分刚刚有变动；请刷新页面，看过新的明细再确认。"))
    seen, made = Acknowledgement.objects.get_or_create(
        score=current, digest=current.digest, total=current.total, defaults={"at": now}
    )
    if made:
        record(
            actor=actor,
            action="score.acknowledge",
            bureau=current.bureau,
            target=current,
            label=for_the_record(
                gettext_lazy("%(quarter)s %(person)s"), quarter=current.quarter.code, person=str(actor)
            ),
            after={"total": str(current.total), "digest": current.digest},
        )
    return seen


@transaction.atomic
def remind_of_scores(*, quarter: Quarter, actor: Employee, today: date) -> int:
    """Reminds those who have not acknowledged, of the bureau or of a head's department; returns how many were told.

    Once a day is enough: who was told today is not told again. Raises Refused, Conflict if nothing is shown.
    """
    may_remind_of_scores(actor, quarter.bureau).require()
    if not quarter.is_settled:
        raise Conflict(_("%s 还没有公示，没有可以知悉的得分。") % quarter.code)
    late = waiting(scores_seen_by(actor, quarter)).values("employee_id")
    told = notify(
        recipients=Employee.objects.filter(pk__in=late),
        subject=for_the_record(gettext_lazy("请查看并知悉%s得分"), lazy(quarter_label, str)(quarter.code)),
        url=f"{reverse('reports:mine')}?quarter={quarter.code}",
        occasion=f"score.acknowledge:{quarter.pk}:{today}",
    )
    if told:
        record(
            actor=actor,
            action="score.remind",
            bureau=quarter.bureau,
            target=quarter,
            label=for_the_record(gettext_lazy("%s 得分知悉"), quarter.code),
            after={"told": told},
        )
    return told
