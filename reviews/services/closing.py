"""办结: a showing ends when all ballots are in, or with a reason when some are missing; what is in then opens."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, InvalidInput
from common.text import clean
from organization.models import Employee
from reviews.models import Showing
from reviews.permissions.ratings import may_close_showing
from reviews.queries.ratings import missing_raters
from reviews.services.ratings import open_ratings
from reviews.services.scheduling import lock_showing, record_showing
from tasks_market.services.steps import require


@transaction.atomic
def close_showing(*, showing: Showing, actor: Employee, now: datetime, reason: str = "") -> Showing:
    """Closes a showing that was held; ballots that are missing stay out for good, and need a `reason`.

    Raises Refused, Conflict, InvalidInput.
    """
    showing = lock_showing(showing)  # before looking who is missing: nobody hands in meanwhile
    require(may_close_showing(actor, showing))
    missing, reason = len(missing_raters(showing)), clean(reason)
    if missing and not reason:
        sentence = _("还有 %d 人没有提交互评；现在办结要写明理由。") % missing
        raise InvalidInput(sentence, fields={"reason": sentence})
    open_ratings(showing, actor=actor, now=now)
    values = {
        "state": Showing.State.CLOSED,
        "closed_by": actor,
        "closed_at": now,
        "closing_reason": reason if missing else "",
    }
    if Showing.objects.filter(pk=showing.pk, state=Showing.State.HELD).update(**values) != 1:
        raise Conflict(_("这次三晒刚刚被别人办结；请刷新页面再看。"))
    for name, value in values.items():
        setattr(showing, name, value)
    after = {"missing": missing, "follow_ups": showing.follow_ups.count()}
    record_showing(showing, "showing.complete", actor=actor, after=after, reason=showing.closing_reason)
    return showing
