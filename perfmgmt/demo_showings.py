"""Eight months of 三晒 in the sample bureau: held sessions with what was said in them, one being rated, the next at hand.

History is written in bulk with the dates on which a branch would have met; one audit line says so. Whatever looks drawn
by lot is drawn from the people's numbers, so that the same sample always gives the same rows; who rates whom comes out
of the application's own draw. No score depends on any of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from audit.services import record
from common.workdays import WorkCalendar
from organization.models import Bureau, Employee, PartyBranch
from organization.queries import placement_in_force, work_calendar
from perfmgmt.demo_words import Text, Words, first_clause, lot
from reviews.draw import draw_peers
from reviews.models import FollowUp, Participant, Rating, Showing, ShowingBranch, Statement
from reviews.queries.showings import months_after, settings_of, theme_day_in
from reviews.services.ratings import seed_of

MONTHS = tuple(f"2023-{number:02d}" for number in range(1, 9))
COMING = "2023-09"
JOINED: Mapping[str, tuple[str, ...]] = {"2023-05": ("P08", "P09")}
"""The exchange month: two branches met together."""
MISSED = {("P11", "2023-06")}
MADE_UP = {("P04", "2023-03"): date(2023, 4, 4)}
"""Held after its month was over."""
MOVED = {("P12", "2023-08"): date(2023, 8, 29)}
"""Put off within the month; its ballots are not all in yet."""
ALIKE = ("P13", "2023-06", 92)
"""From this month on one of the branch gives everybody the same mark."""
NOT_YET = ("P15",)
"""Who has not scheduled the coming month."""
LATE_SHIFT = ("P12",)
"""Who meets after the counters have closed."""
TOPICS = (
    "对照年度目标，晒一季度开局打算", "落实县局工作会议精神", "便民办税春风行动在行动", "学思想、强党性、重实践、建新功",
    "减税降费政策落地大家谈", "汇算清缴和半年收官", "庆七一、亮身份、作表率", "主题教育整改回头看", "冲刺三季度，晒短板、补弱项",
)  # fmt: skip
AWAY = ("参加市局业务培训", "下户核查", "年休假", "外出开会", "值班")


@dataclass
class Session:
    """A session to be written, with the people on its list as (person, branch)."""

    showing: Showing
    branches: list[PartyBranch]
    people: list[tuple[Employee, PartyBranch]]
    there: list[Employee] = field(default_factory=list)
    spoken: dict[int, Text] = field(default_factory=dict)

    @property
    def leader(self) -> Employee:
        leader = self.branches[0].secretary
        assert leader is not None  # every branch of the sample has a secretary
        return leader

    @property
    def place(self) -> int:
        """Its place among the months, by which texts go round."""
        return int(self.showing.month[5:])


@transaction.atomic
def hold_showings(bureau: Bureau, folder: Path, today: date) -> int:
    """Writes the sample's sessions once; returns how many. `folder` holds showings.csv and comments.csv."""
    if Showing.objects.filter(bureau=bureau).exists():
        return 0
    history = _History(bureau, folder, today)
    sessions = history.write()
    record(
        actor=None,
        action="demo.showings",
        bureau=bureau,
        target=bureau,
        after={"showings": len(sessions), "from": MONTHS[0], "until": COMING},
        reason="演示单位的三晒历史由样例数据一次写入，各步日期按支部的日程排定。",
    )
    return len(sessions)


