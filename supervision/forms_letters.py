"""Shapes of what people fill in about letters; what is right is the services' to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DayField, ManyFilesField, PointsInput, RowsField
from common.text import code
from organization.models import Bureau, Department, Employee
from supervision.models import Letter, LetterItem, LetterSettings, ProposedMinus
from supervision.queries.letters import Wanted
from supervision.services.letters import MOST_ITEMS, SETTINGS, ItemFacts

ALL = ("", _("全部"))
PEOPLE_LIST = "people"
"""The id of the one list of people that every field of a person on the page offers."""


def words(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class PersonField(forms.CharField):
    """Somebody of the bureau in post by number or, where only one is called so, by name; typed, with a list to help."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **options)
        self.widget.attrs |= {"list": PEOPLE_LIST, "autocomplete": "off"}
        self.bureau: Bureau | None = None

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Employee) else value

    def clean(self, value: Any) -> Any:
        text = code(super().clean(value) or "")
        if not text:
            return None
        assert self.bureau is not None
        today = self.bureau.today
        people = Employee.objects.filter(bureau=self.bureau).in_post_between(today, today).select_related("department")
        found = list(people.filter(number=text) or people.filter(name=text)[:2])
        if len(found) != 1:
            sentence = _("有几位同名，请填写工号") if found else _("本单位在职人员里没有“%s”") % text
            raise forms.ValidationError(sentence)
        return found[0]


