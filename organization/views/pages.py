"""What the pages of the organization share: a form that hands its input to one service call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common.errors import Conflict, InvalidInput, Sentence
from organization.forms import put_errors
from organization.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class FormPage:
    """The words around a form, and where to go afterwards."""

    heading: Sentence
    lead: Sentence
    submit: Sentence
    done: Sentence
    back: str
    back_label: Sentence
    onward: Callable[[dict[str, Any]], str] | None = None
    """Where the next step is, if it is not where one came from."""


def form_page(
    request: PersonRequest, form: forms.BaseForm, act: Callable[[dict[str, Any]], object], page: FormPage
) -> HttpResponse:
    """Shows the form, or calls `act` with its cleaned data; what the service refuses stands at the fields."""
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except (InvalidInput, Conflict) as error:
            put_errors(form, error)
        else:
            messages.success(request, str(page.done))
            return redirect(page.onward(form.cleaned_data) if page.onward else page.back)
    status = 422 if form.is_bound else 200
    return render(request, "organization/form.html", {"form": form, "form_page": page}, status=status)
