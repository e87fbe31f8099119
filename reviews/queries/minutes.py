"""What the office writes, drafted from the data: the report as sentences, the minutes from what was said and written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.components import quarter_label
from common.exact import from_hundredths, hundredths
from common.text import clauses, listed
from reviews.models import AgendaItem, LostPoint, ReviewMeeting
from reviews.queries.meetings import point_names
from reviews.queries.pack import Pack

NAMED = 3
"""How many departments and points a sentence names."""
QUOTED = 2
"""How many explanations of a department the minutes quote; the others stand in the pack."""


def drafted_report(pack: Pack) -> str:
    """绩效办汇报: overview, ranks, what cost points, trend; a paragraph each, for the office to edit."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        found = (_overview(pack), _ranks(pack), _problems(pack), _trend(pack))
        return "\n".join(paragraph for paragraph in found if paragraph)


def _overview(pack: Pack) -> str:
    health = pack.health
    return _(
        "一、总体情况。%(quarter)s共有 %(scored)d 人计分，%(ranked)d 人参与单位排名，平均 %(mean)s 分，"
        "最高 %(highest)s 分，最低 %(lowest)s 分，最大分差 %(spread)s 分；%(people)d 人被扣过分，扣分面 %(share)s%%。"
    ) % {
        "quarter": quarter_label(pack.quarter), "scored": health.scored, "ranked": health.ranked,
        "mean": health.mean, "highest": health.highest, "lowest": health.lowest, "spread": health.spread,
        "people": health.people_lost, "share": health.people_share,
    }  # fmt: skip


def _ranks(pack: Pack) -> str:
    if len(pack.departments) < 2 * NAMED:
        return ""
    first, last = pack.departments[:NAMED], pack.departments[-NAMED:]

    def named(lines: Iterable[object]) -> str:
        return listed(_("%(name)s（%(mean)s 分）") % {"name": line.name, "mean": line.mean} for line in lines)  # type: ignore[attr-defined]

    return _("二、部门排名。按人员平均得分，居前的是%(first)s；居后的是%(last)s。") % {
        "first": named(first), "last": named(last),
    }  # fmt: skip


def _problems(pack: Pack) -> str:
    worst = pack.points[:NAMED]
    if not worst:
        return _("三、扣分情况。本季没有失分的考点。")
    points = clauses(
        _("%(code)s %(name)s，%(departments)d 个部门 %(people)d 人失分，合计 %(lost)s 分")
        % {"code": line.code, "name": line.name, "departments": line.departments, "people": line.people,
           "lost": line.lost}
        for line in worst
    )  # fmt: skip
    return _("三、扣分情况。%(count)d 个考点有人失分，合计 %(lost)s 分。失分最多的是：%(points)s。") % {
        "count": pack.health.points, "lost": pack.health.lost, "points": points,
    }  # fmt: skip


def _trend(pack: Pack) -> str:
    """Which departments rose and which fell against the quarter before, by their means."""
    if len(pack.quarters) < 2:
        return ""
    moved = [
        (line.name, hundredths(Decimal(line.means[-1])) - hundredths(Decimal(line.means[-2])))
        for line in pack.trend
        if line.means[-1] and line.means[-2]
    ]
    up = sorted((one for one in moved if one[1] > 0), key=lambda one: -one[1])
    down = sorted((one for one in moved if one[1] < 0), key=lambda one: one[1])

    def named(found: list[tuple[str, int]]) -> str:
        return listed(
            _("%(name)s（%(change)s）") % {"name": name, "change": f"{from_hundredths(change):+}".replace("-", "−")}
            for name, change in found[:NAMED]
        ) or _("没有")

    return _("四、变化趋势。与%(before)s相比，%(up)d 个部门上升，%(down)d 个部门下降；升幅较大的：%(rose)s；降幅较大的：%(fell)s。") % {
        "before": quarter_label(pack.quarters[-2]), "up": len(up), "down": len(down), "rose": named(up),
        "fell": named(down),
    }  # fmt: skip


