"""Imports and exports in the browser: asked for, run by a worker, confirmed or discarded, swept and cleaned."""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from common.errors import Conflict, DomainError, InvalidInput, refusal_of
from common.text import without_control
from common.workbook import Problem, mark_problems
from exchange.exporting import write_bureau
from exchange.importing import Report, sha256_of, take_in
from exchange.models import ExportRun, ImportFinding, ImportRun, Run
from exchange.permissions import may_export, may_import
from exchange.storage import new_name, path_of, progress_of, remove
from notifications.services import notify
from organization.models import Employee

logger = logging.getLogger(__name__)

State = Run.State
LARGEST_UPLOAD = 60 * 1024**2
LOST_AFTER = timedelta(minutes=2)
"""A queued row that no worker has taken up by then was lost with the broker and is sent again."""
DEAD_AFTER = timedelta(minutes=10)
"""A running job that has not told of itself for so long has died with its worker."""
KEPT_FOR = timedelta(days=30)


@transaction.atomic
def upload(*, actor: Employee, file: UploadedFile) -> ImportRun:
    """Stores an uploaded workbook and queues its check. Raises InvalidInput with a sentence if it cannot be one."""
    may_import(actor).require()
    name = without_control(Path(file.name or "").name)[:200]
    _check_upload(name, file)
    stored = new_name("imports")
    path = path_of(stored)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    if not zipfile.is_zipfile(path):
        remove(stored)
        raise InvalidInput(
            _("“%(name)s”不是 .xlsx 工作簿；请用 Excel 或 WPS 另存为 .xlsx 后再上传。") % {"name": name},
            fields={"file": _("不是 .xlsx 工作簿")},
        )
    now = timezone.now()
    run = ImportRun.objects.create(
        bureau=actor.bureau,
        requested_by=actor,
        file_name=name,
        stored=stored,
        size=path.stat().st_size,
        sha256=sha256_of(path),
        created_at=now,
        queued_at=now,
    )
    record(
        actor=actor, action="import.upload", target=run, after={"file": name, "sha256": run.sha256, "size": run.size}
    )
    return run


def _check_upload(name: str, file: UploadedFile) -> None:
    if not name.lower().endswith(".xlsx"):
        raise InvalidInput(
            _("只能上传 .xlsx 工作簿，“%(name)s”不是；请用 Excel 或 WPS 另存为 .xlsx 后再上传。") % {"name": name},
            fields={"file": _("只能上传 .xlsx 工作簿")},
        )
    if file.size is None or file.size > LARGEST_UPLOAD:
        limit = LARGEST_UPLOAD // 1024**2
        raise InvalidInput(
            _("“%(name)s”超过 %(limit)d MB；请拆成几个文件分别导入。") % {"name": name, "limit": limit},
            fields={"file": _("文件太大")},
        )


@transaction.atomic
def confirm(*, actor: Employee, run: ImportRun) -> None:
    """Queues the import itself, after somebody has seen the preview. Conflict if it is no longer waiting for that."""
    may_import(actor).require()
    taken = ImportRun.objects.filter(pk=run.pk, state=State.NEEDS_CONFIRMATION, bureau=actor.bureau)
    if taken.update(state=State.QUEUED, step=ImportRun.Step.APPLY, queued_at=timezone.now(), requested_by=actor) != 1:
        raise Conflict(_("这次导入已经不在待确认状态；请刷新页面再看。"))
    record(actor=actor, action="import.confirm", target=run, after={"file": run.file_name, "sha256": run.sha256})


@transaction.atomic
def discard(*, actor: Employee, run: ImportRun) -> None:
    """Gives up an import that waits for confirmation; nothing of it was saved."""
    may_import(actor).require()
    taken = ImportRun.objects.filter(pk=run.pk, state=State.NEEDS_CONFIRMATION, bureau=actor.bureau)
    if taken.update(state=State.DISCARDED, finished_at=timezone.now()) != 1:
        raise Conflict(_("这次导入已经不在待确认状态；请刷新页面再看。"))
    record(actor=actor, action="import.discard", target=run, after={"file": run.file_name})


