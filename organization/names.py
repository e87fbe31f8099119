"""Names of people in the order of their sounds."""

from __future__ import annotations

import os

# Without its table of phrases pypinyin takes 13 MB instead of 57; of names it knows no phrases anyway.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import lazy_pinyin

_LONGEST_KEY = 150

# Characters that are read differently as a surname; pypinyin gives the everyday reading (stack.md).
_SURNAMES = {
    "万俟": "mo qi",
    "尉迟": "yu chi",
    "长孙": "zhang sun",
    "单于": "chan yu",
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "区": "ou",
    "查": "zha",
    "朴": "piao",
    "盖": "ge",
    "翟": "zhai",
    "员": "yun",
    "秘": "bi",
    "缪": "miao",
    "覃": "qin",
    "召": "shao",
    "折": "she",
    "种": "chong",
    "重": "chong",
    "乐": "yue",
    "繁": "po",
    "洗": "xian",
    "祭": "zhai",
    "柏": "bai",
    "藏": "zang",
    "牟": "mu",
    "隗": "wei",
    "黑": "he",
    "都": "du",
    "瞿": "qu",
    "卜": "bu",
    "宓": "mi",
    "燕": "yan",
    "哈": "ha",
    "薄": "bo",
    "逄": "pang",
    "冼": "xian",
}


def sort_key(name: str) -> str:
    """The name in pinyin, the stored and editable key by which people are sorted and searched."""
    surname = next((known for known in _SURNAMES if name.startswith(known)), "")
    syllables = [*_SURNAMES.get(surname, "").split(), *lazy_pinyin(name.removeprefix(surname))]
    return " ".join(part for syllable in syllables if (part := syllable.strip().lower()))[:_LONGEST_KEY]
