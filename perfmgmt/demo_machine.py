"""Machine facts in the sample: a system that may post them; the token's key is thrown away.

No point names a source of our own there, since the job of the night would replace what the sample brings.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils.timezone import make_aware

from indicators.models import FactToken
from indicators.services.fact_tokens import issue_token
from organization.models import Bureau, Role

SYSTEM = "自然人电子税务局"
HALF_A_YEAR = timedelta(days=182)


def let_a_system_post(bureau: Bureau) -> None:
    """Issues the token, once."""
    if FactToken.objects.filter(bureau=bureau).exists():
        return
    today = bureau.today
    office = Role.objects.in_force(today).filter(kind=Role.Kind.OFFICE, employee__bureau=bureau)
    actor = office.select_related("employee").order_by("employee__number")[0].employee
    token, _key = issue_token(bureau=bureau, system=SYSTEM, expires_on=today + HALF_A_YEAR, actor=actor, today=today)
    token.created_at = make_aware(datetime.combine(today, time(10)))  # by the sample's calendar, as its deadline
    token.save(update_fields=["created_at"])
