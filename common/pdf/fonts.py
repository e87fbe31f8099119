"""The font of documents, read once a process: 15 MB on the disk, of which a document embeds the glyphs that it shows."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from common.text import listed

REGULAR, BOLD = "NotoSerifSC", "NotoSerifSC-Bold"
GETA = "〓"
"""What printers set where they have no type (阙字符号)."""
_registering = Lock()


def register_fonts() -> None:
    """Makes both weights known to reportlab; 0.15 s the first time, then nothing."""
    with _registering:
        _characters()


@cache
def _characters() -> frozenset[int]:
    """The code points that both weights can draw."""
    known: frozenset[int] | None = None
    for name, weight in ((REGULAR, "regular"), (BOLD, "bold")):
        font = TTFont(name, Path(settings.NODE_MODULES, settings.PDF_FONTS[weight]))
        pdfmetrics.registerFont(font)
        drawn = frozenset(font.face.charToGlyph)
        known = drawn if known is None else known & drawn
    for italic in (0, 1):  # Chinese has no italics: asked for one, reportlab takes the upright
        addMapping(REGULAR, 0, italic, REGULAR)
        addMapping(REGULAR, 1, italic, BOLD)
    assert known
    return known


class Ink:
    """The words of one document as the font can draw them.

    A character that the font lacks becomes 〓 instead of vanishing, and `note` says by its code which one it was, so
    that somebody can write it in by hand.
    """

    def __init__(self) -> None:
        register_fonts()
        self._known = _characters()
        self._missing: dict[str, None] = {}

    def __call__(self, text: object) -> str:
        return "".join(self._drawn(one) for one in str(text))

    def _drawn(self, character: str) -> str:
        if ord(character) in self._known:
            return character
        if unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}:
            return " " if character.isspace() else ""
        self._missing[character] = None
        return GETA

    @property
    def note(self) -> str:
        """Which characters were replaced; empty when all could be drawn."""
        if not self._missing:
            return ""
        codes = listed(f"U+{ord(one):04X}" for one in self._missing)
        return _("“%(geta)s”处是字库没有收录的字（%(codes)s），请手工补写。") % {"geta": GETA, "codes": codes}
