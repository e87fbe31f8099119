"""Documents as PDF: reportlab's layout with a subset of Noto Serif SC, so that nothing of the machine is needed.

`fonts` knows the font and which characters it lacks, `sheet` lays out a form of several pages.
"""

from common.pdf.fonts import BOLD, GETA, REGULAR, Ink, register_fonts
from common.pdf.sheet import Bar, Column, Sheet

__all__ = ["BOLD", "GETA", "REGULAR", "Bar", "Column", "Ink", "Sheet", "register_fonts"]
