"""The sheet 人员 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import listed
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from organization.models import BEGINNING, Bureau, Employee, Placement, RankCategory, Role
from organization.names import sort_key
from organization.queries import administrators
from organization.workbook.directory import BureauSheet, PublishedEffects, bureau_column, number_column

STAFF = "干部"
_ROLES, _ROLE_WORDS = words(Role.Kind), labels(Role.Kind)
_EXPORTED_AT_ONCE = 1_000


class Place(NamedTuple):
    """What a placement says: the four things that are dated."""

    department_id: int
    post_id: int | None
    branch_id: int | None
    category_id: int


def _place(thing: Employee | Placement) -> Place:
    return Place(thing.department_id, thing.post_id, thing.branch_id, thing.category_id)


def in_force(placements: list[Placement], day: date) -> Placement | None:
    """The placement that holds on a day; the earliest one also holds before its own day."""
    begun = [placement for placement in placements if placement.effective_from <= day]
    chosen = max(begun, default=None, key=lambda placement: placement.effective_from)
    return chosen or min(placements, default=None, key=lambda placement: placement.effective_from)


class Employees(BureauSheet):
    spec = SheetSpec(
        "人员",
        (
            number_column(),
            Column("姓名", "name", cells.text(50), required=True),
            bureau_column(),
            Column("部门代码", "department", cells.code(32), required=True),
            Column("岗位代码", "post", cells.code(32)),
            Column("支部代码", "branch", cells.code(32)),
            Column("序列", "category", cells.text(32), required=True, choices=RankCategory.DEFAULTS),
            Column(
                "角色",
                "roles",
                cells.list_of(cells.choice({STAFF: STAFF, **_ROLES})),
                width=22,
                help=gettext_lazy("多个角色用分号隔开；空为干部。可填：干部、%s。") % "、".join(_ROLES),
            ),
            Column("入职日期", "joined", cells.date_cell, help=gettext_lazy("空为一直在职。")),
            Column("离职日期", "left", cells.date_cell),
            Column(
                "生效日期",
                "effective",
                cells.date_cell,
                help=gettext_lazy("部门、岗位、支部或序列变动的生效日期；空为今天，新进人员空为入职日期。"),
            ),
        ),
        key=("number",),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.effects = session.shared(PublishedEffects)
        self.removed_admins: dict[int, tuple[Row, str]] = {}
        self.locked: set[int] = set()

    def take(self, rows: list[Row]) -> None:
        self._lock_bureaus(rows)
        numbers = [row.values["number"] for row in rows if "number" in row.values]
        known = {
            employee.number: employee
            for employee in Employee.objects.filter(number__in=numbers)
            .select_related("bureau", "department", "post", "branch", "category")
            .prefetch_related("placements", "role_set")
        }
        self.people = Batch(self, Employee)
        self.placements = Batch(self, Placement)
        self.roles = Batch(self, Role)
        newcomers: list[tuple[Row, Employee]] = []
        for row in rows:
            found = known.get(row.values.get("number", ""))
            bureau_id = self.bureau_of(row)
            if found is not None and bureau_id is not None and found.bureau_id != bureau_id:
                self._refuse_other_bureau(row, found)
            if found is not None and self._gives_own_role(row, found):
                message = _("导入不能给本人增加角色")
                self.refuse(row, "roles", message, _("应当与现有角色一致；请由另一位绩效办人员或系统管理员授予"))
            place = self._place_of(row, bureau_id, found) if bureau_id is not None else None
            joined = self.given(row, "joined", found.joined_on if found else None)
            left = self.given(row, "left", found.left_on if found else None)
            if joined is not None and left is not None and left < joined:
                message = _("离职日期早于入职日期 %(joined)s") % {"joined": joined}
                self.refuse(row, "left", message, _("应当不早于入职日期"))
            if row.faulty or place is None or bureau_id is None:
                row.faulty = True
                continue
            if found is None:
                newcomers.append((row, self._newcomer(row, bureau_id, place, joined, left)))
            else:
                self._change(row, found, place, joined, left)
        self._write(newcomers)

    def _lock_bureaus(self, rows: list[Row]) -> None:
        """Before the roles are read, so that nobody else takes the other administrator's away (docs/locking.md)."""
        named = (self.directory.bureau(row.values["bureau"]) for row in rows if "bureau" in row.values)
        fresh = {bureau_id for bureau_id in named if bureau_id is not None} - self.locked
        if fresh:
            list(Bureau.objects.select_for_update(no_key=True).filter(pk__in=fresh).order_by("pk"))
            self.locked |= fresh

    def _gives_own_role(self, row: Row, found: Employee) -> bool:
        """Nobody gives rights to oneself, by a form or by a file (organization.permissions.may_manage_roles)."""
        actor = self.session.actor
        if actor is None or actor.pk != found.pk:
            return False
        return bool(set(row.values.get("roles") or ()) - {STAFF, *actor.roles})

    def _refuse_other_bureau(self, row: Row, found: Employee) -> None:
        anywhere = self.session.bureau_id is None
        where = _("单位 %(code)s") % {"code": found.bureau.code} if anywhere else _("其他单位")
        self.refuse(
            row,
            "number",
            _("工号“%(number)s”已登记在%(where)s") % {"number": found.number, "where": where},
            _("工号在整个系统里唯一，导入不能把干部调到另一个单位；应当改正工号或单位代码"),
        )

    def _place_of(self, row: Row, bureau_id: int, found: Employee | None) -> Place | None:
        """Department, post, branch and category that the row states; None if one of them is not there."""
        department_id = self.department_of(row, "department", bureau_id)
        held = in_force(list(found.placements.all()), self._effective(row)) if found else None
        before = _place(held or found) if found else None
        post_id = before.post_id if before else None
        if "post" in row.values:
            code = row.values["post"]
            post = self.post_of(row, "post", bureau_id, code) if code else None
            post_id = post.id if post else None
            if post is not None and department_id is not None and post.department_id != department_id:
                message = _("岗位“%(code)s”属于另一个部门，已照原样导入") % {"code": code}
                self.remark(row.number, "post", message)
        branch_id = before.branch_id if before else None
        if "branch" in row.values:
            branch_id = self._branch_of(row, bureau_id, row.values["branch"])
        name = row.values.get("category")
        category_id = self.directory.categories(bureau_id).get(name) if name else None
        if name and category_id is None:
            known = listed(self.directory.categories(bureau_id))
            message = _("这个单位没有序列“%(name)s”") % {"name": name}
            self.refuse(row, "category", message, _("应当填：%(words)s") % {"words": known})
        if department_id is None or category_id is None:
            return None
        return Place(department_id, post_id, branch_id, category_id)

    def _branch_of(self, row: Row, bureau_id: int, code: str | None) -> int | None:
        if code is None:
            return None
        found = self.directory.branches(bureau_id).get(code)
        if found is None:
            bureau = self.directory.code_of(bureau_id)
            message = _("单位 %(bureau)s 没有党支部“%(code)s”") % {"bureau": bureau, "code": code}
            hint = _("应当是党支部表或系统里该单位已有的支部代码")
            self.missing(row, "branch", "党支部", (bureau, code), message, hint)
        return found

    def _effective(self, row: Row) -> date:
        return row.values.get("effective") or self.session.today

    def _newcomer(self, row: Row, bureau_id: int, place: Place, joined: date | None, left: date | None) -> Employee:
        name = row.values["name"]
        employee = Employee(
            number=row.values["number"],
            name=name,
            sort_key=sort_key(name),
            bureau_id=bureau_id,
            joined_on=joined,
            left_on=left,
            password=make_password(None),
            **place._asdict(),
        )
        self.people.create(row, employee)
        self.effects.note(self.spec.title, row, bureau_id, joined or date.min, left)
        return employee

    def _change(self, row: Row, employee: Employee, place: Place, joined: date | None, left: date | None) -> None:
        before = self.describe(employee) if self.wants_sample() else {}
        self._note_removed_admin(row, employee, left)
        name = row.values["name"]
        values: dict[str, Any] = {"name": name, "joined_on": joined, "left_on": left}
        if employee.name != name:
            values["sort_key"] = sort_key(name)
        different = self.people.differing(employee, values)
        for attribute in ("joined_on", "left_on"):
            if attribute in different:
                # Days between the old and the new border are gained or lost; an empty border lies at the end of time.
                end = date.min if attribute == "joined_on" else date.max
                borders = sorted(day or end for day in (getattr(employee, attribute), different[attribute]))
                self.effects.note(self.spec.title, row, employee.bureau_id, borders[0], borders[1])
        moved = self._move(row, employee, place)
        roles_changed = self._set_roles(row, employee)
        today = in_force([*employee.placements.all(), *moved], self.session.today)
        # Today's columns follow the placements; where they only lag behind, the row itself has not changed.
        follows = self.people.differing(employee, _place(today)._asdict()) if today else {}
        if different or follows:
            self.people.set(employee, {**different, **follows})
        if different or moved or roles_changed:
            self.directory.put_person(employee)
            self.count_changed(row.number, before, self._describe_changed(employee, row, before))
        else:
            self.counts.unchanged += 1

    def _note_removed_admin(self, row: Row, employee: Employee, left: date | None) -> None:
        """Remembers a row that takes the administrator's role or the post from somebody who had both."""
        today = self.session.today
        held = any(
            role.kind == Role.Kind.SYSTEM_ADMIN and role.starts_on <= today <= (role.ends_on or date.max)
            for role in employee.role_set.all()
        )
        in_post = (employee.joined_on or date.min) <= today <= (employee.left_on or date.max)
        if not (held and in_post and employee.is_active):
            return
        if "roles" in row.values and Role.Kind.SYSTEM_ADMIN not in (row.values["roles"] or ()):
            self.removed_admins[employee.bureau_id] = row, "roles"
        elif left is not None and left < today:
            self.removed_admins[employee.bureau_id] = row, "left"

    def finish(self) -> None:
        """No file leaves a bureau without the administrator that it had (organization.services.roles)."""
        for bureau_id, (row, column) in self.removed_admins.items():
            if not administrators(bureau_id, self.session.today):
                message = _("%(name)s是本单位最后一位系统管理员") % {"name": row.values["name"]}
                self.refuse(row, column, message, _("应当在同一文件里或在网页上先授予另一人系统管理员角色"))

    def _move(self, row: Row, employee: Employee, place: Place) -> list[Placement]:
        """A new or changed placement if the row says something else than what holds on its day."""
        day = self._effective(row)
        placements = list(employee.placements.all())
        held = in_force(placements, day)
        if held is not None and _place(held) == place:
            return []
        following = min((other.effective_from for other in placements if other.effective_from > day), default=None)
        self.effects.note(self.spec.title, row, employee.bureau_id, day, following and following - timedelta(days=1))
        if held is not None and held.effective_from == day:
            self.placements.set(held, place._asdict())
            return [held]
        placement = Placement(employee=employee, effective_from=day, **place._asdict())
        self.placements.new.append(placement)
        return [placement]

    def _set_roles(self, row: Row, employee: Employee) -> bool:
        """Exactly the roles listed are in force from today on; a role no longer listed ends, none is deleted."""
        if "roles" not in row.values:
            return False
        today = self.session.today
        wanted = {kind for kind in row.values["roles"] or () if kind != STAFF}
        changed = False
        held = set()
        for role in employee.role_set.all():
            lapsed_today = role.starts_on == role.ends_on == today
            if role.starts_on > today or (role.ends_on is not None and role.ends_on < today) or lapsed_today:
                continue
            held.add(role.kind)
            end = max(today - timedelta(days=1), role.starts_on)
            if role.kind not in wanted and (role.ends_on is None or role.ends_on > end):
                self.roles.set(role, {"ends_on": end})
                changed = True
        for kind in wanted - held:
            again = next((r for r in employee.role_set.all() if r.kind == kind and r.starts_on == today), None)
            if again is not None:
                self.roles.set(again, {"ends_on": None})
            else:
                self.roles.new.append(Role(employee=employee, kind=kind, starts_on=today))
            changed = True
        return changed

    def _write(self, newcomers: list[tuple[Row, Employee]]) -> None:
        self.people.flush()
        for row, employee in newcomers:
            self.directory.put_person(employee)
            start = row.values.get("effective") or employee.joined_on or BEGINNING
            self.placements.new.append(Placement(employee=employee, effective_from=start, **_place(employee)._asdict()))
            for kind in row.values.get("roles") or ():
                if kind != STAFF:
                    self.roles.new.append(Role(employee=employee, kind=kind, starts_on=BEGINNING))
        self.placements.flush()
        self.roles.flush()

    def stand_in(self, row: Row) -> None:
        number, code = row.values["number"], row.values.get("bureau")
        bureau_id = self.directory.bureau(code) if code else None
        if bureau_id is None or self.session.bureau_id not in (None, bureau_id):
            return
        department_id = self.directory.any_department(bureau_id)
        if department_id is None or self.directory.person(number) is not None:
            return
        category_id = next(iter(self.directory.categories(bureau_id).values()))
        place = {"department_id": department_id, "category_id": category_id}
        self.directory.put_person(Employee.objects.create(number=number, name=number, bureau_id=bureau_id, **place))

    def _describe_changed(self, employee: Employee, row: Row, before: dict[str, object]) -> dict[str, object]:
        """The row after the change, for the preview; roles and a dated move as the file states them."""
        if not before:
            return {}
        after = self.describe(employee)
        if "roles" in row.values:
            after["roles"] = (
                row.values["roles"] and [_ROLE_WORDS.get(kind, kind) for kind in row.values["roles"]]
            ) or [STAFF]
        for name in ("department", "post", "branch", "category"):
            if name in row.values:
                after[name] = row.values[name]
        after["effective"] = before["effective"] if _same_place(before, after) else self._effective(row)
        return after

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterator[Employee]:
        people = (
            Employee.objects.filter(bureau=bureau)
            .select_related("bureau", "department", "post", "branch", "category")
            .prefetch_related(
                Prefetch("placements", Placement.objects.select_related("department", "post", "branch", "category")),
                "role_set",
            )
        )
        return people.order_by("number").iterator(chunk_size=_EXPORTED_AT_ONCE)

    @classmethod
    def describe(cls, thing: Employee) -> dict[str, object]:
        today = timezone.localdate()
        placements = list(thing.placements.all())
        held = in_force(placements, today)
        where: Any = held or thing
        kinds = {
            role.kind
            for role in thing.role_set.all()
            if role.starts_on <= today and (role.ends_on is None or role.ends_on >= today)
        }
        return {
            "number": thing.number,
            "name": thing.name,
            "bureau": thing.bureau.code,
            "department": where.department.code,
            "post": where.post.code if where.post else None,
            "branch": where.branch.code if where.branch else None,
            "category": where.category.name,
            "roles": [word for kind, word in _ROLE_WORDS.items() if kind in kinds] or [STAFF],
            "joined": thing.joined_on,
            "left": thing.left_on,
            # One placement holds from the beginning whatever its day; only a history needs the date of its last step.
            "effective": held.effective_from if held is not None and len(placements) > 1 else None,
        }


def _same_place(before: dict[str, object], after: dict[str, object]) -> bool:
    return all(before[name] == after[name] for name in ("department", "post", "branch", "category"))
