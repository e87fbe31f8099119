"""A scored quarter goes public: 审核, 公示, 发布, and after that only 更正 (domain.md, Quarter's end; scoring.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.components import quarter_label
from common.errors import Conflict, InvalidInput
from common.text import for_the_record
from indicators.models import Quarter, QuarterStep
from indicators.services.quarters import move_quarter, opened_for_correction
from notifications.services import announce, notify
from organization.models import Bureau, Employee, Role
from organization.queries import holders
from scoring.models import ScoreRun
from scoring.permissions import may_publish_quarter, may_run_quarter
from scoring.queries import Obstacle, Readiness, readiness
from scoring.queries.readiness import publicity_began, publicity_ends
from scoring.services.corrections import add_correction_run
from scoring.services.scoring import lock_quarter

State = Quarter.State
WAY = (State.OPEN, State.COLLECTING, State.REVIEWING, State.PUBLICITY, State.PUBLISHED)


class NotReady(Conflict):
    """The readiness list is not empty; `sentences` are its lines."""

    default_code = "not_ready"

    def __init__(self, quarter: Quarter, sentences: list[str]) -> None:
        super().__init__(
            _("%(quarter)s 还不能继续：%(sentences)s") % {"quarter": quarter.code, "sentences": " ".join(sentences)},
            fields={"readiness": sentences},
        )
        self.sentences = sentences


@transaction.atomic
def start_publicity(
    *, bureau: Bureau, quarter_code: str, actor: Employee | None, today: date, override: str = ""
) -> Quarter:
    """Shows the scores to everybody they concern for five working days (公示).

    `override` is the reason for passing over missing and unconfirmed results and people without individual task. Raises
    NotReady, Refused, Conflict, InvalidInput.
    """
    if actor is not None:
        may_run_quarter(actor, bureau).require()
    quarter = lock_quarter(bureau, quarter_code)
    if quarter.state == State.PUBLICITY or quarter.is_frozen:
        raise Conflict(_("%(quarter)s 已经公示，不必再次公示。") % {"quarter": quarter.code})
    checked = readiness(quarter, today=today).without_publicity()
    _advance(checked, State.PUBLICITY, actor=actor, override=override)
    _tell(quarter, gettext_lazy("%s得分开始公示，请核对本人得分"), f"publicity:{today}")
    return quarter


@transaction.atomic
def publish_quarter(
    *, bureau: Bureau, quarter_code: str, actor: Employee | None, today: date, override: str = ""
) -> Quarter:
    """Publishes and freezes a scored quarter (scoring.md §6), if nothing stands in the way.

    `override` is the reason for passing over missing and unconfirmed results, people without individual task,
    unfinished tasks and the days of publicity; an absent, provisional or outdated score is never passed over. A quarter that was not shown yet
    takes its remaining steps at once. Raises NotReady, Refused, Conflict, InvalidInput.
    """
    if actor is not None:
        may_publish_quarter(actor, bureau).require()
    quarter = lock_quarter(bureau, quarter_code)
    if quarter.is_frozen:
        raise Conflict(_("%(quarter)s 已经发布，不必再次发布。") % {"quarter": quarter.code})
    _advance(readiness(quarter, today=today), State.PUBLISHED, actor=actor, override=override)
    _tell(quarter, gettext_lazy("%s得分已发布"), "publish")
    return quarter


@transaction.atomic
def publish_by_date(*, bureau: Bureau, quarter_code: str, today: date) -> Quarter | None:
    """Publishes a quarter whose days of publicity are over, if nothing stands in the way (domain.md, table); else None.

    What the office passed over with a reason when it began 公示 stays passed over for that reason. A quarter that is not
    ready stays, and the office is told of what is in the way, once for each different list. Whatever is not in publicity
    or not past its days is left alone, so that it may run at any time, twice, and after a standstill.
    """
    quarter = lock_quarter(bureau, quarter_code)
    began, last = publicity_began(quarter), publicity_ends(quarter)
    if quarter.state != State.PUBLICITY or began is None or last is None or today <= last:
        return None
    checked = readiness(quarter, today=today)
    remaining = checked.remaining(forced=bool(began.reason.strip()))
    if remaining:
        _tell_office(quarter, remaining, began)
        return None
    _advance(checked, State.PUBLISHED, actor=None, override=began.reason)
    _tell(quarter, gettext_lazy("%s得分已发布"), "publish")
    return quarter


def _tell_office(quarter: Quarter, remaining: Sequence[Obstacle], began: QuarterStep) -> None:
    kinds = "+".join(one.kind for one in remaining)
    notify(
        recipients=holders(quarter.bureau, quarter.bureau.today, Role.Kind.OFFICE),
        subject=for_the_record(gettext_lazy("%s公示期已满，还不能自动发布"), lazy(quarter_label, str)(quarter.code)),
        body="\n".join(one.sentence for one in remaining),
        url=f"{reverse('scoring:quarter', args=[quarter.code])}#ready",
        occasion=f"quarter.waits:{began.pk}:{kinds}",
    )


def _tell(quarter: Quarter, sentence: Promise, event: str) -> None:
    """Tells everybody who was scored and the bureau's groups, once for each event; `sentence` has a place for the name."""
    subject = for_the_record(sentence, lazy(quarter_label, str)(quarter.code))
    url = f"{reverse('reports:mine')}?quarter={quarter.code}"
    occasion = f"quarter.{event}:{quarter.bureau.code}:{quarter.code}"
    people = Employee.objects.filter(scores__quarter=quarter, scores__run__is_current=True)
    notify(recipients=people, subject=subject, url=url, occasion=occasion)
    announce(bureau=quarter.bureau, subject=subject, url=url, occasion=occasion)


def _advance(checked: Readiness, to: State, *, actor: Employee | None, override: str) -> None:
    quarter, reason = checked.quarter, override.strip()
    remaining = checked.remaining(forced=bool(reason))
    if remaining:
        raise NotReady(quarter, [one.sentence for one in remaining])
    if checked.obstacles:
        record(
            actor=actor,
            action="quarter.override",
            bureau=quarter.bureau,
            target=quarter,
            after={"to": to, "overridden": [one.sentence for one in checked.obstacles]},
            reason=reason,
        )
    for state in WAY[WAY.index(State(quarter.state)) + 1 : WAY.index(to) + 1]:
        move_quarter(quarter=quarter, to=state, actor=actor, reason=reason)


@transaction.atomic
def correct_quarter(*, bureau: Bureau, quarter_code: str, actor: Employee | None, reason: str) -> ScoreRun:
    """Scores a published quarter again beside the run that was published, which is kept (scoring.md §6).

    Raises InvalidInput without a reason, Conflict if the quarter is not published or nothing would change, Refused.
    """
    if actor is not None:
        may_publish_quarter(actor, bureau).require()
    reason = reason.strip()
    if not reason:
        raise InvalidInput(_("更正计分要写明理由。"), fields={"reason": _("请写明更正的理由")})
    quarter = lock_quarter(bureau, quarter_code)
    if not quarter.is_frozen:
        raise Conflict(_("%(quarter)s 还没有发布，不必更正；请直接重新计分。") % {"quarter": quarter.code})
    with opened_for_correction(quarter):
        run = add_correction_run(quarter, actor=actor, reason=reason)
    if run is None:
        raise Conflict(_("%(quarter)s 的输入与已发布的得分一致，没有需要更正的。") % {"quarter": quarter.code})
    _tell(quarter, gettext_lazy("%s得分已更正，原得分保留可查"), f"correction:{run.number}")
    return run
