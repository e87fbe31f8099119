"""起草、修改、送审、退回、印发 a bulletin, and who has read it. Published, its text and figures never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.components import quarter_label
from common.errors import ChangedElsewhere, Conflict, InvalidInput
from common.text import clean, for_the_record, written
from indicators.models import Quarter
from notifications.services import announce, notify
from organization.models import Employee
from organization.queries import holders
from reports.models import Bulletin, BulletinReceipt
from reports.permissions_bulletins import (
    SIGNS,
    may_decide_bulletin,
    may_draft_bulletin,
    may_edit_bulletin,
    may_publish_bulletin,
    may_remind_readers,
    may_submit_bulletin,
)
from reports.queries.bulletin_draft import draft_of
from reports.queries.bulletin_figures import SECTIONS
from reports.queries.bulletins import digest_of, is_behind, readers, unread_by
from scoring.queries.rankings import current_run
from scoring.services.scoring import lock_quarter
from tasks_market.services.steps import filled, require

State = Bulletin.State
LONGEST = 20_000
LONGEST_TITLE, LONGEST_NUMBER = 200, 40
TEXTS = ("title", *SECTIONS)


class Elsewhere(ChangedElsewhere):
    """The bulletin was written in another window since this one was opened; `stored` is what stands there."""

    def __init__(self, stored: Bulletin) -> None:
        super().__init__(_("这份通报在别的窗口改过，这里的内容还没有保存；请选择以哪一份为准。"))
        self.stored = stored


# Writing ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_bulletin(*, quarter: Quarter, actor: Employee, today: date, now: datetime) -> Bulletin:
    """起草: figures and sentences from the quarter's run that counts. Raises Refused, Conflict (not shown, one already)."""
    quarter = lock_quarter(quarter.bureau, quarter.code)
    run = current_run(quarter)
    require(may_draft_bulletin(actor, quarter, run))
    assert run is not None
    figures = draft_of(run, today=today)
    with translation.override(settings.DEFAULT_LANGUAGE):
        title = _("关于%(quarter)s绩效考评情况的通报") % {"quarter": quarter_label(quarter.code)}
    bulletin = Bulletin(
        bureau=quarter.bureau, quarter=quarter, run=run, title=title, figures=figures.frozen(), version=1,
        drafted_by=actor, drafted_at=now, **{section: figures.text(section) for section in SECTIONS},
    )  # fmt: skip
    try:
        with transaction.atomic():
            bulletin.save()
    except IntegrityError:
        raise Conflict(_("%s 已经有通报了；请刷新页面再看。") % quarter.code, code="exists") from None
    _record(bulletin, "bulletin.draft", actor=actor, after={"run": run.number})
    return bulletin


@transaction.atomic
def save_bulletin(*, bulletin: Bulletin, actor: Employee, texts: Mapping[str, str], known: int) -> Bulletin:
    """Keeps what has been typed. `known` is the version that the window shows. Leaves no audit line: what was written is in
    the line of its handing in.

    Raises Elsewhere if another window was faster with other words, Refused, Conflict, InvalidInput.
    """
    bulletin = lock_bulletin(bulletin)
    require(may_edit_bulletin(actor, bulletin))
    taken = _taken(bulletin, texts)
    changed = {name: text for name, text in taken.items() if getattr(bulletin, name) != text}
    if not changed:
        return bulletin
    if known != bulletin.version:
        raise Elsewhere(bulletin)
    _write(bulletin, **changed)
    return bulletin


@transaction.atomic
def redraw_bulletin(*, bulletin: Bulletin, actor: Employee, today: date, sections: tuple[str, ...] = ()) -> Bulletin:
    """重新取数: the figures of the run that counts now; of the sections named the text as well, the others stay.

    Raises Refused, Conflict, InvalidInput for a section that there is not.
    """
    lock_quarter(bulletin.bureau, bulletin.quarter.code)
    bulletin = lock_bulletin(bulletin)
    require(may_edit_bulletin(actor, bulletin))
    if not set(sections) <= set(SECTIONS):
        raise InvalidInput(_("通报没有这一部分；请刷新页面再试。"))
    run = current_run(bulletin.quarter)
    require(may_draft_bulletin(actor, bulletin.quarter, run))
    assert run is not None
    figures = draft_of(run, today=today)
    texts = {section: figures.text(section) for section in sections}
    before = {name: getattr(bulletin, name) for name in texts} | {"run": bulletin.run.number}
    _write(bulletin, run=run, figures=figures.frozen(), **texts)
    _record(bulletin, "bulletin.recount", actor=actor, before=before, after=texts | {"run": run.number})
    return bulletin


