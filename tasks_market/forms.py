"""Shapes of what people fill in and filter by in the market; what is right is the services' to say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.components import quarter_label
from common.forms import ManyFilesField, RowsField
from indicators.models import AssessmentPoint, Library, Quarter
from organization.models import Department, Employee, Post
from tasks_market.models import Claim, Task, TaskQuerySet
from tasks_market.services.acceptance import BEST_QUALITY

ALL = ("", _("全部"))
MOMENT = "%Y-%m-%dT%H:%M"


def moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


def words(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def quarters_of(person: Employee) -> QuerySet[Quarter]:
    return Quarter.objects.filter(bureau_id=person.bureau_id).order_by("-code")


class MarketFilter(forms.Form):
    """What the board is narrowed by; the lane rides along."""

    q = forms.CharField(
        label=_("搜索"), required=False, widget=forms.SearchInput(attrs={"placeholder": _("编号、名称或承担人")})
    )
    quarter = forms.ChoiceField(label=_("季度"), required=False)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[ALL, *Task.Kind.choices])
    difficulty = forms.ChoiceField(label=_("难度"), required=False, choices=[ALL, *Task.Difficulty.choices])
    department = forms.ModelChoiceField(
        Department.objects.none(), label=_("责任部门"), required=False, empty_label=ALL[1]
    )
    mine = forms.ChoiceField(label=_("范围"), required=False, choices=[("", _("全单位")), ("1", _("我承担的"))])
    lane = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["quarter"].choices = lambda: self._quarters  # type: ignore[attr-defined]  # read when looked at
        department = self.fields["department"]
        assert isinstance(department, forms.ModelChoiceField)
        department.queryset = Department.objects.filter(bureau_id=person.bureau_id)

    @cached_property
    def _quarters(self) -> list[tuple[str, Any]]:
        return [ALL, *((quarter.code, quarter_label(quarter.code)) for quarter in quarters_of(self.person))]

    def narrow(self, tasks: TaskQuerySet) -> TaskQuerySet:
        """The tasks that fit; a faulty parameter narrows nothing."""
        self.is_valid()
        given = self.cleaned_data
        fields = {"quarter": "quarter__code", "kind": "kind", "difficulty": "difficulty", "department": "department"}
        for name, field in fields.items():
            if given.get(name):
                tasks = tasks.filter(**{field: given[name]})
        if given.get("mine"):
            held = Claim.objects.holding().filter(employee=self.person)
            tasks = tasks.filter(pk__in=held.values("task"))
        if text := given.get("q"):
            held = Claim.objects.holding().filter(employee__number=text) | Claim.objects.holding().filter(
                employee__name=text
            )
            tasks = tasks.filter(
                Q(number__icontains=text) | Q(name__icontains=text) | Q(pk__in=held.order_by().values("task"))
            )
        return tasks


class TaskForm(forms.ModelForm):
    """拟稿: everything about a task that people decide; the number, the state and the signatures are the system's."""

    class Meta:
        model = Task
        fields = (
            "name",
            "quarter",
            "kind",
            "difficulty",
            "base",
            "places",
            "sharing",
            "claim_until",
            "due_at",
            "department",
            "post",
            "point",
            "open_to",
            "requirement",
            "deliverable",
        )
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"open_to": RowsField}
        widgets = {
            "claim_until": moment_input(),
            "due_at": moment_input(),
            "requirement": words(5),
            "deliverable": words(2),
            "open_to": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "base": _("乘以难度系数和质量系数后计入竞争性得分。"),
            "places": _("几个人承担。"),
            "sharing": _("各得：每人都得全分；均分：按通过人数平分；主协办：主办八成，协办分其余。"),
            "claim_until": _("空为不设抢单，亮单后直接派单。"),
            "post": _("派单时优先推荐这个岗位的人。"),
            "requirement": _("做什么、做到什么程度、按什么验收。"),
            "deliverable": _("交什么材料，例如汇总表、总结报告。"),
        }

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bureau = person.bureau_id
        departments = Department.objects.filter(bureau_id=bureau)
        drafting = departments if person.has_role("office") else departments.filter(pk=person.department_id)
        points = AssessmentPoint.objects.filter(bureau_id=bureau, library=Library.COMPETITIVE)
        sets = {
            "quarter": quarters_of(person).filter(state__in=Quarter.TAKES_INPUT),
            "department": drafting,
            "post": Post.objects.filter(bureau_id=bureau).select_related("department"),
            "point": points,
            "open_to": departments,
        }
        for name, rows in sets.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
            if not isinstance(field, forms.ModelMultipleChoiceField):
                field.empty_label = str(_("请选择") if field.required else _("不指定"))
        self.fields["quarter"].label_from_instance = lambda row: quarter_label(row.code)  # type: ignore[attr-defined]
        for name in ("claim_until", "due_at"):
            self.fields[name].input_formats = [MOMENT]  # type: ignore[attr-defined]
        self.fields["base"].validators.append(MinValueValidator(Decimal("0.01"), _("基础分应当大于 0，最多两位小数")))
        self.fields["places"].validators.append(MinValueValidator(1, _("名额至少 1 个")))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        claim_until, due_at = given.get("claim_until"), given.get("due_at")
        if claim_until and due_at and due_at <= claim_until:
            self.add_error("due_at", _("完成时限要晚于抢单截止，给承担的人留出办理时间。"))
        return given


