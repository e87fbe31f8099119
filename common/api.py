"""What all API resources share: the form of a list and the form of a refusal (interfaces.md "HTTP")."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from common.errors import refusal_of
from common.middleware import error_body


class Pages(PageNumberPagination):
    """`{"count", "next", "previous", "results"}`; `?page=` and `?page_size=` up to 1,000 rows."""

    page_size_query_param = "page_size"
    max_page_size = 1000


def sentence_errors(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal of the API as `{"code", "message", "fields"}`; None lets a programming error become a 500."""
    refusal = refusal_of(exception)
    if refusal is not None:
        set_rollback()
        _answer_in_json(context.get("request"))
        return Response(error_body(refusal), status=refusal.status)
    response = exception_handler(exception, context)  # also sets WWW-Authenticate and Retry-After
    if response is None:
        return None
    _answer_in_json(context.get("request"))
    fields: dict[str, Any] = {}
    if isinstance(exception, exceptions.ValidationError):
        code, fields = "invalid", _fields(exception.detail)
        message = _first_sentence(exception.detail)
    elif isinstance(exception, Http404):
        code, message = "not_found", _("没有找到，或不在您可以查看的范围内。")
    elif isinstance(exception, PermissionDenied):
        code, message = "refused", str(exception) or _("您没有做这件事的权限。")
    else:
        error = exception if isinstance(exception, exceptions.APIException) else exceptions.APIException()
        code, message = error.default_code, _sentence(error)
    response.data = {"code": code, "message": message, "fields": fields}
    return response


def _answer_in_json(request: Request | None) -> None:
    """A refusal has one form, also where the resource itself is written otherwise (the schema is YAML)."""
    if request is not None:
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type


def _sentence(error: exceptions.APIException) -> str:
    """The framework's own refusals as a bureau's programmer wants to read them; of a permission, the permission's."""
    if isinstance(error, exceptions.PermissionDenied) and str(error.detail).startswith("CSRF Failed"):
        return _("请求不是从本系统的页面发出的，已拒绝。请刷新页面重试；程序请用令牌访问。")
    said = {
        exceptions.ParseError: _("请求的内容不是正确的 JSON（UTF-8），请检查后重新提交。"),
        exceptions.UnsupportedMediaType: _("接口只接受 JSON，请把 Content-Type 设为 application/json。"),
        exceptions.NotAcceptable: _("接口只返回 JSON，请在 Accept 中允许 application/json。"),
        exceptions.MethodNotAllowed: _("这个地址不支持这种请求方法，支持的方法见接口文档。"),
        exceptions.AuthenticationFailed: _("令牌无效或账号已停用，请重新获取令牌。"),
        exceptions.NotAuthenticated: _("请先登录，或在 Authorization 中带上令牌（Token …）。"),
    }
    return said.get(type(error)) or force_str(error.detail)


def _fields(detail: Any) -> dict[str, Any]:
    """By the input's name; in a list of rows by the row's place, counted from 0 as in the list that was sent."""
    return {str(name): inner for name, inner in detail.items()} if isinstance(detail, dict) else {}


def _first_sentence(detail: Any) -> str:
    """The first sentence found, with the name of its field before it."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            sentence = _first_sentence(inner)
            if sentence:
                return (
                    sentence
                    if name == "non_field_errors"
                    else _("%(place)s：%(sentence)s") % {"place": _place(name), "sentence": sentence}
                )
        return ""
    if isinstance(detail, list | tuple):
        return next((sentence for sentence in map(_first_sentence, detail) if sentence), "")
    return force_str(detail)


def _place(name: str | int) -> str:
    return _("第 %(row)d 条") % {"row": name + 1} if isinstance(name, int) else name


REFUSAL = {
    "type": "object",
    "description": "code for programs, one sentence for people, and sentences by the input's name",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "fields": {"type": "object"}},
    "required": ["code", "message", "fields"],
}


def describe_refusals(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Every operation of the schema can also refuse; one form for all (drf-spectacular's hook)."""
    result["components"]["schemas"]["Refusal"] = REFUSAL
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "Refused", "content": content}
    return result


class ReasonSerializer(serializers.Serializer[Any]):
    """The body of an act that sends something back or takes it away: why."""

    reason = serializers.CharField()


def given_by(
    request: Request, serializer: type[serializers.Serializer[Any]], context: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the request's body says, checked. Raises ValidationError with a sentence for each field that is wrong."""
    given = serializer(data=request.data, context=context or {})
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
