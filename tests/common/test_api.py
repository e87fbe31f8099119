"""The API's refusals all look alike: code, one sentence, fields."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, serializers

from common.api import sentence_errors
from common.errors import Frozen


def body(error: Exception) -> tuple[int, dict]:
    response = sentence_errors(error, {})
    assert response is not None
    assert set(response.data) == {"code", "message", "fields"}
    return response.status_code, response.data


def test_a_domain_error_keeps_its_sentence_and_status():
    status, data = body(Frozen("2023年第1季度已发布。", fields={"quarter": "已发布"}))
    assert (status, data["code"], data["message"]) == (409, "frozen", "2023年第1季度已发布。")
    assert data["fields"] == {"quarter": "已发布"}


def test_a_wrong_field_is_named_in_the_sentence_and_in_fields():
    status, data = body(exceptions.ValidationError({"value": ["不能为负数。"]}))
    assert (status, data["code"], data["message"]) == (400, "invalid", "value：不能为负数。")
    assert data["fields"] == {"value": ["不能为负数。"]}


def test_a_sentence_about_the_whole_has_no_field_before_it():
    assert (
        body(exceptions.ValidationError({"non_field_errors": ["两者只能填一个。"]}))[1]["message"] == "两者只能填一个。"
    )
    assert body(exceptions.ValidationError("不对。"))[1] == {"code": "invalid", "message": "不对。", "fields": {}}


def test_rows_of_a_list_keep_their_places():
    class Row(serializers.Serializer):
        value = serializers.IntegerField()

    rows = Row(data=[{"value": 1}, {"value": "x"}], many=True)
    assert not rows.is_valid()
    _status, data = body(exceptions.ValidationError(rows.errors))
    assert list(data["fields"]) == ["1"]
    assert "value" in data["fields"]["1"]
    assert data["message"].startswith("第 2 条：value：")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied("只有绩效办可以发布。"), 403, "refused"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
    ],
)
def test_every_other_refusal(error, status, code):
    answered, data = body(error)
    assert (answered, data["code"]) == (status, code)
    assert data["message"]


def test_a_programming_error_stays_one():
    assert sentence_errors(ValueError("bug"), {}) is None


def test_the_frameworks_words_are_replaced_by_ours():
    assert "令牌" in body(exceptions.PermissionDenied("CSRF Failed: CSRF token missing."))[1]["message"]
    assert "JSON" in body(exceptions.ParseError("Expecting value"))[1]["message"]
    assert body(exceptions.PermissionDenied("只有绩效办可以计分。"))[1]["message"] == "只有绩效办可以计分。"
