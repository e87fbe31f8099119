"""Sessions in the database, as Django keeps them; every request looks one up, so the look-up is composed once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from common.composed import composed_once


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        """The row, or None, and then the key is forgotten too: nobody chooses the key of a session."""
        found = next(iter(_valid(self.session_key or "", timezone.now())), None)
        if found is None:
            self._session_key = None
        return found


@composed_once
def _valid(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
