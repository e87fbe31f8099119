"""互评: drawn when a showing is held, written in peace, opened for all when the last ballot is in (domain.md).

Until then nobody learns what anybody wrote: not from a page, the API, or the audit log, whose lines count ballots and
name no content. Drafts leave no line: they are nobody's business but their writer's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Conflict, InvalidInput
from common.text import for_the_record, written
from notifications.services import notify
from organization.models import Employee
from reviews.draw import draw_peers
from reviews.marks import Ballot
from reviews.models import HIGHEST_MARK, Participant, Rating, Showing
from reviews.permissions.ratings import may_rate, may_remind_raters
from reviews.queries.ratings import earlier_pairs, missing_raters
from reviews.queries.showings import month_title, settings_of
from reviews.services.scheduling import lock_showing, record_showing
from tasks_market.services.steps import require

Kind = Rating.Kind
LONGEST = 1000
"""Characters of one comment."""
_spoken_month = lazy(month_title, str)


@transaction.atomic
def draw_ratings(*, showing: Showing, actor: Employee, now: datetime) -> int:
    """Allots the peers that each of those present rates, and the leaders' comments; returns the number of ballots.

    Once drawn it is fixed. The draw can be repeated by anybody: `reviews.draw` with the seed `seed_of(showing)`. Whoever
    holds a showing has it drawn, with the showing just moved to held. Raises Conflict for a second draw, and before.
    """
    showing = lock_showing(showing)
    if showing.state != Showing.State.HELD:
        raise Conflict(_("互评在三晒召开以后抽签；现在不能抽。"), code=showing.state)
    if showing.ratings_are_open or showing.ratings.exists():
        raise Conflict(_("互评已经抽签，抽定以后不再重抽。"), code="drawn")
    there = list(showing.participants.filter(attendance=Participant.Attendance.PRESENT).order_by("pk"))
    ballots = [
        Rating(showing=showing, updated_at=now, **ballot)
        for ballot in [*_peers(showing, there), *_leaders(showing, there)]
    ]
    Rating.objects.bulk_create(ballots, batch_size=1000)
    record_showing(
        showing,
        "showing.allot",
        actor=actor,
        after={"people": len(there), "ballots": len(ballots), "seed": seed_of(showing)},
    )
    raters = Employee.objects.filter(pk__in={ballot.rater_id for ballot in ballots})
    _tell(showing, raters, gettext_lazy("%(month)s三晒的互评已抽签，请为抽到的同志打分、写评语"), "draw")
    open_if_all_in(showing, actor=actor, now=now)
    return len(ballots)


def seed_of(showing: Showing) -> str:
    """What the draw of a showing starts from; kept by being its number."""
    return str(showing.pk)


def _peers(showing: Showing, there: Collection[Participant]) -> list[dict[str, Any]]:
    people, each = [one.employee_id for one in there], settings_of(showing.bureau).peers_each
    drawn = draw_peers(people, each=each, seed=seed_of(showing), before=earlier_pairs(showing, people))
    return [
        {"rater_id": rater, "ratee_id": ratee, "kind": Kind.PEER} for rater, ratees in drawn.items() for ratee in ratees
    ]


def _leaders(showing: Showing, there: Collection[Participant]) -> list[dict[str, Any]]:
    """For each branch its secretary, where there, else whoever held the session, about every other who was there."""
    present = {one.employee_id for one in there}
    secretaries = dict(showing.joined.values_list("branch_id", "branch__secretary_id"))
    leader = {
        branch: secretary if secretary in present else showing.held_by_id for branch, secretary in secretaries.items()
    }
    return [
        {"rater_id": leader[one.branch_id], "ratee_id": one.employee_id, "kind": Kind.LEADER}
        for one in there
        if leader.get(one.branch_id) not in (None, one.employee_id)
    ]


@transaction.atomic
def save_ratings(*, showing: Showing, actor: Employee, ballots: Mapping[int, Ballot], now: datetime) -> None:
    """Keeps one's own ballots as drafted, by the id of the ratee's rating; incomplete ones, too.

    Raises Refused, Conflict once they are handed in or the showing is closed, InvalidInput for a mark that is none.
    """
    showing = lock_showing(showing)  # before the state is looked at: nothing is written under one being closed
    require(may_rate(actor, showing))
    own = list(showing.ratings.filter(rater=actor).order_by("pk"))
    if ballots.keys() - {rating.pk for rating in own}:
        raise InvalidInput(_("有的评价不是分给您的；请刷新页面再填。"))
    ballots = _taken(ballots)
    for rating in own:
        ballot = ballots.get(rating.pk)
        if ballot is None:
            continue
        draft = Rating.objects.filter(pk=rating.pk, handed_in_at__isnull=True)
        mark = ballot.mark if rating.kind == Kind.PEER else None
        if draft.update(mark=mark, comment=ballot.comment, updated_at=now) != 1:
            raise Conflict(_("您的评价已经提交，不再修改。"), code="handed_in")


def _taken(ballots: Mapping[int, Ballot]) -> dict[int, Ballot]:
    """The ballots with clean comments; InvalidInput for a mark that is none and a comment that is too long."""
    faults: dict[str, object] = {}
    found: dict[int, Ballot] = {}
    for pk, ballot in ballots.items():
        comment = written(ballot.comment)
        if ballot.mark is not None and not 0 <= ballot.mark <= HIGHEST_MARK:
            faults[f"mark-{pk}"] = _("评分是 0 至 %(highest)d 的整数。") % {"highest": HIGHEST_MARK}
        if len(comment) > LONGEST:
            faults[f"comment-{pk}"] = _("评语有 %(n)d 字，最多 %(most)d 字。") % {"n": len(comment), "most": LONGEST}
        found[pk] = Ballot(ballot.mark, comment)
    if faults:
        raise InvalidInput(str(next(iter(faults.values()))), fields=faults)
    return found


@transaction.atomic
def hand_in_ratings(
    *, showing: Showing, actor: Employee, now: datetime, ballots: Mapping[int, Ballot] | None = None
) -> bool:
    """提交: all of one's ballots at once, for good; the last to hand in opens the ratings to all. Whether that was so.

    `ballots` are saved first, as by `save_ratings`. Raises Refused, Conflict, InvalidInput naming each ballot without
    mark or comment.
    """
    showing = lock_showing(showing)  # before looking who is missing: two last raters wait for each other
    if ballots:
        save_ratings(showing=showing, actor=actor, ballots=ballots, now=now)
    require(may_rate(actor, showing))
    own = Rating.objects.filter(showing=showing, rater=actor).order_by("pk")
    _require_whole(list(own.select_for_update(of=("self",))))
    own.update(handed_in_at=now, updated_at=now)
    record_showing(showing, "showing.rate", actor=actor, after={"ballots": own.count()})
    return open_if_all_in(showing, actor=actor, now=now)


def _require_whole(ballots: list[Rating]) -> None:
    fields: dict[str, object] = {}
    for ballot in ballots:
        if ballot.kind == Kind.PEER and ballot.mark is None:
            fields[f"mark-{ballot.pk}"] = _("请打分（0 至 %(highest)d）。") % {"highest": HIGHEST_MARK}
        if not ballot.comment:
            fields[f"comment-{ballot.pk}"] = _("请写评语。")
    if fields:
        raise InvalidInput(_("还有评价没有写完：每一位都要打分、写评语，领导点评要写评语。"), fields=fields)


def open_if_all_in(showing: Showing, *, actor: Employee, now: datetime) -> bool:
    """Opens the ratings of a locked showing if no ballot is missing; whether it did."""
    if showing.ratings.filter(handed_in_at__isnull=True).exists():
        return False
    return open_ratings(showing, actor=actor, now=now)


def open_ratings(showing: Showing, *, actor: Employee, now: datetime) -> bool:
    """互评公开, once: everybody who was there is told. The showing's row is locked by the caller."""
    if not Showing.objects.filter(pk=showing.pk, ratings_opened_at__isnull=True).update(ratings_opened_at=now):
        return False
    showing.ratings_opened_at = now
    handed_in = showing.ratings.filter(handed_in_at__isnull=False).count()
    record_showing(showing, "showing.open_ratings", actor=actor, after={"ballots": handed_in})
    if handed_in:
        rated = Employee.objects.filter(pk__in=showing.ratings.values("ratee"))
        _tell(showing, rated, gettext_lazy("%(month)s三晒的互评已公开，可以看大家对您的评价"), "open", "summary")
    return True


@transaction.atomic
def remind_raters(*, showing: Showing, actor: Employee, today: date) -> int:
    """催交: tells those whose ballots are missing, each once a day; returns how many were told.

    Raises Refused, Conflict where nobody is missing or all were reminded today.
    """
    require(may_remind_raters(actor, showing))
    missing = missing_raters(showing)
    subject = gettext_lazy("请尽快提交%(month)s三晒的互评，交齐才能公开")
    told = _tell(showing, missing, subject, f"remind:{today}")
    if not told:
        raise Conflict(_("没有可以提醒的人：评价都已交齐，或今天已经提醒过。"), code="reminded")
    record_showing(showing, "showing.remind", actor=actor, after={"people": told})
    return told


def _tell(showing: Showing, people: Any, subject: Any, what: str, page: str = "ratings") -> int:
    return notify(
        recipients=people,
        subject=for_the_record(subject, month=_spoken_month(showing.month)),
        url=reverse(f"reviews:{page}", args=[showing.pk]),
        occasion=f"showing.{what}:{showing.pk}",
    )
