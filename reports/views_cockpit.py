"""驾驶舱: the leaders' half minute, on paper and on the wall, and the rows behind each of its figures."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.exact import format2
from common.htmx import is_fragment
from indicators.models import Quarter
from indicators.queries import working_among
from organization.queries import work_calendar
from organization.requests import PersonRequest
from reports.forms import CockpitForm
from reports.permissions import may_open_cockpit
from reports.queries.cockpit import Cockpit, Scope
from reports.queries.cockpit_figures import DEFINITIONS, pressing, standing
from reports.queries.cockpit_rows import behind
from reviews.queries.matrix import LABELS, SIGNS, TONES, Mark

PAGE = 50
SLIDES = ("figures", "departments", "people", "showings")
"""What the wall shows one after the other."""


@require_safe
def dashboard(request: PersonRequest) -> HttpResponse:
    """The one screen; `?view=projector` for the wall."""
    may_open_cockpit(request.user).require()
    cockpit, form = _asked(request)
    if cockpit is None:
        return _nothing(request)
    if request.GET.get("view") == "projector":
        return _wall(request, cockpit)
    return render(request, "reports/cockpit.html", _context(cockpit) | {"form": form})


@require_safe
def dashboard_rows(request: PersonRequest, figure: str) -> HttpResponse:
    """Exactly the rows that a figure counts."""
    may_open_cockpit(request.user).require()
    cockpit, form = _asked(request)
    if cockpit is None:
        return _nothing(request)
    category = request.GET.get("category", "")
    found = behind(cockpit, figure, category)
    if found is None:
        raise Http404
    whole = request.GET.get("page") == "all"
    page = Paginator(found.items, max(1, len(found.items)) if whole else PAGE).get_page(request.GET.get("page"))
    context = {
        "cockpit": cockpit,
        "cockpit_url": cockpit.address("reports:dashboard"),
        "behind": found,
        "page": page,
        "rows": found.table(list(page.object_list)),
        "form": form,
        "category": category,
    }
    return render(request, "reports/cockpit_rows.html", context)


def _nothing(request: PersonRequest) -> HttpResponse:
    return render(request, "reports/cockpit_empty.html", {"no_department": Scope.of(request.user).is_empty})


def _asked(request: PersonRequest) -> tuple[Cockpit | None, CockpitForm | None]:
    """The cockpit of the quarter and the department in the address; without a quarter that of the bureau's work.

    None where there is nothing to see: no quarter has begun, or the reader is in charge of no department. 404 for a
    quarter or a department that the reader does not have.
    """
    user = request.user
    scope = Scope.of(user, request.GET.get("department", ""))
    if request.GET.get("department") and scope.chosen is None:
        raise Http404
    begun = list(Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).order_by("code"))
    working = working_among(begun)
    if scope.is_empty or working is None:
        return None, None
    request.working_quarter = working
    quarters = {one.code: one for one in reversed(begun)}
    code = request.GET.get("quarter") or working.code
    if code not in quarters:
        raise Http404
    quarter = quarters[code]
    quarter.bureau = user.bureau
    form = CockpitForm(
        {"quarter": code, "department": scope.chosen.code if scope.chosen else ""},
        quarters=list(quarters.values()),
        departments=scope.departments,
        whole=scope.whole,
        initial={"quarter": working.code},
    )
    return Cockpit(quarter, scope, user.bureau.today, timezone.now(), work_calendar()), form


def _context(cockpit: Cockpit) -> dict[str, object]:
    strips = cockpit.strips
    return {
        "cockpit": cockpit,
        "departments": [
            {
                "line": line,
                "scored_url": cockpit.behind("scored", department=line.code),
                "lost_url": cockpit.behind("lost", department=line.code),
                "gap_url": cockpit.behind("gap", department=line.code),
            }
            for line in cockpit.departments
        ],
        "strips": [(cockpit.behind("gap", category=one.name), one) for one in strips.rows] if strips else [],
        "departments_url": cockpit.behind("departments"),
        "moved_url": cockpit.behind("moved"),
        "projector_url": cockpit.address("reports:dashboard", view="projector"),
        "pressing": pressing(cockpit),
        "standing": standing(cockpit),
        "definitions": DEFINITIONS,
        "legend": [(SIGNS[mark], LABELS[mark], TONES[mark]) for mark in Mark if mark != Mark.NONE],
    }


def _wall(request: PersonRequest, cockpit: Cockpit) -> HttpResponse:
    """One slide after another in type that is read across a hall; turned by keys, without leaving the full screen."""
    asked = request.GET.get("at", "")
    at = int(asked) if asked.isdecimal() and 1 <= int(asked) <= len(SLIDES) else 1
    here = cockpit.address("reports:dashboard", view="projector")
    context = _context(cockpit) | {
        "slide": SLIDES[at - 1],
        "heading": _heading(cockpit, SLIDES[at - 1]),
        "at": at,
        "of": len(SLIDES),
        "previous_url": f"{here}&at={at - 1}" if at > 1 else "",
        "next_url": f"{here}&at={at + 1}" if at < len(SLIDES) else "",
        "out_url": cockpit.address("reports:dashboard"),
    }
    fragment = is_fragment(request)
    return render(request, f"reports/{'_cockpit_wall' if fragment else 'cockpit_projector'}.html", context)


def _heading(cockpit: Cockpit, slide: str) -> str:
    """What a slide tells; the whole finding where it has nothing of its own to say."""
    if slide == "departments" and cockpit.departments:
        names = {"first": cockpit.departments[0].name, "last": cockpit.departments[-1].name}
        return _("%(first)s得分率最高，%(last)s最低") % names
    if slide == "people" and cockpit.scored and cockpit.scored.gap is not None:
        return _("最高分与最低分相差 %s 分") % format2(cockpit.scored.gap)
    if slide == "showings" and cockpit.showings.held:
        total = cockpit.showings.total
        return _("三晒近六个月应开 %(due)d 次，按月开了 %(kept)d 次") % {"due": total.due, "kept": total.kept}
    return cockpit.finding
