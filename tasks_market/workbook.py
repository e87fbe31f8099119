"""The sheets 急难险重任务 and 抢派单 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.quarters import QuarterCode
from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from indicators.models import Library
from indicators.workbook.books import QuarterRef, QuarterSheet
from organization.models import Bureau
from organization.workbook.directory import bureau_column, number_column
from tasks_market.models import Claim, Task

SHANGHAI = ZoneInfo("Asia/Shanghai")
_MOST_PLACES = 32_767
_KINDS, _KIND_WORDS = words(Task.Kind), labels(Task.Kind)
_DIFFICULTIES, _DIFFICULTY_WORDS = words(Task.Difficulty), labels(Task.Difficulty)
_SHARINGS, _SHARING_WORDS = words(Task.Sharing), labels(Task.Sharing)
_WAYS, _WAY_WORDS = words(Claim.Way), labels(Claim.Way)
_PARTS, _PART_WORDS = words(Claim.Part), labels(Claim.Part)
_OUTCOMES, _OUTCOME_WORDS = words(Claim.Outcome), labels(Claim.Outcome)
_TIME_WIDTH = 20


def _moment(naive: datetime | None, stored: datetime | None) -> datetime | None:
    """The time of the bureau's clock; the stored one if it is the same to the second, which is all a sheet shows."""
    aware = naive.replace(tzinfo=SHANGHAI) if naive else None
    return stored if aware and stored and stored.replace(microsecond=0) == aware else aware


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
            Column("亮单时间", "posted", cells.datetime_cell, width=_TIME_WIDTH),
            Column("抢单截止", "until", cells.datetime_cell, width=_TIME_WIDTH),
            Column("完成时限", "due", cells.datetime_cell, required=True, width=_TIME_WIDTH),
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
            values[attribute] = _moment(given[name], stored) if name in given else stored
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


class FaultyClaims:
    """Tasks of which a claim in the file is faulty: what is said about it is enough."""

    def __init__(self, _session: Session) -> None:
        self.tasks: set[int] = set()


