"""What people fill in about lists of use and trainings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from awards.models import TrainingSession, UseLine, UseList, UseSettings
from awards.queries.drawn import period_label
from awards.services.improvements import Carrying
from awards.services.uses import APPROVAL_WIDENS
from common.components import quarter_label
from common.forms import DayField, RowsField


class DrawForm(forms.Form):
    """Which list is drawn for which period; the quota of the annual grade may be widened with approval."""

    kind = forms.ChoiceField(label=_("名单"), choices=UseList.Kind.choices)
    period = forms.ChoiceField(
        label=_("期间"),
        help_text=_("季度考核等次按季度拟定，培训需求按季度或年度，其余按年度；只列有已发布得分的期间。"),
    )
    percent = forms.IntegerField(
        label=_("“优秀”比例（%）"),
        required=False,
        min_value=1,
        max_value=100,
        help_text=_("只用于年度考核等次；空为平时的比例。"),
    )
    basis = forms.CharField(
        label=_("放宽比例的批准依据"),
        required=False,
        max_length=500,
        help_text=_("超过平时的比例时必填：文件名称和文号。"),
    )

    def __init__(self, *args: Any, codes: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        quarters = sorted(codes, reverse=True)
        years = sorted({code[:4] for code in quarters}, reverse=True)
        field = self.fields["period"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (_("季度"), [(code, quarter_label(code)) for code in quarters]),
            (_("年度"), [(year, period_label(year)) for year in years]),
        ]


class DecideForm(forms.Form):
    """What people decide on a line, and why where it departs from the suggestion."""

    decision = forms.ChoiceField(label=_("决定"), required=False, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("决定与系统建议不同时必填，写进名单。"),
    )

    def __init__(self, *args: Any, line: UseLine, **options: Any) -> None:
        options.setdefault("initial", {"decision": line.decision, "note": line.note})
        super().__init__(*args, **options)
        field = self.fields["decision"]
        assert isinstance(field, forms.ChoiceField)
        choices: list[tuple[str, Any]] = [(str(word), label) for word, label in line.use_list.words.items()]
        field.choices = [*choices, ("", _("暂不决定"))]


class LinesFilter(forms.Form):
    """Which lines of a list are shown."""

    show = forms.ChoiceField(
        label=_("显示"),
        required=False,
        choices=[
            ("", _("全部")),
            ("waiting", _("还没有决定")),
            ("border", _("并列在界线上")),
            ("departs", _("与建议不同")),
            ("none", _("没有建议")),
        ],
    )
    word = forms.ChoiceField(label=_("系统建议"), required=False)
    decision = forms.ChoiceField(label=_("人工决定"), required=False)
    search = forms.CharField(label=_("查找"), required=False, max_length=50)

    def __init__(self, *args: Any, use_list: UseList, **options: Any) -> None:
        super().__init__(*args, **options)
        words = [("", _("全部")), *((str(word), label) for word, label in use_list.words.items())]
        for name in ("word", "decision"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = words


class UseSettingsForm(forms.ModelForm):
    """Quotas and thresholds."""

    class Meta:
        model = UseSettings
        fields = (
            "good_percent",
            "fair_percent",
            "poor_below",
            "excellent_percent",
            "excellent_most_percent",
            "preferred_percent",
            "held_back_percent",
            "training_people",
            "training_share",
            "improvement_share",
            "last_departments",
        )

    def clean(self) -> dict[str, Any]:
        """What the service refuses, at its field; the database's own refusal has no sentence."""
        given = super().clean() or {}
        if given.get("excellent_most_percent", 0) < given.get("excellent_percent", 0):
            self.add_error("excellent_most_percent", APPROVAL_WIDENS)
        return given


class CarryForm(forms.Form):
    """What the point demands next year."""

    name = forms.CharField(label=_("名称"), max_length=200)
    full = forms.DecimalField(label=_("分值"), min_value=0, max_digits=8, decimal_places=2)
    standard = forms.CharField(label=_("质量标准"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    reason = forms.CharField(
        label=_("改进什么"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("记入考点的修订理由。"),
    )

    def __init__(self, *args: Any, plan: Carrying, **options: Any) -> None:
        version = plan.version
        options.setdefault("initial", {"name": version.name, "full": version.full, "standard": version.standard})
        super().__init__(*args, **options)


class TrainingForm(forms.Form):
    """A training for some of the needs that were decided 安排培训."""

    title = forms.CharField(label=_("培训内容"), max_length=200)
    day = DayField(label=_("培训日期"))
    place = forms.CharField(label=_("地点"), max_length=100, required=False)
    trainer = forms.CharField(label=_("授课人"), max_length=50, required=False)
    needs = RowsField(
        label=_("针对的培训需求"),
        queryset=UseLine.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("在这些考点上失分的在岗人员都会收到邀请。"),
    )

    def __init__(self, *args: Any, needs: Any, today: date, **options: Any) -> None:
        options.setdefault("initial", {"day": today})
        super().__init__(*args, **options)
        field = self.fields["needs"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = needs
        field.label_from_instance = _need_label  # type: ignore[method-assign, assignment]


class CancelTrainingForm(forms.Form):
    reason = forms.CharField(label=_("取消的理由"), max_length=200)


class AttendanceForm(forms.Form):
    """Who came, as tick boxes, and a note where somebody did not."""

    came = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, training: TrainingSession, **options: Any) -> None:
        super().__init__(*args, **options)
        people = list(training.attendances.order_by("employee__number").values_list("employee_id", "note"))
        field = self.fields["came"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(person, "") for person, _note in people]
        for person, note in people:
            self.fields[f"note-{person}"] = forms.CharField(required=False, max_length=200, initial=note)

    @property
    def notes(self) -> dict[int, str]:
        """The notes by employee id."""
        named = self.cleaned_data.items()
        return {int(name[5:]): text for name, text in named if name.startswith("note-")}


def _need_label(line: UseLine) -> str:
    figures = line.figures
    place = figures.get("post") or figures.get("department", "")
    return _("%(code)s %(name)s · %(place)s · %(people)s 人失 %(lost)s 分") % {
        "code": figures["code"],
        "name": figures["name"],
        "place": place,
        "people": figures["people"],
        "lost": figures["lost"],
    }
