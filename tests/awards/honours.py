"""Stars that were given, in one line each: straight into the tables, past the months that a selection takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from awards.models import Nomination, PoolMember, Selection, StarAward, StarCategory, StarKind
from indicators.models import Quarter
from organization.models import Bureau, Employee
from scoring.models import ScoreRun

NOW = datetime(2023, 5, 10, 1, tzinfo=UTC)
_serial = count(1)


def make_selection(bureau: Bureau, code: str = "2023Q1", state: str = Selection.State.PUBLISHED) -> Selection:
    """A selection with its five categories; of a quarter that has one, that one."""
    quarter, made = Quarter.objects.get_or_create(bureau=bureau, code=code)
    found = Selection.objects.filter(quarter=quarter).first()
    if found:
        return found
    run = ScoreRun.objects.filter(quarter=quarter, is_current=True).first()
    run = run or ScoreRun.objects.create(bureau=bureau, quarter=quarter, scheme={}, scored_at=NOW)
    if made:  # the database lets nobody score a published one
        Quarter.objects.filter(pk=quarter.pk).update(state=Quarter.State.PUBLISHED)
    selection = Selection.objects.create(
        bureau=bureau, quarter=quarter, run=run, state=state, leaders_percent=40, most_categories=2,
        nominate_until=date(2023, 4, 20), ballot_from=date(2023, 4, 21), ballot_until=date(2023, 4, 26),
    )  # fmt: skip
    for kind in StarKind:
        StarCategory.objects.create(selection=selection, kind=kind, criteria=f"{kind.label}的条件", winners=2)
    return selection


def make_star(employee: Employee, code: str = "2023Q1", kind: str = StarKind.DEDICATION, **values: Any) -> StarAward:
    """A published star, unless `state` says otherwise; withdrawn ones with a reason."""
    category = make_selection(employee.bureau, code).categories.get(kind=kind)
    department = values.pop("department", employee.department)
    deeds = values.pop("deeds", f"{employee.name}的事迹：大征期连续六天没有回家。")
    nomination = Nomination.objects.create(
        category=category, employee=employee, department=department, deeds=deeds, nominated_by=employee,
        nominated_at=NOW,
    )  # fmt: skip
    number = next(_serial)
    given: dict[str, Any] = {
        "state": StarAward.State.PUBLISHED, "by_vote": True, "chosen_at": NOW, "published_on": date(2023, 5, 10),
        "serial": f"{employee.bureau.code}-{code}-{number:03d}", "token": f"{number:03d}".ljust(43, "t"),
    }  # fmt: skip
    if values.get("state") == StarAward.State.CHOSEN:
        given |= {"published_on": None, "serial": "", "token": ""}
    if values.get("state") == StarAward.State.WITHDRAWN:
        given |= {"withdrawal": "冒领加班", "withdrawn_at": NOW}
    return StarAward.objects.create(
        bureau=employee.bureau, category=category, nomination=nomination, employee=employee, department=department,
        **(given | values),
    )  # fmt: skip


def put_in_pool(people: Iterable[Employee], *codes: str) -> None:
    """Who could be nominated in each of the quarters."""
    for code in codes:
        for rank, person in enumerate(people, start=1):
            PoolMember.objects.create(
                selection=make_selection(person.bureau, code), employee=person, department=person.department,
                bureau_rank=rank, standing=PoolMember.Standing.IN,
            )  # fmt: skip
