"""Pages of the quarter's life: its rail, readiness, scoring and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import JobProgress, quarter_label
from common.errors import Conflict, DomainError, InvalidInput
from common.htmx import STOP_POLLING, is_fragment, page_or_fragment
from common.progress import Progress, ProgressFile
from common.text import listed
from indicators.models import Quarter
from indicators.services.quarters import move_quarter
from indicators.views.shared import seen_quarter
from organization.requests import PersonRequest
from scoring import jobs
from scoring.forms import ReasonForm
from scoring.models import ScoreRun, ScoringJob
from scoring.permissions import (
    may_publish_quarter,
    may_run_quarter,
    may_see_quarters,
)
from scoring.queries import Obstacle, current_run, moves_of_correction, preview_of_correction, readiness
from scoring.queries.acknowledgements import scores_seen_by, tally
from scoring.queries.quarters import may_be_provisional, quarter_lines, rail_steps
from scoring.services.jobs import request_scoring
from scoring.services.publishing import NotReady, correct_quarter, publish_quarter, start_publicity

State = Quarter.State
LISTED = 100  # people on one line of the readiness list; the page behind its link has all of them
CURED_BY_SCORING = ("unscored", "provisional", "outdated")


def _quarter_of(request: PersonRequest, code: str) -> Quarter:
    """The quarter of the user's own bureau, if the user may look after quarters; else 404 or 403."""
    quarter = seen_quarter(request.user, code)
    may_see_quarters(request.user, quarter.bureau).require()
    return quarter


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody on the readiness list, with the address where the matter is cured."""

    name: str
    number: str
    details: str
    url: str


@dataclass(frozen=True, slots=True)
class ObstacleLine:
    """One line of the readiness list as the page shows it; `more` people are not listed."""

    obstacle: Obstacle
    scorable: bool
    people: Sequence[PersonLine]
    more: int


def _line(obstacle: Obstacle) -> ObstacleLine:
    return ObstacleLine(
        obstacle=obstacle,
        scorable=obstacle.kind in CURED_BY_SCORING,
        people=[
            PersonLine(one.name, one.number, listed(one.details), obstacle.url_of(one))
            for one in obstacle.people[:LISTED]
        ],
        more=max(0, len(obstacle.people) - LISTED),
    )


@require_GET
def quarters(request: PersonRequest) -> HttpResponse:
    """All quarters of the bureau with their states and scores."""
    may_see_quarters(request.user, request.user.bureau).require()
    return render(request, "scoring/quarters.html", {"lines": quarter_lines(request.user)})


@require_GET
def quarter(request: PersonRequest, code: str) -> HttpResponse:
    """One quarter: its rail, its scores, what can be done next, what stands in the way."""
    found = _quarter_of(request, code)
    run = current_run(found)
    newest = ScoringJob.objects.filter(quarter=found).order_by("-pk").first()
    return render(
        request,
        "scoring/quarter.html",
        {
            "quarter": found,
            "run": run,
            "steps": rail_steps(found, run, timezone.localdate()),
            "job": _progress(newest) if newest and newest.state in ScoringJob.UNFINISHED else None,
            "may_run": may_run_quarter(request.user, found.bureau),
            "provisional": may_be_provisional(found, found.bureau.today),
            "may_publish": may_publish_quarter(request.user, found.bureau),
            "tally": tally(scores_seen_by(request.user, found)) if found.is_settled else None,
            "corrections": ScoreRun.objects.filter(quarter=found, kind=ScoreRun.Kind.CORRECTION).select_related(
                "scored_by"
            ),
        },
    )


@require_GET
def readiness_list(request: PersonRequest, code: str) -> HttpResponse:
    """The readiness list; fetched by the quarter's page on its own, since it scores the quarter to be exact.

    Without scripts it is a page of its own.
    """
    found = _quarter_of(request, code)
    checked = readiness(found, today=timezone.localdate())
    lines = [_line(obstacle) for obstacle in checked.obstacles]
    return page_or_fragment(
        request,
        "scoring/readiness.html",
        "scoring/_readiness.html",
        {
            "quarter": found,
            "readiness": checked,
            "lines": lines,
            "provisional": may_be_provisional(found, found.bureau.today),
            "may_run": may_run_quarter(request.user, found.bureau),
        },
    )


@require_POST
def score(request: PersonRequest, code: str) -> HttpResponse:
    """The buttons 计分 and 更新预计得分: a job that survives leaving the page."""
    found = _quarter_of(request, code)
    try:
        with transaction.atomic():
            as_of = found.bureau.today if request.POST.get("provisional") else None
            job_row = request_scoring(quarter=found, actor=request.user, as_of=as_of)
            transaction.on_commit(lambda: jobs.score.delay(job_row.pk), robust=True)
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("scoring:quarter", code=code)


@require_GET
def job(request: PersonRequest, code: str, pk: int) -> HttpResponse:
    """The progress of a scoring, asked for every second while it runs."""
    found = _quarter_of(request, code)
    row = get_object_or_404(ScoringJob.objects.filter(quarter=found).select_related("quarter"), pk=pk)
    if not is_fragment(request):
        return redirect("scoring:quarter", code=code)
    status = 200 if row.state in ScoringJob.UNFINISHED else STOP_POLLING
    return render(request, "components/_job_progress.html", {"job": _progress(row)}, status=status)


@require_POST
def move(request: PersonRequest, code: str) -> HttpResponse:
    """进入审核, 退回, 公示, 发布: one step of the rail, with a reason where something is passed over."""
    found = _quarter_of(request, code)
    to, reason, today = request.POST.get("to", ""), request.POST.get("reason", ""), timezone.localdate()
    try:
        if to == State.PUBLICITY:
            start_publicity(bureau=found.bureau, quarter_code=code, actor=request.user, today=today, override=reason)
        elif to == State.PUBLISHED:
            publish_quarter(bureau=found.bureau, quarter_code=code, actor=request.user, today=today, override=reason)
        elif to in (State.COLLECTING, State.REVIEWING):
            move_quarter(quarter=found, to=to, actor=request.user, reason=reason)
        else:
            raise InvalidInput(_("没有这一步；请刷新页面再试。"))
    except NotReady as error:
        for sentence in error.sentences:
            messages.error(request, sentence)
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, _("%(code)s已进入“%(state)s”。") % {"code": quarter_label(code), "state": State(to).label}
        )
    return redirect("scoring:quarter", code=code)


@require_http_methods(["GET", "POST"])
def correction(request: PersonRequest, code: str) -> HttpResponse:
    """更正计分: who would move, before deciding; then a run beside the published one, with its reason."""
    found = _quarter_of(request, code)
    may_publish_quarter(request.user, found.bureau).require()
    if not found.is_frozen:
        messages.info(request, _("%s还没有发布，直接重新计分即可。") % quarter_label(code))
        return redirect("scoring:quarter", code=code)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            run = correct_quarter(
                bureau=found.bureau, quarter_code=code, actor=request.user, reason=form.cleaned_data["reason"]
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("更正完成，原得分保留可查。"))
            return redirect("scoring:correction-run", code=code, number=run.number)
    return render(
        request,
        "scoring/correction.html",
        {"quarter": found, "form": form, "moves": preview_of_correction(found)},
        status=422 if form.is_bound else 200,
    )


@require_GET
def correction_run(request: PersonRequest, code: str, number: int) -> HttpResponse:
    """What a correction run changed, before and after."""
    found = _quarter_of(request, code)
    run = get_object_or_404(
        ScoreRun.objects.filter(quarter=found, kind=ScoreRun.Kind.CORRECTION).select_related("scored_by"), number=number
    )
    return render(
        request, "scoring/correction_run.html", {"quarter": found, "run": run, "moves": moves_of_correction(run)}
    )


def _how_far(progress: Progress) -> str:
    if not progress.total:
        return ""
    if progress.done == progress.total:
        return _("%(total)d 人都算完了，正在保存，可以离开本页，完成后铃铛会提醒。") % {"total": progress.total}
    return _("已算 %(done)d / %(total)d 人，可以离开本页，完成后铃铛会提醒。") % {
        "done": progress.done,
        "total": progress.total,
    }


def _progress(row: ScoringJob) -> JobProgress:
    page = reverse("scoring:quarter", args=[row.quarter.code])
    progress = ProgressFile(jobs.score.name, row.pk).read() if row.state == ScoringJob.State.RUNNING else Progress()
    return JobProgress(
        label=_("%s计分") % quarter_label(row.quarter.code),
        state=row.state,
        done=progress.done,
        total=progress.total,
        sentence=row.sentence or _how_far(progress),
        url=reverse("scoring:job", args=[row.quarter.code, row.pk]),
        result_url=page,
        result_label=_("查看本季"),
    )
