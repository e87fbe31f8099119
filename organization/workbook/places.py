"""The sheets 单位, 部门, 岗位 and 党支部 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from organization.models import Bureau, Department, PartyBranch, Post, RankCategory
from organization.services.bureaus import lock_trees, would_close_a_ring
from organization.workbook.directory import BureauSheet, PostRef, bureau_column, number_column

_LEVELS, _LEVEL_WORDS = words(Bureau.Level), labels(Bureau.Level)
_KINDS, _KIND_WORDS = words(Department.Kind), labels(Department.Kind)
YES_NO = ("是", "否")


class Bureaus(BureauSheet):
    spec = SheetSpec(
        "单位",
        (
            bureau_column(),
            Column("单位名称", "name", cells.text(100), required=True, width=28),
            Column("层级", "level", cells.choice(_LEVELS), required=True, choices=tuple(_LEVELS)),
            Column("上级单位代码", "parent", cells.code(32), help=gettext_lazy("没有上级单位的留空。")),
        ),
        key=("bureau",),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.taken: list[tuple[Row, Bureau, Mapping[str, object] | None]] = []

    def take(self, rows: list[Row]) -> None:
        codes = [row.values["bureau"] for row in rows if "bureau" in row.values]
        known = {bureau.code: bureau for bureau in Bureau.objects.select_related("parent").filter(code__in=codes)}
        for row in rows:
            code = row.values.get("bureau")
            if self.session.bureau_id is not None and code is not None and code != self.session.bureau_code:
                self.refuse(row, "bureau", _("“%(code)s”不是本单位") % {"code": code}, self.own_only())
            if row.faulty or code is None:
                continue
            values = {"name": row.values["name"], "level": row.values["level"]}
            bureau = known.get(code)
            before = None
            if bureau is None:
                bureau = self._create(code, values)
            else:
                before = self.describe(bureau)
                for name, value in values.items():
                    setattr(bureau, name, value)
            self.directory.add_bureau(bureau)
            self.session.bureaus_touched.add(bureau.pk)
            self.taken.append((row, bureau, before))

    @staticmethod
    def _create(code: str, values: Mapping[str, Any]) -> Bureau:
        bureau = Bureau.objects.create(code=code, **values)
        RankCategory.objects.begin(bureau)
        return bureau

    def stand_in(self, row: Row) -> None:
        code = row.values["bureau"]
        if self.session.bureau_id is None and self.directory.bureau(code) is None:
            self.directory.add_bureau(self._create(code, {"name": code, "level": Bureau.Level.COUNTY}))

    def finish(self) -> None:
        """Parents last, because a bureau may stand above its parent in the sheet."""
        for row, bureau, before in self.taken:
            if not self._set_parent(row, bureau):
                continue
            after = self.describe(bureau)
            if before is None:
                self.count_created(row)
            elif before == after:
                self.counts.unchanged += 1
                continue
            else:
                self.count_changed(row.number, before, after)
            bureau.save(update_fields=["name", "level", "parent"])

    def _set_parent(self, row: Row, bureau: Bureau) -> bool:
        """Sets the parent that the row names; False if it cannot be."""
        if "parent" not in row.values:
            return True
        code = row.values["parent"]
        parent_id = self.directory.bureau(code) if code else None
        if code and parent_id is None:
            message = _("没有上级单位“%(code)s”") % {"code": code}
            self.missing(row, "parent", "单位", (code,), message, _("应当是单位表或系统里已有的单位代码"))
            return False
        if parent_id == bureau.parent_id:
            return True
        if self.session.bureau_id is not None:
            message = _("“%(code)s”现在的上级不是这个单位") % {"code": bureau.code}
            self.refuse(row, "parent", message, _("单位的上级由共同的上级单位的系统管理员在“单位树”里迁移"))
            return False
        lock_trees(bureau.pk, *([parent_id] if parent_id else []))
        if parent_id and would_close_a_ring(bureau.pk, parent_id):
            message = _("单位“%(code)s”会成为自己的上级") % {"code": bureau.code}
            self.refuse(row, "parent", message, _("上级单位应当是另一个层级更高的单位"))
            return False
        bureau.parent_id = parent_id
        return True

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Bureau]:
        return Bureau.objects.filter(pk=bureau.pk).select_related("parent")

    @classmethod
    def describe(cls, thing: Bureau) -> dict[str, object]:
        return {
            "bureau": thing.code,
            "name": thing.name,
            "level": _LEVEL_WORDS[thing.level],
            "parent": thing.parent.code if thing.parent else None,
        }


class _CodedSheet(BureauSheet):
    """Rows that have a code in their bureau: departments, posts, branches."""

    model: type[Department] | type[Post] | type[PartyBranch]

    def existing(self, rows: list[Row], bureaus: dict[int, int]) -> dict[tuple[int, str], Any]:
        """The stored rows with the keys of a chunk; `bureaus` holds the bureau of each row by its number."""
        wanted = Q(bureau_id__in=set(bureaus.values()), code__in={row.values.get("code") for row in rows})
        return {(thing.bureau_id, thing.code): thing for thing in self.model.objects.filter(wanted)}

    def bureaus_of(self, rows: list[Row]) -> dict[int, int]:
        found = {row.number: self.bureau_of(row) for row in rows}
        return {number: bureau for number, bureau in found.items() if bureau is not None}


class _LedSheet(_CodedSheet):
    """Places with a person at their head, who is resolved after 人员."""

    settles_after = "人员"
    person_field: str
    person_attribute: str

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.leaders: list[tuple[Row, Any, str | None, bool]] = []
        """Row, place, staff number, whether the row already counts as new or changed."""

    @abstractmethod
    def values_of(self, row: Row, found: Any) -> dict[str, Any]:
        """What the row says of its place beside code and person; `found` is the stored one."""

    @abstractmethod
    def known_in(self, bureau_id: int) -> dict[str, int]:
        """The bureau's places by their codes, as other sheets look them up."""

    @abstractmethod
    def placeholder(self, bureau_id: int, code: str) -> Department | PartyBranch:
        """A place that stands in for one whose row is faulty."""

    def take(self, rows: list[Row]) -> None:
        batch = Batch(self, self.model)
        bureaus = self.bureaus_of(rows)
        known = self.existing(rows, bureaus)
        created = []
        for row in rows:
            if row.faulty:
                continue
            bureau_id, code = bureaus[row.number], row.values["code"]
            found = known.get((bureau_id, code))
            values = self.values_of(row, found)
            if found is None:
                found = self.model(bureau_id=bureau_id, code=code, **values)
                batch.create(row, found)
                created.append(found)
                self.led(row, found, True)
            else:
                self.led(row, found, batch.store(row, found, values))
        batch.flush()
        for place in created:
            self.known_in(place.bureau_id)[place.code] = place.pk

    def stand_in(self, row: Row) -> None:
        bureau_id, code = self.own_bureau(row), row.values["code"]
        if bureau_id is not None and code not in self.known_in(bureau_id):
            self.known_in(bureau_id)[code] = self.placeholder(bureau_id, code).pk

    def led(self, row: Row, place: Any, counted: bool) -> None:
        if self.person_field in row.values:
            self.leaders.append((row, place, row.values[self.person_field], counted))

    def settle(self) -> None:
        attribute = self.person_attribute
        batch = Batch(self, self.model)
        self.directory.learn({number for _row, _place, number, _counted in self.leaders if number})
        for row, place, number, counted in self.leaders:
            person = self.person_of(row, self.person_field) if number else None
            if number and person is None:
                continue
            if person is not None and person.bureau_id != place.bureau_id:
                if self.session.excuses("人员", number):
                    continue
                message = _("工号“%(number)s”不是这个单位的干部") % {"number": number}
                self.refuse(row, self.person_field, message, _("应当是本单位的干部"))
                continue
            value = person.id if person else None
            if getattr(place, f"{attribute}_id") == value:
                continue
            if counted:
                batch.set(place, {f"{attribute}_id": value})
            else:
                self.counts.unchanged -= 1
                batch.update(row, place, {f"{attribute}_id": value})
        batch.flush()


