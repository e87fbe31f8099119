"""What the settings pages share."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Tab
from notifications.permissions import may_see_deliveries, may_see_robots
from organization.models import Employee


def sections(user: Employee, page: str) -> list[Tab]:
    """The settings pages that the person may open, `page` being the one shown."""
    pages = [("contact", _("邮件提醒"), True), ("robots", _("群机器人"), bool(may_see_robots(user))),
             ("deliveries", _("外发记录"), bool(may_see_deliveries(user)))]  # fmt: skip
    return [Tab(label, reverse(f"notifications:{name}"), name == page) for name, label, allowed in pages if allowed]
