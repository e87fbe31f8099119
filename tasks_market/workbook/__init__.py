"""The market's sheets of the bureau workbook (workbook.md)."""

from tasks_market.workbook.claims import Claims
from tasks_market.workbook.tasks import Tasks

__all__ = ["Claims", "Tasks"]
