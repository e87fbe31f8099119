"""谈心谈话: begun, written, signed by both, followed up; after the second signature nothing of the record changes.

What is told of a talk goes to its two people alone, without a name; its audit lines lie in the confidential chain and name
neither the other nor a word of the record.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.services import record
from common.errors import Conflict, InvalidInput
from common.text import clean, for_the_record, written
from notifications.services import notify
from organization.models import Bureau, Employee, PartyBranch
from organization.queries import placement_in_force, work_calendar
from reviews.models import Talk, TalkSignature, TalkSuggestion, Trigger
from reviews.permissions.talks import (
    may_decide_suggestion,
    may_follow_up_talk,
    may_hold_talk,
    may_sign_talk,
    may_take_back_talk,
    may_write_talk,
)
from reviews.queries.talks import digest_of, page_of
from tasks_market.services.steps import filled, require

State = Talk.State
GRACE = 3
"""Working days after which somebody is reminded once more."""
REQUIRED = {
    "affirmation": gettext_lazy("请写明肯定的成绩。"),
    "analysis": gettext_lazy("请写明分析的问题。"),
    "requirements": gettext_lazy("请写明提出的要求。"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a talker writes; the three texts may be missing until it is signed."""

    kind: str
    trigger: str
    held_on: date
    place: str = ""
    affirmation: str = ""
    analysis: str = ""
    requirements: str = ""
    follow_up_on: date | None = None


@transaction.atomic
def start_talk(
    *, employee: Employee, actor: Employee, draft: Draft, today: date, now: datetime,
    suggestion: TalkSuggestion | None = None,
) -> Talk:  # fmt: skip
    """Begins the record of a talk, which stays the talker's alone until it is signed; takes up a suggestion if given.

    Raises Refused, InvalidInput, Conflict if somebody was faster with the suggestion.
    """
    if suggestion is not None:
        require(may_decide_suggestion(actor, suggestion))
        employee = suggestion.employee
        draft = Draft(**asdict(draft) | {"trigger": suggestion.trigger})
    require(may_hold_talk(actor, employee, today=today))
    talk = Talk.objects.create(
        pk=_any_id(), bureau_id=actor.bureau_id, employee=employee, talker=actor, written_at=now,
        **_values(draft, employee, today),
    )  # fmt: skip
    if suggestion is not None:
        taken = TalkSuggestion.objects.open().filter(pk=suggestion.pk)
        if not taken.update(state=TalkSuggestion.State.TAKEN, talk=talk, decided_by=actor, decided_at=now):
            raise Conflict(_("这条谈话建议刚刚被别人处理过；请刷新页面再看。"))
    record_act(talk, "talk.draft", actor=actor)
    return talk


@transaction.atomic
def save_draft(*, talk: Talk, actor: Employee, draft: Draft, today: date, now: datetime) -> Talk:
    """Keeps what is being written. It leaves no audit line: it is the writer's alone and changes with every pause.

    Raises Refused, InvalidInput, Conflict once it is signed.
    """
    require(may_write_talk(actor, talk))
    values = _values(draft, talk.employee, today)
    if not Talk.objects.filter(pk=talk.pk, talker=actor, state=State.DRAFT).update(written_at=now, **values):
        raise Conflict(_("这份谈话记录刚刚签字或放弃，没有保存；请刷新页面再看。"))
    return fresh(talk)


@transaction.atomic
def discard_talk(*, talk: Talk, actor: Employee) -> None:
    """放弃: throws a draft away for good; the suggestion that it took up is open again. Raises Refused, Conflict."""
    require(may_write_talk(actor, talk))
    TalkSuggestion.objects.filter(talk=talk).update(
        state=TalkSuggestion.State.OPEN, talk=None, decided_by=None, decided_at=None
    )
    record_act(talk, "talk.discard", actor=actor)
    gone, _rows = Talk.objects.filter(pk=talk.pk, talker=actor, state=State.DRAFT).delete()
    if not gone:
        raise Conflict(_("这份谈话记录刚刚签字或放弃；请刷新页面再看。"))


@transaction.atomic
def sign_talk(*, talk: Talk, actor: Employee, digest: str, now: datetime, view: str = "") -> Talk:
    """签字: the talker signs the record, which goes to the other; the other adds an own view and signs.

    `digest` is that of the record as it was shown (`digest_of(by=talker)`, for the other too: the view is the signer's
    own). Raises Refused, InvalidInput for an incomplete record, Conflict if it is another by now.
    """
    talk = fresh(talk, lock=True)
    require(may_sign_talk(actor, talk))
    of_talker = actor.pk == talk.talker_id
    if missing := {name: sentence for name, sentence in REQUIRED.items() if not getattr(talk, name)}:
        raise InvalidInput(_("肯定成绩、分析问题、提出要求都写完才能签字。"), fields=missing)
    if digest != digest_of(talk, by=talk.talker_id):
        raise Conflict(_("谈话记录刚刚有变，没有签字；请刷新核对后再签。"), code="talk_changed")
    if of_talker:
        _move(talk, State.DRAFT, State.WITH_EMPLOYEE, written_at=now)
    else:
        _move(talk, State.WITH_EMPLOYEE, State.SIGNED, view=written(view))
    signature = TalkSignature.objects.create(talk=talk, by=actor, at=now, digest=digest_of(talk, by=actor.pk))
    record_act(talk, "talk.sign", actor=actor, after={"sha256": signature.digest})
    if of_talker:
        _tell(talk, talk.employee, gettext_lazy("您有一份谈话记录待签字"), f"sign:{signature.pk}")
    else:
        _tell(talk, talk.talker, gettext_lazy("您的一份谈话记录双方已签字"), f"sign:{signature.pk}")
    return talk


