"""The figures of the cockpit as its tiles say them: number, finding, definition, and how many rows are behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.exact import format2
from indicators.queries.outstanding import Outstanding
from reports.cockpit_sums import Row
from reports.queries.cockpit import SOON, Cockpit
from reports.queries.deductions import Coverage
from supervision.queries.warning_standing import Standing

DEFINITIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "overdue": (
        gettext_lazy("逾期未报"),
        gettext_lazy("完成时限已过、还有人没有结果的考点节点；季末按漏项计 0 分。标为不适用的不算。"),
    ),
    "soon": (
        gettext_lazy("五个工作日内到期"),
        gettext_lazy("今天起五个工作日内到期（含今天）、还有人没有结果的考点节点。"),
    ),
    "overdue-people": (
        gettext_lazy("逾期未报的人次"),
        gettext_lazy("逾期未报的节点上，每一个还没有结果的人。"),
    ),
    "soon-people": (
        gettext_lazy("将到期、还没有报的人次"),
        gettext_lazy("五个工作日内到期的节点上，每一个还没有结果的人。"),
    ),
    "unsigned-late": (
        gettext_lazy("过了期限的预警签字"),
        gettext_lazy("预警待签里已经过了签字期限的。"),
    ),
    "unsigned": (
        gettext_lazy("预警待签"),
        gettext_lazy("本季预警考点还缺的签字，部门负责人和联络员各算一个；按期完成、不再考核的不算。"),
    ),
    "unclaimed": (
        gettext_lazy("待派单"),
        gettext_lazy("抢单已截止、名额还没有占满的任务；由分管局领导派单。部门按任务的责任部门。"),
    ),
    "showings": (
        gettext_lazy("三晒没有按月开"),
        gettext_lazy("近六个月里缺开、补开和到期未开的支部月份；各支部每月一次。部门按支部里的人。"),
    ),
    "owed": (
        gettext_lazy("应开的三晒"),
        gettext_lazy("近六个月里应当召开的支部月份：按月召开、补开和缺开的。"),
    ),
    "scored": (
        gettext_lazy("得分率"),
        gettext_lazy("全体计分人员共性、个性、竞争性得分之和 ÷ 三部分满分之和；不含加减分和联动。"),
    ),
    "lost": (
        gettext_lazy("扣分面（人）"),
        gettext_lazy("共性、个性得分未满或有减分的人 ÷ 计分人数。"),
    ),
    "lost-departments": (
        gettext_lazy("扣分面（部门）"),
        gettext_lazy("有人被扣分的部门 ÷ 有计分人员的部门。"),
    ),
    "gap": (
        gettext_lazy("最大分差"),
        gettext_lazy("参加单位排名的人中最高总分与最低总分之差。"),
    ),
    "covered": (
        gettext_lazy("抢单覆盖面"),
        gettext_lazy("承担过本季任务的不同人数 ÷ 局领导以外的在职人数；抢单、派单都算，撤销的不算。"),
    ),
    "idle": (
        gettext_lazy("没有参与任务的人"),
        gettext_lazy("局领导以外的在职人员里，本季任务一项也没有承担的人。"),
    ),
    "moved": (
        gettext_lazy("名次变化"),
        gettext_lazy("本季与上季都有单位排名的人；上季须已发布。升降按单位名次。"),
    ),
    "departments": (
        gettext_lazy("部门对比"),
        gettext_lazy("得分率按全体计分人员；平均分按参加单位排名的人，与部门对比页一致；与上季比的是平均分。"),
    ),
    "category": (
        gettext_lazy("各序列的分布"),
        gettext_lazy("各序列参加排名的人的总分，同一刻度分段计数，柱高为该段人数。"),
    ),
}
"""Of each figure its name, and how it is counted."""
UNITS: dict[str, str | Promise] = {
    "overdue": gettext_lazy("个节点"), "soon": gettext_lazy("个节点"), "overdue-people": gettext_lazy("人次"),
    "soon-people": gettext_lazy("人次"), "unsigned": gettext_lazy("个签字"), "unsigned-late": gettext_lazy("个签字"),
    "unclaimed": gettext_lazy("项任务"), "showings": gettext_lazy("个支部月"), "owed": gettext_lazy("个支部月"),
    "departments": gettext_lazy("个部门"), "lost-departments": gettext_lazy("个部门"),
}  # fmt: skip
"""What the rows behind a figure are counted in; people where nothing is said."""


@dataclass(frozen=True, slots=True)
class More:
    """A further figure within a finding, with rows of its own."""

    text: str
    url: str
    rows: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile. `number` is what it shows, `rows` how many rows its address lists; an empty number has none."""

    key: str
    number: str
    unit: str
    url: str
    rows: int
    finding: str = ""
    tone: str = ""
    more: Sequence[More] = ()

    @property
    def label(self) -> str:
        return str(DEFINITIONS[self.key][0])

    @property
    def definition(self) -> str:
        return str(DEFINITIONS[self.key][1])


def pressing(cockpit: Cockpit) -> list[Figure]:
    """What wants doing, the most urgent first."""
    return [
        _nodes(cockpit, "overdue", cockpit.overdue, "bad"),
        _nodes(cockpit, "soon", cockpit.soon, "risk"),
        _unsigned(cockpit),
        _unclaimed(cockpit),
        _showings(cockpit),
    ]


def standing(cockpit: Cockpit) -> list[Figure]:
    """How the quarter stands."""
    return [*_scores(cockpit), _market(cockpit)]


