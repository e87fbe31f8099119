"""Letters at the same moment: two numbers, a report and its check, an extension: each guard with it and without."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError

from audit.models import Entry
from common.errors import Conflict
from supervision.models import ItemExtension, ItemReport, Letter, LetterItem
from supervision.services import letter_items, letters, minuses
from supervision.services.letter_reminders import remind_of_letters
from tests.concurrency.together import at_once, met, only_sentences, without_row_locks
from tests.factories import make_quarter, moment
from tests.supervision.letters import DAY, DUE, LATE, Desk, fresh, make_desk

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
GUARDED = pytest.mark.parametrize("guarded", [True, False])


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def moved(item: LetterItem, to: str, **values: Any) -> None:
    """The control: a move that names no state."""
    LetterItem.objects.filter(pk=item.pk).update(state=to, **values)
    item.state = to


def without(guarded: bool, *patches: Any) -> ExitStack:
    stack = ExitStack()
    if not guarded:
        for one in (without_row_locks(), *patches):
            stack.enter_context(one)
    return stack


@GUARDED
def test_two_letters_never_have_one_number(desk: Desk, guarded: bool) -> None:
    """Without the bureau's lock both read the same last number, and the constraint has to refuse one with a failure."""
    drafts = [desk.draft(), desk.draft()]
    slow = mock.patch.object(letters, "_next_number", met(letters._next_number))
    with without(guarded), slow:
        raised = at_once([partial(desk.issue, one) for one in drafts])
    numbers = sorted(Letter.objects.exclude(number="").values_list("number", flat=True))
    if guarded:
        assert raised == [None, None]
        assert numbers == ["税督〔2023〕1号", "税督〔2023〕2号"]
    else:
        assert [type(error) for error in raised if error] == [IntegrityError]


@GUARDED
def test_an_item_is_reported_once(desk: Desk, guarded: bool) -> None:
    item = desk.item()
    slow = mock.patch.object(letter_items, "may_report_item", met(letter_items.may_report_item))
    with without(guarded, mock.patch.object(letter_items, "move_item", moved)), slow:
        raised = at_once([lambda: desk.report(item), lambda: desk.report(item, by="head")])
    assert ItemReport.objects.count() == 1
    refused = [error for error in raised if error is not None]
    assert [type(error) for error in refused] == [Conflict if guarded else IntegrityError]


@GUARDED
def test_an_item_is_closed_or_sent_back_but_not_both(desk: Desk, guarded: bool) -> None:
    item = desk.item()
    desk.report(item, today=DAY)
    slow = mock.patch.object(letter_items, "may_check_report", met(letter_items.may_check_report))
    unnamed = mock.patch.object(letter_items.ItemReport.objects, "filter", _unchecked_or_not)
    with without(guarded, mock.patch.object(letter_items, "move_item", moved), unnamed), slow:
        raised = at_once([
            lambda: desk.check(item, today=DAY),
            lambda: desk.check(item, accepted=False, by="office2", remark="不够", today=DAY),
        ])  # fmt: skip
    decided = Entry.objects.filter(action__in=["letter_item.close_out", "letter_item.send_back"]).count()
    if guarded:
        assert only_sentences(raised)
        assert decided == 1
        closed = fresh(item).state == "closed"
        assert ItemReport.objects.get().accepted is closed
        assert (Letter.objects.get().state == "closed") is closed
    else:
        assert decided == 2


_filter = ItemReport.objects.filter


def _unchecked_or_not(*args: Any, **kwargs: Any) -> Any:
    """The control: an UPDATE that does not ask whether somebody has checked."""
    return _filter(pk=kwargs["pk"]) if "pk" in kwargs else _filter(*args, **kwargs)


@GUARDED
def test_an_extension_is_decided_once(desk: Desk, guarded: bool) -> None:
    item = desk.item()
    extension = desk.ask(item)
    slow = mock.patch.object(letter_items, "may_decide_extension", met(letter_items.may_decide_extension))
    everything = ItemExtension.objects.filter
    unnamed = mock.patch.object(
        letter_items.ItemExtension.objects, "filter", lambda **kwargs: everything(pk=kwargs.get("pk", extension.pk))
    )
    with without(guarded, mock.patch.object(letter_items, "move_item", moved), unnamed), slow:
        raised = at_once([
            lambda: desk.decide(extension),
            lambda: desk.decide(extension, granted=False, by="office2", decision="不必"),
        ])  # fmt: skip
    decided = Entry.objects.filter(action__in=["letter_item.extend", "letter_item.decline_extension"]).count()
    if guarded:
        assert only_sentences(raised)
        assert decided == 1
        granted = ItemExtension.objects.get().granted
        assert (fresh(item).due_on != DUE) is granted
    else:
        assert decided == 2


@GUARDED
def test_two_last_items_close_the_letter(desk: Desk, guarded: bool) -> None:
    """Each sees the other's item still open without the lock, and the letter stays open for ever."""
    letter = desk.issued(desk.facts(), desk.facts("B"))
    first, second = letter.items.order_by("position")
    slow = mock.patch.object(letter_items, "close_if_settled", met(letter_items.close_if_settled))
    with without(guarded), slow:
        raised = at_once([
            lambda: letter_items.drop_item(item=first, reason="并办", **desk.by("office", DAY)),
            lambda: letter_items.drop_item(item=second, reason="并办", **desk.by("office2", DAY)),
        ])  # fmt: skip
    assert raised == [None, None]
    assert (Letter.objects.get().state == "closed") is guarded


@GUARDED
def test_a_minus_is_asked_for_once(desk: Desk, guarded: bool) -> None:
    make_quarter(desk.bureau, "2023Q3")
    desk.item(desk.facts(responsible="anna"))
    desk.remind(LATE)
    minus = minuses.ProposedMinus.objects.get()

    def adopt(by: str) -> object:
        given = {"actor": desk.people[by], "today": LATE, "now": moment(LATE)}
        return minuses.adopt_minus(minus=minus, reason="属实", **given)

    def decline() -> object:
        return minuses.decline_minus(minus=minus, reason="不减", actor=desk.people["office2"], now=moment(LATE))

    def decide(found: Any, to: str, reason: str, actor: Any, now: Any, **values: Any) -> None:
        values |= {"state": to, "decision": reason, "decided_by": actor, "decided_at": now}
        minuses.ProposedMinus.objects.filter(pk=found.pk).update(**values)

    slow = mock.patch.object(minuses, "may_decide_minus", met(minuses.may_decide_minus))
    with without(guarded, mock.patch.object(minuses, "_decide", decide)), slow:
        raised = at_once([lambda: adopt("office"), decline])
    decided = Entry.objects.filter(action__in=["proposed_minus.adopt", "proposed_minus.decline"]).count()
    assert decided == (1 if guarded else 2)
    assert only_sentences(raised)


def test_two_jobs_remind_once(desk: Desk) -> None:
    desk.item(desk.facts(responsible="anna"))
    raised = at_once([lambda: remind_of_letters(desk.bureau, today=LATE, now=moment(LATE))] * 2)
    assert raised == [None, None]
    assert minuses.ProposedMinus.objects.count() == 1
    assert Entry.objects.filter(action="proposed_minus.propose").count() == 1
