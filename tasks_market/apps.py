from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksMarketConfig(AppConfig):
    name = "tasks_market"
    verbose_name = _("任务市场")
