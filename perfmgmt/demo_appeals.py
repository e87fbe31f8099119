"""Two appeals of the demonstration's past quarters, through the services: one withdrawn, one decided; no score moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext as _

from notifications.models import Notification
from organization.models import Employee
from organization.queries import work_calendar
from scoring.models import Appeal, Score
from scoring.queries.appeals import answerers, disputed_line, line_key
from scoring.queries.explanations import explanation
from scoring.services.appeals import answer_appeal, decide_appeal, file_appeal, withdraw_appeal

At = Callable[[date, int], datetime]


def appeal_in_publicity(code: str, staff: str, shown: date, office: Employee, at: At) -> None:
    """An appeal of one person about the first node that cost points, on the working days after `shown`.

    Filed the next day, answered the day after, and on the third day withdrawn in a first quarter, else not upheld.
    """
    scores = Score.objects.current().filter(quarter__code=code, employee__number=staff)
    score = scores.select_related("run", "quarter__bureau", "bureau", "employee").first()
    key = _costly(score) if score else ""
    if score is None or not key or disputed_line(score, key) is None:
        return
    filed, answered, decided = (work_calendar().add(shown, days) for days in (1, 2, 3))
    appeal = file_appeal(
        score=score,
        key=key,
        actor=score.employee,
        ground=_("扣分的事项发生在系统升级期间，并非本人操作造成，请复核原始记录。"),
        wanted=_("请按没有差错计分。"),
        today=filed,
        now=at(filed, 10),
    )
    _date_notices(appeal, at(filed, 10))
    answering = answerers(appeal)
    if not answering:
        return
    answer = _("已调取原始记录核对，差错由录入引起，与系统升级无关，建议维持。")
    answer_appeal(appeal=appeal, actor=answering[0], answer=answer, today=answered, now=at(answered, 15))
    _date_notices(appeal, at(answered, 15))
    if code.endswith("Q1"):
        withdraw_appeal(appeal=appeal, actor=score.employee, now=at(decided, 9))
    else:
        reason = _("经绩效办会同考评部门复核，原始记录清楚，维持原得分。")
        decide_appeal(appeal=appeal, actor=office, upheld=False, reason=reason, today=decided, now=at(decided, 16))
    _date_notices(appeal, at(decided, 16))


def _costly(score: Score) -> str:
    """The first node of the sheet that lost points."""
    items = (item for part in explanation(score).parts for item in part.children if item.kind == "item")
    for item in items:
        for node in item.children:
            if node.amount is not None and item.full and str(node.amount) != item.full and node.result_id:
                return line_key(node, item)
    return ""


def _date_notices(appeal: Appeal, moment: datetime) -> None:
    """What was told of the appeal since the last step was told then, and has been read."""
    told = Notification.objects.filter(occasion__startswith="appeal.", occasion__endswith=f":{appeal.pk}")
    told.filter(read_at__isnull=True).update(created_at=moment, read_at=moment)
