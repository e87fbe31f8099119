"""The settings of a server that a test or a benchmark starts beside itself: production's, for plain HTTP on this machine."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-a-throw-away-server-on-this-machine-0123456789")

from perfmgmt.settings import *  # noqa: F403

DEBUG = False
CELERY_WORKER_LOST_WAIT = 1.0  # not ten seconds for the last words of a killed child
ROOT_URLCONF = os.environ.get("SERVED_URLS", "perfmgmt.urls")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
