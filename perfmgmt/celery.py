"""The Celery application. Jobs live in `<app>/jobs.py`; what runs when stands in perfmgmt/schedule.py."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perfmgmt.settings")

# By name: the class is loaded with the first task, when Django is ready, and no app needs to know of it.
app = Celery("perfmgmt", task_cls="perfmgmt.recording:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@setup_logging.connect
def _log_as_django_does(**_kwargs: object) -> None:
    """Worker and beat write the same lines as the web (LOGGING); Celery sets up nothing where somebody answers this."""
