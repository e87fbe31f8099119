"""What may be asked of the honour wall and of the rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from awards.models import StarKind
from awards.queries.rotation import SPANS


class WallForm(forms.Form):
    """The filter bar; every field may stay empty."""

    year = forms.ChoiceField(label=_("年度"), required=False)
    kind = forms.ChoiceField(label=_("星级"), required=False, choices=[("", _("全部星级")), *StarKind.choices])
    department = forms.ChoiceField(label=_("部门"), required=False)

    def __init__(self, *args: Any, years: Sequence[str], departments: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "year": [("", _("全部年度")), *((year, _("%s年") % year) for year in years)],
            "department": [("", _("全部部门")), *departments],
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]


class RotationForm(forms.Form):
    """How many of the newest selections are looked at."""

    span = forms.ChoiceField(
        label=_("范围"), required=False, choices=[(span, format_lazy(_("近 {} 次评选"), span)) for span in SPANS]
    )
