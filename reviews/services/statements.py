"""晒成绩、晒不足、晒打算: kept while they are typed, handed in until the end of the showing's day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import ChangedElsewhere, InvalidInput
from common.text import clauses, for_the_record, written
from notifications.services import notify
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from reviews.models import Showing, Statement
from reviews.permissions.showings import may_write_statement
from reviews.services.scheduling import lock_showing, page_of
from tasks_market.services.steps import require

LONGEST = 2000
"""Characters of one part; a statement is spoken in a few minutes."""


class Elsewhere(ChangedElsewhere):
    """The statement was written in another window since this one was opened; `stored` is what stands there."""

    def __init__(self, stored: Statement) -> None:
        super().__init__(_("这份发言在别的窗口改过，这里的内容还没有保存；请选择以哪一份为准。"))
        self.stored = stored


@transaction.atomic
def save_draft(
    *, showing: Showing, actor: Employee, texts: Mapping[str, str], known: datetime | None, today: date, now: datetime
) -> Statement:
    """Keeps what has been typed so far, as nobody's but the writer's; what was handed in stays handed in meanwhile.

    `known` is the `updated_at` that the window shows, None for one that began empty. Leaves no audit line: a draft is
    nobody's business until it is handed in. Raises Elsewhere if another window was faster, Refused, Conflict,
    InvalidInput.
    """
    showing = lock_showing(showing)  # before the state is looked at: nothing is written under a showing being held
    require(may_write_statement(actor, showing, today=today))
    texts = _taken(texts)
    statement = _opened(showing, actor, known, texts, now)
    if statement.drafted == texts and statement.pk:
        return statement
    if statement.handed_in_at:
        statement.pending = texts if texts != statement.texts else None
    else:
        _write(statement, texts)
    statement.updated_at = now
    statement.save()
    return statement


@transaction.atomic
def hand_in_statement(
    *, showing: Showing, actor: Employee, texts: Mapping[str, str], known: datetime | None, today: date, now: datetime
) -> Statement:
    """提交: all three parts, until the end of the day; may be changed and handed in again until then.

    Raises InvalidInput with a sentence for each part that is missing, Elsewhere, Refused, Conflict.
    """
    showing = lock_showing(showing)
    require(may_write_statement(actor, showing, today=today))
    texts = _taken(texts, whole=True)
    statement = _opened(showing, actor, known, texts, now)
    before = statement.texts if statement.handed_in_at else {}
    if before == texts and statement.pending is None:
        return statement
    _write(statement, texts)
    statement.pending, statement.updated_at, statement.handed_in_at = None, now, now
    statement.save()
    changed = {part: text for part, text in texts.items() if before.get(part) != text}
    record(
        actor=actor,
        action="statement.submit",
        bureau=showing.bureau,
        target=statement,
        label=f"{showing.month} {actor}",
        before={part: before[part] for part in changed if part in before},
        after=changed,
    )
    return statement


@transaction.atomic
def remind_statements(bureau: Bureau, *, today: date) -> int:
    """Tells who has not handed in on the working day before the showing and on its day, once each; returns how many."""
    calendar = work_calendar()
    near = Showing.objects.filter(
        bureau=bureau, state=Showing.State.SCHEDULED, day__gte=today, day__lte=calendar.add(today, 1)
    )
    told = 0
    for showing in near.order_by("pk"):
        done = Statement.objects.filter(showing=showing, handed_in_at__isnull=False)
        missing = Employee.objects.filter(showings__showing=showing).exclude(pk__in=done.values("employee"))
        told += notify(
            recipients=missing,
            subject=for_the_record(gettext_lazy("请在 %s 前提交三晒发言"), showing.day),
            body=showing.topic,
            url=page_of(showing),
            occasion=f"statement.remind:{showing.pk}:{showing.day}:{today}",
        )
    return told


def label_of(part: str) -> str:
    """晒成绩, 晒不足, 晒打算."""
    return str(getattr(Statement._meta.get_field(part), "verbose_name", part))


def _taken(texts: Mapping[str, str], *, whole: bool = False) -> dict[str, str]:
    """The three parts, clean; InvalidInput for one that is too long or, for handing in, missing."""
    found = {part: written(str(texts.get(part, ""))) for part in Statement.PARTS}
    faults: dict[str, str] = {}
    for part, text in found.items():
        if whole and not text:
            faults[part] = _("请写“%s”；三部分都写了才能提交。") % label_of(part)
        elif len(text) > LONGEST:
            faults[part] = _("“%(part)s”有 %(n)d 字，最多 %(most)d 字。") % {
                "part": label_of(part),
                "n": len(text),
                "most": LONGEST,
            }
    if faults:
        raise InvalidInput(clauses(faults.values()), fields=faults)
    return found


def _opened(
    showing: Showing, actor: Employee, known: datetime | None, texts: Mapping[str, str], now: datetime
) -> Statement:
    """The statement as this window knows it; Elsewhere if it was written since, unless with the same words."""
    found = Statement.objects.filter(showing=showing, employee=actor).first()
    if found is None:
        return Statement(showing=showing, employee=actor, updated_at=now)
    if found.updated_at != known and found.drafted != texts:
        raise Elsewhere(found)
    return found


def _write(statement: Statement, texts: Mapping[str, str]) -> None:
    for part, text in texts.items():
        setattr(statement, part, text)
