from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = _("公共")

    def ready(self) -> None:
        from common import checks, icons  # noqa: F401, PLC0415  # they register system checks
        from common.postgresql import roles  # noqa: F401, PLC0415  # so does it
