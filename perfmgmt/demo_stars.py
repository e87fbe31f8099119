"""The demonstration's two past selections of the five stars, through the services on the days on which they would have run.

Only the ballots are put in at once, without a line in the log for each: two hundred people vote five times in each.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from awards.models import BallotCast, Nomination, PoolMember, Selection, StarAward, StarCategory, StarKind, Tally, Voter
from awards.queries.nominees import SPEAKERS
from awards.queries.votes import counted, proposal
from awards.services.deciding import Choice, decide_stars, publish_stars
from awards.services.nominating import nominate
from awards.services.objections import answer_objection, object_to
from awards.services.selections import change_category, open_selection
from awards.services.voting import close_ballot, open_ballot
from indicators.models import Quarter
from notifications.models import Notification
from organization.models import Bureau, Employee, PartyBranch, Role
from organization.queries import work_calendar

At = Callable[[date, int], datetime]
OPENED = {"2023Q1": date(2023, 4, 17), "2023Q2": date(2023, 7, 17)}
NOMINEES = 3
"""Of each star: two are elected, one comes near."""


def select_stars(bureau: Bureau, deeds: Path, at: At) -> int:
    """Holds the two selections; returns how many stars they gave, 0 where they have been held already."""
    if Selection.objects.filter(bureau=bureau).exists():
        return 0
    told = _deeds(deeds)
    office = Employee.objects.filter(bureau=bureau, role__kind=Role.Kind.OFFICE).order_by("number")[0]
    director = Employee.objects.filter(bureau=bureau, role__kind=Role.Kind.DIRECTOR).order_by("number")[0]
    for code, opened in OPENED.items():
        quarter = Quarter.objects.select_related("bureau").get(bureau=bureau, code=code)
        _hold(quarter, opened, office, director, told, at)
    return StarAward.objects.filter(bureau=bureau).count()


def _deeds(file: Path) -> dict[str, Iterator[str]]:
    """The deeds of each kind of star, one after the other."""
    with file.open(encoding="utf-8-sig") as rows:
        told = [(row["星级"], row["事迹"]) for row in csv.DictReader(rows)]
    kinds = dict(zip((name for name in dict.fromkeys(star for star, _deed in told)), StarKind, strict=True))
    return {
        str(kind): iter([deed for star, deed in told if star == name]) for name, kind in kinds.items()
    }  # fmt: skip


def _hold(
    quarter: Quarter, opened: date, office: Employee, director: Employee, deeds: dict[str, Iterator[str]], at: At
) -> None:
    calendar = work_calendar()
    selection = open_selection(quarter=quarter, actor=office, today=opened, now=at(opened, 9))
    _date_notices(selection, at(opened, 9))
    stars = {star.kind: star for star in StarCategory.objects.filter(selection=selection)}
    change_category(category=stars[StarKind.PARTY_AFFAIRS], actor=office, winners=1)
    nominated = calendar.add(opened, 3)
    _nominate(selection, stars, deeds, nominated, at)
    _date_notices(selection, at(nominated, 10))
    first, last = selection.ballot_from, selection.ballot_until
    selection = open_ballot(selection=selection, actor=None, today=first, now=at(first, 0))
    _date_notices(selection, at(first, 0))
    _vote(selection)
    closed, decided = calendar.add(last, 1), calendar.add(last, 2)
    selection = close_ballot(selection=selection, actor=None, today=closed, now=at(closed, 0))
    _date_notices(selection, at(closed, 0))
    _decide(selection, director, decided, at)
    _date_notices(selection, at(decided, 15))
    if quarter.code == max(OPENED):
        _object(selection, office, calendar.add(decided, 2), at)
    selection.refresh_from_db()
    assert selection.publicity_until is not None
    published = calendar.add(selection.publicity_until, 1)
    publish_stars(selection=selection, actor=None, today=published, now=at(published, 0))
    _date_notices(selection, at(published, 0))


def _nominate(
    selection: Selection, stars: dict[str, StarCategory], deeds: dict[str, Iterator[str]], day: date, at: At
) -> None:
    """Three for each star from the top of the pool, no more than two of a department; nobody twice, and of the winners
    of before the best alone."""
    before = list(
        StarAward.objects.filter(bureau=selection.bureau).order_by("nomination_id").values_list("employee", flat=True)
    )
    speakers = _speakers(selection.bureau)
    places: Counter[int] = Counter()
    members = PoolMember.objects.filter(selection=selection, standing=PoolMember.Standing.IN)
    waiting = [
        one
        for one in members.exclude(employee__in=before[1:]).select_related("employee__department", "employee__branch")
        if one.employee.department_id in speakers and one.employee not in speakers[one.employee.department_id]
    ]
    for _round in range(NOMINEES):
        for kind, star in stars.items():
            led = kind == StarKind.PARTY_AFFAIRS
            member = next(
                one
                for one in waiting
                if places[one.employee.department_id] < 2 and (not led or _leader(one.employee.branch, one.employee))
            )
            waiting.remove(member)
            person = member.employee
            places[person.department_id] += 1
            leader = _leader(person.branch, person) if led else None
            nominate(
                category=star,
                employee=person,
                branch=person.branch if leader else None,
                deeds=next(deeds[kind]),
                actor=leader or speakers[person.department_id][0],
                today=day,
                now=at(day, 10),
            )


def _speakers(bureau: Bureau) -> dict[int, list[Employee]]:
    """Heads, then liaisons, by department."""
    found: dict[int, list[Employee]] = {}
    roles = Role.objects.filter(employee__bureau=bureau, kind__in=SPEAKERS).order_by("kind", "employee__number")
    for role in roles.select_related("employee__department", "employee__bureau"):
        found.setdefault(role.employee.department_id, []).append(role.employee)
    return found


def _leader(branch: PartyBranch | None, person: Employee) -> Employee | None:
    return branch.secretary if branch and branch.secretary_id not in (None, person.pk) else None


def _vote(selection: Selection) -> None:
    """Twelve of thirteen vote, the first of three nominees more often than the second, the second more than the third."""
    voters = list(Voter.objects.filter(selection=selection).order_by("pk"))
    cast: list[BallotCast] = []
    counts: Counter[tuple[int, str]] = Counter()
    for turn, star in enumerate(StarCategory.objects.filter(selection=selection).order_by("pk")):
        running = list(Nomination.objects.filter(category=star).order_by("pk"))
        for place, voter in enumerate(voters):
            if place % 13 == turn:
                continue
            cast.append(BallotCast(category=star, voter=voter))
            for nomination in _choice(running, place * place + place // (turn + 2), star.winners):
                counts[nomination.pk, voter.side] += 1
    BallotCast.objects.bulk_create(cast, batch_size=1000)
    tallies = list(Tally.objects.filter(nomination__category__selection=selection))
    for tally in tallies:
        tally.votes = counts[tally.nomination_id, tally.side]
    Tally.objects.bulk_update(tallies, ["votes"])


def _choice(running: list[Nomination], number: int, winners: int) -> Iterable[Nomination]:
    order = [(0, 1), (0, 2), (0, 1), (1, 2), (0, 1), (0, 2), (1, 0), (2, 1), (0, 1), (1, 2)][number % 10]
    return [running[place] for place in order[:winners]]


def _decide(selection: Selection, director: Employee, day: date, at: At) -> None:
    """As the vote says; in the second selection the committee departs from it for one star."""
    found = counted(selection)
    choices = {star: Choice(chosen) for star, chosen in proposal(found).items()}
    if selection.quarter.code == max(OPENED):
        one = next(one for one in found if one.category.kind == StarKind.LEARNING)
        first, _second, third = (row.key for row in one.result.rows)
        reason = _("第二名二季度已获市局同类表彰，为鼓励更多同志，经委员会研究由第三名递补。")
        choices[one.category.pk] = Choice(frozenset({first, third}), reason)
    decide_stars(selection=selection, choices=choices, actor=director, today=day, now=at(day, 15))


def _object(selection: Selection, office: Employee, day: date, at: At) -> None:
    award = StarAward.objects.filter(category__selection=selection).select_related("category", "employee").first()
    assert award is not None
    colleagues = Voter.objects.filter(selection=selection, side=Voter.Side.STAFF).exclude(employee=award.employee_id)
    voter = colleagues.exclude(employee=office).select_related("employee__bureau").order_by("employee__number").last()
    assert voter is not None
    objection = object_to(
        selection=selection,
        award=award,
        actor=voter.employee,
        ground=_("事迹里的户数与我所掌握的台账不一致，请核实。"),
        today=day,
        now=at(day, 11),
    )
    answer = _("已调取台账逐户核对，事迹所列户数属实；差异系统计口径不同造成，已向提出人说明。")
    answered = work_calendar().add(day, 1)
    answer_objection(
        objection=objection, actor=office, upheld=False, answer=answer, today=answered, now=at(answered, 16)
    )
    _date_notices(selection, at(answered, 16))


def _date_notices(selection: Selection, moment: datetime) -> None:
    """What was told of the selection since the last step was told then, and has been read."""
    told = Notification.objects.filter(occasion__startswith="stars.", url__endswith=f"/stars/{selection.pk}/")
    told.filter(read_at__isnull=True).update(created_at=moment, read_at=moment)
