"""The API's bureaus, departments, branches, posts and employees: everybody reads the own bureau, the office writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request

from common.tenancy import across
from common.verdict import Verdict
from organization.models import Bureau, Department, Employee, PartyBranch, Post, RankCategory
from organization.permissions import may_change_bureau, may_manage_people
from organization.requests import caller
from organization.services import people, places


class ScopedMixin:
    """Rows come from `visible_to`: what a person may not see is not found."""

    queryset: Any

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.visible_to(self.request.user)  # type: ignore[attr-defined]  # a view has it


class WrittenBy:
    """Who may not write is told so before anything is said about the input."""

    may_write: ClassVar[Callable[[Employee], Verdict]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # a view has it
        if request.method in ("POST", "PATCH"):
            type(self).may_write(caller(request)).require()


class OwnField(serializers.SlugRelatedField):
    """A row of the own bureau, named by its code or number."""

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        assert queryset is not None
        return queryset.filter(bureau=self.context["request"].user.bureau_id)


class BureauSerializer(serializers.ModelSerializer[Bureau]):
    # `parent` of a serializer inside a serializer is something else to the stubs
    parent = serializers.SerializerMethodField(help_text="code of the bureau above")  # type: ignore[assignment]
    name = serializers.CharField(max_length=100)

    class Meta:
        model = Bureau
        fields = ["code", "name", "level", "parent", "ranking_view"]
        read_only_fields = ["code", "level"]

    @across()  # the row above is another bureau's
    def get_parent(self, bureau: Bureau) -> str | None:
        return Bureau.objects.filter(children=bureau).values_list("code", flat=True).first()


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    deputy = OwnField(slug_field="number", queryset=Employee.objects.all(), allow_null=True, required=False)

    class Meta:
        model = Department
        fields = ["code", "name", "kind", "is_assessor", "deputy"]


class PostSerializer(serializers.ModelSerializer[Post]):
    department = OwnField(slug_field="code", queryset=Department.objects.all())

    class Meta:
        model = Post
        fields = ["code", "name", "department", "duties"]


class BranchSerializer(serializers.ModelSerializer[PartyBranch]):
    secretary = OwnField(slug_field="number", queryset=Employee.objects.all(), allow_null=True, required=False)

    class Meta:
        model = PartyBranch
        fields = ["code", "name", "secretary"]


class EmployeeSerializer(serializers.ModelSerializer[Employee]):
    department = OwnField(slug_field="code", queryset=Department.objects.all())
    post = OwnField(slug_field="code", queryset=Post.objects.all(), allow_null=True, required=False)
    branch = OwnField(slug_field="code", queryset=PartyBranch.objects.all(), allow_null=True, required=False)
    category = OwnField(slug_field="name", queryset=RankCategory.objects.all())
    effective_from = serializers.DateField(
        write_only=True, required=False, help_text="From when a changed department, post, branch or category holds."
    )

    class Meta:
        model = Employee
        fields = [
            "number",
            "name",
            "department",
            "post",
            "branch",
            "category",
            "joined_on",
            "left_on",
            "effective_from",
        ]


@extend_schema(tags=["organization"])
class BureauViewSet(
    WrittenBy,
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Bureau],
):
    """The own bureau; its name and what of a ranking staff may see change with its settings."""

    may_write = may_change_bureau
    queryset = Bureau.objects.order_by("code")
    serializer_class = BureauSerializer
    lookup_field = "code"
    http_method_names = ["get", "patch", "head", "options"]

    def perform_update(self, serializer: serializers.BaseSerializer[Bureau]) -> None:
        bureau = serializer.instance
        assert bureau is not None
        given = serializer.validated_data
        serializer.instance = places.change_settings(
            actor=caller(self.request),
            bureau=bureau,
            name=given.get("name", bureau.name),
            ranking_view=given.get("ranking_view", bureau.ranking_view),
        )


class PlaceViewSet(
    WrittenBy,
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Any],
):
    """Places of the own bureau by code; nothing is ever deleted."""

    may_write = may_manage_people
    lookup_field = "code"
    http_method_names = ["get", "post", "patch", "head", "options"]

    def perform_create(self, serializer: serializers.BaseSerializer[Any]) -> None:
        person = caller(self.request)
        place = self.queryset.model(bureau=person.bureau, **serializer.validated_data)
        serializer.instance = places.save_place(actor=person, place=place)

    def perform_update(self, serializer: serializers.BaseSerializer[Any]) -> None:
        place = serializer.instance
        assert place is not None
        for name, value in serializer.validated_data.items():
            setattr(place, name, value)
        serializer.instance = places.save_place(actor=caller(self.request), place=place)


@extend_schema(tags=["organization"])
class DepartmentViewSet(PlaceViewSet):
    queryset = Department.objects.select_related("deputy", "bureau").order_by("code")
    serializer_class = DepartmentSerializer


@extend_schema(tags=["organization"])
class PostViewSet(PlaceViewSet):
    queryset = Post.objects.select_related("department", "bureau").order_by("code")
    serializer_class = PostSerializer
    filterset_fields = ["department__code"]


@extend_schema(tags=["organization"])
class BranchViewSet(PlaceViewSet):
    queryset = PartyBranch.objects.select_related("secretary", "bureau").order_by("code")
    serializer_class = BranchSerializer


@extend_schema(tags=["organization"])
class EmployeeViewSet(
    WrittenBy,
    ScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Employee],
):
    """People of the own bureau by staff number, placed as today."""

    may_write = may_manage_people
    queryset = Employee.objects.select_related("bureau", "department", "post", "branch", "category").order_by("number")
    serializer_class = EmployeeSerializer
    lookup_field = "number"
    filterset_fields = ["department__code", "category__name"]
    http_method_names = ["get", "post", "patch", "head", "options"]

    def perform_create(self, serializer: serializers.BaseSerializer[Employee]) -> None:
        person = caller(self.request)
        given = {name: value for name, value in serializer.validated_data.items() if name in _NEW}
        serializer.instance = people.add_employee(actor=person, bureau=person.bureau, **given)

    @transaction.atomic
    def perform_update(self, serializer: serializers.BaseSerializer[Employee]) -> None:
        """Who somebody is changes at once, where somebody belongs from `effective_from` (today, if it is left out)."""
        employee, given, person = serializer.instance, serializer.validated_data, caller(self.request)
        assert employee is not None
        today = timezone.localdate()
        who = {name: getattr(employee, name) for name in ("name", "sort_key", "joined_on", "left_on")}
        where = {name: getattr(employee, name) for name in people.PLACES}
        people.change_employee(
            actor=person,
            employee=employee,
            today=today,
            **who | {name: value for name, value in given.items() if name in who},
        )
        wanted = where | {name: value for name, value in given.items() if name in where}
        if wanted != where:
            people.place_employee(
                actor=person,
                employee=employee,
                effective_from=given.get("effective_from", today),
                today=today,
                **wanted,
            )
        serializer.instance = self.get_queryset().get(pk=employee.pk)


_NEW = frozenset(("number", "name", "department", "post", "branch", "category", "joined_on"))