class _History:
    """What the sessions are made from: people, calendar, texts."""

    def __init__(self, bureau: Bureau, folder: Path, today: date) -> None:
        self.bureau, self.today = bureau, today
        self.calendar: WorkCalendar = work_calendar()
        self.settings = settings_of(bureau)
        self.branches = list(PartyBranch.objects.filter(bureau=bureau).select_related("secretary").order_by("code"))
        people = Employee.objects.filter(bureau=bureau).select_related("post").order_by("number")
        self.people = list(people.prefetch_related("placements", "absences"))
        self.words = Words(folder)
        self.pairs: dict[frozenset[int], list[set[tuple[int, int]]]] = defaultdict(list)

    def write(self) -> list[Session]:
        sessions = [self._session(month, branches) for month in (*MONTHS, COMING) for branches in self._meeting(month)]
        Showing.objects.bulk_create(session.showing for session in sessions)
        ShowingBranch.objects.bulk_create(
            ShowingBranch(showing=one.showing, branch=branch, month=one.showing.month)
            for one in sessions
            for branch in one.branches
        )
        participants: list[Participant] = []
        statements: list[Statement] = []
        ratings: list[Rating] = []
        follow_ups: list[FollowUp] = []
        for one in sessions:
            participants += self._participants(one)
            statements += self._statements(one)
            if one.showing.held_on is not None:
                ratings += self._ratings(one)
                follow_ups += self._follow_ups(one)
                one.showing.minutes = _minutes(one)
        Showing.objects.bulk_update((one.showing for one in sessions), ["minutes"])
        Participant.objects.bulk_create(participants, batch_size=1000)
        Statement.objects.bulk_create(statements, batch_size=500)
        Rating.objects.bulk_create(ratings, batch_size=1000)
        FollowUp.objects.bulk_create(follow_ups)
        return sessions

    # Who meets when ------------------------------------------------------------------------------------------------

    def _meeting(self, month: str) -> Iterator[list[PartyBranch]]:
        together = JOINED.get(month, ())
        for branch in self.branches:
            if (branch.code, month) in MISSED or (month == COMING and branch.code in NOT_YET):
                continue
            if branch.code not in together:
                yield [branch]
            elif branch.code == together[0]:
                yield [one for one in self.branches if one.code in together]

    def _session(self, month: str, branches: list[PartyBranch]) -> Session:
        first, key = branches[0], (branches[0].code, month)
        day = MOVED.get(key) or theme_day_in(month, self.settings.theme_day, self.calendar)
        held_on = None if month == COMING else MADE_UP.get(key, day)
        late = first.code in LATE_SHIFT
        showing = Showing(
            bureau=self.bureau,
            month=month,
            day=day,
            starts_at=time(17, 40) if late else time(15, 0),
            place="办税服务厅二楼会议室" if late else "党员活动室",
            topic=TOPICS[int(month[5:]) - 1],
            scheduled_by=first.secretary,
            scheduled_at=_at(self.calendar.add(date(day.year, day.month, 1) - timedelta(days=1), 2), 9),
        )
        if held_on is not None:
            showing.state, showing.held_on = Showing.State.HELD, held_on
            showing.held_by, showing.held_at = first.secretary, _at(held_on, 18)
            if key not in MOVED:
                showing.state, showing.closed_by = Showing.State.CLOSED, first.secretary
                showing.ratings_opened_at = _at(self.calendar.add(held_on, 2), 11)
                showing.closed_at = _at(self.calendar.add(held_on, 3), 16)
        return Session(showing, branches, list(self._members(branches, day)))

    def _members(self, branches: Iterable[PartyBranch], day: date) -> Iterator[tuple[Employee, PartyBranch]]:
        wanted = {branch.pk: branch for branch in branches}
        for person in self.people:
            placed = placement_in_force(person.placements.all(), day) or person
            if person.in_post_on(day) and placed.branch_id in wanted:
                yield person, wanted[placed.branch_id]

    # What happened in them -----------------------------------------------------------------------------------------

    def _participants(self, one: Session) -> Iterator[Participant]:
        speaking = sorted(one.people, key=lambda pair: lot(pair[0].number, one.showing.month, "order"))
        for position, (person, branch) in enumerate(speaking, start=1):
            row = Participant(showing=one.showing, employee=person, branch=branch, position=position)
            if one.showing.held_on is not None:
                row.attendance, row.reason = self._attendance(person, one)
                if row.was_there:
                    one.there.append(person)
            yield row

    def _attendance(self, person: Employee, one: Session) -> tuple[str, str]:
        kinds, day = Participant.Attendance, one.showing.held_on
        absence = self._absence(person, day)
        if absence:
            return kinds.EXCUSED, absence
        drawn = lot(person.number, one.showing.month, "there") % 100
        if person.is_demo or person.pk in {branch.secretary_id for branch in one.branches} or drawn >= 5:
            return kinds.PRESENT, ""
        if drawn == 0:
            return kinds.ABSENT, "未请假"
        return kinds.EXCUSED, AWAY[drawn % len(AWAY)]

    def _absence(self, person: Employee, day: date | None) -> str:
        """The absence that keeps somebody from coming on the day."""
        for absence in person.absences.all():
            if day and absence.leaves_post and absence.starts_on <= day <= (absence.ends_on or day):
                return str(absence.get_kind_display())
        return ""

    def _statements(self, one: Session) -> Iterator[Statement]:
        """Each says something else; who is away says nothing, few forget, and of the coming month some are early."""
        coming = one.showing.held_on is None
        writing = [
            person
            for person, _branch in one.people
            if not self._absence(person, one.showing.day)
            and lot(person.number, one.showing.month, "text") % 100 >= (65 if coming else 3)
            and not (coming and person.is_demo)
        ]
        one.spoken = self.words.statements(writing, one.place)
        for person in writing:
            if (text := one.spoken.get(person.pk)) is None:
                continue
            moment = self._handed_in(person, one)
            yield Statement(
                showing=one.showing,
                employee=person,
                updated_at=moment,
                handed_in_at=moment,
                **dict(zip(Statement.PARTS, text.parts, strict=True)),
            )
        if coming:
            yield from self._drafts(one)

    def _drafts(self, one: Session) -> Iterator[Statement]:
        """The logins of the demonstration have begun, but not handed in."""
        for person, _branch in one.people:
            if person.is_demo and not self._absence(person, one.showing.day):
                text = self.words.statements([person], one.place)[person.pk]
                yield Statement(
                    showing=one.showing,
                    employee=person,
                    achievements=text.parts[0],
                    updated_at=_at(self.today - timedelta(days=1), 17),
                )

    def _handed_in(self, person: Employee, one: Session) -> datetime:
        drawn = lot(person.number, one.showing.month, "when")
        day = self.today if one.showing.held_on is None else one.showing.day
        return _at(self.calendar.add(day, -(drawn % 3)), 8 + drawn % 6, drawn % 60)

    def _ratings(self, one: Session) -> Iterator[Rating]:
        """Everybody who was there about those whom the draw gave them, and the leader about all of the own branch."""
        ids = {person.pk: person for person in one.there}
        branches = frozenset(branch.pk for branch in one.branches)
        before = [{pair for pair in month if ids.keys() >= set(pair)} for month in self.pairs[branches]]
        drawn = draw_peers(ids, each=self.settings.peers_each, seed=seed_of(one.showing), before=before)
        for branch in branches:
            pairs = {(rater, ratee) for rater, ratees in drawn.items() for ratee in ratees}
            self.pairs[frozenset([branch])].insert(0, pairs)
        heard: dict[int, set[str]] = defaultdict(set)
        for rater, ratees in drawn.items():
            said: set[str] = set()
            marks: set[int] = set()
            for number, ratee in enumerate(ratees):
                text = self.words.of_peer(ids[ratee], one.place + number, said | heard[ratee])
                said.add(text)
                heard[ratee].add(text)
                mark = self._mark(ids[rater], ids[ratee], marks, one)
                marks.add(mark)
                yield self._rating(one, ids[rater], ids[ratee], text, mark, begun=number == 0)
        yield from self._of_leader(one)

    def _of_leader(self, one: Session) -> Iterator[Rating]:
        said: dict[int, set[str]] = defaultdict(set)
        for person, branch in one.people:
            leader = branch.secretary
            if leader is None or person == leader or person not in one.there:
                continue
            text = self.words.of_leader(person, one.place, said[leader.pk])
            said[leader.pk].add(text)
            yield self._rating(one, leader, person, text, None)

    def _rating(
        self, one: Session, rater: Employee, ratee: Employee, text: str, mark: int | None, *, begun: bool = False
    ) -> Rating:
        """Handed in the day after, or still being written where the ratings are not open."""
        held_on = one.showing.held_on
        assert held_on is not None
        moment = _at(self.calendar.add(held_on, 1), 9 + lot(rater.number, one.showing.month) % 8)
        kind = Rating.Kind.LEADER if mark is None else Rating.Kind.PEER
        row = Rating(showing=one.showing, rater=rater, ratee=ratee, kind=kind, updated_at=moment)
        if one.showing.ratings_are_open or not self._is_slow(rater, one):
            row.mark, row.comment, row.handed_in_at = mark, text, moment
        elif rater.is_demo and begun:
            row.mark, row.comment = mark, text
        return row

    def _is_slow(self, rater: Employee, one: Session) -> bool:
        """Whose ballots are not in yet."""
        return rater.is_demo or rater == one.leader or lot(rater.number, "slow") % 6 == 0

    def _mark(self, rater: Employee, ratee: Employee, given: set[int], one: Session) -> int:
        """What one thinks of another, never twice the same; but one gives everybody alike."""
        code, since, same = ALIKE
        if one.showing.month >= since and one.branches[0].code == code and rater == self._thoughtless(one):
            return same
        mark = 83 + lot(rater.number, "generous") % 5 + lot(ratee.number, one.showing.month, "good") % 9
        while mark in given:
            mark += 1
        return mark

    def _thoughtless(self, one: Session) -> Employee:
        """The first of the list who is not the secretary."""
        return next(person for person, branch in one.people if person != branch.secretary and person in one.there)

    def _follow_ups(self, one: Session) -> Iterator[FollowUp]:
        """Two of the plans become somebody's task until the next session; most of those that are due are done."""
        held_on = one.showing.held_on
        assert held_on is not None
        due_on = theme_day_in(months_after(one.showing.month, 1), self.settings.theme_day, self.calendar)
        owners = [person for person in one.there if person.pk in one.spoken]
        owners.sort(key=lambda person: (not person.is_demo, lot(person.number, one.showing.month, "task")))
        for person in owners[:2]:
            row = FollowUp(
                showing=one.showing,
                owner=person,
                task=first_clause(one.spoken[person.pk].parts[2]),
                due_on=due_on,
                made_by=one.leader,
                made_at=_at(held_on, 18),
            )
            if due_on < self.today and lot(person.number, one.showing.month, "done") % 40:
                row.outcome, row.done_at = "已按时完成，结果在下月三晒上作了说明。", _at(due_on - timedelta(days=2), 16)
            yield row


def _minutes(one: Session) -> str:
    """A short record of the session, out of its own rows."""
    showing, day = one.showing, one.showing.held_on
    assert day is not None
    names = "、".join(branch.name for branch in one.branches)
    away = [person.name for person, _branch in one.people if person not in one.there]
    opening = (
        f"{day.year}年{day.month}月{day.day}日 {showing.starts_at:%H:%M}，{names}在{showing.place}"
        f"{'联合' if len(one.branches) > 1 else ''}召开三晒，主题“{showing.topic}”，{one.leader.name}主持。"
    )
    people = f"应到 {len(one.people)} 人，实到 {len(one.there)} 人"
    absent = f"，{'、'.join(away)}未到会。" if away else "，全员到会。"
    spoke = f"会前收到发言 {len(one.spoken)} 份，到会同志依次晒成绩、晒不足、晒打算，并抽签互评。"
    made_up = "因业务高峰推迟到次月补开，已向机关党委说明。" if day.month != int(showing.month[5:]) else ""
    return "\n".join(
        filter(None, [opening, people + absent, spoke, made_up, "会议明确了跟进事项和责任人，下月三晒先对账。"])
    )


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))
