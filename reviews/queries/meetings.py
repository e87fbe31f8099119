"""讲评会: who sits in it and who speaks, the customary agenda, how far the explanations are, what waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.components import Duty, quarter_label
from common.text import listed
from indicators.models import PointVersion, Quarter
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


def duties_of(user: Employee, today: date) -> list[Duty]:
    """What review meetings wait for from this person: for the workbench, at most five queries."""
    return [*_explaining(user), *_speaking(user), *_finishing(user), *_acting(user)]


def _explaining(user: Employee) -> list[Duty]:
    if not user.has_role(*SPEAKS):
        return []
    asked = LostPoint.objects.unfilled().filter(
        department_id=user.department_id, meeting__bureau_id=user.bureau_id, meeting__state=State.PREPARING
    )
    counted = asked.order_by("meeting__day").values("meeting_id", "meeting__explain_until").annotate(n=Count("pk"))
    return [
        Duty(
            ngettext("%(n)d 项扣分待说明", "%(n)d 项扣分待说明", row["n"]) % {"n": row["n"]},
            f"{reverse('reviews:meeting-explanations', args=[row['meeting_id']])}?show=unfilled",
            row["meeting__explain_until"],
        )
        for row in counted
    ]


def _speaking(user: Employee) -> list[Duty]:
    duties = []
    if user.has_role(Role.Kind.DEPUTY_DIRECTOR) and Department.objects.filter(deputy=user).exists():
        said = MeetingComment.objects.filter(meeting=OuterRef("pk"), author=user)
        for meeting in _underway(user).exclude(Exists(said)):
            words = _("%s讲评会待点评分管部门") % quarter_label(meeting.quarter.code)
            due = meeting.day if meeting.state == State.PREPARING else None
            duties.append(Duty(words, reverse("reviews:meeting-comments", args=[meeting.pk]), due))
    if user.has_role(Role.Kind.DIRECTOR):
        for meeting in _underway(user).filter(state=State.HELD, summing_up=""):
            words = _("%s讲评会待总结") % quarter_label(meeting.quarter.code)
            duties.append(Duty(words, reverse("reviews:meeting-comments", args=[meeting.pk])))
    return duties


def _finishing(user: Employee) -> list[Duty]:
    if not user.has_role(Role.Kind.OFFICE):
        return []
    duties = [
        Duty(
            _("%s讲评会纪要待定稿") % quarter_label(meeting.quarter.code),
            reverse("reviews:meeting-minutes", args=[meeting.pk]),
        )
        for meeting in _underway(user).filter(state=State.HELD)
    ]
    reported = MeetingAction.objects.open().filter(meeting__bureau_id=user.bureau_id, reported_at__isnull=False).count()
    if reported:
        words = ngettext("%(n)d 件议定事项待办结", "%(n)d 件议定事项待办结", reported) % {"n": reported}
        duties.append(Duty(words, f"{reverse('reviews:meeting-actions')}?show=reported"))
    return duties


def _acting(user: Employee) -> list[Duty]:
    mine = MeetingAction.objects.open().filter(owner=user, reported_at__isnull=True).order_by("due_on", "pk")
    return [
        Duty(_("议定事项：%s") % action.task[:40], reverse("reviews:meeting-action", args=[action.pk]), action.due_on)
        for action in mine
    ]


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
