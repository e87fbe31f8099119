"""How sheets find bureaus, places and people (workbook.md: references are met in the file or in the database)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from common.errors import Sentence
from common.workbook import Column, Row, cells
from common.workbook.importing import Session, SheetImport
from organization.models import Bureau, Department, Employee, PartyBranch, Post, RankCategory


class Person(NamedTuple):
    """What other sheets ask about an employee."""

    id: int
    bureau_id: int
    joined: date | None
    left: date | None


class PostRef(NamedTuple):
    id: int
    department_id: int


class Directory:
    """Finds bureaus, places and people by their codes; what the file brings is added as it is written."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.bureaus: dict[str, int | None] = {}
        self.codes: dict[int, str] = {}
        self._departments: dict[int, dict[str, int]] = {}
        self._posts: dict[int, dict[str, PostRef]] = {}
        self._branches: dict[int, dict[str, int]] = {}
        self._categories: dict[int, dict[str, int]] = {}
        self._people: dict[str, Person | None] = {}

    def bureau(self, code: str) -> int | None:
        if code not in self.bureaus:
            found = Bureau.objects.filter(code=code).values_list("pk", flat=True).first()
            self.bureaus[code] = found
            if found is not None:
                self.codes[found] = code
        return self.bureaus[code]

    def add_bureau(self, bureau: Bureau) -> None:
        self.bureaus[bureau.code] = bureau.pk
        self.codes[bureau.pk] = bureau.code

    def code_of(self, bureau_id: int) -> str:
        if bureau_id not in self.codes:
            self.codes[bureau_id] = Bureau.objects.values_list("code", flat=True).get(pk=bureau_id)
        return self.codes[bureau_id]

    def departments(self, bureau_id: int) -> dict[str, int]:
        if bureau_id not in self._departments:
            rows = Department.objects.filter(bureau_id=bureau_id).values_list("code", "pk")
            self._departments[bureau_id] = dict(rows)
        return self._departments[bureau_id]

    def any_department(self, bureau_id: int) -> int | None:
        return next(iter(self.departments(bureau_id).values()), None)

    def posts(self, bureau_id: int) -> dict[str, PostRef]:
        if bureau_id not in self._posts:
            rows = Post.objects.filter(bureau_id=bureau_id).values_list("code", "pk", "department_id")
            self._posts[bureau_id] = {code: PostRef(pk, department) for code, pk, department in rows}
        return self._posts[bureau_id]

    def branches(self, bureau_id: int) -> dict[str, int]:
        if bureau_id not in self._branches:
            self._branches[bureau_id] = dict(PartyBranch.objects.filter(bureau_id=bureau_id).values_list("code", "pk"))
        return self._branches[bureau_id]

    def categories(self, bureau_id: int) -> dict[str, int]:
        if bureau_id not in self._categories:
            self._categories[bureau_id] = dict(
                RankCategory.objects.filter(bureau_id=bureau_id).values_list("name", "pk")
            )
        return self._categories[bureau_id]

    def learn(self, numbers: Iterable[str]) -> None:
        """Reads those of the people that are not known yet, in one query."""
        unknown = {number for number in numbers if number not in self._people}
        if not unknown:
            return
        self._people.update(dict.fromkeys(unknown))
        rows = Employee.objects.filter(number__in=unknown)
        for number, *facts in rows.values_list("number", "pk", "bureau_id", "joined_on", "left_on"):
            self._people[number] = Person(*facts)

    def person(self, number: str) -> Person | None:
        if number not in self._people:
            self.learn([number])
        return self._people[number]

    def put_person(self, employee: Employee) -> None:
        self._people[employee.number] = Person(employee.pk, employee.bureau_id, employee.joined_on, employee.left_on)


