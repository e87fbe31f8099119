"""讲评会: who sits in it and who speaks, the customary agenda, how far the explanations are, what waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty, quarter_label
from common.questions import Found, Question
from common.text import listed
from indicators.models import PointVersion, Quarter
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Bureau, Department, Employee, Role
from organization.queries import Chiefs, holders, work_calendar
from reviews.models import ATTENDS_MEETINGS, AgendaItem, LostPoint, MeetingAction, MeetingComment, ReviewMeeting
from reviews.models.meetings import MeetingActionQuerySet, ReviewMeetingQuerySet
from reviews.queries.pack import Pack, thawed
from reviews.queries.packing import pack_of
from scoring.models import ScoreRun
from scoring.queries.rankings import current_run

EXPLAIN_BEFORE = 3
"""Working days before the meeting on which the explanations are due (default)."""
SPEAKS = (Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON)
State = ReviewMeeting.State


def explain_limit(day: date, today: date) -> date:
    """Until when departments explain a meeting of that day, never a day that has passed."""
    return max(today, work_calendar().add(day, -EXPLAIN_BEFORE))


def audience(bureau: Bureau, today: date) -> list[Employee]:
    """Who sits in the meeting and is in post (`ATTENDS_MEETINGS`)."""
    return list(holders(bureau, today, *ATTENDS_MEETINGS))


class Speakers:
    """Heads and liaisons by department; one query, whatever is asked afterwards."""

    def __init__(self, bureau: Bureau, today: date) -> None:
        self._by_department: dict[int, list[Employee]] = defaultdict(list)
        for person in holders(bureau, today, *SPEAKS):
            self._by_department[person.department_id].append(person)

    def of(self, department_id: int) -> list[Employee]:
        return list(self._by_department.get(department_id, ()))

    def headless(self, department_id: int) -> bool:
        """Whether nobody speaks for the department, so that the office explains in its place."""
        return department_id not in self._by_department


# The meeting ------------------------------------------------------------------------------------------------------


def pack_shown(meeting: ReviewMeeting) -> Pack | None:
    """The pack as frozen when the meeting was held, before that as it works out now; None without a run."""
    if meeting.pack is not None:
        return thawed(meeting.pack)
    run = current_run(meeting.quarter)
    if run is None:
        return None
    run.quarter = meeting.quarter
    return pack_of(run)


def later_run(meeting: ReviewMeeting) -> ScoreRun | None:
    """The correction run that came after the one the meeting was held by; the pack stays as it was."""
    run = current_run(meeting.quarter)
    return run if run is not None and run.pk != meeting.run_id else None


def quarters_to_review(user: Employee) -> list[Quarter]:
    """Settled quarters of the bureau without a meeting, the newest first."""
    met = ReviewMeeting.objects.filter(quarter=OuterRef("pk"))
    rows = Quarter.objects.visible_to(user).filter(state__in=Quarter.SETTLED).exclude(Exists(met))
    scored = ScoreRun.objects.filter(quarter=OuterRef("pk"), is_current=True, as_of__isnull=True)
    return list(rows.filter(Exists(scored)).select_related("bureau").order_by("-code"))


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """A point of the agenda as it is set."""

    kind: str
    title: str
    speaker: Employee | None = None
    department: Department | None = None
    length: int = 5


def customary_agenda(meeting: ReviewMeeting, *, today: date) -> list[AgendaLine]:
    """The office reports → departments explain → deputy directors comment → the director sums up (domain.md)."""
    lost = Department.objects.filter(pk__in=meeting.lost_points.filter(lost__gt=0).order_by().values("department"))
    chiefs = Chiefs(meeting.bureau, today)
    lines = [AgendaLine(AgendaItem.Kind.REPORT, _("绩效办汇报%s考评情况") % quarter_label(meeting.quarter.code),
                        meeting.prepared_by, length=10)]  # fmt: skip
    deputies: dict[int, Employee] = {}
    for department in lost.order_by("code"):
        heads = chiefs.heads(department.pk)
        if heads:
            lines.append(
                AgendaLine(
                    AgendaItem.Kind.EXPLAIN, _("%s说明扣分原因和整改措施") % department.name, heads[0], department, 3
                )
            )
        leader = chiefs.leader(department.pk)
        if leader is not None and leader.pk != meeting.chair_id:
            deputies[leader.pk] = leader
    for leader in sorted(deputies.values(), key=lambda one: one.number):
        lines.append(AgendaLine(AgendaItem.Kind.COMMENT, _("%s点评分管部门") % leader.name, leader))
    lines.append(AgendaLine(AgendaItem.Kind.SUM_UP, _("局长总结讲话"), meeting.chair, length=15))
    return lines


# Explanations -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a department's explanations are."""

    department_id: int
    code: str
    name: str
    asked: int
    filled: int
    speakers: str

    @property
    def is_done(self) -> bool:
        return self.filled == self.asked


