"""方案: every number by which a bureau scores, as values (scoring.md, Scheme keys). Pure: no ORM, no clock.

The thirteen keys of scoring.md enter scores. Some more steer the work around them (domain.md, Processes) and are kept,
imported and exported in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.exact import is_whole, parse_number, plain
from common.text import clean, listed, split_list


class SchemeError(ValueError):
    """A setting of the scheme that cannot be; the text is the sentence."""


@dataclass(frozen=True, slots=True)
class SchemeValues:
    """Every number of a bureau's scheme (方案) as in force in one quarter, with scoring.md's defaults."""

    common_weight: Decimal = Decimal(30)
    individual_weight: Decimal = Decimal(60)
    competitive_cap: Decimal = Decimal(10)
    difficulty_high: Decimal = Decimal("1.5")
    difficulty_medium: Decimal = Decimal("1.2")
    difficulty_low: Decimal = Decimal("1.0")
    plus_cap: Decimal = Decimal(5)
    linkage_factor: Decimal = Decimal("0.1")
    linkage_limit: Decimal = Decimal(2)
    minimum_share: Decimal = Decimal("0.5")
    star_share: Decimal = Decimal("0.3")
    lead_share: Decimal = Decimal("0.8")
    unranked_categories: tuple[str, ...] = ("局领导",)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> SchemeValues:
        """The scheme with some keys of sheet 方案 set, the others at their defaults. Raises SchemeError."""
        return cls(**{_attribute(key): parse_setting(key, value) for key, value in settings.items()})  # type: ignore[arg-type]

    def problems(self) -> list[str]:
        """What must not be scored with: the three weights have to add up to 100."""
        weights = self.common_weight + self.individual_weight + self.competitive_cap
        if weights == 100:
            return []
        return [_("共性权重、个性权重与竞争性上限相加应当等于 100，现在是 %s") % plain(weights)]

    def to_mapping(self) -> dict[str, str]:
        """The keys of sheet 方案 with their values as text; `from_mapping` reads it back."""
        return {key: setting_text(getattr(self, attribute)) for key, attribute in SCHEME_KEYS.items()}

    def difficulty(self, code: str) -> Decimal:
        """The coefficient of a task's difficulty: high, medium or low."""
        table = {"high": self.difficulty_high, "medium": self.difficulty_medium, "low": self.difficulty_low}
        return table[code]


SCHEME_KEYS: dict[str, str] = {
    gettext_noop("共性权重"): "common_weight",
    gettext_noop("个性权重"): "individual_weight",
    gettext_noop("竞争性上限"): "competitive_cap",
    gettext_noop("难度系数高"): "difficulty_high",
    gettext_noop("难度系数中"): "difficulty_medium",
    gettext_noop("难度系数低"): "difficulty_low",
    gettext_noop("加分上限"): "plus_cap",
    gettext_noop("联动系数"): "linkage_factor",
    gettext_noop("联动上限"): "linkage_limit",
    gettext_noop("最低在岗比例"): "minimum_share",
    gettext_noop("星级候选比例"): "star_share",
    gettext_noop("主办份额"): "lead_share",
    gettext_noop("不参加单位排名序列"): "unranked_categories",
}
COLLECTION_LEAD, CONCENTRATION = gettext_noop("采集截止提前天数"), gettext_noop("季度集中预警比例")
OPEN_TASKS = gettext_noop("同时承担任务上限")
APPEAL_FILING, APPEAL_ANSWER = gettext_noop("申诉提出期限"), gettext_noop("申诉答复期限")
APPEAL_DECISION = gettext_noop("申诉裁定期限")
REVIEW_DAYS, CONFIRM_DAYS = gettext_noop("初审期限"), gettext_noop("考评确认期限")
PROCESS_KEYS: dict[str, Decimal] = {
    COLLECTION_LEAD: Decimal(5),
    CONCENTRATION: Decimal("0.4"),
    OPEN_TASKS: Decimal(3),
    APPEAL_FILING: Decimal(5),
    APPEAL_ANSWER: Decimal(3),
    APPEAL_DECISION: Decimal(5),
    REVIEW_DAYS: Decimal(3),
    CONFIRM_DAYS: Decimal(5),
}
"""Settings that enter no score: how many calendar days before a quarter's last its collection window closes, from which
share of the year one quarter's points are too many, how many unfinished tasks of the market a person may claim, and
within how many working days an appeal is filed, answered and decided (domain.md, Quarter's end), a report reviewed by
the head and then confirmed by the assessing department."""
_WORKING_DAYS = frozenset((APPEAL_FILING, APPEAL_ANSWER, APPEAL_DECISION, REVIEW_DAYS, CONFIRM_DAYS))

NOBODY = "无"
"""Stands for an empty list, because the workbook wants every value filled."""
_SHARES = frozenset(("minimum_share", "star_share", "lead_share"))
_SUMMANDS = frozenset(("competitive_cap", "plus_cap", "linkage_limit"))


def _attribute(key: str) -> str:
    try:
        return SCHEME_KEYS[key]
    except KeyError:
        raise SchemeError(
            _("方案没有“%(key)s”这个项目；可以设置的项目有：%(known)s") % {"key": key, "known": listed(SCHEME_KEYS)}
        ) from None


def setting_text(value: Decimal | tuple[str, ...]) -> str:
    """A value as sheet 方案 spells it; `parse_setting` reads it back."""
    return (";".join(value) or NOBODY) if isinstance(value, tuple) else plain(value)


def parse_setting(key: str, value: object) -> Decimal | tuple[str, ...]:
    """One value of sheet 方案. Raises SchemeError with a sentence if key or value cannot be."""
    attribute = key if key in PROCESS_KEYS else _attribute(key)
    if attribute == "unranked_categories":
        names = split_list(value) if isinstance(value, str) else [clean(str(name)) for name in value or ()]  # type: ignore[attr-defined]
        return () if names == [NOBODY] else tuple(names)
    try:
        number = parse_number(value)
    except ValueError:
        raise SchemeError(_("方案“%(key)s”的值“%(value)s”应当是数字") % {"key": key, "value": value}) from None
    if number < 0:
        raise SchemeError(_("方案“%(key)s”不能是负数，现在是 %(value)s") % {"key": key, "value": plain(number)})
    if (attribute in _SHARES or attribute == CONCENTRATION) and number > 1:
        raise SchemeError(
            _("方案“%(key)s”是比例，应当在 0 到 1 之间，现在是 %(value)s") % {"key": key, "value": plain(number)}
        )
    if attribute == COLLECTION_LEAD and (not is_whole(number) or number > 60):
        raise SchemeError(
            _("方案“%(key)s”应当是 0 到 60 的整数，现在是 %(value)s") % {"key": key, "value": plain(number)}
        )
    if attribute == OPEN_TASKS and (not is_whole(number) or not 1 <= number <= 99):
        raise SchemeError(
            _("方案“%(key)s”应当是 1 到 99 的整数，现在是 %(value)s") % {"key": key, "value": plain(number)}
        )
    if attribute in _WORKING_DAYS and (not is_whole(number) or not 1 <= number <= 30):
        raise SchemeError(
            _("方案“%(key)s”以工作日计，应当是 1 到 30 的整数，现在是 %(value)s") % {"key": key, "value": plain(number)}
        )
    if attribute in _SUMMANDS and int(number.as_tuple().exponent) < -2:
        raise SchemeError(_("方案“%(key)s”最多两位小数，现在是 %(value)s") % {"key": key, "value": plain(number)})
    return number
