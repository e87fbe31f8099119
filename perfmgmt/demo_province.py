"""A province to look at: bureaus in three levels with people, scores, tasks and warnings that a generator made up.

It stands for a database of its own, beside no other bureau. Two quarters are there: one that is published nearly
everywhere, and one that runs. Rows go straight into the tables, since nobody asks how a generated score came about; what
is looked at is the side-by-side page of the upper bureau (docs/upward.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from awards.models import Nomination, Selection, StarAward, StarCategory, StarKind
from common.errors import Conflict
from indicators.models import AssessmentPoint, KeyWork, Library, PointVersion, Quarter
from organization.models import BEGINNING, Bureau, Department, Employee, Placement, RankCategory, Role
from organization.names import sort_key
from perfmgmt.demo import PASSWORD
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from supervision.models import Warned, WarningSheet, WarningSignature
from tasks_market.models import Claim, Task

DONE, RUNNING, STANDS_ON = "2023Q2", "2023Q3", date(2023, 9, 1)
CITIES = ("澄江", "云岭", "临湖", "望海", "青原", "白沙", "金川", "东屏", "南浦")
COUNTIES = ("桃源", "石门", "清溪", "大营", "新渡", "长坪", "竹山", "双桥", "北塘", "河口")
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "文建国秀英志强丽华敏静伟军洁涛"
DEPARTMENTS = ("办公室", "法制科", "征管科", "收入核算科", "纳税服务科", "风险管理科", "人事科")
LINES = 3
"""Warned points of each department in each quarter."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the province is; the last county of the first city is too small to be shown."""

    cities: int = 4
    counties: int = 3
    people: int = 60


