"""Selections of the five stars over the API (interfaces.md, HTTP); every act is the service that the pages call.

A vote answers with what is left to vote for, never with what was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from awards.models import Objection, Selection, StarAward, StarCategory, StarKind
from awards.permissions.selections import may_nominate, may_object, may_vote
from awards.queries.selection_page import NomineeShown, StarShown, stars_shown
from awards.queries.selections import State
from awards.queries.votes import stars_to_vote, turnout, voted_for, voter_of
from awards.services.nominating import LONGEST_DEEDS, nominate
from awards.services.objections import LONGEST_GROUND, object_to
from awards.services.voting import cast_ballot
from common.api import given_by
from organization.api import ScopedMixin
from organization.models import Employee, PartyBranch
from organization.requests import caller


class SelectionSerializer(serializers.ModelSerializer[Selection]):
    """A selection with its days, in the bureau's calendar."""

    quarter = serializers.CharField(source="quarter.code")
    run = serializers.IntegerField(source="run.number", help_text="The scoring run whose ranks made the pool.")

    class Meta:
        model = Selection
        fields: ClassVar[tuple[str, ...]] = (
            "id", "quarter", "run", "state", "leaders_percent", "most_categories", "nominate_until", "ballot_from",
            "ballot_until", "publicity_until",
        )  # fmt: skip
        read_only_fields = fields


class AwardSerializer(serializers.ModelSerializer[StarAward]):
    class Meta:
        model = StarAward
        fields: ClassVar[tuple[str, ...]] = ("id", "state", "by_vote", "serial", "published_on")
        read_only_fields = fields


class NomineeSerializer(serializers.Serializer[NomineeShown]):
    """What comes of the vote is empty until the ballot is closed; share and votes stay empty where a side cast one or
    two ballots, the rank where fewer than three were cast in all."""

    id = serializers.IntegerField(source="pk")
    employee_no = serializers.CharField(source="number")
    name = serializers.CharField()
    department = serializers.CharField()
    nominated_by = serializers.CharField(source="by", help_text="Department or branch.")
    deeds = serializers.CharField()
    share = serializers.CharField(help_text="Weighted share of 100.")
    rank = serializers.IntegerField(allow_null=True)
    leaders = serializers.CharField(help_text="Votes of ballots, as 2/4.")
    staff = serializers.CharField()
    elected = serializers.BooleanField()
    tied = serializers.BooleanField(help_text="Equal at the border: the committee decides.")
    award = AwardSerializer(allow_null=True)


class StarSerializer(serializers.Serializer[StarShown]):
    kind = serializers.CharField(source="category.kind")
    criteria = serializers.CharField(source="category.criteria")
    winners = serializers.IntegerField(source="category.winners")
    departure = serializers.CharField(source="category.departure")
    nominees = NomineeSerializer(many=True)


class TurnoutSerializer(serializers.Serializer[Any]):
    """How many of a side have cast all their ballots; only while the ballot is open."""

    side = serializers.CharField()
    voters = serializers.IntegerField()
    done = serializers.IntegerField()


class SelectionDetailSerializer(SelectionSerializer):
    stars = serializers.SerializerMethodField()
    turnout = serializers.SerializerMethodField()
    left_to_vote = serializers.SerializerMethodField(help_text="The stars for which the caller has not voted yet.")

    class Meta(SelectionSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*SelectionSerializer.Meta.fields, "stars", "turnout", "left_to_vote")
        read_only_fields = fields

    def _caller(self) -> Employee:
        return caller(self.context["request"])

    @extend_schema_field(StarSerializer(many=True))
    def get_stars(self, selection: Selection) -> Any:
        shown: Any = stars_shown(selection, self._caller())
        return StarSerializer(shown, many=True).data

    @extend_schema_field(TurnoutSerializer(many=True))
    def get_turnout(self, selection: Selection) -> Any:
        return TurnoutSerializer(turnout(selection) if selection.state == State.BALLOTING else [], many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_left_to_vote(self, selection: Selection) -> list[str]:
        return left_to_vote(selection, self._caller())


def left_to_vote(selection: Selection, user: Employee) -> list[str]:
    """The kinds of stars for which somebody can still vote."""
    voter = voter_of(selection, user) if selection.state == State.BALLOTING else None
    if voter is None or not may_vote(user, selection, today=user.bureau.today, voter=voter):
        return []
    done = voted_for(voter)
    return [one.kind for one in stars_to_vote(selection) if one.pk not in done]


class NominatingSerializer(serializers.Serializer[Any]):
    """`branch` (its code) where a branch nominates, else the caller's department does."""

    star = serializers.ChoiceField(choices=StarKind.choices)
    employee_no = serializers.CharField(max_length=32)
    branch = serializers.CharField(required=False, allow_blank=True, default="", max_length=32)
    deeds = serializers.CharField(max_length=LONGEST_DEEDS)


class VotingSerializer(serializers.Serializer[Any]):
    """`nominees` are the ids of up to as many nominees as the star has winners; or none with `abstain`."""

    star = serializers.ChoiceField(choices=StarKind.choices)
    nominees = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, default=list, max_length=20
    )
    abstain = serializers.BooleanField(required=False, default=False)


