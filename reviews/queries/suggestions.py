"""With whom a talk is due: ranked at the end, fallen far, an appeal not upheld (domain.md, Three showings)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.text import for_the_record
from indicators.models import Quarter
from organization.models import Bureau, Employee
from reviews.models import ReviewSettings, Talk, TalkSuggestion, Trigger
from reviews.models.talks import TalkSuggestionQuerySet
from reviews.queries.showings import settings_of
from scoring.models import Appeal, Score
from scoring.queries.rankings import current_run, previous_ranks

_spoken = lazy(quarter_label, str)
LOOKED_AT = 2
"""How many of the newest published quarters are looked at: an appeal may be decided long after publication."""

KIND_OF = {
    Trigger.LOW_RANK: Talk.Kind.COACH,
    Trigger.FALL: Talk.Kind.WARN,
    Trigger.APPEAL: Talk.Kind.INSPIRE,
    Trigger.AWARD: Talk.Kind.ENCOURAGE,
    Trigger.FREE: Talk.Kind.ENCOURAGE,
}
"""Which of the four kinds is proposed for a cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What gives rise to a talk with a person, in a sentence in the installation's language."""

    employee_id: int
    trigger: Trigger
    reason: str


def quarters_to_look_at(bureau: Bureau) -> list[Quarter]:
    """The newest published quarters, the newest first."""
    published = Quarter.objects.filter(bureau=bureau, state=Quarter.State.PUBLISHED).select_related("bureau")
    return list(published.order_by("-code")[:LOOKED_AT])


def causes(quarter: Quarter) -> list[Cause]:
    """Everything in a published quarter that gives rise to a talk, whether suggested already or not."""
    agreed = settings_of(quarter.bureau)
    return [*_low_ranks(quarter, agreed), *_falls(quarter, agreed), *_appeals(quarter)]


def last_places(ranked: int, percent: int) -> int:
    """How many places count as the last: rounded down, at least one."""
    return max(1, ranked * percent // 100)


def _low_ranks(quarter: Quarter, agreed: ReviewSettings) -> Iterator[Cause]:
    run = current_run(quarter)
    if run is None or not run.ranked:
        return
    first = run.ranked - last_places(run.ranked, agreed.low_rank_percent)
    sentence = _("%(quarter)s单位排名第 %(rank)d 名（共 %(of)d 人），在后 %(percent)d%%")
    named = {"quarter": _spoken(quarter.code), "of": run.ranked, "percent": agreed.low_rank_percent}
    low = Score.objects.filter(run=run, bureau_rank__gt=first).order_by("bureau_rank", "number")
    for employee, rank in low.values_list("employee_id", "bureau_rank"):
        yield Cause(employee, Trigger.LOW_RANK, for_the_record(sentence, **named, rank=rank))


def _falls(quarter: Quarter, agreed: ReviewSettings) -> Iterator[Cause]:
    before = previous_ranks(quarter)
    sentence = _("%(quarter)s单位排名第 %(rank)d 名，上季度第 %(before)d 名，下滑 %(fall)d 位")
    ranked = Score.objects.current().filter(quarter=quarter, bureau_rank__isnull=False, employee__in=before)
    for employee, rank in ranked.order_by("bureau_rank", "number").values_list("employee_id", "bureau_rank"):
        fall = (rank or 0) - before[employee]
        if fall >= agreed.fall_places:
            named = {"quarter": _spoken(quarter.code), "rank": rank, "before": before[employee], "fall": fall}
            yield Cause(employee, Trigger.FALL, for_the_record(sentence, **named))


def _appeals(quarter: Quarter) -> Iterator[Cause]:
    """What the assessed themselves objected to without success; several of a person are one cause."""
    rejected = Appeal.objects.filter(quarter=quarter, state=Appeal.State.REJECTED, side=Appeal.Side.ASSESSED)
    for employee, number in sorted(Counter(rejected.order_by().values_list("employee_id", flat=True)).items()):
        sentence = _("%(quarter)s得分的 %(n)d 件申诉裁定不成立") if number > 1 else _("%(quarter)s得分的申诉裁定不成立")
        reason = for_the_record(sentence, quarter=_spoken(quarter.code), n=number)
        yield Cause(employee, Trigger.APPEAL, reason)


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """A suggestion as the list shows it."""

    pk: int
    name: str
    number: str
    department: str
    branch: str
    trigger: str
    kind: str
    reason: str
    addressed: bool


def open_suggestions(user: Employee) -> TalkSuggestionQuerySet:
    """What the person sees and nobody has decided on, the newest quarter first."""
    seen = TalkSuggestion.objects.open().visible_to(user).select_related("employee__department", "branch")
    return seen.order_by("-quarter__code", "-trigger", "pk")


def suggestion_rows(user: Employee, suggestions: Iterable[TalkSuggestion]) -> list[SuggestionRow]:
    """Suggestions (`open_suggestions`) as rows of a list; `addressed` where it is theirs to act."""
    mine = set(TalkSuggestion.objects.open().addressed_to(user).values_list("pk", flat=True))
    return [
        SuggestionRow(
            pk=one.pk,
            name=one.employee.name,
            number=one.employee.number,
            department=one.employee.department.name,
            branch=one.branch.name if one.branch else "",
            trigger=str(one.get_trigger_display()),
            kind=str(KIND_OF[Trigger(one.trigger)].label),
            reason=one.reason,
            addressed=one.pk in mine,
        )
        for one in suggestions
    ]
