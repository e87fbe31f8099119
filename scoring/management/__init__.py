"""What the scoring commands share: arguments read as people type them, refusals as sentences with exit code 1."""

from __future__ import annotations

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from common.quarters import QuarterCode
from common.text import code as as_code
from organization.models import Bureau


def quarter_code(text: str) -> str:
    """The quarter's code in its one spelling. Raises CommandError with a sentence."""
    try:
        return str(QuarterCode.parse(text))
    except ValueError as error:
        raise CommandError(str(error)) from error


def bureau_named(code: str | None) -> Bureau:
    """The bureau with the code; without one the only bureau. Raises CommandError with a sentence."""
    if code is not None:
        bureau = Bureau.objects.filter(code=as_code(code)).first()
        if bureau is None:
            raise CommandError(_("没有代码为“%s”的单位。") % code)
        return bureau
    bureaus = list(Bureau.objects.order_by("code")[:2])
    if len(bureaus) == 1:
        return bureaus[0]
    if not bureaus:
        raise CommandError(_("还没有任何单位；请先导入单位。"))
    raise CommandError(_("有多个单位；请用 --bureau 指定单位代码，或用 --all 计算全部单位。"))
