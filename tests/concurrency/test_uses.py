"""Somebody decides while the list is being signed: what was signed stays what it was. The guard, and without it."""

from __future__ import annotations

from contextlib import nullcontext
from unittest import mock

import pytest

from awards.grading import Word
from awards.models import UseLine, UseList
from awards.queries.uses import digest_of, lines_of
from awards.services import uses
from common.errors import Conflict
from tests.awards.sample import NOW
from tests.concurrency.together import at_once, met, once_met, without_row_locks
from tests.reports.world import make_world

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("guarded", [True, False])
def test_a_decision_does_not_slip_into_a_signed_list(guarded: bool) -> None:
    world = make_world()
    office, director = world.people["office"], world.people["director"]
    drawn = uses.draw_list(
        bureau=world.bureau, kind=UseList.Kind.QUARTERLY_GRADE, period="2023Q1", actor=office, now=NOW
    )
    for line in lines_of(drawn):
        if line.suggestion:
            uses.decide_line(line=line, decision=line.suggestion, actor=office, now=NOW)
    shown = digest_of(drawn, lines_of(drawn))
    line = UseLine.objects.select_related("use_list__bureau").get(use_list=drawn, employee__name="cora")

    def decides() -> None:
        uses.decide_line(line=line, decision=Word.POOR, note="迟来的决定", actor=office, now=NOW)

    looked = mock.patch.object(uses, "digest_of", met(uses.digest_of))
    with looked, nullcontext() if guarded else without_row_locks():
        raised = at_once(
            [lambda: uses.sign_list(use_list=drawn, digest=shown, actor=director, now=NOW), once_met(decides)]
        )  # fmt: skip
    signed = UseList.objects.select_related("bureau").get(pk=drawn.pk)
    assert (signed.state, signed.digest) == (UseList.State.SIGNED, shown)
    assert (digest_of(signed, lines_of(signed)) == shown) is guarded
    assert raised[0] is None
    assert isinstance(raised[1], Conflict) is guarded
