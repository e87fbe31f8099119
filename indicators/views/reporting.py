"""One node: its fact is reported with evidence, sent again after a return, and followed to its confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.components import Clock, Step
from common.errors import DomainError
from common.exact import format2, plain
from common.forms import add_refusal
from common.quarters import quarter_of_period
from common.verdict import Verdict
from indicators.cells import Content, wanted, written
from indicators.forms_entering import ReportForm
from indicators.models import AssessmentPoint, Evidence, Item, PointVersion, Quarter, Result
from indicators.permissions import (
    may_enter_by_hand,
    may_enter_result,
    may_mark_exempt,
    may_remove_evidence,
)
from indicators.queries import collection_closes, nodes_of, rule_of, version_of
from indicators.queries.asked import Asked
from indicators.queries.duties import next_report
from indicators.queries.holdings import period_label
from indicators.queries.library import rule_words
from indicators.rules import Tier
from indicators.services.evidence import remove_evidence, report_result
from indicators.services.results import input_faults, node_faults, node_points
from indicators.views.shared import seen_quarter, status_of
from organization.files import hand_out
from organization.models import Employee
from organization.queries import work_calendar
from organization.requests import PersonRequest

State = Result.State


@dataclass(frozen=True, slots=True)
class _Node:
    """The node that an address names, with what its form needs."""

    employee: Employee
    version: PointVersion
    quarter: Quarter
    period: str
    result: Result | None

    @property
    def point(self) -> AssessmentPoint:
        return self.version.point


def _node(request: PersonRequest, number: str, code: str, period: str) -> _Node:
    """404 for what is not of the bureau or not the employee's to answer for, 403 for whom it does not concern."""
    user = request.user
    employee = get_object_or_404(
        Employee.objects.visible_to(user).select_related("bureau", "department"), number=number
    )
    try:
        quarter_code = quarter_of_period(period)
    except ValueError:
        raise Http404 from None
    quarter = seen_quarter(user, str(quarter_code))
    point = get_object_or_404(AssessmentPoint.objects.visible_to(user), code=code, year=quarter_code.year)
    version = version_of(point, quarter)
    if version is None:
        raise Http404
    may_enter_result(user, employee, version).require()
    item = Item.objects.filter(quarter=quarter, employee=employee, point=point).first()
    if node_faults(version, quarter, employee, period, item):
        raise Http404
    rows = Result.objects.select_related("entered_by", "reviewed_by", "confirmed_by", "quarter", "bureau")
    return _Node(employee, version, quarter, period, rows.filter(employee=employee, point=point, period=period).first())


def _may_report(user: Employee, node: _Node) -> Verdict:
    """Whether the form is open, with the sentence that stands in its place if not."""
    if not node.quarter.takes_input:
        sentence = _("%(code)s%(state)s，不再填报。") % {
            "code": node.quarter.code,
            "state": node.quarter.get_state_display(),
        }
        return Verdict.no(sentence, code="closed")
    by_hand = may_enter_by_hand(node.version, node.result)
    if not by_hand or user.has_role("office") or not (node.result and node.result.state == State.CONFIRMED):
        return by_hand
    return Verdict.no(_("这条结果已经确认，不能再改；确需更正请联系绩效办。"), code="confirmed")


@require_http_methods(["GET", "POST"])
def report(request: PersonRequest, number: str, code: str, period: str) -> HttpResponse:
    """The form of one node with its rule, its deadline, its way and its evidence."""
    user = request.user
    node = _node(request, number, code, period)
    verdict = _may_report(user, node)
    form = _form(request, node)
    if request.method == "POST":
        verdict.require()
        if form.is_valid():
            try:
                report_result(
                    employee=node.employee,
                    point=node.point,
                    period=period,
                    content=form.content,
                    note=form.cleaned_data["note"],
                    files=form.cleaned_data["files"],
                    actor=user,
                    now=timezone.now(),
                )
            except DomainError as error:
                add_refusal(form, error)
            else:
                return _onward(request, node, form)
    bureau = node.employee.bureau
    closes, calendar = collection_closes(bureau, node.quarter.code), work_calendar()
    due = next(one.due for one in nodes_of(node.version, node.quarter.code, calendar) if one.period == period)
    result = node.result
    context: dict[str, Any] = {
        "node": node,
        "result": result,
        "entered": written(Content.of(result)) if result else "",
        "points": "" if result is None or result.points is None else format2(result.points),
        "form": form,
        "verdict": verdict,
        "own": user.pk == node.employee.pk,
        "label": period_label(period),
        "rule": rule_words(node.version),
        "wanted": wanted(rule_of(node.version)),
        "full": format2(node.version.full),
        "clock": Clock.until(due, bureau.today, calendar, done=bool(result and result.has_input)),
        "closes": closes,
        "is_late": bureau.today > closes,
        "steps": _steps(result),
        "files": [
            (file, bool(may_remove_evidence(user, file)) and node.quarter.takes_input)
            for file in (result.evidence.select_related("by", "result") if result else ())
        ],
        "machine": node.version.source == PointVersion.Source.MACHINE,
    }
    return render(request, "indicators/report.html", context, status=status_of(form))


