"""What the workbench shows to those who look after something: the quarter, a department, the accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from common.components import Step, quarter_label
from common.exact import share
from indicators.models import Quarter, QuarterStep, Result
from organization.models import Bureau, Department, Employee
from organization.queries import locked_people
from scoring import statistics
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.queries.coverage import has_loss


@dataclass(frozen=True, slots=True)
class Figure:
    """One key figure of a role's panel: the number, what it says, and the rows behind it."""

    label: str
    number: str
    unit: str
    finding: str
    url: str = ""


def rail_of(quarter: Quarter) -> list[Step]:
    """The steps of a quarter with who took them, of the office's panel."""
    taken = {step.state: step for step in QuarterStep.objects.filter(quarter=quarter).select_related("by")}
    states: list[Quarter.State] = [state for state in Quarter.State if state != Quarter.State.OPEN]
    place = states.index(Quarter.State(quarter.state))
    frozen = quarter.is_frozen
    steps = []
    for position, state in enumerate(states):
        done = position < place or (frozen and position == place)
        step = taken.get(state) if position <= place else None
        steps.append(
            Step(
                state.label,
                "done" if done else "now" if position == place else "next",
                who=step.by.name if step and step.by else "",
                at=step.at if step else None,
            )
        )
    return steps


def readiness_of(quarter: Quarter) -> list[Figure]:
    """What stands between the quarter and its publication, as counted by the last scoring (domain.md)."""
    unconfirmed = Result.objects.filter(quarter=quarter).exclude(state=Result.State.CONFIRMED)
    counted = unconfirmed.order_by().values("quarter").annotate(count=Count("pk")).values("count")
    without_individual = Count("scores", filter=Q(scores__has_individual=False))
    runs = ScoreRun.objects.filter(quarter=quarter, is_current=True)
    run = runs.annotate(without=without_individual, waiting=Coalesce(Subquery(counted), 0)).first()
    waiting = run.waiting if run else unconfirmed.count()
    url = f"{reverse('scoring:quarter', args=[quarter.code])}#ready"
    return [
        Figure(
            _("漏项和未确认"),
            str(run.missing) if run else "–",
            _("项"),
            _("上次计分时按 0 分计的节点") if run else _("%s还没有计分") % quarter_label(quarter.code),
            url,
        ),
        Figure(_("未确认结果"), str(waiting), _("条"), _("确认后才计分"), url),
        Figure(_("无个性任务"), str(run.without) if run else "–", _("人"), _("个性得分为零，须领取考点"), url),
    ]


def health_of(department: Department) -> list[Figure]:
    """Mean, largest gap and deduction coverage of a department in the newest final quarter (domain.md, 扣分面 · 最大分差)."""
    final = (
        ScoreRun.objects.filter(
            bureau_id=department.bureau_id, is_current=True, as_of__isnull=True, quarter__state__in=Quarter.SETTLED
        )
        .select_related("quarter")
        .order_by("-quarter__code")
        .first()
    )
    if final is None:
        return []
    columns = ("total", "bureau_rank", "common", "individual", "has_individual", "adjustments")
    in_run = list(Score.objects.filter(department=department, run=final).order_by().values_list(*columns, named=True))
    spread = statistics.spread([score.total for score in in_run if score.bureau_rank is not None])
    if spread is None:
        return []
    scheme = SchemeValues.from_mapping(final.scheme)
    lost = sum(has_loss(score, scheme) for score in in_run)
    code = final.quarter.code
    url = f"{reverse('reports:ranking')}?quarter={code}"
    return [
        Figure(
            _("平均分"),
            str(spread.mean),
            "",
            _("%(quarter)s单位排名 %(count)d 人，中位数 %(median)s")
            % {"quarter": quarter_label(code), "count": spread.count, "median": spread.median},
            url,
        ),
        Figure(
            _("最大分差"),
            str(spread.gap),
            "",
            _("最高 %(highest)s，最低 %(lowest)s") % {"highest": spread.highest, "lowest": spread.lowest},
            url,
        ),
        Figure(
            _("扣分面"),
            str(share(lost, len(in_run))),
            "%",
            _("%(scored)d 人中 %(lost)d 人被扣过分") % {"scored": len(in_run), "lost": lost},
            url,
        ),
    ]


def accounts_of(bureau: Bureau, today: date, now: datetime) -> list[Figure]:
    """How many can sign in, have not chosen a password yet, are locked out."""
    url = reverse("organization:settings")
    people = Employee.objects.filter(bureau=bureau, is_active=True).in_post_between(today, today)
    counted = people.aggregate(all=Count("pk"), initial=Count("pk", filter=Q(must_change_password=True)))
    locked = len(locked_people(bureau, now))
    return [
        Figure(_("在职账号"), str(counted["all"]), _("人"), _("在岗并可登录"), reverse("organization:people")),
        Figure(_("未改初始密码"), str(counted["initial"]), _("人"), _("首次登录时必须修改"), url),
        Figure(_("被锁定"), str(locked), _("人"), _("连续输错密码，到时自动解锁"), url),
    ]
