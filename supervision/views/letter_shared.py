"""What the pages about letters share: a letter or an item as its reader may see it, and one act of a form."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from organization.models import Employee
from organization.requests import PersonRequest
from supervision.models import Letter, LetterItem


def seen_letter(request: PersonRequest, pk: int) -> Letter:
    """404 unless the reader may see the letter."""
    rows = Letter.objects.visible_to(request.user).select_related("bureau", "drafted_by", "issued_by")
    return get_object_or_404(rows, pk=pk)


def seen_item(request: PersonRequest, pk: int) -> LetterItem:
    """404 unless the reader may see the item's letter."""
    rows = LetterItem.objects.filter(letter__in=Letter.objects.visible_to(request.user)).select_related(
        "letter__bureau", "letter__issued_by", "department", "responsible", "settled_by"
    )
    return get_object_or_404(rows.prefetch_related("assisting"), pk=pk)


def people_of(user: Employee) -> QuerySet[Employee]:
    """Whom a field of a person offers."""
    today = user.bureau.today
    people = Employee.objects.filter(bureau_id=user.bureau_id).in_post_between(today, today)
    return people.select_related("department").only("number", "name", "department__name").order_by("number")
