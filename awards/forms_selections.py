"""Shapes of what people type in a selection of the five stars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from awards.models import AwardSettings, Nomination, PoolMember, Selection, StarAward, StarCategory
from awards.queries.nominees import Nominators
from awards.queries.selection_page import StarShown
from awards.services.deciding import Choice
from awards.services.nominating import LONGEST_DEEDS, SHORTEST_DEEDS
from awards.services.objections import LONGEST_GROUND
from common.components import quarter_label
from common.forms import DayField
from indicators.models import Quarter
from organization.models import PartyBranch


class AwardSettingsForm(forms.ModelForm):
    class Meta:
        model = AwardSettings
        fields = (
            "leaders_percent", "most_categories", "winners_each", "nomination_days", "ballot_days", "publicity_days",
        )  # fmt: skip


class OpenForm(forms.Form):
    """Which published quarter a selection opens from."""

    quarter = forms.ChoiceField(label=_("季度"))

    def __init__(self, *args: Any, quarters: Sequence[Quarter], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quarter"].choices = [(one.code, quarter_label(one.code)) for one in quarters]  # type: ignore[attr-defined]


class DaysForm(forms.Form):
    """The days of a selection that have not passed; the others are not asked for."""

    nominate_until = DayField(label=_("提名截止"))
    ballot_from = DayField(label=_("投票开始"))
    ballot_until = DayField(label=_("投票截止"))
    publicity_until = DayField(label=_("公示截止"))

    SHOWN: Mapping[str, tuple[str, ...]] = {
        Selection.State.NOMINATING: ("nominate_until", "ballot_from", "ballot_until"),
        Selection.State.BALLOTING: ("ballot_until",),
        Selection.State.PUBLICITY: ("publicity_until",),
    }

    def __init__(self, data: Any = None, *, selection: Selection) -> None:
        super().__init__(data, initial={name: getattr(selection, name) for name in self.base_fields})
        for name in set(self.fields) - set(self.SHOWN.get(selection.state, ())):
            del self.fields[name]


class CategoryForm(forms.Form):
    """One star: its criteria and number of winners."""

    criteria = forms.CharField(label=_("条件"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    winners = forms.IntegerField(label=_("名额"), min_value=1, max_value=20)

    def __init__(self, data: Any = None, *, category: StarCategory) -> None:
        initial = {"criteria": category.criteria, "winners": category.winners}
        super().__init__(data, initial=initial, prefix=category.kind)
        self.category = category


class NominationForm(forms.Form):
    """Whom, for what, in whose name, and the deeds."""

    category = forms.ModelChoiceField(StarCategory.objects.none(), label=_("星级"), empty_label=None)
    member = forms.ModelChoiceField(PoolMember.objects.none(), label=_("干部"))
    branch = forms.ModelChoiceField(PartyBranch.objects.none(), label=_("提名单位"), required=False)
    deeds = forms.CharField(
        label=_("事迹"),
        min_length=SHORTEST_DEEDS,
        max_length=LONGEST_DEEDS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("写具体的人和事、时间和成效，全体干部投票时都会看到。"),
    )

    def __init__(
        self, *args: Any, selection: Selection, own: Nominators, members: Sequence[PoolMember], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        category, member, branch = self.fields["category"], self.fields["member"], self.fields["branch"]
        assert isinstance(category, forms.ModelChoiceField)
        assert isinstance(member, forms.ModelChoiceField)
        assert isinstance(branch, forms.ModelChoiceField)
        category.queryset = StarCategory.objects.filter(selection=selection).order_by("pk")
        member.queryset = PoolMember.objects.filter(pk__in=[one.pk for one in members])
        member.choices = [
            ("", _("请选择")),
            *((one.pk, f"{one.employee.name}（{one.employee.department.name}）") for one in members),
        ]
        branch.queryset = PartyBranch.objects.filter(pk__in=[one.pk for one in own.branches])
        names = [("", own.department.name)] if own.department else []
        branch.choices = [*names, *((one.pk, one.name) for one in own.branches)]
        branch.required = own.department is None
        if len(branch.choices) == 1:
            branch.widget = forms.HiddenInput()
            self.initial.setdefault("branch", next(iter(branch.choices))[0])


class BallotForm(forms.Form):
    """One ballot for one star: up to as many nominees as it has winners, or an abstention said so."""

    chosen = forms.MultipleChoiceField(required=False)
    abstain = forms.BooleanField(required=False)

    def __init__(self, *args: Any, nominations: Iterable[Nomination], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].choices = [(str(one.pk), one.employee.name) for one in nominations]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """Who gets each star, and why where that is not what the vote says."""

    def __init__(
        self,
        *args: Any,
        stars: Sequence[StarShown],
        chosen: Mapping[int, Iterable[int]],
        departures: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stars = list(stars)
        for one in self.stars:
            star = one.category.pk
            self.fields[f"chosen-{star}"] = forms.TypedMultipleChoiceField(
                label=str(one.category),
                required=False,
                coerce=int,
                choices=[(nominee.pk, nominee.name) for nominee in one.nominees],
                initial=list(chosen.get(star, ())),
            )
            self.fields[f"departure-{star}"] = forms.CharField(
                label=_("与投票结果不一致的理由"),
                required=False,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=departures.get(star, ""),
            )

    def choices(self) -> dict[int, Choice]:
        given = self.cleaned_data
        return {
            star: Choice(frozenset(given[f"chosen-{star}"]), given[f"departure-{star}"])
            for star in (one.category.pk for one in self.stars)
        }


class ObjectionForm(forms.Form):
    award = forms.ModelChoiceField(StarAward.objects.none(), label=_("针对"), required=False, empty_label=_("整个评选"))
    ground = forms.CharField(
        label=_("异议内容"),
        max_length=LONGEST_GROUND,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("只有绩效办、局领导和纪检看得到；请写明事实和依据。"),
    )

    def __init__(self, *args: Any, awards: Sequence[StarAward], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["award"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = StarAward.objects.filter(pk__in=[one.pk for one in awards])
        field.choices = [("", _("整个评选")), *((one.pk, f"{one.category} {one.employee.name}") for one in awards)]


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label=_("处理"),
        choices=[("no", _("不采纳")), ("yes", _("采纳，退回重新审定"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(label=_("答复"), max_length=LONGEST_GROUND, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
