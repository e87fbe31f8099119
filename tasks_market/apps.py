from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksMarketConfig(AppConfig):
    name = "tasks_market"
    verbose_name = _("任务市场")

    def ready(self) -> None:
        from indicators import sources  # noqa: PLC0415  # after the models
        from tasks_market import facts  # noqa: PLC0415  # after the models

        sources.register(facts.ON_TIME)
