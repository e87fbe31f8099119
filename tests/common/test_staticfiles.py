"""Only the listed vendor files are served."""

import pytest
from django.contrib.staticfiles import finders

from common.staticfiles import VendorFinder


@pytest.fixture
def finder(settings, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a.min.js").write_text("1")
    (tmp_path / "pack" / "secret.js").write_text("2")
    settings.NODE_MODULES = tmp_path
    settings.VENDOR_FILES = ["pack/a.min.js", "pack/gone.css"]
    return VendorFinder()


def test_a_listed_file_is_found_and_its_neighbour_is_not(finder, tmp_path):
    assert finder.find("vendor/a.min.js") == str(tmp_path / "pack" / "a.min.js")
    assert finder.find("vendor/a.min.js", find_all=True) == [str(tmp_path / "pack" / "a.min.js")]
    assert finder.find("vendor/secret.js") == []
    assert finder.find("vendor/gone.css") == []


def test_collectstatic_gets_prefix_and_name(finder):
    name, storage = next(iter(finder.list([])))
    assert (storage.prefix, name) == ("vendor", "a.min.js")
    assert storage.open(name).read() == b"1"


def test_a_missing_file_is_an_error_of_the_check(finder):
    (error,) = finder.check()
    assert "gone.css" in error.msg


def test_what_is_nowhere_is_not_found():
    assert not finders.find("js/gone.js")
    assert finders.find("img/icons.svg")