@transaction.atomic
def seed_province(size: Size, seed: int = 361) -> Bureau:
    """Makes the province in an empty database; returns its top. Raises Conflict where any bureau exists."""
    if Bureau.objects.exists():
        raise Conflict(_("数据库里已有单位。演示省局只能建在空的数据库里，请另设 DATABASE_URL 再执行。"))
    random = Random(seed)  # noqa: S311 - a generator of samples
    top = _bureau("SJ", "江南省税务局", Bureau.Level.PROVINCE, None)
    _fill(top, size.people, random, logins=True)
    for city, name in enumerate(CITIES[: size.cities], start=1):
        middle = _bureau(f"S{city}", f"{name}市税务局", Bureau.Level.CITY, top)
        _fill(middle, size.people, random, logins=city == 1)
        for county, place in enumerate(COUNTIES[: size.counties], start=1):
            lower = _bureau(f"S{city}X{county:02}", f"{name}市{place}县税务局", Bureau.Level.COUNTY, middle)
            small = city == 1 and county == size.counties
            _fill(lower, 4 if small else random.randint(size.people // 2, size.people), random)
    return top


def _bureau(code: str, name: str, level: str, parent: Bureau | None) -> Bureau:
    bureau = Bureau.objects.create(code=code, name=name, level=level, parent=parent, is_demo=True, stands_on=STANDS_ON)
    RankCategory.objects.begin(bureau)
    return bureau


def _fill(bureau: Bureau, people: int, random: Random, *, logins: bool = False) -> None:
    departments = Department.objects.bulk_create(
        Department(bureau=bureau, code=f"{place + 1:02}", name=_department_name(place), kind=Department.Kind.OFFICE)
        for place in range(max(2, people // 8))
    )
    staff = _people(bureau, departments, people, random)
    if logins:
        _logins(staff)
    shown = random.random() > 0.1
    done = Quarter.objects.create(bureau=bureau, code=DONE, state=Quarter.State.REVIEWING)
    running = Quarter.objects.create(bureau=bureau, code=RUNNING, state=Quarter.State.COLLECTING)
    _score(done, staff, random)
    for quarter in (done, running):
        _offer_tasks(quarter, staff, random)
    _warn((done, running), departments, staff, random)
    if shown:
        Quarter.objects.filter(pk=done.pk).update(state=Quarter.State.PUBLISHED)
        _give_stars(done, staff, random)


def _department_name(place: int) -> str:
    """The names one after the other, then again with a number."""
    turn, name = divmod(place, len(DEPARTMENTS))
    return DEPARTMENTS[name] + (str(turn + 1) if turn else "")


def _people(bureau: Bureau, departments: Sequence[Department], number: int, random: Random) -> list[Employee]:
    categories = {one.name: one for one in bureau.categories.all()}
    rows = []
    for place in range(number):
        name = random.choice(SURNAMES) + random.choice(GIVEN) + random.choice(GIVEN)
        category = "局领导" if place < number // 20 else "中层正职" if place < number // 5 else "一般干部"
        rows.append(
            Employee(
                number=f"{bureau.code}{place + 1:04}", name=name, sort_key=sort_key(name), bureau=bureau,
                department=departments[place % len(departments)], category=categories[category], password=make_password(None),
            )
        )  # fmt: skip
    people = Employee.objects.bulk_create(rows)
    Placement.objects.bulk_create(
        Placement(employee=one, effective_from=BEGINNING, department=one.department, category=one.category)
        for one in people
    )
    return people


def _logins(people: Sequence[Employee]) -> None:
    """One login for each role that looks down or arranges the tree, and one that may not."""
    kinds = ("director", "deputy_director", "office", "discipline", "system_admin", "")
    for person, kind in zip(people, kinds, strict=False):
        Employee.objects.filter(pk=person.pk).update(is_demo=True, password=make_password(PASSWORD))
        if kind:
            Role.objects.create(employee=person, kind=kind)


def _score(quarter: Quarter, people: Sequence[Employee], random: Random) -> None:
    run = ScoreRun.objects.create(
        bureau=quarter.bureau, quarter=quarter, scheme=SchemeValues().to_mapping(), scored_at=_at(date(2023, 7, 5)),
        scored=len(people),
    )  # fmt: skip
    level = random.uniform(0.80, 0.95)
    spared = random.choice((0, 2, len(people) // 6, len(people) // 4))  # who lost nothing
    scores = []
    for place, person in enumerate(people):
        whole = place >= len(people) - spared
        common = Decimal(30) if whole else _points(30, random.gauss(level + 0.04, 0.03))
        individual = Decimal(60) if whole else _points(60, random.gauss(level, 0.05))
        competitive = _points(10, random.gauss(0.45, 0.25)) if random.random() < 0.7 else Decimal(0)
        scores.append(
            Score(
                run=run, bureau=quarter.bureau, quarter=quarter, employee=person, number=person.number,
                name=person.name, department=person.department, category=person.category, common=common,
                individual=individual, competitive=competitive, adjustments=Decimal(0), linkage=Decimal(0),
                total=common + individual + competitive, ranked=True, inputs={},
            )
        )  # fmt: skip
    ranked = sorted((one for one in scores if one.category.name != "局领导"), key=lambda one: -one.total)
    for place, score in enumerate(ranked, start=1):
        score.bureau_rank, score.in_pool = place, place <= len(ranked) * 3 // 10
    Score.objects.bulk_create(scores, batch_size=500)


def _points(full: int, part: float) -> Decimal:
    return (Decimal(full * 100) * int(1000 * min(1.0, max(0.0, part))) / 1000).quantize(Decimal(1)) / 100


def _offer_tasks(quarter: Quarter, people: Sequence[Employee], random: Random) -> None:
    first = quarter.period.first_day
    task = Task.objects.create(
        bureau=quarter.bureau, quarter=quarter, number=f"{quarter.bureau.code}-{quarter.code}", name=_("急难险重任务"),
        kind=Task.Kind.URGENT, difficulty=Task.Difficulty.MEDIUM, base=Decimal(2), places=len(people),
        places_taken=len(people), sharing=Task.Sharing.EACH, department=people[0].department,
        due_at=_at(quarter.period.last_day), requirement=_("按时办结"), state=Task.State.CLOSED,
        posted_at=_at(first), claim_until=_at(first + timedelta(days=5)),
    )  # fmt: skip
    share = random.uniform(0.25, 0.8)
    Claim.objects.bulk_create(
        Claim(
            bureau=quarter.bureau, quarter=quarter, task=task, employee=one, way=Claim.Way.CLAIMED, at=_at(first),
            state=Claim.State.STARTED,
        )
        for one in people
        if random.random() < share
    )  # fmt: skip


def _warn(
    quarters: Sequence[Quarter], departments: Sequence[Department], people: Sequence[Employee], random: Random
) -> None:
    bureau, year = quarters[0].bureau, quarters[0].period.year
    work = KeyWork.objects.create(
        bureau=bureau, year=year, code="Z1", name=_("组织收入"), kind=KeyWork.Kind.BUSINESS, department=departments[0]
    )
    kept = random.uniform(0.8, 0.99)
    for place in range(LINES):
        point = AssessmentPoint.objects.create(bureau=bureau, year=year, code=f"K{place}", library=Library.INDIVIDUAL)
        version = PointVersion.objects.create(
            point=point, number=1, from_quarter=f"{year}Q1", key_work=work, name=_("按期办结"), nature="quantitative",
            method=PointVersion.Method.DONE, full=Decimal(4), parameters="逾期每日扣分=0.2", standard=_("按期"),
            cycle=PointVersion.Cycle.MONTH, deadline="每月25日", department=departments[0], assessor=departments[0],
            source=PointVersion.Source.MANUAL, created_at=_at(date(year, 1, 1)),
        )  # fmt: skip
        for quarter in quarters:
            _warn_departments(quarter, version, departments, people[0], kept, random)


def _warn_departments(
    quarter: Quarter,
    version: PointVersion,
    departments: Sequence[Department],
    by: Employee,
    kept: float,
    random: Random,
) -> None:
    month = quarter.period.months()[0]
    due = quarter.period.first_day + timedelta(days=24)
    lines = []
    for department in departments:
        sheet, _made = WarningSheet.objects.get_or_create(
            bureau=quarter.bureau, department=department, month=month,
            defaults={"made_at": _at(quarter.period.first_day)},
        )  # fmt: skip
        lines.append(
            Warned(
                sheet=sheet, quarter=quarter, point=version.point, version=version, period=month, due=due,
                head_due=due - timedelta(days=15), liaison_due=due - timedelta(days=3), standard=version.standard,
                requirement=version.standard, holders=[], settled_at=_at(due),
                outcome=Warned.Outcome.DONE if random.random() < kept else Warned.Outcome.OVERDUE,
            )
        )  # fmt: skip
    WarningSignature.objects.bulk_create(
        WarningSignature(line=line, side=side, by=by, at=_at(due), late=random.random() > kept, text="", digest="")
        for line in Warned.objects.bulk_create(lines)
        for side in WarningSignature.Side.values
        if random.random() < kept + 0.05
    )


def _give_stars(quarter: Quarter, people: Sequence[Employee], random: Random) -> None:
    day = date(2023, 7, 17)
    run = ScoreRun.objects.get(quarter=quarter)
    selection = Selection.objects.create(
        bureau=quarter.bureau, quarter=quarter, run=run, state=Selection.State.PUBLISHED, leaders_percent=40,
        most_categories=2, nominate_until=day, ballot_from=day + timedelta(days=1),
        ballot_until=day + timedelta(days=3),
    )  # fmt: skip
    winners = random.sample(list(people), min(len(people), random.choice((3, 8, 9, 10))))
    kinds = {kind: StarCategory.objects.create(selection=selection, kind=kind, winners=2) for kind in StarKind}
    for place, person in enumerate(winners):
        nomination = Nomination.objects.create(
            category=kinds[list(StarKind)[place % 5]], employee=person, department=person.department, deeds=_("事迹"),
            nominated_by=person, nominated_at=_at(day),
        )  # fmt: skip
        serial = f"{quarter.bureau.code}-{quarter.code}-{place:02}"
        StarAward.objects.create(
            bureau=quarter.bureau, category=nomination.category, nomination=nomination, employee=person,
            department=person.department, by_vote=True, state=StarAward.State.PUBLISHED, serial=serial,
            token=serial.ljust(43, "-"), chosen_at=_at(day), published_on=day + timedelta(days=9),
        )  # fmt: skip


def _at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))
