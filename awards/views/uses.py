"""结果运用: the lists, one list with its lines, the decision on a line, signing, export and print, settings."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from awards import exports
from awards.forms_uses import CarryForm, DecideForm, DrawForm, LinesFilter, UseSettingsForm
from awards.models import UseLine, UseList
from awards.permissions import uses as permissions
from awards.queries import uses as queries
from awards.queries.drawn import period_label, settings_of
from awards.queries.use_page import LineShown, UsePage, list_rows
from awards.services import improvements
from awards.services import uses as services
from common.components import Tab
from common.errors import Conflict, DomainError, InvalidInput
from common.forms import add_refusal
from common.workbook import XLSX
from indicators.models import Quarter
from indicators.views.shared import one_page, status_of
from organization.requests import PersonRequest
from tasks_market.services.steps import require


@require_GET
def uses(request: PersonRequest) -> HttpResponse:
    """The lists of the bureau, as far as the person reads them, newest period first."""
    user = request.user
    permissions.may_read_uses(user).require()
    found = UseList.objects.visible_to(user).select_related("drawn_by", "signed_by")
    kind = request.GET.get("kind", "")
    if kind in UseList.Kind.values:
        found = found.filter(kind=kind)
    page = one_page(request, found.order_by("-period", "kind", "pk"))
    context = {
        "page": page,
        "rows": list_rows(page.object_list, user),
        "drafts": UseList.objects.visible_to(user).filter(state=UseList.State.DRAFT).count(),
        "tabs": _kind_tabs(kind),
        "narrowed": kind in UseList.Kind.values,
        "may_draw": permissions.may_draw(user, user.bureau),
    }
    return render(request, "awards/uses.html", context)


def _kind_tabs(shown: str) -> list[Tab]:
    url = reverse("awards:uses")
    kinds = [Tab(kind.label, f"{url}?kind={kind}", kind == shown) for kind in UseList.Kind]
    return [Tab(_("全部"), url, shown not in UseList.Kind.values), *kinds]


@require_http_methods(["GET", "POST"])
def use_draw(request: PersonRequest) -> HttpResponse:
    """拟定: a new list, or a draft anew."""
    user = request.user
    permissions.may_draw(user, user.bureau).require()
    published = Quarter.objects.visible_to(user).filter(state=Quarter.State.PUBLISHED)
    codes = list(published.values_list("code", flat=True))
    asked = {name: request.GET[name] for name in ("kind", "period") if name in request.GET}
    form = DrawForm(request.POST or None, codes=codes, initial=asked)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            drawn = services.draw_list(
                bureau=user.bureau,
                kind=given["kind"],
                period=given["period"],
                percent=given["percent"],
                basis=given["basis"],
                actor=user,
                now=timezone.now(),
            )
        except (InvalidInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("%s已拟定，请逐条决定。") % queries.title_of(drawn))
            return redirect("awards:use", pk=drawn.pk)
    context = {"form": form, "codes": codes, "settings": settings_of(user.bureau)}
    return render(request, "awards/use_draw.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def use_settings(request: PersonRequest) -> HttpResponse:
    """比例和分数线: what holds for the lists drawn from now on."""
    user = request.user
    permissions.may_set_uses(user, user.bureau).require()
    form = UseSettingsForm(request.POST or None, instance=settings_of(user.bureau))
    if request.method == "POST" and form.is_valid():
        try:
            services.set_use_settings(bureau=user.bureau, values=form.cleaned_data, actor=user)
        except InvalidInput as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("约定已保存，以后拟定的名单照此建议。"))
            return redirect("awards:uses")
    return render(request, "awards/use_settings.html", {"form": form}, status=status_of(form))


def _seen(request: PersonRequest, pk: int) -> UseList:
    """The list, 404 if another bureau's or not shown to the person, 403 for whoever reads none."""
    rows = UseList.objects.select_related("bureau", "drawn_by", "signed_by")
    found = get_object_or_404(rows, pk=pk, bureau=request.user.bureau_id)
    permissions.may_read_uses(request.user).require()
    get_object_or_404(UseList.objects.visible_to(request.user), pk=pk)
    return found


def _seen_line(request: PersonRequest, pk: int) -> UseLine:
    """The line, as its list is seen; of a head one's own department's."""
    rows = UseLine.objects.select_related(
        "use_list__bureau", "use_list__signed_by", "employee", "department", "post", "point", "decided_by",
        "carried_to",
    )  # fmt: skip
    found = get_object_or_404(rows, pk=pk, use_list__bureau=request.user.bureau_id)
    permissions.may_read_uses(request.user).require()
    get_object_or_404(UseList.objects.visible_to(request.user), pk=found.use_list_id)
    get_object_or_404(UseLine.objects.visible_to(request.user), pk=pk)
    return found


@require_GET
def use(request: PersonRequest, pk: int) -> HttpResponse:
    """One list: what is suggested, what people decided, the quota, and who signs."""
    return _page(request, _seen(request, pk))


def _page(request: PersonRequest, use_list: UseList, refused: str = "") -> HttpResponse:
    filters = LinesFilter(request.GET or None, use_list=use_list)
    lines = _filtered(queries.lines_seen(use_list, request.user), filters)
    page = one_page(request, lines)
    shown = UsePage(use_list, request.user)
    context = {
        "use_list": use_list,
        "shown": shown,
        "filters": filters,
        "page": page,
        "rows": shown.rows(page.object_list),
        "refused": refused,
    }
    return render(request, "awards/use.html", context, status=409 if refused else 200)


