"""The year's key works, which assessment points break down."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from common.errors import InvalidInput
from indicators.models import KeyWork
from indicators.permissions import may_edit_libraries
from organization.models import Bureau, Department, Employee


@transaction.atomic
def create_key_work(
    *, bureau: Bureau, year: int, code: str, kind: str, name: str, department: Department, actor: Employee | None
) -> KeyWork:
    """Adds a key work; InvalidInput if its number is taken in the year or the department is of another bureau."""
    may_edit_libraries(actor, bureau).require()
    _require_own(bureau, department)
    if KeyWork.objects.filter(bureau=bureau, year=year, code=code).exists():
        sentence = _("%(year)s 年已有编号为 %(code)s 的重点工作；请换一个编号。") % {"year": year, "code": code}
        raise InvalidInput(sentence, fields={"code": sentence})
    work = KeyWork.objects.create(bureau=bureau, year=year, code=code, kind=kind, name=name, department=department)
    audit.record(actor=actor, action="key_work.create", bureau=bureau, target=work, after=_facts(work))
    return work


@transaction.atomic
def change_key_work(
    *, key_work: KeyWork, kind: str, name: str, department: Department, actor: Employee | None
) -> KeyWork:
    """Changes what a key work is called and whose it is; its year and number stay."""
    may_edit_libraries(actor, key_work.bureau).require()
    _require_own(key_work.bureau, department)
    before = _facts(key_work)
    key_work.kind, key_work.name, key_work.department = kind, name, department
    after = _facts(key_work)
    if after == before:
        return key_work
    key_work.save(update_fields=["kind", "name", "department"])
    audit.record(
        actor=actor, action="key_work.change", bureau=key_work.bureau, target=key_work, before=before, after=after
    )
    return key_work


def _require_own(bureau: Bureau, department: Department) -> None:
    if department.bureau_id != bureau.pk:
        sentence = _("责任部门不在本单位；请选择本单位的部门。")
        raise InvalidInput(sentence, fields={"department": sentence})


def _facts(work: KeyWork) -> dict[str, Any]:
    return {"kind": work.kind, "name": work.name, "department": work.department.code}
