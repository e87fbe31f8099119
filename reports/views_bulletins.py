"""通报: the list, the page that everybody reads, and who has read it; writing is in `views_bulletin_desk`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from common.components import Step, TableBehind, quarter_label
from common.official import heading_number
from common.storage import TYPES
from common.text import listed
from common.verdict import Verdict
from indicators.views.shared import one_page
from organization.requests import PersonRequest
from reports import permissions_bulletins as permissions
from reports import services_bulletins as services
from reports.bulletin_files import bulletin_as_word, word_name
from reports.forms_bulletins import PublishForm, ReturnForm
from reports.models import EDITS_BULLETINS, Bulletin
from reports.permissions import may_view_levelling
from reports.queries.bulletin_figures import SECTIONS, Figure, Figures
from reports.queries.bulletins import (
    Block,
    Reading,
    blocks,
    bulletin_rows,
    correction_since,
    figures_of,
    is_behind,
    is_intact,
    proposed_number,
    quarters_without,
    reading_of,
    strange_numbers,
)
from scoring.models import ScoreRun
from scoring.permissions import may_see_quarters
from scoring.queries.rankings import current_run

State = Bulletin.State


def seen_bulletin(request: PersonRequest, pk: int) -> Bulletin:
    """The bulletin with its names; 404 unless the reader may see it."""
    rows = Bulletin.objects.visible_to(request.user).select_related(
        "bureau", "quarter__bureau", "run", "drafted_by", "reviewed_by", "published_by"
    )
    return get_object_or_404(rows, pk=pk)


@dataclass(frozen=True, slots=True)
class Section:
    """A section as it is read, with where its numbers come from."""

    key: str
    number: str
    label: str
    blocks: list[Block]
    figures: list[Figure]
    strange: list[str]


@dataclass(frozen=True)
class BulletinPage:
    """A bulletin for one reader; what costs a query is asked when the page shows it."""

    request: PersonRequest
    bulletin: Bulletin
    bound: dict[str, forms.Form]

    @cached_property
    def figures(self) -> Figures:
        return figures_of(self.bulletin)

    @cached_property
    def edits(self) -> bool:
        """Whether the reader sees how it came about, and every row behind it."""
        return self.request.user.has_role(*EDITS_BULLETINS)

    @property
    def is_published(self) -> bool:
        return self.bulletin.state == State.PUBLISHED

    @property
    def quarter(self) -> str:
        return quarter_label(self.bulletin.quarter.code)

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        words = {
            State.DRAFT: _("%s通报正在起草"),
            State.REVIEW: _("%s通报等待签发"),
            State.PUBLISHED: _("%s绩效通报"),
        }[State(self.bulletin.state)]
        return words % self.quarter

    @cached_property
    def sections(self) -> list[Section]:
        written = [name for name in SECTIONS if getattr(self.bulletin, name)]
        return [
            Section(
                name,
                heading_number(1, place),
                label_of(name),
                numbered(blocks(getattr(self.bulletin, name))),
                [self._openable(one) for one in self.figures.of(name)],
                [] if self.is_published else strange_numbers(getattr(self.bulletin, name), self.figures),
            )
            for place, name in enumerate(written, 1)
        ]

    def _openable(self, figure: Figure) -> Figure:
        """The figure without its way to the levelling radar or to the quarter's checks, where the reader may not go."""
        return replace(figure, url="") if figure.url.startswith(self._closed) else figure

    @cached_property
    def _closed(self) -> tuple[str, ...]:
        """Addresses to which figures lead and the reader does not get."""
        user = self.request.user
        ways = (
            ("reports:levelling", may_view_levelling(user)),
            ("scoring:quarters", may_see_quarters(user, self.bulletin.bureau)),
        )
        return tuple(reverse(name) for name, verdict in ways if not verdict)

    @property
    def rail(self) -> list[Step]:
        one, state = self.bulletin, State(self.bulletin.state)
        place = [State.DRAFT, State.REVIEW, State.PUBLISHED].index(state)

        def step(label: str, position: int, who: str, at: object) -> Step:
            done = position < place or self.is_published
            mark = "done" if done else "now" if position == place else "next"
            shown = done or position == place
            return Step(label, mark, who=who if shown else "", at=at if shown else None)  # type: ignore[arg-type]

        return [
            step(_("起草"), 0, one.drafted_by.name if one.drafted_by else "", one.drafted_at),
            step(_("送审"), 1, one.reviewed_by.name if one.reviewed_by else "", one.reviewed_at),
            step(_("印发"), 2, one.published_by.name if one.published_by else "", one.published_at),
        ]

    @cached_property
    def intact(self) -> bool:
        return is_intact(self.bulletin)

    @cached_property
    def correction(self) -> ScoreRun | None:
        """The correction run since publication, if there is one."""
        return correction_since(self.bulletin)

    @cached_property
    def behind(self) -> bool:
        """Whether the figures of an unpublished one are no longer those that count."""
        return not self.is_published and is_behind(self.bulletin, current_run(self.bulletin.quarter))

    @cached_property
    def may_edit(self) -> Verdict:
        return permissions.may_edit_bulletin(self.request.user, self.bulletin)

    @cached_property
    def may_submit(self) -> Verdict:
        return permissions.may_submit_bulletin(self.request.user, self.bulletin)

    @cached_property
    def may_decide(self) -> Verdict:
        return permissions.may_decide_bulletin(self.request.user, self.bulletin)

    @cached_property
    def may_publish(self) -> Verdict:
        return permissions.may_publish_bulletin(self.request.user, self.bulletin)

    @cached_property
    def may_see_readers(self) -> Verdict:
        return permissions.may_see_receipts(self.request.user, self.bulletin)

    @cached_property
    def reading(self) -> Reading:
        return reading_of(self.bulletin, self.request.user.bureau.today)

    @cached_property
    def return_form(self) -> forms.Form:
        return self.bound.get("return") or ReturnForm()

    @cached_property
    def publish_form(self) -> forms.Form:
        number = proposed_number(self.bulletin.bureau, self.request.user.bureau.today.year)
        return self.bound.get("publish") or PublishForm(initial={"number": number})

    @property
    def department_finding(self) -> str:
        rows = self.figures.departments
        first = listed(one.name for one in rows if one.mean == rows[0].mean)
        values = {"name": first, "mean": rows[0].mean, "n": len(rows)}
        sentence = ngettext(
            "%(n)d 个部门中%(name)s平均分最高，%(mean)s", "%(n)d 个部门中%(name)s平均分最高，%(mean)s", len(rows)
        )
        return sentence % values

    @property
    def point_finding(self) -> str:
        first = self.figures.points[0]
        return _("失分最多的是“%(name)s”，合计 %(lost)s 分") % {"name": first.name, "lost": first.lost}

    @property
    def department_table(self) -> TableBehind:
        return TableBehind((_("部门"), _("平均分")), [(one.name, one.mean) for one in self.figures.departments])

    @property
    def point_table(self) -> TableBehind:
        rows = [(f"{one.code} {one.name}", one.lost) for one in self.figures.points]
        return TableBehind((_("考点"), _("失分")), rows)


