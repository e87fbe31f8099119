"""Warning sheets over the API (interfaces.md, HTTP); signing is the service that the page calls."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import given_by
from common.digest import digest_of_text
from organization.api import ScopedMixin
from organization.requests import caller
from supervision.models import Warned, WarningSheet, WarningSignature
from supervision.queries.warning_texts import logged_digests, text_of, verified
from supervision.queries.warnings import lines_of
from supervision.services.warnings import sign_lines


class SheetSerializer(serializers.ModelSerializer[WarningSheet]):
    """A department's sheet of a month; `knows_calendar` is false where weekdays stood for working days."""

    department = serializers.CharField(source="department.code")
    department_name = serializers.CharField(source="department.name")

    class Meta:
        model = WarningSheet
        fields: ClassVar[tuple[str, ...]] = (
            "id", "month", "department", "department_name", "made_at", "knows_calendar",
        )  # fmt: skip
        read_only_fields = fields


class WarningSignatureSerializer(serializers.ModelSerializer[WarningSignature]):
    """A signature; `verified` is whether text, digest, audit log and sheet still agree."""

    by = serializers.CharField(source="by.number")
    name = serializers.CharField(source="by.name")
    verified = serializers.SerializerMethodField()

    class Meta:
        model = WarningSignature
        fields: ClassVar[tuple[str, ...]] = ("side", "by", "name", "at", "late", "digest", "verified")
        read_only_fields = fields

    def get_verified(self, signature: WarningSignature) -> bool:
        return verified(signature, self.context["line"], self.context["logged"]).holds


class WarnedSerializer(serializers.ModelSerializer[Warned]):
    """A line as it is sealed: `text` with its SHA-256 `digest`, which a signature has to name."""

    quarter = serializers.CharField(source="quarter.code")
    point = serializers.CharField(source="point.code")
    name = serializers.CharField(source="version.name")
    text = serializers.SerializerMethodField()
    digest = serializers.SerializerMethodField()
    signatures = serializers.SerializerMethodField()

    class Meta:
        model = Warned
        fields: ClassVar[tuple[str, ...]] = (
            "id", "quarter", "point", "name", "period", "due", "head_due", "liaison_due", "standard", "requirement",
            "holders", "outcome", "missing", "settled_at", "text", "digest", "signatures",
        )  # fmt: skip
        read_only_fields = fields

    def get_text(self, line: Warned) -> str:
        return text_of(line)

    def get_digest(self, line: Warned) -> str:
        return digest_of_text(text_of(line))

    @extend_schema_field(WarningSignatureSerializer(many=True))
    def get_signatures(self, line: Warned) -> Any:
        return WarningSignatureSerializer(line.signatures.all(), many=True, context={**self.context, "line": line}).data


class SheetDetailSerializer(SheetSerializer):
    lines = serializers.SerializerMethodField()

    class Meta(SheetSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*SheetSerializer.Meta.fields, "lines")
        read_only_fields = fields

    @extend_schema_field(WarnedSerializer(many=True))
    def get_lines(self, sheet: WarningSheet) -> Any:
        lines = list(lines_of(sheet))
        context = {**self.context, "logged": logged_digests(lines)}
        return WarnedSerializer(lines, many=True, context=context).data


class SignedLineSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=10**15)
    digest = serializers.CharField(max_length=64)


class WarningSigningSerializer(serializers.Serializer[Any]):
    """Which lines are signed for which side, each by the digest of the text that was read."""

    side = serializers.ChoiceField(choices=WarningSignature.Side.choices)
    lines = SignedLineSerializer(many=True, allow_empty=False)


class SheetFilterSet(django_filters.FilterSet):
    department = django_filters.CharFilter(field_name="department__code")

    class Meta:
        model = WarningSheet
        fields = ("month", "department")


@extend_schema(tags=["warnings"])
class WarningViewSet(
    ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[WarningSheet]
):
    """Warning sheets, as far as the person may read them; their lines stand in the single sheet."""

    queryset = WarningSheet.objects.select_related("bureau", "department").order_by("-month", "department__code")
    serializer_class = SheetSerializer
    filterset_class = SheetFilterSet
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> type[SheetSerializer]:
        return SheetSerializer if self.action == "list" else SheetDetailSerializer

    @extend_schema(request=WarningSigningSerializer, responses=SheetDetailSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Signs lines of the sheet, all or none; a late signature counts and is marked late."""
        sheet, person = self.get_object(), caller(request)
        given = given_by(request, WarningSigningSerializer)
        digests = {one["line"]: one["digest"] for one in given["lines"]}
        sign_lines(
            sheet=sheet,
            side=given["side"],
            digests=digests,
            actor=person,
            today=person.bureau.today,
            now=timezone.now(),
        )
        return Response(self.get_serializer(sheet).data, status=status.HTTP_200_OK)
