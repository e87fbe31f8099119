"""What every request gets: an id that joins log lines, audit lines and the answer, and a sentence for every refusal."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, QueryDict
from django.middleware.locale import LocaleMiddleware
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.translation import gettext as _

from common import tenancy
from common.errors import DomainError, InvalidInput, WrongMethod, refusal_of
from common.views import not_found

Handler = Callable[[HttpRequest], HttpResponse]
NUL = "\0"

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request being answered in this thread; empty in commands and jobs."""
    return _request_id.get()


class RequestIdMiddleware:
    """Takes a well-formed `X-Request-ID` of the proxy or makes one, and gives it back in the answer."""

    well_formed = re.compile(r"[A-Za-z0-9-]{8,64}")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if self.well_formed.fullmatch(given) else uuid.uuid4().hex
        _request_id.set(request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


@receiver(request_finished)
def _forget_request_id(**_kwargs: object) -> None:
    """Later than the middleware's end: Django logs a failed request after the last middleware has returned."""
    _request_id.set("")


class OriginFilter(logging.Filter):
    """Gives every log record `request_id` and the id of the `bureau`: `-` where there is none, `*` across bureaus."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or "-"
        if not hasattr(record, "bureau"):
            record.bureau = in_words(tenancy.scope())
        return True


def in_words(scope: str) -> str:
    """How a log line names whose rows were seen."""
    return {tenancy.NOBODY: "-", tenancy.EVERYBODY: "*"}.get(scope, scope)


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Speaks the language that the person switched to, else the installation's.

    What a browser asks for by itself does not count: bureau PCs with an English Windows are common, and the interface
    is Chinese first (screens.md).
    """

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.DEFAULT_LANGUAGE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


class SentenceErrorsMiddleware:
    """Answers a DomainError with its sentence and status, in the shape that the caller reads.

    A program gets JSON, htmx a fragment, everybody else a page. Views need not catch refusals that they cannot mend.
    What does not exist gets the page that it gets in production also with DEBUG on, since that is how a stranger tries
    the application.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        answer = _answer(
            request,
            WrongMethod(_("这个地址要从页面上的按钮进入，不能直接打开；没有改变任何内容。请回到原来的页面再操作。")),
        )
        answer["Allow"] = response["Allow"]
        return answer

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponse], view_args: object, view_kwargs: Any
    ) -> HttpResponse | None:
        """No text of this application holds a NUL, and PostgreSQL fails on one: refused once, here, for all pages."""
        if any(NUL in str(value) for value in view_kwargs.values()):
            return not_found(request, Http404())
        if _holds_nul(request.GET) or _holds_nul(request.POST):
            sentence = _("提交的内容里有无法识别的空字符（NUL），没有处理。请重新填写后再试。")
            return self.process_exception(request, InvalidInput(sentence, code="nul"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404):
            return not_found(request, exception)
        refusal = refusal_of(exception)
        return None if refusal is None else _answer(request, refusal)


def _answer(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    if request.path.startswith("/api/") or not request.accepts("text/html"):
        return JsonResponse(error_body(refusal), status=refusal.status)
    template = "errors/_sentence.html" if request.headers.get("HX-Request") else "errors/sentence.html"
    # Django has rendered its template responses by now, so this one is rendered here
    return TemplateResponse(request, template, {"error": refusal}, status=refusal.status).render()


def _holds_nul(sent: QueryDict) -> bool:
    return any(NUL in text for name, texts in sent.lists() for text in (name, *texts))


def error_body(error: DomainError) -> dict[str, object]:
    """The API's form of a refusal (interfaces.md "HTTP")."""
    return {"code": error.code, "message": error.message, "fields": error.fields}
