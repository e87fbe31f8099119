"""Answers about scheme, quarters, points and their nodes; what pages list stands in `library` and `holdings`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from common.composed import composed_once
from common.quarters import QuarterCode
from common.workdays import WorkCalendar
from indicators.deadlines import Deadline, Node, held_nodes, nodes, parse_deadline
from indicators.models import AssessmentPoint, PointVersion, Quarter, Result, SchemeSetting
from indicators.rules import Rule, parse_rule
from indicators.scheme import (
    COLLECTION_LEAD,
    CONCENTRATION,
    OPEN_TASKS,
    PROCESS_KEYS,
    SCHEME_KEYS,
    SchemeValues,
    parse_setting,
)
from organization.models import Bureau, Employee

SchemeValue = Decimal | list[str]


def scheme_values(bureau: Bureau, quarter_code: str) -> dict[str, SchemeValue]:
    """All keys of the scheme that a quarter is scored by: of each the row in force, else the default (scoring.md).

    `SchemeValues.from_mapping` takes the answer.
    """
    rows = scheme_rows(bureau, quarter_code)
    values = {key: parse_setting(key, row.value) for key, row in rows.items() if key in SCHEME_KEYS}
    defaults = SchemeValues()
    found = {key: values.get(key, getattr(defaults, attribute)) for key, attribute in SCHEME_KEYS.items()}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def scheme_rows(bureau: Bureau, quarter_code: str) -> dict[str, SchemeSetting]:
    """The rows of sheet 方案 in force in a quarter, by key; keys at their default have none."""
    rows = SchemeSetting.objects.filter(bureau=bureau, from_quarter__lte=quarter_code).order_by("from_quarter")
    return {row.key: row for row in rows}


def scheme_in_force(bureau: Bureau, quarter_code: str) -> SchemeValues:
    """The scheme that a quarter is scored by, for who only calculates with it."""
    return _scheme(tuple(_settings(bureau.pk, quarter=quarter_code)))


@composed_once
def _settings(bureau: int, *, quarter: str) -> QuerySet[SchemeSetting, tuple[str, str]]:
    rows = SchemeSetting.objects.filter(bureau=bureau, from_quarter__lte=quarter)
    return rows.order_by("from_quarter").values_list("key", "value")


@lru_cache(maxsize=256)
def _scheme(settings: tuple[tuple[str, str], ...]) -> SchemeValues:
    """Kept by the texts it is read from, so that it is never out of date."""
    return SchemeValues.from_mapping({key: value for key, value in settings if key in SCHEME_KEYS})


def process_values(bureau: Bureau, quarter_code: str) -> dict[str, Decimal]:
    """The settings that steer the work around a score, resolved like those of the scheme (indicators.scheme)."""
    rows = scheme_rows(bureau, quarter_code)
    values: dict[str, Decimal] = {}
    for key, default in PROCESS_KEYS.items():
        value = parse_setting(key, rows[key].value) if key in rows else default
        assert isinstance(value, Decimal)
        values[key] = value
    return values


def collection_closes(bureau: Bureau, quarter_code: str) -> date:
    """The last day of the collection window: 5 calendar days before the quarter's last (domain.md, default)."""
    lead = process_values(bureau, quarter_code)[COLLECTION_LEAD]
    return QuarterCode.parse(quarter_code).last_day - timedelta(days=int(lead))


def concentration_limit(bureau: Bureau, quarter_code: str) -> Decimal:
    """The share of a year's points above which one quarter carries too many (domain.md, Libraries, default 0.4)."""
    return process_values(bureau, quarter_code)[CONCENTRATION]


def open_task_limit(bureau: Bureau, quarter_code: str) -> int:
    """How many unfinished tasks of the market a person may have and still claim (domain.md, Task market, default 3)."""
    rows = SchemeSetting.objects.filter(bureau=bureau, key=OPEN_TASKS, from_quarter__lte=quarter_code)
    return parse_open_task_limit(rows.order_by("-from_quarter").values_list("value", flat=True).first())


def parse_open_task_limit(value: str | None) -> int:
    """The limit as the setting's row says it; None, no row, is the default."""
    limit = PROCESS_KEYS[OPEN_TASKS] if value is None else parse_setting(OPEN_TASKS, value)
    assert isinstance(limit, Decimal)
    return int(limit)


def points_in_force(bureau: Bureau, quarter_code: str) -> list[PointVersion]:
    """One version of each point that is assessed in the quarter's year, withdrawn ones left out; ordered by code."""
    return list(
        PointVersion.objects.in_force(quarter_code)
        .filter(point__bureau=bureau, withdrawn=False)
        .select_related("point", "key_work", "department", "post", "assessor")
        .order_by("point__code")
    )


