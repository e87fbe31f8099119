"""What the component page shows: invented, but in the words and magnitudes of a bureau."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from common.components import Change, Event, JobProgress, Step, Tab, TableBehind
from common.workdays import WorkCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2023, 3, 20)
CALENDAR = WorkCalendar()
DUES = [date(2023, 3, 31), date(2023, 3, 23), date(2023, 3, 21), date(2023, 3, 20), date(2023, 3, 15)]

STATES = [
    ("open", "未开始"),
    ("collecting", "采集"),
    ("reviewing", "审核"),
    ("publicity", "公示"),
    ("published", "已发布"),
    ("returned", "退回"),
    ("missing", "漏项"),
    ("exempt", "不适用"),
]

QUARTER_STEPS = [
    Step("采集", "done", "系统", date(2023, 1, 1)),
    Step("审核", "done", "绩效办 周敏", date(2023, 3, 27)),
    Step("计分", "now", note="第 2 次，3月28日 10:42"),
    Step("公示", "blocked", note="还有 2 项异议没有答复"),
    Step("发布", "next", note="公示满 5 个工作日"),
]


@dataclass(frozen=True)
class Row:
    rank: int
    moved: int | None
    number: str
    name: str
    department: str
    common: Decimal
    individual: Decimal
    competitive: Decimal
    own: bool = False

    @property
    def total(self) -> Decimal:
        return self.common + self.individual + self.competitive


RANKING = [
    Row(1, 3, "1035", "陈立群", "第一税务分局", Decimal("29.42"), Decimal("59.40"), Decimal("10.00")),
    Row(2, 0, "1102", "林晓燕", "纳税服务股", Decimal("29.10"), Decimal("58.75"), Decimal("9.36")),
    Row(3, -1, "1048", "欧阳文静", "征收管理股", Decimal("28.86"), Decimal("57.20"), Decimal("7.71")),
    Row(3, 12, "1077", "周敏", "法制股", Decimal("29.50"), Decimal("56.94"), Decimal("7.33")),
    Row(5, None, "1121", "赵一鸣", "第二税务分局", Decimal("26.79"), Decimal("51.25"), Decimal("4.71"), own=True),
    Row(6, -20, "1013", "孙国强", "税源管理股", Decimal("24.30"), Decimal("44.08"), Decimal("0.00")),
]

TABS = [
    Tab("全部", "?tab=all", active=True, count=133),
    Tab("共性", "?tab=common", count=12),
    Tab("个性", "?tab=individual", count=103),
    Tab("竞争性", "?tab=competitive", count=18),
]

EVENTS = [
    Event(
        "修订考点 K020",
        "绩效办 周敏",
        datetime(2023, 3, 2, 16, 20, tzinfo=SHANGHAI),
        "市局下调年度入库目标，从 2023年二季度 起执行。",
        [Change("目标", "100", "96"), Change("完成时限", "3月25日", "每季末5日前"), Change("说明", "", "含减免退库")],
    ),
    Event("审定考点 K020", "局长 韩建国", datetime(2023, 1, 6, 9, 5, tzinfo=SHANGHAI)),
    Event("初拟考点 K020", "征收管理股 欧阳文静", datetime(2022, 12, 20, 14, 31, tzinfo=SHANGHAI)),
]

JOBS = [
    JobProgress("导入 2023年一季度考评结果.xlsx", "queued", url="job/?state=queued"),
    JobProgress("导入 2023年一季度考评结果.xlsx", "running", 2310, 6300, url="job/"),
    JobProgress(
        "计算 2023年一季度 得分",
        "done",
        210,
        210,
        "210 人已计分，206 人参与排名，用时 0.8 秒。",
        result_url="#",
        result_label="查看排行榜",
    ),
    JobProgress(
        "导入 部门得分.xlsx",
        "failed",
        0,
        17,
        "没有保存任何一行：第 9 行 D 列，部门代码 D18 在本单位不存在。请改正后重新上传。",
        result_url="#",
    ),
]

SPREAD = [
    ("66–68", 2), ("68–70", 3), ("70–72", 6), ("72–74", 9), ("74–76", 14), ("76–78", 19), ("78–80", 26),
    ("80–82", 31), ("82–84", 28), ("84–86", 22), ("86–88", 18), ("88–90", 12), ("90–92", 8), ("92–94", 5),
    ("94–96", 2), ("96–98", 1),
]  # fmt: skip
HISTOGRAM = {
    "unit": "人数",
    "own_label": "您在这里",
    "bins": [{"label": label, "count": count, "own": label == "80–82"} for label, count in SPREAD],
}
HISTOGRAM_TABLE = TableBehind(["分数段", "人数"], SPREAD)

BARS = {
    "unit": "部门平均分",
    "decimals": 2,
    "items": [
        {"label": "纳税服务股", "value": 88.41},
        {"label": "第一税务分局", "value": 86.9},
        {"label": "法制股", "value": 85.17},
        {"label": "第二税务分局", "value": 82.75, "own": True},
        {"label": "征收管理股", "value": 81.02},
        {"label": "税源管理股", "value": 76.38},
    ],
}

SLOPE = {
    "from": "2022年四季度",
    "to": "2023年一季度",
    "inverse": True,
    "items": [
        {"label": "陈立群", "from": 4, "to": 1},
        {"label": "林晓燕", "from": 2, "to": 2},
        {"label": "欧阳文静", "from": 1, "to": 3},
        {"label": "赵一鸣", "from": 9, "to": 5, "own": True},
    ],
}

MULTIPLES = {
    "labels": ["一", "二", "三", "四"],
    "max": 100,
    "series": [
        {"label": "纳税服务股", "values": [84, 86, 88, 88]},
        {"label": "第一税务分局", "values": [80, 83, 85, 87]},
        {"label": "法制股", "values": [85, 84, 86, 85]},
        {"label": "第二税务分局", "values": [74, 79, 81, 83], "own": True},
        {"label": "征收管理股", "values": [83, 82, 80, 81]},
        {"label": "税源管理股", "values": [79, 78, 77, 76]},
    ],
}


class SampleForm(forms.Form):
    """One field of each kind, as the office meets them."""

    name = forms.CharField(label="考点名称", initial="税费收入入库率")
    target = forms.DecimalField(
        label="目标", help_text="单位：%。空着就用考点自己的目标。", required=False, min_value=0
    )
    due = forms.DateField(label="完成时限", widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(
        label="计分方式",
        choices=[("deduct", "扣分"), ("ratio", "比例"), ("tier", "分档"), ("count", "计件"), ("done", "完成")],
    )
    nature = forms.ChoiceField(
        label="考核类型",
        choices=[("quantitative", "定量"), ("qualitative", "定性")],
        widget=forms.RadioSelect,
        initial="quantitative",
    )
    reason = forms.CharField(label="修订理由", widget=forms.Textarea(attrs={"rows": 3}))
    evidence = forms.FileField(label="佐证材料", help_text="Word、Excel、PDF 或图片，20 MB 以内。")
    notify = forms.BooleanField(label="通知已领取的 14 人", required=False, initial=True)


class SampleFilter(forms.Form):
    q = forms.CharField(
        label="姓名或工号", required=False, widget=forms.TextInput(attrs={"type": "search", "placeholder": "如 赵一鸣"})
    )
    department = forms.ChoiceField(
        label="部门", required=False, choices=[("", "全部部门"), ("D01", "纳税服务股"), ("D02", "法制股")]
    )
    category = forms.ChoiceField(
        label="序列", required=False, choices=[("", "全部序列"), ("中层正职", "中层正职"), ("一般干部", "一般干部")]
    )


def refused_form() -> SampleForm:
    """The form as it comes back with what is wrong."""
    form = SampleForm({"name": "", "target": "-3", "due": "2023-04-12", "method": "ratio", "nature": "quantitative"})
    form.add_error("due", "完成时限须在 2023年一季度 内，即不晚于 2023-03-31。")
    return form


def running_job(done: int) -> JobProgress:
    """A job that gets on by a quarter each time it is asked."""
    label = "导入 2023年一季度考评结果.xlsx"
    if done >= 6300:
        return JobProgress(label, "done", 6300, 6300, "新增 6 112 行，更新 18 行，未变 170 行。", result_url="#")
    return JobProgress(label, "running", done, 6300, url=f"/_ui/job/?done={done + 1575}")


def context() -> dict[str, Any]:
    """Everything that the template of the page names."""
    return {
        "today": TODAY, "calendar": CALENDAR, "dues": DUES, "states": STATES, "steps": QUARTER_STEPS, "rows": RANKING,
        "tabs": TABS, "events": EVENTS, "jobs": JOBS, "histogram": HISTOGRAM, "histogram_table": HISTOGRAM_TABLE,
        "bars": BARS, "slope": SLOPE, "multiples": MULTIPLES, "form": SampleForm(), "refused": refused_form(),
    }  # fmt: skip
