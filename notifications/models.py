"""What a person is told: rows written in the transaction of the act, shown by the bell."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import Bureau, Employee


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

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes = [models.Index(fields=["recipient", "read_at"], name="notification_unread")]
        constraints = [models.UniqueConstraint(fields=["recipient", "occasion"], name="notified_once_of_an_occasion")]

    def __str__(self) -> str:
        return self.subject
