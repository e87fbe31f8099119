"""The log in a bureau's words: what actions and fields are called. A test holds the list of actions complete."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_t = gettext_lazy

AREAS: dict[str, str | Promise] = {
    "absence": _t("离岗"),
    "account": _t("账号"),
    "adjustment": _t("加减分"),
    "branch": _t("党支部"),
    "bureau": _t("单位"),
    "calendar": _t("工作日历"),
    "category": _t("序列"),
    "claim": _t("抢派单"),
    "department": _t("部门"),
    "department_score": _t("部门得分"),
    "employee": _t("人员"),
    "export": _t("导出"),
    "import": _t("导入"),
    "item": _t("领取"),
    "key_work": _t("重点工作"),
    "library": _t("指标库"),
    "login": _t("登录"),
    "logout": _t("退出登录"),
    "partybranch": _t("党支部"),
    "password": _t("密码"),
    "placement": _t("任职"),
    "point": _t("考点"),
    "post": _t("岗位"),
    "quarter": _t("季度"),
    "rankcategory": _t("序列"),
    "result": _t("考评结果"),
    "role": _t("角色"),
    "scheme": _t("考评方案"),
    "score": _t("得分"),
    "task": _t("任务"),
}

VERBS: dict[str, str | Promise] = {
    "acknowledge": _t("确认"),
    "add": _t("新增"),
    "add_year": _t("添加年度"),
    "apply": _t("执行"),
    "change": _t("修改"),
    "close": _t("关闭"),
    "confirm": _t("确认"),
    "copy": _t("复制"),
    "correct": _t("更正"),
    "count": _t("计入"),
    "create": _t("新增"),
    "discard": _t("放弃"),
    "download": _t("下载"),
    "enter": _t("填报"),
    "fact": _t("机考取数"),
    "fail": _t("失败"),
    "grant": _t("授予"),
    "hand_back": _t("退回"),
    "issue": _t("发放"),
    "lock": _t("锁定"),
    "move": _t("推进"),
    "open": _t("开立"),
    "override": _t("强制推进"),
    "publicity": _t("公示"),
    "publish": _t("发布"),
    "record": _t("登记"),
    "refuse": _t("不予计入"),
    "remove": _t("删除"),
    "request": _t("申请"),
    "reset": _t("重置"),
    "return": _t("退回"),
    "review": _t("审核"),
    "revise": _t("修订"),
    "revoke": _t("收回"),
    "run": _t("计算"),
    "scores": _t("得分表"),
    "set": _t("设定"),
    "set_day": _t("设定日期"),
    "start": _t("开始"),
    "switch": _t("启停"),
    "take_effect": _t("生效"),
    "take_on": _t("领取"),
    "unlock": _t("解锁"),
    "upload": _t("上传"),
    "withdraw": _t("撤销"),
    "workbook": _t("工作簿"),
}


def action_label(action: str) -> str:
    """`point.revise` as 考点·修订; what has no name yet is shown as it is written."""
    area, _dot, verb = action.partition(".")
    parts = [str(AREAS.get(area, area)), str(VERBS.get(verb, verb))]
    return "·".join(part for part in parts if part)


def area_choices() -> list[tuple[str, str]]:
    """The areas for the filter, each name once."""
    labels: dict[str, str] = {}
    for area, label in AREAS.items():
        labels.setdefault(str(label), area)
    return [(area, label) for label, area in labels.items()]


def field_label(target_type: str, name: str) -> str:
    """The name of a field as its model calls it; a key that is no field is shown as it is written."""
    try:
        field = apps.get_model(target_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return str(OTHER_FIELDS.get(name, name))
    return str(getattr(field, "verbose_name", name))


OTHER_FIELDS: dict[str, str | Promise] = {
    "address": _t("来自"),
    "effective_from": _t("生效日期"),
    "ends_on": _t("截止日期"),
    "kind": _t("类型"),
    "name": _t("说明"),
    "is_workday": _t("上班"),
    "source": _t("依据"),
    "starts_on": _t("起始日期"),
    "department_id": _t("部门"),
    "post_id": _t("岗位"),
    "branch_id": _t("党支部"),
    "category_id": _t("序列"),
}


def value_label(value: Any) -> str:
    """A value of a line as text: 是 and 否 for truth, lists joined, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(value_label(part) for part in value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{value_label(part)}" for key, part in value.items())
    return str(value)
