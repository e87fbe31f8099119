"""One level of the tree as the page, the workbook and the API show it: lines, their sum, and how each figure is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.components import quarter_label
from indicators.models import Quarter
from organization.models import Bureau
from reports.queries.upward import Reading, Tree
from reports.upward_sums import KEYS, Figures

DEFINITIONS: dict[str, tuple[str | Promise, str | Promise, str | Promise]] = {
    "people": (
        gettext_lazy("计分人数"),
        gettext_lazy("人"),
        gettext_lazy("本季正式计分的人数。"),
    ),
    "whole": (
        gettext_lazy("得分率"),
        "%",
        gettext_lazy("全体计分人员共性、个性、竞争性得分之和 ÷ 三部分满分之和；不含加减分和联动。三部分中有一部分不显示时也不显示。"),
    ),
    "common": (
        gettext_lazy("共性"),
        "%",
        gettext_lazy("全体计分人员共性得分之和 ÷ 共性满分之和。"),
    ),
    "individual": (
        gettext_lazy("个性"),
        "%",
        gettext_lazy("全体计分人员个性得分之和 ÷ 个性满分之和。"),
    ),
    "competitive": (
        gettext_lazy("竞争性"),
        "%",
        gettext_lazy("全体计分人员竞争性得分之和 ÷ 竞争性上限之和。某一部分只有不足 5 人得分或失分的，该部分不显示。"),
    ),
    "gap": (
        gettext_lazy("分差"),
        gettext_lazy("分"),
        gettext_lazy("参加单位排名的人中，总分最高 5 人的平均分减最低 5 人的平均分；不足 10 人不显示。它略小于驾驶舱的最大分差，因为不显示任何一个人的总分。合计取各单位中最大的。"),
    ),
    "lost": (
        gettext_lazy("扣分面（人）"),
        "%",
        gettext_lazy("共性、个性得分未满或有减分的人 ÷ 计分人数。"),
    ),
    "departments": (
        gettext_lazy("扣分面（部门）"),
        "%",
        gettext_lazy("有人被扣分的部门 ÷ 有计分人员的部门；只数计分人员 5 人以上的部门。"),
    ),
    "covered": (
        gettext_lazy("抢单覆盖面"),
        "%",
        gettext_lazy("承担过本季任务的不同人数 ÷ 局领导以外的在职人数；抢单、派单都算，撤销的不算。"),
    ),
    "nodes": (
        gettext_lazy("节点按期"),
        "%",
        gettext_lazy("本季预警考点中按期完成的节点 ÷ 已完成和逾期的节点；进行中和不再考核的不算。"),
    ),
    "signed": (
        gettext_lazy("签字按时"),
        "%",
        gettext_lazy("预警按时签字的 ÷ 按时、逾期补签和逾期未签的；部门负责人和联络员各算一个，未到期限的和免签的不算。"),
    ),
    "stars": (
        gettext_lazy("五星"),
        gettext_lazy("人"),
        gettext_lazy("本季已公布的五星获得者人数，一人得几颗星算一人。"),
    ),
}  # fmt: skip
"""Of each figure its name, its unit, and how it is counted."""
DEFAULT_SORT = "code"
SORTS = (DEFAULT_SORT, *KEYS)


@dataclass(frozen=True, slots=True)
class Line:
    """One bureau's own people, or a bureau with all below it. `settled` of `bureaus` show their scores."""

    bureau: Bureau
    is_own: bool
    bureaus: int
    settled: int
    state: str
    url: str
    figures: Figures

    @property
    def name(self) -> str:
        return _("%s本级") % self.bureau.name if self.is_own else self.bureau.name

    @property
    def is_too_small(self) -> bool:
        """Whether scores are there and nothing of them is shown, since nowhere in the line are there people enough."""
        return bool(self.settled) and self.figures.people is None

    @property
    def standing(self) -> str:
        """How far the quarter has come, in words."""
        if self.bureaus > 1:
            return _("%(settled)d/%(all)d 已公示") % {"settled": self.settled, "all": self.bureaus}
        return str(Quarter.State(self.state).label) if self.state else _("没有这个季度")


