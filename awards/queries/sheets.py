"""The columns of each list, the same on the page, on the printed sheet and in Excel; all from the figures as drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from awards.models import WORDS, StarKind, UseLine, UseList
from common.components import quarter_label
from common.text import listed

Kind = UseList.Kind
POINTS = "0.00"
WHOLE = "0"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called, how wide in Excel, how a number is shown, and its value on a line.

    Those with `only_sheet` stand on paper and in Excel alone, where there is room.
    """

    label: str | Promise
    width: int
    value: Callable[[UseLine], object]
    number_format: str = ""
    only_sheet: bool = False

    @property
    def is_number(self) -> bool:
        return bool(self.number_format)

    def text(self, line: UseLine) -> str:
        """The value as a page shows it."""
        value = self.value(line)
        return "" if value is None else str(value)


def _figure(key: str) -> Callable[[UseLine], object]:
    return lambda line: line.figures.get(key)


def _points(key: str) -> Callable[[UseLine], object]:
    def value(line: UseLine) -> Decimal | None:
        text = line.figures.get(key)
        return None if text is None else Decimal(text)

    return value


def _quarter_total(place: int) -> Callable[[UseLine], object]:
    def value(line: UseLine) -> Decimal | None:
        text = line.figures["totals"][place]
        return None if text is None else Decimal(text)

    return value


def _grades(line: UseLine) -> str:
    words = WORDS[Kind.QUARTERLY_GRADE]
    return listed(f"{quarter_label(code)}{words[word]}" for code, word in line.figures.get("grades", []))


def _stars(line: UseLine) -> str:
    return listed(f"{quarter_label(code)}{StarKind(kind).label}" for code, kind in line.figures.get("stars", []))


def _misconduct(line: UseLine) -> str:
    return listed(line.figures.get("misconduct", []))


def _carried(line: UseLine) -> str:
    return f"{line.carried_to.year} {line.carried_to.code}" if line.carried_to else ""


_WHO = (
    Column(_("姓名"), 10, _figure("name")),
    Column(_("工号"), 14, _figure("number")),
    Column(_("部门"), 26, _figure("department")),
    Column(_("序列"), 11, _figure("category")),
)
_YEAR = (
    *_WHO,
    Column(_("一季度"), 9, _quarter_total(0), POINTS, only_sheet=True),
    Column(_("二季度"), 9, _quarter_total(1), POINTS, only_sheet=True),
    Column(_("三季度"), 9, _quarter_total(2), POINTS, only_sheet=True),
    Column(_("四季度"), 9, _quarter_total(3), POINTS, only_sheet=True),
    Column(_("年度得分"), 9, _points("total"), POINTS),
    Column(_("单位排名"), 9, _figure("rank"), WHOLE),
    Column(_("季度等次"), 22, _grades),
)
_POINT = (
    Column(_("考点"), 34, lambda line: f"{line.figures['code']} {line.figures['name']}"),
    Column(_("指标库"), 8, _figure("library"), only_sheet=True),
)
_LOSS = (
    Column(_("失分人数"), 9, _figure("people"), WHOLE),
    Column(_("持有人数"), 9, _figure("holders"), WHOLE),
    Column(_("失分面%"), 9, _points("share"), POINTS),
    Column(_("失分"), 9, _points("lost"), POINTS),
)

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.QUARTERLY_GRADE: (
        *_WHO,
        Column(_("总分"), 9, _points("total"), POINTS),
        Column(_("单位排名"), 9, _figure("rank"), WHOLE),
        Column(_("违纪减分"), 20, _misconduct, only_sheet=True),
    ),
    Kind.ANNUAL_GRADE: (*_YEAR, Column(_("违纪减分"), 20, _misconduct, only_sheet=True)),
    Kind.PROMOTION: (
        *_YEAR,
        Column(_("五星"), 22, _stars),
        Column(_("违纪减分"), 20, _misconduct, only_sheet=True),
    ),
    Kind.TRAINING: (
        *_POINT,
        Column(_("岗位"), 18, _figure("post")),
        Column(_("部门"), 24, _figure("department")),
        *_LOSS,
    ),
    Kind.IMPROVEMENT: (
        *_POINT,
        Column(_("责任部门"), 24, lambda line: line.department.name if line.department else str(_("全员"))),
        *_LOSS,
        Column(_("转入考点"), 14, _carried),
    ),
    Kind.DEPARTMENT_TALK: (
        Column(_("部门"), 26, _figure("department")),
        Column(_("平均得分"), 9, _points("mean"), POINTS),
        Column(_("名次"), 8, _figure("rank"), WHOLE),
        Column(_("上年平均得分"), 12, _points("mean_before"), POINTS),
        Column(_("上年名次"), 9, _figure("rank_before"), WHOLE),
    ),
}


def columns_of(use_list: UseList, *, on_page: bool = False) -> list[Column]:
    """The columns of a list; the narrower ones of its page."""
    return [column for column in COLUMNS[Kind(use_list.kind)] if not (on_page and column.only_sheet)]
