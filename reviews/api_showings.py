"""Three showings over the API: what one sees of them, one's own statement and ballots; every act is the pages' service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from organization.api import ScopedMixin
from organization.requests import caller
from reviews.marks import Ballot
from reviews.models import HIGHEST_MARK, FollowUp, Participant, Rating, Showing, Statement
from reviews.permissions.ratings import may_rate
from reviews.permissions.showings import may_write_statement
from reviews.queries.ratings import own_ballots, results
from reviews.queries.showings import moment_of
from reviews.services.ratings import hand_in_ratings, save_ratings
from reviews.services.statements import hand_in_statement, save_draft
from tasks_market.services.steps import require


class ShowingSerializer(serializers.ModelSerializer[Showing]):
    branches = serializers.SerializerMethodField(help_text="Codes of the branches that hold it, alone or together.")

    class Meta:
        model = Showing
        fields: ClassVar[tuple[str, ...]] = (
            "id", "month", "branches", "day", "starts_at", "place", "topic", "state", "held_on", "ratings_opened_at",
            "closed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_branches(self, showing: Showing) -> list[str]:
        return sorted(one.branch.code for one in showing.joined.all())


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    employee_no = serializers.CharField(source="employee.number")
    name = serializers.CharField(source="employee.name")
    branch = serializers.CharField(source="branch.code")

    class Meta:
        model = Participant
        fields = ("employee_no", "name", "branch", "position", "attendance", "reason")
        read_only_fields = fields


class StatementSerializer(serializers.ModelSerializer[Statement]):
    employee_no = serializers.CharField(source="employee.number")

    class Meta:
        model = Statement
        fields = ("employee_no", "achievements", "shortcomings", "plans", "handed_in_at")
        read_only_fields = fields


class FollowUpSerializer(serializers.ModelSerializer[FollowUp]):
    owner_no = serializers.CharField(source="owner.number")
    owner = serializers.CharField(source="owner.name")

    class Meta:
        model = FollowUp
        fields = ("id", "task", "owner_no", "owner", "due_on", "outcome", "done_at")
        read_only_fields = fields


class CommentSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    text = serializers.CharField()


class RatedSerializer(serializers.Serializer[Any]):
    """`mean` of the peers' marks, above five raters without the highest and the lowest; single marks are nobody's."""

    employee_no = serializers.CharField()
    mean = serializers.CharField(allow_null=True)
    raters = serializers.IntegerField()
    trimmed = serializers.BooleanField()
    comments = CommentSerializer(many=True)
    leader = CommentSerializer(many=True)


class ShowingDetailSerializer(ShowingSerializer):
    """With what the caller may read: statements that were handed in, and the ratings once all are in (blind before)."""

    participants = serializers.SerializerMethodField()
    statements = serializers.SerializerMethodField()
    follow_ups = serializers.SerializerMethodField()
    results = serializers.SerializerMethodField(help_text="Empty until the ratings are open.")

    class Meta(ShowingSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *ShowingSerializer.Meta.fields, "minutes", "closing_reason", "participants", "statements", "follow_ups",
            "results",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ParticipantSerializer(many=True))
    def get_participants(self, showing: Showing) -> Any:
        rows = showing.participants.select_related("employee", "branch").order_by("position", "employee__number")
        return ParticipantSerializer(rows, many=True).data

    @extend_schema_field(StatementSerializer(many=True))
    def get_statements(self, showing: Showing) -> Any:
        """Drafts are left out, one's own, too: it is at `statement/`."""
        visible = Statement.objects.visible_to(caller(self.context["request"]))
        rows = visible.filter(showing=showing, handed_in_at__isnull=False).select_related("employee")
        return StatementSerializer(rows.order_by("employee__number"), many=True).data

    @extend_schema_field(FollowUpSerializer(many=True))
    def get_follow_ups(self, showing: Showing) -> Any:
        visible = FollowUp.objects.visible_to(caller(self.context["request"])).filter(showing=showing)
        return FollowUpSerializer(visible.select_related("owner"), many=True).data

    @extend_schema_field(RatedSerializer(many=True))
    def get_results(self, showing: Showing) -> Any:
        people = dict(showing.participants.values_list("employee", "employee__number"))
        found = sorted(
            (people[employee], result) for employee, result in results(showing).items() if employee in people
        )
        rows = [
            {
                "employee_no": number,
                "mean": None if result.mean is None else str(result.mean),
                "raters": result.raters,
                "trimmed": result.trimmed,
                "comments": result.comments,
                "leader": result.leader,
            }
            for number, result in found
        ]
        return RatedSerializer(rows, many=True).data


class DraftSerializer(serializers.Serializer[Any]):
    """The three parts; what is left out stays as it is. `updated_at` as last read makes sure that no other window was
    faster; without it the last word counts."""

    achievements = serializers.CharField(required=False, allow_blank=True)
    shortcomings = serializers.CharField(required=False, allow_blank=True)
    plans = serializers.CharField(required=False, allow_blank=True)
    updated_at = serializers.DateTimeField(required=False)


class OwnStatementSerializer(serializers.Serializer[Any]):
    """One's own statement as it was left; `handed_in_at` says whether, and since when, others read what was handed in."""

    achievements = serializers.CharField()
    shortcomings = serializers.CharField()
    plans = serializers.CharField()
    updated_at = serializers.DateTimeField(allow_null=True)
    handed_in_at = serializers.DateTimeField(allow_null=True)


