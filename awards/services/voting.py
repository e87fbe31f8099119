"""投票: opened and closed by the clock or the office; one ballot a star and person, of which nobody can tell the choice.

A cast ballot is one transaction: the row that somebody has voted, one UPDATE of *all* counters of the star, and an audit
line that names person and star. Every counter is rewritten whatever was chosen, so that neither times nor the order nor
the versions of rows lead from a voter to a choice (docs/awards.md, The secret ballot).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from awards.models import COMMITTEE, RUNS_SELECTIONS, BallotCast, Nomination, Selection, StarCategory, Tally, Voter
from awards.permissions.selections import (
    can_close_ballot,
    can_open_ballot,
    may_close_ballot,
    may_open_ballot,
    may_vote,
    may_vote_for,
)
from awards.queries.nominees import standing
from awards.queries.selections import State
from awards.queries.votes import late_voters, turnout, voter_of
from awards.services.selections import (
    lock_selection,
    move_selection,
    record_selection,
    tell,
)
from common.errors import Conflict, InvalidInput
from common.workdays import WorkCalendar
from organization.models import Employee, RankCategory, Role
from organization.queries import LEADER_KINDS, holders, work_calendar
from tasks_market.services.steps import filled, require

LEADING_CATEGORY = RankCategory.DEFAULTS[0]
LAST_DAYS = 2
"""In the last working days of a ballot whoever has not voted is reminded."""


@transaction.atomic
def open_ballot(*, selection: Selection, actor: Employee | None, today: date, now: datetime) -> Selection:
    """开始投票: fixes who votes and the counters of all nominees. `actor` None is the clock.

    A ballot that opens late, because nothing ran on its day, keeps its number of working days; one that the office
    opens early keeps its last day. Raises Refused, Conflict where nobody is nominated.
    """
    selection = lock_selection(selection.pk)
    require(may_open_ballot(actor, selection) if actor else can_open_ballot(selection))
    nominations = list(standing(selection))
    if not nominations:
        raise Conflict(_("还没有人获得提名，不能开始投票；请先组织提名，或调整投票日期。"), code="nominations")
    voters = _voters(selection, today)
    Voter.objects.bulk_create(voters)
    Tally.objects.bulk_create(
        Tally(nomination=nomination, side=side) for nomination in nominations for side in Voter.Side
    )
    days = _ballot_days(selection, today, work_calendar())
    move_selection(selection, State.BALLOTING, actor=actor, now=now, **days)
    record_selection(
        selection,
        "selection.open_ballot",
        actor=actor,
        after={"voters": len(voters), "nominations": len(nominations), **days},
    )
    people = [voter.employee for voter in voters if voter.employee.is_active]
    subject = gettext_lazy("%(quarter)s五星评选开始投票，请在 %(due)s 前投票")
    tell(selection, people, subject, "ballot", due=selection.ballot_until)
    return selection


def _voters(selection: Selection, today: date) -> list[Voter]:
    """Everybody in post on the day: holders of a leader's role and the category 局领导 as leaders, the others as staff."""
    here = Employee.objects.filter(bureau=selection.bureau).in_post_between(today, today)
    people = here.select_related("category").order_by("number")
    held = Role.objects.in_force(today).filter(kind__in=LEADER_KINDS, employee__bureau=selection.bureau)
    leading = set(held.values_list("employee_id", flat=True))
    return [
        Voter(
            selection=selection,
            employee=one,
            side=Voter.Side.LEADERS if one.pk in leading or one.category.name == LEADING_CATEGORY else Voter.Side.STAFF,
        )
        for one in people
    ]


def _ballot_days(selection: Selection, today: date, calendar: WorkCalendar) -> dict[str, Any]:
    if today < selection.ballot_from:
        nominated = min(selection.nominate_until, today - date.resolution)
        return {"nominate_until": nominated, "ballot_from": today, "ballot_until": selection.ballot_until}
    late = calendar.count(selection.ballot_from, today - date.resolution)
    if not late:
        return {"ballot_from": selection.ballot_from, "ballot_until": max(selection.ballot_until, today)}
    length = max(1, calendar.count(selection.ballot_from, selection.ballot_until))
    first = calendar.add(today - date.resolution, 1)
    return {"ballot_from": today, "ballot_until": calendar.add(first, length - 1)}


