"""The Celery application. Jobs live in `<app>/jobs.py`; what runs when stands in perfmgmt/schedule.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perfmgmt.settings")

# By name: the class is loaded with the first task, when Django is ready, and no app needs to know of it.
app = Celery("perfmgmt", task_cls="perfmgmt.recording:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