class Claims(QuarterSheet):
    spec = SheetSpec(
        "抢派单",
        (
            Column("任务编号", "task", cells.code(32), required=True, width=16),
            number_column(),
            Column("方式", "way", cells.choice(_WAYS), required=True, choices=tuple(_WAYS), width=8),
            Column(
                "分工",
                "part",
                cells.choice(_PARTS),
                choices=tuple(_PARTS),
                width=8,
                help=gettext_lazy("只用于主协办的任务，其中恰好一人主办。"),
            ),
            Column("时间", "at", cells.datetime_cell, required=True, width=_TIME_WIDTH),
            Column("验收结果", "outcome", cells.choice(_OUTCOMES), choices=tuple(_OUTCOMES)),
            Column(
                "质量系数",
                "quality",
                cells.decimal(minimum=0, maximum=Decimal("1.2"), max_places=2),
                help=gettext_lazy("0 至 1.2，空按 1 计。"),
            ),
            Column("验收日期", "accepted", cells.date_cell),
        ),
        key=("task", "number"),
    )

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.tasks: dict[str, Task] = {}
        self.faulty = session.shared(FaultyClaims).tasks
        self.held: dict[int, int] = {}
        """How many places of a task are taken, those of this file among them."""
        self.rows: dict[int, list[Row]] = defaultdict(list)
        self.leads: dict[int, list[tuple[Row, Claim]]] = defaultdict(list)
        """Leads to be made after everything else is written: a task never has two at a time."""

    def take(self, rows: list[Row]) -> None:
        self.learn_people(rows)
        self._learn_tasks(rows)
        people = {row.number: self.person_of(row) for row in rows}
        ids = {person.id for person in people.values() if person}
        tasks = {self.tasks[row.values["task"]].pk for row in rows if row.values.get("task") in self.tasks}
        stored = Claim.objects.filter(task_id__in=tasks, employee_id__in=ids).select_related("task", "employee")
        known = {(claim.task_id, claim.employee_id): claim for claim in stored}
        batch = Batch(self, Claim)
        for row in rows:
            person, task = people[row.number], self._task_of(row)
            if task is None or person is None:
                self.faulty |= {task.pk} if task else set()
                continue
            if person.bureau_id != task.bureau_id:
                message = _("工号“%(number)s”不是任务所在单位的干部") % {"number": row.values["number"]}
                self.refuse(row, "number", message, _("应当是任务所在单位的干部"))
            found = known.get((task.pk, person.id))
            part = self.given(row, "part", found.part if found else "", empty="")
            self._check_part(row, task, part)
            if row.faulty:
                self.faulty.add(task.pk)
                continue
            self.rows[task.pk].append(row)
            values = {
                "way": row.values["way"],
                "part": part,
                "at": _moment(row.values["at"], found.at if found else None),
                "outcome": self.given(row, "outcome", found.outcome if found else "", empty=""),
                "quality": self.given(row, "quality", found.quality if found else None),
                "accepted_on": self.given(row, "accepted", found.accepted_on if found else None),
            }
            if found and found.accepted_at and not values["outcome"]:
                # accepted or refused in the application since the file was written
                kept = ("outcome", "quality", "accepted_on")
                values |= {name: getattr(found, name) for name in kept}
            self._store(row, task, person.id, found, values, batch)
        batch.flush()

    def _learn_tasks(self, rows: list[Row]) -> None:
        numbers = {row.values.get("task") for row in rows} - self.tasks.keys() - {None}
        new = {task.number: task for task in Task.objects.filter(number__in=numbers).select_related("quarter")}
        self.tasks |= new
        counted = (
            Claim.objects.holding().filter(task__in=new.values()).order_by().values_list("task").annotate(Count("pk"))
        )
        self.held |= {task.pk: 0 for task in new.values()} | dict(counted)

    def _task_of(self, row: Row) -> Task | None:
        number = row.values.get("task")
        if number is None:
            return None
        task = self.tasks.get(number)
        if task is not None and self.session.bureau_id not in (None, task.bureau_id):
            task = None
        if task is None:
            message = _("没有编号为“%(number)s”的任务") % {"number": number}
            hint = _("应当是急难险重任务表或系统里已有的任务编号")
            self.missing(row, "task", "急难险重任务", (number,), message, hint)
        return task

    def _check_part(self, row: Row, task: Task, part: str) -> None:
        if task.sharing == Task.Sharing.LEAD and not part and not row.faulty:
            message = _("任务“%(number)s”按主协办计分，没有写分工") % {"number": task.number}
            self._refuse_part(row, message, _("应当填主办或协办"))
        elif task.sharing != Task.Sharing.LEAD and part:
            message = _("任务“%(number)s”不按主协办计分，不分主办协办") % {"number": task.number}
            self._refuse_part(row, message, _("分工一栏应当留空"))

    def _refuse_part(self, row: Row, message: str, hint: str) -> None:
        """Reports at the column if the sheet has it, else at the task's."""
        self.refuse(row, "part" if "part" in row.values else "task", message, hint)

    def _store(
        self, row: Row, task: Task, employee_id: int, found: Claim | None, values: dict[str, Any], batch: Batch
    ) -> None:
        quarter = self.quarters.get(task.bureau_id, task.quarter.code)
        if found is None:
            if self.refuse_settled(row, "task", quarter):
                return
            self.held[task.pk] += 1
            if self.held[task.pk] > task.places:
                message = _("任务“%(number)s”名额 %(places)d 个，这是第 %(count)d 份") % {
                    "number": task.number,
                    "places": task.places,
                    "count": self.held[task.pk],
                }
                self.refuse(row, "task", message, _("抢派单应当不超过名额"))
                return
            ids = {"bureau_id": task.bureau_id, "quarter_id": task.quarter_id, "task_id": task.pk}
            claim = Claim(employee_id=employee_id, state=values["outcome"] or Claim.State.HELD, **ids, **values)
            batch.create(row, claim)
            self._postpone_lead(row, claim)
            return
        different = batch.differing(found, values)
        if not different:
            self.counts.unchanged += 1
        elif not self.refuse_settled(row, "task", quarter):
            batch.update(row, found, different, self._state_after(found, values["outcome"]))
            if "part" in different:
                self._postpone_lead(row, found)

    @staticmethod
    def _state_after(found: Claim, outcome: str) -> dict[str, Any]:
        """An outcome settles the claim; one that is cleared leaves it to be accepted once more."""
        if outcome == found.outcome:
            return {}
        return {"state": outcome or Claim.State.HANDED_IN}

    def _postpone_lead(self, row: Row, claim: Claim) -> None:
        if claim.part == Claim.Part.LEAD:
            claim.part = ""
            self.leads[claim.task_id].append((row, claim))

    def finish(self) -> None:
        """Exactly one lead for each task that shares between lead and assistants; then the new leads are written."""
        shared = {task.pk: task for task in self.tasks.values() if task.sharing == Task.Sharing.LEAD}
        made: list[Claim] = []
        for pk, rows in self.rows.items():
            if pk not in shared or pk in self.faulty:
                continue
            coming = self.leads.get(pk, [])
            number = shared[pk].number
            standing = Claim.objects.filter(task=pk, part=Claim.Part.LEAD).count()
            if standing + len(coming) == 0:
                if self._may_still_be_led(shared[pk]):
                    continue
                message = _("任务“%(number)s”没有主办") % {"number": number}
                self._refuse_part(rows[0], message, _("主协办的任务应当恰好一人主办"))
                self.faulty.add(pk)
            elif standing + len(coming) > 1:
                row = coming[-1][0] if coming else rows[-1]
                message = _("任务“%(number)s”有 %(count)d 个主办") % {"number": number, "count": standing + len(coming)}
                self._refuse_part(row, message, _("主协办的任务应当恰好一人主办"))
                self.faulty.add(pk)
            else:
                made.extend(claim for _row, claim in coming)
        for claim in made:
            claim.part = Claim.Part.LEAD
        Claim.objects.bulk_update(made, ["part"], batch_size=500)
        self._count_places()

    def _may_still_be_led(self, task: Task) -> bool:
        """Whether the lead's place is still on offer: so stands a live task of which people have claimed to assist."""
        if task.claim_until is None or not task.takes_claims(self.session.now):
            return False
        claims = Claim.objects.filter(task=task).values_list("outcome", flat=True)
        return len(claims) < task.places and not any(claims)

    def _count_places(self) -> None:
        """The stored number of places taken, of the tasks that this file's claims belong to.

        The tasks are locked before their claims are counted: a claim made meanwhile is counted, or waits.
        """
        taken = Subquery(
            Claim.objects.holding()
            .filter(task=OuterRef("pk"))
            .order_by()
            .values("task")
            .annotate(n=Count("pk"))
            .values("n")
        )
        touched = Task.objects.filter(pk__in=self.rows.keys())
        list(touched.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        counted = Coalesce(taken, 0)
        touched.exclude(places_taken=counted).update(places_taken=counted)

    @classmethod
    def objects(cls, bureau: Bureau) -> Iterable[Claim]:
        rows = Claim.objects.filter(bureau=bureau).exclude(task__state=Task.State.CANCELLED)
        rows = rows.select_related("task", "employee")
        return rows.order_by("task__number", "at", "employee__number").iterator()

    @classmethod
    def describe(cls, thing: Claim) -> dict[str, object]:
        return {
            "task": thing.task.number,
            "number": thing.employee.number,
            "way": _WAY_WORDS[thing.way],
            "part": _PART_WORDS.get(thing.part),
            "at": thing.at,
            "outcome": _OUTCOME_WORDS.get(thing.outcome),
            "quality": thing.quality,
            "accepted": thing.accepted_on,
        }
