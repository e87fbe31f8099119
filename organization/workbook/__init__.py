"""The organisation's sheets of the bureau workbook, in the order in which they are taken in (workbook.md)."""

from organization.workbook.absences import Absences
from organization.workbook.people import Employees
from organization.workbook.places import Branches, Bureaus, Departments, Posts

__all__ = ["Absences", "Branches", "Bureaus", "Departments", "Employees", "Posts"]
