"""What a form says of a faulty entry is a sentence of the product: what happened, and what to do."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import FileExtensionValidator
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


class Anything(dict[str, Any]):
    """Fills every place of a sentence."""

    def __missing__(self, key: str) -> int:
        return 1


def subclasses(cls: Any) -> Iterator[Any]:
    for one in cls.__subclasses__():
        yield one
        yield from subclasses(one)


def sentences_of(field: forms.Field) -> Iterator[Any]:
    yield from field.error_messages.values()
    for validator in field.validators:
        messages = getattr(validator, "messages", None)  # DecimalValidator has several
        yield from messages.values() if messages else [validator.message]


def test_every_field_of_every_form_says_what_to_do() -> None:
    for app in settings.PROJECT_APPS:
        for file in (ROOT / app).glob("**/*forms*.py"):
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    said: dict[str, str] = {}
    for form in subclasses(forms.BaseForm):
        if form.__module__.split(".")[0] in settings.PROJECT_APPS:
            for name, field in form.base_fields.items():
                where = f"{form.__module__}.{form.__name__}.{name}"
                said |= {str(text % Anything()): where for text in sentences_of(field)}
    assert len(said) > 20
    assert {sentence: where for sentence, where in said.items() if "请" not in sentence} == {}


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (forms.CharField(), "", "这一项不能为空，请补上后再提交。"),
        (forms.CharField(max_length=3), "甲乙丙丁", "最多 3 个字，现在是 4 个；请删减。"),
        (forms.IntegerField(max_value=5), "6", "不能大于 5，请改小。"),
        (forms.DecimalField(decimal_places=2), "1.234", "小数最多 2 位，请改写。"),
        (forms.DecimalField(), "半分", "这里要填数字，例如 2.5；请改写。"),
        (forms.DateField(), "2023-02-30", "没有看懂这个日期，或者没有这一天；请写成 2023-04-15 的样子。"),
        (forms.ChoiceField(choices=[("a", "甲")]), "b", "“b”不在可选的范围内，可能刚有改动；请刷新页面后重新选择。"),
        (forms.EmailField(), "甲", "这不是完整的邮箱地址；请写成 name@example.cn 的样子。"),
        (forms.FileField(), SimpleUploadedFile("a.txt", b""), "文件是空的，没有收下；请换一个有内容的文件。"),
        (
            forms.FileField(validators=[FileExtensionValidator(["xlsx"])]),
            SimpleUploadedFile("a.exe", b"x"),
            "不收“exe”文件，只收 xlsx；请另存为其中一种后再上传。",
        ),
    ],
)
def test_what_was_typed_is_answered_in_words(field: forms.Field, typed: Any, sentence: str) -> None:
    with pytest.raises(ValidationError) as fault:
        field.clean(typed)
    assert fault.value.messages == [sentence]


def test_a_weak_password_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValidationError) as fault:
        validate_password("1234567")
    assert len(fault.value.messages) > 1
    assert all("；请" in message for message in fault.value.messages)


def test_english_stays_django_s() -> None:
    with translation.override("en"), pytest.raises(ValidationError, match="at most 3 characters"):
        forms.CharField(max_length=3).clean("abcd")


def test_the_catalogue_is_compiled_and_django_still_says_these_sentences() -> None:
    ours = polib.pofile(str(CATALOGUE))
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {e.msgid: e.msgstr or e.msgstr_plural for e in compiled} == {
        e.msgid: e.msgstr or e.msgstr_plural for e in ours
    }
    django = Path(importlib.import_module("django").__file__ or "").parent
    said = {
        (e.msgid, e.msgid_plural)
        for file in django.glob("**/en/LC_MESSAGES/django.po")
        for e in polib.pofile(str(file))
    }
    assert [e.msgid for e in ours if (e.msgid, e.msgid_plural) not in said] == []
