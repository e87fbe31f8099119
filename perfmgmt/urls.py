"""Addresses: every app's pages under `/`, the API under `/api/v1/`, health for monitors.

Each app's `urls.py` names its own prefixes; an app joins by one line in APPS.
"""

from django.conf import settings
from django.urls import include, path

from perfmgmt import health

APPS = [
    "organization.urls",
    "indicators.urls",
    "exchange.urls",
    "scoring.urls",
    "reports.urls",
    "audit.urls",
    "notifications.urls",
]

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("perfmgmt.api_urls")),
    *(path("", include(module)) for module in APPS),
]

if settings.DEBUG:
    urlpatterns.append(path("_ui/", include("common.ui.urls")))