class Departments(_LedSheet):
    model = Department
    person_field, person_attribute = "deputy", "deputy"
    spec = SheetSpec(
        "部门",
        (
            bureau_column(),
            Column("部门代码", "code", cells.code(32), required=True),
            Column("部门名称", "name", cells.text(100), required=True, width=28),
            Column("部门类型", "kind", cells.choice(_KINDS), required=True, choices=tuple(_KINDS)),
            Column("是否考评部门", "is_assessor", cells.yes_no(), choices=YES_NO, help=gettext_lazy("空为否。")),
            number_column("分管局领导工号", "deputy", required=False),
        ),
        key=("bureau", "code"),
    )

    def values_of(self, row: Row, found: Department | None) -> dict[str, Any]:
        return {
            "name": row.values["name"],
            "kind": row.values["kind"],
            "is_assessor": self.given(row, "is_assessor", bool(found and found.is_assessor), empty=False),
        }

    def known_in(self, bureau_id: int) -> dict[str, int]:
        return self.directory.departments(bureau_id)

    def placeholder(self, bureau_id: int, code: str) -> Department:
        return Department.objects.create(bureau_id=bureau_id, code=code, name=code, kind=Department.Kind.OFFICE)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Department]:
        return Department.objects.filter(bureau=bureau).select_related("bureau", "deputy").order_by("code")

    @classmethod
    def describe(cls, thing: Department) -> dict[str, object]:
        return {
            "bureau": thing.bureau.code,
            "code": thing.code,
            "name": thing.name,
            "kind": _KIND_WORDS[thing.kind],
            "is_assessor": thing.is_assessor,
            "deputy": thing.deputy.number if thing.deputy else None,
        }


