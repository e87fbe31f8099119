"""The log in a bureau's words: what actions and fields are called. A test holds the list of actions complete."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.text import clauses, listed

AREAS: dict[str, str | Promise] = {
    "absence": _("离岗"),
    "account": _("账号"),
    "adjustment": _("加减分"),
    "appeal": _("申诉"),
    "award_settings": _("评选约定"),
    "ballot": _("五星投票"),
    "branch": _("党支部"),
    "bureau": _("单位"),
    "calendar": _("工作日历"),
    "bulletin": _("通报"),
    "category": _("序列"),
    "claim": _("抢派单"),
    "contact": _("邮件提醒"),
    "delivery": _("外发消息"),
    "demo": _("演示"),
    "department": _("部门"),
    "department_score": _("部门得分"),
    "employee": _("人员"),
    "evidence": _("佐证材料"),
    "export": _("导出"),
    "fact_token": _("机考令牌"),
    "follow_up": _("三晒跟进"),
    "import": _("导入"),
    "item": _("领取"),
    "job": _("作业"),
    "key_work": _("重点工作"),
    "library": _("指标库"),
    "letter": _("督查督办函"),
    "letter_item": _("督办事项"),
    "letter_settings": _("督办的约定"),
    "login": _("登录"),
    "lost_point": _("扣分说明"),
    "meeting": _("讲评会"),
    "meeting_action": _("议定事项"),
    "logout": _("退出登录"),
    "partybranch": _("党支部"),
    "password": _("密码"),
    "placement": _("任职"),
    "point": _("考点"),
    "post": _("岗位"),
    "proposed_minus": _("减分建议"),
    "quarter": _("季度"),
    "rankcategory": _("序列"),
    "result": _("考评结果"),
    "review_settings": _("三晒与谈话的约定"),
    "robot": _("群机器人"),
    "role": _("角色"),
    "roster": _("名单"),
    "scheme": _("考评方案"),
    "score": _("得分"),
    "selection": _("五星评选"),
    "showing": _("三晒"),
    "star": _("五星称号"),
    "statement": _("三晒发言"),
    "talk": _("谈心谈话"),
    "task": _("任务"),
    "training": _("培训"),
    "use": _("结果运用"),
    "warning": _("预警"),
}

VERBS: dict[str, str | Promise] = {
    "accept": _("验收"),
    "acknowledge": _("确认"),
    "add": _("新增"),
    "add_year": _("添加年度"),
    "adopt": _("提请减分"),
    "agenda": _("编排议程"),
    "agree": _("同意"),
    "allot": _("互评抽签"),
    "answer": _("答复"),
    "answer_objection": _("答复异议"),
    "apply": _("执行"),
    "approve": _("审定"),
    "archive": _("归档"),
    "ask_extension": _("申请延期"),
    "assign": _("派单"),
    "brief": _("撰写汇报"),
    "call_off": _("取消"),
    "cancel": _("撤销任务"),
    "cast": _("投票"),
    "carry": _("转入下年度"),
    "change": _("修改"),
    "change_category": _("修改条件"),
    "change_days": _("调整日期"),
    "claim": _("抢单"),
    "clear": _("清空"),
    "close": _("关闭"),
    "close_ballot": _("截止投票"),
    "close_out": _("销号"),
    "comment": _("点评"),
    "complete": _("办结"),
    "conclude": _("定稿"),
    "confirm": _("确认"),
    "contribute": _("补充情况"),
    "copy": _("复制"),
    "correct": _("更正"),
    "count": _("计入"),
    "create": _("新增"),
    "decide": _("审定"),
    "decline": _("不同意"),
    "decline_extension": _("不同意延期"),
    "discard": _("放弃"),
    "dismiss": _("不安排"),
    "dispatch": _("交办"),
    "done": _("完成"),
    "download": _("下载"),
    "draw": _("拟定"),
    "draft": _("拟稿"),
    "drop": _("不再办理"),
    "enter": _("填报"),
    "extend": _("同意延期"),
    "escalate": _("逐级提醒"),
    "execute": _("立即执行"),
    "explain": _("说明扣分"),
    "fact": _("机考取数"),
    "fail": _("失败"),
    "file": _("提出"),
    "finish": _("办结"),
    "follow_up": _("回访"),
    "grant": _("授予"),
    "hand_back": _("退回"),
    "hand_in": _("交付"),
    "hold": _("召开"),
    "issue": _("发放"),
    "ldap": _("统一目录"),
    "lead": _("转为主办"),
    "ledger": _("台账"),
    "levelling": _("平衡分雷达"),
    "lock": _("锁定"),
    "login": _("账号"),
    "make": _("生成"),
    "minutes": _("记录"),
    "move": _("推进"),
    "nominate": _("提名"),
    "not_extend": _("不同意延期"),
    "note": _("填写进展"),
    "object": _("提出异议"),
    "oidc": _("统一身份认证"),
    "open": _("开立"),
    "open_ballot": _("开始投票"),
    "open_ratings": _("公开互评"),
    "order": _("排定次序"),
    "override": _("强制推进"),
    "person": _("个人绩效档案"),
    "post": _("亮单"),
    "prepare": _("筹备"),
    "propose": _("建议"),
    "publicity": _("公示"),
    "publicize": _("公示"),
    "publish": _("发布"),
    "rate": _("提交互评"),
    "recall": _("撤回"),
    "record": _("登记"),
    "recount": _("重新取数"),
    "refuse": _("不予计入"),
    "reject": _("异议不成立"),
    "redraw": _("重列扣分"),
    "relocate": _("迁移"),
    "remind": _("提醒"),
    "remove": _("删除"),
    "reopen": _("退回重审"),
    "report": _("填写完成情况"),
    "request": _("申请"),
    "reset": _("重置"),
    "retry": _("重发"),
    "return": _("退回"),
    "review": _("审核"),
    "revise": _("修订"),
    "revoke": _("收回"),
    "run": _("计算"),
    "schedule": _("安排"),
    "scores": _("得分表"),
    "send_back": _("退回重办"),
    "set": _("设定"),
    "set_day": _("设定日期"),
    "settle": _("判定结果"),
    "showings": _("建立三晒历史"),
    "sign": _("签字"),
    "source": _("设定机考来源"),
    "start": _("开始"),
    "submit": _("提交"),
    "suggest": _("建议"),
    "sum_up": _("总结"),
    "switch": _("启停"),
    "take_back": _("收回"),
    "take_effect": _("生效"),
    "take_on": _("领取"),
    "test": _("测试"),
    "unlock": _("解锁"),
    "unsent": _("没有送出"),
    "uphold": _("异议成立"),
    "upload": _("上传"),
    "upward": _("下级单位"),
    "withdraw": _("撤销"),
    "withdraw_nomination": _("撤回提名"),
    "workbook": _("工作簿"),
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
    "address": _("来自"),
    "effective_from": _("生效日期"),
    "enabled": _("启用"),
    "ends_on": _("截止日期"),
    "kind": _("类型"),
    "name": _("说明"),
    "is_workday": _("上班"),
    "source": _("依据"),
    "starts_on": _("起始日期"),
    "department_id": _("部门"),
    "post_id": _("岗位"),
    "branch_id": _("党支部"),
    "category_id": _("序列"),
    "changed": _("变动人数"),
    "created": _("新增"),
    "file": _("文件"),
    "key_works": _("重点工作"),
    "kept": _("保留"),
    "overridden": _("越过的事项"),
    "people": _("人数"),
    "period": _("期间"),
    "rows": _("行数"),
    "run": _("计分轮次"),
    "sha256": _("文件指纹"),
    "sheet": _("表"),
    "size": _("大小"),
    "to": _("进入"),
    "unchanged": _("不变"),
    "updated": _("更新"),
    "absent": _("缺席"),
    "address_changed": _("更换了地址或密钥"),
    "signed": _("加签"),
    "branches": _("党支部"),
    "dropped": _("不再考核"),
    "lines": _("项数"),
    "level": _("上报到"),
    "month": _("月份"),
    "overdue": _("逾期"),
    "points": _("考点"),
    "excused": _("请假"),
    "order": _("发言次序"),
    "present": _("出席"),
}
_AS_FIELD = {"to": "state"}


def value_label(value: Any, target_type: str = "", name: str = "") -> str:
    """A value of a line as text: a choice by its name, 是 and 否 for truth, lists joined, nothing for nothing."""
    if isinstance(value, str) and (chosen := _choices(target_type, _AS_FIELD.get(name, name)).get(value)):
        return str(chosen)
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list):
        return listed(value_label(part) for part in value)
    if isinstance(value, dict):
        return clauses(
            gettext("%(name)s：%(value)s") % {"name": key, "value": value_label(part)} for key, part in value.items()
        )
    return str(value)


def _choices(target_type: str, name: str) -> dict[Any, Any]:
    try:
        field = apps.get_model(target_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return {}
    return dict(getattr(field, "flatchoices", None) or ())
