"""`{% drawnonce %}`: equal values are drawn once, others and other languages anew."""

from django.template import Context, Template
from django.utils import translation

from common.templatetags import drawing


def test_equal_values_are_drawn_once_in_each_language():
    drawn = []
    page = Template("{% load drawing i18n %}{% drawnonce row %}{{ draw }}{% translate '导入' %}{% enddrawnonce %}")

    def seen(row):
        def draw():
            drawn.append(row)
            return f"{row[0]} "

        return page.render(Context({"row": row, "draw": draw}))

    assert seen(("<甲>", 1)) == seen(("<甲>", 1)) == "&lt;甲&gt; 导入"
    assert seen(("<甲>", 2)) == "&lt;甲&gt; 导入"
    with translation.override("en"):
        assert "导入" not in seen(("<甲>", 1))
    assert drawn == [("<甲>", 1), ("<甲>", 2), ("<甲>", 1)]


def test_no_more_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(drawing, "MOST", 2)
    page = Template("{% load drawing %}{% drawnonce row %}{{ row }}{% enddrawnonce %}")
    assert [page.render(Context({"row": row})) for row in (1, 2, 3, 1)] == ["1", "2", "3", "1"]
