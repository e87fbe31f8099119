"""Addresses: every app's pages under `/`, the API under `/api/v1/`, health for monitors.

Each app's `urls.py` names its own prefixes; an app joins by one line in APPS. An address is looked for from the top, so
those that everybody asks for all day stand first.
"""

from functools import partial

from django.conf import settings
from django.http import Http404
from django.urls import include, path, re_path

from common.views import not_found
from perfmgmt import health
from perfmgmt.metrics import metrics

handler404 = "common.views.not_found"

APPS = [
    "reports.urls",
    "tasks_market.urls",
    "notifications.urls",
    "organization.urls",
    "indicators.urls",
    "exchange.urls",
    "scoring.urls",
    "reviews.urls",
    "awards.urls",
    "supervision.urls",
    "audit.urls",
    "perfmgmt.job_urls",
]

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("perfmgmt.api_urls")),
    *(path("", include(module)) for module in APPS),
]

if settings.DEBUG:
    urlpatterns.append(path("_ui/", include("common.ui.urls")))

# An unknown address gets its page also with DEBUG on, when Django would list its addresses. The slash at the end keeps
# CommonMiddleware adding it where it was forgotten.
urlpatterns.append(re_path(r"^.*/$", partial(not_found, exception=Http404())))
