"""The class of all tasks: what a worker runs leaves a row in JobRun, and of one piece of work one run works at a time.

`perfmgmt.celery` names it to Celery, so that `@shared_task` in any app gets it without knowing of it.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from celery import Task
from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from audit.services import BrokenChain
from common import progress, tenancy
from common.errors import DomainError
from perfmgmt import runs
from perfmgmt.models import JobRun
from perfmgmt.schedule import is_frequent

logger = logging.getLogger(__name__)

State = JobRun.State


class RecordedTask(Task):
    """A task that a worker records; called as a function, or eagerly in tests, it just runs."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.request.called_directly:
            return super().__call__(*args, **kwargs)
        if self.request.is_eager:
            bureau_id = runs.bureau_of(_names_of(self.run), args, kwargs)
            with _scope_of(bureau_id):
                return _or_refused(self.name, super().__call__, args, kwargs)
        return recorded(self.name, self.run, args, kwargs)


def _names_of(work: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(work).parameters)


def _scope_of(bureau_id: int | None) -> AbstractContextManager[None]:
    """One bureau's work sees its rows only; whatever goes over several bureaus says so itself (`across`)."""
    return tenancy.closed() if bureau_id is None else tenancy.within(bureau_id)


def _or_refused(task: str, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """One bureau's refusal stops no other's task, with a queue or without."""
    try:
        return work(*args, **kwargs)
    except DomainError as error:
        if not is_refusal(error):
            raise
        logger.warning("%s %s was refused: %s", task, runs.key_of(args, kwargs), error)


def is_refusal(error: Exception) -> bool:
    """Whether the task did what it could, and what stands in the way is for people; a broken audit chain is an alarm."""
    return isinstance(error, DomainError) and not isinstance(error, BrokenChain)


def recorded(
    task: str, work: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
) -> Any:
    """Does the work of a task between the beginning and the end of its row; returns what it returns.

    A second start of the same piece of work does nothing and returns None: what it was to do is being done. A refusal
    ends the row with its sentence and raises nothing.
    """
    run = runs.begin(task, args, kwargs, names=_names_of(work), worker=runs.this_worker(), frequent=is_frequent(task))
    if run is None:
        logger.info("%s %s is being done already", task, runs.key_of(args, kwargs or {}))
        return None
    with Pulse(run):
        try:
            with _scope_of(run.bureau_id):
                answer = work(*args, **(kwargs or {}))
        except Exception as error:
            if not connection.in_atomic_block:  # a connection that broke under the work cannot keep what became of it
                connection.close_if_unusable_or_obsolete()
            if is_refusal(error):
                logger.warning("%s %s was refused: %s", task, run.key, error)
                runs.end(run, State.REFUSED, error=str(error))
                return None
            runs.end(run, State.FAILED, error=sentence_of(error))
            raise
        runs.end(run, State.DONE, rows=answer if isinstance(answer, int) else None)
    return answer


def sentence_of(error: Exception) -> str:
    """What went wrong, for people: our own refusals say it themselves; of others the kind, as their words may hold secrets."""
    kind = type(error).__name__
    if isinstance(error, DomainError):
        return f"{error.message}（{kind}）"
    return _("程序出错（%(kind)s），没有做完；原因见这一时刻的服务日志。") % {"kind": kind}


class Pulse:
    """Tells every few seconds, from a thread with a connection of its own, that a run lives, and keeps how far it is.

    The work's own connection may be inside one long transaction, where nobody would see it.
    """

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self._progress = progress.ProgressFile(run.task, run.key)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{run.pk}", daemon=True)
        self._listening = progress.listening(self._progress.tell)

    def __enter__(self) -> Self:
        self._progress.clear()  # one that died before left it
        self._thread.start()
        self._listening.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.__exit__(kind, error, trace)
        self._over.set()
        self._thread.join()
        self._progress.clear()

    def _beat(self) -> None:
        while not self._over.wait(runs.PULSE.total_seconds()):
            try:
                runs.renew(self.run)
            except DatabaseError:
                logger.warning("%s %s could not report", self.run.task, self.run.key, exc_info=True)
            finally:
                connection.close()