def version_of(point: AssessmentPoint | int, quarter: Quarter) -> PointVersion | None:
    """The version of a point, or of that with an id, in a quarter; None if it is not assessed there."""
    versions = PointVersion.objects.in_force(quarter.code).filter(point=point, withdrawn=False)
    return versions.select_related("point", "assessor").first()


def versions_of(results: Sequence[Result]) -> dict[tuple[int, str], PointVersion]:
    """The version by which each result is judged, by point and quarter's code; `results` come with their quarters."""
    versions = PointVersion.objects.filter(point__in={row.point_id for row in results})
    ordered = list(versions.select_related("point", "assessor").order_by("number"))
    found = {}
    for point, code in {(row.point_id, row.quarter.code) for row in results}:
        last = [version for version in ordered if version.point_id == point and version.from_quarter <= code][-1:]
        if last and not last[0].withdrawn:
            found[point, code] = last[0]
    return found


def year_in_force(bureau: Bureau, year: int) -> dict[str, list[PointVersion]]:
    """What `points_in_force` answers for each of a year's quarters, read at once, with the point of each version alone."""
    versions = PointVersion.objects.filter(point__bureau=bureau, point__year=year).select_related("point")
    ordered = list(versions.order_by("point__code", "number"))
    in_force = {}
    for number in range(1, 5):
        code = str(QuarterCode(year, number))
        last = {version.point_id: version for version in ordered if version.from_quarter <= code}
        in_force[code] = [version for version in last.values() if not version.withdrawn]
    return in_force


def working_quarter(bureau: Bureau) -> Quarter | None:
    """The earliest quarter that is begun and not published, else the newest begun: the one that people work in."""
    return working_among(Quarter.from_db(DEFAULT_DB_ALIAS, _COLUMNS, row) for row in _begun(bureau.pk))


_COLUMNS = ("id", "bureau_id", "code", "state")


@composed_once
def _begun(bureau: int) -> QuerySet[Quarter, tuple[Any, ...]]:
    """The quarters that have begun, the earliest first; every page names one of them."""
    begun = Quarter.objects.filter(bureau=bureau).exclude(state=Quarter.State.OPEN)
    return begun.order_by("code").values_list(*_COLUMNS)


def working_among(begun: Iterable[Quarter]) -> Quarter | None:
    """The same of the quarters that have begun, the earliest first, where they have been read already."""
    quarters = list(begun)
    unfinished = (quarter for quarter in quarters if quarter.state != Quarter.State.PUBLISHED)
    return next(unfinished, quarters[-1] if quarters else None)


def settled_until(bureau: Bureau) -> str:
    """The bureau's last quarter in publicity or published, "" if none: libraries and scheme change after it only."""
    last = Quarter.objects.filter(bureau=bureau, state__in=Quarter.SETTLED).order_by("code").last()
    return last.code if last else ""


def nodes_of(version: PointVersion, quarter_code: str, calendar: WorkCalendar | None = None) -> list[Node]:
    """The nodes of a version in a quarter; with a calendar their due days lie on working days (workbook.md)."""
    return nodes_within(version.cycle, version.deadline, quarter_code, calendar)


def nodes_within(cycle: str, deadline: str, quarter_code: str, calendar: WorkCalendar | None = None) -> list[Node]:
    """The nodes of a deadline as a version has it written, where the version itself is not at hand."""
    return nodes(_deadline(cycle, deadline), QuarterCode.parse(quarter_code), calendar)


def nodes_held(
    version: PointVersion,
    quarter_code: str,
    employee: Employee,
    *,
    taken_on: date | None = None,
    calendar: WorkCalendar | None = None,
) -> list[Node]:
    """Those of the nodes that the employee answers for: in post, and since the item was taken on (scoring.md §2)."""
    return held_nodes(
        nodes_of(version, quarter_code, calendar),
        joined=employee.joined_on,
        left=employee.left_on,
        taken_on=taken_on,
    )


def rule_of(version: PointVersion) -> Rule:
    """The version's scoring rule as a value."""
    return _rule(version.method, version.parameters)


@lru_cache(maxsize=2048)
def _deadline(cycle: str, text: str) -> Deadline:
    return parse_deadline(cycle, text)


@lru_cache(maxsize=2048)
def _rule(method: str, text: str) -> Rule:
    return parse_rule(method, text)
