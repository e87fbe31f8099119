"""通报的初稿: sentences made of the figures of a quarter's run, each with the figures that it names.

The bulletin goes to everybody. So no person is named but whom the bureau's own rules show to all: the stars of the
quarter, and the first three where the ranking is open. A department with fewer than three people in the ranking, and a
point at which fewer than three lost anything, is left out unless the whole ranking is open: its figure would be a
person's (docs/bulletin.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from awards.models import StarAward
from common.components import quarter_label
from common.exact import share
from common.text import listed
from indicators.models import Result
from organization.models import Bureau
from reports.queries.bulletin_counting import Counting
from reports.queries.bulletin_figures import DepartmentRow, Figures, PointRow
from reports.queries.levelling import Radar
from reports.queries.ranking import FEWEST
from reviews.models import MeetingAction
from reviews.queries.matrix import Mark, matrix
from reviews.queries.pack import PointLine
from scoring.formula import SchemeValues
from scoring.models import Score, ScoreRun
from scoring.statistics import attainment
from supervision.models import LetterItem, Warned
from tasks_market.queries.figures import figures as market_figures

NAMED = 3
"""How many points, departments and people a sentence names."""


def draft_of(run: ScoreRun, *, today: date) -> Figures:
    """Figures, sentences and tables of a run's quarter as they stand; some thirty queries, however many people.

    In the language of the installation, as the bulletin will be read.
    """
    with translation.override(settings.DEFAULT_LANGUAGE):
        return _Drafting(run, today).drawn()


class _Drafting(Counting):
    """The sentences, section by section, in the order in which they are read."""

    def drawn(self) -> Figures:
        departments, points = self.departments(), self.points()
        self._scores()
        self._losses()
        self._mechanisms()
        self._problems(departments, points)
        self._suggestions(points)
        self._direction()
        return Figures(
            quarter=self.quarter.code,
            quarter_before=self.before.quarter.code if self.before else "",
            run=self.run.number,
            scored_at=self.run.scored_at.isoformat(),
            figures=tuple(self.figures.values()),
            sentences=tuple(self.sentences),
            departments=departments,
            departments_left_out=len(self.pack.departments) - len(departments),
            points=tuple(
                PointRow(one.code, one.name, one.library_label, one.lost, one.people, one.departments) for one in points
            ),
            moved=tuple(self.moved()),
        )

    # 总体情况 -------------------------------------------------------------------------------------------------------

    def _scores(self) -> None:
        part, health, ranking = _("得分情况"), self.pack.health, self.ranking()

        def fig(key: str, label: str, value: object, unit: str = "") -> str:
            return self.fig(key, label, value, unit, ranking, everybody=True)

        self.say(
            "overview", part, _("%(quarter)s共考评 %(scored)s 人，其中 %(ranked)s 人参与单位排名。"),
            quarter=quarter_label(self.quarter.code),
            scored=fig("scored", _("计分人数"), health.scored, _("人")),
            ranked=fig("ranked", _("参与单位排名人数"), health.ranked, _("人")),
        )  # fmt: skip
        if health.ranked >= FEWEST or self.shows_all:
            self.say(
                "overview", part,
                _("平均 %(mean)s 分，最高 %(highest)s 分，最低 %(lowest)s 分，最大分差 %(spread)s 分。"),
                mean=fig("mean", _("平均分"), health.mean, _("分")),
                highest=fig("highest", _("最高分"), health.highest, _("分")),
                lowest=fig("lowest", _("最低分"), health.lowest, _("分")),
                spread=fig("spread", _("最大分差"), health.spread, _("分")),
            )  # fmt: skip
            self._compare(part)
        self._attainment(part)
        if self.bureau.ranking_view != Bureau.RankingView.OWN:
            self._first(part)

    def _compare(self, part: str) -> None:
        if self.pack_before is None or not self.pack_before.health.mean:
            return
        change = Decimal(self.pack.health.mean) - Decimal(self.pack_before.health.mean)
        words = (
            _("平均分比上季度上升 %(mean_change)s 分。") if change > 0 else _("平均分比上季度下降 %(mean_change)s 分。")
        )
        if not change:
            self.say("overview", part, _("平均分与上季度持平。"))
            return
        value = self.fig("mean_change", _("平均分比上季度"), abs(change), _("分"), self.ranking(), everybody=True)
        self.say("overview", part, words, mean_change=value)

    def _attainment(self, part: str) -> None:
        """What was earned of what could be, for each of the three parts, over everybody scored."""
        scheme = SchemeValues.from_mapping(self.run.scheme)
        sums = Score.objects.filter(run=self.run).aggregate(
            **{name: Sum(name) for name in ("common", "individual", "competitive")}, people=Count("pk")
        )
        if not sums["people"]:
            return
        full = {
            "common": scheme.common_weight, "individual": scheme.individual_weight, "competitive": scheme.competitive_cap,
        }  # fmt: skip
        labels = {"common": _("共性得分率"), "individual": _("个性得分率"), "competitive": _("竞争性得分率")}
        values: dict[str, Any] = {
            name: self.fig(
                name, labels[name], attainment(sums[name], sums["people"], of), "%", self.ranking(), everybody=True
            )
            for name, of in full.items()
            if of
        }
        if len(values) == len(full):
            sentence = _("共性、个性、竞争性三部分的得分率分别为 %(common)s%%、%(individual)s%%、%(competitive)s%%。")
            self.say("overview", part, sentence, **values)

    def _first(self, part: str) -> None:
        first = Score.objects.filter(run=self.run, in_pool=True, bureau_rank__lte=NAMED).order_by(
            "bureau_rank", "number"
        )
        names = [f"{one.department.name}{one.name}" for one in first.select_related("department").defer("inputs")]
        if names:
            self.say("overview", part, _("单位排名居前的是%(names)s。"), names=listed(names))

    def _losses(self) -> None:
        part, health = _("扣分情况"), self.pack.health
        ranking, points = self.ranking("departments"), self.ranking()
        self.say(
            "overview", part,
            _("%(departments_lost)s 个部门、%(people_lost)s 名干部被扣过分，部门扣分面 %(departments_share)s%%，人员扣分面 %(people_share)s%%。"),
            departments_lost=self.fig("departments_lost", _("被扣分部门"), health.departments_lost, _("个"), ranking),
            people_lost=self.fig("people_lost", _("被扣分人数"), health.people_lost, _("人"), points, everybody=True),
            departments_share=self.fig("departments_share", _("部门扣分面"), health.departments_share, "%", ranking),
            people_share=self.fig("people_share", _("人员扣分面"), health.people_share, "%", points, everybody=True),
        )  # fmt: skip
        self.say(
            "overview", part, _("全局在 %(points)s 个考点上失分，合计 %(lost)s 分。"),
            points=self.fig("points", _("有人失分的考点"), health.points, _("个"), "#lost", everybody=True),
            lost=self.fig("lost", _("失分合计"), health.lost, _("分"), "#lost", everybody=True),
        )  # fmt: skip

    def _mechanisms(self) -> None:
        part = _("机制运行")
        self._market(part)
        self._showings(part)
        self._stars(part)
        self._supervision(part)

    def _market(self, part: str) -> None:
        found = market_figures(self.bureau, [self.quarter.code])
        if not found.tasks:
            return
        url = f"{reverse('tasks_market:figures')}?{urlencode({'quarter': self.quarter.code})}"
        self.say(
            "overview", part,
            _("亮单 %(tasks)s 项、%(places)s 个名额，%(participations)s 人次抢单派单，抢单覆盖面 %(market_coverage)s%%。"),
            tasks=self.fig("tasks", _("亮单任务"), found.tasks, _("项"), url, everybody=True),
            places=self.fig("places", _("任务名额"), found.places, _("个"), url, everybody=True),
            participations=self.fig("participations", _("抢单派单人次"), found.participations, _("人次"), url, everybody=True),
            market_coverage=self.fig("market_coverage", _("抢单覆盖面"), found.coverage, "%", url, everybody=True),
        )  # fmt: skip

    def _showings(self, part: str) -> None:
        months = self.quarter.period.months()
        cells = [
            cell
            for row in matrix(self.bureau, self.quarter.period.year, today=self.today).rows
            for cell in row.cells
            if cell.month in months and cell.mark in (Mark.HELD, Mark.LATE, Mark.MISSED)
        ]
        if not cells:
            return
        url = f"{reverse('reviews:showings')}?{urlencode({'year': self.quarter.period.year})}"
        kept = sum(cell.mark == Mark.HELD for cell in cells)
        self._late = sum(cell.mark == Mark.LATE for cell in cells)
        self._missed = sum(cell.mark == Mark.MISSED for cell in cells)
        held = len({cell.showing.pk for cell in cells if cell.showing and cell.was_held})
        self.say(
            "overview", part, _("各支部召开三晒 %(showings)s 场，按月召开率 %(rhythm)s%%。"),
            showings=self.fig("showings", _("已召开三晒"), held, _("场"), url, everybody=True),
            rhythm=self.fig("rhythm", _("三晒按月召开率"), share(kept, len(cells)), "%", url, everybody=True),
        )  # fmt: skip

    _late = _missed = 0

    def _stars(self, part: str) -> None:
        stars = StarAward.objects.standing().filter(category__selection__quarter=self.quarter)
        names = [
            f"{one.employee.name}（{one.category.get_kind_display()}）"
            for one in stars.select_related("employee", "category").order_by("category__kind", "employee__number")
        ]
        if names:
            self.say(
                "overview", part, _("评出五星 %(stars)s 颗：%(names)s。"),
                stars=self.fig("stars", _("五星"), len(names), _("颗"), reverse("awards:wall"), everybody=True),
                names=listed(names),
            )  # fmt: skip

    def _supervision(self, part: str) -> None:
        lines = Warned.objects.filter(sheet__bureau=self.bureau, quarter=self.quarter).aggregate(
            all=Count("pk"),
            done=Count("pk", filter=Q(outcome=Warned.Outcome.DONE)),
            late=Count("pk", filter=Q(outcome=Warned.Outcome.OVERDUE)),
        )
        self._overdue = lines["late"]
        if lines["all"]:
            self.say(
                "overview", part, _("预警提醒 %(warned)s 个考点节点，按期完成 %(warned_done)s 个。"),
                warned=self.fig("warned", _("预警考点节点"), lines["all"], _("个")),
                warned_done=self.fig("warned_done", _("按期完成的预警"), lines["done"], _("个")),
            )  # fmt: skip
        items = LetterItem.objects.filter(
            letter__bureau=self.bureau, due_on__range=(self.quarter.period.first_day, self.quarter.period.last_day)
        ).exclude(state__in=(LetterItem.State.PLANNED, LetterItem.State.DROPPED))
        closed, number = items.filter(state=LetterItem.State.CLOSED).count(), items.count()
        self._open_items = items.exclude(state=LetterItem.State.CLOSED).filter(due_on__lt=self.today).count()
        if number:
            self.say(
                "overview", part, _("督办事项到期 %(items)s 项，已销号 %(items_closed)s 项。"),
                items=self.fig("items", _("到期督办事项"), number, _("项")),
                items_closed=self.fig("items_closed", _("已销号的督办事项"), closed, _("项")),
            )  # fmt: skip

    _overdue = _open_items = 0

    # 存在问题 -------------------------------------------------------------------------------------------------------

    def _problems(self, departments: Sequence[DepartmentRow], points: Sequence[PointLine]) -> None:
        self._costly_points(points)
        self._uneven(departments)
        self._late_things()
        self._levelling()
        if not any(one.section == "problems" for one in self.sentences):
            self.say("problems", "", _("本季数据没有反映出突出问题。"))

    def _costly_points(self, points: Sequence[PointLine]) -> None:
        for place, one in enumerate(points[:NAMED], 1):
            url = reverse("indicators:point", args=[self.quarter.period.year, one.code])
            facts = (
                ("lost", _("%s失分"), one.lost, _("分")),
                ("people", _("%s失分人数"), one.people, _("人")),
                ("departments", _("%s涉及部门"), one.departments, _("个")),
            )
            values: dict[str, Any] = {
                name: self.fig(f"point{place}_{name}", label % one.code, value, unit, url, everybody=True)
                for name, label, value, unit in facts
            }
            self.say(
                "problems",
                _("失分比较集中"),
                _("“%(name)s”失 %(lost)s 分，涉及 %(people)s 人、%(departments)s 个部门。"),
                keys=tuple(f"point{place}_{name}" for name in values),
                name=within_quotes(one.name),
                **values,
            )

    def _uneven(self, departments: Sequence[DepartmentRow]) -> None:
        part, url = _("部门之间不平衡"), self.ranking("departments")
        if len(departments) > 1:
            first, last = departments[0], departments[-1]
            gap = Decimal(first.mean) - Decimal(last.mean)
            if gap:
                self.say(
                    "problems", part, _("部门平均分最高的%(first)s %(first_mean)s 分，最低的%(last)s %(last_mean)s 分，相差 %(department_gap)s 分。"),
                    first=first.name, last=last.name,
                    first_mean=self.fig("first_mean", _("%s平均分") % first.name, first.mean, _("分"), url),
                    last_mean=self.fig("last_mean", _("%s平均分") % last.name, last.mean, _("分"), url),
                    department_gap=self.fig("department_gap", _("部门平均分最大差距"), gap, _("分"), url),
                )  # fmt: skip
        fallen = [one for one in departments if one.change.startswith("−")]
        if fallen:
            names = [
                one.name for one in sorted(fallen, key=lambda one: Decimal(one.mean) - Decimal(one.before))[:NAMED]
            ]
            self.say(
                "problems", part, _("%(fallen)s 个部门的平均分比上季度下降，降幅较大的是%(names)s。"),
                fallen=self.fig("fallen", _("平均分下降的部门"), len(fallen), _("个"), "#departments", everybody=True),
                names=listed(names),
            )  # fmt: skip

    def _late_things(self) -> None:
        part = _("节点把握不严")
        late = Result.objects.filter(quarter=self.quarter, late=True).count()
        results = f"{reverse('indicators:results')}?{urlencode({'quarter': self.quarter.code})}"
        ready = reverse("scoring:quarter", args=[self.quarter.code])
        showings = f"{reverse('reviews:showings')}?{urlencode({'year': self.quarter.period.year})}"
        facts = (
            ("missing", _("漏项"), self.run.missing, _("项"), f"{ready}#ready", _("考点节点漏项 %(missing)s 项。")),
            ("late", _("迟报结果"), late, _("条"), results, _("考评结果迟报 %(late)s 条。")),
            ("showings_missed", _("三晒缺开"), self._missed, _("次"), showings, _("三晒缺开 %(showings_missed)s 次。")),
            ("showings_late", _("三晒逾月补开"), self._late, _("次"), showings, _("三晒逾月补开 %(showings_late)s 次。")),
            ("overdue", _("逾期的预警节点"), self._overdue, _("个"), "", _("预警后仍逾期的节点 %(overdue)s 个。")),
            ("items_open", _("逾期未销号的督办事项"), self._open_items, _("项"), "", _("督办事项逾期未销号 %(items_open)s 项。")),
        )  # fmt: skip
        for key, label, number, unit, url, sentence in facts:
            if number:
                value: dict[str, Any] = {key: self.fig(key, label, number, unit, url)}
                self.say("problems", part, sentence, **value)

    def _levelling(self) -> None:
        """Counts alone: which assessors they are is open to office, director and discipline."""
        radar = Radar(self.quarter, {one.pk: one for one in self.bureau.departments.all()})
        tiers = sum(point.suspicious for point in radar.flat_points)
        url = f"{reverse('reports:levelling')}?{urlencode({'quarter': self.quarter.code})}"
        part = _("考评区分度不够")
        if radar.flagged:
            value = self.fig("assessors", _("给分拉不开的考评部门"), radar.flagged, _("个"), url)
            self.say("problems", part, _("%(assessors)s 个考评部门的给分几乎没有差别。"), assessors=value)
        if tiers:
            value = self.fig("flat", _("人人同分的分档考点"), tiers, _("个"), url)
            self.say("problems", part, _("%(flat)s 个分档考点人人同分。"), flat=value)

    # 工作建议, 下步方向 ---------------------------------------------------------------------------------------------

    def _suggestions(self, points: Sequence[PointLine]) -> None:
        said = {one.part for one in self.sentences if one.section == "problems"}
        if points:
            names = listed(f"“{within_quotes(one.name)}”" for one in points[:NAMED])
            self.say(
                "suggestions", _("盯住失分点"),
                _("各部门对照失分明细逐项分析原因，对%(names)s逐条制定措施，下次讲评会上说明整改情况。"), names=names,
            )  # fmt: skip
        if _("部门之间不平衡") in said:
            self.say(
                "suggestions", _("补齐短板"),
                _("平均分靠后和下降较多的部门由分管局领导带队查找原因，学习先进部门的做法，做好结对帮扶。"),
            )  # fmt: skip
        if _("节点把握不严") in said:
            self.say(
                "suggestions", _("守住节点"),
                _("联络员每周核对节点，到期前完成填报和举证；负责人对逾期事项逐项说明，防止漏项和迟报。"),
            )  # fmt: skip
        if _("考评区分度不够") in said:
            self.say(
                "suggestions", _("拉开档次"), _("考评部门严格按档差评分，不打和牌、不给人情分，分档考点要拉开差距。")
            )
        if not any(one.section == "suggestions" for one in self.sentences):
            self.say("suggestions", "", _("各部门巩固现有做法，继续按节点完成考点任务。"))

    def _direction(self) -> None:
        following = quarter_label(self.quarter.period.next())
        self.say(
            "direction", "", _("%(quarter)s继续用好三单、三晒、五星机制，把考评结果同谈心谈话、评先评优和培训衔接起来。"),
            quarter=following,
        )  # fmt: skip
        actions = MeetingAction.objects.filter(meeting__quarter=self.quarter)
        number, open_ones = actions.count(), actions.open().count()
        if number:
            url = reverse("reviews:meeting-actions")
            self.say(
                "direction", "", _("讲评会议定的 %(actions)s 件事项还有 %(actions_open)s 件在办，责任部门按期完成并报告结果。"),
                actions=self.fig("actions", _("讲评会议定事项"), number, _("件"), url),
                actions_open=self.fig("actions_open", _("在办的议定事项"), open_ones, _("件"), url),
            )  # fmt: skip
        if self.pack.health.mean:
            self.say("direction", "", _("力争平均分不低于本季，失分考点和失分人数都有下降。"))


def within_quotes(name: str) -> str:
    """A name that itself quotes something, to stand in quotation marks (标点符号用法: the inner ones are single)."""
    return name.replace("“", "‘").replace("”", "’")
