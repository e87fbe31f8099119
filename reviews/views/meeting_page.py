"""What every section of a review meeting shows: its rail and tabs, the pack as this reader may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.components import Step, Tab, TableBehind, quarter_label
from common.text import listed
from common.verdict import Verdict
from organization.models import Bureau, Department, Role
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reviews.models import AgendaItem, LostPoint, MeetingComment, ReviewMeeting
from reviews.permissions.meetings import may_arrange_meeting, may_hold_meeting, may_write_minutes
from reviews.queries.meetings import Progress, Speakers, later_run, pack_shown, point_names, progress
from reviews.queries.pack import CategoryLine, DepartmentLine, LostLine, Pack, total
from scoring.models import ScoreRun
from scoring.models.scores import SEES_ALL_RANKINGS

State = ReviewMeeting.State


def seen_meeting(request: PersonRequest, pk: int) -> ReviewMeeting:
    """The meeting, 404 for who does not sit in it."""
    rows = ReviewMeeting.objects.visible_to(request.user).select_related(
        "bureau", "quarter__bureau", "run", "chair", "prepared_by", "held_by", "closed_by"
    )
    return get_object_or_404(rows, pk=pk)


@dataclass(frozen=True, slots=True)
class Told:
    """A lost point with the point's name, as the wall and the minutes read it."""

    row: LostPoint
    name: str


@dataclass(frozen=True, slots=True)
class LostGroup:
    """A department of the pack with what it lost; the rows are written out for one department at a time."""

    code: str
    name: str
    line: DepartmentLine | None
    rows: list[LostLine]
    is_open: bool

    @property
    def lost(self) -> str:
        return total(self.rows)


@dataclass(frozen=True, slots=True)
class Slide:
    """What stands behind a point of the agenda."""

    paragraphs: list[str]
    department: DepartmentLine | None
    lost: list[Told]
    comments: list[MeetingComment]


