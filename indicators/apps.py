from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = _("指标")

    def ready(self) -> None:
        from indicators import sources  # noqa: PLC0415  # after the models
        from indicators.queries import punctuality  # noqa: PLC0415  # after the models

        sources.register(punctuality.ON_TIME)
