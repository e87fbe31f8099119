"""The API's claims: places of tasks and how each moves on (interfaces.md "HTTP"); every act is the service that the pages call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.timezone import localtime
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer, given_by
from common.exact import format2
from organization.api import ScopedMixin
from organization.requests import caller
from tasks_market.models import Claim, Extension
from tasks_market.services import acceptance, assigning, claiming, doing

QUALITY: dict[str, Any] = {"max_digits": 4, "decimal_places": 2, "required": False, "allow_null": True, "default": None}


class ClaimSerializer(serializers.ModelSerializer[Claim]):
    task = serializers.CharField(source="task.number", read_only=True)
    quarter = serializers.CharField(source="quarter.code", read_only=True)
    employee_no = serializers.CharField(source="employee.number", read_only=True)
    name = serializers.CharField(source="employee.name", read_only=True)
    deadline = serializers.DateTimeField(read_only=True)
    quality = serializers.SerializerMethodField()
    extension_asked = serializers.SerializerMethodField(help_text="until when an undecided extension is asked, or null")

    class Meta:
        model = Claim
        fields = [
            "id",
            "task",
            "quarter",
            "employee_no",
            "name",
            "way",
            "part",
            "at",
            "state",
            "started_at",
            "handed_in_at",
            "late",
            "deadline",
            "report",
            "return_reason",
            "outcome",
            "quality",
            "comment",
            "accepted_on",
            "objection",
            "objection_answer",
            "extension_asked",
        ]
        read_only_fields = fields

    def get_extension_asked(self, claim: Claim) -> datetime | None:
        return next((localtime(one.asked_until) for one in claim.extensions.all() if not one.decision), None)

    def get_quality(self, claim: Claim) -> str | None:
        return None if claim.quality is None else format2(claim.quality)


ANSWER = ClaimSerializer()
"""Built once, because finding its fields anew for each claim takes longer than filling them (docs/market.md)."""


class HandInSerializer(serializers.Serializer[Any]):
    report = serializers.CharField()
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class ExtensionSerializer(serializers.ModelSerializer[Extension]):
    claim = serializers.IntegerField(source="claim_id", read_only=True)

    class Meta:
        model = Extension
        fields = [
            "id",
            "claim",
            "asked_at",
            "asked_until",
            "reason",
            "decision",
            "granted_until",
            "answer",
            "decided_at",
        ]
        read_only_fields = fields


class AskExtensionSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(help_text="later than the deadline as it stands")
    reason = serializers.CharField()


class GrantSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="another moment than was asked for"
    )
    answer = serializers.CharField(required=False, allow_blank=True, default="")


class ClaimAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField()


class ClaimDecisionSerializer(ClaimAnswerSerializer):
    upheld = serializers.BooleanField(help_text="true frees the place, false leaves the assignment as it is")


class AcceptSerializer(serializers.Serializer[Any]):
    quality = serializers.DecimalField(**QUALITY)
    comment = serializers.CharField()


class ClaimFilter(django_filters.FilterSet):
    quarter = django_filters.CharFilter(field_name="quarter__code")
    task = django_filters.CharFilter(field_name="task__number")
    employee_no = django_filters.CharFilter(field_name="employee__number")

    class Meta:
        model = Claim
        fields = ["quarter", "task", "employee_no", "state", "way"]


@extend_schema(tags=["claims"])
class ClaimViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Claim]):
    """Places of tasks with who holds them; each moves on by its holder or by who accepts."""

    queryset = (
        Claim.objects.select_related(
            "bureau", "quarter", "employee", "task__quarter", "task__bureau", "task__department"
        )
        .prefetch_related("extensions")
        .order_by("-quarter__code", "task__number", "at", "id")
    )
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Gives the place back; possible until the work starts."""
        claiming.withdraw_claim(claim=self.get_object(), actor=caller(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """The work starts."""
        claim = doing.start(claim=self.get_object(), actor=caller(request), now=timezone.now())
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=HandInSerializer, responses=ClaimSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="hand-in",
        url_name="hand-in",
        parser_classes=[JSONParser, MultiPartParser, FormParser],
    )
    def hand_in(self, request: Request, pk: str) -> Response:
        """Hands in a report, with files as multipart/form-data."""
        given = given_by(request, HandInSerializer)
        claim = doing.hand_in(claim=self.get_object(), actor=caller(request), now=timezone.now(), **given)
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"], url_path="object", url_name="object")
    def object_to(self, request: Request, pk: str) -> Response:
        """Objects with a reason to what was assigned; once, before the work starts, by the person alone."""
        claim = assigning.object_to(
            claim=self.get_object(),
            actor=caller(request),
            reason=given_by(request, ReasonSerializer)["reason"],
            now=timezone.now(),
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ClaimDecisionSerializer, responses={200: ClaimSerializer, 204: None})
    @action(detail=True, methods=["post"], url_path="decide-objection", url_name="decide-objection")
    def decide_objection(self, request: Request, pk: str) -> Response:
        """Answers an objection, as who assigned or as the office: upheld, the place is free again (204)."""
        given, claim = given_by(request, ClaimDecisionSerializer), self.get_object()
        assigning.decide_objection(claim=claim, actor=caller(request), now=timezone.now(), **given)
        if given["upheld"]:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=AskExtensionSerializer, responses={201: ExtensionSerializer})
    @action(detail=True, methods=["post"], url_path="ask-extension", url_name="ask-extension")
    def ask_extension(self, request: Request, pk: str) -> Response:
        """Asks before the deadline for a later one, with a reason; one at a time."""
        given = given_by(request, AskExtensionSerializer)
        extension = doing.ask_extension(claim=self.get_object(), actor=caller(request), now=timezone.now(), **given)
        return Response(ExtensionSerializer(extension).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=GrantSerializer, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"], url_path="grant-extension", url_name="grant-extension")
    def grant_extension(self, request: Request, pk: str) -> Response:
        """Grants the extension that waits, to the moment asked for or to `until`; 404 where none waits."""
        return self._decide_extension(request, granted=True, **given_by(request, GrantSerializer))

    @extend_schema(request=ClaimAnswerSerializer, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"], url_path="refuse-extension", url_name="refuse-extension")
    def refuse_extension(self, request: Request, pk: str) -> Response:
        """Refuses the extension that waits, with an answer; 404 where none waits."""
        return self._decide_extension(request, granted=False, **given_by(request, ClaimAnswerSerializer))

    def _decide_extension(self, request: Request, **decision: Any) -> Response:
        extension = get_object_or_404(self.get_object().extensions, decision="")
        decided = doing.decide_extension(extension=extension, actor=caller(request), now=timezone.now(), **decision)
        return Response(ExtensionSerializer(decided).data)

    @extend_schema(request=AcceptSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accepts with a quality of 0 to 1.2 and a sentence; never one's own."""
        given = given_by(request, AcceptSerializer)
        claim = acceptance.accept(claim=self.get_object(), actor=caller(request), now=timezone.now(), **given)
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Sends what was handed in back to work with a reason."""
        claim = acceptance.send_back(
            claim=self.get_object(),
            actor=caller(request),
            reason=given_by(request, ReasonSerializer)["reason"],
            now=timezone.now(),
        )
        return Response(self.get_serializer(claim).data)

    @extend_schema(request=ReasonSerializer, responses=ClaimSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """未通过, with a reason: of what was handed in, or is overdue."""
        claim = acceptance.refuse(
            claim=self.get_object(),
            actor=caller(request),
            reason=given_by(request, ReasonSerializer)["reason"],
            now=timezone.now(),
        )
        return Response(self.get_serializer(claim).data)
