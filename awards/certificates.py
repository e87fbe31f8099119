"""荣誉证书: one landscape A4 page for the wall or the file, with a serial and an address that verifies it.

A document of the bureau, hence in Chinese whatever language the reader has chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from django.utils import translation
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from awards.models import StarAward
from common.components import quarter_label
from common.pdf import BOLD, REGULAR, Ink
from common.text import formal_date

SIZE = WIDTH, HEIGHT = landscape(A4)
RED, GOLD, INK, GREY = HexColor("#a3161a"), HexColor("#c9a227"), HexColor("#1d1d1d"), HexColor("#5c5c5c")
SIDE = 44 * mm
"""From the edge of the page to the text."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on the page, in words."""

    name: str
    star: str
    quarter: str
    bureau: str
    day: str
    serial: str
    address: str


def certificate_of(award: StarAward, address: str) -> Certificate:
    """The words of a published star's certificate; `address` is where it can be verified."""
    assert award.published_on
    with translation.override("zh-hans"):
        return Certificate(
            name=award.employee.name,
            star=str(award.category.get_kind_display()),
            quarter=quarter_label(award.category.selection.quarter.code),
            bureau=award.bureau.name,
            day=formal_date(award.published_on),
            serial=award.serial,
            address=address,
        )


@translation.override("zh-hans")
def draw(certificate: Certificate) -> bytes:
    """The page as PDF; made in some 20 ms once the process has read the font."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=SIZE, lang="zh-CN")
    canvas.setTitle(f"荣誉证书 {certificate.serial}")
    canvas.setAuthor(certificate.bureau)
    ink = Ink()
    _frame(canvas)
    _words(canvas, certificate, ink)
    _seal_and_day(canvas, certificate, ink)
    _verification(canvas, certificate, ink)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _frame(canvas: Canvas) -> None:
    """A broad red line and a fine gold one within, with squares set into the corners."""
    canvas.setStrokeColor(RED)
    canvas.setLineWidth(3.2)
    canvas.rect(11 * mm, 11 * mm, WIDTH - 22 * mm, HEIGHT - 22 * mm)
    canvas.setLineWidth(0.6)
    canvas.rect(13.4 * mm, 13.4 * mm, WIDTH - 26.8 * mm, HEIGHT - 26.8 * mm)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.9)
    canvas.rect(16.5 * mm, 16.5 * mm, WIDTH - 33 * mm, HEIGHT - 33 * mm)
    side = 8 * mm
    for left in (16.5 * mm, WIDTH - 16.5 * mm - side):
        for bottom in (16.5 * mm, HEIGHT - 16.5 * mm - side):
            canvas.rect(left, bottom, side, side)
            canvas.rect(left + side / 4, bottom + side / 4, side / 2, side / 2)


def _words(canvas: Canvas, certificate: Certificate, ink: Ink) -> None:
    _star(canvas, WIDTH / 2, HEIGHT - 36 * mm, 8 * mm)
    canvas.setFillColor(RED)
    _spaced(canvas, "荣誉证书", WIDTH / 2, HEIGHT - 63 * mm, 46, gap=16)
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 22)
    canvas.drawString(SIDE, HEIGHT - 90 * mm, ink(f"{certificate.name} 同志："))
    canvas.setFont(REGULAR, 17)
    canvas.drawString(
        SIDE + 34, HEIGHT - 105 * mm, ink(f"在{certificate.quarter}“五星”评选中，经提名、投票、审定和公示，荣获")
    )
    canvas.setFillColor(RED)
    _spaced(canvas, ink(certificate.star), WIDTH / 2, HEIGHT - 127 * mm, 34, gap=10)
    canvas.setFillColor(INK)
    canvas.setFont(REGULAR, 17)
    canvas.drawString(SIDE, HEIGHT - 143 * mm, ink("称号，特发此证，以资鼓励。"))


def _seal_and_day(canvas: Canvas, certificate: Certificate, ink: Ink) -> None:
    """Bureau over day, centred on each other at the right; the seal is stamped by hand upon them."""
    bureau, day = ink(certificate.bureau), ink(certificate.day)
    wide = max(stringWidth(bureau, BOLD, 17), stringWidth(day, REGULAR, 15))
    middle = WIDTH - SIDE - wide / 2
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 17)
    canvas.drawCentredString(middle, 42 * mm, bureau)
    canvas.setFont(REGULAR, 15)
    canvas.drawCentredString(middle, 33 * mm, day)


def _verification(canvas: Canvas, certificate: Certificate, ink: Ink) -> None:
    """Serial and address, and the address again for a camera."""
    side, bottom = 19 * mm, 28 * mm
    code = QrCodeWidget(certificate.address, barLevel="M", barBorder=0)
    left, low, right, high = code.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (high - low), 0, 0])
    drawing.add(code)
    renderPDF.draw(drawing, canvas, SIDE, bottom)
    text = SIDE + 22 * mm
    canvas.setFillColor(GREY)
    canvas.setFont(REGULAR, 9)
    canvas.drawString(text, bottom + 14 * mm, ink(f"证书编号：{certificate.serial}"))
    canvas.drawString(text, bottom + 9 * mm, ink("扫码或访问下面的地址，可以查验真伪："))
    canvas.setFont(REGULAR, 7)
    for line, part in enumerate(_halves(certificate.address)):
        canvas.drawString(text, bottom + (5 - 3.4 * line) * mm, ink(part))
    if ink.note:
        canvas.drawString(text, bottom - 4 * mm, ink(ink.note))


def _halves(address: str) -> tuple[str, str]:
    """An address over two lines, cut after a slash, so that it does not run into the day."""
    cut = address.rstrip("/").rfind("/") + 1
    return address[:cut], address[cut:]


def _spaced(canvas: Canvas, text: str, middle: float, bottom: float, size: float, *, gap: float) -> None:
    """Centred text with room between its characters, none after the last."""
    canvas.setFont(BOLD, size)
    wide = stringWidth(text, BOLD, size) + gap * (len(text) - 1)
    canvas.drawString(middle - wide / 2, bottom, text, charSpace=gap)


def _star(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A five-pointed star in gold, standing on two points."""
    outer = [(0.0, 1.0), (0.951, 0.309), (0.588, -0.809), (-0.588, -0.809), (-0.951, 0.309)]
    inner = [(0.225, 0.309), (0.363, -0.118), (0.0, -0.382), (-0.363, -0.118), (-0.225, 0.309)]
    path = canvas.beginPath()
    corners = [corner for pair in zip(outer, inner, strict=True) for corner in pair]
    path.moveTo(x + corners[0][0] * radius, y + corners[0][1] * radius)
    for across, up in corners[1:]:
        path.lineTo(x + across * radius, y + up * radius)
    path.close()
    canvas.setFillColor(GOLD)
    canvas.drawPath(path, stroke=0, fill=1)
