"""What may be entered about the bureaus below one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import CodeField
from organization.models import Bureau


class BureauForm(forms.Form):
    name = forms.CharField(label=_("单位名称"), max_length=100)
    level = forms.ChoiceField(
        label=_("层级"), choices=Bureau.Level.choices, help_text=_("不能高于上级单位，也不能低于下级单位。")
    )


class MoveForm(forms.Form):
    """Where a bureau goes: one of those that are offered, by code."""

    parent = forms.ChoiceField(label=_("迁到哪个单位之下"))

    def __init__(self, *args: Any, places: Sequence[Bureau], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("请选择")), *((one.code, f"{one.name}（{one.code}）") for one in places)]


class NewBureauForm(MoveForm, BureauForm):
    code = CodeField(label=_("单位代码"), max_length=32, help_text=_("全系统唯一，以后不能改。"))
    number = CodeField(label=_("首位系统管理员的工号"), max_length=32, help_text=_("全系统唯一，登录用。"))
    person = forms.CharField(label=_("首位系统管理员的姓名"), max_length=50)
    field_order = ("parent", "code", "name", "level", "number", "person")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].label = _("上级单位")