@transaction.atomic
def take_back_talk(*, talk: Talk, actor: Employee, now: datetime) -> Talk:
    """收回: the talker's signature goes and the record is a draft again, as long as the other has not signed.

    Raises Refused, Conflict.
    """
    talk = fresh(talk, lock=True)
    require(may_take_back_talk(actor, talk))
    _move(talk, State.WITH_EMPLOYEE, State.DRAFT)
    talk.signatures.all().delete()
    record_act(talk, "talk.take_back", actor=actor)
    _tell(
        talk,
        talk.employee,
        gettext_lazy("一份待您签字的谈话记录已收回修改"),
        f"take_back:{now:%Y%m%d%H%M%S}",
        url=False,
    )
    return talk


@transaction.atomic
def follow_up_talk(*, talk: Talk, actor: Employee, found: str, now: datetime) -> Talk:
    """回访: what was found when looking again, written once; it stands below the signed record and changes nothing of it.

    Raises Refused, InvalidInput, Conflict.
    """
    require(may_follow_up_talk(actor, talk))
    values = {"follow_up": filled(written(found), "found", _("请写明回访的情况。")), "followed_up_at": now}
    if not Talk.objects.filter(pk=talk.pk, state=State.SIGNED, followed_up_at__isnull=True).update(**values):
        raise Conflict(_("回访情况已经填写；请刷新页面再看。"))
    record_act(talk, "talk.follow_up", actor=actor)
    _tell(talk, talk.employee, gettext_lazy("您的一份谈话记录有了回访情况"), "follow_up")
    return fresh(talk)


@transaction.atomic
def remind_of_talks(bureau: Bureau, *, today: date) -> int:
    """Reminds the talker on the day agreed to look again and once more after three working days, and whoever has had a
    record to sign for three working days; of each once. Returns how many were told."""
    told, late = 0, work_calendar().add(today, -GRACE)
    talks = Talk.objects.filter(bureau=bureau).select_related("employee", "talker").order_by("pk")
    subject = gettext_lazy("一次谈话到了约定的回访日期，请回访并填写情况")
    for talk in talks.filter(state=State.SIGNED, follow_up_on__lte=today, followed_up_at__isnull=True):
        assert talk.follow_up_on is not None
        again = "again" if talk.follow_up_on <= late else "due"
        told += _tell(talk, talk.talker, subject, f"follow_up:{again}")
    for talk in talks.filter(state=State.WITH_EMPLOYEE, written_at__date__lte=late):
        occasion = f"unsigned:{talk.written_at:%Y%m%d%H%M%S}"
        told += _tell(talk, talk.employee, gettext_lazy("您有一份谈话记录待签字"), occasion)
    return told


# Steps -------------------------------------------------------------------------------------------------------------


def fresh(talk: Talk, *, lock: bool = False) -> Talk:
    """The talk as it stands, with its people; Conflict if its draft was thrown away."""
    rows = Talk.objects.select_related("bureau", "employee__department", "talker__department", "branch").order_by()
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=talk.pk).first()
    if found is None:
        raise Conflict(_("这份谈话记录已经放弃；请刷新页面再看。"), code="gone")
    return found


def record_act(talk: Talk, action: str, *, actor: Employee, after: dict[str, Any] | None = None) -> None:
    """An audit line that names the act and its actor, and neither the other nor a word of the record."""
    record(
        actor=actor,
        action=action,
        bureau=talk.bureau,
        target=talk,
        label=for_the_record(gettext_lazy("谈心谈话")),
        after=after,
        confidential=True,
    )


def _any_id() -> int:
    """An id by lot: counted up, the ids of one's own talks would tell how many others were held between them.

    Of as many digits as browsers keep exactly.
    """
    return 1 + secrets.randbelow(2**53 - 1)


def _move(talk: Talk, expected: str, to: str, **values: Any) -> None:
    values["state"] = to
    if not Talk.objects.filter(pk=talk.pk, state=expected).update(**values):
        raise Conflict(_("这份谈话记录刚刚被签字或收回；请刷新页面再看。"))
    for name, value in values.items():
        setattr(talk, name, value)


def _tell(talk: Talk, person: Employee, subject: Promise, occasion: str, *, url: bool = True) -> int:
    return notify(
        recipients=[person],
        subject=for_the_record(subject),
        url=page_of(talk) if url else "",
        occasion=f"talk.{occasion}:{talk.pk}",
        private=True,
    )


def _values(draft: Draft, employee: Employee, today: date) -> dict[str, Any]:
    """The columns of a draft. Raises InvalidInput for days that cannot be and words that are none of the choices."""
    if draft.held_on > today:
        raise _invalid("held_on", _("谈话日期不能晚于今天。"))
    if draft.follow_up_on and draft.follow_up_on <= draft.held_on:
        raise _invalid("follow_up_on", _("回访日期要晚于谈话日期。"))
    if draft.kind not in Talk.Kind.values:
        raise _invalid("kind", _("请选择谈话方式。"))
    if draft.trigger not in Trigger.values:
        raise _invalid("trigger", _("请选择谈话事由。"))
    texts = {name: written(getattr(draft, name)) for name in REQUIRED}
    return asdict(draft) | texts | {"place": clean(draft.place), "branch": _branch_on(employee, draft.held_on)}


def _invalid(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, fields={field: sentence})


def _branch_on(employee: Employee, day: date) -> PartyBranch | None:
    placements = employee.placements.select_related("branch")
    placement = placement_in_force(placements, day)
    return placement.branch if placement else employee.branch