def _onward(request: PersonRequest, node: _Node, form: ReportForm) -> HttpResponse:
    """Whoever reports own nodes goes on to the next one that is open; whoever changes one, or reports another's, stays."""
    here = redirect("indicators:report", number=node.employee.number, code=node.point.code, period=node.period)
    if form.content.is_empty:
        messages.success(request, _("已清空，这个节点待填报。"))
        return here
    was_open = node.result is None or not node.result.has_input or node.result.state == State.RETURNED
    if request.user.pk != node.employee.pk or not was_open:
        messages.success(request, _("已提交。"))
        return here
    following = next_report(Asked(request.user, request.user.bureau.today, work_calendar()), node.quarter)
    if following is None:
        messages.success(request, _("已提交，本季由您填报的节点都报完了。"))
        return here
    messages.success(request, _("已提交。下一个：%s") % following.label)
    return redirect(following.url)


def _form(request: PersonRequest, node: _Node) -> ReportForm:
    rule, result = rule_of(node.version), node.result
    initial: dict[str, Any] = {}
    if result is not None:
        content = Content.of(result)
        initial = {"tier": content.tier, "exempt": content.exempt, "note": result.note}
        initial |= {name: plain(n) for name in ("value", "target") if (n := getattr(content, name)) is not None}
    worths = {}
    if isinstance(rule, Tier):
        for name in rule.names:
            points = node_points(node.version, tier=name)
            worths[name] = _("%s 分") % format2(points) if points is not None else ""
    return ReportForm(
        request.POST or None,
        request.FILES or None,
        initial=initial,
        rule=rule,
        worths=worths,
        may_exempt=bool(may_mark_exempt(request.user, node.employee.bureau)),
    )


def _steps(result: Result | None) -> list[Step]:
    """填报 → 初审 → 确认, with who and when."""
    labels = (_("填报"), _("初审"), _("确认"))
    if result is None or not result.has_input:
        return [Step(labels[0], "now"), Step(labels[1], "next"), Step(labels[2], "next")]
    entered: dict[str, Any] = {"who": _name(result.entered_by), "at": result.entered_at}
    reviewed: dict[str, Any] = {"who": _name(result.reviewed_by), "at": result.reviewed_at}
    confirmed: dict[str, Any] = {"who": _name(result.confirmed_by), "at": result.confirmed_at}
    if result.state == State.RETURNED:
        note = _("已退回：%s") % result.return_reason
        return [Step(labels[0], "blocked", note=note, **entered), Step(labels[1], "next"), Step(labels[2], "next")]
    way = [State.REPORTED, State.REVIEWED, State.CONFIRMED].index(State(result.state))
    return [
        Step(labels[0], "done", **entered),
        Step(labels[1], "done" if way else "now", **(reviewed if way else {})),
        Step(labels[2], ("next", "now", "done")[way], **(confirmed if way == 2 else {})),
    ]


def _name(person: Employee | None) -> str:
    return person.name if person else ""


@require_GET
def worth(request: PersonRequest, number: str, code: str, period: str) -> HttpResponse:
    """What an input would be worth, by the server's own arithmetic; or what is wrong with it."""
    node = _node(request, number, code, period)
    rule = rule_of(node.version)
    form = ReportForm(
        request.GET, rule=rule, worths=dict.fromkeys(getattr(rule, "names", ()), ""),
        may_exempt=bool(may_mark_exempt(request.user, node.employee.bureau)),
    )  # fmt: skip
    form.is_valid()
    given = form.content if not form.errors else Content()
    faults = [str(text) for errors in form.errors.values() for text in errors]
    faults += [str(text) for text in input_faults(node.version, **given._asdict()).values()]
    points = None if faults else node_points(node.version, **given._asdict())
    context = {
        "faults": faults,
        "points": "" if points is None else format2(points),
        "exempt": given.exempt,
        "full": format2(node.version.full),
        "wanted": wanted(rule),
    }
    return render(request, "indicators/_report_worth.html", context)


@require_GET
def evidence(request: PersonRequest, pk: int) -> FileResponse:
    """A file, to whoever reads the result that it belongs to."""
    return hand_out(get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk))


@require_POST
def evidence_remove(request: PersonRequest, pk: int) -> HttpResponse:
    """The uploader takes a file back."""
    rows = Evidence.objects.visible_to(request.user)
    found = get_object_or_404(
        rows.select_related("result__quarter", "result__bureau", "result__employee", "result__point"), pk=pk
    )
    result = found.result
    remove_evidence(evidence=found, actor=request.user)
    messages.success(request, _("已删除“%s”。") % found.name)
    return redirect("indicators:report", number=result.employee.number, code=result.point.code, period=result.period)
