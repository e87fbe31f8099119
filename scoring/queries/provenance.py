"""What stands behind the lines of an explanation besides their figures: evidence, origin, hands, the rule's first quarter.

The snapshot of a score does not hold it. It is looked up by the ids that the snapshot holds and put beside the lines; no
figure ever comes from here (scoring.md §6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.components import quarter_label
from common.text import listed
from indicators.models import Evidence, PointVersion, Result
from organization.models import Employee
from scoring.models import Adjustment, AdjustmentFile
from scoring.queries.explanations import ExplainedLine, Explanation
from tasks_market.models import Claim, ClaimFile


@dataclass(frozen=True, slots=True)
class Attached:
    """A file behind a line, with the address where it is handed out."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind one line; `trail` says who did what when, of nodes as the score was made from it."""

    trail: str = ""
    origin: str = ""
    late: bool = False
    rule: str = ""
    files: tuple[Attached, ...] = ()

    @property
    def in_words(self) -> str:
        """All of it in one line, as the command prints it."""
        files = _("材料：%s") % listed(file.name for file in self.files) if self.files else ""
        late = _("迟报") if self.late else ""
        return " · ".join(filter(None, (self.rule, self.trail, self.origin, late, files)))


@dataclass(frozen=True, slots=True)
class _Facts:
    late: bool = False
    origin: str = ""
    trail: str = ""


@dataclass(slots=True)
class Provenance:
    """What was found for the lines of one explanation."""

    facts: dict[tuple[str, int], _Facts] = field(default_factory=dict)
    files: dict[tuple[str, int], list[Attached]] = field(default_factory=lambda: defaultdict(list))
    rules: dict[tuple[int, int], str] = field(default_factory=dict)

    def of(self, line: ExplainedLine) -> Behind:
        key = _key(line)
        facts = self.facts.get(key, _Facts()) if key else _Facts()
        return Behind(
            trail=trail_text(line.trace) or facts.trail,
            origin=facts.origin,
            late=facts.late,
            rule=self.rules.get((line.point_id or 0, line.version), ""),
            files=tuple(self.files.get(key, ())) if key else (),
        )


def provenance(explained: Explanation, reader: Employee | None) -> Provenance:
    """Looks up what stands behind an explanation in at most seven queries; the files are those that the reader may open.

    `reader` None is the command line, which names them all.
    """
    lines = list(_all(explained.parts))
    ids: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        if key := _key(line):
            ids[key[0]].add(key[1])
    found = Provenance()
    if points := {line.point_id for line in lines if line.point_id}:
        versions = PointVersion.objects.filter(point__in=points).values_list("point_id", "number", "from_quarter")
        for point, number, since in versions.order_by("point_id", "number"):
            found.rules[point, number] = _("规则自%s起施行") % quarter_label(since)
    if ids["result"]:
        _results(found, ids["result"], reader)
    if ids["claim"]:
        _claims(found, ids["claim"], reader)
    if ids["adjustment"]:
        _adjustments(found, ids["adjustment"], reader)
    return found


def written(explained: Explanation) -> Iterator[str]:
    """The explanation as text: each line with what stands behind it, its figure last (interfaces.md, explain_score)."""
    found = provenance(explained, None)
    for depth, line in _with_depth(explained.parts):
        behind = found.of(line).in_words
        note = _("说明：%s") % line.trace["note"] if line.trace.get("note") else ""
        basis = _("依据：%s") % line.basis if line.basis else ""
        state = line.trace.get("state", "")
        words = " · ".join(filter(None, (behind, state, basis, note))).replace("\n", " ")
        detail = f"（{line.detail}）" if line.detail else ""
        yield "    " * depth + " ".join(filter(None, (line.label, detail, words, line.figure)))


