"""The sheet 抢派单 of the bureau workbook (workbook.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.workbook import Column, Row, SheetSpec, cells
from common.workbook.importing import Batch, Session, labels, words
from indicators.workbook.books import QuarterSheet
from organization.models import Bureau
from organization.workbook.directory import number_column
from tasks_market.models import Claim, Task
from tasks_market.workbook.tasks import TIME_WIDTH, FaultyClaims, moment

_WAYS, _WAY_WORDS = words(Claim.Way), labels(Claim.Way)
_PARTS, _PART_WORDS = words(Claim.Part), labels(Claim.Part)
_OUTCOMES, _OUTCOME_WORDS = words(Claim.Outcome), labels(Claim.Outcome)


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
            Column("时间", "at", cells.datetime_cell, required=True, width=TIME_WIDTH),
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
                "at": moment(row.values["at"], found.at if found else None),
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