# Deciding -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_bulletin(*, bulletin: Bulletin, actor: Employee, today: date, now: datetime) -> Bulletin:
    """送审: who signs is told. Raises Refused, Conflict (nothing written, or the scores moved since)."""
    lock_quarter(bulletin.bureau, bulletin.quarter.code)
    bulletin = lock_bulletin(bulletin)
    require(may_submit_bulletin(actor, bulletin))
    _require_figures(bulletin)
    _move(bulletin, State.REVIEW, reviewed_by=actor, reviewed_at=now, returned="")
    _record(bulletin, "bulletin.submit", actor=actor, after={name: getattr(bulletin, name) for name in TEXTS})
    signers = holders(bulletin.bureau, today, *SIGNS).exclude(pk=actor.pk)
    _tell(bulletin, signers, gettext_lazy("%(quarter)s通报待签发"), f"submit:{bulletin.version}", body=bulletin.title)
    return bulletin


@transaction.atomic
def return_bulletin(*, bulletin: Bulletin, actor: Employee, remark: str) -> Bulletin:
    """退回 with what is to be changed; who handed it in is told. Raises Refused, Conflict, InvalidInput."""
    bulletin = lock_bulletin(bulletin)
    require(may_decide_bulletin(actor, bulletin))
    remark = filled(clean(remark), "remark", _("请写明退回意见。"))
    _move(bulletin, State.DRAFT, returned=remark)
    _record(bulletin, "bulletin.return", actor=actor, reason=remark)
    handed_in = [one for one in (bulletin.reviewed_by,) if one]
    words = gettext_lazy("%(quarter)s通报被退回，请修改后再送审")
    _tell(bulletin, handed_in, words, f"return:{bulletin.version}", page="bulletin-edit", body=remark)
    return bulletin


@transaction.atomic
def publish_bulletin(
    *, bulletin: Bulletin, actor: Employee, number: str, known: int, today: date, now: datetime
) -> Bulletin:
    """印发: freezes number, day, text, figures and tables under one SHA-256 and tells everybody. `known` is the version that
    was read: what was returned, changed and handed in again meanwhile is read again first.

    Raises Refused, Conflict (the scores or the text moved since), InvalidInput for no number or one that is taken.
    """
    lock_quarter(bulletin.bureau, bulletin.quarter.code)  # no correction run comes between looking and freezing
    bulletin = lock_bulletin(bulletin)
    require(may_publish_bulletin(actor, bulletin))
    if known != bulletin.version:
        raise Conflict(_("通报在您打开以后退回修改过，还没有印发；请看过现在的文字再签发。"), code="changed")
    _require_figures(bulletin)
    bulletin.number = _number(number)
    bulletin.published_on = today
    digest = digest_of(bulletin)
    try:
        with transaction.atomic():
            _move(
                bulletin, State.PUBLISHED, number=bulletin.number, published_by=actor, published_at=now,
                published_on=today, digest=digest,
            )  # fmt: skip
    except IntegrityError:
        sentence = _("文号“%s”已经用过，请换一个。") % bulletin.number
        raise InvalidInput(sentence, fields={"number": sentence}) from None
    _record(bulletin, "bulletin.publish", actor=actor, after={"number": bulletin.number, "digest": digest})
    words = gettext_lazy("%(quarter)s绩效通报已印发，请阅读")
    _tell(bulletin, readers(bulletin.bureau, today), words, "publish", body=bulletin.title)
    announce(
        bureau=bulletin.bureau, subject=_spoken(bulletin, words), body=bulletin.title, url=_page(bulletin),
        occasion=f"bulletin.publish:{bulletin.pk}",
    )  # fmt: skip
    return bulletin


# Reading ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_read(*, bulletin: Bulletin, actor: Employee, now: datetime) -> bool:
    """Notes that somebody opened a published bulletin, the first time; True if this was it.

    The receipt is its own record and leaves no audit line.
    """
    if bulletin.state != State.PUBLISHED or actor.bureau_id != bulletin.bureau_id:
        return False
    if BulletinReceipt.objects.filter(bulletin=bulletin, employee=actor).exists():
        return False
    BulletinReceipt.objects.bulk_create(
        [BulletinReceipt(bulletin=bulletin, employee=actor, at=now)], ignore_conflicts=True
    )
    return True


