"""Somebody writes while a record is signed, takes it back meanwhile, takes one suggestion twice: with each guard and without."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest

from common.errors import Conflict
from reviews.models import Talk
from reviews.models.talks import TalkSuggestionQuerySet
from reviews.queries.talks import signatures_of
from reviews.services import talks
from tests.concurrency.together import at_once, met, once_met, without_row_locks
from tests.reviews.talks import NOW, TODAY, begin, draft, handed_over, make_suggestion, make_village, sign

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def moves(talk: Talk, expected: str, to: str, **values: Any) -> None:
    """The control: a move that names no state."""
    Talk.objects.filter(pk=talk.pk).update(state=to, **values)
    talk.state = to


def run(acts: list[Any], *patches: Any) -> list[Exception | None]:
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        return at_once(acts)


@pytest.mark.parametrize("guarded", [True, False])
def test_nothing_is_written_under_a_signature(guarded: bool) -> None:
    village = make_village()
    head = village["head"]
    talk = begin(head, village["employee"])

    def write() -> None:
        talks.save_draft(talk=talk, actor=head, draft=draft(analysis="别的"), today=TODAY, now=NOW)

    compared = mock.patch.object(talks, "digest_of", met(talks.digest_of))
    controls = [] if guarded else [without_row_locks()]
    raised = run([lambda: sign(talk, head), once_met(write)], compared, *controls)
    signed = Talk.objects.get()
    assert signed.state == Talk.State.WITH_EMPLOYEE
    assert all(one.intact for one in signatures_of(signed)) is guarded
    if guarded:
        assert [type(error) for error in raised] == [type(None), Conflict]


@pytest.mark.parametrize("guarded", [True, False])
def test_a_record_is_signed_or_taken_back_and_never_both(guarded: bool) -> None:
    village = make_village()
    talk = handed_over(village["head"], village["employee"])
    slow = [
        mock.patch.object(talks, name, met(getattr(talks, name))) for name in ("may_sign_talk", "may_take_back_talk")
    ]
    controls = [] if guarded else [without_row_locks(), mock.patch.object(talks, "_move", moves)]
    acts = [
        lambda: sign(talk, village["employee"]),
        lambda: talks.take_back_talk(talk=talk, actor=village["head"], now=NOW),
    ]
    raised = run(acts, *slow, *controls)
    assert (sorted(error is None for error in raised) == [False, True]) is guarded
    if guarded:
        found = Talk.objects.get()
        assert (found.state, found.signatures.count()) in {("draft", 0), ("signed", 2)}


@pytest.mark.parametrize("guarded", [True, False])
def test_a_suggestion_is_taken_up_once(guarded: bool) -> None:
    village = make_village()
    suggestion, secretary = make_suggestion(village["employee"]), village["secretary"]

    def take() -> None:
        talks.start_talk(
            employee=suggestion.employee, actor=secretary, draft=draft(), today=TODAY, now=NOW, suggestion=suggestion
        )

    looked = mock.patch.object(talks, "may_decide_suggestion", met(talks.may_decide_suggestion))
    controls = [] if guarded else [mock.patch.object(TalkSuggestionQuerySet, "open", lambda self: self.all())]
    raised = run([take, take], looked, *controls)
    assert (Talk.objects.count() == 1) is guarded
    if guarded:
        assert {type(error) for error in raised} == {type(None), Conflict}