class Upward:
    """What stands directly below one bureau of the reader's tree, in one quarter."""

    def __init__(self, top: Bureau, asked: Mapping[str, str]) -> None:
        """Raises Http404 for a bureau that is not in the tree of `top`, and a quarter that no bureau of it has begun."""
        self.tree = Tree(top)
        under = asked.get("under", "") or self.tree.top.code
        if under not in self.tree.by_code:
            raise Http404
        self.at = self.tree.by_code[under]
        sort = asked.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
        self.code = self._chosen(asked.get("quarter", ""))

    def _chosen(self, asked: str) -> str:
        """The quarter asked for, else the newest in which a bureau shows its scores, else the newest; "" without any."""
        if not self.has_below:
            return ""
        codes = [one.code for one in self.tree.quarters]
        if asked and asked not in codes:
            raise Http404
        settled = [one.code for one in self.tree.quarters if one.settled]
        return asked or next(iter(settled or codes), "")

    @property
    def has_below(self) -> bool:
        return len(self.tree.by_id) > 1

    @property
    def under(self) -> str:
        """The code by which an address asks for the bureau; "" for the reader's own."""
        return "" if self.at.pk == self.tree.top.pk else self.at.code

    @cached_property
    def reading(self) -> Reading:
        return Reading(self.tree.within(self.at), self.code)

    @cached_property
    def lines(self) -> list[Line]:
        """The bureau's own people first, then each bureau directly below with all that is below it; or as sorted."""
        lines = [self._line(self.at, [self.at], is_own=True)]
        lines += [self._line(child, self.tree.within(child)) for child in self.tree.children(self.at)]
        key, down = self.sort.removeprefix("-"), self.sort.startswith("-")
        if key == DEFAULT_SORT:
            return [lines[0], *reversed(lines[1:])] if down else lines

        def place(line: Line) -> tuple[bool, Decimal]:
            """What is not shown comes last, whichever way round."""
            number = line.figures.number(key)
            if number is None:
                return True, Decimal(0)
            return False, -number if down else number

        return sorted(lines, key=place)

    @cached_property
    def total(self) -> Line:
        return self._line(self.at, self.tree.within(self.at))

    def _line(self, bureau: Bureau, within: Sequence[Bureau], *, is_own: bool = False) -> Line:
        reading = self.reading
        return Line(
            bureau=bureau,
            is_own=is_own,
            bureaus=len(within),
            settled=sum(one.pk in reading.settled for one in within),
            state=reading.states.get(bureau.pk, ""),
            url=self.address("reports:upward", under=bureau.code) if not is_own and len(within) > 1 else "",
            figures=Figures.sum([reading.figures[one.pk] for one in within]),
        )

    @cached_property
    def is_empty(self) -> bool:
        """Whether no figure at all is shown."""
        return self.total.figures == Figures()

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        if not self.has_below:
            return _("%s之下没有单位") % self.tree.top.name
        if not self.code:
            return _("下级单位还没有开始的季度")
        settled, whole = self.total.settled, self.total.figures.whole
        said = {
            "quarter": quarter_label(self.code),
            "name": self.at.name,
            "all": self.total.bureaus,
            "settled": settled,
        }
        if whole is None:
            return _("%(quarter)s：%(name)s连同下级 %(all)d 个单位，%(settled)d 个已公示得分") % said
        said["rate"] = f"{whole.text}%"
        return _("%(quarter)s：%(name)s连同下级 %(all)d 个单位，%(settled)d 个已公示，得分率 %(rate)s") % said

    @property
    def crumbs(self) -> list[tuple[str, str]]:
        """From the reader's bureau to the one shown, each with its address."""
        return [(one.name, self.address("reports:upward", under=one.code)) for one in self.tree.path(self.at)]

    def address(self, page: str, **query: str) -> str:
        """A page for the same quarter, of the same bureau unless another is named."""
        asked = {"quarter": self.code, "under": self.under} | query
        if asked["under"] == self.tree.top.code:
            asked["under"] = ""
        return f"{reverse(page)}?{urlencode({name: value for name, value in asked.items() if value})}"
