"""The demonstration's talks of eight months, through the services: most signed by both, some to look at again.

The words are those of talks.csv; the table below says, row by row, to whose post they fit and when they were said.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.db.models import Q
from django.utils import timezone

from notifications.models import Notification
from organization.models import Bureau, Employee
from organization.queries import work_calendar
from reviews.models import Talk, TalkSuggestion, Trigger
from reviews.queries.talks import digest_of
from reviews.services.suggestions import dismiss_suggestion, suggest_talks
from reviews.services.talks import Draft, follow_up_talk, sign_talk, start_talk

SUGGESTED_ON = date(2023, 7, 14)
"""The night after the second quarter was published."""
WEEKS = 6
SECRETARY, HEAD, DEPUTY = "secretary", "head", "deputy"
WAITING, DRAFT, DUE, DONE, PLAIN = "waiting", "draft", "due", "done", "plain"


@dataclass(frozen=True, slots=True)
class Cast:
    """To whom a row of the words is said: the beginning of a post's code or a staff number, by whom, when, and how far
    it has come."""

    whom: str
    by: str
    held_on: date
    stands: str
    trigger: str = Trigger.FREE


CAST = (
    Cast("G1602", SECRETARY, date(2023, 4, 20), DONE),
    Cast("G0301", DEPUTY, date(2023, 2, 16), PLAIN),
    Cast("G1403", SECRETARY, date(2023, 7, 25), PLAIN, Trigger.AWARD),
    Cast("G0503", HEAD, date(2023, 7, 18), DUE),
    Cast("G1703", SECRETARY, date(2023, 3, 9), DONE),
    Cast("G1401", SECRETARY, date(2023, 3, 22), DONE),
    Cast("G1501", DEPUTY, date(2023, 5, 11), DONE),
    Cast("G01", SECRETARY, date(2023, 7, 19), DUE, Trigger.LOW_RANK),
    Cast("10232300105", SECRETARY, date(2023, 8, 30), WAITING, Trigger.APPEAL),
    Cast("G0104", SECRETARY, date(2023, 8, 31), DRAFT),
    Cast("G0703", SECRETARY, date(2023, 5, 24), DONE),
    Cast("G0602", SECRETARY, date(2023, 6, 8), DONE),
    Cast("G0601", DEPUTY, date(2023, 6, 15), PLAIN),
    Cast("G1302", SECRETARY, date(2023, 8, 9), PLAIN),
    Cast("G1502", SECRETARY, date(2023, 6, 27), DONE),
    Cast("G1702", SECRETARY, date(2023, 2, 23), DONE),
    Cast("G1402", SECRETARY, date(2023, 5, 30), DONE),
    Cast("G0803", SECRETARY, date(2023, 8, 16), PLAIN),
    Cast("G0502", HEAD, date(2023, 1, 12), DONE),
    Cast("G1701", SECRETARY, date(2023, 7, 20), DUE),
)
LEADS_BRANCH = {"G0601"}
"""Where the words are said to somebody who leads a branch."""
PLACES = ("支部活动室", "谈心室", "部门负责人办公室")
VIEWS = (
    "谈得实在，问题说到了点子上，我照要求改。",
    "感谢组织关心，下一步我会把要求逐条落实。",
    "",
    "问题确实存在，有些是我考虑不周，请组织监督。",
    "接受意见。人手紧的时候希望能有人搭把手。",
)
FOUND = (
    "查看了近期记录，提出的要求已经落实，差错明显减少，本人状态不错。",
    "要求大部分做到，还有一项正在推进，已约定下月再看。",
    "当面了解并向同事核实，变化明显，继续保持关注。",
)
SET_ASIDE = "名次变动由岗位调整引起，本人已说明情况，支部平时多关注，暂不专门谈话。"


def hold_talks(bureau: Bureau, folder: Path, today: date) -> int:
    """The talks of the sample, if there are none yet; returns how many."""
    if Talk.objects.filter(bureau=bureau).exists():
        return 0
    suggest_talks(bureau, today=SUGGESTED_ON, now=_at(SUGGESTED_ON, 1))
    _date_notices(Q(occasion__startswith="talk.suggest:"), _at(SUGGESTED_ON, 1), read=False)
    taken: set[int] = set()
    rows = list(enumerate(zip(CAST, _words(folder), strict=True)))
    for number, (cast, words) in sorted(rows, key=lambda row: row[1][0].held_on):
        person, suggestion = _person(bureau, cast, taken)
        taken.add(person.pk)
        _hold(_Said(number, cast, words, person, suggestion), today)
    for one in _to_set_aside(bureau):
        assert one.branch is not None
        assert one.branch.secretary is not None
        dismiss_suggestion(suggestion=one, actor=one.branch.secretary, reason=SET_ASIDE, now=_at(date(2023, 7, 17), 10))
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Said:
    number: int
    cast: Cast
    words: dict[str, str]
    person: Employee
    suggestion: TalkSuggestion | None


def _hold(said: _Said, today: date) -> None:
    """One talk from its day on, as far as it has come."""
    cast, calendar = said.cast, work_calendar()
    talker = _talker(said.person, cast.by)
    follow_up_on = None if cast.stands == PLAIN else calendar.add(cast.held_on + timedelta(weeks=WEEKS), 0)
    draft = Draft(
        trigger=cast.trigger, held_on=cast.held_on, place=PLACES[said.number % len(PLACES)],
        follow_up_on=follow_up_on, **said.words,
    )  # fmt: skip
    talk = start_talk(
        employee=said.person, actor=talker, draft=draft, today=today, now=_at(cast.held_on, 16),
        suggestion=said.suggestion,
    )  # fmt: skip
    if cast.stands == DRAFT:
        return
    _sign(talk, talker, _at(cast.held_on, 17))
    _date_notices(_of(talk), _at(cast.held_on, 17), read=cast.stands != WAITING)
    if cast.stands == WAITING:
        return
    answered = _at(calendar.add(cast.held_on, 1), 10)
    talk = _sign(talk, said.person, answered, VIEWS[said.number % len(VIEWS)])
    _date_notices(_of(talk), answered, read=True)
    if cast.stands == DONE and follow_up_on:
        later = _at(follow_up_on, 16)
        follow_up_talk(talk=talk, actor=talker, found=FOUND[said.number % len(FOUND)], now=later)
        _date_notices(_of(talk), later, read=True)


def _sign(talk: Talk, person: Employee, moment: datetime, view: str = "") -> Talk:
    return sign_talk(talk=talk, actor=person, digest=digest_of(talk, by=talk.talker_id), view=view, now=moment)


def _person(bureau: Bureau, cast: Cast, taken: set[int]) -> tuple[Employee, TalkSuggestion | None]:
    """Whom a row is said to; for a cause the one whom it is suggested for."""
    staff = Employee.objects.filter(bureau=bureau, left_on__isnull=True).exclude(pk__in=taken).order_by("number")
    fitting = staff.filter(number=cast.whom) if cast.whom.isdigit() else staff.filter(post__code__startswith=cast.whom)
    if cast.whom in LEADS_BRANCH:
        fitting = staff.filter(led_branches__isnull=False, department__posts__code=cast.whom)
    else:
        fitting = fitting.filter(role__isnull=True, led_branches__isnull=True)
    open_ones = TalkSuggestion.objects.open().filter(employee__in=fitting, trigger=cast.trigger)
    suggestion = open_ones.select_related("employee", "bureau").order_by("-quarter__code", "employee__number").first()
    if suggestion is not None:
        return suggestion.employee, suggestion
    inconspicuous = fitting.exclude(pk__in=TalkSuggestion.objects.filter(bureau=bureau).values("employee"))
    return inconspicuous.first() or fitting[0], None


def _talker(person: Employee, by: str) -> Employee:
    """Who of those who may speaks with the person."""
    if by == DEPUTY:
        found = person.department.deputy
    elif by == HEAD:
        found = Employee.objects.filter(department=person.department, role__kind="department_head").first()
    else:
        found = person.branch.secretary if person.branch else None
    assert found is not None, f"nobody talks with {person}"
    return found


def _to_set_aside(bureau: Bureau) -> list[TalkSuggestion]:
    """The first fall of every fifth branch."""
    falls = TalkSuggestion.objects.open().filter(bureau=bureau, trigger=Trigger.FALL, branch__secretary__isnull=False)
    falls = falls.select_related("bureau", "branch__secretary", "employee").order_by("branch__code", "employee__number")
    first: dict[int | None, TalkSuggestion] = {}
    for one in falls:
        if one.branch and one.branch.secretary_id != one.employee_id:
            first.setdefault(one.branch_id, one)
    return list(first.values())[::5]


def _words(folder: Path) -> Iterator[dict[str, str]]:
    kinds = {str(kind.label): kind.value for kind in Talk.Kind}
    with (folder / "talks.csv").open(encoding="utf-8-sig", newline="") as file:
        for kind, affirmation, analysis, requirements in list(csv.reader(file))[1:]:
            yield {
                "kind": kinds[kind], "affirmation": affirmation, "analysis": analysis, "requirements": requirements,
            }  # fmt: skip


def _date_notices(about: Q, moment: datetime, *, read: bool) -> None:
    """What was told of it and has not been dated yet was told then."""
    told = Notification.objects.filter(about, occasion__startswith="talk.", created_at__date=timezone.localdate())
    told.update(created_at=moment, read_at=moment if read else None)


def _of(talk: Talk) -> Q:
    return Q(occasion__endswith=f":{talk.pk}")


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
