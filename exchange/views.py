"""Pages of the office: workbooks in, with preview and problems; workbooks out."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import JobProgress, Step, Tab
from common.errors import InvalidInput
from common.htmx import is_fragment
from common.htmx import redirect as redirect_htmx
from common.workbook import XLSX
from exchange import jobs, services
from exchange.exporting import write_template
from exchange.forms import UploadForm
from exchange.models import ExportRun, ImportRun, Run
from exchange.permissions import may_export, may_import
from exchange.storage import path_of, progress_of
from organization.requests import PersonRequest

_PAGE = 50


def _page(request: PersonRequest, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, _PAGE).get_page(request.GET.get("page"))


@require_http_methods(["GET", "POST"])
def imports(request: PersonRequest) -> HttpResponse:
    """The history of imports with the form for the next one."""
    user = request.user
    may_import(user).require()
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                run = services.upload(actor=user, file=form.cleaned_data["file"])
                # robust: the row is there, the sweep sends it again if the broker is not; and no partial, since Django
                # asks what failed for its name
                transaction.on_commit(lambda: jobs.import_file.delay(run.pk), robust=True)
        except InvalidInput as error:
            form.add_error("file", error.message)
        else:
            return redirect("exchange:import", pk=run.pk)
    rows = ImportRun.objects.visible_to(user).select_related("requested_by")
    context = {
        "form": form,
        "page": _page(request, rows),
        "waiting": rows.filter(state=Run.State.NEEDS_CONFIRMATION)[:5],
    }
    return render(request, "exchange/imports.html", context, status=422 if form.errors else 200)


def _import_of(request: PersonRequest, pk: int) -> ImportRun:
    user = request.user
    may_import(user).require()
    return get_object_or_404(ImportRun.objects.visible_to(user).select_related("requested_by"), pk=pk)


@require_GET
def import_run(request: PersonRequest, pk: int) -> HttpResponse:
    """One import: its progress, its preview, or its problems, by sheet."""
    run = _import_of(request, pk)
    remarks = request.GET.get("tab") == "remarks" or not run.problem_count
    findings = run.findings.filter(is_remark=remarks)
    address = reverse("exchange:import", args=[run.pk])
    tabs = [
        Tab(_("问题"), address, not remarks, run.problem_count),
        Tab(_("提示"), f"{address}?tab=remarks", remarks, run.remark_count),
    ]
    page = _page(request, findings)
    hidden = (run.remark_count if remarks else run.problem_count) - page.paginator.count
    context = {
        "run": run,
        "job": _import_job(run),
        "steps": _steps(run),
        "tabs": tabs if run.problem_count else [],
        "page": page,
        "hidden": hidden,
    }
    return render(request, "exchange/import.html", context)


def _import_job(run: ImportRun) -> JobProgress:
    applying = run.step == ImportRun.Step.APPLY
    label = _("正在导入 %s") % run.file_name if applying else _("正在检查 %s") % run.file_name
    return _job("import", run, label, reverse("exchange:import-progress", args=[run.pk]))


def _job(kind: str, run: Run, label: str, url: str) -> JobProgress:
    progress = progress_of(kind, run.pk).read() if run.state == Run.State.RUNNING else None
    states = {Run.State.QUEUED: "queued", Run.State.RUNNING: "running", Run.State.DONE: "done"}
    sentence = run.sentence
    if progress is not None and progress.label and kind == "export":
        sentence = _("正在写“%(sheet)s”表，可以离开本页，完成后铃铛会提醒。") % {"sheet": progress.label}
    return JobProgress(
        label,
        states.get(Run.State(run.state), "failed"),
        progress.done if progress else 0,
        progress.total if progress else 0,
        "" if run.is_unfinished and not progress else sentence,
        url,
    )


def _steps(run: ImportRun) -> list[Step]:
    """The way of a workbook: uploaded, checked, confirmed, imported."""
    who = run.requested_by.name if run.requested_by else ""
    state = run.state
    checking = run.step == ImportRun.Step.CHECK and run.is_unfinished
    failed = state in (Run.State.REFUSED, Run.State.FAILED)
    applied = run.step == ImportRun.Step.APPLY
    checked = "now" if checking else "blocked" if failed and not applied else "done"
    if applied or state == Run.State.DONE:
        confirmed = "done"
    elif state == Run.State.NEEDS_CONFIRMATION:
        confirmed = "now"
    else:
        confirmed = "blocked" if state == Run.State.DISCARDED else "next"
    imported = "done" if state == Run.State.DONE else "next"
    if applied and state != Run.State.DONE:
        imported = "blocked" if failed else "now"
    return [
        Step(_("上传"), "done", who, run.created_at),
        Step(_("检查"), checked),
        Step(_("预览确认"), confirmed),
        Step(_("导入"), imported, at=run.finished_at if state == Run.State.DONE else None),
    ]


@require_GET
def import_progress(request: PersonRequest, pk: int) -> HttpResponse:
    """The progress bar, asked for every second; sends the browser to the outcome when there is one."""
    run = _import_of(request, pk)
    if not run.is_unfinished or not is_fragment(request):
        return redirect_htmx(request, reverse("exchange:import", args=[run.pk]))
    return render(request, "components/_job_progress.html", {"job": _import_job(run)})


@require_POST
def import_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    run = _import_of(request, pk)
    with transaction.atomic():
        services.confirm(actor=request.user, run=run)
        transaction.on_commit(lambda: jobs.import_file.delay(run.pk), robust=True)
    return redirect("exchange:import", pk=run.pk)


@require_POST
def import_discard(request: PersonRequest, pk: int) -> HttpResponse:
    run = _import_of(request, pk)
    services.discard(actor=request.user, run=run)
    messages.info(request, _("已放弃这次导入，没有保存任何内容。"))
    return redirect("exchange:imports")


@require_GET
def import_marked(request: PersonRequest, pk: int) -> FileResponse:
    """The uploaded workbook with its faulty cells marked."""
    run = _import_of(request, pk)
    return _file(run.marked, _("问题标注-%s") % run.file_name)


def _file(stored: str, name: str) -> FileResponse:
    path = path_of(stored) if stored else None
    if path is None or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


@require_GET
def template(request: PersonRequest) -> FileResponse:
    """The empty workbook with every sheet."""
    may_import(request.user).require()
    content = BytesIO()
    write_template(content)
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=_("导入模板.xlsx"), content_type=XLSX)


@require_http_methods(["GET", "POST"])
def exports(request: PersonRequest) -> HttpResponse:
    """The bureau's exports, and the button for another one."""
    user = request.user
    may_export(user).require()
    if request.method == "POST":
        with transaction.atomic():
            run = services.request_export(actor=user)
            transaction.on_commit(lambda: jobs.export_file.delay(run.pk), robust=True)
        return redirect("exchange:exports")
    rows = ExportRun.objects.visible_to(user).select_related("requested_by")
    current = [(run, _export_job(run)) for run in rows.filter(state__in=Run.UNFINISHED)[:5]]
    return render(request, "exchange/exports.html", {"page": _page(request, rows), "current": current})


def _export_of(request: PersonRequest, pk: int) -> ExportRun:
    user = request.user
    may_export(user).require()
    return get_object_or_404(ExportRun.objects.visible_to(user), pk=pk)


def _export_job(run: ExportRun) -> JobProgress:
    return _job("export", run, _("正在导出 %s") % run.file_name, reverse("exchange:export-progress", args=[run.pk]))


@require_GET
def export_progress(request: PersonRequest, pk: int) -> HttpResponse:
    run = _export_of(request, pk)
    if not run.is_unfinished or not is_fragment(request):
        return redirect_htmx(request, reverse("exchange:exports"))
    context = {"job": _export_job(run), "job_id": run.html_id}
    return render(request, "components/_job_progress.html", context)


@require_GET
def export_file(request: PersonRequest, pk: int) -> FileResponse:
    """Hands a finished export out, and leaves a line of it."""
    run = _export_of(request, pk)
    if run.state != Run.State.DONE:
        raise Http404
    response = _file(run.stored, run.file_name)
    services.note_download(actor=request.user, run=run)
    return response
