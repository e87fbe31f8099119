"""Fields that take what people type or paste: full-width digits as well, and only days that a bureau can mean."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from common.text import code, half_width

FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)


class DayField(forms.DateField):
    """A calendar day. A mistyped year (0023, 20233) is a fault of this field, not of a rule far away."""

    def __init__(self, **options: Any) -> None:
        sentence = _("日期应当在 1950 年到 2100 年之间")
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
