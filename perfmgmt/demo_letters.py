"""Supervision letters of the demonstration, through the services: archived, closed out, under way with one item overdue,
called back, and a draft. What is overdue proposes a minus that nobody has decided, so that no score moves.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from notifications.models import Notification
from organization.models import Bureau, Department, Employee, Role
from supervision.models import Letter, LetterItem
from supervision.services import letter_items as items
from supervision.services import letters
from supervision.services.letter_reminders import remind_of_letters
from supervision.services.letter_steps import answering
from supervision.services.letters import ItemFacts

NUMBER_WORD = "溪税督"
DEBTS = (
    "欠税清理台账不全",
    "抽查 20 户，有 6 户没有欠税原因和清缴计划。",
    "逐户核实欠税成因，补齐台账和清缴计划，报送清册。",
)
QUEUES = (
    "办税服务厅排队时间过长",
    "征期首日平均等候 41 分钟，超过规定的 15 分钟。",
    "增设导税和自助办理，征期平均等候控制在 15 分钟以内。",
)
FILES = ("纳税人资料归档不及时", "二季度资料截至 7 月底仍有 113 份未归档。", "限期归档，并建立按月核对的制度。")
REFUNDS = (
    "留抵退税疑点没有按期核实",
    "下发的 14 条疑点有 5 条超过 20 日没有反馈。",
    "逐条核实并反馈结果，属实的追回退税。",
)
DISCLOSURE = ("政务公开栏目更新滞后", "通知公告栏目连续两个月没有更新。", "按公开目录逐项更新，明确专人和时限。")
RISKS = (
    "风险应对任务逾期",
    "三季度第一批应对任务 8 件中有 2 件逾期。",
    "完成应对并说明逾期原因，制定以后按期办结的措施。",
)
DUTIES = ("值班值守记录不规范", "夜间值班记录有 3 天没有交接签字。", "规范交接，补齐记录，分管领导抽查。")


@transaction.atomic
def write_letters(bureau: Bureau, as_of: date) -> int:
    """Writes the letters once; returns how many there are now, 0 if they were there already."""
    if Letter.objects.filter(bureau=bureau).exists():
        return 0
    desk = _Desk(bureau)
    letters.set_letter_settings(bureau=bureau, actor=desk.office, number_word=NUMBER_WORD)
    desk.archived()
    desk.called_back()
    desk.closed()
    desk.under_way(as_of)
    desk.draft("on_site", "三季度值班值守检查", as_of, desk.facts(DUTIES, desk.second), desk.facts(RISKS, desk.third))
    return Letter.objects.filter(bureau=bureau).count()


class _Desk:
    """Who writes and who answers: the demonstration's head and liaison first, so that they find something to do."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        people = Employee.objects.filter(bureau=bureau).select_related("department").order_by("number")
        self.office = people.filter(role__kind=Role.Kind.OFFICE)[0]
        shown = people.filter(is_demo=True)
        head = shown.filter(role__kind=Role.Kind.DEPARTMENT_HEAD, led_branches__isnull=True)[0]
        liaisons = shown.filter(role__kind=Role.Kind.LIAISON, department__is_assessor=False)
        liaison = liaisons.exclude(department=head.department)[0]
        self.first, self.second = head.department, liaison.department
        others = Department.objects.filter(bureau=bureau, employees__role__kind=Role.Kind.LIAISON)
        rest = others.exclude(pk__in=(self.first.pk, self.second.pk, self.office.department_id)).distinct()
        self.third, self.fourth = rest.order_by("code")[:2]

    def facts(self, words: tuple[str, str, str], department: Department, **values: Any) -> ItemFacts:
        return ItemFacts(*words, department=department, **values)

    def draft(self, kind: str, title: str, day: date, *facts: ItemFacts) -> Letter:
        return letters.draft_letter(
            bureau=self.bureau, kind=kind, title=title, items=facts, actor=self.office, today=day, now=_at(day, 9),
            opening="根据年度督查计划，县局近期开展专项督查，发现以下问题。",
        )  # fmt: skip

    def issue(self, kind: str, title: str, day: date, *facts: ItemFacts) -> list[LetterItem]:
        letter = self.draft(kind, title, day, *facts)
        letters.issue_letter(letter=letter, **self.by(self.office, day, 10))
        return list(letter.items.select_related("letter", "department").order_by("position"))

    def by(self, actor: Employee, day: date, hour: int) -> dict[str, Any]:
        return {"actor": actor, "today": day, "now": _at(day, hour)}

    def answer(self, item: LetterItem, day: date, text: str) -> None:
        items.report_item(item=item, text=text, **self.by(self._speaker(item), day, 11))

    def accept(self, item: LetterItem, day: date, remark: str = "经抽查核实，整改到位。") -> None:
        items.check_report(item=item, accepted=True, remark=remark, **self.by(self.office, day, 16))

    def _speaker(self, item: LetterItem) -> Employee:
        return answering(self.bureau, [item.department_id], self.bureau.today)[-1]

    def archived(self) -> None:
        first, second = self.issue(
            "on_site", "欠税管理专项督查", date(2023, 3, 6), self.facts(DEBTS, self.first, assisting=(self.third,)),
            self.facts(QUEUES, self.second),
        )  # fmt: skip
        self.answer(first, date(2023, 3, 20), "已逐户核实 20 户，补齐台账和清缴计划，清册已报送。")
        remark = "清册缺少两户的清缴计划，请补齐。"
        items.check_report(item=first, accepted=False, remark=remark, **self.by(self.office, date(2023, 3, 21), 15))
        self.answer(first, date(2023, 3, 28), "两户清缴计划已补齐。")
        self.accept(first, date(2023, 3, 29))
        self.answer(second, date(2023, 3, 24), "征期增设导税岗 2 个，平均等候降到 12 分钟。")
        self.accept(second, date(2023, 3, 29))
        letters.archive_letter(letter=first.letter, actor=self.office, now=_at(date(2023, 4, 3), 9))
        _date_notices(_at(date(2023, 3, 29), 16), read=True)

    def called_back(self) -> None:
        (item,) = self.issue("desk", "公务接待台账案头督查", date(2023, 5, 8), self.facts(FILES, self.fourth))
        reason = "与县局纪检组的专项检查重复，合并办理。"
        letters.revoke_letter(letter=item.letter, reason=reason, **self.by(self.office, date(2023, 5, 10), 10))
        _date_notices(_at(date(2023, 5, 10), 10), read=True)

    def closed(self) -> None:
        (item,) = self.issue("desk", "政务公开案头督查", date(2023, 7, 24), self.facts(DISCLOSURE, self.third))
        self.answer(item, date(2023, 8, 3), "栏目已按目录更新，明确由综合岗每月 5 日前更新。")
        self.accept(item, date(2023, 8, 4), "")
        _date_notices(_at(date(2023, 8, 4), 16), read=True)

    def under_way(self, as_of: date) -> None:
        """Reported and to be checked, to be extended, overdue with a proposal, and not due yet."""
        begun = date(2023, 8, 7)
        reported, extended, _overdue = self.issue(
            "written", "二季度资料管理和退税核实督查", begun, self.facts(FILES, self.second, due_on=date(2023, 9, 8)),
            self.facts(REFUNDS, self.first, assisting=(self.fourth,), due_on=date(2023, 9, 12)),
            self.facts(RISKS, self.third, due_on=date(2023, 8, 28)),
        )  # fmt: skip
        self.issue("on_site", "征期值守和服务质量督查", date(2023, 8, 28), self.facts(QUEUES, self.first),
                   self.facts(DUTIES, self.second))  # fmt: skip
        _date_notices(_at(date(2023, 8, 28), 10))
        self.answer(reported, date(2023, 8, 30), "113 份资料已全部归档，建立了按月核对制度。")
        reason = "有 2 户企业异地取证，预计再需 8 个工作日。"
        items.ask_extension(
            item=extended, wanted=date(2023, 9, 22), reason=reason, **self.by(self._speaker(extended), as_of, 9)
        )
        remind_of_letters(self.bureau, today=date(2023, 8, 29), now=_at(date(2023, 8, 29), 8))
        _date_notices(_at(date(2023, 8, 30), 11))


def _date_notices(moment: datetime, *, read: bool = False) -> None:
    """What was told of letters since the last step was told then; of what is long settled it has been read."""
    told = Notification.objects.filter(occasion__startswith="letter", created_at__date=timezone.localdate())
    told.update(created_at=moment, **({"read_at": moment} if read else {}))


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
