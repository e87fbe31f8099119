"""佐证材料: files that show that a fact is so; kept with the result, given out to whoever reads it (domain.md, Results)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from common import storage
from common.errors import Conflict, InvalidInput
from common.verdict import Verdict
from indicators.cells import Content
from indicators.models import AssessmentPoint, Evidence, Result, ResultOpening
from indicators.permissions import may_attach, may_remove_evidence
from indicators.queries import version_of
from indicators.services.entering import enter_result
from indicators.services.quarters import lock_for_input
from indicators.services.results import label_of
from organization.files import file_lines, keep_rows
from organization.models import Employee

FOLDER = "evidence"


@transaction.atomic
def report_result(
    *,
    employee: Employee,
    point: AssessmentPoint,
    period: str,
    content: Content,
    note: str,
    files: Sequence[File[bytes]],
    actor: Employee,
    now: datetime,
) -> Result:
    """Enters the fact of one node with its files, both or neither. Raises what `enter_result` and `add_evidence` do."""
    if content.is_empty and (files or note):
        raise InvalidInput(_("请先填数据，再附说明和佐证材料。"), fields={"value": _("请填写数据")})
    result = enter_result(
        employee=employee, point=point, period=period, actor=actor, today=employee.bureau.today, note=note,
        **content._asdict(),
    )  # fmt: skip
    if files:
        add_evidence(result=result, files=files, actor=actor, now=now)
    return result


def may_add_evidence(person: Employee, result: Result) -> Verdict:
    """Whether somebody may add files to a result, by the version that holds in its quarter."""
    version = version_of(result.point, result.quarter)
    if version is None:
        return Verdict.no(_("考点 %s 已经停用，不能再附佐证材料。") % result.point.code)
    return may_attach(person, result, version)


@transaction.atomic
def add_evidence(*, result: Result, files: Sequence[File[bytes]], actor: Employee, now: datetime) -> list[Evidence]:
    """Keeps files with a result that is not confirmed yet, ten in all at most.

    Raises Refused, InvalidInput naming the file, Frozen or Conflict if the quarter takes no input.
    """
    lock_for_input(result.quarter)
    may_add_evidence(actor, result).require()
    storage.check(files)
    there = Evidence.objects.filter(result=result).count()
    if there + len(files) > storage.MOST_FILES:
        sentence = _("一条结果最多附 %(most)d 个佐证材料，已有 %(there)d 个，这次又选了 %(now)d 个；请删去一些。") % {
            "most": storage.MOST_FILES,
            "there": there,
            "now": len(files),
        }
        raise InvalidInput(sentence, fields={"files": sentence})
    _forget_openings(result)
    with storage.storing(FOLDER) as store:
        kept = keep_rows(Evidence, map(store, files), actor=actor, now=now, result=result)
        audit.record(
            actor=actor,
            action="evidence.add",
            bureau=result.bureau,
            target=result,
            label=label_of(result),
            after={"files": file_lines(kept)},
        )
    return kept


@transaction.atomic
def remove_evidence(*, evidence: Evidence, actor: Employee) -> None:
    """Takes a file back; the log keeps its name and checksum. Raises Refused, Frozen or Conflict."""
    result = evidence.result
    lock_for_input(result.quarter)
    if not Evidence.objects.filter(pk=evidence.pk).exists():
        raise Conflict(_("这个佐证材料已经删去；请刷新页面再看。"), code="gone")
    evidence.result.refresh_from_db(fields=["state"])
    may_remove_evidence(actor, evidence).require()
    _forget_openings(result)
    audit.record(
        actor=actor,
        action="evidence.remove",
        bureau=result.bureau,
        target=result,
        label=label_of(result),
        before={"files": file_lines([evidence])},
    )
    stored = evidence.stored
    evidence.delete()
    transaction.on_commit(partial(storage.remove, stored))


def _forget_openings(result: Result) -> None:
    """What was opened with other evidence has to be opened again before it goes together with others."""
    ResultOpening.objects.filter(result=result).delete()