def _filtered(lines: QuerySet[UseLine], filters: LinesFilter) -> QuerySet[UseLine]:
    given = filters.cleaned_data if filters.is_bound and filters.is_valid() else {}
    kept = {
        "waiting": Q(decision="") & ~Q(suggestion=""),
        "border": Q(at_border=True),
        "departs": ~Q(decision="") & ~Q(suggestion="") & ~Q(decision=queries.SUGGESTED),
        "none": Q(suggestion=""),
    }
    if (show := given.get("show", "")) in kept:
        lines = lines.filter(kept[show])
    if word := given.get("word"):
        lines = lines.filter(suggestion=word)
    if decision := given.get("decision"):
        lines = lines.filter(decision=decision)
    if text := (given.get("search") or "").strip():
        lines = lines.filter(queries.lines_like(text))
    return lines


@require_http_methods(["GET", "POST"])
def use_line(request: PersonRequest, pk: int) -> HttpResponse:
    """One line with everything it was drawn from, and the decision on it."""
    line = _seen_line(request, pk)
    form = DecideForm(request.POST or None, line=line)
    if request.method == "POST":
        require(permissions.may_decide(request.user, line.use_list))
        if form.is_valid():
            try:
                services.decide_line(line=line, actor=request.user, now=timezone.now(), **form.cleaned_data)
            except InvalidInput as error:
                add_refusal(form, error)
            else:
                messages.success(request, _("已记下决定。") if form.cleaned_data["decision"] else _("决定已收回。"))
                following = queries.next_waiting(line)
                if following:
                    return redirect("awards:use-line", pk=following)
                return redirect("awards:use", pk=line.use_list_id)
    shown = LineShown(line, request.user)
    context = {"line": line, "use_list": line.use_list, "shown": shown, "form": form}
    return render(request, "awards/use_line.html", context, status=status_of(form))


@require_POST
def use_adopt(request: PersonRequest, pk: int) -> HttpResponse:
    """采纳建议: an explicit act, logged line by line."""
    found = _seen(request, pk)
    try:
        taken = services.adopt_suggestions(use_list=found, actor=request.user, now=timezone.now())
    except Conflict as error:
        return _page(request, found, error.message)
    sentence = ngettext("已按建议决定 %(count)d 条，逐条记录。", "已按建议决定 %(count)d 条，逐条记录。", taken)
    messages.success(request, sentence % {"count": taken})
    return redirect("awards:use", pk=pk)


@require_POST
def use_submit(request: PersonRequest, pk: int) -> HttpResponse:
    """提请签发."""
    found = _seen(request, pk)
    try:
        services.ask_for_signature(use_list=found, actor=request.user, today=timezone.localdate())
    except Conflict as error:
        return _page(request, found, error.message)
    messages.success(request, _("已提请局长签发。"))
    return redirect("awards:use", pk=pk)


@require_POST
def use_sign(request: PersonRequest, pk: int) -> HttpResponse:
    """签发, as it was shown."""
    found = _seen(request, pk)
    try:
        services.sign_list(
            use_list=found, digest=request.POST.get("digest", ""), actor=request.user, now=timezone.now()
        )
    except Conflict as error:
        return _page(request, found, error.message)
    messages.success(request, _("%s已签发，内容固定。") % queries.title_of(found))
    return redirect("awards:use", pk=pk)


@require_GET
def use_export(request: PersonRequest, pk: int) -> FileResponse:
    """The list in Excel, of a head those lines that the head may see."""
    found = _seen(request, pk)
    content = BytesIO()
    lines = [*queries.lines_seen(found, request.user)]
    for line in lines:
        line.use_list = found
    exports.write_use(found, lines, content, made_at=timezone.now())
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=exports.file_name(found), content_type=XLSX)


@require_GET
def use_sheet(request: PersonRequest, pk: int) -> HttpResponse:
    """The whole list as a sheet to print."""
    found = _seen(request, pk)
    shown = UsePage(found, request.user)
    lines = queries.lines_seen(found, request.user)
    context = {"use_list": found, "shown": shown, "rows": shown.rows(lines, on_page=False)}
    return render(request, "awards/use_sheet.html", context)


@require_http_methods(["GET", "POST"])
def use_carry(request: PersonRequest, pk: int) -> HttpResponse:
    """转入下年度: an improvement becomes a point of the next year's library, or revises the copy that is there."""
    line = _seen_line(request, pk)
    require(permissions.may_carry(request.user, line))
    plan = improvements.carrying(line)
    form = CarryForm(request.POST or None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            point = improvements.carry_improvement(line=line, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            add_refusal(form, error)
        else:
            said = {"code": point.code, "year": point.year}
            messages.success(request, _("%(code)s 已转入 %(year)s 年指标库。") % said)
            return redirect("awards:use", pk=line.use_list_id)
    context = {
        "line": line,
        "use_list": line.use_list,
        "plan": plan,
        "form": form,
        "label": period_label(str(plan.year)),
    }
    return render(request, "awards/use_carry.html", context, status=status_of(form))
