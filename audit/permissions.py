"""Who reads the log."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from common.verdict import Verdict


def may_read_log(user: Any) -> Verdict:
    """Office and discipline, of their own bureau (domain.md, Who may do what)."""
    if user.has_role("office", "discipline"):
        return Verdict.yes()
    return Verdict.no(_("审计日志只有绩效办和纪检可以查看。"))
