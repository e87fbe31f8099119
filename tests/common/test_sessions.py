"""The look-up of a session: what Django's own finds, and nothing that has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from common.sessions import SessionStore

pytestmark = pytest.mark.django_db


def begun(word: str) -> str:
    session = SessionStore()
    session["word"] = word
    session.save()
    return str(session.session_key)


def test_it_is_the_one_that_the_application_uses() -> None:
    assert SessionStore.__module__ == settings.SESSION_ENGINE


def test_each_key_opens_its_own_session() -> None:
    keys = {word: begun(word) for word in ("甲", "乙")}
    for word, key in keys.items():
        assert SessionStore(key)["word"] == word


def test_a_session_that_has_ended_is_not_found_and_its_key_not_kept() -> None:
    key = begun("甲")
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    late = SessionStore(key)
    assert late.load() == {}
    assert late.session_key is None


def test_nobody_chooses_the_key_of_a_session() -> None:
    for key in ("x" * 32, "<0>" * 11, "'; --" * 7):
        chosen = SessionStore(key)
        assert chosen.load() == {}
        chosen["word"] = "甲"
        chosen.save()
        assert chosen.session_key not in (None, key)
