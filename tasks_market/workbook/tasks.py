"""The sheet 急难险重任务 of the bureau workbook (workbook.md), and what it shares with 抢派单."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from common.quarters import QuarterCode
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from indicators.models import Library
from indicators.workbook.books import QuarterRef, QuarterSheet
from organization.models import Bureau
from organization.workbook.directory import bureau_column
from tasks_market.models import Claim, Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
TIME_WIDTH = 20
_MOST_PLACES = 32_767
_KINDS, _KIND_WORDS = words(Task.Kind), labels(Task.Kind)
_DIFFICULTIES, _DIFFICULTY_WORDS = words(Task.Difficulty), labels(Task.Difficulty)
_SHARINGS, _SHARING_WORDS = words(Task.Sharing), labels(Task.Sharing)


def moment(naive: datetime | None, stored: datetime | None) -> datetime | None:
    """The time of the bureau's clock; the stored one if it is the same to the second, which is all a sheet shows."""
    aware = naive.replace(tzinfo=SHANGHAI) if naive else None
    return stored if aware and stored and stored.replace(microsecond=0) == aware else aware


class FaultyClaims:
    """Tasks of which a claim in the file is faulty: what is said about it is enough."""

    def __init__(self, _session: Session) -> None:
        self.tasks: set[int] = set()


