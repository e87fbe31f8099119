"""The English catalogue is complete, compiled, and says what the sources say."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted((ROOT / "locale" / "en" / "LC_MESSAGES").glob("*.po"))


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.name)
def test_every_entry_is_translated_and_compiled(file):
    catalogue = polib.pofile(str(file))
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    compiled = polib.mofile(str(file.with_suffix(".mo")))
    assert {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in compiled} == {
        (e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in catalogue if not e.obsolete
    }


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.name)
def test_placeholders_survive_the_translation(file):
    placeholder = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
    for entry in polib.pofile(str(file)):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert set(placeholder.findall(text)) <= set(placeholder.findall(entry.msgid + entry.msgid_plural))
