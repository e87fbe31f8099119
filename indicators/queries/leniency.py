"""How generously a department judges, beside all the others (screens.md, 考评)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from common.exact import round2
from indicators.models import PointVersion, Quarter, Result
from indicators.queries import points_in_force
from organization.models import Employee


@dataclass(frozen=True, slots=True)
class Leniency:
    """How generously a department judges: the mean share of full marks over what it confirmed, in percent."""

    results: int
    own: Decimal
    others: Decimal | None

    @property
    def sentence(self) -> str:
        values = {"count": self.results, "own": self.own, "others": self.others}
        if self.others is None:
            return _("本部门本季确认的 %(count)d 条，平均给到满分的 %(own)s%%。") % values
        return _("本部门本季确认的 %(count)d 条，平均给到满分的 %(own)s%%；其他考评部门平均 %(others)s%%。") % values


def leniency(user: Employee, quarter: Quarter) -> Leniency | None:
    """The user's department as an assessor beside all the others; None where it has confirmed nothing yet."""
    versions = {version.point_id: version for version in points_in_force(user.bureau, quarter.code)}
    counted = Result.objects.filter(
        quarter=quarter, state=Result.State.CONFIRMED, points__isnull=False, source=PointVersion.Source.MANUAL
    )
    own, others = _Side(), _Side()
    groups = counted.order_by().values_list("point").annotate(number=Count("pk"), total=Sum("points"))
    for point, number, total in groups:
        version = versions.get(point)
        if version is not None:
            side = own if version.assessor_id == user.department_id else others
            side.results += number
            side.shares += Fraction(total) / Fraction(version.full)
    if not own.results:
        return None
    return Leniency(own.results, own.percent, others.percent if others.results else None)


@dataclass(slots=True)
class _Side:
    """Results of some assessors, and the sum of their shares of full marks."""

    results: int = 0
    shares: Fraction = Fraction()

    @property
    def percent(self) -> Decimal:
        return round2(self.shares * 100 / self.results)