def run_import(run_id: int) -> ImportRun | None:
    """What the worker does with an unfinished import; returns it as it ended. Called again for a finished row it finds
    nothing to do.
    """
    run = _begin(ImportRun, run_id)
    if run is None:
        return None
    assert isinstance(run, ImportRun)
    keep = run.step == ImportRun.Step.APPLY

    def finish(report: Report) -> None:
        # In the import's own transaction: either the rows are there and the run says so, or neither.
        _close_import(run, report, State.DONE)

    try:
        if keep and run.requested_by is not None:
            may_import(run.requested_by).require()
        report = take_in(
            path_of(run.stored),
            name=run.file_name,
            actor=run.requested_by,
            only_bureau=run.bureau,
            keep=keep,
            on_keep=finish,
        )
    except DomainError as error:
        _fail(run, error.message)
    except (IntegrityError, OperationalError) as error:
        logger.exception("import %s met another writer", run.pk)
        refusal = refusal_of(error)
        _fail(run, refusal.message if refusal else _("导入期间数据被别人改动，没有保存任何内容；请重新上传。"))
    except Exception:
        logger.exception("import %s failed", run.pk)
        _fail(run, _("导入时出现意外，没有保存任何内容；请重试，仍不行请联系系统管理员。"))
    else:
        if not report.kept:
            _mark(run, report)
            with transaction.atomic():
                _close_import(run, report, State.REFUSED if report.problem_count else State.NEEDS_CONFIRMATION)
    return run


def _begin(model: type[Run], run_id: int) -> Run | None:
    """Takes up a row, also one that a worker began and did not live to finish: of its work nothing was saved, and that
    nobody is at it now the class of our tasks sees to (docs/jobs.md)."""
    taken = model._default_manager.filter(pk=run_id, state__in=Run.UNFINISHED)
    if taken.update(state=State.RUNNING, started_at=timezone.now()) != 1:
        return None
    return model._default_manager.select_related("bureau", "requested_by").get(pk=run_id)


def _mark(run: ImportRun, report: Report) -> None:
    if report.problem_count:
        run.marked = new_name("marked")
        mark_problems(path_of(run.stored), report.problems, path_of(run.marked))


def _close_import(run: ImportRun, report: Report, state: str) -> None:
    run.state = state
    run.sheets = [
        {
            "title": sheet.title,
            **asdict(sheet.counts),
            "samples": [asdict(sample) for sample in sheet.created],
            "changes": [asdict(change) for change in sheet.changes],
        }
        for sheet in report.sheets
    ]
    run.problem_count, run.remark_count = report.problem_count, report.remark_count
    run.finished_at = None if state == State.NEEDS_CONFIRMATION else timezone.now()
    run.sentence = _sentence(report, state)
    run.save()
    run.findings.all().delete()
    _keep_findings(run, report.problems, is_remark=False)
    _keep_findings(run, report.remarks, is_remark=True)
    _tell(run, run.sentence, reverse("exchange:import", args=[run.pk]))


def _sentence(report: Report, state: str) -> str:
    counts = {"created": report.created, "updated": report.updated, "problems": report.problem_count}
    if state == State.REFUSED:
        return _("查出 %(problems)d 处问题，没有导入任何数据；请改正后重新上传。") % counts
    if state == State.NEEDS_CONFIRMATION and not (report.created or report.updated):
        return _("检查通过：与系统里的数据完全一致，没有要导入的内容。")
    if state == State.NEEDS_CONFIRMATION:
        return _("检查通过：将新增 %(created)d 行、更新 %(updated)d 行，请确认后导入。") % counts
    return _("已导入：新增 %(created)d 行，更新 %(updated)d 行。") % counts


def _keep_findings(run: ImportRun, findings: Iterable[Problem], *, is_remark: bool) -> None:
    ImportFinding.objects.bulk_create(
        (
            ImportFinding(
                run=run,
                is_remark=is_remark,
                sheet=finding.sheet[:100],
                row=finding.row,
                column=finding.column[:200],
                message=str(finding.message),
                hint=str(finding.hint),
            )
            for finding in findings
        ),
        batch_size=1000,
    )


@transaction.atomic
def request_export(*, actor: Employee) -> ExportRun:
    """Queues the export of everything of the actor's bureau."""
    may_export(actor).require()
    now = timezone.now()
    run = ExportRun.objects.create(
        bureau=actor.bureau,
        requested_by=actor,
        file_name=f"{actor.bureau.code}-{timezone.localtime(now):%Y%m%d-%H%M}.xlsx",
        stored=new_name("exports"),
        created_at=now,
        queued_at=now,
    )
    record(actor=actor, action="export.request", target=run, after={"file": run.file_name})
    return run