class LetterFilter(forms.Form):
    """The filters of the register; the shown list rides along."""

    kind = forms.ChoiceField(label=_("方式"), required=False, choices=[ALL, *Letter.Kind.choices])
    state = forms.ChoiceField(label=_("状态"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("部门"), required=False)
    year = forms.ChoiceField(label=_("年度"), required=False)
    overdue = forms.ChoiceField(label=_("期限"), required=False, choices=[ALL, ("1", _("已逾期"))])
    q = forms.CharField(
        label=_("文号、标题或事项"), required=False, max_length=50, widget=forms.SearchInput(attrs={"size": 14})
    )
    show = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, bureau: Bureau, years: Sequence[int], items: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = LetterItem.State.choices if items else Letter.State.choices
        self.fields["state"].choices = [ALL, *states]  # type: ignore[attr-defined]
        self.fields["year"].choices = [ALL, *((str(one), str(one)) for one in years)]  # type: ignore[attr-defined]
        department = self.fields["department"]
        assert isinstance(department, forms.ModelChoiceField)
        department.queryset, department.empty_label = bureau.departments.all(), str(_("全部"))

    @property
    def wanted(self) -> Wanted:
        """What the parameters say; a faulty one narrows nothing."""
        self.is_valid()
        given = getattr(self, "cleaned_data", {})
        return Wanted(
            kind=given.get("kind", ""), state=given.get("state", ""), department=given.get("department"),
            overdue=bool(given.get("overdue")), year=int(given["year"]) if given.get("year") else None,
            text=given.get("q", ""),
        )  # fmt: skip


class LetterForm(forms.Form):
    """The head of a draft."""

    kind = forms.ChoiceField(label=_("督查方式"), choices=Letter.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label=_("标题"), max_length=200)
    opening = forms.CharField(
        label=_("正文"), required=False, widget=words(3), help_text=_("督查的依据和总的要求；事项逐件写在下面。")
    )
    known = forms.CharField(required=False, widget=forms.HiddenInput)
    prefilled = DayField(required=False, widget=forms.HiddenInput)


class ItemForm(forms.Form):
    """One item of a draft; a row without any text is left out."""

    matter = forms.CharField(label=_("督办事项"), required=False, max_length=200)
    due_on = DayField(label=_("办结期限"), required=False)
    department = forms.ModelChoiceField(Department.objects.none(), label=_("主办部门"), required=False, empty_label="–")
    responsible = PersonField(label=_("责任人"), required=False)
    problem = forms.CharField(label=_("存在问题"), required=False, widget=words(2))
    requirement = forms.CharField(label=_("整改要求"), required=False, widget=words(2))
    assisting = RowsField(
        Department.objects.none(), label=_("协办部门"), required=False, widget=forms.CheckboxSelectMultiple
    )

    TEXTS = ("matter", "problem", "requirement")

    @property
    def is_blank(self) -> bool:
        given = self.cleaned_data
        return not any(given.get(name) for name in (*self.TEXTS, "department", "responsible", "assisting"))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.is_blank:
            for name in (*self.TEXTS, "department"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("这一项不能为空"))
        return given

    @property
    def facts(self) -> ItemFacts:
        given = self.cleaned_data
        return ItemFacts(**{name: given[name] for name in (*self.TEXTS, "department", "responsible", "due_on")},
                         assisting=tuple(given["assisting"]))  # fmt: skip


class ItemFormSet(forms.BaseFormSet):
    """The items of a draft; departments are asked for once, not for every row."""

    def __init__(self, *args: Any, bureau: Bureau, default_due: Any = None, **kwargs: Any) -> None:
        self._bureau = bureau
        self._departments = list(bureau.departments.order_by("code"))
        self._default_due = default_due
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        department, assisting = form.fields["department"], form.fields["assisting"]
        assert isinstance(department, forms.ModelChoiceField)
        assert isinstance(assisting, RowsField)
        department.queryset = assisting.queryset = self._bureau.departments.order_by("code")
        named = [(one.pk, one.name) for one in self._departments]
        department.widget.choices, assisting.widget.choices = [("", "–"), *named], named
        form.fields["responsible"].bureau = self._bureau  # type: ignore[attr-defined]
        form.fields["due_on"].initial = self._default_due

    @property
    def facts(self) -> list[ItemFacts]:
        """The rows that say something, in their order."""
        return [form.facts for form in self.forms if not form.is_blank]


def item_set(data: Mapping[str, Any] | None, *, bureau: Bureau, default_due: Any, **options: Any) -> Any:
    extra = options.pop("extra", 1)
    made: Any = forms.formset_factory(
        ItemForm, formset=ItemFormSet, extra=extra, max_num=MOST_ITEMS, absolute_max=MOST_ITEMS + 1
    )  # of a forged number Django would draw a thousand rows
    return made(data, bureau=bureau, default_due=default_due, prefix="items", **options)


class ReportForm(forms.Form):
    text = forms.CharField(label=_("办理情况"), widget=words(5), error_messages={"required": _("请写明办理情况。")})
    files = ManyFilesField(label=_("佐证材料"), required=False)  # type: ignore[assignment]  # Django's own use is an attribute


class ExtensionForm(forms.Form):
    wanted = DayField(label=_("申请延到"))
    reason = forms.CharField(label=_("延期理由"), widget=words(3), error_messages={"required": _("请写明延期的理由。")})


class DecideExtensionForm(forms.Form):
    """Granted by default to the day that was asked for."""

    granted = forms.ChoiceField(
        label=_("审批"), choices=[("yes", _("同意延期")), ("no", _("不同意"))], widget=forms.RadioSelect
    )
    new_due = DayField(label=_("新的期限"), required=False, help_text=_("同意时填写；可以与申请的日期不同。"))
    decision = forms.CharField(label=_("审批意见"), required=False, widget=words(2), help_text=_("不同意要写明理由。"))


class CheckForm(forms.Form):
    accepted = forms.ChoiceField(
        label=_("审核"), choices=[("yes", _("通过，予以销号")), ("no", _("退回重办"))], widget=forms.RadioSelect
    )
    remark = forms.CharField(label=_("审核意见"), required=False, widget=words(3), help_text=_("退回重办要写明。"))
    new_due = DayField(label=_("新的期限"), required=False, help_text=_("退回时可另定；原期限已到的必须另定。"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), widget=words(2), error_messages={"required": _("请写明理由。")})


class MinusForm(forms.Form):
    """提请 with whom and how much, or not, always with a reason."""

    decision = forms.ChoiceField(
        label=_("决定"), choices=[("adopt", _("提请减分")), ("decline", _("不减分"))], widget=forms.RadioSelect
    )
    employee = PersonField(label=_("对谁提请"), required=False, help_text=_("工号或姓名。"))
    points = PointsInput(label=_("减分"), required=False, min_value=Decimal("0.01"), max_digits=6, decimal_places=2)
    reason = forms.CharField(label=_("理由"), widget=words(2), error_messages={"required": _("请写明决定的理由。")})

    def __init__(self, *args: Any, minus: ProposedMinus, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"employee": minus.employee, "points": minus.points})
        super().__init__(*args, **kwargs)
        self.fields["employee"].bureau = minus.item.letter.bureau  # type: ignore[attr-defined]


class LetterSettingsForm(forms.ModelForm):
    minus_points = PointsInput(
        label=_("逾期建议减分"), min_value=Decimal("0.01"), max_digits=6, decimal_places=2,
        help_text=_("每件逾期事项一次；只是建议，由绩效办决定是否提请。"),
    )  # fmt: skip

    class Meta:
        model = LetterSettings
        fields = SETTINGS
