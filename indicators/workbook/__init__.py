"""The libraries' sheets of the bureau workbook, and what they look things up in (workbook.md)."""

from indicators.workbook.holdings import Items, Results
from indicators.workbook.libraries import KeyWorks, Scheme
from indicators.workbook.points import Points

__all__ = ["Items", "KeyWorks", "Points", "Results", "Scheme"]