class BallotSerializer(serializers.Serializer[Any]):
    """What the caller says of one colleague; a leader's comment has no mark."""

    id = serializers.IntegerField()
    ratee_no = serializers.CharField(source="ratee.number", read_only=True)
    ratee = serializers.CharField(source="ratee.name", read_only=True)
    kind = serializers.ChoiceField(choices=Rating.Kind.choices, read_only=True)
    mark = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=HIGHEST_MARK)
    comment = serializers.CharField(allow_blank=True, required=False)
    handed_in_at = serializers.DateTimeField(read_only=True, allow_null=True)


class ShowingFilterSet(django_filters.FilterSet):
    branch = django_filters.CharFilter(field_name="joined__branch__code")

    class Meta:
        model = Showing
        fields = ("month", "state", "branch")


@extend_schema(tags=["showings"])
class ShowingViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Showing]):
    """Three showings of the branches whose showings the caller sees."""

    queryset = (
        Showing.objects.select_related("bureau").prefetch_related("joined__branch").order_by("-month", "day", "pk")
    )
    serializer_class = ShowingSerializer
    filterset_class = ShowingFilterSet
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> type[ShowingSerializer]:
        return ShowingSerializer if self.action == "list" else ShowingDetailSerializer

    @extend_schema(request=None, responses=OwnStatementSerializer)
    @action(detail=True, methods=["get"], url_path="statement")
    def statement(self, request: Request, pk: str) -> Response:
        """One's own statement, handed in or not; empty before a word was written."""
        return self._own(request, self.get_object())

    @extend_schema(request=DraftSerializer, responses=OwnStatementSerializer)
    @statement.mapping.put
    def save_statement(self, request: Request, pk: str) -> Response:
        """Keeps a draft; what was handed in before stays readable for others until the draft is handed in."""
        showing, person = self.get_object(), caller(request)
        require(may_write_statement(person, showing, today=person.bureau.today))
        texts, known = self._draft(request, showing)
        save_draft(
            showing=showing, actor=person, texts=texts, known=known, today=person.bureau.today,
            now=moment_of(person.bureau),
        )  # fmt: skip
        return self._own(request, showing)

    @extend_schema(request=DraftSerializer, responses=OwnStatementSerializer)
    @action(detail=True, methods=["post"], url_path="statement/hand-in")
    def hand_in(self, request: Request, pk: str) -> Response:
        """Hands the statement in, with the last changes or as drafted; all three parts, until the showing's day."""
        showing, person = self.get_object(), caller(request)
        require(may_write_statement(person, showing, today=person.bureau.today))
        texts, known = self._draft(request, showing)
        hand_in_statement(
            showing=showing, actor=person, texts=texts, known=known, today=person.bureau.today,
            now=moment_of(person.bureau),
        )  # fmt: skip
        return self._own(request, showing)

    @extend_schema(request=None, responses=BallotSerializer(many=True))
    @action(detail=True, methods=["get"], url_path="ratings", pagination_class=None, filterset_class=None)
    def ratings(self, request: Request, pk: str) -> Response:
        """One's own ballots; nobody else's are here, whoever asks."""
        return self._ballots(request, self.get_object())

    @extend_schema(request=BallotSerializer(many=True), responses=BallotSerializer(many=True))
    @ratings.mapping.put
    def save_ratings(self, request: Request, pk: str) -> Response:
        """Keeps ballots as drafted; those that are left out stay as they are."""
        showing, person = self.get_object(), caller(request)
        require(may_rate(person, showing))
        ballots = self._given(request, showing)
        save_ratings(showing=showing, actor=person, ballots=ballots, now=moment_of(person.bureau))
        return self._ballots(request, showing)

    @extend_schema(request=BallotSerializer(many=True), responses=BallotSerializer(many=True))
    @action(detail=True, methods=["post"], url_path="ratings/hand-in", pagination_class=None, filterset_class=None)
    def hand_in_ratings(self, request: Request, pk: str) -> Response:
        """Hands all ballots in for good, with the last changes or as drafted; the last to do so opens them."""
        showing, person = self.get_object(), caller(request)
        require(may_rate(person, showing))
        ballots = self._given(request, showing)
        hand_in_ratings(showing=showing, actor=person, ballots=ballots, now=moment_of(person.bureau))
        return self._ballots(request, showing)

    def _draft(self, request: Request, showing: Showing) -> tuple[dict[str, str], datetime | None]:
        given = given_by(request, DraftSerializer)
        stored = Statement.objects.filter(showing=showing, employee=caller(request)).first()
        texts = (stored.drafted if stored else {}) | {part: given[part] for part in Statement.PARTS if part in given}
        return texts, given.get("updated_at", stored.updated_at if stored else None)

    def _own(self, request: Request, showing: Showing) -> Response:
        stored = Statement.objects.filter(showing=showing, employee=caller(request)).first()
        texts: Mapping[str, Any] = stored.drafted if stored else dict.fromkeys(Statement.PARTS, "")
        row = {
            **texts,
            "updated_at": stored.updated_at if stored else None,
            "handed_in_at": stored.handed_in_at if stored else None,
        }
        return Response(OwnStatementSerializer(row).data)

    def _given(self, request: Request, showing: Showing) -> dict[int, Ballot]:
        """The ballots that were sent; what one of them leaves out stays as it was."""
        given = BallotSerializer(data=request.data or [], many=True)
        given.is_valid(raise_exception=True)
        stored = {rating.pk: rating for rating in own_ballots(caller(request), showing)}
        return {row["id"]: self._ballot(row, stored.get(row["id"])) for row in given.validated_data}

    def _ballot(self, row: Mapping[str, Any], stored: Rating | None) -> Ballot:
        mark, comment = (stored.mark, stored.comment) if stored else (None, "")
        return Ballot(row.get("mark", mark), row.get("comment", comment))

    def _ballots(self, request: Request, showing: Showing) -> Response:
        return Response(BallotSerializer(own_ballots(caller(request), showing), many=True).data)
