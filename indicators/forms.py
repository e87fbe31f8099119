"""Shapes of what the office fills in, and of what everybody filters by; what is right is the services' to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import CodeField, DayField
from common.quarters import QuarterCode
from indicators.models import AssessmentPoint, KeyWork, Library, PointVersion, Quarter, Result
from indicators.queries import process_values, scheme_values, settled_until
from indicators.queries.marks import MARKS, assessed_by, marked
from indicators.rules import Rule
from indicators.scheme import setting_text
from indicators.services.points import DEMANDS
from indicators.sources import known_sources
from organization.models import Bureau, Department, Employee, Post
from organization.queries import people_like


def quarter_choices(bureau: Bureau) -> list[tuple[str, str]]:
    """The bureau's quarters, newest first."""
    codes = Quarter.objects.filter(bureau=bureau).order_by("-code").values_list("code", flat=True)
    return [(code, code) for code in codes]


class LibraryFilter(forms.Form):
    """What a library is narrowed by; the tab of the library and the view ride along."""

    q = forms.CharField(
        label=_("搜索"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("编号、名称或标准")})
    )
    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("责任部门"), required=False)
    assessor = forms.ModelChoiceField(Department.objects.none(), label=_("考评部门"), required=False)
    method = forms.ChoiceField(label=_("计分方式"), required=False)
    cycle = forms.ChoiceField(label=_("考核周期"), required=False)
    library = forms.CharField(required=False, widget=forms.HiddenInput)
    view = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部"))]
        self.fields["quarter"].choices = quarter_choices(bureau)  # type: ignore[attr-defined]
        self.fields["method"].choices = everything + PointVersion.Method.choices  # type: ignore[attr-defined]
        self.fields["cycle"].choices = everything + PointVersion.Cycle.choices  # type: ignore[attr-defined]
        for name in ("department", "assessor"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset, field.empty_label = bureau.departments.all(), str(_("全部"))

    def narrow(self, versions: Any) -> Any:
        """The versions that fit; a faulty parameter narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        for name in ("department", "assessor", "method", "cycle"):
            if given.get(name):
                versions = versions.filter(**{name: given[name]})
        if given.get("library") in Library.values:
            versions = versions.filter(point__library=given["library"])
        if text := given.get("q"):
            versions = versions.filter(
                Q(point__code__icontains=text) | Q(name__icontains=text) | Q(standard__icontains=text)
            )
        return versions


class HeldFilter(forms.Form):
    """What items and results are narrowed by."""

    q = forms.CharField(
        label=_("干部"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("姓名或工号")})
    )
    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), required=False)
    point = forms.CharField(
        label=_("考点"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("编号或名称")})
    )

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = self.quarters(bureau)  # type: ignore[attr-defined]
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = bureau.departments.all(), str(_("全部"))

    def quarters(self, bureau: Bureau) -> list[tuple[str, str]]:
        """The quarters to choose from."""
        return quarter_choices(bureau)

    def narrow(self, rows: Any) -> Any:
        """The items or results that fit; a faulty parameter narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        if given.get("department"):
            rows = rows.filter(employee__department=given["department"])
        if text := given.get("q"):
            rows = rows.filter(people_like(text, "employee__"))
        if text := given.get("point"):
            named = PointVersion.objects.filter(name__icontains=text).values("point")
            rows = rows.filter(Q(point__code__iexact=text) | Q(point__in=named))
        return rows


class OthersFilter(forms.Form):
    """What the points of other posts are narrowed by; the quarter and the tab ride along."""

    q = forms.CharField(
        label=_("考点"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("编号、名称或标准")})
    )
    department = forms.ModelChoiceField(Department.objects.none(), label=_("责任部门"), required=False)
    quarter = forms.CharField(required=False, widget=forms.HiddenInput)
    of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = bureau.departments.all(), str(_("全部"))


