"""名单确认: the head signs the department's list of a quarter; the office reminds who has not (domain.md, Quarter's end)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit import services as audit
from common.components import quarter_label
from common.errors import Conflict, Frozen, InvalidInput
from common.text import for_the_record
from indicators.models import Quarter, RosterSignature
from indicators.permissions import may_remind_of_rosters, may_sign_roster
from indicators.queries.rosters import CHANGED, SIGNED, as_signed, roster_of, rosters_to_confirm
from notifications.services import notify
from organization.models import Department, Employee


@transaction.atomic
def sign_roster(
    *, quarter: Quarter, department: Department, digest: str, actor: Employee, today: date, reason: str = ""
) -> RosterSignature:
    """Signs a department's list as it was shown; `digest` is that of the shown one. It changes no figure.

    The office signs in a head's place with a reason. Raises Refused, InvalidInput without that reason, Conflict if the
    list has changed since it was shown, is signed already or the quarter has not begun, Frozen once it is published.
    """
    locked = Quarter.objects.select_for_update(no_key=True).get(pk=quarter.pk)
    if locked.is_frozen:
        raise Frozen(_("%(code)s 已经发布，名单不再确认。") % {"code": locked.code})
    if locked.state == Quarter.State.OPEN:
        raise Conflict(_("%(code)s 还没有开始，开始以后再确认名单。") % {"code": locked.code})
    roster = roster_of(quarter, department, today=today)
    if roster is None:
        raise Conflict(_("%s本季没有人员，不必确认名单。") % department.name)
    may_sign_roster(actor, roster).require()
    reason, in_place = reason.strip(), actor not in roster.signers
    if in_place and not reason:
        raise InvalidInput(_("代为确认要写明理由。"), fields={"reason": _("请写明代为确认的理由")})
    if digest != roster.digest:
        raise Conflict(_("名单刚刚有变，没有签字；请刷新核对后再签。"), code="roster_changed")
    if roster.state == SIGNED:
        raise Conflict(_("这份名单已经确认过，而且没有变动，不必再签。"))
    signature = RosterSignature.objects.create(
        bureau_id=quarter.bureau_id,
        quarter=quarter,
        department=department,
        lines=as_signed(roster.lines),
        digest=roster.digest,
        at=timezone.now(),
        by=actor,
        reason=reason if in_place else "",
    )
    audit.record(
        actor=actor,
        action="roster.sign",
        bureau=quarter.bureau,
        target=signature,
        label=f"{quarter.code} {department.name}",
        after={"people": len(roster.lines), "sha256": roster.digest},
        reason=signature.reason,
    )
    return signature


@transaction.atomic
def remind_of_rosters(*, quarter: Quarter, actor: Employee, today: date) -> int:
    """Tells whoever is to sign the lists that are not confirmed, once a day for each; returns how many were told.

    Raises Conflict where there is nobody to tell, Refused.
    """
    may_remind_of_rosters(actor).require()
    told = 0
    waiting = rosters_to_confirm(quarter, today=today)
    for roster in waiting:
        told += notify(
            recipients=roster.signers,
            subject=for_the_record(
                gettext_lazy("请确认%(department)s%(quarter)s的人员名单"),
                department=roster.department.name,
                quarter=quarter_label(quarter.code),
            ),
            url=reverse("indicators:roster", args=[quarter.code, roster.department.code]),
            occasion=f"roster.remind:{quarter.code}:{roster.department.pk}:{timezone.localdate()}",
        )
    if not told:
        raise Conflict(_("没有可以提醒的人：名单都已确认、今天已经提醒过，或部门没有在岗的负责人和分管局领导。"))
    audit.record(
        actor=actor,
        action="roster.remind",
        bureau=quarter.bureau,
        target=quarter,
        after={"people": told, "departments": [roster.department.name for roster in waiting]},
    )
    return told


def quarters_to_watch() -> list[Quarter]:
    """The quarters of running bureaus whose lists are being confirmed."""
    states = (Quarter.State.COLLECTING, Quarter.State.REVIEWING, Quarter.State.PUBLICITY)
    running = Quarter.objects.filter(state__in=states, bureau__stands_on__isnull=True)
    return list(running.order_by("bureau", "code"))


@transaction.atomic
def tell_signers(*, quarter: Quarter, today: date) -> int:
    """Nightly: whoever is to sign hears that a signed list has changed, and that the lists are due once the collecting
    is over, of each once; returns how many were told."""
    told = 0
    for roster in rosters_to_confirm(quarter, today=today):
        if roster.state == CHANGED:
            sentence = gettext_lazy("%(department)s%(quarter)s的人员名单有变，需要重新确认")
            occasion = f"roster.changed:{quarter.code}:{roster.department.pk}:{roster.digest[:16]}"
        elif quarter.state != Quarter.State.COLLECTING:
            sentence = gettext_lazy("请确认%(department)s%(quarter)s的人员名单")
            occasion = f"roster.due:{quarter.code}:{roster.department.pk}"
        else:
            continue
        told += notify(
            recipients=roster.signers,
            subject=for_the_record(sentence, department=roster.department.name, quarter=quarter_label(quarter.code)),
            body=roster.difference.sentence if roster.difference else "",
            url=reverse("indicators:roster", args=[quarter.code, roster.department.code]),
            occasion=occasion,
        )
    return told
