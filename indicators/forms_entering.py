"""Shapes of 填报: what the grid shows, a department's workbook, and the form of one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.exact import parse_number, plain
from common.forms import ManyFilesField
from indicators.cells import Content
from indicators.forms import quarter_choices
from indicators.models import Library, PointVersion
from indicators.rules import Ratio, Rule, Tier, tier_name
from organization.models import Department, Employee


class GridFilter(forms.Form):
    """Whose nodes of which points the grid shows; a faulty parameter narrows nothing."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ChoiceField(label=_("部门"), required=False)
    library = forms.ChoiceField(
        label=_("指标库"),
        required=False,
        choices=[
            ("", _("全部")),
            (Library.COMMON, Library.COMMON.label),
            (Library.INDIVIDUAL, Library.INDIVIDUAL.label),
        ],
    )
    source = forms.ChoiceField(
        label=_("数据来源"),
        required=False,
        choices=[("", _("全部")), *PointVersion.Source.choices],
    )
    view = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Employee, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = quarter_choices(user.bureau)  # type: ignore[attr-defined]
        self.fields["department"].choices = [(str(one.pk), one.name) for one in departments]  # type: ignore[attr-defined]
        self.is_valid()

    def given(self, name: str) -> str:
        value: str = self.cleaned_data.get(name) or ""
        return value


class NumberField(forms.CharField):
    """A number as people write it: `９７`, `1,200`, `97%`; None for nothing."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_number(text, percent=True)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ReportForm(forms.Form):
    """The fact of one node, as the rule of its version wants it."""

    note = forms.CharField(
        label=_("说明"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写清楚数据从哪里来、怎样核对；初审和考评部门都会看到。"),
    )  # fmt: skip
    files = ManyFilesField(  # type: ignore[assignment]  # a field, not the upload
        label=_("佐证材料"), required=False, help_text=_("最多 10 个，每个不超过 20 MB；可以是图片、PDF、Word、Excel、压缩包。")
    )  # fmt: skip

    def __init__(self, *args: Any, rule: Rule, worths: dict[str, str], may_exempt: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        if isinstance(rule, Tier):
            choices = [("", _("请选择"))] + [(name, f"{name}　{worths[name]}") for name in rule.names]
            self.fields["tier"] = forms.ChoiceField(label=_("档次"), choices=choices, required=False)
        else:
            self.fields["value"] = NumberField(label=_LABELS[rule.method], required=False)
        if isinstance(rule, Ratio):
            self.fields["target"] = NumberField(
                label=_("目标值"), required=False, help_text=_("留空按方案的目标 %s。") % plain(rule.target)
            )
        if may_exempt:
            self.fields["exempt"] = forms.BooleanField(
                label=_("不适用"), required=False, help_text=_("标为不适用后，这个节点不计分。")
            )
        self.order_fields(["value", "tier", "target", "exempt", "note", "files"])

    @property
    def facts(self) -> list[forms.BoundField]:
        """The fields that the points come from."""
        return [field for field in self if field.name not in ("note", "files")]

    @property
    def backing(self) -> list[forms.BoundField]:
        return [self["note"], self["files"]]

    @property
    def content(self) -> Content:
        given = self.cleaned_data
        return Content(
            given.get("value"), tier_name(given.get("tier") or ""), given.get("target"), bool(given.get("exempt"))
        )


_LABELS = {"deduct": _("扣分次数"), "ratio": _("完成值"), "count": _("件数"), "done": _("逾期天数")}


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label=_("工作簿"),
        help_text=_("只收 .xlsx，最大 5 MB；只读其中的“考评结果”表，列与下载的一样。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )
