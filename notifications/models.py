"""What a person is told: rows written in the transaction of the act, shown by the bell, and what leaves the house."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import Bureau, Employee


def masked(address: str) -> str:
    """A mail address as logs and other people's pages show it: `z***@example.cn`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else ""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: Employee) -> NotificationQuerySet:
        return self.filter(recipient=user)

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="+", verbose_name=_("单位"))
    recipient = models.ForeignKey(Employee, models.CASCADE, related_name="notifications", verbose_name=_("收件人"))
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"), blank=True)
    url = models.CharField(_("链接"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)
    occasion = models.CharField(
        _("事由标识"), max_length=150, help_text=_("同一事由对同一人只通知一次，重复执行的任务不会重复通知。")
    )
    private = models.BooleanField(_("不写入邮件"), default=False, help_text=_("邮件里不出现这条消息的标题。"))

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes = [models.Index(fields=["recipient", "read_at"], name="notification_unread")]
        constraints = [models.UniqueConstraint(fields=["recipient", "occasion"], name="notified_once_of_an_occasion")]

    def __str__(self) -> str:
        return self.subject


class Channel(models.TextChoices):
    MAIL = "mail", _("电子邮件")
    WEBHOOK = "webhook", _("群机器人")


class ContactPreference(models.Model):
    """Where and how a person wants to be told beside the bell; whoever has no row is told by the bell alone.

    Nothing but the code that confirms it is sent to an address before it is confirmed. `code_sent_at` is the moment that
    the code in force belongs to, `digested_at` the latest morning that was looked at for a digest.
    """

    class Mail(models.TextChoices):
        NONE = "none", _("不发邮件")
        EACH = "each", _("逐条发送")
        DIGEST = "digest", _("每天早上汇总一封")

    employee = models.OneToOneField(Employee, models.CASCADE, related_name="contact_preference", verbose_name=_("干部"))
    email = models.EmailField(_("邮箱"), blank=True)
    mail = models.CharField(_("邮件提醒"), max_length=8, choices=Mail.choices, default=Mail.NONE)
    confirmed_at = models.DateTimeField(_("邮箱确认时间"), null=True)
    code_sent_at = models.DateTimeField(_("确认码发出时间"), null=True)
    digested_at = models.DateTimeField(_("最近一次汇总"), null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("通知偏好")
        verbose_name_plural = _("通知偏好")
        constraints = [
            models.CheckConstraint(condition=models.Q(mail="none") | ~models.Q(email=""), name="mail_needs_an_address")
        ]

    def __str__(self) -> str:
        return str(self.employee_id)


class GroupRobotQuerySet(models.QuerySet["GroupRobot"]):
    def visible_to(self, user: Employee) -> GroupRobotQuerySet:
        return self.filter(bureau_id=user.bureau_id)


class GroupRobot(models.Model):
    """A group robot (WeCom, DingTalk) of a bureau; it is told what concerns the whole group, never what is one person's."""

    class Kind(models.TextChoices):
        WECOM = "wecom", _("企业微信群机器人")
        DINGTALK = "dingtalk", _("钉钉群机器人")

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="group_robots", verbose_name=_("单位"))
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=50)
    url = models.URLField(_("Webhook 地址"), max_length=500)
    secret = models.CharField(_("加签密钥"), max_length=100, blank=True)
    enabled = models.BooleanField(_("启用"), default=True)

    objects = GroupRobotQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "name"]
        verbose_name = _("群机器人")
        verbose_name_plural = _("群机器人")
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="group_robot_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_url(self) -> str:
        """The address as pages and audit lines show it: its host, and the last four letters."""
        return f"{urlsplit(self.url).netloc}/…{self.url[-4:]}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: Employee) -> DeliveryQuerySet:
        return self.filter(bureau_id=user.bureau_id)

    def due(self, now: datetime) -> DeliveryQuerySet:
        return self.filter(state=Delivery.State.WAITING, try_after__lte=now)


class Delivery(models.Model):
    """One message that leaves the house: written in the transaction of the act, sent by a job until it is out.

    `occasion` names it for all time, so that a job that runs twice sends once; `try_after` is the lease of whoever sends
    it, or the pause after a failure. It is SENDING only while it is being handed over; where that ended without an answer
    the outcome is UNKNOWN, and a person decides (docs/notifications.md).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已发送")
        UNKNOWN = "unknown", _("结果不明")
        GIVEN_UP = "given_up", _("不再重试")
        DROPPED = "dropped", _("不必再发")

    bureau = models.ForeignKey(Bureau, models.CASCADE, related_name="+", verbose_name=_("单位"))
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices)
    recipient = models.ForeignKey(
        Employee, models.CASCADE, null=True, related_name="deliveries", verbose_name=_("收件人")
    )
    robot = models.ForeignKey(
        GroupRobot, models.CASCADE, null=True, related_name="deliveries", verbose_name=_("群机器人")
    )
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"), blank=True)
    url = models.CharField(_("链接"), max_length=300, blank=True)
    address = models.EmailField(_("邮箱"), blank=True)
    occasion = models.CharField(_("事由标识"), max_length=200, unique=True)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    created_at = models.DateTimeField(_("登记时间"))
    try_after = models.DateTimeField(_("下次发送时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    error = models.CharField(_("最近一次失败"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("待发消息")
        verbose_name_plural = _("待发消息")
        indexes = [
            models.Index(fields=["state", "try_after"], name="delivery_due"),
            models.Index(fields=["bureau", "-created_at"], name="delivery_latest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(channel="mail", recipient__isnull=False, robot__isnull=True)
                | models.Q(channel="webhook", recipient__isnull=True, robot__isnull=False),
                name="delivery_to_one_place",
            )
        ]

    def __str__(self) -> str:
        return self.subject
