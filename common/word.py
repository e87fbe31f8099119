"""What python-docx has no words for: east-asian fonts, a text grid, fields, lines, and a file that is the same each time."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from common.text import without_control

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip archive can name."""
_AFTER_BORDER = ("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr")
"""What may follow a paragraph's lines; the schema knows one order only."""


def element(name: str, **attributes: object) -> Any:
    """An element of the main namespace with its attributes: `element("w:ind", firstLine=640)`."""
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    return made


def set_fonts(run_properties: Any, *, latin: str, chinese: str) -> None:
    """Chinese and other characters in fonts of their own; quotation marks and dashes count as Chinese."""
    fonts = run_properties.get_or_add_rFonts()
    for slot in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{slot}"), None)
    for slot, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese), ("hint", "eastAsia")):
        fonts.set(qn(f"w:{slot}"), name)


def indent(paragraph: Any, *, first: float = 0, left: float = 0, right: float = 0, em: float) -> None:
    """Indents in characters of `em` points; both units are written, as Word does, for programs that know only one."""
    for name, characters in (("firstLine", first), ("left", left), ("right", right)):
        if characters:
            made = paragraph._p.get_or_add_pPr().get_or_add_ind()
            made.set(qn(f"w:{name}Chars"), str(round(characters * 100)))
            made.set(qn(f"w:{name}"), str(round(characters * em * 20)))


def border(paragraph: Any, *, colour: str = "000000", space: int = 0, **eighths: int) -> None:
    """Lines along the sides of a paragraph, `top` and `bottom` in eighths of a point, `space` points from its text."""
    box = element("w:pBdr")
    for side in ("top", "bottom"):
        if eighths.get(side):
            box.append(element(f"w:{side}", val="single", sz=eighths[side], space=space, color=colour))
    paragraph._p.get_or_add_pPr().insert_element_before(box, *_AFTER_BORDER)


def set_at_foot(table: Any) -> None:
    """Sets a table at the foot of the text of the page that it comes to."""
    place = element("w:tblpPr", vertAnchor="margin", horzAnchor="margin", tblpXSpec="center", tblpYSpec="bottom")
    properties = table._tbl.tblPr
    properties.insert(1 if properties.find(qn("w:tblStyle")) is not None else 0, place)


def cell_lines(cell: Any, **eighths: int) -> None:
    """Lines over and under a table's cell, in eighths of a point."""
    box = element("w:tcBorders")
    for side in ("top", "bottom"):
        if eighths.get(side):
            box.append(element(f"w:{side}", val="single", sz=eighths[side], space=0, color="000000"))
    cell._tc.get_or_add_tcPr().append(box)


def page_field(run: Any) -> None:
    """The number of the page, worked out by whoever opens the file."""
    for part in (
        element("w:fldChar", fldCharType="begin"),
        _instruction("PAGE"),
        element("w:fldChar", fldCharType="separate"),
        _text("1"),
        element("w:fldChar", fldCharType="end"),
    ):
        run._r.append(part)


def repacked(docx: bytes, replaced: Mapping[str, bytes]) -> bytes:
    """The same package with parts replaced and without the moment of its making, so that equal contents are equal bytes."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(docx)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, replaced.get(name, source.read(name)))
    return out.getvalue()


def writable(text: str) -> str:
    """Text without what XML cannot hold; line breaks stay."""
    return without_control(text.replace("\r\n", "\n").replace("\r", "\n"))


def _instruction(text: str) -> Any:
    made = OxmlElement("w:instrText")
    made.text = text
    return made


def _text(text: str) -> Any:
    made = OxmlElement("w:t")
    made.text = text
    return made
