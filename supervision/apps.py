from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = _("预警与督办")

    def ready(self) -> None:
        from indicators import sources  # noqa: PLC0415  # after the models
        from supervision import facts  # noqa: PLC0415  # after the models

        sources.register(facts.SIGNED)
