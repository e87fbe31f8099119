"""What may be asked of a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from indicators.models import Library, PointVersion, Quarter
from organization.models import Department
from reports.forms import quarter_choices
from reports.queries.ledger import GROUPS, PAST, STATES


class LedgerForm(forms.Form):
    """The filter bar; what a scope leaves no choice of is not asked."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)
    library = forms.ChoiceField(
        label=_("指标库"),
        required=False,
        choices=[("", _("全部")), *((value, Library(value).label) for value in ("common", "individual"))],
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), *STATES.items(), (PAST, _("到期未计入"))]
    )
    source = forms.ChoiceField(label=_("来源"), required=False, choices=[("", _("全部")), *PointVersion.Source.choices])
    group = forms.ChoiceField(
        label=_("分组"), required=False, choices=[(name, one.label) for name, one in GROUPS.items()]
    )
    q = forms.CharField(label=_("查找"), required=False, max_length=50)
    person = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, quarters: Sequence[Quarter], departments: Sequence[Department], personal: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = quarter_choices(quarters)  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs["placeholder"] = _("考点编号或名称") if personal else _("姓名、工号、考点")
        if len(departments) > 1:
            choices = [("", _("全部部门")), *((one.code, one.name) for one in departments)]
            self.fields["department"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["department"]
        if personal:
            del self.fields["person"]
            grouped = self.fields["group"]
            assert isinstance(grouped, forms.ChoiceField)
            grouped.choices = [
                (name, one.label) for name, one in GROUPS.items() if name not in ("person", "department")
            ]
