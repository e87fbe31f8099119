"""Life in the sample's market: a few tasks posted relative to the real clock, since claims hold to the second.

They belong to the quarter after the one that the sample ends in, which has not begun there: the figures of the imported
history (93 tasks, 425 participations) stay what they are, and the page of figures says that others were posted ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localtime

from common.quarters import QuarterCode
from indicators.services.quarters import ensure_quarter
from organization.models import Bureau, Department, Employee, Role
from tasks_market.models import Task
from tasks_market.services import assigning, claiming, doing, drafting

Kind, Difficulty, Sharing = Task.Kind, Task.Difficulty, Task.Sharing
CLOSING_HOUR = 18
LATE_POSTING = timedelta(days=4)
"""How long ago the list was posted of which the first window has closed already."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A task of the demonstration; `window` and `work` are days from now to the end of a working day."""

    name: str
    kind: str
    difficulty: str
    base: str
    places: int
    sharing: str
    department: str
    requirement: str
    deliverable: str
    window: int
    work: int
    taken: int = 0
    only: tuple[str, ...] = ()


POSTED = (
    Sample(
        "年末发票业务高峰办税厅增援", Kind.HEAVY, Difficulty.LOW, "1.20", 8, Sharing.EACH, "D14",
        "十二月每逢征期最后三日到办税厅支援，分流引导、辅导申报，等候时间控制在十五分钟以内。",
        "每日分流记录，结束后一页小结。", 1, 30, taken=3,
    ),
    Sample(
        "平台经济税源摸排", Kind.DIFFICULT, Difficulty.HIGH, "3.00", 3, Sharing.SPLIT, "D15",
        "比对平台交易数据与申报数据，逐户列出差异和原因，提出管理建议。",
        "差异清单和摸排报告。", 2, 25, taken=1,
    ),
    Sample(
        "欠税清缴攻坚组", Kind.DIFFICULT, Difficulty.HIGH, "3.60", 4, Sharing.LEAD, "D06",
        "对欠税前二十户逐户约谈、制定清缴计划，年底前清缴率达到八成。",
        "一户一策台账、清缴入库凭证。", 3, 32, taken=2,
    ),
    Sample(
        "城乡居民社保费集中征缴下乡服务", Kind.HEAVY, Difficulty.MEDIUM, "1.80", 6, Sharing.EACH, "D04",
        "到六个乡镇集中征缴点驻点，辅导参保缴费，处理缴费异常。",
        "驻点日志和异常处理清单。", 4, 28, taken=1,
    ),
    Sample(
        "数据安全应急演练", Kind.DANGEROUS, Difficulty.MEDIUM, "1.50", 2, Sharing.EACH, "D13",
        "按预案组织一次断网、勒索病毒情形的应急演练，检验恢复时间。",
        "演练脚本、记录和整改清单。", 5, 20, only=("D13", "D06"),
    ),
    Sample(
        "个体工商户定额公示咨询", Kind.URGENT, Difficulty.LOW, "1.00", 5, Sharing.EACH, "D16",
        "定额公示期内接待咨询，解释核定依据，收集异议并当日转办。",
        "咨询登记和异议转办单。", 6, 18,
    ),
)  # fmt: skip
UNCLAIMED = Sample(
    "跨县涉税举报协查", Kind.DANGEROUS, Difficulty.HIGH, "2.80", 3, Sharing.LEAD, "D15",
    "配合上级稽查局调取三户企业账册并制作笔录，全程两人以上、全程记录。",
    "协查报告和证据目录。", -1, 15, taken=1,
)  # fmt: skip
DRAFTED = Sample(
    "年度汇算准备工作专班", Kind.URGENT, Difficulty.MEDIUM, "2.00", 4, Sharing.EACH, "D03",
    "梳理本年政策变化，编写汇算口径问答，培训一线人员。",
    "口径问答和培训签到。", 7, 35,
)  # fmt: skip


@transaction.atomic
def open_market(bureau: Bureau, after: str, now: datetime) -> int:
    """Posts the sample's live tasks in the quarter that follows `after`, once; returns how many stand there."""
    quarter = ensure_quarter(bureau, str(QuarterCode.parse(after).next()), today=bureau.today)
    if Task.objects.filter(quarter=quarter).exists():
        return 0
    office = Employee.objects.filter(bureau=bureau, role__kind=Role.Kind.OFFICE).order_by("number")[0]
    departments = {department.code: department for department in Department.objects.filter(bureau=bureau)}

    def draft(sample: Sample, at: datetime) -> Task:
        return drafting.draft_task(
            quarter=quarter,
            actor=office,
            now=at,
            open_to=[departments[code] for code in sample.only],
            name=sample.name,
            kind=sample.kind,
            difficulty=sample.difficulty,
            base=Decimal(sample.base),
            places=sample.places,
            sharing=sample.sharing,
            department=departments[sample.department],
            requirement=sample.requirement,
            deliverable=sample.deliverable,
            claim_until=_end_of_day(now, sample.window),
            due_at=_end_of_day(now, sample.work),
        )

    earlier = now - LATE_POSTING
    unclaimed = drafting.post_task(task=draft(UNCLAIMED, earlier), actor=office, now=earlier)
    posted = drafting.post_list(tasks=[draft(sample, now) for sample in POSTED], actor=office, now=now)
    draft(DRAFTED, now)
    _claim_some(bureau, [(unclaimed, UNCLAIMED.taken, earlier)], now)
    _claim_some(bureau, [(task, sample.taken, now) for task, sample in zip(posted, POSTED, strict=True)], now)
    assigning.close_windows(now)
    return len(posted) + 2


def _claim_some(bureau: Bureau, wanted: list[tuple[Task, int, datetime]], now: datetime) -> None:
    """Colleagues of the responsible departments were quick; the first of each task has begun or even handed in."""
    for task, count, at in wanted:
        people = Employee.objects.filter(bureau=bureau, department=task.department, left_on__isnull=True)
        free = people.filter(role__isnull=True, absences__isnull=True).exclude(claims__quarter=task.quarter)
        plain = free.select_related("bureau", "department").order_by("-number")
        for place, person in enumerate(plain[:count]):
            claim = claiming.claim_task(task=task, actor=person, now=at)
            if place == 0:
                doing.start(claim=claim, actor=person, now=at)
            if place == 0 and at < now:
                report = "已到三户企业调取账册、制作笔录，协查报告和证据目录齐全，请验收。"
                doing.hand_in(claim=claim, actor=person, report=report, now=now)


def _end_of_day(now: datetime, days: int) -> datetime:
    return localtime(now).replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0) + timedelta(days=days)