def progress(meeting: ReviewMeeting, speakers: Speakers) -> list[Progress]:
    """Every department that lost points with what it has explained, by code; one query."""
    counted = (
        meeting.lost_points.order_by("department__code")
        .values("department_id", "department__code", "department__name")
        .annotate(asked=Count("pk"), filled=Count("pk", filter=Q(filled_at__isnull=False)))
    )
    return [
        Progress(
            department_id=row["department_id"],
            code=row["department__code"],
            name=row["department__name"],
            asked=row["asked"],
            filled=row["filled"],
            speakers=listed(person.name for person in speakers.of(row["department_id"])) or _("绩效办代填"),
        )
        for row in counted
    ]


def point_names(meeting: ReviewMeeting, rows: Iterable[LostPoint]) -> dict[int, str]:
    """What the points are called in the meeting's quarter, by the version in force in it; one query."""
    wanted = {row.point_id for row in rows}
    versions = PointVersion.objects.in_force(meeting.quarter.code).filter(point__in=wanted)
    return dict(versions.values_list("point_id", "name"))


# Duties -----------------------------------------------------------------------------------------------------------


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """What review meetings wait for from this person: explaining, speaking, writing up, doing what was agreed."""
    user = asker.user
    if user.has_role(*SPEAKS):
        lost = LostPoint.objects.unfilled().filter(
            department_id=user.department_id, meeting__bureau_id=user.bureau_id, meeting__state=State.PREPARING
        )
        yield Question(lost, _to_explain, key="meeting", day="meeting__explain_until", counted=True)
    yield from _speaking(user)
    if user.has_role(Role.Kind.OFFICE):
        yield Question(_underway(user).filter(state=State.HELD), _to_write_up, key="pk", text="quarter__code")
        actions = MeetingAction.objects.open().filter(meeting__bureau_id=user.bureau_id)
        yield Question(actions.filter(reported_at__isnull=False), _to_finish, counted=True)
    mine = MeetingAction.objects.open().filter(owner=user, reported_at__isnull=True)
    yield Question(mine, _to_do, key="pk", text="task", day="due_on")


def _speaking(user: Employee) -> Iterator[DutyQuestion]:
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR):
        said = MeetingComment.objects.filter(meeting=OuterRef("pk"), author=user)
        leads = Department.objects.filter(deputy=user)
        rows = _underway(user).filter(Exists(leads)).exclude(Exists(said))
        yield Question(rows, _to_comment, key="pk", text="quarter__code", note="state", day="day")
    if user.has_role(Role.Kind.DIRECTOR):
        rows = _underway(user).filter(state=State.HELD, summing_up="")
        yield Question(rows, _to_sum_up, key="pk", text="quarter__code")


def _to_explain(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = ngettext("%(n)d 项扣分待说明", "%(n)d 项扣分待说明", row.number) % {"n": row.number}
        page = reverse("reviews:meeting-explanations", args=[row.key])
        yield Duty(words, f"{page}?show=unfilled", row.day)


def _to_comment(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = _("%s讲评会待点评分管部门") % quarter_label(row.text)
        due = row.day if row.note == State.PREPARING else None
        yield Duty(words, reverse("reviews:meeting-comments", args=[row.key]), due)


def _to_sum_up(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("%s讲评会待总结") % quarter_label(row.text), reverse("reviews:meeting-comments", args=[row.key]))


def _to_write_up(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = _("%s讲评会纪要待定稿") % quarter_label(row.text)
        yield Duty(words, reverse("reviews:meeting-minutes", args=[row.key]))


def _to_finish(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = ngettext("%(n)d 件议定事项待办结", "%(n)d 件议定事项待办结", row.number) % {"n": row.number}
        yield Duty(words, f"{reverse('reviews:meeting-actions')}?show=reported")


def _to_do(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("议定事项：%s") % row.text[:40], reverse("reviews:meeting-action", args=[row.key]), row.day)


def _underway(user: Employee) -> ReviewMeetingQuerySet:
    return ReviewMeeting.objects.visible_to(user).exclude(state=State.CLOSED).select_related("quarter").order_by("day")


# Actions ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActionCounts:
    """How many actions stand where, among those that a person sees."""

    user: Employee
    today: date

    @cached_property
    def _counted(self) -> dict[str, int]:
        open_ = Q(state=MeetingAction.State.OPEN)
        return MeetingAction.objects.visible_to(self.user).aggregate(
            open=Count("pk", filter=open_),
            overdue=Count("pk", filter=open_ & Q(due_on__lt=self.today, reported_at__isnull=True)),
            reported=Count("pk", filter=open_ & Q(reported_at__isnull=False)),
            mine=Count("pk", filter=Q(owner=self.user)),
            all=Count("pk"),
        )

    def __getitem__(self, name: str) -> int:
        return self._counted[name]


def actions_in(user: Employee, show: str, today: date) -> MeetingActionQuerySet:
    """The actions that a person sees: open, overdue, reported, mine, all; those due first at the top."""
    rows = MeetingAction.objects.visible_to(user)
    if show == "mine":
        rows = rows.filter(owner=user)
    elif show != "all":
        rows = rows.open()
    if show == "overdue":
        rows = rows.filter(due_on__lt=today, reported_at__isnull=True)
    if show == "reported":
        rows = rows.filter(reported_at__isnull=False)
    return rows.select_related("meeting__quarter", "department", "owner").order_by("due_on", "pk")