@transaction.atomic
def remind_readers(*, bulletin: Bulletin, actor: Employee, today: date) -> int:
    """催阅: tells who has not opened it, each once a day; returns how many. Raises Refused, Conflict."""
    require(may_remind_readers(actor, bulletin))
    words = gettext_lazy("请阅读%(quarter)s绩效通报")
    told = _tell(bulletin, unread_by(bulletin, today), words, f"remind:{today}", body=bulletin.title)
    if told:
        _record(bulletin, "bulletin.remind", actor=actor, after={"told": told})
    return told


# Steps --------------------------------------------------------------------------------------------------------------


def lock_bulletin(bulletin: Bulletin) -> Bulletin:
    """The bulletin as it stands, locked until the transaction ends (docs/locking.md: after the quarter)."""
    rows = Bulletin.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("bureau", "quarter__bureau", "run", "reviewed_by").order_by().get(pk=bulletin.pk)


def _move(bulletin: Bulletin, to: State, **values: Any) -> None:
    """Moves a bulletin by an UPDATE that names state and version it was read in; Conflict if somebody was faster."""
    values |= {"state": to, "version": bulletin.version + 1}
    as_read = Bulletin.objects.filter(pk=bulletin.pk, state=bulletin.state, version=bulletin.version)
    if as_read.update(**values) != 1:
        raise Conflict(_("通报刚刚被别人处理过；请刷新页面再看。"))
    for name, value in values.items():
        setattr(bulletin, name, value)


def _write(bulletin: Bulletin, **values: Any) -> None:
    """Writes a draft, which counts its versions."""
    values["version"] = bulletin.version + 1
    for name, value in values.items():
        setattr(bulletin, name, value)
    bulletin.save(update_fields=list(values))


def _taken(bulletin: Bulletin, texts: Mapping[str, str]) -> dict[str, str]:
    """Those of the texts that were sent, clean; InvalidInput for a title that is empty or what is too long."""
    taken = {name: written(str(texts[name])) for name in TEXTS if name in texts}
    if "title" in taken:
        taken["title"] = "".join(line.strip() for line in taken["title"].split("\n"))
    faults = {}
    for name, text in taken.items():
        most = LONGEST_TITLE if name == "title" else LONGEST
        if len(text) > most:
            faults[name] = _("%(n)d 字太长，最多 %(most)d 字。") % {"n": len(text), "most": most}
    if taken.get("title") == "":
        faults["title"] = _("请写标题。")
    if faults:
        raise InvalidInput(" ".join(faults.values()), fields=faults)
    return taken


def _require_figures(bulletin: Bulletin) -> None:
    if is_behind(bulletin, current_run(bulletin.quarter)):
        words = _("%s 在取数以后重新计过分，通报里的数据已经不是现行得分；请退回起草，重新取数并核对文字。")
        raise Conflict(words % bulletin.quarter.code, code="behind")


def _number(number: str) -> str:
    number = filled(clean(number), "number", _("请填写文号。"))
    if len(number) > LONGEST_NUMBER:
        sentence = _("文号最多 %d 个字。") % LONGEST_NUMBER
        raise InvalidInput(sentence, fields={"number": sentence})
    return number


def _page(bulletin: Bulletin, name: str = "bulletin") -> str:
    return reverse(f"reports:{name}", args=[bulletin.pk])


def _spoken(bulletin: Bulletin, words: Any) -> str:
    with translation.override(settings.DEFAULT_LANGUAGE):
        quarter = quarter_label(bulletin.quarter.code)
    return for_the_record(words, quarter=quarter)


def _tell(bulletin: Bulletin, people: Any, words: Any, occasion: str, *, page: str = "bulletin", body: str = "") -> int:
    return notify(
        recipients=people, subject=_spoken(bulletin, words), body=body, url=_page(bulletin, page),
        occasion=f"bulletin.{occasion}:{bulletin.pk}",
    )  # fmt: skip


def _record(
    bulletin: Bulletin, action: str, *, actor: Employee, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "",
) -> None:  # fmt: skip
    """The audit line of an act on a bulletin."""
    audit.record(
        actor=actor, action=action, bureau=bulletin.bureau, target=bulletin,
        label=_spoken(bulletin, gettext_lazy("%(quarter)s通报")), before=before, after=after, reason=reason,
    )  # fmt: skip