class Tasks(QuarterSheet):
    settles_after = "抢派单"
    spec = SheetSpec(
        "急难险重任务",
        (
            Column("任务编号", "task", cells.code(32), required=True, width=16),
            bureau_column(),
            Column("季度", "quarter", cells.quarter_cell, required=True),
            Column("名称", "name", cells.text(200), required=True, width=36),
            Column("类型", "kind", cells.choice(_KINDS), required=True, choices=tuple(_KINDS), width=8),
            Column(
                "难度", "difficulty", cells.choice(_DIFFICULTIES), required=True, choices=tuple(_DIFFICULTIES), width=8
            ),
            Column(
                "基础分",
                "base",
                cells.decimal(above=0, maximum=cells.MOST_POINTS, max_places=2),
                required=True,
                width=8,
            ),
            Column("名额", "places", cells.whole(minimum=1, maximum=_MOST_PLACES), required=True, width=8),
            Column("计分", "sharing", cells.choice(_SHARINGS), required=True, choices=tuple(_SHARINGS), width=10),
            Column("亮单时间", "posted", cells.datetime_cell, width=TIME_WIDTH),
            Column("抢单截止", "until", cells.datetime_cell, width=TIME_WIDTH),
            Column("完成时限", "due", cells.datetime_cell, required=True, width=TIME_WIDTH),
            Column("责任部门代码", "department", cells.code(32), required=True),
            Column("竞争性考点编号", "point", cells.code(32), width=16),
            Column("任务要求", "requirement", cells.text(), required=True, width=60),
        ),
        key=("task",),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.changed: dict[int, tuple[Row, Task]] = {}

    def take(self, rows: list[Row]) -> None:
        batch = Batch(self, Task)
        numbers = [row.values["task"] for row in rows if "task" in row.values]
        related = Task.objects.select_related("bureau", "quarter", "department", "point")
        known = {task.number: task for task in related.filter(number__in=numbers)}
        for row in rows:
            bureau_id = self.bureau_of(row)
            if bureau_id is None:
                continue
            found = known.get(row.values.get("task", ""))
            if found is not None and found.bureau_id != bureau_id:
                self._refuse_other_bureau(row, found)
            values = self._values(row, bureau_id, found)
            if row.faulty:
                continue
            quarter = self.quarters.get(bureau_id, str(row.values["quarter"]))
            values["quarter_id"] = quarter.id
            if found is None:
                if not self.refuse_settled(row, "quarter", quarter):
                    shown = self._standing(values)
                    task = Task(bureau_id=bureau_id, number=row.values["task"], **shown, **values)
                    batch.create(row, task)
            else:
                self._change(row, found, values, quarter, batch)
        batch.flush()

    def _refuse_other_bureau(self, row: Row, found: Task) -> None:
        where = _("单位 %(code)s") % {"code": found.bureau.code} if self.session.bureau_id is None else _("其他单位")
        message = _("任务编号“%(number)s”已用于%(where)s") % {"number": found.number, "where": where}
        self.refuse(row, "task", message, _("任务编号在整个系统里唯一，应当换一个编号"))

    def _values(self, row: Row, bureau_id: int, found: Task | None) -> dict[str, Any]:
        given = row.values
        names = ("name", "kind", "difficulty", "base", "places", "sharing", "requirement")
        values: dict[str, Any] = {name: given[name] for name in names if name in given}
        values["department_id"] = self.department_of(row, "department", bureau_id)
        for name, attribute in (("posted", "posted_at"), ("until", "claim_until"), ("due", "due_at")):
            stored = getattr(found, attribute) if found else None
            values[attribute] = moment(given[name], stored) if name in given else stored
        if found and found.posted_by_id and values["posted_at"] is None:
            values["posted_at"] = found.posted_at  # posted in the application since the file was written
        values["point_id"] = found.point_id if found else None
        quarter: QuarterCode | None = given.get("quarter")
        if "point" in given and quarter is not None:
            point = self.point_of(row, "point", bureau_id, quarter, (Library.COMPETITIVE.value,))
            values["point_id"] = point.id if point else None
        return values

    def _standing(self, values: dict[str, Any]) -> dict[str, Any]:
        """A posted task can be claimed until its window closes; one without a posting is still a draft.

        What is posted later is announced by the minute's job (tasks_market.jobs).
        """
        posted, until = values["posted_at"], values["claim_until"]
        if posted is None:
            return {"state": Task.State.DRAFT, "announced": False}
        closed = until is not None and until <= self.session.now
        return {"state": Task.State.CLOSED if closed else Task.State.POSTED, "announced": posted <= self.session.now}

    def _change(self, row: Row, found: Task, values: dict[str, Any], quarter: QuarterRef, batch: Batch) -> None:
        different = batch.differing(found, values)
        if not different:
            self.counts.unchanged += 1
            return
        if self.refuse_settled(row, "quarter", self.quarters.get(found.bureau_id, found.quarter.code), quarter):
            return
        if values.get("places", found.places) < found.places_taken:
            message = _("名额 %(places)d 个，已有 %(claims)d 份抢派单") % {
                "places": values["places"],
                "claims": found.places_taken,
            }
            self.refuse(row, "places", message, _("名额应当不少于已有的抢派单"))
            return
        moved = "quarter_id" in different
        unseen: dict[str, Any] = {}
        if found.state != Task.State.CANCELLED and different.keys() & {"posted_at", "claim_until"}:
            unseen = self._standing(values)
        batch.update(row, found, different, unseen)
        if moved:
            Claim.objects.filter(task=found).update(quarter_id=quarter.id)
        if "sharing" in different:
            self.changed[found.pk] = (row, found)

    def stand_in(self, row: Row) -> None:
        """A task whose claims can be checked, if it says how its points are shared."""
        given = row.values
        bureau_id = self.directory.bureau(given.get("bureau", ""))
        department_id = self.directory.any_department(bureau_id) if bureau_id else None
        allowed = self.session.bureau_id in (None, bureau_id) and {"quarter", "sharing"} <= given.keys()
        if bureau_id is not None and department_id is not None and allowed:
            Task.objects.get_or_create(
                number=given["task"],
                defaults={
                    "bureau_id": bureau_id,
                    "quarter_id": self.quarters.get(bureau_id, str(given["quarter"])).id,
                    "base": 1,
                    "places": given.get("places", _MOST_PLACES),
                    "sharing": given["sharing"],
                    "due_at": self.session.now,
                    "department_id": department_id,
                },
            )

    def settle(self) -> None:
        """A changed task still has to fit the claims that it has."""
        reported = self.session.shared(FaultyClaims).tasks
        for pk, (row, task) in self.changed.items():
            claims = list(Claim.objects.filter(task=pk).values_list("part", flat=True)) if pk not in reported else []
            if not claims:
                continue
            leads = claims.count(Claim.Part.LEAD)
            if task.sharing == Task.Sharing.LEAD and (leads != 1 or "" in claims):
                message = _("改为主协办后，已有的抢派单没有分清主办和协办")
                self.refuse(row, "sharing", message, _("应当在同一文件的抢派单里写明分工，其中恰好一人主办"))
            elif task.sharing != Task.Sharing.LEAD and set(claims) != {""}:
                message = _("已有的抢派单写有分工，而这种计分不分主协办")
                self.refuse(row, "sharing", message, _("应当在同一文件的抢派单里清空分工"))

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Task]:
        """All but the cancelled ones, which no column tells from live ones: elsewhere they would be on offer again."""
        rows = Task.objects.filter(bureau=bureau).exclude(state=Task.State.CANCELLED)
        rows = rows.select_related("bureau", "quarter", "department", "point")
        return rows.order_by("number").iterator()

    @classmethod
    def describe(cls, thing: Task) -> dict[str, object]:
        return {
            "task": thing.number,
            "bureau": thing.bureau.code,
            "quarter": thing.quarter.code,
            "name": thing.name,
            "kind": _KIND_WORDS[thing.kind],
            "difficulty": _DIFFICULTY_WORDS[thing.difficulty],
            "base": thing.base,
            "places": thing.places,
            "sharing": _SHARING_WORDS[thing.sharing],
            "posted": thing.posted_at,
            "until": thing.claim_until,
            "due": thing.due_at,
            "department": thing.department.code,
            "point": thing.point.code if thing.point else None,
            "requirement": thing.requirement,
        }
