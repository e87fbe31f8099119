"""The words of the sample's three showings: which text suits whose post, and nobody repeats another in a session."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zlib import crc32

from organization.models import Employee

# Which texts suit which posts: the post's own first, then its neighbours', then any.
COUNTER = ("办税窗口", "导税咨询", "纳税服务", "发票管理", "征收管理")
SOURCES = ("城区税源", "乡镇税源", "重点税源", "风险应对", "征收管理", "税政管理", "社保非税", "收入核算")
OFFICES = (
    "文秘督办", "信息宣传", "值守后勤", "保密档案", "党建", "人事教育", "考核考评", "财务", "纪检监督", "法制", "信息技术",
)  # fmt: skip
SUITS: Mapping[str, tuple[str, ...]] = {
    "G0001": ("党建", "考核考评", "纪检监督"), "G0103": ("信息宣传",), "G0104": ("保密档案",), "G0105": ("值守后勤",),
    "G01": ("文秘督办",), "G02": ("法制",), "G03": ("税政管理",), "G04": ("社保非税",), "G0503": ("重点税源",),
    "G05": ("收入核算",), "G0603": ("发票管理",), "G0605": ("风险应对",), "G06": ("征收管理",), "G07": ("纳税服务",),
    "G08": ("财务",), "G09": ("人事教育",), "G10": ("党建",), "G11": ("考核考评",), "G12": ("纪检监督",),
    "G13": ("信息技术",), "G1402": ("发票管理", "办税窗口"), "G1404": ("导税咨询", "办税窗口"), "G14": ("办税窗口",), "G1502": ("重点税源",),
    "G15": ("风险应对",), "G16": ("城区税源",), "G1703": ("社保非税",), "G17": ("乡镇税源",),
}  # fmt: skip
NEIGHBOURS: Mapping[str, tuple[str, ...]] = {
    "G03": SOURCES, "G04": SOURCES, "G05": SOURCES, "G06": SOURCES, "G07": COUNTER, "G14": COUNTER + SOURCES,
    "G15": SOURCES, "G16": SOURCES + COUNTER, "G17": SOURCES + COUNTER,
}  # fmt: skip
NAMED_WORK: Mapping[str, tuple[str, ...]] = {
    "窗口": ("G14",), "企业": ("G15", "G16", "G17"), "催报": ("G16", "G17"), "医保": ("G04", "G17"), "商户": ("G16",),
    "报账": ("G01", "G09"), "党务": ("G10",), "文件": ("G01",), "材料": ("G01", "G10"), "核查": ("G15",), "热线": ("G07",),
    "风险": ("G15",), "欠税": ("G06", "G16"), "汇缴": ("G03", "G16"), "土增": ("G15",), "收入预测": ("G05",),
    "乡镇": ("G17",), "留抵": ("G03",), "信息稿": ("G01",), "督办": ("G01",), "约谈": ("G15",), "案卷": ("G15", "G02"),
    "保密": ("G01",), "经费": ("G08",), "数电票": ("G06", "G14"), "驻村": ("G17",), "网络": ("G13",), "社保": ("G04",),
    "公文": ("G01",), "户籍": ("G06",), "监督": ("G12",), "申报": ("G14", "G16"), "数据": ("G05", "G13"),
    "配电间": ("G13", "G01"), "抢单": ("G15", "G16", "G17", "G14"), "比对": ("G05", "G15"),
}  # fmt: skip
"""A remark that names some work is said only of those who do it."""
BEGINS = {"二季度": 6, "上半年": 6, "三季度": 8, "六月": 6, "七月": 7, "八月": 8, "五月": 5, "四月": 4, "三月": 3}
"""Words of a text that belong to a time of the year, and the month from which somebody can look back on it."""
CLOSINGS = ("望再接再厉。", "下月三晒时再看。", "具体做法会后再细谈。", "这一点请记在心上。")
"""What a leader of many adds, so as not to say the same twice."""

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Text:
    """A row of showings.csv: what somebody of such a post said."""

    kind: str
    parts: tuple[str, str, str]

    def happened_by(self, month: int) -> bool:
        """Whether the months and quarters that it tells of have begun by this month of the year."""
        return max((begins for word, begins in BEGINS.items() if word in self.parts[0]), default=1) <= month


@dataclass(frozen=True, slots=True)
class Remark:
    """A row of comments.csv."""

    text: str
    posts: tuple[str, ...]

    def suits(self, person: Employee) -> bool:
        return not self.posts or _post(person).startswith(self.posts)


class Words:
    """The texts and remarks of a folder with showings.csv and comments.csv."""

    def __init__(self, folder: Path) -> None:
        self._texts = [
            Text(kind, (done, lacking, planned)) for kind, done, lacking, planned in _rows(folder, "showings")
        ]
        self._used: Counter[tuple[int, Text]] = Counter()
        self._remarks: dict[str, list[Remark]] = defaultdict(list)
        for kind, text in _rows(folder, "comments"):
            posts = tuple(post for word, named in NAMED_WORK.items() if word in text for post in named)
            self._remarks[kind].append(Remark(text, posts))

    def statements(self, people: Sequence[Employee], month: int) -> dict[int, Text]:
        """A text for each as long as there are any: those of the own post first, the least used by the person; what
        tells of a later time of the year only when nothing else is left. Somebody else chooses first each month."""
        choosing = sorted(_turned(people, month * 7), key=lambda person: not person.is_demo)
        turned = _turned(self._texts, month * 11)
        given: dict[int, Text] = {}
        for texts in ([text for text in turned if text.happened_by(month)], turned):
            for kinds_of in (_own_kinds, _near_kinds, _any_kind):
                for person in choosing:
                    if person.pk in given:
                        continue
                    kinds, taken = kinds_of(person), set(given.values())
                    fitting = [text for kind in kinds for text in texts if text.kind == kind and text not in taken]
                    if fitting:
                        given[person.pk] = min(fitting, key=lambda text: self._used[person.pk, text])
        self._used.update(given.items())
        return given

    def of_peer(self, person: Employee, turn: int, taken: Collection[str]) -> str:
        """What a colleague says of somebody; `taken` has been said already."""
        return self._said("同事互评", person, turn, taken)

    def of_leader(self, person: Employee, turn: int, taken: Collection[str]) -> str:
        """What the leader says of somebody; `taken` was said of others."""
        return self._said("领导点评", person, turn, taken)

    def _said(self, kind: str, person: Employee, turn: int, taken: Collection[str]) -> str:
        fitting = [remark.text for remark in self._remarks[kind] if remark.suits(person)]
        turned = _turned(fitting, lot(person.number, "remark") + turn * 5)
        varied = (text + closing for closing in CLOSINGS for text in turned)
        return next(text for text in (*turned, *varied) if text not in taken)


def lot(*words: str) -> int:
    """A number that looks drawn, the same for the same words."""
    return crc32(":".join(words).encode())


def first_clause(text: str) -> str:
    """The first thing that somebody plans, short enough to be a task."""
    for mark in "；。":
        text = text.partition(mark)[0]
    return text[:120]


def _own_kinds(person: Employee) -> tuple[str, ...]:
    post = _post(person)
    return next((SUITS[post[:size]] for size in (5, 3) if post[:size] in SUITS), ("值守后勤",))


def _near_kinds(person: Employee) -> tuple[str, ...]:
    return NEIGHBOURS.get(_post(person)[:3], OFFICES)


def _any_kind(_person: Employee) -> tuple[str, ...]:
    return (*OFFICES, *SOURCES, *COUNTER)


def _post(person: Employee) -> str:
    return person.post.code if person.post else ""


def _turned(things: Sequence[Thing], by: int) -> list[Thing]:
    """The things in their order, beginning somewhere else."""
    start = by % max(len(things), 1)
    return [*things[start:], *things[:start]]


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows
