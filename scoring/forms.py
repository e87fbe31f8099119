"""Shapes of what the office and the discipline role type: adjustments, department scores, reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.exact import plain
from common.forms import CodeField, DayField, PointsInput
from common.text import listed
from indicators.models import PointVersion
from indicators.queries import rule_of
from indicators.rules import Ratio, Tier
from organization.models import Bureau, Department, Employee, Role
from scoring import formula
from scoring.models import Adjustment, Appeal, ScoreQuerySet
from scoring.queries.acknowledgements import waiting
from scoring.services.adjustments import AdjustmentFacts
from scoring.services.appeal_corrections import Correction
from tasks_market.forms import ManyFilesField, words


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
    files = ManyFilesField(label=_("依据文件"), required=False)  # type: ignore[assignment]  # Django's own use is an attribute

    def __init__(
        self, *args: Any, bureau: Bureau, only_disciplinary: bool = False, with_files: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.bureau = bureau
        if not with_files:
            del self.fields["files"]
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
        return AdjustmentFacts(**{name: value for name, value in self.cleaned_data.items() if name != "files"})


class RequestForm(AdjustmentForm):
    """申请: whoever asks for nobody else asks for a plus for oneself."""

    field_order = ["employee", "day", "kind", "points", "matter", "basis", "files"]

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, bureau=person.bureau, **kwargs)
        del self.fields["disciplinary"]
        self.person = person
        self.fields["basis"].help_text = _("文件名称和文号，如“溪税发〔2023〕3号”；没有文号的请上传依据文件。")
        if not person.has_role(Role.Kind.OFFICE, Role.Kind.DEPARTMENT_HEAD, Role.Kind.LIAISON):
            del self.fields["employee"]
            plus = Adjustment.Kind.PLUS
            self.fields["kind"].choices = [(plus.value, plus.label)]  # type: ignore[attr-defined]

    def facts(self) -> AdjustmentFacts:
        self.cleaned_data.setdefault("employee", self.person)
        return super().facts()


class AdjustmentFilter(forms.Form):
    """The filters above the list of adjustments; all optional."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    kind = forms.ChoiceField(
        label=_("类型"),
        required=False,
        choices=[("", _("全部")), *Adjustment.Kind.choices, ("disciplinary", _("违纪减分"))],
    )
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), ("underway", _("办理中")), *Adjustment.State.choices]
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


