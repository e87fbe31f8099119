"""Pages of reports: the workbench, the ranking, a person's score sheet, and the download of the score report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.components import Tab, quarter_label
from common.composed import composed_once
from indicators.models import Quarter
from indicators.queries import working_quarter
from organization.models import Employee
from organization.requests import PersonRequest
from reports.downloads import temporary_file, workbook
from reports.forms import LevellingForm, RankingForm
from reports.permissions import (
    exported_department,
    may_compare_departments,
    may_export_scores,
    may_open_file,
    may_view_levelling,
    may_view_ranking,
)
from reports.queries import explanation as sheets
from reports.queries.levelling import THRESHOLDS, Radar
from reports.queries.ranking import Choice, Ranking, department_chart
from reports.queries.workbench import workbench
from reports.services import export_levelling, export_scores
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.permissions import may_file_appeal, may_see_acknowledgements, may_see_score
from scoring.queries import as_it_stands, first_standing
from scoring.queries.acknowledgements import acknowledged_at
from scoring.queries.costs import costs
from scoring.queries.explanations import assessed_points, explanation
from scoring.queries.provenance import provenance
from tasks_market.models import Claim


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """我的工作台: what stands, what costs points, what is due, and the panel of the role."""
    user = request.user
    bench = workbench(user, user.bureau.today)
    request.working_quarter = bench.quarter
    return render(request, "reports/home.html", {"bench": bench, "may_import": user.has_role("office")})


@require_safe
def ranking(request: PersonRequest) -> HttpResponse:
    """排行榜 of one quarter."""
    shown = _ranking(request)
    if shown is None:
        return render(request, "reports/ranking_empty.html")
    return render(request, "reports/ranking.html", _context(request, shown))


@require_safe
def departments(request: PersonRequest) -> HttpResponse:
    """部门对比: mean totals of the departments as sorted bars, with the table behind them."""
    may_compare_departments(request.user).require()
    shown = _ranking(request, category_only=True)
    if shown is None:
        return render(request, "reports/ranking_empty.html")
    context = _context(request, shown) | {"chart": department_chart(shown.departments)}
    for name in ("department", "q"):
        del context["form"].fields[name]
    return render(request, "reports/departments.html", context)


@require_safe
def levelling(request: PersonRequest) -> HttpResponse:
    """平衡分雷达: how each department marks beside the others, which points tell nobody apart, how far deductions reach."""
    user = request.user
    may_view_levelling(user).require()
    begun = Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).order_by("-code")
    quarters = list(begun.select_related("bureau"))
    shown = _radar(user, quarters, request.GET)
    if shown is None:
        return render(request, "reports/levelling_empty.html")
    code = shown.quarter.code
    form = LevellingForm(
        {"quarter": code, "department": shown.department.code if shown.department else ""},
        quarters=quarters,
        departments=list(shown.departments_by_id.values()),
        initial={"quarter": code},
    )
    return render(request, "reports/levelling.html", {"radar": shown, "form": form, "thresholds": THRESHOLDS})


@require_POST
def export_radar(request: PersonRequest) -> FileResponse:
    """The tables of the radar as a workbook."""
    user = request.user
    may_view_levelling(user).require()
    begun = Quarter.objects.visible_to(user).exclude(state=Quarter.State.OPEN).select_related("bureau")
    shown = _radar(user, list(begun), request.POST)
    if shown is None:
        raise Http404
    file = temporary_file()
    export_levelling(radar=shown, actor=user, out=file)
    return _workbook(file, _("%(bureau)s平衡分%(period)s.xlsx"), user, shown.quarter.code)


def _radar(user: Employee, quarters: Sequence[Quarter], asked: Mapping[str, str]) -> Radar | None:
    """The radar of the quarter asked for, else of the one that the bureau works in; None while none has begun."""
    by_code = {one.code: one for one in quarters}
    code = asked.get("quarter", "")
    if code and code not in by_code:
        raise Http404
    working = working_quarter(user.bureau)
    if working is None:
        return None
    departments = {one.pk: one for one in user.bureau.departments.all()}
    wanted = asked.get("department", "")
    department = next((one for one in departments.values() if one.code == wanted), None)
    return Radar(by_code[code or working.code], departments, department)


@require_POST
def export(request: PersonRequest) -> FileResponse:
    """The score report of a quarter or year as a download; a head gets the own department."""
    user = request.user
    may_export_scores(user).require()
    period = request.POST.get("period", "")
    file = temporary_file()
    export_scores(bureau=user.bureau, period=period, actor=user, out=file, department=exported_department(user))
    return _workbook(file, _("%(bureau)s得分%(period)s.xlsx"), user, period)


def _workbook(file: IO[bytes], name: str, user: Employee, period: str) -> FileResponse:
    return workbook(file, name % {"bureau": user.bureau.name, "period": period}, "scores.xlsx")


@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """我的得分: the newest sheet of one's own, or of the quarter asked for."""
    user = request.user
    scores = Score.objects.current().filter(employee=user).order_by("-quarter__code")
    if code := request.GET.get("quarter"):
        scores = scores.filter(quarter__code=code)
    found = scores.select_related("run__basis", "quarter", "bureau", "department", "category", "employee").first()
    found = found or _not_scored_yet(user, code)
    if found is None and code:
        raise Http404
    if found is None:
        return render(request, "reports/mine_empty.html")
    return _sheet(request, found)


