"""结果运用 as its pages, its export and its signature read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from awards.models import QUOTA_WORDS, UseLine, UseList
from awards.queries.drawn import period_label, runs_of
from common.digest import digest_of_data
from indicators.models import Quarter
from organization.models import Employee
from organization.queries import people_like

SUGGESTED = F("suggestion")


@dataclass(frozen=True, slots=True)
class Quota:
    """「以内」: how many may get the highest grade, how many have been given it, how many are left."""

    word: str
    percent: int
    ranked: int
    places: int
    used: int
    suggested: int
    at_border: int

    @property
    def left(self) -> int:
        return self.places - self.used

    @property
    def exceeded(self) -> bool:
        return self.left < 0

    @property
    def sentence(self) -> str:
        """The arithmetic: 200 人 × 40% = 80，舍去小数。"""
        return _("参加单位排名 %(ranked)s 人 × %(percent)s%%，舍去小数为 %(places)s 名") % {
            "ranked": self.ranked,
            "percent": self.percent,
            "places": self.places,
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a list is: all its lines, those with a suggestion, of these those decided, those left to people."""

    lines: int
    suggested: int
    decided: int
    waiting: int
    at_border: int
    departs: int
    words: tuple[tuple[str, str, int, int], ...]
    """Word, its label, how many lines it is suggested for and how many it was decided on."""


def lines_of(use_list: UseList) -> list[UseLine]:
    """All lines in order with what a page, a sheet and the digest say of them."""
    rows = UseLine.objects.filter(use_list=use_list).select_related(
        "employee", "department", "post", "point", "decided_by", "carried_to"
    )
    found = list(rows.order_by("position", "pk"))
    for line in found:
        line.use_list = use_list
    return found


def lines_seen(use_list: UseList, user: Employee) -> QuerySet[UseLine]:
    """The lines of a list that the person may see, in order, with what rows show."""
    rows = UseLine.objects.visible_to(user).filter(use_list=use_list)
    return rows.select_related("department", "decided_by", "carried_to").order_by("position", "pk")


def lines_like(text: str) -> Q:
    """Which lines a search means: a person, or a point by its number or name."""
    return people_like(text, "employee__") | Q(point__code__icontains=text) | Q(figures__name__icontains=text)


def first_waiting(use_list: UseList, *, below: int = 0) -> int | None:
    """The first line below a position that has a suggestion and no decision."""
    waiting = UseLine.objects.filter(use_list=use_list, decision="", position__gt=below).exclude(suggestion="")
    return waiting.order_by("position").values_list("pk", flat=True).first()


def next_waiting(line: UseLine) -> int | None:
    """Where people go on deciding after this line: downwards, then from the top."""
    return first_waiting(line.use_list, below=line.position) or first_waiting(line.use_list)


def counted(use_list: UseList, lines: Iterable[UseLine] | None = None) -> Counted:
    """How far the list is, in one query; of these lines alone where they are given."""
    if lines is None:
        pairs = list(UseLine.objects.filter(use_list=use_list).values_list("suggestion", "decision", "at_border"))
    else:
        pairs = [(line.suggestion, line.decision, line.at_border) for line in lines]
    suggested = Counter(suggestion for suggestion, _decision, _border in pairs)
    decided = Counter(decision for _suggestion, decision, _border in pairs)
    return Counted(
        lines=len(pairs),
        suggested=sum(bool(suggestion) for suggestion, _decision, _border in pairs),
        decided=sum(bool(decision) for _suggestion, decision, _border in pairs),
        waiting=sum(bool(suggestion) and not decision for suggestion, decision, _border in pairs),
        at_border=sum(border and not decision for _suggestion, decision, border in pairs),
        departs=sum(bool(a and b and a != b) for a, b, _border in pairs),
        words=tuple((word, str(label), suggested[word], decided[word]) for word, label in use_list.words.items()),
    )


