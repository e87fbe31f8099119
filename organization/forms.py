"""Forms of login and of the bureau's people and places; what they cannot know, the services check."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.forms import CodeField, DayField
from organization.models import (
    Absence,
    Bureau,
    CalendarYear,
    Department,
    Employee,
    PartyBranch,
    Post,
    RankCategory,
    Role,
)


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """Shows a refusal of a service at the fields that it names, or above the form."""
    fields = {name: text for name, text in error.fields.items() if name in form.fields}
    for name, text in fields.items():
        form.add_error(name, str(text))
    if error.message not in map(str, fields.values()):
        form.add_error(None, error.message)


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> DayField:
    return DayField(label=label, required=required, help_text=help_text)


class LoginForm(forms.Form):
    username = forms.CharField(
        label=_("工号"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages={"required": _("请填写工号。")},
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("请填写密码。")},
    )


class PasswordForm(PasswordChangeForm):
    """The own new password, which is not the old one again."""

    def clean_new_password1(self) -> str:
        password: str = self.cleaned_data["new_password1"]
        if password == self.cleaned_data.get("old_password"):
            raise forms.ValidationError(_("新密码与原来的相同，请另设一个。"))
        return password


class PeopleFilter(forms.Form):
    """Search and filters of the list of people; an unknown choice in the address is ignored."""

    STATES = (("", _("在职")), ("away", _("离岗中")), ("left", _("已离职")), ("all", _("全部")))

    q = forms.CharField(label=_("姓名、拼音或工号"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    department = forms.ModelChoiceField(
        label=_("部门"), queryset=Department.objects.none(), required=False, empty_label=_("全部")
    )
    branch = forms.ModelChoiceField(
        label=_("党支部"), queryset=PartyBranch.objects.none(), required=False, empty_label=_("全部")
    )
    category = forms.ModelChoiceField(
        label=_("序列"), queryset=RankCategory.objects.none(), required=False, empty_label=_("全部")
    )
    role = forms.ChoiceField(label=_("角色"), choices=[("", _("全部")), *Role.Kind.choices], required=False)
    state = forms.ChoiceField(label=_("状态"), choices=STATES, required=False)

    def __init__(self, user: Employee, *args: Any, sees_absences: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, user.bureau, "department", "branch", "category")
        if not sees_absences:
            self.fields["state"].choices = [  # type: ignore[attr-defined]
                choice for choice in self.STATES if choice[0] != "away"
            ]


class PlacementForm(forms.Form):
    effective_from = day_field(
        _("生效日期"), required=True, help_text=_("从这一天起按新的部门、岗位、支部和序列考评。")
    )
    department = forms.ModelChoiceField(label=_("部门"), queryset=Department.objects.none())
    post = forms.ModelChoiceField(label=_("岗位"), queryset=Post.objects.none(), required=False)
    branch = forms.ModelChoiceField(label=_("党支部"), queryset=PartyBranch.objects.none(), required=False)
    category = forms.ModelChoiceField(label=_("序列"), queryset=RankCategory.objects.none())

    def __init__(self, bureau: Bureau, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, bureau, "department", "post", "branch", "category")


class NewEmployeeForm(PlacementForm):
    number = CodeField(label=_("工号"), max_length=32, help_text=_("登录用，全系统唯一，以后不能改。"))
    name = forms.CharField(label=_("姓名"), max_length=50)
    joined_on = day_field(_("入职日期"), help_text=_("不填表示一直在职。"))
    field_order = ("number", "name", "joined_on", "department", "post", "branch", "category")

    def __init__(self, bureau: Bureau, *args: Any, **kwargs: Any) -> None:
        super().__init__(bureau, *args, **kwargs)
        del self.fields["effective_from"]


class EmployeeForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=50)
    sort_key = forms.CharField(
        label=_("拼音排序"), max_length=150, help_text=_("由姓名生成，多音字姓氏可以在这里改正。")
    )
    joined_on = day_field(_("入职日期"), help_text=_("不填表示一直在职。"))
    left_on = day_field(_("离职日期"), help_text=_("最后在职的一天；次日起不能登录。"))


class RoleForm(forms.Form):
    kind = forms.ChoiceField(label=_("角色"), choices=Role.Kind.choices)
    starts_on = day_field(_("起始日期"), required=True)
    ends_on = day_field(_("截止日期"), help_text=_("不填表示直到收回。"))


class AbsenceForm(forms.Form):
    kind = forms.ChoiceField(label=_("类型"), choices=Absence.Kind.choices)
    starts_on = day_field(_("起始日期"), required=True)
    ends_on = day_field(_("截止日期"), help_text=_("含当天；不填表示还没有结束。"))


class PlaceForm(forms.ModelForm):
    """Base of the forms for departments, posts, branches and categories of one bureau."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, self.instance.bureau, *({"department"} & self.fields.keys()))
        people = Employee.objects.filter(bureau=self.instance.bureau).order_by("sort_key", "number")
        for name in {"deputy", "secretary"} & self.fields.keys():
            _choose_from(self, name, people)


class DepartmentForm(PlaceForm):
    class Meta:
        model = Department
        fields = ("code", "name", "kind", "is_assessor", "deputy")
        field_classes = {"code": CodeField}


class PostForm(PlaceForm):
    class Meta:
        model = Post
        fields = ("code", "name", "department", "duties")
        field_classes = {"code": CodeField}


class BranchForm(PlaceForm):
    class Meta:
        model = PartyBranch
        fields = ("code", "name", "secretary")
        field_classes = {"code": CodeField}


class CategoryForm(PlaceForm):
    """The name of a category is chosen once (services.places.save_place)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].disabled = self.instance.pk is not None

    class Meta:
        model = RankCategory
        fields = ("name", "position")


class SettingsForm(forms.ModelForm):
    class Meta:
        model = Bureau
        fields = ("name", "ranking_view")


class CalendarYearForm(forms.Form):
    year = forms.IntegerField(label=_("年度"), min_value=2004, max_value=2100)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("例如国务院办公厅通知的文号。"))


class CalendarDayForm(forms.Form):
    day = day_field(_("日期"), required=True)
    is_workday = forms.TypedChoiceField(
        label=_("安排"), choices=[("no", _("放假")), ("yes", _("上班"))], coerce=lambda choice: choice == "yes"
    )
    name = forms.CharField(label=_("说明"), max_length=50)


def known_years(today: date) -> list[int]:
    """The years that the calendar page offers: those in the table and the present and next one."""
    years = set(CalendarYear.objects.values_list("year", flat=True))
    return sorted(years | {today.year, today.year + 1}, reverse=True)


def _offer(form: forms.BaseForm, bureau: Bureau, *names: str) -> None:
    for name in names:
        field = form.fields[name]
        _choose_from(form, name, field.queryset.model._default_manager.filter(bureau=bureau))  # type: ignore[attr-defined]


def _choose_from(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    form.fields[name].queryset = rows  # type: ignore[attr-defined]
