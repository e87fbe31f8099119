"""How each side of a warned line stands: signed in time, late, still to sign, or not signed at all (domain.md, accountability)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.components import Tone
from supervision.models import Warned, WarningSignature

Side, Outcome = WarningSignature.Side, Warned.Outcome


class Standing(StrEnum):
    ON_TIME = "on_time"
    LATE = "late"
    WAITING = "waiting"
    MISSED = "missed"
    WAIVED = "waived"

    @property
    def label(self) -> str | Promise:
        return _LABELS[self]

    @property
    def tone(self) -> Tone:
        return _TONES[self]


_LABELS: dict[Standing, str | Promise] = {
    Standing.ON_TIME: _("按时签字"),
    Standing.LATE: _("逾期补签"),
    Standing.WAITING: _("待签字"),
    Standing.MISSED: _("逾期未签"),
    Standing.WAIVED: _("免签"),
}
_TONES = {
    Standing.ON_TIME: Tone.GOOD,
    Standing.LATE: Tone.RISK,
    Standing.WAITING: Tone.NEUTRAL,
    Standing.MISSED: Tone.BAD,
    Standing.WAIVED: Tone.PLAIN,
}


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the standings of a line follow from."""

    outcome: str
    settled_at: datetime | None
    head_due: date
    liaison_due: date

    def limit(self, side: str) -> date:
        return self.head_due if side == Side.HEAD else self.liaison_due

    def standing(self, side: str, late: bool | None, today: date) -> Standing:
        """`late` is that of the signature, None where there is none.

        Nobody owes a signature under what was done by the limit or is not assessed any more.
        """
        if late is not None:
            return Standing.LATE if late else Standing.ON_TIME
        limit = self.limit(side)
        if self.outcome == Outcome.DROPPED or (self.outcome == Outcome.DONE and self.settled_on <= limit):
            return Standing.WAIVED
        return Standing.MISSED if today > limit else Standing.WAITING

    @property
    def settled_on(self) -> date:
        assert self.settled_at is not None  # by the constraint
        return timezone.localdate(self.settled_at)


def facts_of(line: Warned) -> LineFacts:
    return LineFacts(line.outcome, line.settled_at, line.head_due, line.liaison_due)