class DepartmentFilter(forms.Form):
    """A quarter and one of the departments that the person answers for."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), required=False)

    def __init__(self, *args: Any, bureau: Bureau, departments: Sequence[int] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = quarter_choices(bureau)  # type: ignore[attr-defined]
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = bureau.departments.all(), str(_("全部"))
        if departments is not None:
            field.queryset = field.queryset.filter(pk__in=departments)


class ResultFilter(HeldFilter):
    """Results also by their state; 漏项 lists what is not there."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部")),
            *Result.State.choices,
            ("waiting", _("未确认")),
            ("late", _("迟报")),
            ("missing", _("漏项")),
        ],
    )
    source = forms.ChoiceField(
        label=_("数据来源"), required=False, choices=[("", _("全部")), *PointVersion.Source.choices]
    )
    assessor = forms.ModelChoiceField(Department.objects.none(), label=_("考评部门"), required=False)
    marks = forms.ChoiceField(label=_("得分情况"), required=False, choices=[("", _("全部")), *MARKS])

    def __init__(self, *args: Any, bureau: Bureau, quarter: Quarter, **kwargs: Any) -> None:
        super().__init__(*args, bureau=bureau, **kwargs)
        self._shown = quarter
        field = self.fields["assessor"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = bureau.departments.filter(is_assessor=True)
        field.empty_label = str(_("全部"))

    def narrow(self, rows: Any) -> Any:
        rows = super().narrow(rows)
        state = self.cleaned_data.get("state")
        if state in Result.State.values:
            rows = rows.filter(state=state)
        elif state == "waiting":
            rows = rows.exclude(state=Result.State.CONFIRMED)
        elif state == "late":
            rows = rows.filter(late=True)
        given = self.cleaned_data
        if given.get("source"):
            rows = rows.filter(source=given["source"])
        if given.get("assessor"):
            rows = assessed_by(rows, given["assessor"])
        if given.get("marks"):
            rows = marked(rows, given["marks"], self._shown, given.get("department"))
        return rows


class KeyWorkForm(forms.ModelForm):
    class Meta:
        model = KeyWork
        fields = ["code", "kind", "name", "department"]
        field_classes = {"code": CodeField}

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = bureau.departments.all()
        if self.instance.pk:
            del self.fields["code"]


class DemandsForm(forms.ModelForm):
    """What a point demands; the base of creating and revising."""

    class Meta:
        model = PointVersion
        fields = list(DEMANDS)
        widgets = {"standard": forms.Textarea(attrs={"rows": 4}), "parameters": forms.TextInput}
        help_texts = {
            "parameters": _("如：每次扣分=0.5；目标=100;底线=60；优=100;良=85；每件得分=0.5；逾期每日扣分=0.2"),
            "deadline": _("月：每月25日；季：每季末5日前；半年、年：6月20日"),
        }

    def __init__(self, *args: Any, bureau: Bureau, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        querysets = {
            "key_work": KeyWork.objects.filter(bureau=bureau, year=year),
            "department": bureau.departments.all(),
            "post": Post.objects.filter(bureau=bureau),
            "assessor": bureau.departments.filter(Q(is_assessor=True) | Q(pk=self.instance.assessor_id)),
        }
        for name, rows in querysets.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        self.fields["department"].empty_label = str(_("全员"))  # type: ignore[attr-defined]
        self.fields["post"].empty_label = str(_("不限岗位"))  # type: ignore[attr-defined]
        self.fields["department"].help_text = _("共性考点由全员承担。")

    def _post_clean(self) -> None:
        """The version is the service's to build; nothing is written into the instance."""

    @property
    def demands(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in DEMANDS}


class NewPointForm(DemandsForm):
    code = CodeField(label=_("考点编号"), max_length=32)
    library = forms.ChoiceField(label=_("指标库"), choices=Library.choices)
    from_quarter = forms.ChoiceField(label=_("起始季度"))
    field_order = ["code", "library", "from_quarter", *DEMANDS]

    def __init__(self, *args: Any, bureau: Bureau, year: int, **kwargs: Any) -> None:
        super().__init__(*args, bureau=bureau, year=year, **kwargs)
        self.fields["from_quarter"].choices = coming_quarters(bureau, year)  # type: ignore[attr-defined]


class BasisForm(forms.Form):
    """From when, why, who asked, who approved: what every change of a point has to say."""

    from_quarter = forms.ChoiceField(label=_("起始季度"))
    reason = forms.CharField(label=_("修订理由"), widget=forms.Textarea(attrs={"rows": 2}))
    requested_by = forms.CharField(label=_("提出人"), max_length=100)
    approved_by = forms.CharField(label=_("审定人"), max_length=100)

    def __init__(self, *args: Any, point: AssessmentPoint, since: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in coming_quarters(point.bureau, point.year) if choice[0] >= since]
        self.fields["from_quarter"].choices = choices  # type: ignore[attr-defined]


class CopyYearForm(forms.Form):
    from_year = forms.TypedChoiceField(label=_("从"), coerce=int)
    to_year = forms.IntegerField(label=_("复制到年度"), min_value=2000, max_value=2100)

    def __init__(self, *args: Any, years: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_year"].choices = [(year, year) for year in years]  # type: ignore[attr-defined]


class ItemForm(forms.Form):
    """The office enters who takes on which individual point."""

    employee = CodeField(label=_("工号"), max_length=32)
    point = CodeField(label=_("考点编号"), max_length=32)
    taken_on = DayField(label=_("领取日期"), required=False, help_text=_("留空表示整个季度。"))

    def __init__(self, *args: Any, quarter: Quarter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quarter = quarter

    def clean_employee(self) -> Employee:
        employee = Employee.objects.filter(bureau=self.quarter.bureau_id, number=self.cleaned_data["employee"]).first()
        if employee is None:
            raise forms.ValidationError(_("本单位没有这个工号"))
        return employee

    def clean_point(self) -> AssessmentPoint:
        code = self.cleaned_data["point"]
        point = AssessmentPoint.objects.filter(
            bureau=self.quarter.bureau_id, year=self.quarter.period.year, code=code
        ).first()
        if point is None:
            raise forms.ValidationError(_("本年度没有这个考点"))
        return point


class SourceForm(forms.Form):
    """What a machine point computes its facts from."""

    source = forms.ChoiceField(
        label=_("机考来源"), required=False, widget=forms.RadioSelect, help_text=_("下次夜间计算时生效。")
    )

    def __init__(self, *args: Any, point: AssessmentPoint, rule: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = [source for source in known_sources() if source.key == point.fact_source or not source.misfit(rule)]
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            ("", gettext("外部系统报送，或由工作簿导入")),
            *((source.key, f"{source.label}：{source.meanings().get(rule.method, '')}") for source in fitting),
        ]
        self.initial["source"] = point.fact_source


class FactTokenForm(forms.Form):
    """A token for an outside system."""

    system = forms.CharField(
        label=_("系统名称"), max_length=100, help_text=_("如 金税四期、自然人电子税务局；考评结果上会写明数据来自它。")
    )
    expires_on = DayField(label=_("有效期至"), help_text=_("到期后自动失效；一般不超过一年。"))


class SchemeForm(forms.Form):
    """All values of the scheme as they stand; only what differs is set. A `draft` is what a simulation proposes."""

    from_quarter = forms.ChoiceField(label=_("起始季度"))
    reason = forms.CharField(label=_("修改理由"), max_length=300)

    def __init__(
        self,
        *args: Any,
        bureau: Bureau,
        current: dict[str, str],
        quarters: list[str],
        draft: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_quarter"].choices = [(code, code) for code in quarters]  # type: ignore[attr-defined]
        self.keys = {f"value_{number}": key for number, key in enumerate(current)}
        if not self.is_bound:
            self.initial = {name: draft[key] for name, key in self.keys.items() if key in draft}
        for name, key in self.keys.items():
            self.fields[name] = forms.CharField(label=_(key), max_length=200, initial=current[key])

    @property
    def values(self) -> dict[str, str]:
        """The values that were changed, by key."""
        return {key: self.cleaned_data[name] for name, key in self.keys.items() if name in self.changed_data}


def scheme_texts(bureau: Bureau, quarter_code: str) -> dict[str, str]:
    """The scheme of a quarter as people write it, the settings that enter no score last."""
    values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in scheme_values(bureau, quarter_code).items()
    }
    return {key: setting_text(value) for key, value in (values | process_values(bureau, quarter_code)).items()}


def coming_quarters(bureau: Bureau, year: int) -> list[tuple[str, str]]:
    """The quarters of a year from which a point may still be changed."""
    settled = settled_until(bureau)
    codes = [str(QuarterCode(year, number)) for number in range(1, 5)]
    return [(code, code) for code in codes if code > settled]
