"""计分参数: the five scoring methods as values (scoring.md §1). Pure: no ORM, no clock.

Methods are the codes of `PointVersion.Method`: deduct, ratio, tier, count, done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, NamedTuple

from django.utils.translation import gettext as _

from common.exact import is_whole, parse_number, plain, round_ratio
from common.text import clauses, clean, half_width, listed, split_list
from common.text import code as as_code


class RuleError(ValueError):
    """计分参数 that the method cannot take; `sentences` names every fault at once."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(clauses(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Deduct:
    """扣分: `each` points off for every fault."""

    each: Decimal
    method: ClassVar[str] = "deduct"

    def __str__(self) -> str:
        return f"每次扣分={plain(self.each)}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """比例: the share of `target` that was reached; nothing below `floor` (in the unit of the target)."""

    target: Decimal
    floor: Decimal | None = None
    method: ClassVar[str] = "ratio"

    def __str__(self) -> str:
        floor = "" if self.floor is None else f";底线={plain(self.floor)}"
        return f"目标={plain(self.target)}{floor}"


@dataclass(frozen=True, slots=True)
class Tier:
    """分档: a percentage of the full points for each named tier, in the order written."""

    percents: tuple[tuple[str, Decimal], ...]
    method: ClassVar[str] = "tier"

    def __str__(self) -> str:
        return ";".join(f"{name}={plain(percent)}" for name, percent in self.percents)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _percent in self.percents)

    def percent(self, name: str) -> Decimal | None:
        """The percentage of a tier, None if there is no such tier."""
        return next((percent for known, percent in self.percents if known == name), None)


@dataclass(frozen=True, slots=True)
class Count:
    """计件: `each` points for every item, up to the full points."""

    each: Decimal
    method: ClassVar[str] = "count"

    def __str__(self) -> str:
        return f"每件得分={plain(self.each)}"


@dataclass(frozen=True, slots=True)
class Done:
    """完成: `each_day` points off for every day late."""

    each_day: Decimal
    method: ClassVar[str] = "done"

    def __str__(self) -> str:
        return f"逾期每日扣分={plain(self.each_day)}"


Rule = Deduct | Ratio | Tier | Count | Done


def parse_rule(method: str, text: str) -> Rule:
    """Reads 计分参数 for a method. Raises RuleError with a sentence for each fault."""
    faults: list[str] = []
    pairs = _pairs(text, faults)
    rule = _READERS[method](pairs, faults) if method in _READERS else None
    if rule is None and not faults:
        faults.append(_("没有“%(method)s”这种计分方式") % {"method": method})
    if faults or rule is None:
        raise RuleError(faults)
    return rule


def _pairs(text: str, faults: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in split_list(text):
        name, sign, value = half_width(part).partition("=")
        name, value = clean(name), clean(value)
        if not sign or not name or not value:
            faults.append(_("“%(part)s”应当写成“键=值”，多个之间用分号隔开") % {"part": part})
        elif name in pairs:
            faults.append(_("“%(name)s”写了两次，只能写一次") % {"name": name})
        else:
            pairs[name] = value
    return pairs


def _number(name: str, text: str, faults: list[str]) -> Decimal | None:
    try:
        return parse_number(text, percent=True)
    except ValueError:
        faults.append(_("%(name)s“%(value)s”应当是数字") % {"name": name, "value": text})
        return None


def _positive(name: str, pairs: dict[str, str], faults: list[str]) -> Decimal | None:
    text = pairs.pop(name, None)
    if text is None:
        faults.append(_("缺少“%(name)s”，应当写成“%(name)s=数字”") % {"name": name})
        return None
    number = _number(name, text, faults)
    if number is not None and number <= 0:
        faults.append(_("%(name)s应当大于 0，现在是 %(value)s") % {"name": name, "value": plain(number)})
        return None
    return number


def _no_others(pairs: dict[str, str], known: str, faults: list[str]) -> None:
    faults.extend(
        _("这种计分方式没有参数“%(name)s”，只有：%(known)s") % {"name": name, "known": known} for name in pairs
    )


def _single(name: str, build: Callable[[Decimal], Rule]) -> Callable[[dict[str, str], list[str]], Rule | None]:
    def read(pairs: dict[str, str], faults: list[str]) -> Rule | None:
        number = _positive(name, pairs, faults)
        _no_others(pairs, name, faults)
        return None if number is None else build(number)

    return read


def _ratio(pairs: dict[str, str], faults: list[str]) -> Rule | None:
    target = _positive("目标", pairs, faults)
    floor_text = pairs.pop("底线", None)
    floor = None if floor_text is None else _number("底线", floor_text, faults)
    if floor is not None and floor < 0:
        faults.append(_("底线不能是负数，现在是 %(value)s") % {"value": plain(floor)})
    _no_others(pairs, "目标、底线", faults)
    return None if target is None else Ratio(target, floor)


def _tier(pairs: dict[str, str], faults: list[str]) -> Rule | None:
    if not pairs and not faults:
        faults.append(_("分档至少要有一档，应当写成“优=100;良=85;中=70;差=50”的样子"))
    percents = []
    for name, text in pairs.items():
        percent = _number(name, text, faults)
        if percent is not None and not 0 <= percent <= 100:
            faults.append(
                _("档次“%(name)s”的百分比应当在 0 到 100 之间，现在是 %(value)s")
                % {"name": name, "value": plain(percent)}
            )
        elif percent is not None:
            percents.append((name, percent))
    return Tier(tuple(percents))


_READERS: dict[str, Callable[[dict[str, str], list[str]], Rule | None]] = {
    "deduct": _single("每次扣分", Deduct),
    "ratio": _ratio,
    "tier": _tier,
    "count": _single("每件得分", Count),
    "done": _single("逾期每日扣分", Done),
}


class Fault(NamedTuple):
    """One thing wrong with an input: the field (`value`, `tier`, `target`, `exempt`) and a sentence."""

    field: str
    sentence: str


def check_input(
    rule: Rule,
    *,
    value: Decimal | None = None,
    tier: str = "",
    target: Decimal | None = None,
    exempt: bool = False,
) -> list[Fault]:
    """What the rule finds wrong with the input of one node (scoring.md §1); an empty list if nothing.

    An input with nothing in it is no fault here: it is a node still missing.
    """
    faults: list[Fault] = []
    if exempt and (value is not None or tier):
        faults.append(Fault("exempt", _("已标不适用，就不能再填完成值或档次；两者只能留一个")))
    if isinstance(rule, Tier):
        if value is not None:
            faults.append(
                Fault("value", _("这个考点按档次计分，不填完成值；应当在档次一栏填：%s") % listed(rule.names))
            )
        if tier and rule.percent(tier) is None:
            faults.append(
                Fault(
                    "tier",
                    _("没有“%(tier)s”这一档；应当填：%(names)s") % {"tier": tier, "names": listed(rule.names)},
                )
            )
    else:
        if tier:
            faults.append(Fault("tier", _("这个考点不分档次；应当把结果填在完成值一栏")))
        if value is not None and value < 0:
            faults.append(Fault("value", _("完成值不能是负数，现在是 %s") % plain(value)))
        elif value is not None and isinstance(rule, (Deduct, Done)) and not is_whole(value):
            what = _("次数") if isinstance(rule, Deduct) else _("逾期天数")
            faults.append(
                Fault(
                    "value", _("完成值是%(what)s，应当是整数，现在是 %(value)s") % {"what": what, "value": plain(value)}
                )
            )
    if target is not None and not isinstance(rule, Ratio):
        faults.append(Fault("target", _("只有按比例计分的考点才填目标值；请清空这一格")))
    elif target is not None and target <= 0:
        faults.append(Fault("target", _("目标值应当大于 0，现在是 %s") % plain(target)))
    return faults


def tier_name(text: str) -> str:
    """A tier as people type it, in the spelling that rules use."""
    return as_code(text)


def points_hundredths(
    full: int, rule: Rule, *, value: Decimal | None = None, tier: str = "", target: Decimal | None = None
) -> int | None:
    """Points of one input in whole hundredths, rounded (scoring.md §1); None if what the rule wants is missing.

    `full` are the point's full points in hundredths; a `target` on the row replaces the rule's own.
    """
    if isinstance(rule, Tier):
        percent = rule.percent(tier) if tier else None
        if percent is None:
            return None
        numerator, denominator = percent.as_integer_ratio()
        return round_ratio(full * numerator, denominator * 100)
    if value is None:
        return None
    if isinstance(rule, Ratio):
        return _ratio_hundredths(full, rule, value, rule.target if target is None else target)
    amount, amount_unit = value.as_integer_ratio()
    price, price_unit = price_of(rule).as_integer_ratio()
    denominator = amount_unit * price_unit
    product = 100 * amount * price
    if isinstance(rule, Count):
        return round_ratio(min(full * denominator, product), denominator)
    return round_ratio(max(0, full * denominator - product), denominator)


def _ratio_hundredths(full: int, rule: Ratio, value: Decimal, target: Decimal) -> int:
    if rule.floor is not None and value < rule.floor:
        return 0
    if value >= target:
        return full
    amount, amount_unit = value.as_integer_ratio()
    goal, goal_unit = target.as_integer_ratio()
    return round_ratio(full * amount * goal_unit, amount_unit * goal)


def price_of(rule: Deduct | Count | Done) -> Decimal:
    """The points that one fault, one item or one day late is worth."""
    return rule.each_day if isinstance(rule, Done) else rule.each


def working(full: Decimal, rule: Rule, *, value: Decimal | None, tier: str, target: Decimal | None) -> str:
    """How the points of an input come about, as it is written down beside them: `4.00 − 1 次 × 0.5`."""
    if isinstance(rule, Tier):
        return f"{tier}：{full} × {plain(rule.percent(tier) or Decimal(0))}%"
    amount = value or Decimal(0)
    if isinstance(rule, Ratio):
        return _ratio_working(full, rule, amount, rule.target if target is None else target)
    if isinstance(rule, Count):
        figures = {"amount": plain(amount), "each": plain(rule.each), "full": full}
        return _("%(amount)s 件 × %(each)s，不超过 %(full)s") % figures
    unit = _("次") if isinstance(rule, Deduct) else _("天")
    return f"{full} − {plain(amount)} {unit} × {plain(price_of(rule))}"


def _ratio_working(full: Decimal, rule: Ratio, value: Decimal, target: Decimal) -> str:
    if rule.floor is not None and value < rule.floor:
        return _("完成值 %(value)s 低于底线 %(floor)s") % {"value": plain(value), "floor": plain(rule.floor)}
    if value >= target:
        return _("完成值 %(value)s 达到目标 %(target)s") % {"value": plain(value), "target": plain(target)}
    return f"{full} × {plain(value)} ÷ {plain(target)}"
