"""What a page says, and which of its words are in the wrong language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import models

SAID = {"title", "alt", "placeholder", "aria-label", "aria-description", "data-label", "data-title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CHINESE = re.compile("[\u3400-\u9fff]")
LATIN = re.compile(r"(?<![\w@.…/:#-])[A-Za-z]{2,}(?![\w@.…/:-])")  # no part of an address or of a code
KNOWN = {"Excel", "Word", "PDF", "PNG", "Webhook", "Esc", "MB", "KB", "API", "OIDC", "LDAP", "zs", "xlsx"}
"""Names and units that Chinese offices write in Latin letters; `zs` shows how to search by initials."""
QUOTED = {
    *("张三", "金税四期", "自然人电子税务局", "溪税发〔2023〕3号"),
    *("重点工作", "考点", "考评结果", "每月25日", "每季末5日前", "6月20日"),
    *("总分与名次", "漏项，计 0 分"),  # the line of an appeal, kept as it was worded
    *("每次扣分=0.5", "目标=100;底线=60", "优=100;良=85", "每件得分=0.5", "逾期每日扣分=0.2"),
}
"""What an English sentence quotes: samples of names, and words of the workbook, which has one language."""


class Reading(HTMLParser):
    """The texts of a page as people and screen readers meet them, those handed to charts among them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.unseen: list[str] = []  # what scripts may say later
        self.title = self.language = ""
        self.headings = 0
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.headings += tag == "h1"
        if tag == "html":
            self.language = given["lang"].lower()
        if not self._is_foreign(given):
            self.texts += [value for name, value in given.items() if name in SAID]
            self.unseen += [value for name, value in given.items() if name.startswith("data-") and name not in SAID]
        if tag not in VOID:
            self._open.append((tag, self._is_quiet(tag, given)))

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, (name, _quiet) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or any(quiet for _tag, quiet in self._open):
            return
        inside = [tag for tag, _quiet in self._open]
        if inside[-1:] == ["script"]:
            self.unseen += strings_in(json.loads(text))
        else:
            self.texts.append(text)
            if inside == ["html", "head", "title"]:
                self.title = text

    def _is_foreign(self, given: dict[str, str]) -> bool:
        """Whether an element names another language than the page's: documents, and the names of the languages."""
        return given.get("lang", self.language).lower() != self.language

    def _is_quiet(self, tag: str, given: dict[str, str]) -> bool:
        """What people write themselves, what only adorns, and what is said to be in another language."""
        return (
            tag in ("style", "textarea")
            or (tag == "script" and given.get("type") != "application/json")
            or given.get("aria-hidden") == "true"
            or self._is_foreign(given)
        )


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings_in(one)


def words_of_people() -> re.Pattern[str]:
    """Every Chinese text that a row of the database holds, whole and by lines: it stays in the language it was written in."""
    held = set(QUOTED)
    for model in apps.get_models():
        kinds = models.CharField | models.TextField | models.JSONField
        fields = [field.attname for field in model._meta.concrete_fields if isinstance(field, kinds)]
        for row in model._default_manager.values_list(*fields) if fields else []:
            for text in strings_in(list(row)):
                held.update(" ".join(line.split()) for line in [text, *text.splitlines()])
    texts = sorted((text for text in held if len(text) > 1 and CHINESE.search(text)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts)))


def chinese_left(page: Reading, written: re.Pattern[str]) -> list[str]:
    """The texts of a page in English that are neither English nor somebody's own words."""
    return list({text: None for text in [*page.texts, *page.unseen] if CHINESE.search(written.sub(" ", text))})


def latin_left(page: Reading, code: str) -> list[str]:
    """The texts of a page in Chinese with words in Latin letters, but for codes that begin with the bureau's."""

    def is_strange(text: str) -> bool:
        return any(word not in KNOWN and not word.startswith(code) for word in LATIN.findall(text))

    return list(dict.fromkeys(filter(is_strange, page.texts)))
