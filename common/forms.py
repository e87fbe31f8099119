"""Fields that take what people type or paste: full-width digits as well, and only days that a bureau can mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from common.errors import ChangedElsewhere, DomainError, InvalidInput, Sentence
from common.text import code, half_width

LONGEST_ID = 19
"""Digits from which on a number no longer fits the databases' ids."""

FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)


def add_refusal(form: forms.BaseForm, refusal: DomainError) -> None:
    """Says a service's no at the fields that it names, else above the form."""
    place_errors(form, refusal.fields, refusal.message)


def done(form: forms.BaseForm, act: Callable[[], object], *also: type[DomainError]) -> bool:
    """Whether a posted form was right and the service took it; what is wrong with the input stands in the form.

    Of what is refused otherwise only a change elsewhere and the kinds in `also` stand there, with what was filled in;
    the rest goes on to the page that says no.
    """
    if not form.is_valid():
        return False
    refusals: tuple[type[DomainError], ...] = (InvalidInput, ChangedElsewhere, *also)
    try:
        act()
    except refusals as refusal:
        add_refusal(form, refusal)
        return False
    return True


def place_errors(form: forms.BaseForm, fields: Mapping[str, object], sentence: Sentence) -> None:
    """Puts what is wrong at the fields that it names, else the sentence above the form.

    A form whose fields are called otherwise than the service calls them says so in `keys`, by field.
    """
    keys = {key: name for name, key in getattr(form, "keys", {}).items()}
    named = {keys.get(name, name): text for name, text in fields.items() if keys.get(name, name) in form.fields}
    for name, text in named.items():
        form.add_error(name, str(text))
    if not named:
        form.add_error(None, str(sentence))


def ticked(values: Iterable[str]) -> list[int]:
    """The ids that a page's tick boxes sent; what is no id of a row is left out."""
    return [int(value) for value in values if value.isdecimal() and len(value) < LONGEST_ID]


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows by their ids. A number that no id can be is none of the rows, and no fault of the database's."""

    def clean(self, value: Any) -> Any:
        for one in value if isinstance(value, list | tuple) else ():
            if len(str(one)) >= LONGEST_ID:
                shown = {"value": str(one)[:LONGEST_ID]}
                raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", shown)
        return super().clean(value)


class DayField(forms.DateField):
    """A calendar day. A mistyped year (0023, 20233) is a fault of this field, not of a rule far away."""

    def __init__(self, **options: Any) -> None:
        sentence = _("日期应当在 1950 年到 2100 年之间，请核对年份。")
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        options.setdefault(
            "validators", [MinValueValidator(FIRST_DAY, sentence), MaxValueValidator(LAST_DAY, sentence)]
        )
        super().__init__(**options)

    def to_python(self, value: Any) -> date | None:
        return super().to_python(half_width(value).strip() if isinstance(value, str) else value)


class PointsInput(forms.DecimalField):
    """A number of points as people write it: `２．５` is 2.5."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(code(value) if isinstance(value, str) else value)


class CodeField(forms.CharField):
    """A code or staff number; `Ｄ０１ ` is `D01`."""

    def to_python(self, value: Any) -> str:
        return code(super().to_python(value) or "")


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFilesField(forms.FileField):
    """Any number of files; [] for none."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(ManyFilesField, self).clean(one, initial) for one in data or []]
