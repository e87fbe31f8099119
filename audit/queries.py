"""Answers about the log: what is not sealed yet, and whether anything was tampered with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Count, Exists, Max, Model, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.labels import action_label, field_label, value_label
from audit.models import ChainHead, Entry, EntryQuerySet, Seal, chains_read_by
from audit.signing import entry_is_authentic, head_is_authentic, seal_is_intact
from common.components import Change as ComponentChange
from common.components import Event
from common.progress import tell

BATCH = 2000
MOST_EVENTS = 50


def unsealed(code: str | None = None, since: datetime | None = None) -> EntryQuerySet:
    """The lines without a link in a chain, of one bureau or of all, written since a moment or ever."""
    entries: EntryQuerySet = Entry.objects.filter(~Exists(Seal.objects.filter(entry_id=OuterRef("pk"))))
    if code is not None:
        entries = entries.filter(bureau_code=code)
    return entries if since is None else entries.filter(at__gte=since)


@dataclass(frozen=True, slots=True)
class Verification:
    """`entries` counts the intact lines; `broken` is the sentence about the first fault, empty if there is none."""

    entries: int
    broken: str = ""


class Fault(Exception):
    """Something in a chain is not as it was written; the message is the sentence about it."""


def verify_chains(bureau_code: str | None = None) -> Verification:
    """Walks the chains of one bureau or of all and finds what was altered, removed, inserted or cut off.

    Seal what is left first (``services.seal_chains``). Lines that are written meanwhile are no fault.
    """
    checked, codes = 0, [bureau_code] if bureau_code is not None else _all_codes()
    lengths = dict(ChainHead.objects.values_list("bureau_code", "length"))
    expected = sum(lengths.get(code, 0) for code in codes)
    try:
        _check_no_copies()
        for code in codes:
            tell(checked, max(expected, checked))
            checked += _check_chain(code, partial(_tell, checked, expected))
    except Fault as fault:
        return Verification(checked, str(fault))
    return Verification(checked)


def _tell(before: int, expected: int, checked: int) -> None:
    if checked % BATCH == 0:
        tell(before + checked, max(expected, before + checked))


def _all_codes() -> list[str]:
    return sorted(
        {
            code
            for model in (ChainHead, Seal, Entry)
            for code in model.objects.order_by("bureau_code").values_list("bureau_code", flat=True).distinct()
        }
    )


def _check_no_copies() -> None:
    copies = Entry.objects.values("nonce").annotate(n=Count("pk"), last=Max("pk")).filter(n__gt=1).order_by("last")
    if copy := copies.first():
        raise Fault(_("审计记录 %(id)s 是另一条记录的复制品。") % {"id": copy["last"]})


def _check_chain(code: str, hears: Callable[[int], None]) -> int:
    """The number of intact lines. The end is read before and after the seals, because the sealer may add some."""
    where = {"bureau": code or _("（无单位）")}
    head = ChainHead.objects.filter(bureau_code=code).first() or ChainHead(bureau_code=code)
    last = Seal.objects.filter(bureau_code=code).aggregate(last=Max("position"))["last"] or 0
    later = ChainHead.objects.filter(bureau_code=code).first() or head
    if not head_is_authentic(head):
        raise Fault(_("单位 %(bureau)s：审计链的末尾记录被改动过。") % where)

    checked, previous = 0, ""
    for seal, entry in _links(code, head.length):
        _check_link(where, seal, entry, checked + 1, previous)
        checked, previous = checked + 1, seal.hash
        hears(checked)
    if checked != head.length or previous != head.hash:
        counts = where | {"length": head.length, "n": checked}
        raise Fault(_("单位 %(bureau)s：审计链应有 %(length)s 条，只剩 %(n)s 条。") % counts)
    if last > later.length:
        raise Fault(_("单位 %(bureau)s：审计链的末尾记录与封条 %(last)s 对不上。") % (where | {"last": last}))
    for entry in unsealed(code).order_by("id").iterator(chunk_size=BATCH):
        if not entry_is_authentic(entry):
            raise Fault(_("单位 %(bureau)s：审计记录 %(id)s 是伪造的。") % (where | {"id": entry.pk}))
    return checked


def _check_link(where: dict[str, str], seal: Seal, entry: Entry | None, position: int, previous: str) -> None:
    facts = where | {"position": position, "id": seal.entry_id}
    if seal.position != position:
        raise Fault(_("单位 %(bureau)s：第 %(position)s 个封条不见了。") % facts)
    if entry is None:
        raise Fault(_("单位 %(bureau)s：审计记录 %(id)s（第 %(position)s 条）被删除。") % facts)
    if entry.bureau_code != seal.bureau_code or not entry_is_authentic(entry):
        raise Fault(_("单位 %(bureau)s：审计记录 %(id)s（第 %(position)s 条）被改动过或是伪造的。") % facts)
    if not seal_is_intact(seal, entry.signature, previous):
        raise Fault(_("单位 %(bureau)s：审计记录 %(id)s 的封条（第 %(position)s 个）被改动过。") % facts)


def _links(code: str, length: int) -> Iterator[tuple[Seal, Entry | None]]:
    """The seals up to a position with their lines, in order, in batches so that memory does not grow with the log."""
    done = 0
    while True:
        seals = list(
            Seal.objects.filter(bureau_code=code, position__gt=done, position__lte=length).order_by("position")[:BATCH]
        )
        if not seals:
            return
        entries = Entry.objects.in_bulk([seal.entry_id for seal in seals])
        for seal in seals:
            yield seal, entries.get(seal.entry_id)
        done = seals[-1].position


def noted(action: str, model: type[Model], ids: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the lines of an act noted about these rows of a model, the earliest first: the row's id and `after`."""
    targets = [str(pk) for pk in ids]
    lines = Entry.objects.filter(action=action, target_type=model._meta.label_lower, target_id__in=targets)
    for target, after in lines.order_by("id").values_list("target_id", "after"):
        yield int(target), after or {}


