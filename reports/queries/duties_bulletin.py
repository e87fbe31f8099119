"""What of the bulletins waits for a person, for the to-do centre."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Duty, quarter_label
from common.questions import Found, Question
from indicators.models import Quarter
from indicators.queries.asked import Asked, Asker, DutyQuestion
from organization.models import Role
from reports.models import Bulletin, BulletinReceipt
from reports.permissions_bulletins import SIGNS
from reports.queries.bulletins import quarters_without


def duties_of(asker: Asker) -> Iterator[DutyQuestion]:
    """A bulletin to write once its quarter is published, to decide on once it is handed in, to read once it is out."""
    user = asker.user
    here = Bulletin.objects.filter(bureau=user.bureau_id)
    if user.has_role(Role.Kind.OFFICE):
        yield Question(quarters_without(user.bureau_id), _to_write, key="pk", text="code", note="state")
        drafts = here.filter(state=Bulletin.State.DRAFT)
        yield Question(drafts, _to_hand_in, key="pk", text="quarter__code", note="returned")
    if user.has_role(*SIGNS):
        waiting = here.filter(state=Bulletin.State.REVIEW).exclude(reviewed_by=user)
        yield Question(waiting, _to_decide, key="pk", text="quarter__code")
    read = BulletinReceipt.objects.filter(bulletin=OuterRef("pk"), employee=user)
    unread = here.filter(state=Bulletin.State.PUBLISHED).exclude(Exists(read))
    yield Question(unread, _to_read, key="pk", text="quarter__code")


def _to_write(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    """Of the newest quarter alone."""
    newest = max(found, key=lambda row: row.text, default=None)
    if newest is not None and newest.note == Quarter.State.PUBLISHED:
        yield Duty(_("%s通报待起草") % quarter_label(newest.text), reverse("reports:bulletins"))


def _to_hand_in(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        words = _("%s通报被退回，待修改") if row.note else _("%s通报待送审")
        yield Duty(words % quarter_label(row.text), reverse("reports:bulletin-edit", args=[row.key]))


def _to_decide(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("%s通报待签发") % quarter_label(row.text), reverse("reports:bulletin", args=[row.key]))


def _to_read(_asked: Asked, found: list[Found]) -> Iterator[Duty]:
    for row in found:
        yield Duty(_("请阅读%s绩效通报") % quarter_label(row.text), reverse("reports:bulletin", args=[row.key]))
