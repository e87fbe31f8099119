"""People: who they are, where they belong from which day on, when they were away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from audit.services import compose, record, record_many
from common.errors import Conflict, InvalidInput
from common.text import clean, code
from organization.models import (
    BEGINNING,
    Absence,
    Bureau,
    Department,
    Employee,
    PartyBranch,
    Placement,
    Post,
    RankCategory,
)
from organization.names import sort_key
from organization.permissions import may_manage_people, within
from organization.queries import placement_in_force
from organization.services.lines import difference, facts
from organization.services.roles import require_another_admin

PLACES = ("department", "post", "branch", "category")
_ABSENCE = ("kind", "starts_on", "ends_on")
BATCH = 2000


def _may_maintain(actor: Employee, employee: Employee) -> None:
    may_manage_people(actor).require()
    within(actor, employee.bureau_id).require()


def _lock(actor: Employee, employee: Employee) -> Employee:
    """The employee's row, locked, after the check that the actor may maintain it (docs/locking.md)."""
    _may_maintain(actor, employee)
    return Employee.objects.select_for_update().get(pk=employee.pk)


@transaction.atomic
def add_employee(
    *,
    actor: Employee,
    bureau: Bureau,
    number: str,
    name: str,
    department: Department,
    category: RankCategory,
    post: Post | None = None,
    branch: PartyBranch | None = None,
    joined_on: date | None = None,
) -> Employee:
    """A new person with a first placement from the joining day (empty: always) and no usable password yet.

    Raises InvalidInput for a staff number that is taken anywhere in the installation, or a place of another bureau.
    """
    may_manage_people(actor).require()
    within(actor, bureau).require()
    places = {"department": department, "post": post, "branch": branch, "category": category}
    _check_places(bureau.pk, places)
    employee = Employee(
        number=code(number),
        name=clean(name),
        sort_key=sort_key(clean(name)),
        bureau=bureau,
        joined_on=joined_on,
        **places,
    )
    employee.set_unusable_password()
    try:
        with transaction.atomic():
            employee.save(force_insert=True)
    except IntegrityError as error:
        sentence = _("工号 %(number)s 已经有人使用，请核对。") % {"number": employee.number}
        raise InvalidInput(sentence, code="taken", fields={"number": sentence}) from error
    Placement.objects.create(employee=employee, effective_from=joined_on or BEGINNING, **places)
    record(
        actor=actor,
        action="employee.add",
        target=employee,
        after=facts(employee, "number", "name", *PLACES, "joined_on"),
    )
    return employee


@transaction.atomic
def change_employee(
    *,
    actor: Employee,
    employee: Employee,
    name: str,
    sort_key: str,
    joined_on: date | None,
    left_on: date | None,
    today: date,
) -> Employee:
    """Name, its place in the alphabet, and the days of joining and leaving; a leaver's login ends with the last day.

    Raises InvalidInput if leaving lies before joining, Conflict if the bureau would be left without administrator.
    """
    _may_maintain(actor, employee)
    if left_on and left_on < today:
        require_another_admin(employee, today)  # locks the bureau, hence before the employee
    employee = _lock(actor, employee)
    if joined_on and left_on and left_on < joined_on:
        sentence = _("离职日期 %(left)s 早于入职日期 %(joined)s，请核对。") % {"left": left_on, "joined": joined_on}
        raise InvalidInput(sentence, fields={"left_on": sentence})
    names = ("name", "sort_key", "joined_on", "left_on")
    before = facts(employee, *names)
    employee.name, employee.joined_on, employee.left_on = clean(name), joined_on, left_on
    employee.sort_key = clean(sort_key)
    after = facts(employee, *names)
    if before != after:
        employee.save(update_fields=names)
        before, after = difference(before, after)
        record(actor=actor, action="employee.change", target=employee, before=before, after=after)
    return employee


