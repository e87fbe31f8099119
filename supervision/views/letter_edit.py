"""起草: one page for a new draft and for a kept one; rows are added and taken out without losing a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.errors import ChangedElsewhere, InvalidInput
from common.forms import add_refusal
from organization.queries import work_calendar
from organization.requests import PersonRequest
from supervision.forms_letters import LetterForm, item_set
from supervision.models import Letter
from supervision.permissions.letters import may_edit_letter, may_write_letters
from supervision.queries.deadlines import default_due, letter_settings
from supervision.queries.letters import items_of
from supervision.services.letters import MOST_ITEMS, ItemFacts, change_letter, draft_letter, letter_version
from supervision.views.letter_shared import people_of, seen_letter
from tasks_market.services.steps import require

NAMES = ("matter", "due_on", "department", "responsible", "problem", "requirement", "assisting")


@require_http_methods(["GET", "POST"])
def letter_new(request: PersonRequest) -> HttpResponse:
    """立项."""
    require(may_write_letters(request.user, request.user.bureau))
    return _editor(request, None)


@require_http_methods(["GET", "POST"])
def letter_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """A draft again."""
    found = seen_letter(request, pk)
    require(may_edit_letter(request.user, found))
    return _editor(request, found)


def _editor(request: PersonRequest, letter: Letter | None) -> HttpResponse:
    if request.method == "GET":
        return _show(request, letter, *_kept(request, letter))
    if "more" in request.POST or "remove" in request.POST:
        return _show(request, letter, *_rearranged(request))
    form = LetterForm(request.POST)
    rows = item_set(request.POST, bureau=request.user.bureau, default_due=None)
    right = form.is_valid()
    if rows.is_valid() and right:
        try:
            saved = _save(request, letter, form.cleaned_data, rows.facts)
        except (InvalidInput, ChangedElsewhere) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("草稿已保存，还没有交办。"))
            return redirect("supervision:letter", pk=saved.pk)
    return _show(request, letter, form, rows, status=422)


def _save(request: PersonRequest, letter: Letter | None, given: dict[str, Any], items: list[ItemFacts]) -> Letter:
    user, today = request.user, request.user.bureau.today
    prefilled, known = given["prefilled"], given["known"]
    # A limit that was only prefilled follows the kind that was chosen in the end.
    items = [replace(one, due_on=None) if one.due_on == prefilled else one for one in items]
    said = {name: given[name] for name in ("kind", "title", "opening")}
    if letter is None:
        return draft_letter(bureau=user.bureau, items=items, actor=user, today=today, now=timezone.now(), **said)
    return change_letter(letter=letter, items=items, actor=user, today=today, known=known, **said)


def _kept(request: PersonRequest, letter: Letter | None) -> tuple[LetterForm, Any]:
    """The forms of what is kept, of a new letter one empty row."""
    kind = letter.kind if letter else Letter.Kind.ON_SITE
    due = _due(request, kind)
    head: dict[str, Any] = {"kind": kind, "prefilled": due}
    rows: list[dict[str, Any]] = []
    if letter is not None:
        head |= {"title": letter.title, "opening": letter.opening, "known": letter_version(letter)}
        rows = [
            {name: getattr(item, name) for name in NAMES[:-1]} | {"assisting": [one.pk for one in item.assisting.all()]}
            for item in items_of(letter)
        ]
    return _unbound(request, head, rows, due, extra=0 if rows else 1)


def _rearranged(request: PersonRequest) -> tuple[LetterForm, Any]:
    """What was typed with a row more or a row less, not judged yet."""
    data = request.POST
    asked = data.get("items-TOTAL_FORMS", "0")
    total = min(int(asked), MOST_ITEMS) if asked.isdecimal() and len(asked) < 4 else 0
    gone = data.get("remove", "")
    rows = [_typed(data, place) for place in range(total) if str(place) != gone]
    head: dict[str, Any] = {name: data.get(name, "") for name in LetterForm.base_fields}
    kind = head["kind"] if head["kind"] in Letter.Kind.values else Letter.Kind.ON_SITE
    due = _due(request, kind)
    for row in rows:
        if row["due_on"] in ("", head["prefilled"]):
            row["due_on"] = due
    head["prefilled"] = due
    more = 1 if "more" in data or not rows else 0
    return _unbound(request, head, rows, due, extra=more if len(rows) < MOST_ITEMS else 0)


def _typed(data: QueryDict, place: int) -> dict[str, Any]:
    names = {name: data.get(f"items-{place}-{name}", "") for name in NAMES[:-1]}
    return names | {"assisting": data.getlist(f"items-{place}-assisting")}


def _unbound(
    request: PersonRequest, head: dict[str, Any], rows: list[dict[str, Any]], due: date, *, extra: int
) -> tuple[LetterForm, Any]:
    items = item_set(None, bureau=request.user.bureau, default_due=due, initial=rows, extra=extra)
    return LetterForm(initial=head), items


def _due(request: PersonRequest, kind: str) -> date:
    bureau = request.user.bureau
    return default_due(letter_settings(bureau), kind, bureau.today, work_calendar())


def _show(
    request: PersonRequest, letter: Letter | None, form: LetterForm, rows: Any, status: int = 200
) -> HttpResponse:
    settings = letter_settings(request.user.bureau)
    context = {
        "letter": letter, "form": form, "rows": rows, "people": people_of(request.user),
        "days": [(label, settings.days_for(kind)) for kind, label in Letter.Kind.choices],
        "focus_last": "more" in request.POST,
    }  # fmt: skip
    return render(request, "supervision/letter_edit.html", context, status=status)
