"""What of the bulletins waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Duty, quarter_label
from common.workdays import WorkCalendar
from indicators.models import Quarter
from organization.models import Employee, Role
from reports.models import Bulletin, BulletinReceipt
from reports.permissions_bulletins import SIGNS
from reports.queries.bulletins import quarters_to_draft


def duties_of(user: Employee, *, today: date, calendar: WorkCalendar) -> list[Duty]:
    """A bulletin to write once its quarter is published, to decide on once it is handed in, to read once it is out."""
    return [*_to_write(user), *_to_decide(user), *_to_read(user)]


def _to_write(user: Employee) -> Iterator[Duty]:
    if not user.has_role(Role.Kind.OFFICE):
        return
    for quarter in quarters_to_draft(user.bureau)[:1]:
        if quarter.state == Quarter.State.PUBLISHED:
            yield Duty(_("%s通报待起草") % quarter_label(quarter.code), reverse("reports:bulletins"))
    drafts = Bulletin.objects.filter(bureau=user.bureau_id, state=Bulletin.State.DRAFT).select_related("quarter")
    for one in drafts.order_by("pk"):
        words = _("%s通报被退回，待修改") if one.returned else _("%s通报待送审")
        yield Duty(words % quarter_label(one.quarter.code), reverse("reports:bulletin-edit", args=[one.pk]))


def _to_decide(user: Employee) -> Iterator[Duty]:
    if not user.has_role(*SIGNS):
        return
    waiting = Bulletin.objects.filter(bureau=user.bureau_id, state=Bulletin.State.REVIEW).exclude(reviewed_by=user)
    for one in waiting.select_related("quarter").order_by("pk"):
        yield Duty(_("%s通报待签发") % quarter_label(one.quarter.code), reverse("reports:bulletin", args=[one.pk]))


def _to_read(user: Employee) -> Iterator[Duty]:
    read = BulletinReceipt.objects.filter(bulletin=OuterRef("pk"), employee=user)
    unread = Bulletin.objects.filter(bureau=user.bureau_id, state=Bulletin.State.PUBLISHED).exclude(Exists(read))
    for one in unread.select_related("quarter").order_by("pk"):
        yield Duty(_("请阅读%s绩效通报") % quarter_label(one.quarter.code), reverse("reports:bulletin", args=[one.pk]))