def trail_text(trace: Mapping[str, str]) -> str:
    """Who did what when, in one line: 填报 张三（001） 2023-03-26 09:12 · 确认 李四（002） 2023-03-28 16:40."""
    acts = (("entered", _("填报")), ("reviewed", _("初审")), ("confirmed", _("确认")))
    return _signed((act, trace.get(f"{step}_by", ""), trace.get(f"{step}_at", "")) for step, act in acts)


def _signed(steps: Iterable[tuple[str, str, str]]) -> str:
    signed: dict[tuple[str, str], list[str]] = {}
    for act, who, at in steps:
        if who or at:
            signed.setdefault((who, at), []).append(act)
    return " · ".join(" ".join(filter(None, (listed(done), who, at))) for (who, at), done in signed.items())


def _results(found: Provenance, ids: set[int], reader: Employee | None) -> None:
    rows = Result.objects.filter(pk__in=ids).values_list("pk", "late", "source", "origin")
    for pk, late, source, origin in rows.order_by():
        machine = source == PointVersion.Source.MACHINE
        words = (_("机考：%s") % origin if origin else _("机考")) if machine else ""
        found.facts["result", pk] = _Facts(late=late, origin=words)
    evidence = Evidence.objects.all() if reader is None else Evidence.objects.visible_to(reader)
    _attach(found, "result", evidence.filter(result__in=ids), "result_id", "indicators:evidence")


def _claims(found: Provenance, ids: set[int], reader: Employee | None) -> None:
    ways = dict(Claim.Way.choices)
    for claim in Claim.objects.filter(pk__in=ids).select_related("accepted_by").order_by():
        accepted = _moment(claim.accepted_at) or (f"{claim.accepted_on:%Y-%m-%d}" if claim.accepted_on else "")
        found.facts["claim", claim.pk] = _Facts(
            late=claim.late,
            trail=_signed(
                (
                    (str(ways[claim.way]), "", _moment(claim.at)),
                    (_("交付"), "", _moment(claim.handed_in_at)),
                    (_("验收"), _who(claim.accepted_by), accepted),
                )
            ),
        )
    files = ClaimFile.objects.all() if reader is None else ClaimFile.objects.visible_to(reader)
    _attach(found, "claim", files.filter(claim__in=ids), "claim_id", "tasks_market:file")


def _adjustments(found: Provenance, ids: set[int], reader: Employee | None) -> None:
    rows = Adjustment.objects.filter(pk__in=ids).select_related("entered_by", "counted_by").order_by()
    for row in rows:
        found.facts["adjustment", row.pk] = _Facts(
            trail=_signed(
                (
                    (_("登记"), _who(row.entered_by), _moment(row.entered_at)),
                    (_("计入"), _who(row.counted_by), _moment(row.counted_at)),
                )
            )
        )
    files = AdjustmentFile.objects.all() if reader is None else AdjustmentFile.objects.visible_to(reader)
    _attach(found, "adjustment", files.filter(adjustment__in=ids), "adjustment_id", "scoring:adjustment-file")


def _attach(found: Provenance, kind: str, files: QuerySet[Any], owner: str, page: str) -> None:
    for of, pk, name in files.order_by("at", "id").values_list(owner, "pk", "name"):
        found.files[kind, of].append(Attached(name, reverse(page, args=[pk])))


def _key(line: ExplainedLine) -> tuple[str, int] | None:
    """What the line is about, by its own id."""
    for kind, pk in (("result", line.result_id), ("claim", line.claim_id), ("adjustment", line.adjustment_id)):
        if pk is not None:
            return kind, pk
    return None


def _all(lines: Iterable[ExplainedLine]) -> Iterator[ExplainedLine]:
    return (line for _depth, line in _with_depth(lines))


def _with_depth(lines: Iterable[ExplainedLine], depth: int = 0) -> Iterator[tuple[int, ExplainedLine]]:
    for line in lines:
        yield depth, line
        yield from _with_depth(line.children, depth + 1)


def _who(person: Employee | None) -> str:
    return "" if person is None else str(person)


def _moment(at: datetime | None) -> str:
    return "" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
