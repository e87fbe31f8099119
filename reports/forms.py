"""What may be asked of the ranking: quarter, category, department, name or number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from indicators.models import Quarter
from organization.models import Bureau


class RankingForm(forms.Form):
    """The filter bar of the ranking; every field may stay empty."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    category = forms.ChoiceField(label=_("序列"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)
    q = forms.CharField(label=_("姓名或工号"), required=False, max_length=50)

    def __init__(self, *args: Any, bureau: Bureau, quarters: Sequence[Quarter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = _("如 张三 或 zs")
        choices: dict[str, list[tuple[str, Any]]] = {
            "quarter": [
                (
                    quarter.code,
                    _("%(quarter)s（%(state)s）") % {"quarter": quarter.code, "state": quarter.get_state_display()},
                )
                for quarter in quarters
            ],
            "category": [("", _("全部序列")), *bureau.categories.values_list("name", "name")],
            "department": [("", _("全部部门")), *bureau.departments.values_list("code", "name")],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values
