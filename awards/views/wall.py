"""Pages of stars that were given: the honour wall, a person's stars, the certificate with its public check, the rotation."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from awards.certificates import certificate_of, draw
from awards.forms_wall import RotationForm, WallForm
from awards.models import StarAward
from awards.permissions.wall import may_print_certificate, may_see_rotation
from awards.queries.rotation import DEFAULT_SPAN, Rotation
from awards.queries.wall import Choice, PersonStars, Wall, by_quarter, verified
from common.tenancy import across
from organization.models import Employee
from organization.requests import PersonRequest

QUARTERS_A_PAGE = 3  # some nine stars each


@require_safe
def wall(request: PersonRequest) -> HttpResponse:
    """荣誉墙, the same for everybody of the bureau."""
    shown = Wall(request.user, Choice.of(request.GET))
    page = Paginator(by_quarter(shown.shown), QUARTERS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "wall": shown,
        "page": page,
        "form": WallForm(request.GET, years=shown.years, departments=shown.departments),
        "sees_rotation": bool(may_see_rotation(request.user)),
    }
    return render(request, "awards/wall.html", context)


@require_safe
def star(request: PersonRequest, number: str) -> HttpResponse:
    """What one person of the bureau got, with the deeds."""
    person = get_object_or_404(
        Employee.objects.visible_to(request.user).select_related("department", "post"), number=number
    )
    return render(request, "awards/star.html", {"person": person, "stars": PersonStars(person, request.user)})


@require_safe
def certificate(request: PersonRequest, pk: int) -> HttpResponse:
    """The certificate as PDF, opened in the browser under its Chinese name."""
    award = get_object_or_404(
        StarAward.objects.visible_to(request.user).select_related("bureau", "employee", "category__selection__quarter"),
        pk=pk,
    )
    may_print_certificate(request.user, award).require()
    address = request.build_absolute_uri(reverse("awards:verify", args=[award.token]))
    response = HttpResponse(draw(certificate_of(award, address)), content_type="application/pdf")
    name = quote(f"荣誉证书 {award.serial} {award.employee.name}.pdf")
    response["Content-Disposition"] = f"inline; filename=\"certificate.pdf\"; filename*=UTF-8''{name}"
    return response


@login_not_required
@never_cache
@require_safe
@across()  # whoever holds the certificate is a stranger
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Whether a certificate is valid, for whoever holds it; the token is all that opens it."""
    found = verified(token)
    response = render(request, "awards/verify.html", {"found": found}, status=200 if found else 404)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def rotation(request: PersonRequest) -> HttpResponse:
    """轮换情况: who won when, and what in it should be looked at."""
    may_see_rotation(request.user).require()
    asked = RotationForm(request.GET)
    span = (asked.is_valid() and asked.cleaned_data["span"]) or str(DEFAULT_SPAN)
    shown = Rotation(request.user.bureau, int(span))
    department, person = request.GET.get("department", ""), request.GET.get("person", "")
    context = {
        "rotation": shown,
        "form": RotationForm({"span": span}, initial={"span": str(DEFAULT_SPAN)}),
        "rows": shown.rows_of(department=department, person=person),
        "narrowed": bool(department or person),
    }
    return render(request, "awards/rotation.html", context)
