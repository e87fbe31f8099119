"""Shapes of what the office and the discipline role type: adjustments, department scores, reasons."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import CodeField, DayField, PointsInput
from organization.models import Bureau, Department, Employee
from scoring.models import Adjustment
from scoring.services.adjustments import AdjustmentFacts


class AdjustmentForm(forms.Form):
    """A plus or minus; with `only_disciplinary` the person may record nothing but disciplinary minuses."""

    employee = CodeField(label=_("工号"), max_length=32, help_text=_("加减分对象的工号。"))
    day = DayField(label=_("日期"), help_text=_("计入这一天所在的季度。"))
    kind = forms.ChoiceField(label=_("类型"), choices=Adjustment.Kind.choices)
    points = PointsInput(label=_("分值"), min_value=Decimal("0.01"), max_digits=8, decimal_places=2)
    matter = forms.CharField(label=_("事由"), max_length=200)
    basis = forms.CharField(
        label=_("依据"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("文件名称和文号，或会议记录。")
    )
    disciplinary = forms.BooleanField(
        label=_("违纪减分"), required=False, help_text=_("有违纪减分的，本季不进入星级候选池。")
    )

    def __init__(self, *args: Any, bureau: Bureau, only_disciplinary: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bureau = bureau
        if only_disciplinary:
            self.fields["kind"].choices = [(Adjustment.Kind.MINUS.value, Adjustment.Kind.MINUS.label)]  # type: ignore[attr-defined]
            self.fields["disciplinary"].initial = True
            self.fields["disciplinary"].required = True

    def clean_employee(self) -> Employee:
        number = self.cleaned_data["employee"]
        employee = Employee.objects.filter(bureau=self.bureau, number=number).first()
        if employee is None:
            raise forms.ValidationError(_("本单位没有工号为 %(number)s 的干部。"), params={"number": number})
        return employee

    def facts(self) -> AdjustmentFacts:
        """The cleaned values as the service takes them."""
        return AdjustmentFacts(**self.cleaned_data)


class AdjustmentFilter(forms.Form):
    """The filters above the list of adjustments; all optional."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[("", _("全部")), *Adjustment.Kind.choices, ("disciplinary", _("违纪减分"))],
    )
    q = forms.CharField(label=_("姓名、工号或事由"), required=False, max_length=50)

    def __init__(self, *args: Any, quarters: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [("", _("全部")), *((code, code) for code in quarters)]  # type: ignore[attr-defined]


class DepartmentScoresForm(forms.Form):
    """One field for each department of the bureau; empty means no score (and no linkage)."""

    def __init__(
        self, *args: Any, departments: Iterable[Department], scores: dict[int, Decimal], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.departments = list(departments)
        for department in self.departments:
            self.fields[f"department_{department.pk}"] = PointsInput(
                label=department.name,
                required=False,
                min_value=Decimal(0),
                max_digits=7,
                decimal_places=2,
                initial=scores.get(department.pk),
            )

    def scores(self) -> dict[Department, Decimal | None]:
        """The cleaned scores by department."""
        return {one: self.cleaned_data[f"department_{one.pk}"] for one in self.departments}


class ReasonForm(forms.Form):
    """The reason of an act that needs one."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 2}))