def _not_scored_yet(user: Employee, code: str | None) -> Score | None:
    """One's score in a quarter that the night has not scored yet: the one asked for, or that people work in."""
    quarter = Quarter.objects.filter(bureau=user.bureau, code=code).first() if code else working_quarter(user.bureau)
    if quarter is None or quarter.is_settled:
        return None
    today = user.bureau.today
    if quarter.period.first_day > today and quarter not in _earned_ahead(user):
        return None
    quarter.bureau = user.bureau
    return first_standing(quarter, user, today=today, now=timezone.now())


def _earned_ahead(user: Employee) -> QuerySet[Quarter]:
    """Quarters in which one has points of accepted tasks before anything was scored."""
    accepted = Quarter.objects.filter(claims__employee=user, claims__outcome=Claim.Outcome.ACCEPTED)
    return accepted.exclude(scores__employee=user).exclude(state__in=Quarter.SETTLED).distinct()


@require_safe
def score(request: PersonRequest, pk: int) -> HttpResponse:
    """The sheet of one score, for whom it concerns; of another bureau there is none."""
    user = request.user
    found = get_object_or_404(
        Score.objects.filter(bureau_id=user.bureau_id).select_related(
            "run__basis", "run__scored_by", "quarter", "bureau", "department", "category", "employee__department"
        ),
        pk=pk,
    )
    verdict = may_see_score(user, found)
    if not verdict and (points := assessed_points(user, found)):
        return _assessed_lines(request, found, points)
    verdict.require()
    return _sheet(request, found)


def _assessed_lines(request: PersonRequest, found: Score, points: set[int]) -> HttpResponse:
    """What the assessing department sees of a score: the lines that it assessed, and nothing that leads to the total."""
    explained = explanation(found)
    rows = sheets.assessed_rows(explained, provenance(explained, request.user), points)
    if not rows:
        may_see_score(request.user, found).require()
    context = {"score": found, "rows": rows, "appeal_base": _appeal_base(request.user, found)}
    return render(request, "reports/score_assessed.html", context)


def _appeal_base(user: Employee, found: Score) -> str:
    """Where the address of an appeal about a line of the score begins; empty while none can be filed."""
    if not may_file_appeal(user, found, today=user.bureau.today):
        return ""
    return reverse("scoring:appeal-new", args=[found.pk, "-"]).removesuffix("-/")


