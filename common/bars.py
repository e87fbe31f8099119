"""Sorted bars as a picture for documents: drawn here, without a browser, the same bytes for the same bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

WIDTH, ROW, BAR, MARGIN, SIZE = 1800, 74, 40, 24, 34
"""Pixels; 156 mm at some 290 dots an inch, type as large as a table's."""
INK, GREY, FILLED = "#1a2330", "#9aa5b1", "#6d7b8c"  # a document is printed in black


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value, not negative; `text` stands at its end, the value with two decimals if empty."""

    label: str
    value: Decimal
    text: str = ""


def bar_picture(bars: Sequence[Bar]) -> bytes:
    """A PNG with one bar under another, beginning where differences can be seen: below the lowest by a third of the range."""
    font = _font()
    labels = max((font.getlength(one.label) for one in bars), default=0)
    figures = max((font.getlength(_text(one)) for one in bars), default=0)
    left = min(labels, WIDTH / 2) + 2 * MARGIN
    room = WIDTH - left - figures - 2 * MARGIN
    picture = Image.new("L", (WIDTH, ROW * len(bars) + 2 * MARGIN), 255)
    draw = ImageDraw.Draw(picture)
    values = [one.value for one in bars]
    lowest, highest = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    start = max(Decimal(0), lowest - (highest - lowest) / 3)
    draw.line((left, MARGIN, left, ROW * len(bars) + MARGIN), fill=GREY, width=3)
    for place, one in enumerate(bars):
        middle = MARGIN + ROW * place + ROW // 2
        # A length in pixels, not a score: the exact figure stands beside the bar.
        length = int(room * float((one.value - start) / (highest - start))) if highest > start else int(room)
        draw.text((left - MARGIN, middle), _fitting(one.label, left - 2 * MARGIN), INK, font, anchor="rm")
        draw.rectangle((left, middle - BAR // 2, left + length, middle + BAR // 2), fill=FILLED)
        draw.text((left + length + MARGIN, middle), _text(one), INK, font, anchor="lm")
    out = BytesIO()
    picture.save(out, "PNG", optimize=True, dpi=(293, 293))
    return out.getvalue()


def _text(bar: Bar) -> str:
    return bar.text or f"{bar.value:.2f}"


def _fitting(label: str, width: float) -> str:
    """The label, cut where there is no room for all of it."""
    if _font().getlength(label) <= width:
        return label
    while label and _font().getlength(f"{label}…") > width:
        label = label[:-1]
    return f"{label}…"


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(settings.NODE_MODULES, settings.PDF_FONTS["regular"]), SIZE)