class Posts(_CodedSheet):
    model = Post
    spec = SheetSpec(
        "岗位",
        (
            bureau_column(),
            Column("部门代码", "department", cells.code(32), required=True),
            Column("岗位代码", "code", cells.code(32), required=True),
            Column("岗位名称", "name", cells.text(100), required=True, width=24),
            Column("岗位职责", "duties", cells.text(), width=60),
        ),
        key=("bureau", "code"),
    )

    def take(self, rows: list[Row]) -> None:
        batch = Batch(self, Post)
        bureaus = self.bureaus_of(rows)
        known = self.existing(rows, bureaus)
        taken = []
        for row in rows:
            bureau_id = bureaus.get(row.number)
            department_id = self.department_of(row, "department", bureau_id) if bureau_id else None
            if row.faulty or bureau_id is None:
                continue
            found = known.get((bureau_id, row.values["code"]))
            values = {
                "department_id": department_id,
                "name": row.values["name"],
                "duties": self.given(row, "duties", found.duties if found else "", empty=""),
            }
            if found is None:
                found = Post(bureau_id=bureau_id, code=row.values["code"], **values)
                batch.create(row, found)
            else:
                batch.store(row, found, values)
            taken.append(found)
        batch.flush()
        for post in taken:
            self.directory.posts(post.bureau_id)[post.code] = PostRef(post.pk, post.department_id)

    def stand_in(self, row: Row) -> None:
        bureau_id, code = self.own_bureau(row), row.values["code"]
        if bureau_id is None or code in self.directory.posts(bureau_id):
            return
        department_id = self.directory.departments(bureau_id).get(row.values.get("department", ""))
        if department_id is not None:
            made = Post.objects.create(bureau_id=bureau_id, department_id=department_id, code=code, name=code)
            self.directory.posts(bureau_id)[code] = PostRef(made.pk, department_id)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Post]:
        return Post.objects.filter(bureau=bureau).select_related("bureau", "department").order_by("code")

    @classmethod
    def describe(cls, thing: Post) -> dict[str, object]:
        return {
            "bureau": thing.bureau.code,
            "department": thing.department.code,
            "code": thing.code,
            "name": thing.name,
            "duties": thing.duties or None,
        }


class Branches(_LedSheet):
    model = PartyBranch
    person_field, person_attribute = "secretary", "secretary"
    spec = SheetSpec(
        "党支部",
        (
            bureau_column(),
            Column("支部代码", "code", cells.code(32), required=True),
            Column("支部名称", "name", cells.text(100), required=True, width=28),
            number_column("书记工号", "secretary", required=False),
        ),
        key=("bureau", "code"),
    )

    def values_of(self, row: Row, found: PartyBranch | None) -> dict[str, Any]:
        return {"name": row.values["name"]}

    def known_in(self, bureau_id: int) -> dict[str, int]:
        return self.directory.branches(bureau_id)

    def placeholder(self, bureau_id: int, code: str) -> PartyBranch:
        return PartyBranch.objects.create(bureau_id=bureau_id, code=code, name=code)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[PartyBranch]:
        return PartyBranch.objects.filter(bureau=bureau).select_related("bureau", "secretary").order_by("code")

    @classmethod
    def describe(cls, thing: PartyBranch) -> dict[str, object]:
        return {
            "bureau": thing.bureau.code,
            "code": thing.code,
            "name": thing.name,
            "secretary": thing.secretary.number if thing.secretary else None,
        }