def numbered(found: list[Block]) -> list[Block]:
    """The headings with their numbers again, as the document counts them."""
    places = iter(range(1, len(found) + 1))
    return [replace(one, text=heading_number(2, next(places)) + one.text) if one.heading else one for one in found]


def label_of(section: str) -> str:
    return str(Bulletin._meta.get_field(section).verbose_name)  # type: ignore[union-attr]


@require_GET
def bulletins(request: PersonRequest) -> HttpResponse:
    """The bulletins that the reader may see, the newest first; for the office also what can be drafted."""
    user = request.user
    visible = Bulletin.objects.visible_to(user)
    page = one_page(request, visible.select_related("quarter").defer("figures", *SECTIONS).order_by("-quarter__code"))
    rows = bulletin_rows(page.object_list, user)
    drafts = bool(permissions.may_draft_bulletins(user))
    context = {
        "page": page,
        "rows": rows,
        "edits": user.has_role(*EDITS_BULLETINS),
        "drafts": drafts,
        "to_draft": list(quarters_without(user.bureau_id)) if drafts else [],
        "unread": sum(row.bulletin.state == State.PUBLISHED and not row.opened for row in rows),
    }
    return render(request, "reports/bulletins.html", context)


@require_GET
def bulletin(request: PersonRequest, pk: int) -> HttpResponse:
    """The bulletin; opening a published one the first time leaves the reader's receipt."""
    found = seen_bulletin(request, pk)
    services.mark_read(bulletin=found, actor=request.user, now=timezone.now())
    return bulletin_page(request, found, {})


def bulletin_page(request: PersonRequest, found: Bulletin, bound: dict[str, forms.Form]) -> HttpResponse:
    """The page, with forms that came back with errors."""
    page = BulletinPage(request, found, bound)
    context = {"page": page, "bulletin": found, "figures": page.figures}
    return render(request, "reports/bulletin.html", context, status=422 if bound else 200)


@require_GET
def bulletin_word(request: PersonRequest, pk: int) -> FileResponse:
    """The bulletin as Word in the layout of official documents."""
    found = seen_bulletin(request, pk)
    content = BytesIO(bulletin_as_word(found))
    return FileResponse(content, as_attachment=True, filename=word_name(found), content_type=TYPES[".docx"][0])


@require_GET
def bulletin_readers(request: PersonRequest, pk: int) -> HttpResponse:
    """Who has read it and who has not, by department."""
    found = seen_bulletin(request, pk)
    permissions.may_see_receipts(request.user, found).require()
    context = {
        "bulletin": found,
        "reading": reading_of(found, request.user.bureau.today),
        "may_remind": permissions.may_remind_readers(request.user, found),
    }
    return render(request, "reports/bulletin_readers.html", context)


@require_POST
def bulletin_remind(request: PersonRequest, pk: int) -> HttpResponse:
    """催阅."""
    found = seen_bulletin(request, pk)
    told = services.remind_readers(bulletin=found, actor=request.user, today=request.user.bureau.today)
    if told:
        words = ngettext("已提醒 %(n)d 名没有阅读的干部。", "已提醒 %(n)d 名没有阅读的干部。", told)
        messages.success(request, words % {"n": told})
    else:
        messages.info(request, _("没有阅读的人今天都已经提醒过了，每天只提醒一次。"))
    return redirect("reports:bulletin-readers", pk=pk)
