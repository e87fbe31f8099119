"""Who reads what of stars that were given: the wall is everybody's, a withdrawn star and the rotation are not."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from awards.models import StarAward
from common.verdict import Verdict
from organization.models import Employee, Role

READS_WITHDRAWN = (Role.Kind.OFFICE, Role.Kind.DISCIPLINE)
READS_ROTATION = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DISCIPLINE)
PRINTS_CERTIFICATES = (Role.Kind.OFFICE, Role.Kind.DIRECTOR, Role.Kind.DEPUTY_DIRECTOR, Role.Kind.DISCIPLINE)


def reads_withdrawn(user: Employee, person: Employee | None = None) -> bool:
    """Whether withdrawn stars, with their reasons, are shown to the user: all, or those of one person."""
    return user.has_role(*READS_WITHDRAWN) or (person is not None and person.pk == user.pk)


def may_see_rotation(user: Employee) -> Verdict:
    """Whether the user may see how stars go round: who decides on them, and who watches over it."""
    if user.has_role(*READS_ROTATION):
        return Verdict.yes()
    return Verdict.no(_("轮换情况只对绩效办、局长和纪检开放；各季度的获奖名单在荣誉墙上，人人可看。"))


def may_print_certificate(user: Employee, award: StarAward) -> Verdict:
    """Whether the user may have the certificate: the winner, the office and the leaders, as long as the star stands."""
    if award.bureau_id != user.bureau_id:
        return Verdict.no(_("这是其他单位的证书，只有该单位的人员可以打印。"), code="foreign")
    if award.employee_id != user.pk and not user.has_role(*PRINTS_CERTIFICATES):
        return Verdict.no(_("证书只由获得者本人、绩效办和局领导打印；如有需要，请联系绩效办。"))
    if award.state == StarAward.State.WITHDRAWN:
        return Verdict.no(_("这个称号已经撤销，证书作废，不再打印；撤销的理由见本人的获奖记录。"), code="withdrawn")
    if award.state != StarAward.State.PUBLISHED:
        return Verdict.no(_("这个称号还在公示，公布之后才有证书；请公示期满后再来打印。"), code="not_published")
    return Verdict.yes()
