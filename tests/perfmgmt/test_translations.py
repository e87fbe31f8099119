"""The English catalogue is complete, compiled, and says what the sources say; the language is the one chosen."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext_lazy

from common.components import month_label, quarter_label
from common.text import clauses, for_the_record, listed
from common.workbook.problems import Problem
from indicators.models import Library

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
CHINESE = re.compile("[\u4e00-\u9fff：；，。、]")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def sources() -> list[Path]:
    apps = [ROOT / name for name in settings.PROJECT_APPS] + [ROOT / "perfmgmt"]
    return [file for app in apps for file in app.rglob("*.py") if "migrations" not in file.parts]


def test_every_entry_is_translated_and_compiled(catalogue):
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in compiled} == {
        (e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in catalogue if not e.obsolete
    }


def test_placeholders_are_the_same_on_both_sides(catalogue):
    placeholder = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
    for entry in catalogue:
        wanted = sorted(set(placeholder.findall(entry.msgid)))
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(set(placeholder.findall(text))) == wanted, entry.msgid


def test_every_sentence_in_python_is_in_the_catalogue(catalogue):
    """Also those that makemessages does not see: behind an alias, or inside an f-string."""
    known = {entry.msgid for entry in catalogue}
    missing = []
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and first.value not in known:
                    missing.append(f"{file.relative_to(ROOT)}:{node.lineno} {first.value!s}")
    assert missing == []


def test_no_template_has_chinese_outside_its_translations():
    """The page of components is for developers, and the name of a language is written in that language."""
    tags = re.compile(r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
    names = {"templates/components/_languages.html": "简体中文"}
    found = []
    for file in sorted((ROOT / "templates").rglob("*.html")):
        path = str(file.relative_to(ROOT))
        if not path.startswith("templates/ui/"):
            rest = tags.sub("", file.read_text("utf-8")).replace(names.get(path, "\0"), "").replace(">中<", "><")
            if CHINESE.search(rest):
                found.append(path)
    assert found == []


def test_lists_months_and_quarters_are_said_as_the_language_does():
    assert [listed("甲乙"), clauses("甲乙"), month_label(3), quarter_label("2023Q1")] == [
        "甲、乙",
        "甲；乙",
        "3月",
        "2023年一季度",
    ]
    with translation.override("en"):
        assert [listed("甲乙"), clauses("甲乙"), month_label(3), quarter_label("2023Q1")] == [
            "甲, 乙",
            "甲; 乙",
            "Mar",
            "Q1 2023",
        ]


def test_a_problem_of_a_workbook_is_a_sentence_in_both_languages():
    problem = Problem("考点", 3, "分值", gettext_lazy("不能为空"), gettext_lazy("这是必填列"))
    assert str(problem) == "考点!3 分值: 不能为空；这是必填列。"
    with translation.override("en"):
        assert str(problem) == "考点!3 分值: This cell is empty. This column is required."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("default", "cookie", "title"),
    [("zh-hans", "", "登录"), ("en", "", "Log in"), ("en", "zh-hans", "登录"), ("zh-hans", "en", "Log in")],
)
def test_the_default_language_holds_until_a_person_switches(client: Client, settings, default, cookie, title):
    settings.DEFAULT_LANGUAGE = default
    if cookie:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    assert f"<h1>{title}</h1>" in client.get("/login/").content.decode()


@pytest.mark.django_db
def test_switching_the_language_lasts(client: Client, settings):
    client.post("/i18n/setlang/", {"language": "en", "next": "/login/"})
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME]["max-age"] == settings.LANGUAGE_COOKIE_AGE
    assert "<h1>Log in</h1>" in client.get("/login/").content.decode()


def test_what_is_kept_stands_in_the_language_of_the_installation(settings):
    with translation.override("en"):
        assert for_the_record(gettext_lazy("%s 计分作业"), "2023Q1") == "2023Q1 计分作业"
        settings.DEFAULT_LANGUAGE = "en"
        assert for_the_record(gettext_lazy("%s 计分作业"), "2023Q1") == "Scoring job 2023Q1"
        assert str(Library.COMMON.label) == "Common"
