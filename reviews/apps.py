from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("三晒、谈心谈话与讲评")

    def ready(self) -> None:
        from indicators import sources  # noqa: PLC0415  # after the models
        from reviews import facts  # noqa: PLC0415  # after the models

        sources.register(facts.ATTENDED)
        sources.register(facts.HANDED_IN)