class PostForm(forms.Form):
    """亮单: which drafts, at once or at a set time."""

    tasks = RowsField(Task.objects.none(), required=False)
    everything = forms.BooleanField(required=False)
    at = forms.DateTimeField(
        label=_("亮单时间"),
        required=False,
        widget=moment_input(),
        input_formats=[MOMENT],
        help_text=_("空为立即亮单。"),
    )

    def __init__(self, *args: Any, drafts: QuerySet[Task], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tasks"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = drafts

    def chosen(self) -> list[Task]:
        field = self.fields["tasks"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        assert field.queryset is not None
        return list(field.queryset if self.cleaned_data["everything"] else self.cleaned_data["tasks"])


class AssignForm(forms.Form):
    """派单: `only` the one whose button was pressed, or those who were ticked and who of them leads."""

    people = RowsField(Employee.objects.none(), required=False)
    only = forms.ModelChoiceField(Employee.objects.none(), required=False)
    lead = forms.ModelChoiceField(Employee.objects.none(), required=False)

    def __init__(self, *args: Any, person: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Employee.objects.filter(bureau_id=person.bureau_id).select_related("bureau", "department")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("only"):
            given["people"], given["lead"] = [given["only"]], None
        elif not given.get("people") and "people" not in self.errors:
            self.add_error("people", _("请至少选择一人再派单。"))
        return given


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=words(2), error_messages={"required": _("请写明理由。")})


class NoteForm(forms.Form):
    text = forms.CharField(label=_("进展"), widget=words(2), error_messages={"required": _("请写一句进展。")})


class HandInForm(forms.Form):
    """交付: what was done, with files."""

    report = forms.CharField(
        label=_("完成情况"),
        widget=words(4),
        help_text=_("对照任务要求写结果和数字，验收人据此评定质量。"),
        error_messages={"required": _("请写明完成情况。")},
    )
    files = ManyFilesField(label=_("交付材料"), required=False)  # type: ignore[assignment]  # a field, not the upload


class ExtensionForm(forms.Form):
    until = forms.DateTimeField(label=_("申请延至"), widget=moment_input(), input_formats=[MOMENT])
    reason = forms.CharField(label=_("延期理由"), widget=words(2), error_messages={"required": _("请写明延期理由。")})


class AcceptForm(forms.Form):
    """验收: the quality, and a sentence for the person."""

    quality = forms.DecimalField(
        label=_("质量系数"), min_value=0, max_value=BEST_QUALITY, decimal_places=2, initial="1.00"
    )
    comment = forms.CharField(
        label=_("验收意见"), widget=words(2), error_messages={"required": _("请写一句验收意见，承担人会看到。")}
    )


class DecisionForm(forms.Form):
    """A yes or a no to an extension or an objection, with a sentence."""

    decision = forms.ChoiceField(choices=[("yes", _("同意")), ("no", _("不同意"))])
    until = forms.DateTimeField(label=_("延至"), required=False, widget=moment_input(), input_formats=[MOMENT])
    answer = forms.CharField(label=_("答复"), required=False, widget=words(2))