def _nodes(cockpit: Cockpit, key: str, nodes: Sequence[Outstanding], tone: str) -> Figure:
    people = sum(len(one.missing) for one in nodes)
    more = [More(_("涉及 %d 人次") % people, cockpit.behind(f"{key}-people"), people)] if people else []
    finding = "" if nodes else _none(cockpit, key)
    tone = tone if nodes else ""
    return Figure(key, str(len(nodes)), str(UNITS[key]), cockpit.behind(key), len(nodes), finding, tone, more)


def _none(cockpit: Cockpit, key: str) -> str:
    if not cockpit.quarter.takes_input:
        return _("本季填报已经结束")
    return _("到期的都有结果") if key == "overdue" else _("%d 个工作日内没有缺结果的节点") % SOON


def _unsigned(cockpit: Cockpit) -> Figure:
    missing, late = sum(cockpit.unsigned_count.values()), cockpit.unsigned_count[Standing.MISSED]
    more = [More(_("%d 个已过签字期限") % late, cockpit.behind("unsigned-late"), late, "bad")] if late else []
    finding = "" if late else _("都在签字期限内") if missing else _("没有缺的签字")
    url = cockpit.behind("unsigned")
    return Figure("unsigned", str(missing), str(UNITS["unsigned"]), url, missing, finding, "", more)


def _unclaimed(cockpit: Cockpit) -> Figure:
    tasks = cockpit.unclaimed
    places = sum(task.places_left for task in tasks)
    finding = _("还空 %d 个名额") % places if tasks else _("没有空着名额的任务")
    tone = "risk" if tasks else ""
    return Figure(
        "unclaimed", str(len(tasks)), str(UNITS["unclaimed"]), cockpit.behind("unclaimed"), len(tasks), finding, tone
    )


def _showings(cockpit: Cockpit) -> Figure:
    showings = cockpit.showings
    if not showings.held:
        return Figure("showings", "–", "", cockpit.behind("showings"), 0, _("近六个月没有安排三晒"))
    broken, total = len(showings.broken), showings.total
    words = _("应开 %(due)d 次，按月开了 %(kept)d 次") % {"due": total.due, "kept": total.kept}
    more = [More(words, cockpit.behind("owed"), total.due)] if total.due else []
    finding = "" if more else _("还没有到应开的月份")
    tone = "risk" if broken else ""
    return Figure(
        "showings", str(broken), str(UNITS["showings"]), cockpit.behind("showings"), broken, finding, tone, more
    )


def _scores(cockpit: Cockpit) -> Iterator[Figure]:
    scored, before = cockpit.scored, cockpit.scored_before
    if scored is None:
        for key in ("scored", "lost", "lost-departments", "gap"):
            yield Figure(key, "–", "", cockpit.behind(key), 0, _("还没有计分"))
        return
    last, people = cockpit.rates_before, len(cockpit.rows)
    yield Figure(
        "scored", str(cockpit.rates.whole), "%", cockpit.behind("scored"), people, _("%d 人计分") % people,
        more=_last(cockpit, "scored", f"{last.whole}%" if last else "", len(cockpit.rows_before)),
    )  # fmt: skip
    yield _coverage(cockpit, "lost", scored.people, before.people if before else None, _("%(n)d 人中 %(lost)d 人"))
    yield _coverage(
        cockpit, "lost-departments", scored.departments, before.departments if before else None,
        _("%(n)d 个部门中 %(lost)d 个"),
    )  # fmt: skip
    ranked = _ranked(cockpit.rows)
    gap, last_gap = scored.gap, before.gap if before else None
    yield Figure(
        "gap", "–" if gap is None else format2(gap), "" if gap is None else _("分"), cockpit.behind("gap"), ranked,
        _("%d 人排名") % ranked, "risk" if scored.gap_is_low else "",
        _last(cockpit, "gap", "" if last_gap is None else format2(last_gap), _ranked(cockpit.rows_before)),
    )  # fmt: skip


def _ranked(rows: Sequence[Row]) -> int:
    return sum(row.bureau_rank is not None for row in rows)


def _coverage(cockpit: Cockpit, key: str, now: Coverage, before: Coverage | None, words: str) -> Figure:
    finding = words % {"n": now.people, "lost": now.lost}
    more = _last(cockpit, key, f"{before.share}%", before.lost) if before else ()
    tone = "risk" if now.is_low and key == "lost" else ""
    return Figure(key, str(now.share), "%", cockpit.behind(key), now.lost, finding, tone, more)


def _last(cockpit: Cockpit, key: str, figure: str, rows: int) -> Sequence[More]:
    """The same figure of the quarter before, with its rows."""
    if cockpit.before is None or not figure or not rows:
        return ()
    return (More(_("上季 %s") % figure, cockpit.behind(key, quarter=cockpit.before.quarter.code), rows),)


def _market(cockpit: Cockpit) -> Figure:
    reach = cockpit.reach
    if reach is None:
        return Figure("covered", "–", "", cockpit.behind("covered"), 0, _("本季还没有亮单"))
    covered, staff = len(reach.covered), len(reach.staff)
    finding = _("%(staff)d 人中 %(covered)d 人") % {"staff": staff, "covered": covered}
    idle = More(_("%d 人没有参与") % (staff - covered), cockpit.behind("idle"), staff - covered)
    more = (idle,) if idle.rows else ()
    return Figure("covered", str(reach.coverage), "%", cockpit.behind("covered"), covered, finding, "", more)