class BureauSheet(SheetImport):
    """A sheet whose rows belong to a bureau, by its code or by a staff number."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.directory = session.shared(Directory)

    def missing(
        self, row: Row, field_name: str, sheet: str, key: tuple[Any, ...], message: Sentence, hint: Sentence
    ) -> None:
        """A reference that is not there: reported, unless the row referred to was already found faulty."""
        if self.session.excuses(sheet, *key):
            row.faulty = True
        else:
            self.refuse(row, field_name, message, hint)

    def bureau_of(self, row: Row) -> int | None:
        """The bureau named by the row's code, None if it is not there or not the importer's."""
        code = row.values.get("bureau")
        if code is None:
            return None
        own = self.session.bureau_code
        if self.session.bureau_id is not None and code != own:
            self.refuse(row, "bureau", _("“%(code)s”不是本单位") % {"code": code}, self.own_only())
            return None
        found = self.directory.bureau(code)
        if found is None:
            message = _("没有单位“%(code)s”") % {"code": code}
            self.missing(row, "bureau", "单位", (code,), message, _("应当是单位表或系统里已有的单位代码"))
            return None
        self.session.bureaus_touched.add(found)
        return found

    def own_only(self) -> str:
        return _("在网页上只能导入本单位（%(code)s）的数据") % {"code": self.session.bureau_code}

    def department_of(self, row: Row, field_name: str, bureau_id: int) -> int | None:
        code = row.values.get(field_name)
        if code is None:
            return None
        found = self.directory.departments(bureau_id).get(code)
        if found is None:
            bureau = self.directory.code_of(bureau_id)
            message = _("单位 %(bureau)s 没有部门“%(code)s”") % {"bureau": bureau, "code": code}
            hint = _("应当是部门表或系统里该单位已有的部门代码")
            self.missing(row, field_name, "部门", (bureau, code), message, hint)
        return found

    def post_of(self, row: Row, field_name: str, bureau_id: int, code: str) -> PostRef | None:
        found = self.directory.posts(bureau_id).get(code)
        if found is None:
            bureau = self.directory.code_of(bureau_id)
            message = _("单位 %(bureau)s 没有岗位“%(code)s”") % {"bureau": bureau, "code": code}
            hint = _("应当是岗位表或系统里该单位已有的岗位代码")
            self.missing(row, field_name, "岗位", (bureau, code), message, hint)
        return found

    def own_bureau(self, row: Row) -> int | None:
        """The bureau that a faulty row names, without a word about it if it is not there or not the importer's."""
        found = self.directory.bureau(row.values["bureau"])
        return found if self.session.bureau_id in (None, found) else None

    def learn_people(self, rows: Iterable[Row], field_name: str = "number") -> None:
        self.directory.learn({row.values[field_name] for row in rows if row.values.get(field_name) is not None})

    def find_person(self, number: str) -> Person | None:
        """An employee by number; somebody of a bureau that the importer may not touch is not found."""
        person = self.directory.person(number)
        if person is not None and self.session.bureau_id not in (None, person.bureau_id):
            return None
        return person

    def person_of(self, row: Row, field_name: str = "number") -> Person | None:
        number = row.values.get(field_name)
        if number is None:
            return None
        person = self.find_person(number)
        if person is None:
            message = _("没有工号为“%(number)s”的干部") % {"number": number}
            self.missing(row, field_name, "人员", (number,), message, _("应当是人员表或系统里已有的工号"))
            return None
        self.session.bureaus_touched.add(person.bureau_id)
        return person


class PublishedEffects:
    """Which published quarters a correction run would change, because organization, people or absences changed.

    `organization` lies below the quarters; `indicators.workbook` turns what gathers here into remarks.
    """

    def __init__(self, _session: Session) -> None:
        self.spans: dict[tuple[str, int], list[tuple[date, date]]] = defaultdict(list)
        self.rows: dict[tuple[str, int], int] = {}

    def note(self, sheet: str, row: Row, bureau_id: int, first: date, last: date | None = None) -> None:
        """Something between these days changed in a bureau, by this row of that sheet."""
        self.spans[sheet, bureau_id].append((first, last or date.max))
        self.rows.setdefault((sheet, bureau_id), row.number)


def bureau_column() -> Column:
    return Column("单位代码", "bureau", cells.code(32), required=True, width=12)


def number_column(name: str = "工号", field_name: str = "number", *, required: bool = True) -> Column:
    return Column(name, field_name, cells.code(32), required=required, width=16)
