"""填报: the grid of a department; its cells are saved by the block, each standing or falling by itself."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.http import HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.components import Tab
from common.errors import DomainError, InvalidInput
from common.text import code as as_code
from indicators.cells import read
from indicators.forms_entering import GridFilter
from indicators.models import PointVersion, Quarter
from indicators.permissions import acts_for_department, may_open_grid, may_upload_results
from indicators.queries import collection_closes, points_in_force, rule_of
from indicators.queries.grid import cell_of, grid, grid_versions
from indicators.services.entering import NodeEntry, Outcome, enter_results
from indicators.views.shared import address, asked_quarter, filter_data, seen_quarter
from organization.models import Department, Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest

OWN, ASSESSED = "own", "assessed"
MOST_CELLS = 2000
"""How many cells one request takes: a block of forty people and thirty nodes, and room beside it."""


@require_GET
def grid_page(request: PersonRequest) -> HttpResponse:
    """The department's people × nodes of a quarter; in the second view another department's, as far as one assesses it."""
    user = request.user
    may_open_grid(user).require()
    quarter = asked_quarter(request)
    if quarter is None:
        return render(request, "indicators/no_quarter.html", {"title": _("填报")})
    assessed = request.GET.get("view") == ASSESSED and acts_for_department(user)
    departments = _departments(user, assessed=assessed)
    first = departments[0] if departments else None
    usual = {"source": PointVersion.Source.MANUAL, "department": str(first.pk) if first else ""}
    data = filter_data(request, quarter)
    shown = {name: value for name, value in usual.items() if name not in request.GET}
    view = {"view": ASSESSED} if assessed else {}
    data = {"data": data["data"] | shown, "initial": data["initial"] | shown | view}
    form = GridFilter(**data, user=user, departments=departments)
    asked = form.given("department")
    department = next((one for one in departments if str(one.pk) == asked), first)
    context: dict[str, Any] = {"quarter": quarter, "filters": form, "tabs": _tabs(user, quarter, assessed=assessed)}
    if department is None:
        return render(request, "indicators/grid_empty.html", context)
    today, calendar = user.bureau.today, work_calendar()
    versions = grid_versions(
        quarter,
        assessor=user.department if assessed else None,
        library=form.given("library"),
        source=form.given("source"),
    )
    found = grid(user, quarter, department, versions=versions, today=today, calendar=calendar)
    closes = collection_closes(user.bureau, quarter.code)
    context |= {
        "department": department,
        "grid": found,
        "closes": closes,
        "today": today,
        "calendar": calendar,
        "is_late": today > closes,
        "may_upload": may_upload_results(user, department),
        "settings": {
            "save": reverse("indicators:grid-save", args=[quarter.code]),
            "report": reverse("indicators:report", args=["NUMBER", "POINT", "PERIOD"]),
            "office": user.has_role("office"),
            "open": quarter.takes_input,
            "most": MOST_CELLS,
            "today": today.isoformat(),
            "words": _words(quarter),
        },
    }
    return render(request, "indicators/grid.html" if found.lines else "indicators/grid_empty.html", context)


def _departments(user: Employee, *, assessed: bool) -> list[Department]:
    if not assessed and not user.has_role("office"):
        return [user.department]
    everywhere = user.bureau.departments.order_by("code")
    return [one for one in everywhere if not (assessed and one.pk == user.department_id)]


def _tabs(user: Employee, quarter: Quarter, *, assessed: bool) -> list[Tab]:
    """Only who acts for a department has both views."""
    if not (acts_for_department(user) and user.department.is_assessor):
        return []
    url = reverse("indicators:grid")
    own = _("全部部门") if user.has_role("office") else _("本部门人员")
    return [
        Tab(own, address(url, quarter=quarter.code), not assessed),
        Tab(_("本部门考评的考点"), address(url, quarter=quarter.code, view=ASSESSED), assessed),
    ]


def _words(quarter: Quarter) -> dict[str, str]:
    """What the grid says; placeholders in braces are the script's to fill."""
    return {
        "e": _("待填"),
        "m": _("已过时限，还没有填"),
        "r": _("待初审"),
        "v": _("待确认"),
        "x": _("已退回"),
        "c": _("已确认"),
        "k": _("机考"),
        "late": _("迟报"),
        "worth": _("{points} 分，满分 {full}"),
        "why_n": _("此人没有承担这个节点，不用填。"),
        "why_k": _("机考数据由系统计算或外部系统报送，不能手工修改；有异议请在公示期内申诉。"),
        "office_k": _("机考数据不能手工修改；绩效办只可以标“不适用”，或清空已标的“不适用”。"),
        "why_c": _("这条结果已经确认，不能再改；确需更正请联系绩效办。"),
        "why_closed": _("%s 不在采集和审核阶段，只能查看。") % quarter.code,
        "returned": _("退回理由：{reason}"),
        "saving": _("正在保存 {count} 格…"),
        "saved_now": _("已保存 {count} 格"),
        "faults": _("{count} 格没有保存，请改正标红的格子"),
        "offline": _("连接中断，{count} 格还没有保存，恢复后自动重试；请不要关闭本页"),
        "signed_out": _("登录已过期，{count} 格还没有保存；请在新窗口重新登录，再回到本页"),
        "outside": _("粘贴的内容有 {count} 格超出表格或不能填，已略过"),
        "undone": _("已撤销，正在写回 {count} 格"),
        "nothing": _("没有可以撤销的操作"),
        "filtered": _("显示 {count} 格"),
        "due": _("时限 {day}"),
        "open_report": _("详情和佐证"),
    }


