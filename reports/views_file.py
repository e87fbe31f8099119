"""个人绩效档案: one page and one PDF for each person."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from organization.models import Employee
from organization.requests import PersonRequest
from reports.forms import FileForm
from reports.permissions import READS_FILES, files_open_to, may_open_file
from reports.queries.personal_file import PersonalFile
from reports.services import export_file


@require_safe
def own_file(request: PersonRequest) -> HttpResponse:
    """One's own, or the one that was chosen from the list above it."""
    if chosen := request.GET.get("person"):
        return redirect("reports:file", number=_person(request, chosen).number)
    return _page(request, _person(request, request.user.number))


@require_safe
def file(request: PersonRequest, number: str) -> HttpResponse:
    """Somebody's, for those whom it concerns; of another bureau there is none."""
    person = _person(request, number)
    may_open_file(request.user, person).require()
    return _page(request, person)


@require_POST
def file_export(request: PersonRequest, number: str) -> HttpResponse:
    """The same as PDF, as a download under its Chinese name."""
    person = _person(request, number)
    document = export_file(person=person, actor=request.user, today=request.user.bureau.today)
    response = HttpResponse(document, content_type="application/pdf")
    name = quote(f"{_('个人绩效档案')} {person.name}.pdf")
    response["Content-Disposition"] = f"attachment; filename=\"file.pdf\"; filename*=UTF-8''{name}"
    return response


def _person(request: PersonRequest, number: str) -> Employee:
    people = Employee.objects.visible_to(request.user)
    return get_object_or_404(people.select_related("bureau", "department", "post", "branch", "category"), number=number)


def _page(request: PersonRequest, person: Employee) -> HttpResponse:
    context = {"file": PersonalFile(person, request.user), "person": person, "form": _choice(request.user, person)}
    return render(request, "reports/file.html", context)


def _choice(user: Employee, person: Employee) -> FileForm | None:
    """The list of files that are open to the user; None for those who have only their own."""
    if not user.has_role(*READS_FILES):
        return None
    shown = {"person": person.number}
    return FileForm(shown, initial=shown, people=files_open_to(user), today=user.bureau.today)
