"""Two branches from April to June 2023: A met in April, made up for May in June; B met in April and missed May; in June
they meet together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reviews.models import Showing
from reviews.services.holding import Attended
from tests.reviews.showings import TODAY, Room, make_room

APRIL, MAY, JUNE = date(2023, 4, 17), date(2023, 5, 15), date(2023, 6, 15)
MADE_UP = date(2023, 6, 2)
__all__ = ["APRIL", "JUNE", "MADE_UP", "MAY", "TODAY", "Rhythm", "make_rhythm"]


@dataclass
class Rhythm:
    room: Room
    april: dict[str, Showing]
    may: Showing
    june: Showing


def make_rhythm(code: str = "XS") -> Rhythm:
    room = make_room(code)
    april = {
        "A": room.schedule("A", day=APRIL, today=date(2023, 4, 3)),
        "B": room.schedule("B", day=APRIL, by="emil", today=date(2023, 4, 3)),
    }
    for name in ("anna", "bert", "carl"):
        room.hand_in(april["A"], name, today=date(2023, 4, 12))
    away = room.attendance(april["A"], dora=Attended("excused", "病假"))
    room.hold(april["A"], today=APRIL, attendance=away)
    room.hold(april["B"], by="emil", today=APRIL)
    may = room.schedule("A", day=MAY, today=date(2023, 5, 4))
    room.hold(may, today=MADE_UP)
    june = room.schedule("A", "B", day=JUNE)
    return Rhythm(room, april, may, june)