def quota_of(use_list: UseList) -> Quota | None:
    """The quota of a list that has one, with what was decided so far."""
    word = QUOTA_WORDS.get(UseList.Kind(use_list.kind))
    if word is None:
        return None
    figures = UseLine.objects.filter(use_list=use_list).aggregate(
        used=Count("pk", filter=Q(decision=word)),
        suggested=Count("pk", filter=Q(suggestion=word)),
        at_border=Count("pk", filter=Q(suggestion=word, at_border=True, decision="")),
    )
    return Quota(
        word=str(use_list.words[word]),
        percent=use_list.quota_percent or 0,
        ranked=use_list.basis.get("ranked", 0),
        places=use_list.basis.get("places", 0),
        **figures,
    )


def outdated(use_list: UseList) -> list[str]:
    """The quarters of a draft that were corrected, or published, since it was drawn, in their order."""
    if not use_list.is_draft:
        return []
    drawn: dict[str, int] = use_list.basis.get("runs", {})
    years = {code[:4] for code in drawn} | {use_list.period[:4]}
    wanted = Q()
    for year in years:
        wanted |= Q(code__startswith=year)
    if len(use_list.period) > 4:
        wanted = Q(code=use_list.period)
    published = Quarter.objects.filter(wanted, bureau=use_list.bureau_id, state=Quarter.State.PUBLISHED)
    now = runs_of(published)
    return sorted(code for code in {*now, *drawn} if now.get(code) != drawn.get(code))


def digest_of(use_list: UseList, lines: Iterable[UseLine]) -> str:
    """SHA-256 of a list as it is signed: what it is, its quota and every line with suggestion and decision."""
    content = {
        "bureau": use_list.bureau.code,
        "kind": use_list.kind,
        "period": use_list.period,
        "percent": use_list.quota_percent,
        "quota_basis": use_list.quota_basis,
        "basis": use_list.basis,
        "lines": [_signed(line) for line in lines],
    }
    return digest_of_data(content)


def _signed(line: UseLine) -> list[Any]:
    codes = [getattr(thing, "code", None) for thing in (line.department, line.post, line.point)]
    number = line.employee.number if line.employee else None
    said = [line.figures, line.suggestion, line.reason, line.at_border, line.decision, line.note]
    return [line.position, number, *codes, *said]


def title_of(use_list: UseList) -> str:
    """西山县税务局2023年一季度季度考核等次 without the doubled word: the heading of page, sheet and notice."""
    return _("%(period)s%(kind)s") % {"period": period_label(use_list.period), "kind": kind_title(use_list.kind)}


def kind_title(kind: str) -> str:
    """What a list is called after its period."""
    return {
        UseList.Kind.QUARTERLY_GRADE: _("考核等次名单"),
        UseList.Kind.ANNUAL_GRADE: _("考核等次名单"),
        UseList.Kind.PROMOTION: _("职务职级晋升参考名单"),
        UseList.Kind.TRAINING: _("培训需求清单"),
        UseList.Kind.IMPROVEMENT: _("绩效改进事项清单"),
        UseList.Kind.DEPARTMENT_TALK: _("部门约谈名单"),
    }[UseList.Kind(kind)]


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on a person in a signed list, as the personal file shows it."""

    period: str
    period_label: str
    kind: str
    kind_label: str
    decision: str
    word: str
    reason: str
    note: str
    signed_at: Any
    signed_by: str


def decisions_on(person: Employee) -> list[Decided]:
    """What signed lists decided on a person, the newest period first; whoever calls it may see the person's file."""
    rows = UseLine.objects.filter(employee=person, use_list__state=UseList.State.SIGNED).exclude(decision="")
    lines = rows.select_related("use_list__signed_by").order_by("-use_list__period", "use_list__kind")
    return [
        Decided(
            period=line.use_list.period,
            period_label=period_label(line.use_list.period),
            kind=line.use_list.kind,
            kind_label=str(UseList.Kind(line.use_list.kind).label),
            decision=line.decision_label,
            word=line.decision,
            reason=line.reason,
            note=line.note,
            signed_at=line.use_list.signed_at,
            signed_by=line.use_list.signed_by.name if line.use_list.signed_by else "",
        )
        for line in lines
    ]


def adoptable(line: UseLine) -> bool:
    """Whether adopting all suggestions takes this line: suggested, undecided, and no tie that people have to break."""
    return bool(line.suggestion and not line.decision and not line.at_border)
