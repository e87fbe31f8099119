"""Letters over the API (interfaces.md, HTTP); every act is the service that the pages call."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ReasonSerializer, given_by
from organization.api import ScopedMixin
from organization.requests import caller
from supervision.models import Letter, LetterItem
from supervision.services import letter_items, letters


class LetterItemSerializer(serializers.ModelSerializer[LetterItem]):
    """An item; departments are codes, the responsible person a staff number."""

    department = serializers.CharField(source="department.code")
    assisting: Any = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)
    responsible = serializers.CharField(source="responsible.number", allow_null=True)

    class Meta:
        model = LetterItem
        fields: ClassVar[tuple[str, ...]] = (
            "id", "position", "matter", "problem", "requirement", "department", "assisting", "responsible", "due_on",
            "state", "assigned_on", "settled_at", "settlement",
        )  # fmt: skip
        read_only_fields = fields


class LetterSerializer(serializers.ModelSerializer[Letter]):
    items = LetterItemSerializer(many=True, read_only=True)

    class Meta:
        model = Letter
        fields: ClassVar[tuple[str, ...]] = (
            "id", "number", "kind", "title", "opening", "state", "drafted_at", "issued_on", "items",
        )  # fmt: skip
        read_only_fields = fields


class ItemActSerializer(serializers.Serializer[Any]):
    """`item` is the id of one of the letter's items."""

    item = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class ReportSerializer(ItemActSerializer):
    text = serializers.CharField()
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class ExtendSerializer(ItemActSerializer):
    wanted = serializers.DateField()
    reason = serializers.CharField()


class CheckSerializer(ItemActSerializer):
    accepted = serializers.BooleanField()
    remark = serializers.CharField(required=False, allow_blank=True, default="")
    new_due = serializers.DateField(required=False, allow_null=True, default=None)


class LetterFilterSet(django_filters.FilterSet):
    department = django_filters.CharFilter(field_name="items__department__code", distinct=True)

    class Meta:
        model = Letter
        fields = ("kind", "state", "year", "department")


@extend_schema(tags=["letters"])
class LetterViewSet(ScopedMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Letter]):
    """Supervision letters that the person may see, with their items; issued, answered, checked, called back, archived."""

    queryset = (
        Letter.objects.select_related("bureau")
        .prefetch_related("items__department", "items__assisting", "items__responsible")
        .order_by("-drafted_at", "-pk")
    )
    serializer_class = LetterSerializer
    filterset_class = LetterFilterSet
    parser_classes = (JSONParser, MultiPartParser, FormParser)
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(request=None, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Gives the letter its number and hands its items over."""
        found = self.get_object()
        letters.issue_letter(letter=found, **self._by(request))
        return self._answer(found)

    @extend_schema(request=ReasonSerializer, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Calls an issued letter back; the number stays."""
        found, given = self.get_object(), given_by(request, ReasonSerializer)
        letters.revoke_letter(letter=found, **given, **self._by(request))
        return self._answer(found)

    @extend_schema(request=None, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Archives a letter whose items are all settled."""
        found = self.get_object()
        letters.archive_letter(letter=found, actor=caller(request), now=timezone.now())
        return self._answer(found)

    @extend_schema(request=ReportSerializer, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str) -> Response:
        """Reports on an item; head or liaison of its leading department, with files as multipart."""
        found, given = self.get_object(), given_by(request, ReportSerializer)
        letter_items.report_item(item=self._item(found, given), **given, **self._by(request))
        return self._answer(found)

    @extend_schema(request=ExtendSerializer, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """Asks for an extension of an item, before its limit."""
        found, given = self.get_object(), given_by(request, ExtendSerializer)
        letter_items.ask_extension(item=self._item(found, given), **given, **self._by(request))
        return self._answer(found)

    @extend_schema(request=CheckSerializer, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Checks the report of an item: closed out, or to be done again."""
        found, given = self.get_object(), given_by(request, CheckSerializer)
        letter_items.check_report(item=self._item(found, given), **given, **self._by(request))
        return self._answer(found)

    def _item(self, letter: Letter, given: dict[str, Any]) -> LetterItem:
        items = LetterItem.objects.select_related("letter__bureau")
        return get_object_or_404(items, letter=letter, pk=given.pop("item"))

    def _by(self, request: Request) -> dict[str, Any]:
        person = caller(request)
        return {"actor": person, "today": person.bureau.today, "now": timezone.now()}

    def _answer(self, letter: Letter) -> Response:
        shown = self.queryset.get(pk=letter.pk)
        return Response(LetterSerializer(shown, context=self.get_serializer_context()).data)
