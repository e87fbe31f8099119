"""What the application refuses, each with a sentence for people and a status for HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext

Sentence = str | Promise


class DomainError(Exception):
    """A refusal that a person may read: `message` says what, why, and what to do.

    `fields` maps names of inputs to their own sentences. Pages, commands and the API all show the same text.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        message: Sentence,
        *,
        code: str = "",
        fields: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.default_code
        self.fields: dict[str, object] = dict(fields or {})

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return self.message


class InvalidInput(DomainError):
    """The input cannot be taken as it stands."""

    status = 400
    default_code = "invalid"


class Refused(DomainError):
    """The person may not do this."""

    status = 403
    default_code = "refused"


class WrongMethod(DomainError):
    """The address takes another kind of request, such as a form that is sent instead of a page that is opened."""

    status = 405
    default_code = "method_not_allowed"


class Conflict(DomainError):
    """Somebody was faster, or the thing is no longer in the state that the act expects."""

    status = 409
    default_code = "conflict"


class ChangedElsewhere(Conflict):
    """What a window shows was changed in another one since: the words that were filled in are to be taken along."""

    default_code = "elsewhere"


class Frozen(Conflict):
    """The quarter is published and nothing of it changes outside a correction run (scoring.md §6)."""

    default_code = "frozen"


FROZEN_BY_DATABASE = "the quarter is published and frozen"
"""What the triggers of scoring's migration say; services refuse earlier, with a sentence that names the quarter."""


def refusal_of(error: BaseException) -> DomainError | None:
    """A refusal of the database as the sentence that a person reads; None if the error is of another kind."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, IntegrityError) and FROZEN_BY_DATABASE in str(error):
        return Frozen(gettext("这一季度已经发布，不再接受修改，没有保存；确需更正请由绩效办做更正计分。"))
    return None