def _sheet(request: PersonRequest, found: Score) -> HttpResponse:
    user = request.user
    found = as_it_stands(found, now=timezone.now())
    explained = explanation(found)
    scheme = SchemeValues.from_mapping(found.run.scheme)
    own = found.employee_id == user.pk
    is_shown = found.quarter.is_settled and not found.run.is_provisional and found.run.is_current
    quarters = (
        Score.objects.current()
        .filter(employee_id=found.employee_id)
        .explained_to(user)
        .order_by("-quarter__code")
        .values_list("quarter__code", "id")
    )
    shown: list[tuple[str, int | None]] = list(quarters)
    if own:
        ahead = _earned_ahead(user).exclude(pk=found.quarter_id).values_list("code", flat=True)
        shown += [(code, 0) for code in ahead] + ([] if found.pk else [(found.quarter.code, None)])
    tabs = [
        Tab(
            quarter_label(code),
            f"{reverse('reports:mine')}?quarter={code}" if own else reverse("reports:score", args=[pk]),
            pk == found.pk,
        )
        for code, pk in sorted(shown, key=lambda pair: pair[0], reverse=True)
    ]
    return render(
        request,
        "reports/score.html",
        {
            "score": found,
            "own": own,
            "parts": sheets.parts(explained, provenance(explained, user)),
            "seen_at": acknowledged_at(found) if is_shown else None,
            "is_shown": is_shown,
            "total": explained.total,
            "weights": (scheme.common_weight, scheme.individual_weight, scheme.competitive_cap),
            "costs": costs(explained.scored),
            "neighbours": None if own and not user.roles else sheets.neighbours(found, user),
            "tabs": tabs,
            "may_open_file": may_open_file(user, found.employee),
            "appeal_base": _appeal_base(user, found) if own else "",
            "corrected_url": next((tab.url for tab in tabs if tab.label == quarter_label(found.quarter.code)), "")
            if not found.run.is_current
            else "",
        },
    )


def _ranking(request: PersonRequest, *, category_only: bool = False) -> Ranking | None:
    """The ranking asked for, by default of the newest quarter with final scores; None while nothing is scored."""
    user = request.user
    runs = {run.quarter.code: run for run in _current_runs(user.bureau_id)}
    code = request.GET.get("quarter", "")
    if code:
        if code not in runs:
            raise Http404
        may_view_ranking(user, runs[code].quarter).require()
    open_runs = {code: run for code, run in runs.items() if may_view_ranking(user, run.quarter)}
    final = [run for run in open_runs.values() if not run.is_provisional]
    run = open_runs.get(code) or next(iter(final), next(iter(open_runs.values()), None))
    if run is None:
        return None
    run.quarter.bureau = run.bureau = user.bureau
    choice = Choice.of(request.GET)
    if category_only:
        choice = Choice(category=choice.category)
    return Ranking(run.quarter, run, user, choice, tuple(one.quarter for one in open_runs.values()))


@composed_once
def _current_runs(bureau: int) -> QuerySet[ScoreRun]:
    runs = ScoreRun.objects.filter(bureau=bureau, is_current=True)
    return runs.select_related("quarter").order_by("-quarter__code")


def _context(request: PersonRequest, shown: Ranking) -> dict[str, Any]:
    user = shown.user
    asked = {**request.GET.dict(), "quarter": shown.quarter.code}
    query = urlencode({"quarter": shown.quarter.code})
    tabs = [Tab(_("排名"), f"{reverse('reports:ranking')}?{query}", request.path == reverse("reports:ranking"))]
    if may_compare_departments(user):
        url = reverse("reports:departments")
        tabs.append(Tab(_("部门对比"), f"{url}?{query}", request.path == url))
    return {
        "ranking": shown,
        "form": RankingForm(
            asked, bureau=user.bureau, quarters=shown.quarters, initial={"quarter": shown.quarter.code}
        ),
        "tabs": tabs,
        "may_export": may_export_scores(user),
        "sees_acknowledgements": shown.quarter.is_settled and may_see_acknowledgements(user, user.bureau),
        "exports_department": exported_department(user),
        "all_url": f"?{urlencode({**asked, 'page': 'all'})}",
    }
