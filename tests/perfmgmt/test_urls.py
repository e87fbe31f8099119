"""What everybody may open, and under which policy."""

import pytest
from django.test import Client


def test_the_schema_is_for_everybody(client: Client):
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    assert b"/api/v1/token/" in response.content


def test_the_api_docs_come_from_this_server_and_loosen_the_policy_for_styles_only(client: Client):
    response = client.get("/api/v1/docs/")
    assert response.status_code == 200
    assert b"https://" not in response.content
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"


@pytest.mark.django_db
def test_a_strangers_api_request_is_refused_with_a_sentence(client: Client):
    response = client.post("/api/v1/token/", {"username": "1", "password": "x"}, content_type="application/json")
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "fields"}
    assert response.json()["message"]
