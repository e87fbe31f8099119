"""What the database refuses in a published quarter only when it is to be kept (scoring.md §6)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from indicators.models import CorrectionPass, Result
from tests.scoring.published import make_published


@pytest.mark.django_db(transaction=True)
def test_nobody_leaves_a_published_quarter_open():
    """Whoever opens it by hand cannot commit: not what was changed meanwhile, and not the opening alone."""
    quarter = make_published()

    @transaction.atomic
    def open_by_hand(value):
        CorrectionPass.objects.create(quarter=quarter)
        Result.objects.update(value=value)

    for value in (0, 9):
        with pytest.raises(IntegrityError):
            open_by_hand(value)
        assert not CorrectionPass.objects.exists()
    assert set(Result.objects.values_list("value", flat=True)) == {Decimal(0)}