def run_export(run_id: int) -> Run | None:
    """What the worker does with a queued export, returned as it ended; safe to be called twice."""
    run = _begin(ExportRun, run_id)
    if run is None:
        return None
    path = path_of(run.stored)
    try:
        counts = write_bureau(run.bureau, path)
    except Exception:
        logger.exception("export %s failed", run.pk)
        remove(run.stored)
        _fail(run, _("导出时出现意外；请重试，仍不行请联系系统管理员。"))
    else:
        _close_export(run, counts, path)
    return run


@transaction.atomic
def _close_export(run: Run, counts: dict[str, int], path: Path) -> None:
    run.state = State.DONE
    run.sheets = [{"title": title, "rows": rows} for title, rows in counts.items()]
    run.size, run.sha256, run.finished_at = path.stat().st_size, sha256_of(path), timezone.now()
    run.sentence = _("已导出 %(rows)d 行。") % {"rows": sum(counts.values())}
    run.save()
    record(
        actor=run.requested_by,
        action="export.workbook",
        bureau=run.bureau,
        target=run,
        after={"file": run.file_name, "sha256": run.sha256, "rows": counts},
    )
    _tell(run, run.sentence, reverse("exchange:exports"))


@transaction.atomic
def note_download(*, actor: Employee, run: Run) -> None:
    """Leaves the line of a file handed out."""
    record(actor=actor, action="export.download", target=run, after={"file": run.file_name, "sha256": run.sha256})


@transaction.atomic
def _fail(run: Run, sentence: str) -> None:
    run.state, run.sentence, run.finished_at = State.FAILED, sentence, timezone.now()
    run.save(update_fields=["state", "sentence", "finished_at"])
    _tell(run, sentence, reverse("exchange:imports" if isinstance(run, ImportRun) else "exchange:exports"))


def _tell(run: Run, sentence: str, url: str) -> None:
    if run.requested_by is not None:
        notify(
            recipients=[run.requested_by],
            subject=_("%(file)s：%(sentence)s") % {"file": run.file_name, "sentence": sentence},
            url=url,
            occasion=f"{run._meta.model_name}:{run.pk}:{run.state}",
        )


def lost_runs(now: datetime) -> dict[str, list[int]]:
    """Queued rows that no worker took up, by kind; their jobs have to be sent again, and then get their time anew."""
    found: dict[str, list[int]] = {}
    for kind, model in (("import", ImportRun), ("export", ExportRun)):
        waiting = model._default_manager.filter(state=State.QUEUED, queued_at__lt=now - LOST_AFTER)
        found[kind] = list(waiting.values_list("pk", flat=True))
        waiting.filter(pk__in=found[kind]).update(queued_at=now)
    return found


def bury_dead_runs(now: datetime) -> int:
    """Ends running rows whose worker has gone; nothing of them was saved, as a finished one says so in its own transaction."""
    buried = 0
    for kind, model in (("import", ImportRun), ("export", ExportRun)):
        for run in model._default_manager.filter(state=State.RUNNING, started_at__lt=now - DEAD_AFTER):
            seen = progress_of(kind, run.pk).read().at
            if seen is not None and seen > now - DEAD_AFTER:
                continue
            with transaction.atomic():
                still = model._default_manager.select_for_update().filter(pk=run.pk, state=State.RUNNING).first()
                if still is not None:
                    _fail(still, _("处理中断（服务重启或进程终止），没有保存任何内容；请重新提交。"))
                    progress_of(kind, run.pk).clear()
                    buried += 1
    return buried


def clean(now: datetime) -> int:
    """Takes away files older than KEPT_FOR; the rows stay as history. Previews that nobody confirmed are given up."""
    old = now - KEPT_FOR
    ImportRun.objects.filter(state=State.NEEDS_CONFIRMATION, created_at__lt=old).update(
        state=State.DISCARDED, finished_at=now
    )
    removed = 0
    for model in (ImportRun, ExportRun):
        settled = model._default_manager.filter(created_at__lt=old).exclude(state__in=Run.UNFINISHED)
        for run in settled.exclude(stored=""):
            for stored in filter(None, (run.stored, getattr(run, "marked", ""))):
                remove(stored)
                removed += 1
            names = {"stored": ""} | ({"marked": ""} if isinstance(run, ImportRun) else {})
            model._default_manager.filter(pk=run.pk).update(**names)
    return removed
