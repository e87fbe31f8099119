"""The page of the log: search, before and after, whether the chain holds."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.forms import EntryFilter
from audit.models import chains_read_by
from audit.permissions import may_read_log
from audit.queries import chain_state, find_entries, readable, verify_chains
from audit.services import BrokenChain, seal_bureau


class ReaderRequest(HttpRequest):
    """The request of somebody who has logged in; the employee lives on a floor above and is not named here."""

    user: Any


PAGE = 50
AT_ONCE = 50_000  # lines that are verified while a browser waits, some seconds


@require_safe
def entries(request: ReaderRequest) -> HttpResponse:
    """The bureau's log, newest first."""
    may_read_log(request.user).require()
    form = EntryFilter(request.GET or None)
    wanted = form.cleaned_data if form.is_bound and (form.is_valid() or form.cleaned_data) else {}
    page = Paginator(find_entries(request.user, **wanted), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": readable(page.object_list),
        "chain": chain_state(chains_read_by(request.user)),
    }
    return render(request, "audit/entries.html", context)


@require_POST
def verify(request: ReaderRequest) -> HttpResponse:
    """Walks the chains that the reader reads and says what came of it, as a fragment."""
    may_read_log(request.user).require()
    codes = chains_read_by(request.user)
    if chain_state(codes).sealed > AT_ONCE:
        sentence = _("记录较多，请在服务器上运行 manage.py verify_audit 核对。")
        return render(request, "audit/_verified.html", {"tone": "risk", "sentence": sentence})
    try:
        for code in codes:
            seal_bureau(code)
    except BrokenChain as broken:
        return render(request, "audit/_verified.html", {"tone": "bad", "sentence": broken.message})
    results = [verify_chains(code) for code in codes]
    broken_by = next((one.broken for one in results if one.broken), "")
    entries = sum(one.entries for one in results)
    intact = _("审计记录完好：%(n)d 条逐一核对，没有被改动、删除或插入的。") % {"n": entries}
    context = {"tone": "bad" if broken_by else "good", "sentence": broken_by or intact}
    return render(request, "audit/_verified.html", context)