class VotedSerializer(serializers.Serializer[Any]):
    left_to_vote = serializers.ListField(child=serializers.CharField())


class ObjectingSerializer(serializers.Serializer[Any]):
    """`award` is the id of the star that it is about, without it the whole selection."""

    award = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**63 - 1)
    ground = serializers.CharField(max_length=LONGEST_GROUND)


class ObjectionSerializer(serializers.ModelSerializer[Objection]):
    class Meta:
        model = Objection
        fields: ClassVar[tuple[str, ...]] = ("id", "award", "ground", "at", "upheld", "answer")
        read_only_fields = fields


class StarFilterSet(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code", lookup_expr="iexact")

    class Meta:
        model = Selection
        fields = ("quarter", "state")


@extend_schema(tags=["stars"])
class StarViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Selection]):
    """Selections of the five stars: what stands for what, the turnout while the ballot is open, the result after it."""

    queryset = Selection.objects.select_related("bureau", "quarter__bureau", "run").order_by("-quarter__code", "-pk")
    serializer_class = SelectionSerializer
    filterset_class = StarFilterSet
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> type[SelectionSerializer]:
        return SelectionSerializer if self.action == "list" else SelectionDetailSerializer

    @extend_schema(request=NominatingSerializer, responses={201: SelectionDetailSerializer})
    @action(detail=True, methods=["post"])
    def nominate(self, request: Request, pk: str) -> Response:
        """Nominates somebody of the pool for a star, for the caller's department or a branch that the caller leads."""
        selection, person = self.get_object(), caller(request)
        may_nominate(person, selection, today=person.bureau.today).require()
        values = given_by(request, NominatingSerializer)
        own = Employee.objects.filter(bureau_id=person.bureau_id)
        branches = PartyBranch.objects.filter(bureau_id=person.bureau_id)
        nominate(
            category=_star(selection, values["star"]),
            employee=get_object_or_404(own, number=values["employee_no"]),
            branch=get_object_or_404(branches, code=values["branch"]) if values["branch"] else None,
            deeds=values["deeds"],
            actor=person,
            today=person.bureau.today,
            now=timezone.now(),
        )
        shown = SelectionDetailSerializer(selection, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=VotingSerializer, responses=VotedSerializer)
    @action(detail=True, methods=["post"])
    @sensitive_variables("given", "values")
    def vote(self, request: Request, pk: str) -> Response:
        """Casts the caller's one secret ballot for a star; it can neither be seen nor changed afterwards."""
        selection, person = self.get_object(), caller(request)
        may_vote(person, selection, today=person.bureau.today).require()
        values = given_by(request, VotingSerializer)
        star = _star(selection, values["star"])
        _cast(star, values["nominees"], person, abstain=values["abstain"])
        return Response({"left_to_vote": left_to_vote(selection, person)})

    @extend_schema(request=ObjectingSerializer, responses={201: ObjectionSerializer})
    @action(detail=True, methods=["post"], url_path="object")
    def object_to(self, request: Request, pk: str) -> Response:
        """Objects to a star or to the selection in the days of publicity."""
        selection, person = self.get_object(), caller(request)
        may_object(person, selection, today=person.bureau.today).require()
        given = given_by(request, ObjectingSerializer)
        award = given["award"]
        stars = StarAward.objects.filter(category__selection=selection).select_related("category", "employee")
        made = object_to(
            selection=selection,
            award=get_object_or_404(stars, pk=award) if award else None,
            actor=person,
            ground=given["ground"],
            today=person.bureau.today,
            now=timezone.now(),
        )
        return Response(ObjectionSerializer(made).data, status=status.HTTP_201_CREATED)


@sensitive_variables("chosen")
def _cast(star: StarCategory, chosen: Sequence[int], person: Employee, *, abstain: bool) -> None:
    cast_ballot(category=star, chosen=chosen, abstain=abstain, actor=person, today=person.bureau.today)


def _star(selection: Selection, kind: str) -> StarCategory:
    return get_object_or_404(StarCategory.objects.filter(selection=selection), kind=kind)
