"""Shapes of what people and administrators fill in; what is right is the services' to say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import ContactPreference, GroupRobot


class ContactForm(forms.Form):
    email = forms.CharField(
        label=_("邮箱"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("邮件经单位的邮件服务器发出；请填写工作邮箱。"),
    )
    mail = forms.ChoiceField(
        label=_("邮件提醒"), choices=ContactPreference.Mail.choices, widget=forms.RadioSelect, required=False
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("确认码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "placeholder": "ABCD-EFGH"}),
        error_messages={"required": _("请填写邮件里的确认码。")},
    )


class RobotForm(forms.Form):
    """A robot to be added."""

    kind = forms.ChoiceField(label=_("类型"), choices=GroupRobot.Kind.choices)
    name = forms.CharField(label=_("名称"), max_length=50, help_text=_("写群的名字，便于辨认。"))
    url = forms.CharField(
        label=_("Webhook 地址"),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text=_("在群里添加机器人后复制。知道这个地址的人都能往群里发消息，保存后不再显示。"),
    )
    secret = forms.CharField(
        label=_("加签密钥"),
        max_length=100,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("只用于钉钉的“加签”；保存后不再显示。"),
    )


class RobotEditForm(RobotForm):
    """A robot that is there: its kind stays, an empty address or secret leaves what is."""

    kind = None  # type: ignore[assignment]
    enabled = forms.BooleanField(label=_("启用"), required=False)
    field_order = ["name", "enabled", "url", "secret"]

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["url"].required = False
        self.fields["url"].label = _("新的 Webhook 地址")
        self.fields["url"].help_text = _("不更换就留空。")
        self.fields["secret"].label = _("新的加签密钥")
        self.fields["secret"].help_text = _("不更换就留空。")
