"""The application's settings as the tests need them; pyproject.toml names this module to pytest-django."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("DEBUG", "1")  # the pages of `/_ui/` exist, static files need no collectstatic

from perfmgmt.settings import *  # noqa: F403
from perfmgmt.settings import DATABASES, TEMPLATES

SCRATCH = Path(tempfile.mkdtemp(prefix="perfmgmt-tests-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

# A file, not memory: threads and the live server get connections of their own, as in production.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "test.sqlite3")}

# With DEBUG every page would read and parse its templates anew.
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    (
        "django.template.loaders.cached.Loader",
        ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
    )
]

MEDIA_ROOT = SCRATCH / "media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hundreds of logins in the tests
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
