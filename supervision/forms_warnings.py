"""What the lists of warnings are narrowed by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from organization.models import Department


class WarningFilter(forms.Form):
    """The months and departments of which the reader has a sheet."""

    month = forms.ChoiceField(label=_("月份"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)
    state = forms.ChoiceField(
        label=_("签字"),
        required=False,
        choices=[("", _("全部")), ("unsigned", _("还缺签字")), ("missed", _("逾期未签")), ("overdue", _("有逾期考点"))],
    )

    def __init__(self, *args: Any, months: Iterable[str], departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["month"], ((month, month) for month in months))
        _offer_departments(self.fields["department"], departments)


class RetrospectFilter(forms.Form):
    """The quarters and departments of which the reader has a sheet."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)

    def __init__(self, *args: Any, quarters: Iterable[str], departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["quarter"], ((code, quarter_label(code)) for code in quarters))
        _offer_departments(self.fields["department"], departments)


def _offer_departments(field: forms.Field, departments: Iterable[Department]) -> None:
    """Whoever reads the sheets of one department alone has nothing to choose."""
    choices = [(one.code, one.name) for one in departments]
    _offer(field, choices)
    if len(choices) < 2:  # one is no choice
        field.widget = forms.HiddenInput()


def _offer(field: forms.Field, choices: Iterable[tuple[str, str]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = [("", _("全部")), *choices]
