from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("报表")

    def ready(self) -> None:
        from notifications.duties import ask_for_duties  # noqa: PLC0415  # models are not ready before
        from reports.queries.todo import duties_of  # noqa: PLC0415

        ask_for_duties(duties_of)
