"""A department's 填报 as a workbook: down with a row for every node, up all or nothing with every fault named."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common.errors import InvalidInput
from common.text import without_control
from common.workbook import XLSX, mark_problems
from indicators.forms_entering import WorkbookForm
from indicators.models import Quarter
from indicators.permissions import may_upload_results
from indicators.views.shared import address, seen_quarter, status_of
from indicators.workbook.department import Taken, take_department, write_department
from organization.models import Department
from organization.requests import PersonRequest

LARGEST = 5 * 1024**2
_LISTED = 200


def _place(request: PersonRequest, quarter: str, department: str) -> tuple[Quarter, Department]:
    user = request.user
    row = seen_quarter(user, quarter)
    place = get_object_or_404(user.bureau.departments.select_related("bureau"), code=department)
    may_upload_results(user, place).require()
    return row, place


@require_GET
def download(request: PersonRequest, quarter: str, department: str) -> FileResponse:
    """The department's sheet 考评结果."""
    row, place = _place(request, quarter, department)
    content = BytesIO()
    write_department(request.user, row, place, content)
    content.seek(0)
    name = _("%(quarter)s-%(department)s-考评结果.xlsx") % {"quarter": row.code, "department": place.name}
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)


@require_http_methods(["GET", "POST"])
def upload(request: PersonRequest, quarter: str, department: str) -> HttpResponse:
    """Takes the filled workbook in; a faulty one comes back as a list and as the same file with its cells marked."""
    row, place = _place(request, quarter, department)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "quarter": row, "department": place}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            taken = _take(request, file, row, place)
        except InvalidInput as error:
            form.add_error("file", error.message)
        else:
            if not taken.problem_count:
                _tell(request, taken)
                return redirect(
                    address(reverse("indicators:grid"), quarter=row.code, department=str(place.pk), source="")
                )
            context |= {
                "taken": taken,
                "listed": taken.problems[:_LISTED],
                "name": file.name,
                "marked": _marked(file, taken),
            }
            return render(request, "indicators/grid_upload.html", context, status=422)
    return render(request, "indicators/grid_upload.html", context, status=status_of(form))


def _take(request: PersonRequest, file: UploadedFile, quarter: Quarter, department: Department) -> Taken:
    if file.size is None or file.size > LARGEST:
        raise InvalidInput(_("文件超过 %d MB；请只保留“考评结果”表后再上传。") % (LARGEST // 1024**2))
    name = without_control(Path(file.name or "").name)[:200]
    return take_department(file, name=name, actor=request.user, quarter=quarter, department=department)


def _tell(request: PersonRequest, taken: Taken) -> None:
    counts = {"entered": taken.entered, "unchanged": taken.unchanged}
    if taken.entered:
        messages.success(request, _("已填报 %(entered)d 条，%(unchanged)d 条没有变化。") % counts)
    else:
        messages.info(request, _("工作簿与系统里的数据一致，没有要填报的内容。"))


def _marked(file: UploadedFile, taken: Taken) -> str:
    """The marked workbook as an address of its own, so that nobody's half-right upload is kept on the server."""
    content = BytesIO()
    file.seek(0)
    mark_problems(file, taken.problems, content, marked_up_to=LARGEST)
    return f"data:{XLSX};base64,{base64.b64encode(content.getvalue()).decode()}"
