"""通报: what a reader sees of one, whether it is what was published, who has read it, and which number is free."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet

from audit.queries import noted
from common.digest import digest_of_data
from common.exact import share
from indicators.models import Quarter
from organization.models import Bureau, Employee, EmployeeQuerySet
from organization.queries import staff
from reports.models import Bulletin, BulletinReceipt
from reports.queries.bulletin_figures import SECTIONS, Figures, thawed
from scoring.models import ScoreRun
from scoring.queries.rankings import current_run

NUMBER = re.compile(r"〔(\d{4})〕(\d+)号")
_HEADING = re.compile(r"（[一二三四五六七八九十]+）(?=.{1,30}$)")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_NOT_A_FIGURE = re.compile(r"\d+(?=年|月|日|季度)|（\d+）|^\d+\.", re.MULTILINE)


def digest_of(bulletin: Bulletin) -> str:
    """SHA-256 over everything that is published: number, day, title, text, figures with their run."""
    published = {
        "quarter": bulletin.quarter.code,
        "number": bulletin.number,
        "published_on": str(bulletin.published_on),
        "title": bulletin.title,
        "figures": bulletin.figures,
        **{section: getattr(bulletin, section) for section in SECTIONS},
    }
    return digest_of_data(published)


def is_intact(bulletin: Bulletin) -> bool:
    """Whether a published bulletin still is what was published, by its own digest and by the one that the audit log noted
    then: whoever rewrites words and digest past the application cannot rewrite the log. One query."""
    noted_then = next((after["digest"] for _id, after in noted("bulletin.publish", Bulletin, [bulletin.pk])), "")
    return bulletin.digest == digest_of(bulletin) == noted_then


def figures_of(bulletin: Bulletin) -> Figures:
    """The figures that the bulletin was made of."""
    assert bulletin.figures is not None
    return thawed(bulletin.figures)


def is_behind(bulletin: Bulletin, run: ScoreRun | None) -> bool:
    """Whether the quarter was scored again since the figures were taken."""
    if run is None or bulletin.figures is None:
        return True
    return (run.pk, run.scored_at.isoformat()) != (bulletin.run_id, bulletin.figures["scored_at"])


def correction_since(bulletin: Bulletin) -> ScoreRun | None:
    """The correction run that counts in place of the one that a published bulletin was made of."""
    if bulletin.state != Bulletin.State.PUBLISHED:
        return None
    run = current_run(bulletin.quarter)
    return run if run is not None and run.pk != bulletin.run_id else None


def strange_numbers(text: str, figures: Figures) -> list[str]:
    """Numbers of a text that no figure of the bulletin has; days and headings are none."""
    known = {one.value.lstrip("+−") for one in figures.figures}
    known |= {value for row in figures.departments for value in (row.mean, row.before, row.coverage, row.lost)}
    known |= {row.lost for row in figures.points}
    known |= {value.lstrip("+−") for row in figures.moved for value in (row.before, row.now, row.change)}
    found = _NUMBERS.findall(_NOT_A_FIGURE.sub("", without_names(text, figures)))
    return [one for one in dict.fromkeys(found) if one not in known]


def without_names(text: str, figures: Figures) -> str:
    """The text without the names of points and departments, which may hold numbers of their own."""
    names = {row.name for row in figures.points} | {row.name for row in figures.departments}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return text


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a section, or a heading of its second level without its number."""

    text: str
    heading: bool = False


def blocks(text: str) -> list[Block]:
    """The paragraphs of a text; a line that begins with （一） is a heading, numbered again where it is shown."""
    lines = (line.strip() for line in text.split("\n"))
    return [
        Block(line[found.end() :], heading=True) if (found := _HEADING.match(line)) else Block(line)
        for line in lines
        if line
    ]


# The number ---------------------------------------------------------------------------------------------------------


def proposed_number(bureau: Bureau, year: int) -> str:
    """The next number of the year: the word of the last bulletin's number, or 通报, with the next serial."""
    taken = list(Bulletin.objects.filter(bureau=bureau).exclude(number="").values_list("number", flat=True))
    serials = [int(found[2]) for one in taken if (found := NUMBER.search(one)) and int(found[1]) == year]
    words = [one[: found.start()] for one in sorted(taken) if (found := NUMBER.search(one))]
    return f"{words[-1] if words else '绩效通报'}〔{year}〕{max(serials, default=0) + 1}号"


# Readers ------------------------------------------------------------------------------------------------------------


def readers(bureau: Bureau, today: date) -> EmployeeQuerySet:
    """Whom a bulletin goes to: everybody in post who can sign in."""
    return staff(bureau, today)


def unread_by(bulletin: Bulletin, today: date) -> EmployeeQuerySet:
    """Who has not opened it yet."""
    read = BulletinReceipt.objects.filter(bulletin=bulletin).values("employee")
    return readers(bulletin.bureau, today).exclude(pk__in=read)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of whom have read it."""

    label: str
    people: int
    read: int

    @property
    def share(self) -> Decimal:
        return share(self.read, self.people)

    @property
    def unread(self) -> int:
        return self.people - self.read


@dataclass(frozen=True, slots=True)
class Reading:
    """Who of the bureau's people of today has read a bulletin."""

    whole: Reach
    departments: tuple[Reach, ...]
    unread: tuple[Employee, ...]


def reading_of(bulletin: Bulletin, today: date) -> Reading:
    """Two queries; the department with the most unread first."""
    people = list(readers(bulletin.bureau, today).select_related("department"))
    read = set(BulletinReceipt.objects.filter(bulletin=bulletin).order_by().values_list("employee_id", flat=True))
    groups: dict[str, list[bool]] = {}
    for one in people:
        groups.setdefault(one.department.name, []).append(one.pk in read)
    reached = [Reach(name, len(marks), sum(marks)) for name, marks in groups.items()]
    return Reading(
        Reach("", len(people), sum(one.pk in read for one in people)),
        tuple(sorted(reached, key=lambda one: (-one.unread, one.label))),
        tuple(sorted((one for one in people if one.pk not in read), key=lambda one: (one.department.name, one.number))),
    )


# The list -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """A bulletin in the list; `read` of `people` only for whom it is, `opened` whether the reader has."""

    bulletin: Bulletin
    read: int
    opened: bool


def bulletin_rows(bulletins: Iterable[Bulletin], user: Employee) -> list[BulletinRow]:
    """The rows with their readers; two queries."""
    found = list(bulletins)
    receipts = BulletinReceipt.objects.filter(bulletin__in=found)
    read = dict(receipts.order_by().values_list("bulletin").annotate(number=Count("pk")))
    opened = set(receipts.filter(employee=user).order_by().values_list("bulletin_id", flat=True))
    return [BulletinRow(one, read.get(one.pk, 0), one.pk in opened) for one in found]


def quarters_without(bureau_id: int) -> QuerySet[Quarter]:
    """Settled quarters with final scores and no bulletin, the newest first."""
    scored = ScoreRun.objects.filter(bureau=bureau_id, is_current=True, as_of__isnull=True).values("quarter")
    rows = Quarter.objects.filter(bureau=bureau_id, pk__in=scored, state__in=Quarter.SETTLED, bulletin__isnull=True)
    return rows.order_by("-code")