def drafted_minutes(meeting: ReviewMeeting) -> str:
    """会议纪要 from agenda, explanations, comments, summing-up and actions as they stand; seven queries."""
    with translation.override(settings.DEFAULT_LANGUAGE):
        return "\n".join(filter(None, _minutes(meeting)))


def _minutes(meeting: ReviewMeeting) -> Iterator[str]:
    quarter = quarter_label(meeting.quarter.code)
    when = date_format(meeting.day, "Y年n月j日")
    place = _("在%s") % meeting.place if meeting.place else ""
    chair = _("，%s主持") % meeting.chair.name if meeting.chair else ""
    yield _("%(when)s，%(bureau)s%(place)s召开%(quarter)s绩效讲评会%(chair)s。纪要如下：") % {
        "when": when, "bureau": meeting.bureau.name, "place": place, "quarter": quarter, "chair": chair,
    }  # fmt: skip
    yield _course(meeting)
    if meeting.report:
        yield _("【绩效办汇报】")
        yield meeting.report
    yield from _explained(meeting)
    comments = list(meeting.comments.select_related("author"))
    if comments:
        yield _("【局领导点评】")
        for comment in comments:
            yield _("%(name)s：%(text)s") % {"name": comment.author.name, "text": comment.text}
    if meeting.summing_up:
        yield _("【局长总结】")
        yield meeting.summing_up
    actions = list(meeting.actions.select_related("department", "owner"))
    if actions:
        yield _("【议定事项】")
        for number, action in enumerate(actions, start=1):
            yield _("%(number)d．%(task)s（%(department)s %(owner)s，%(due)s 前）") % {
                "number": number, "task": action.task, "department": action.department.name,
                "owner": action.owner.name, "due": date_format(action.due_on, "n月j日"),
            }  # fmt: skip


def _course(meeting: ReviewMeeting) -> str:
    """The agenda in one sentence: who reported, how many departments explained, who commented and summed up."""
    items = list(meeting.agenda.select_related("speaker"))

    def speakers(kind: str) -> str:
        return listed(item.speaker.name for item in items if item.kind == kind and item.speaker)

    departments = sum(item.kind == AgendaItem.Kind.EXPLAIN for item in items)
    parts = [
        (AgendaItem.Kind.REPORT, _("绩效办汇报考评情况")),
        (AgendaItem.Kind.EXPLAIN, _("%d 个部门说明扣分原因和整改措施") % departments),
        (AgendaItem.Kind.COMMENT, _("%s点评") % speakers(AgendaItem.Kind.COMMENT)),
        (AgendaItem.Kind.SUM_UP, _("%s总结") % speakers(AgendaItem.Kind.SUM_UP)),
    ]
    held = {item.kind for item in items}
    said = [words for kind, words in parts if kind in held]
    said += [item.title for item in items if item.kind == AgendaItem.Kind.OTHER]
    return _("会议议程：%s。") % clauses(said) if said else ""


def _explained(meeting: ReviewMeeting) -> Iterator[str]:
    """The costliest explanations of each department, and how many there are besides."""
    rows = list(meeting.lost_points.filter(lost__gt=0).select_related("department"))
    if not rows:
        return
    filled = [row for row in rows if row.filled_at]
    names = point_names(meeting, filled)
    yield _("【部门说明扣分】")
    for department, group in groupby(filled, key=lambda row: row.department.name):
        found = list(group)
        more = len(found) - QUOTED
        yield _("%(department)s：%(points)s。%(more)s") % {
            "department": department, "points": clauses(_point(row, names) for row in found[:QUOTED]),
            "more": _("其余 %d 项见书面说明。") % more if more > 0 else "",
        }  # fmt: skip
    if len(rows) > len(filled):
        yield _("另有 %d 项扣分没有书面说明，由所在部门会后补报绩效办。") % (len(rows) - len(filled))


def _point(row: LostPoint, names: dict[int, str]) -> str:
    return _("%(point)s失 %(lost)s 分，原因是%(cause)s，措施：%(measure)s") % {
        "point": names.get(row.point_id, ""), "lost": row.lost, "cause": row.cause.rstrip("。 \n"),
        "measure": row.measure.rstrip("。 \n"),
    }  # fmt: skip
