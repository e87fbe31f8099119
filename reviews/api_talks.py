"""Talks over the API: to the two, the branch secretary and discipline; for everybody else there are none."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from organization.api import ScopedMixin
from organization.requests import caller
from reviews.models import Talk
from reviews.queries.talks import digest_of, signatures_of
from reviews.services.talks import sign_talk


class SignatureSerializer(serializers.Serializer[Any]):
    """`intact` says whether the record still is as it was signed."""

    name = serializers.CharField()
    of_talker = serializers.BooleanField()
    at = serializers.DateTimeField()
    digest = serializers.CharField()
    intact = serializers.BooleanField()


class TalkSerializer(serializers.ModelSerializer[Talk]):
    employee_no = serializers.CharField(source="employee.number")
    name = serializers.CharField(source="employee.name")
    talker_no = serializers.CharField(source="talker.number")
    talker = serializers.CharField(source="talker.name")
    branch = serializers.CharField(source="branch.code", allow_null=True)

    class Meta:
        model = Talk
        fields: ClassVar[tuple[str, ...]] = (
            "id", "employee_no", "name", "talker_no", "talker", "branch", "kind", "trigger", "held_on", "state",
            "follow_up_on", "followed_up_at",
        )  # fmt: skip
        read_only_fields = fields


class TalkDetailSerializer(TalkSerializer):
    """With the record, its signatures, and `digest`: of the record as it stands, which is given back to sign it."""

    digest = serializers.SerializerMethodField()
    signatures = serializers.SerializerMethodField()

    class Meta(TalkSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *TalkSerializer.Meta.fields, "place", "affirmation", "analysis", "requirements", "view", "follow_up",
            "digest", "signatures",
        )  # fmt: skip
        read_only_fields = fields

    def get_digest(self, talk: Talk) -> str:
        return digest_of(talk, by=talk.talker_id)

    @extend_schema_field(SignatureSerializer(many=True))
    def get_signatures(self, talk: Talk) -> Any:
        return SignatureSerializer(signatures_of(talk), many=True).data


class SigningSerializer(serializers.Serializer[Any]):
    """`view` is the employee's own view; the talker gives none."""

    digest = serializers.CharField(max_length=64)
    view = serializers.CharField(required=False, allow_blank=True, default="")


class TalkFilterSet(django_filters.FilterSet):
    class Meta:
        model = Talk
        fields = ("kind", "trigger", "state")


@extend_schema(tags=["talks"])
class TalkViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Talk]):
    """Talks (谈心谈话) that the person may read: the own ones, those of the branch that they lead, for discipline all."""

    queryset = Talk.objects.select_related("employee", "talker", "branch").order_by("-held_on", "-pk")
    serializer_class = TalkSerializer
    filterset_class = TalkFilterSet
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> type[TalkSerializer]:
        return TalkSerializer if self.action == "list" else TalkDetailSerializer

    @extend_schema(request=SigningSerializer, responses={200: TalkDetailSerializer})
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Signs: the talker the draft, then the employee, with an own view; `digest` is the one that was shown."""
        talk = self.get_object()
        given = given_by(request, SigningSerializer)
        signed = sign_talk(talk=talk, actor=caller(request), now=timezone.now(), **given)
        return Response(TalkDetailSerializer(signed, context=self.get_serializer_context()).data)