@transaction.atomic
def place_employee(
    *,
    actor: Employee,
    employee: Employee,
    effective_from: date,
    department: Department,
    category: RankCategory,
    post: Post | None = None,
    branch: PartyBranch | None = None,
    today: date,
) -> Placement:
    """From that day on the person belongs elsewhere; earlier placements stay as they are (scoring.md §4).

    Raises InvalidInput for a day that has a placement already or lies before the first one, and for places of another
    bureau or a post of another department.
    """
    employee = _lock(actor, employee)
    places: dict[str, Any] = {"department": department, "post": post, "branch": branch, "category": category}
    _check_places(employee.bureau_id, places)
    held = list(employee.placements.select_related(*PLACES).order_by("effective_from"))
    if any(placement.effective_from == effective_from for placement in held):
        raise _wrong_day(_("%(day)s 已有一次任职变动，不能改写；请另选生效日期。") % {"day": effective_from})
    if held and effective_from < held[0].effective_from:
        raise _wrong_day(_("生效日期不能早于首次任职 %(day)s。") % {"day": held[0].effective_from})
    if employee.left_on and effective_from > employee.left_on:
        raise _wrong_day(_("%(day)s 已经离职，不能在此后变动任职。") % {"day": employee.left_on})
    previous = placement_in_force(held, effective_from)
    placement = Placement.objects.create(employee=employee, effective_from=effective_from, **places)
    before, after = difference(facts(previous, *PLACES) if previous else {}, facts(placement, *PLACES))
    record(
        actor=actor,
        action="placement.add",
        target=employee,
        before=before,
        after={"effective_from": effective_from, **after},
    )
    sync_current_placements([employee.pk], today)
    return placement


@transaction.atomic
def withdraw_placement(*, actor: Employee, placement: Placement, today: date) -> None:
    """Takes back a change that has not taken effect yet; what has begun is history and stays.

    Raises InvalidInput, and Conflict if it is gone.
    """
    employee = _lock(actor, placement.employee)
    if placement.effective_from <= today:
        raise InvalidInput(_("这次任职变动已经生效，不能撤销；如有错误，请再登记一次变动。"))
    if not Placement.objects.filter(pk=placement.pk).delete()[0]:
        raise Conflict(_("这次任职变动已经撤销；请刷新页面再看。"), code="gone")
    record(
        actor=actor,
        action="placement.withdraw",
        target=employee,
        before={"effective_from": placement.effective_from, **facts(placement, *PLACES)},
    )


def sync_current_placements(employee_ids: Iterable[int], today: date) -> int:
    """Copies the placement in force today to the employees' columns; returns how many rows changed.

    For bulk changes (import); the caller holds the transaction and writes the audit lines of what caused the change.
    """
    return len(_sync(employee_ids, today))


def _sync(employee_ids: Iterable[int], today: date) -> list[tuple[Employee, dict[str, Any], dict[str, Any]]]:
    columns = [f"{name}_id" for name in PLACES]
    changed: list[tuple[Employee, dict[str, Any], dict[str, Any]]] = []
    wanted = list(employee_ids)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        held: dict[int, list[Placement]] = {}
        for placement in Placement.objects.filter(employee_id__in=batch).order_by("effective_from"):
            held.setdefault(placement.employee_id, []).append(placement)
        moved = []
        for employee in Employee.objects.filter(pk__in=held).select_related("bureau").order_by("pk"):
            current = placement_in_force(held[employee.pk], today)
            before = {column: getattr(employee, column) for column in columns}
            after = {column: getattr(current, column) for column in columns}
            if before != after:
                vars(employee).update(after)
                moved.append(employee)
                changed.append((employee, *difference(before, after)))
        Employee.objects.bulk_update(moved, columns, batch_size=500)
    return changed


@transaction.atomic
def apply_dated_changes(*, bureau: Bureau, today: date) -> int:
    """What takes effect today in a bureau: placements reach the columns, leavers lose their access tokens.

    Returns how many people were placed anew. Running it twice changes nothing the second time.
    """
    changed = _sync(bureau.employees.order_by("pk").values_list("pk", flat=True), today)
    record_many(
        compose(actor=None, action="placement.take_effect", target=employee, before=before, after=after)
        for employee, before, after in changed
    )
    Token.objects.filter(user__bureau=bureau, user__left_on__lt=today).delete()
    return len(changed)


