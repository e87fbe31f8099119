"""What stands in one cell of the entry grid: the raw input of a node as people write it. Pure: no ORM, no clock.

`97`, `97/100` (done / target of this row), `良`, `不适用`, and nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, NoReturn, Protocol

from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.exact import parse_number, plain
from common.text import clean, half_width, listed
from indicators.rules import Count, Deduct, Ratio, Rule, Tier, tier_name

EXEMPT = "不适用"
LONGEST = 80


class Content(NamedTuple):
    """The raw input of a node (scoring.md §1)."""

    value: Decimal | None = None
    tier: str = ""
    target: Decimal | None = None
    exempt: bool = False

    @classmethod
    def of(cls, row: HasContent) -> Content:
        """The input that a result or an entry carries."""
        return cls(row.value, row.tier, row.target, row.exempt)

    @property
    def is_empty(self) -> bool:
        return self == NOTHING


class HasContent(Protocol):
    """Whatever carries an input: a result, an entry of a block."""

    @property
    def value(self) -> Decimal | None: ...
    @property
    def tier(self) -> str: ...
    @property
    def target(self) -> Decimal | None: ...
    @property
    def exempt(self) -> bool: ...


NOTHING = Content()


def written(content: Content) -> str:
    """The input as a person reads it; `read` takes it back."""
    if content.exempt:
        return _("不适用")
    if content.tier:
        return content.tier
    if content.value is None:
        return "" if content.target is None else f" / {plain(content.target)}"
    return plain(content.value) if content.target is None else f"{plain(content.value)} / {plain(content.target)}"


def read(text: str, rule: Rule) -> Content:
    """What somebody typed or pasted into a cell of a point with that rule; whether it may be is the service's to say.

    Raises InvalidInput with a sentence for the cell.
    """
    text = clean(text)
    if not text:
        return NOTHING
    if len(text) > LONGEST:
        _refuse(_("内容太长；%s") % wanted(rule))
    if text in (EXEMPT, _("不适用")):
        return Content(exempt=True)
    if isinstance(rule, Tier):
        return Content(tier=tier_name(text))
    value, slash, target = half_width(text).partition("/")
    if slash and not isinstance(rule, Ratio):
        _refuse(_("“%(text)s”不对；%(wanted)s") % {"text": text, "wanted": wanted(rule)})
    try:
        done = parse_number(value, percent=True) if clean(value) or not slash else None
        return Content(value=done, target=parse_number(target, percent=True) if slash else None)
    except ValueError:
        _refuse(_("“%(text)s”不是数字；%(wanted)s") % {"text": text, "wanted": wanted(rule)})


def wanted(rule: Rule) -> str:
    """What the rule takes, for the line under the grid and for its refusals."""
    if isinstance(rule, Tier):
        return _("应当填档次：%s") % listed(rule.names)
    if isinstance(rule, Ratio):
        return _("应当填完成值，如 97；目标与方案不同时写成 97/100")
    if isinstance(rule, Deduct):
        return _("应当填扣分次数，没有则填 0")
    if isinstance(rule, Count):
        return _("应当填件数")
    return _("应当填逾期天数，按时完成填 0")


def _refuse(sentence: str) -> NoReturn:
    raise InvalidInput(sentence, fields={"value": sentence})
