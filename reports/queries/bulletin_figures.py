"""通报的数据, its shape: every figure is a text that is printed as it stands, so that what is frozen is what was read.

`reports.queries.bulletin_draft` works it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

SECTIONS = ("overview", "problems", "suggestions", "direction")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the text: what it counts, and where its rows are. `everybody` may open them, or only who edits."""

    key: str
    label: str
    value: str
    unit: str = ""
    url: str = ""
    everybody: bool = False

    @property
    def spoken(self) -> str:
        return f"{self.value}{'' if self.unit == '%' else ' '}{self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the draft and the figures that it was made from; `part` is the heading it stands under."""

    section: str
    part: str
    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department by the mean of its people with a bureau rank; empty texts where there was no quarter before."""

    name: str
    rank: int
    people: int
    mean: str
    before: str
    change: str
    moved: int | None
    coverage: str
    lost: str


@dataclass(frozen=True, slots=True)
class PointRow:
    code: str
    name: str
    library: str
    lost: str
    people: int
    departments: int


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A figure of the bureau beside that of the quarter before."""

    label: str
    before: str
    now: str
    change: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a bulletin says in numbers, and by which run it was made."""

    quarter: str
    quarter_before: str
    run: int
    scored_at: str
    figures: tuple[Figure, ...]
    sentences: tuple[Sentence, ...]
    departments: tuple[DepartmentRow, ...]
    departments_left_out: int
    points: tuple[PointRow, ...]
    moved: tuple[MovedRow, ...]

    def frozen(self) -> dict[str, Any]:
        """As JSON values, for the row of the bulletin."""
        return asdict(self)

    def text(self, section: str) -> str:
        """The draft of a section: its parts numbered, each a paragraph under its heading."""
        parts: dict[str, list[str]] = {}
        for one in self.sentences:
            if one.section == section:
                parts.setdefault(one.part, []).append(one.text)
        if set(parts) <= {""}:
            return "\n".join("".join(texts) for texts in parts.values())
        numbered = enumerate(parts.items())
        return "\n".join(
            f"（{'一二三四五六七八九'[place]}）{part}\n{''.join(texts)}" for place, (part, texts) in numbered
        )

    def of(self, section: str) -> list[Figure]:
        """The figures of a section in the order in which its sentences name them, each once."""
        known = {one.key: one for one in self.figures}
        keys = dict.fromkeys(key for one in self.sentences if one.section == section for key in one.keys)
        return [known[key] for key in keys]

    def department_chart(self) -> dict[str, object]:
        """Means as sorted bars; charts take numbers as text, so that no float is made of a score."""
        return {"unit": _("平均分"), "items": [{"label": one.name, "value": one.mean} for one in self.departments]}

    def point_chart(self) -> dict[str, object]:
        """Lost points as sorted bars."""
        return {"unit": _("失分"), "items": [{"label": one.name, "value": one.lost} for one in self.points]}


def thawed(data: Mapping[str, Any]) -> Figures:
    """The figures of a stored bulletin."""
    rows: dict[str, type[Any]] = {
        "figures": Figure, "departments": DepartmentRow, "points": PointRow, "moved": MovedRow,
    }  # fmt: skip
    values = dict(data) | {name: tuple(kind(**row) for row in data[name]) for name, kind in rows.items()}
    values["sentences"] = tuple(Sentence(**(row | {"keys": tuple(row["keys"])})) for row in data["sentences"])
    return Figures(**values)