@sensitive_variables("chosen", "names")
@transaction.atomic
def cast_ballot(
    *, category: StarCategory, chosen: Collection[int], actor: Employee, today: date, abstain: bool = False
) -> None:
    """Casts the actor's one ballot for a star: up to as many nominees (ids of nominations) as it has winners, or none
    with `abstain`. It cannot be changed, because nobody could tell which votes to take back.

    Locks the star, so that a ballot is either counted or comes too late, and double presses wait for each other.
    Raises Refused, Conflict, InvalidInput.
    """
    lock_category(category.pk)
    category = StarCategory.objects.select_related("selection__bureau", "selection__quarter").get(pk=category.pk)
    selection = category.selection
    voter = voter_of(selection, actor)
    require(may_vote(actor, selection, today=today, voter=voter))
    assert voter is not None  # may_vote says no to whoever is not on the list
    already = BallotCast.objects.filter(category=category, voter=voter).exists()
    require(may_vote_for(voter, category, already=already))
    names = _checked_choice(category, chosen, abstain=abstain)
    BallotCast.objects.create(category=category, voter=voter)
    _count(category, voter.side, names)
    record_selection(selection, "ballot.cast", actor=actor, target=category, label=str(category))


@sensitive_variables("chosen", "names")
def _checked_choice(category: StarCategory, chosen: Collection[int], *, abstain: bool) -> set[int]:
    names = set(chosen)
    sentence = ""
    if abstain and names:
        sentence = _("弃权的选票不能再选人；请去掉所选，或不要弃权。")
    elif not abstain and not names:
        sentence = _("请至少选一人；都不选的，请明确选择弃权。")
    elif len(names) > category.winners:
        sentence = _("%(star)s最多选 %(most)d 人。") % {"star": category, "most": category.winners}
    if sentence:
        raise InvalidInput(sentence, fields={"chosen": sentence})
    running = Nomination.objects.filter(category=category, withdrawn_at__isnull=True, pk__in=names)
    if running.count() != len(names):
        raise InvalidInput(_("所选的人里有人不是这颗星的候选人；请刷新页面再选。"))
    return names


@sensitive_variables("names")
def _count(category: StarCategory, side: str, names: Collection[int]) -> None:
    """One UPDATE of every counter of the star, of both sides: which of them grew is not seen from their versions."""
    counters: QuerySet[Tally] = Tally.objects.filter(nomination__category=category)
    grows = Case(
        When(nomination_id__in=sorted(names), side=side, then=Value(1)), default=Value(0)
    )  # fmt: skip
    counters.update(votes=F("votes") + grows)


def lock_category(pk: int) -> None:
    """Serialises the ballots of one star; closing takes it for every star before it looks."""
    StarCategory.objects.select_for_update(no_key=True).order_by().get(pk=pk)


@transaction.atomic
def close_ballot(
    *, selection: Selection, actor: Employee | None, today: date, now: datetime, reason: str = ""
) -> Selection:
    """投票截止: from here results are seen and nobody votes. `actor` None is the clock.

    Before its last day is over the office closes it only with a reason, or when everybody has voted.
    Raises Refused, Conflict, InvalidInput.
    """
    selection = lock_selection(selection.pk)
    require(may_close_ballot(actor, selection) if actor else can_close_ballot(selection))
    for pk in StarCategory.objects.filter(selection=selection).order_by("pk").values_list("pk", flat=True):
        lock_category(pk)
    sides = turnout(selection)
    everybody_has = all(side.done == side.voters for side in sides)
    if actor is not None and today <= selection.ballot_until and not everybody_has:
        sentence = _("投票截止日还没有过，提前截止要写明理由。")
        reason = filled(reason, "reason", sentence)
    move_selection(selection, State.DECIDING, actor=actor, now=now, reason=reason)
    record_selection(
        selection,
        "selection.close_ballot",
        actor=actor,
        after={side.side: f"{side.done}/{side.voters}" for side in sides},
        reason=reason,
    )
    deciding = holders(selection.bureau, today, *COMMITTEE, *RUNS_SELECTIONS)
    tell(selection, deciding, gettext_lazy("%(quarter)s五星评选投票结束，请审定"), "decide")
    return selection


@transaction.atomic
def remind_voters(*, selection: Selection, today: date, calendar: WorkCalendar) -> int:
    """On each of the last working days tells whoever has not voted for every star, once a day; returns how many were.

    A reminder is no act of anybody and changes nothing of the selection, hence it has no audit line.
    """
    if selection.state != State.BALLOTING or not calendar.is_workday(today) or today > selection.ballot_until:
        return 0
    if calendar.workdays_left(today, selection.ballot_until) >= LAST_DAYS:
        return 0
    subject = gettext_lazy("%(quarter)s五星评选 %(due)s 截止，您还有没有投的票")
    return tell(selection, late_voters(selection), subject, f"remind:{today}", due=selection.ballot_until)