class _Sent(NamedTuple):
    number: str
    point: str
    period: str
    text: str
    seen: str


@require_POST
def grid_save(request: PersonRequest, quarter: str) -> JsonResponse:
    """Takes `{"cells": [[staff number, point, period, text, text seen before], …]}` and answers for each in order.

    What is sound is saved; of the rest each answers with its sentence and with what stands in the node now.
    """
    user = request.user
    may_open_grid(user).require()
    row = seen_quarter(user, quarter)
    sent = _sent(request)
    numbers = {one.number for one in sent if one.number.isprintable()}
    people = {one.number: one for one in Employee.objects.visible_to(user).filter(number__in=numbers)}
    versions = {version.point.code: version for version in points_in_force(row.bureau, row.code)}
    answers: list[dict[str, Any] | None] = [None] * len(sent)
    entries: list[tuple[int, NodeEntry]] = []
    for place, one in enumerate(sent):
        try:
            entries.append((place, _entry(one, people, versions, row)))
        except DomainError as refusal:
            answers[place] = {"error": refusal.message}
    outcomes = enter_results(
        bureau=row.bureau, entries=[entry for _place, entry in entries], actor=user, today=row.bureau.today
    )
    for (place, entry), outcome in zip(entries, outcomes, strict=True):
        answers[place] = _answer(outcome, versions[entry.point.code])
    return JsonResponse({"cells": answers})


def _sent(request: PersonRequest) -> list[_Sent]:
    try:
        cells = json.loads(request.body)["cells"]
        sent = [_Sent(*(_string(part) for part in cell)) for cell in cells]
    except (ValueError, TypeError, KeyError, RecursionError, RawPostDataException) as error:
        raise InvalidInput(_("提交的内容不是填报表格的格式，没有保存；请刷新页面后再填。")) from error
    if len(sent) > MOST_CELLS:
        sentence = _("一次最多保存 %(most)d 格，现在是 %(now)d 格；请分几次粘贴。")
        raise InvalidInput(sentence % {"most": MOST_CELLS, "now": len(sent)})
    return sent


def _string(part: object) -> str:
    if not isinstance(part, str):
        raise TypeError
    return part


def _entry(one: _Sent, people: dict[str, Employee], versions: dict[str, PointVersion], quarter: Quarter) -> NodeEntry:
    employee, version = people.get(as_code(one.number)), versions.get(as_code(one.point))
    if employee is None:
        raise InvalidInput(_("本单位没有工号 %s") % one.number)
    if version is None:
        raise InvalidInput(_("%(quarter)s 没有考点 %(point)s") % {"quarter": quarter.code, "point": one.point})
    if one.period not in (quarter.code, *quarter.period.months()):
        raise InvalidInput(_("期间 %(period)s 不在 %(quarter)s 内") % {"period": one.period, "quarter": quarter.code})
    rule = rule_of(version)
    content = read(one.text, rule)
    return NodeEntry(employee, version.point, one.period, *content, seen=read(one.seen, rule))


def _answer(outcome: Outcome, version: PointVersion) -> dict[str, Any]:
    cell = cell_of(outcome.result, version, overdue=False)
    answer: dict[str, Any] = {"v": cell.text, "p": cell.points, "s": cell.kind, "l": cell.late}
    if outcome.error is not None:
        answer |= {"error": outcome.error.message, "code": outcome.error.code}
    return answer
