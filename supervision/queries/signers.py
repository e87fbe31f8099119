"""Who signs a department's warnings, and who stands in where nobody is there (domain.md, Warnings).

Two people sign a line, whatever happens: whoever has signed for one side does not sign for the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.composed import composed_once
from organization.models import Bureau, Employee, Role
from organization.queries import Chiefs, holders, holders_at_work
from supervision.models import Escalation, WarningSignature

Side, Level = WarningSignature.Side, Escalation.Level


class Place(StrEnum):
    """By which place somebody signs or hears of a line; the office stands in last."""

    LIAISON = "liaison"
    HEAD = "head"
    LEADER = "leader"
    OFFICE = "office"


CHAINS = {
    Side.HEAD: (Place.HEAD, Place.LEADER, Place.OFFICE),
    Side.LIAISON: (Place.LIAISON, Place.HEAD, Place.LEADER, Place.OFFICE),
}
OWN = {Side.HEAD: Place.HEAD, Side.LIAISON: Place.LIAISON}
_PLACE_OF_LEVEL = {
    Level.LIAISON: Place.LIAISON,
    Level.HEAD: Place.HEAD,
    Level.DEPUTY: Place.LEADER,
    Level.OFFICE: Place.OFFICE,
}


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs for a side, by which place."""

    side: str
    place: Place
    people: list[Employee]

    @property
    def stands_in(self) -> bool:
        return self.place != OWN[Side(self.side)]

    @property
    def sentence(self) -> str:
        """Why somebody else signs; empty where the side's own people do."""
        if not self.stands_in:
            return ""
        names = _("、").join(one.name for one in self.people)
        if not self.people:
            return _("%(side)s一方目前没有可以签字的人，请绩效办补设角色。") % {"side": Side(self.side).label}
        if self.side == Side.LIAISON and self.place == Place.HEAD:
            return _("本部门没有在岗的联络员，由部门负责人（%s）在联络员一方签字。") % names
        if self.side == Side.HEAD and self.place == Place.LEADER:
            return _("本部门没有另外在岗的部门负责人，由分管局领导（%s）在负责人一方签字。") % names
        return _("%(side)s一方在部门和分管局领导里都没有另外的人，由%(place)s（%(names)s）签字。") % {
            "side": Side(self.side).label,
            "place": _("分管局领导") if self.place == Place.LEADER else _("绩效办"),
            "names": names,
        }


@composed_once
def _office(bureau: int, *, today: date, _by_the_clock: date) -> QuerySet[Employee, Employee]:
    """Who does the office's work, also while away; roles are held by the clock."""
    return holders(Bureau(pk=bureau), today, Role.Kind.OFFICE)


class Signers:
    """Who is there to sign in a bureau today; six queries, whatever is asked afterwards."""

    def __init__(self, bureau: Bureau, today: date) -> None:
        by_the_clock = timezone.localdate()
        self._chiefs = Chiefs(bureau, today)
        self._liaisons: dict[int, list[Employee]] = defaultdict(list)
        for person in holders_at_work(bureau.pk, kind=Role.Kind.LIAISON, today=today, by_the_clock=by_the_clock):
            self._liaisons[person.department_id].append(person)
        self._office = _office(bureau.pk, today=today, _by_the_clock=by_the_clock)

    def at(self, place: Place, department_id: int) -> list[Employee]:
        if place == Place.LIAISON:
            return list(self._liaisons.get(department_id, ()))
        if place == Place.HEAD:
            return self._chiefs.heads(department_id)
        if place == Place.LEADER:
            leader = self._chiefs.leader(department_id)
            return [leader] if leader else []
        return list(self._office)

    def of(self, department_id: int, side: str, *, other: int | None = None) -> Signing:
        """Who signs for a side; `other` is whoever has signed for the other one, None as long as nobody has.

        The only one who could sign for the liaison is left to it: then the head's side goes to the leader in charge.
        """
        taken = {other} if other is not None else set()
        if side == Side.HEAD and other is None:
            for_liaison = self.of(department_id, Side.LIAISON, other=0).people
            if len(for_liaison) == 1:
                taken = {for_liaison[0].pk}
        for place, people in self._tiers(department_id, side):
            free = [one for one in people if one.pk not in taken]
            if free:
                return Signing(side, place, free)
        return Signing(side, Place.OFFICE, [])

    def _tiers(self, department_id: int, side: str) -> Iterator[tuple[Place, list[Employee]]]:
        for place in CHAINS[Side(side)]:
            yield place, self.at(place, department_id)

    def at_level(self, department_id: int, level: str) -> list[Employee]:
        """Who hears of a line that has come up to a level; where nobody is there, those above."""
        places = list(Place)
        for place in places[places.index(_PLACE_OF_LEVEL[Level(level)]) :]:
            people = self.at(place, department_id)
            if people:
                return people
        return []