@transaction.atomic
def add_absence(
    *, actor: Employee, employee: Employee, kind: str, starts_on: date, ends_on: date | None = None
) -> Absence:
    """An absence or status (scoring.md §4); `ends_on` empty: it lasts. Raises InvalidInput if it overlaps its like."""
    employee = _lock(actor, employee)
    absence = Absence(employee=employee, kind=kind, starts_on=starts_on, ends_on=ends_on)
    _check_absence(absence)
    absence.save(force_insert=True)
    record(actor=actor, action="absence.add", target=employee, after=facts(absence, *_ABSENCE))
    return absence


@transaction.atomic
def change_absence(*, actor: Employee, absence: Absence, kind: str, starts_on: date, ends_on: date | None) -> Absence:
    """Mends an absence, most often by its last day. Raises InvalidInput, and Conflict if it was taken back."""
    employee = _lock(actor, absence.employee)
    absence = _fresh(absence)
    before = facts(absence, *_ABSENCE)
    absence.kind, absence.starts_on, absence.ends_on = kind, starts_on, ends_on
    _check_absence(absence)
    after = facts(absence, *_ABSENCE)
    if before != after:
        absence.save()
        before, after = difference(before, after)
        record(actor=actor, action="absence.change", target=employee, before=before, after=after)
    return absence


@transaction.atomic
def remove_absence(*, actor: Employee, absence: Absence) -> None:
    """Takes back an absence that was entered by mistake. Raises Conflict if it is gone."""
    employee = _lock(actor, absence.employee)
    absence = _fresh(absence)
    before = facts(absence, *_ABSENCE)
    absence.delete()
    record(actor=actor, action="absence.remove", target=employee, before=before)


def _fresh(absence: Absence) -> Absence:
    """The absence as it stands behind the lock of its employee; Conflict if it was taken back."""
    found = Absence.objects.filter(pk=absence.pk).first()
    if found is None:
        raise Conflict(_("这条离岗记录已经删除；请刷新页面再看。"), code="gone")
    return found


def _check_absence(absence: Absence) -> None:
    if absence.ends_on and absence.ends_on < absence.starts_on:
        sentence = _("截止日期 %(end)s 早于起始日期 %(start)s，请核对。")
        raise InvalidInput(
            sentence % {"end": absence.ends_on, "start": absence.starts_on},
            fields={"ends_on": _("不能早于起始日期。")},
        )
    others = Absence.objects.filter(employee_id=absence.employee_id, kind=absence.kind).exclude(pk=absence.pk)
    clash = others.touching(absence.starts_on, absence.ends_on or date.max).order_by("starts_on").first()
    if clash:
        sentence = _("%(start)s 起的%(kind)s还没有结束，与这一次重叠；请先填写它的截止日期。") % {
            "start": clash.starts_on,
            "kind": clash.get_kind_display(),
        }
        if clash.ends_on:
            sentence = _("与 %(start)s 至 %(end)s 的%(kind)s重叠，请核对日期。") % {
                "start": clash.starts_on,
                "end": clash.ends_on,
                "kind": clash.get_kind_display(),
            }
        raise InvalidInput(sentence, code="overlap", fields={"starts_on": sentence})


def _check_places(bureau_id: int, places: dict[str, Any]) -> None:
    for name, place in places.items():
        if place is not None and place.bureau_id != bureau_id:
            raise InvalidInput(_("所选的部门、岗位、支部或序列不在本单位。"), fields={name: _("请选择本单位的。")})
    post, department = places["post"], places["department"]
    if post is not None and post.department_id != department.pk:
        sentence = _("岗位“%(post)s”不属于%(department)s，请重新选择。") % {"post": post, "department": department}
        raise InvalidInput(sentence, fields={"post": sentence})


def _wrong_day(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={"effective_from": sentence})
