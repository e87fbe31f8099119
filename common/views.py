"""What an address that leads nowhere answers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of what does not exist; under the API the same sentence in its own shape (interfaces.md, HTTP)."""
    if request.path.startswith("/api/"):
        sentence = _("没有这个地址或这项内容，也可能不属于您的单位。")
        return JsonResponse({"code": "not_found", "message": sentence, "fields": {}}, status=404)
    return page_not_found(request, exception)
