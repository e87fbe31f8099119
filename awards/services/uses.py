"""Lists of what results are used for: drawn by the office, decided line by line by people, signed by the director.

One row is locked, the `UseList`, `FOR NO KEY UPDATE`, before its state or its lines are looked at; the move to signed
names the state it expects besides (docs/locking.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit import services as audit
from audit.models import Entry
from awards.models import QUOTA_WORDS, UseLine, UseList, UseSettings
from awards.permissions.uses import SIGNED, may_decide, may_draw, may_set_uses, may_sign
from awards.queries.drawn import Drawn, checked_period, period_label, quarters_of, settings_of
from awards.queries.grades import draw_annual, draw_promotion, draw_quarterly
from awards.queries.needs import draw_department_talks, draw_improvements, draw_training
from awards.queries.uses import adoptable, counted, digest_of, lines_of, outdated, quota_of, title_of
from common.errors import Conflict, InvalidInput
from common.text import for_the_record, listed
from notifications.services import notify
from organization.models import Bureau, Employee, Role
from organization.queries import holders
from tasks_market.services.steps import require

Kind = UseList.Kind
APPROVAL_WIDENS = gettext_lazy("经批准的最高比例不能低于平时的比例。")


@transaction.atomic
def draw_list(
    *,
    bureau: Bureau,
    kind: str,
    period: str,
    actor: Employee,
    now: datetime,
    percent: int | None = None,
    basis: str = "",
) -> UseList:
    """Draws a list from the published scores of a quarter (`2023Q1`) or year (`2023`), or draws a draft anew.

    A decision stays where its suggestion stays. `percent` widens the quota of the annual grade, with its `basis`.
    Raises InvalidInput for a period without published scores or a quota without basis, Conflict once it is signed.
    """
    require(may_draw(actor, bureau))
    period = checked_period(kind, period)
    settings = settings_of(bureau)
    quota = _quota(kind, percent, basis.strip(), settings)
    if not quarters_of(bureau, period):
        sentence = _("%s还没有已发布的得分，不能拟定；发布以后再来。") % period_label(period)
        raise InvalidInput(sentence, fields={"period": sentence})
    found, made = UseList.objects.get_or_create(
        bureau=bureau, kind=kind, period=period, defaults={"drawn_by": actor, "drawn_at": now}
    )
    use_list = _locked(found)
    with translation.override(django_settings.DEFAULT_LANGUAGE):
        drawn = _draw(bureau, Kind(kind), period, settings, quota)
    dropped = _replace_lines(use_list, drawn)
    use_list.basis, use_list.quota_percent, use_list.quota_basis = drawn.basis, quota, basis.strip()
    use_list.drawn_by, use_list.drawn_at = actor, now
    use_list.save(update_fields=["basis", "quota_percent", "quota_basis", "drawn_by", "drawn_at"])
    audit.record(
        actor=actor,
        action="use.draw",
        bureau=bureau,
        target=use_list,
        label=_label(use_list),
        after={"lines": len(drawn.lines), "runs": drawn.basis.get("runs", {}), "again": not made, "dropped": dropped}
        | ({"percent": quota} if quota is not None else {}),
        reason=use_list.quota_basis,
    )
    return use_list


@transaction.atomic
def decide_line(*, line: UseLine, decision: str, actor: Employee, now: datetime, note: str = "") -> UseLine:
    """Decides on one line; an empty decision takes an earlier one back. Departing from the suggestion needs a note.

    Raises Refused, Conflict once the list is signed, InvalidInput.
    """
    require(may_decide(actor, line.use_list))
    use_list = _locked(line.use_list)
    current = UseLine.objects.select_related("employee", "department", "point").get(pk=line.pk)
    current.use_list = use_list
    note = note.strip()
    _require_word(use_list, decision)
    if decision and current.suggestion and decision != current.suggestion and not note:
        sentence = _("决定与系统建议不同，请写明理由。")
        raise InvalidInput(sentence, fields={"note": sentence})
    before = {"decision": current.decision, "note": current.note}
    current.decision, current.note = decision, note if decision else ""
    current.decided_by, current.decided_at = (actor, now) if decision else (None, None)
    if before == {"decision": current.decision, "note": current.note}:
        return current
    current.save(update_fields=["decision", "note", "decided_by", "decided_at"])
    audit.record_many([_decision(current, actor, before)])
    return current


@transaction.atomic
def adopt_suggestions(*, use_list: UseList, actor: Employee, now: datetime, only: Collection[int] | None = None) -> int:
    """Decides every undecided line as suggested, or `only` those of these ids, each logged singly; returns how many.

    Lines in a tie at a border are left out: there people decide. Raises Refused, Conflict.
    """
    require(may_decide(actor, use_list))
    use_list = _locked(use_list)
    lines = [line for line in lines_of(use_list) if adoptable(line) and (only is None or line.pk in only)]
    if not lines:
        raise Conflict(_("没有可以采纳的建议：都已决定，或并列在界线上，要逐条由人决定。"))
    for line in lines:
        line.decision, line.decided_by, line.decided_at = line.suggestion, actor, now
    UseLine.objects.bulk_update(lines, ["decision", "decided_by", "decided_at"], batch_size=500)
    audit.record_many([_decision(line, actor, {"decision": "", "note": ""}) for line in lines])
    return len(lines)


@transaction.atomic
def sign_list(*, use_list: UseList, digest: str, actor: Employee, now: datetime) -> UseList:
    """Signs a list as it was shown (`digest`); from then on it is fixed and drawing it again is refused.

    Raises Refused; Conflict while suggestions are undecided, the decisions exceed the quota, scores were corrected since
    it was drawn, or it has changed since it was shown.
    """
    require(may_sign(actor, use_list))
    use_list = _locked(use_list)
    lines = lines_of(use_list)
    _require_ready(use_list)
    if digest != digest_of(use_list, lines):
        raise Conflict(_("名单刚刚有变动，没有签发；请刷新页面核对后再签。"), code="list_changed")
    signed = {"state": UseList.State.SIGNED, "signed_by": actor, "signed_at": now, "digest": digest}
    if UseList.objects.filter(pk=use_list.pk, state=UseList.State.DRAFT).update(**signed) != 1:
        raise Conflict(SIGNED.message, code="signed")
    for name, value in signed.items():
        setattr(use_list, name, value)
    audit.record(
        actor=actor,
        action="use.sign",
        bureau=use_list.bureau,
        target=use_list,
        label=_label(use_list),
        after={"lines": len(lines), "sha256": digest},
    )
    _tell_signed(use_list, lines, actor)
    return use_list


@transaction.atomic
def ask_for_signature(*, use_list: UseList, actor: Employee, today: date) -> int:
    """Tells the directors that a list is ready, at most once a day; returns how many were told.

    Raises Refused, Conflict while it cannot be signed.
    """
    require(may_draw(actor, use_list.bureau))
    use_list = _locked(use_list)
    _require_ready(use_list)
    told = notify(
        recipients=holders(use_list.bureau, use_list.bureau.today, Role.Kind.DIRECTOR),
        subject=for_the_record(gettext_lazy("请签发%s"), _label(use_list)),
        url=reverse("awards:use", args=[use_list.pk]),
        occasion=f"use.ask:{use_list.pk}:{today}",
    )
    if not told:
        raise Conflict(_("今天已经提请过，或没有可以通知的局长。"))
    audit.record(
        actor=actor, action="use.submit", bureau=use_list.bureau, target=use_list, label=_label(use_list), after={"told": told}
    )  # fmt: skip
    return told


@transaction.atomic
def set_use_settings(*, bureau: Bureau, values: dict[str, Any], actor: Employee) -> UseSettings:
    """Changes quotas and thresholds, which hold for what is drawn from now on. Raises Refused, InvalidInput."""
    require(may_set_uses(actor, bureau))
    kept, _made = UseSettings.objects.select_for_update().get_or_create(bureau=bureau)
    before = {name: getattr(kept, name) for name in values}
    for name, value in values.items():
        setattr(kept, name, value)
    if kept.excellent_most_percent < kept.excellent_percent:
        raise InvalidInput(APPROVAL_WIDENS, fields={"excellent_most_percent": APPROVAL_WIDENS})
    changed = {name: value for name, value in values.items() if before[name] != value}
    if changed:
        kept.save()
        audit.record(
            actor=actor,
            action="use.set",
            bureau=bureau,
            target=kept,
            label=for_the_record(gettext_lazy("结果运用的约定")),
            before={name: before[name] for name in changed},
            after=changed,
        )
    return kept


# Drawing ----------------------------------------------------------------------------------------------------------


def _draw(bureau: Bureau, kind: Kind, period: str, settings: UseSettings, percent: int | None) -> Drawn:
    match kind:
        case Kind.QUARTERLY_GRADE:
            return draw_quarterly(bureau, period, settings, percent or 0)
        case Kind.ANNUAL_GRADE:
            return draw_annual(bureau, period, settings, percent or 0)
        case Kind.PROMOTION:
            return draw_promotion(bureau, period, settings)
        case Kind.TRAINING:
            return draw_training(bureau, period, settings)
        case Kind.IMPROVEMENT:
            return draw_improvements(bureau, period, settings)
        case Kind.DEPARTMENT_TALK:
            return draw_department_talks(bureau, period, settings)


def _quota(kind: str, percent: int | None, basis: str, settings: UseSettings) -> int | None:
    if kind == Kind.QUARTERLY_GRADE:
        return settings.good_percent
    if kind != Kind.ANNUAL_GRADE:
        return None
    percent = settings.excellent_percent if percent is None else percent
    if percent > settings.excellent_most_percent:
        sentence = _("“优秀”最多 %(most)s%%（经批准），不能再放宽。") % {"most": settings.excellent_most_percent}
        raise InvalidInput(sentence, fields={"percent": sentence})
    if percent > settings.excellent_percent and not basis:
        sentence = _("超过 %(percent)s%% 要有批准依据，请写明。") % {"percent": settings.excellent_percent}
        raise InvalidInput(sentence, fields={"basis": sentence})
    return percent


def _replace_lines(use_list: UseList, drawn: Drawn) -> int:
    """Puts the drawn lines in the place of the old, keeping rows of the same subject; how many decisions were dropped."""
    old = {_subject(line): line for line in lines_of(use_list)}
    fresh, kept, dropped = [], [], 0
    for line in drawn.lines:
        line.use_list = use_list
        before = old.pop(_subject(line), None)
        if before is None:
            fresh.append(line)
            continue
        if before.decision and before.suggestion != line.suggestion:
            before.decision, before.note, before.decided_by, before.decided_at = "", "", None, None
            dropped += 1
        for name in ("position", "figures", "suggestion", "reason", "at_border", "department_id"):
            setattr(before, name, getattr(line, name))
        kept.append(before)
    _remove(old.values())
    dropped += sum(bool(line.decision) for line in old.values())
    columns = [
        "position", "figures", "suggestion", "reason", "at_border", "department", "decision", "note", "decided_by",
        "decided_at",
    ]  # fmt: skip
    UseLine.objects.bulk_update(kept, columns, batch_size=200)
    UseLine.objects.bulk_create(fresh, batch_size=500)
    return dropped


def _remove(lines: Iterable[UseLine]) -> None:
    gone = [line.pk for line in lines]
    if UseLine.objects.filter(pk__in=gone, trainings__isnull=False).exists():
        raise Conflict(_("已经按这份清单安排培训，有的需求重新拟定后不再列出；请先取消还没有举办的培训。"))
    UseLine.objects.filter(pk__in=gone).delete()


def _subject(line: UseLine) -> tuple[int | None, ...]:
    """Whom or what a line is about: a person, a point (with department and post for training), or a department."""
    if line.employee_id:
        return (line.employee_id,)
    if line.use_list.kind == Kind.IMPROVEMENT:
        return (None, line.point_id)
    return (None, line.point_id, line.department_id, line.post_id)


# Deciding and signing ---------------------------------------------------------------------------------------------


def _locked(use_list: UseList) -> UseList:
    """The list, locked; Conflict once it is signed."""
    rows = UseList.objects.select_for_update(of=("self",), no_key=True).select_related("bureau", "drawn_by")
    current = rows.get(pk=use_list.pk)
    if not current.is_draft:
        raise Conflict(SIGNED.message, code="signed")
    return current


def _require_word(use_list: UseList, decision: str) -> None:
    if decision and decision not in use_list.words:
        sentence = _("决定应当是：%s。") % listed(use_list.words.values())
        raise InvalidInput(sentence, fields={"decision": sentence})


def _require_ready(use_list: UseList) -> None:
    if codes := outdated(use_list):
        sentence = _("%s 的得分在拟定之后有更正或新发布，请绩效办重新拟定后再签发。")
        raise Conflict(sentence % listed(codes), code="outdated")
    waiting = counted(use_list).waiting
    if waiting:
        sentence = ngettext(
            "还有 %(count)d 条建议没有决定，逐条决定后才能签发。",
            "还有 %(count)d 条建议没有决定，逐条决定后才能签发。",
            waiting,
        )
        raise Conflict(sentence % {"count": waiting}, code="undecided")
    quota = quota_of(use_list)
    if quota and quota.exceeded:
        sentence = _(
            "评为“%(word)s”的有 %(used)d 人，超过 %(percent)d%% 以内的 %(places)d 名，不能签发；请调减 %(over)d 人。"
        )
        figures = {"word": quota.word, "used": quota.used, "percent": quota.percent, "places": quota.places}
        raise Conflict(sentence % (figures | {"over": -quota.left}), code="over_quota")


def _tell_signed(use_list: UseList, lines: list[UseLine], actor: Employee) -> None:
    """The office hears that a list is signed; of a grade also those graded, in whose file it now stands."""
    office = [one for one in holders(use_list.bureau, use_list.bureau.today, Role.Kind.OFFICE) if one.pk != actor.pk]
    notify(
        recipients=office,
        subject=for_the_record(gettext_lazy("%s已签发"), _label(use_list)),
        url=reverse("awards:use", args=[use_list.pk]),
        occasion=f"use.signed:{use_list.pk}",
    )
    if use_list.kind in QUOTA_WORDS:
        notify(
            recipients=[line.employee for line in lines if line.employee and line.decision],
            subject=for_the_record(gettext_lazy("%s已签发，请看个人档案"), _label(use_list)),
            occasion=f"use.graded:{use_list.pk}",
        )


def _decision(line: UseLine, actor: Employee, before: dict[str, str]) -> Entry:
    """The audit line of one decision."""
    return audit.compose(
        actor=actor,
        action="use.decide",
        bureau=line.use_list.bureau,
        target=line,
        label=f"{_label(line.use_list)} {_name(line)}",
        before=before,
        after={"decision": line.decision, "note": line.note, "suggestion": line.suggestion},
        reason=line.note,
    )


def _name(line: UseLine) -> str:
    if line.employee:
        return f"{line.employee.number} {line.employee.name}"
    named = [thing for thing in (line.point.code if line.point else "", line.figures.get("department", "")) if thing]
    return " ".join(named)


def _label(use_list: UseList) -> str:
    """What a list is called in audit lines and notices."""
    with translation.override(django_settings.DEFAULT_LANGUAGE):
        return title_of(use_list)
