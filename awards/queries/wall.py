"""荣誉墙: the stars that stand, quarter by quarter; and what one person got, with the deeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.models import StarAward, StarKind
from awards.permissions.wall import may_print_certificate, reads_withdrawn
from common.components import quarter_label
from organization.models import Bureau, Employee

KINDS = list(StarKind.values)
INITIALS = 2


def initials(name: str) -> str:
    """What stands on the disc in place of a photograph: the given name, by which colleagues call each other."""
    return name.strip()[-INITIALS:]


@dataclass(frozen=True, slots=True)
class Star:
    """A star as it hangs on the wall."""

    pk: int
    kind: str
    label: str
    quarter: str
    number: str
    name: str
    department_code: str
    department: str
    deeds: str
    serial: str
    published_on: date | None
    withdrawal: str
    withdrawn_by: str
    withdrawn_on: date | None

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def year(self) -> str:
        return self.quarter[:4]

    @property
    def url(self) -> str:
        return reverse("awards:star", args=[self.number])


def with_names(awards: QuerySet[StarAward]) -> QuerySet[StarAward]:
    """With everything that a star shows, in one query."""
    return awards.select_related(
        "category__selection__quarter", "nomination__department", "nomination__branch", "employee", "department",
        "withdrawn_by",
    ).order_by("-category__selection__quarter__code", "employee__number", "pk")  # fmt: skip


def star_of(award: StarAward) -> Star:
    return Star(
        pk=award.pk,
        kind=award.category.kind,
        label=award.category.get_kind_display(),
        quarter=award.category.selection.quarter.code,
        number=award.employee.number,
        name=award.employee.name,
        department_code=award.department.code,
        department=award.department.name,
        deeds=award.nomination.deeds,
        serial=award.serial,
        published_on=award.published_on,
        withdrawal=award.withdrawal,
        withdrawn_by=award.withdrawn_by.name if award.withdrawn_by else "",
        withdrawn_on=timezone.localdate(award.withdrawn_at) if award.withdrawn_at else None,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the wall was asked for; empty: all of it."""

    year: str = ""
    kind: str = ""
    department: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Choice:
        return cls(*(asked.get(name, "") for name in ("year", "kind", "department")))

    def holds(self, star: Star) -> bool:
        return (
            self.year in ("", star.year)
            and self.kind in ("", star.kind)
            and self.department in ("", star.department_code)
        )


@dataclass(frozen=True)
class Wall:
    """The wall as one reader sees it."""

    user: Employee
    choice: Choice = Choice()

    @cached_property
    def all(self) -> list[Star]:
        """Every star that stands, the newest quarter first, the five kinds in their order."""
        stars = [star_of(award) for award in with_names(StarAward.objects.standing().visible_to(self.user))]
        return _in_order(stars)

    @cached_property
    def shown(self) -> list[Star]:
        return [star for star in self.all if self.choice.holds(star)]

    @cached_property
    def withdrawn(self) -> list[Star]:
        """What was taken back, for office and discipline alone."""
        if not reads_withdrawn(self.user):
            return []
        gone = StarAward.objects.visible_to(self.user).filter(state=StarAward.State.WITHDRAWN)
        return [star for star in map(star_of, with_names(gone)) if self.choice.holds(star)]

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        stars = self.shown
        if not stars:
            return _("荣誉墙")
        people = len({star.number for star in stars})
        quarters = len({star.quarter for star in stars})
        words = ngettext(
            "%(people)d 人在 %(quarters)d 个季度获得 %(n)d 颗星",
            "%(people)d 人在 %(quarters)d 个季度获得 %(n)d 颗星",
            len(stars),
        )
        return words % {"people": people, "quarters": quarters, "n": len(stars)}

    @property
    def years(self) -> list[str]:
        return sorted({star.year for star in self.all}, reverse=True)

    @property
    def departments(self) -> list[tuple[str, str]]:
        return sorted({(star.department_code, star.department) for star in self.all})


def by_quarter(stars: Iterable[Star]) -> list[tuple[str, list[Star]]]:
    """Stars under their quarters, in the order in which they come."""
    return [(code, list(group)) for code, group in groupby(stars, key=lambda star: star.quarter)]


def _in_order(stars: Iterable[Star]) -> list[Star]:
    by_kind = sorted(stars, key=lambda star: (KINDS.index(star.kind), star.number))
    return sorted(by_kind, key=lambda star: star.quarter, reverse=True)


# One person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deed:
    """A star of one person with what it was given for."""

    star: Star
    nominated_by: str
    certificate_url: str

    @property
    def is_withdrawn(self) -> bool:
        return bool(self.star.withdrawal)


@dataclass(frozen=True)
class PersonStars:
    """The stars of one person as one reader sees them: withdrawn ones only for office, discipline and the person."""

    person: Employee
    user: Employee

    @cached_property
    def deeds(self) -> list[Deed]:
        given = StarAward.objects.exclude(state=StarAward.State.CHOSEN)
        awards = given if reads_withdrawn(self.user, self.person) else given.standing()
        mine = awards.visible_to(self.user).filter(employee=self.person)
        return [self._deed(award) for award in with_names(mine)]

    def _deed(self, award: StarAward) -> Deed:
        nomination = award.nomination
        nominated_by = nomination.department or nomination.branch
        printable = may_print_certificate(self.user, award)
        return Deed(
            star_of(award),
            nominated_by.name if nominated_by else "",
            reverse("awards:certificate", args=[award.pk]) if printable else "",
        )

    @property
    def standing(self) -> int:
        """How many stars stand."""
        return sum(not deed.is_withdrawn for deed in self.deeds)

    @property
    def finding(self) -> str:
        """The heading's sentence."""
        name = self.person.name
        if not self.standing:
            return _("%(name)s还没有获得星级") % {"name": name}
        words = ngettext("%(name)s获得 %(n)d 颗星", "%(name)s获得 %(n)d 颗星", self.standing)
        return words % {"name": name, "n": self.standing}


# The certificate's public side ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """All that a stranger with a certificate in hand learns from its address."""

    is_valid: bool
    name: str
    star: str
    quarter: str
    bureau: str


def verified(token: str) -> Verified | None:
    """The certificate that a token belongs to; None for an unknown one, which tells nothing about others."""
    given = StarAward.objects.exclude(state=StarAward.State.CHOSEN).exclude(token="").filter(token=token)
    award = given.select_related("category__selection__quarter", "employee", "bureau").first()
    if award is None:
        return None
    bureau: Bureau = award.bureau
    return Verified(
        is_valid=award.state == StarAward.State.PUBLISHED,
        name=award.employee.name,
        star=str(award.category.get_kind_display()),
        quarter=quarter_label(award.category.selection.quarter.code),
        bureau=bureau.name,
    )