def find_entries(
    user: Any,
    *,
    q: str = "",
    actor: str = "",
    action: str = "",
    target: str = "",
    first: date | None = None,
    last: date | None = None,
) -> EntryQuerySet:
    """The lines that the user may read and that fit, newest first; `first` and `last` are days in Shanghai, inclusive.

    Each chain is asked for its own newest lines: asked for those of several, PostgreSQL would walk back through everybody's.
    """
    entries: EntryQuerySet = Entry.objects.visible_to(user)
    if q:
        entries = entries.filter(Q(target__icontains=q) | Q(reason__icontains=q) | Q(actor__icontains=q))
    if actor:
        entries = entries.filter(actor__icontains=actor)
    if action:
        entries = entries.filter(Q(action=action) | Q(action__startswith=f"{action}."))
    if target:
        entries = entries.filter(target__icontains=target)
    if first:
        entries = entries.filter(at__gte=_midnight(first))
    if last:
        entries = entries.filter(at__lt=_midnight(last + timedelta(days=1)))
    chains = [entries.filter(bureau_code=code).order_by() for code in chains_read_by(user)]
    return chains[0].union(*chains[1:], all=True).order_by("-id") if len(chains) > 1 else entries


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())


@dataclass(frozen=True, slots=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read it."""

    id: int
    at: str
    actor: str
    action: str
    target: str
    reason: str
    request_id: str
    changes: list[Change]
    sealed: bool


def readable(entries: Iterable[Entry]) -> list[Line]:
    """The entries of one page in words, and whether each is sealed already; one query for the seals."""
    rows = list(entries)
    sealed = set(Seal.objects.filter(entry_id__in=[row.pk for row in rows]).values_list("entry_id", flat=True))
    return [
        Line(
            id=row.pk,
            at=timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S"),
            actor=row.actor,
            action=action_label(row.action),
            target=row.target,
            reason=row.reason,
            request_id=row.request_id,
            changes=_changes(row),
            sealed=row.pk in sealed,
        )
        for row in rows
    ]


def history_of(target: Model) -> list[Event]:
    """What happened to one thing, newest first, for a page whose readers may see the thing."""
    entries = Entry.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk)).order_by("-id")
    return [
        Event(
            what=action_label(row.action).rpartition("·")[2],
            who=row.actor,
            at=row.at,
            reason=row.reason,
            changes=[
                ComponentChange(one.label, one.before, one.after)
                for one in _changes(row)
                if one.before or one.after != _("否")  # what a new thing is not says nothing
            ],
        )
        for row in entries[:MOST_EVENTS]
    ]


def _changes(entry: Entry) -> list[Change]:
    """What stood before and after, field by field; a field that was and is empty says nothing."""
    before, after = entry.before or {}, entry.after or {}
    kind = entry.target_type
    changes = (
        Change(
            field_label(kind, name), value_label(before.get(name), kind, name), value_label(after.get(name), kind, name)
        )
        for name in dict.fromkeys([*before, *after])
    )
    return [change for change in changes if change.before or change.after]


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far a bureau's log is sealed."""

    sealed: int
    waiting: int


def chain_state(codes: Iterable[str]) -> ChainState:
    """Of the chains together."""
    chains, since = list(codes), timezone.now() - timedelta(days=2)
    sealed = ChainHead.objects.filter(bureau_code__in=chains).aggregate(n=Sum("length"))["n"] or 0
    links = Seal.objects.filter(
        entry_id=OuterRef("pk"), bureau_code__in=chains
    )  # the other bureaus' are not looked through
    waiting = Entry.objects.filter(~Exists(links), bureau_code__in=chains, at__gte=since).count()
    return ChainState(sealed=sealed, waiting=waiting)