class MeetingPage:
    """One section of one meeting for one reader; what costs a query is asked when the page shows it."""

    def __init__(self, request: PersonRequest, meeting: ReviewMeeting, section: str) -> None:
        self.request, self.meeting, self.section = request, meeting, section
        self.user = request.user
        self.today = request.user.bureau.today

    def render(self, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template, {"page": self, "meeting": self.meeting, **context}, status=status)

    @cached_property
    def calendar(self) -> Any:
        return work_calendar()

    @property
    def may_arrange(self) -> Verdict:
        return may_arrange_meeting(self.user, self.meeting)

    @property
    def may_hold(self) -> Verdict:
        return may_hold_meeting(self.user, self.meeting, today=self.today)

    @property
    def may_write_minutes(self) -> Verdict:
        return may_write_minutes(self.user, self.meeting)

    @property
    def is_office(self) -> bool:
        return self.user.has_role(Role.Kind.OFFICE)

    @cached_property
    def explains(self) -> bool:
        """Whether the reader's own department is asked to explain."""
        return self.user.has_role(Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON) and any(
            one.department_id == self.user.department_id for one in self.progress
        )

    # Steps ----------------------------------------------------------------------------------------------------------

    @cached_property
    def rail(self) -> list[Step]:
        """筹备 → 扣分说明 → 召开 → 纪要定稿 → 议定事项, each with who and when."""
        meeting, held = self.meeting, self.meeting.state in ReviewMeeting.AFTER
        filled, asked = self.explained
        closed = meeting.state == State.CLOSED
        count = _("%(filled)d / %(asked)d 项") % {"filled": filled, "asked": asked}
        undone = meeting.actions.open().count()
        decided = meeting.actions.count()
        settled = _("全部办结") if decided and not undone else _("%d 件办理中") % undone if undone else _("没有登记")
        return [
            Step(_("筹备"), "done", _name(meeting.prepared_by), meeting.prepared_at),
            Step(_("扣分说明"), "done" if held or filled == asked else "now", note=count),
            Step(_("召开"), "done", _name(meeting.held_by), meeting.held_at)
            if held
            else Step(_("召开"), "next", at=meeting.day),
            Step(_("纪要定稿"), "done", _name(meeting.closed_by), meeting.closed_at)
            if closed
            else Step(_("纪要定稿"), "now" if held else "next"),
            Step(
                _("议定事项"),
                "done" if decided and not undone and closed else "now" if undone else "next",
                note=settled if held else "",
            ),
        ]

    @cached_property
    def tabs(self) -> list[Tab]:
        sections = [
            ("meeting", _("概况")), ("meeting-pack", _("会议材料")), ("meeting-explanations", _("扣分说明")),
            ("meeting-comments", _("汇报、点评与总结")), ("meeting-minutes", _("纪要")),
            ("meeting-decided", _("议定事项")),
        ]  # fmt: skip
        return [
            Tab(label, reverse(f"reviews:{name}", args=[self.meeting.pk]), name == self.section)
            for name, label in sections
        ]

    # Explanations ---------------------------------------------------------------------------------------------------

    @cached_property
    def speakers(self) -> Speakers:
        return Speakers(self.meeting.bureau, self.today)

    @cached_property
    def progress(self) -> list[Progress]:
        return progress(self.meeting, self.speakers)

    @cached_property
    def explained(self) -> tuple[int, int]:
        """How many lost points are explained, and how many there are."""
        return sum(one.filled for one in self.progress), sum(one.asked for one in self.progress)

    @property
    def left_to_explain(self) -> int:
        return self.explained[1] - self.explained[0]

    # The pack -------------------------------------------------------------------------------------------------------

    @cached_property
    def pack(self) -> Pack | None:
        return pack_shown(self.meeting)

    @cached_property
    def later_run(self) -> ScoreRun | None:
        """A correction that came after the meeting was held."""
        return later_run(self.meeting) if self.meeting.state in ReviewMeeting.AFTER else None

    @cached_property
    def run_waits(self) -> bool:
        """Whether a correction came before the meeting and the lost points have not followed it yet."""
        return self.meeting.state == State.PREPARING and not self.meeting.run.is_current

    @cached_property
    def categories(self) -> list[CategoryLine]:
        """The ends of the categories as this reader may know them (Bureau.ranking_view)."""
        if self.pack is None:
            return []
        if self.user.has_role(*SEES_ALL_RANKINGS):
            return list(self.pack.categories)
        return self._shown_to_heads(self.user.department_id)

    def _shown_to_heads(self, own: int | None) -> list[CategoryLine]:
        view = self.meeting.bureau.ranking_view

        def shown(line: Any) -> bool:
            pool = view == Bureau.RankingView.TOP and line.in_pool
            return view == Bureau.RankingView.ALL or pool or line.department_id == own

        return [
            replace(one, top=tuple(filter(shown, one.top)), bottom=tuple(filter(shown, one.bottom)))
            for one in (self.pack.categories if self.pack else ())
        ]

    @cached_property
    def hides_people(self) -> bool:
        return self.pack is not None and self.categories != list(self.pack.categories)

    @cached_property
    def lost_groups(self) -> list[LostGroup]:
        """The lost points by department: open are the one asked for, else the reader's own, and all of them for print."""
        if self.pack is None:
            return []
        codes = {row.pk: row for row in Department.objects.filter(bureau=self.meeting.bureau_id)}
        found: dict[int, list[LostLine]] = {}
        for line in self.pack.lost:
            found.setdefault(line.department_id, []).append(line)
        asked = self.request.GET.get("department") or codes[self.user.department_id].code
        return [
            LostGroup(codes[key].code, codes[key].name, self.pack.department(key), rows,
                      self.whole or codes[key].code == asked)
            for key, rows in found.items()
        ]  # fmt: skip

    @property
    def whole(self) -> bool:
        """Whether every line was asked for, for print."""
        return self.request.GET.get("show") == "all"

    @property
    def median(self) -> str:
        assert self.pack is not None
        return _("中位数 %s") % self.pack.health.median

    @property
    def range(self) -> str:
        assert self.pack is not None
        return _("最高 %(highest)s，最低 %(lowest)s") % {
            "highest": self.pack.health.highest, "lowest": self.pack.health.lowest,
        }  # fmt: skip

    @property
    def coverage(self) -> str:
        assert self.pack is not None
        return _("%(scored)d 人中 %(lost)d 人被扣过分") % {
            "scored": self.pack.health.scored, "lost": self.pack.health.people_lost,
        }  # fmt: skip

    @property
    def trend_finding(self) -> str:
        """How many departments rose and fell against the quarter before."""
        assert self.pack is not None
        pairs = [(Decimal(one.means[-2]), Decimal(one.means[-1])) for one in self.pack.trend if all(one.means[-2:])]
        up, down = sum(after > before for before, after in pairs), sum(after < before for before, after in pairs)
        return _("与上季相比，%(up)d 个部门平均分上升，%(down)d 个下降（柱从 %(floor)d 分起）") % {
            "up": up, "down": down, "floor": self.pack.floor,
        }  # fmt: skip

    @property
    def chart_table(self) -> TableBehind:
        """Means, spreads and coverages of the departments over the quarters."""
        assert self.pack is not None
        kinds = (_("平均分"), _("分差"), _("扣分面 %"))
        columns = [f"{kind} {quarter_label(code)}" for kind in kinds for code in self.pack.quarters]
        rows = [
            (one.name, *(figure or "–" for figure in (*one.means, *one.spreads, *one.coverages)))
            for one in self.pack.trend
        ]
        return TableBehind((_("部门"), *columns), rows)

    @property
    def chart(self) -> dict[str, object]:
        assert self.pack is not None
        return self.pack.chart(self.user.department_id)

    # What is said ---------------------------------------------------------------------------------------------------

    @cached_property
    def comments(self) -> list[MeetingComment]:
        return list(self.meeting.comments.select_related("author"))

    @cached_property
    def in_charge(self) -> list[Department]:
        """The departments that the reader is in charge of."""
        return list(Department.objects.filter(bureau=self.meeting.bureau_id, deputy=self.user).order_by("code"))

    def told(self, departments: list[int]) -> list[Told]:
        """The lost points of departments with what was written, as far as the reader sees it."""
        rows = LostPoint.objects.visible_to(self.user).filter(
            meeting=self.meeting, department__in=departments, lost__gt=0
        )
        found = list(rows.select_related("department", "point").order_by("department__code", "-lost", "pk"))
        names = point_names(self.meeting, found)
        return [Told(row, names.get(row.point_id, row.point.code)) for row in found]

    @property
    def charge_names(self) -> str:
        return listed(one.name for one in self.in_charge)

    @cached_property
    def charged(self) -> list[Told]:
        """The lost points of the departments that the reader is in charge of."""
        return self.told([one.pk for one in self.in_charge])

    def slide(self, item: AgendaItem) -> Slide:
        """What the wall shows to a point of the agenda."""
        texts = {AgendaItem.Kind.REPORT: self.meeting.report, AgendaItem.Kind.SUM_UP: self.meeting.summing_up}
        lost = self.told([item.department_id]) if item.kind == AgendaItem.Kind.EXPLAIN and item.department_id else []
        said = [one for one in self.comments if one.author_id == item.speaker_id]
        return Slide(
            paragraphs=[line for line in texts.get(item.kind, "").splitlines() if line.strip()],  # type: ignore[call-overload]
            department=self.pack.department(item.department_id) if lost and self.pack else None,
            lost=lost,
            comments=said if item.kind == AgendaItem.Kind.COMMENT else [],
        )


def _name(person: Any) -> str:
    return person.name if person else ""