class DraftSchemeForm(forms.Form):
    """A draft of the scheme, asked with GET so that its address can be handed on; fields are named like SchemeValues'.

    Beside `cleaned_data` a valid form has `draft`, the values to score with.
    """

    draft: formula.SchemeValues

    def __init__(self, *args: Any, scheme: formula.SchemeValues, categories: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories = set(categories)
        self.texts = scheme.to_mapping()
        for key, name in formula.SCHEME_KEYS.items():
            self.fields[name] = forms.CharField(
                label=_(key),
                max_length=200,
                initial=self.texts[key],
                help_text=format_lazy("{} {}", _("现行"), self.texts[key]),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        values: dict[str, object] = {}
        for key, name in formula.SCHEME_KEYS.items():
            if name not in given:
                continue
            try:
                values[key] = parsed = formula.parse_setting(key, given[name])
            except formula.SchemeError as error:
                self.add_error(name, str(error))
                continue
            unknown = sorted(set(parsed) - self.categories) if isinstance(parsed, tuple) else []
            if unknown:
                self.add_error(name, _("没有“%s”这个序列") % listed(unknown))
        if not self.errors:
            self.draft = formula.SchemeValues(
                **{formula.SCHEME_KEYS[key]: value for key, value in values.items()}  # type: ignore[arg-type]
            )
            for sentence in self.draft.problems():
                self.add_error(None, sentence)
        return given

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What the draft changes: the key, its value in force, and the draft's."""
        texts = self.draft.to_mapping()
        return [(key, self.texts[key], text) for key, text in texts.items() if text != self.texts[key]]


class FileAppealForm(forms.Form):
    """申诉 about one line: why, what is asked for, and what proves it."""

    ground = forms.CharField(
        label=_("申诉理由"),
        widget=words(4),
        help_text=_("写明哪里与事实不符、依据是什么；被申诉一方和裁定人都会看到。"),
        error_messages={"required": _("请写明申诉的理由。")},
    )
    wanted = forms.CharField(
        label=_("申诉请求"), widget=words(2), required=False, help_text=_("希望怎样更正，例如“按 0 次计”。")
    )
    files = ManyFilesField(label=_("证明材料"), required=False)  # type: ignore[assignment]  # a field, not the upload


class AnswerAppealForm(forms.Form):
    """答复 of the assessor, the judge of a claim, or the office."""

    answer = forms.CharField(
        label=_("答复意见"),
        widget=words(4),
        help_text=_("写明核对了什么、是否认可；裁定人据此裁定。"),
        error_messages={"required": _("请写明答复意见。")},
    )
    files = ManyFilesField(label=_("核对材料"), required=False)  # type: ignore[assignment]  # a field, not the upload


class RejectAppealForm(forms.Form):
    """裁定不成立."""

    reason = forms.CharField(
        label=_("裁定理由"), widget=words(3), error_messages={"required": _("请写明裁定的理由，双方都会看到。")}
    )


class UpholdAppealForm(RejectAppealForm):
    """裁定成立: what is put in place of what was, in the fields that its rule knows, and the reason."""

    field_order = ("period", "value", "tier", "target", "exempt", "note", "points", "refuse", "quality", "reason")

    def __init__(
        self,
        *args: Any,
        appeal: Appeal,
        version: PointVersion | None = None,
        periods: Iterable[str] = (),
        for_preview: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = not for_preview
        if appeal.subject == Appeal.Subject.RESULT and version is not None:
            self._ask_for_result(version, list(periods))
        elif appeal.subject == Appeal.Subject.ADJUSTMENT:
            self.fields["points"] = PointsInput(
                label=_("更正后的分值"), required=False, min_value=Decimal("0.01"), max_digits=8, decimal_places=2
            )
            self.fields["refuse"] = forms.BooleanField(label=_("不予计入"), required=False)
        elif appeal.subject == Appeal.Subject.CLAIM:
            self.fields["quality"] = PointsInput(
                label=_("更正后的质量系数"), min_value=Decimal(0), max_value=Decimal("1.2"), decimal_places=2
            )
        self.order_fields(self.field_order)

    def _ask_for_result(self, version: PointVersion, periods: list[str]) -> None:
        if len(periods) > 1:
            choices = [("", _("请选择")), *((one, one) for one in periods)]
            self.fields["period"] = forms.ChoiceField(label=_("更正哪个节点"), choices=choices)
        rule = rule_of(version)
        if isinstance(rule, Tier):
            names = [("", _("请选择")), *((name, name) for name in rule.names)]
            self.fields["tier"] = forms.ChoiceField(label=_("更正后的档次"), required=False, choices=names)
        else:
            self.fields["value"] = PointsInput(
                label=_("更正后的完成值"), required=False, min_value=Decimal(0), max_digits=18
            )
        if isinstance(rule, Ratio):
            self.fields["target"] = PointsInput(
                label=_("目标值"),
                required=False,
                max_digits=18,
                help_text=_("空为考点的目标 %s。") % plain(rule.target),
            )
        self.fields["exempt"] = forms.BooleanField(label=_("标为不适用"), required=False)
        self.fields["note"] = forms.CharField(label=_("说明"), required=False, max_length=500)

    def correction(self) -> Correction:
        """The cleaned values as the service takes them; what the form does not ask stays empty."""
        names = {one.name for one in fields(Correction)}
        return Correction(
            **{name: value for name, value in self.cleaned_data.items() if name in names and value not in (None, "")}
        )


class AppealFilter(forms.Form):
    """The filters above a list of appeals; the shown list rides along."""

    quarter = forms.ChoiceField(label=_("季度"), required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), ("open", _("未结")), *Appeal.State.choices]
    )
    show = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, quarters: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [("", _("全部")), *((code, quarter_label(code)) for code in quarters)]  # type: ignore[attr-defined]


class AcknowledgementFilter(forms.Form):
    """What the list of acknowledgements is narrowed by."""

    q = forms.CharField(
        label=_("干部"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("姓名或工号")})
    )
    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), required=False)
    state = forms.ChoiceField(
        label=_("知悉"), required=False, choices=[("", _("全部")), ("waiting", _("未知悉")), ("done", _("已知悉"))]
    )

    def __init__(self, *args: Any, bureau: Bureau, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset, field.empty_label = bureau.departments.all(), str(_("全部"))

    def narrow(self, scores: ScoreQuerySet) -> ScoreQuerySet:
        """The scores that fit; a faulty parameter narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        if given.get("department"):
            scores = scores.filter(department=given["department"])
        if text := given.get("q"):
            scores = scores.filter(Q(number=text) | Q(name__icontains=text))
        if given.get("state") == "waiting":
            return waiting(scores)
        if given.get("state") == "done":
            return scores.exclude(pk__in=waiting(scores).values("pk"))
        return scores
