"""The components of the visual system: what they show, to eyes and to screen readers, under a strict CSP."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import include, path

import perfmgmt.urls
from common.components import STATE_TONES, Bar361, Clock, JobProgress, Step
from common.htmx import is_fragment, page_or_fragment, redirect, toast
from common.icons import ICONS, icons_are_installed, sprite
from common.staticfiles import IconFinder
from common.templatetags.ui import icon
from common.workdays import WorkCalendar

CALENDAR = WorkCalendar()
MONDAY = date(2023, 3, 20)

urlpatterns = [path("_ui/", include("common.ui.urls")), *perfmgmt.urls.urlpatterns]  # `/_ui/` exists with DEBUG only


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


# The 361 bar


def test_the_segments_are_as_wide_as_their_weights() -> None:
    drawn = draw('{% bar361 "30" "60" "10" size="tall" %}')
    widths = re.findall(r'<svg x="([\d.]+)%" width="([\d.]+)%"', drawn)
    assert widths == [("0.000", "30.000"), ("30.000", "60.000"), ("90.000", "10.000")]


def test_other_weights_of_a_scheme_make_other_widths() -> None:
    drawn = draw("{% bar361 a b c weights=weights size='tall' %}", a="20", b="25", c="10", weights=(40, 50, 10))
    assert re.findall(r'<svg x="[\d.]+%" width="([\d.]+)%"', drawn) == ["40.000", "50.000", "10.000"]


def test_a_segment_is_filled_as_far_as_earned() -> None:
    drawn = draw('{% bar361 "26.79" "37.25" "4.71" size="tall" total="69.40" %}')
    assert re.findall(r'class="g" width="([\d.]+)%"', drawn) == ["89.30", "62.08", "47.10"]
    assert "−3.21" in drawn
    assert "−22.75" in drawn
    assert "69.40" in drawn


def test_the_bar_speaks_for_those_who_do_not_see_it() -> None:
    for size in ("thin", "tall"):
        drawn = draw("{% bar361 '26.79' '37.25' '4.71' size=size %}", size=size)
        assert 'aria-label="共性 26.79 分（满分 30），个性 37.25 分（满分 60），竞争性 4.71 分（满分 10）"' in drawn


def test_each_segment_of_the_tall_bar_opens() -> None:
    drawn = draw('{% bar361 "1" "2" "3" size="tall" common_url="#c" individual_url="#i" competitive_url="#k" %}')
    assert drawn.count('<a href="#c">') == 2  # the segment and the figure under it
    assert 'role="img" aria-label="共性' not in drawn  # an image could hold no links


def test_a_segment_never_leaves_its_place() -> None:
    bar = Bar361.of(Decimal("31"), Decimal("-1"), 0, weights=(30, 60, 0))
    assert [part.share for part in bar.segments] == [1, 0, 0]
    assert bar.segments[0].lost == 0


def test_the_thin_bar_is_small_enough_for_a_page_of_rows() -> None:
    assert len(draw('{% bar361 "26.79" "37.25" "4.71" %}').encode()) < 450


# The clock


@pytest.mark.parametrize(
    ("due", "sentence", "tone"),
    [
        (date(2023, 3, 31), "剩 9 个工作日", "ahead"),
        (date(2023, 3, 23), "剩 3 个工作日", "risk"),
        (date(2023, 3, 22), "剩 2 个工作日", "risk"),
        (date(2023, 3, 21), "剩 1 个工作日", "bad"),
        (date(2023, 3, 20), "今天截止", "bad"),
        (date(2023, 3, 17), "逾期 1 个工作日", "bad"),
        (date(2023, 3, 13), "逾期 5 个工作日", "bad"),
    ],
)
def test_the_clock_counts_working_days(due: date, sentence: str, tone: str) -> None:
    clock = Clock.until(due, MONDAY, CALENDAR)
    assert (clock.sentence, clock.tone) == (sentence, tone)


def test_a_deadline_of_friday_is_past_on_sunday() -> None:
    assert Clock.until(date(2023, 3, 17), date(2023, 3, 19), CALENDAR).sentence == "逾期 1 个工作日"


def test_what_is_done_has_no_time_left() -> None:
    assert Clock.until(date(2023, 3, 1), MONDAY, CALENDAR, done=True).tone == "done"


def test_the_clock_keeps_the_date_at_hand() -> None:
    drawn = draw("{% clock due today calendar %}", due=date(2023, 3, 23), today=MONDAY, calendar=CALENDAR)
    assert 'datetime="2023-03-23"' in drawn
    assert 'title="截止 2023年3月23日"' in drawn
    assert "无时限" in draw("{% clock due today calendar %}", due=None, today=MONDAY, calendar=CALENDAR)


# Figures, badges, rail


@pytest.mark.parametrize(
    ("value", "shown"), [(Decimal("69.4"), "69.40"), ("8", "8.00"), (None, "–"), ("", "–"), ("缺", "缺")]
)
def test_points_always_have_two_decimals(value: object, shown: str) -> None:
    assert draw("{{ value|points }}", value=value) == shown


@pytest.mark.parametrize(("value", "shown"), [("0.5", "+0.50"), (Decimal("-1"), "−1.00"), (0, "0.00"), (None, "–")])
def test_sums_carry_their_sign(value: object, shown: str) -> None:
    assert draw("{{ value|signed }}", value=value) == shown


def test_a_quarter_is_called_as_people_call_it() -> None:
    assert draw("{{ '2023Q1'|quarter }}") == "2023年一季度"
    assert draw("{{ nothing|quarter }}") == ""


def test_movement_is_said_in_words_too() -> None:
    assert "上升" in draw("{{ 3|movement }}")
    assert "下降" in draw("{{ places|movement }}", places=-2)
    assert "2" in draw("{{ places|movement }}", places=-2)
    assert "与上季持平" in draw("{{ 0|movement }}")
    assert "上季未参与排名" in draw("{{ places|movement }}", places=None)


def test_a_badge_escapes_its_words() -> None:
    assert draw("{% badge text 'bad' %}", text="<漏项>") == '<span class="badge badge-bad">&lt;漏项&gt;</span>'


def test_a_tone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="rosa"):
        draw("{% badge '漏项' 'rosa' %}")


def test_a_state_has_one_colour_on_every_page() -> None:
    assert f"badge-{STATE_TONES['missing'].value}" in draw("{% state 'missing' '漏项' %}")
    assert "badge-neutral" in draw("{% state 'never-heard-of' '新状态' %}")


def test_the_rail_names_the_step_that_is_now() -> None:
    steps = [
        Step("采集", "done", "系统", date(2023, 1, 1)),
        Step("审核", "now"),
        Step("公示", "blocked", note="有 2 项异议"),
    ]
    drawn = draw("{% rail steps %}", steps=steps)
    assert drawn.count('aria-current="step"') == 1
    assert "系统 1月1日" in drawn
    assert "（受阻）" in drawn
    assert "有 2 项异议" in drawn


# Tables


def sorted_by(address: str, **options: object) -> str:
    request = RequestFactory().get(address)
    template = Template('{% load ui %}{% sort_header "总分" "total" first=first default=default %}')
    return template.render(Context({"request": request, "first": "down", "default": "", **options}))


def test_a_header_sorts_and_turns_round() -> None:
    assert 'href="?department=D01&amp;sort=-total"' in sorted_by("/?department=D01&page=3")
    drawn = sorted_by("/?sort=-total")
    assert 'aria-sort="descending"' in drawn
    assert 'href="?sort=total"' in drawn
    assert 'aria-sort="ascending"' in sorted_by("/?sort=total")


def test_the_order_of_the_page_is_marked_without_being_asked() -> None:
    assert 'aria-sort="descending"' in sorted_by("/", default="-total")
    assert "aria-sort" not in sorted_by("/?sort=name", default="-total")


def test_pages_keep_the_other_parameters() -> None:
    page = Paginator(range(210), 50).get_page(2)
    request = RequestFactory().get("/?q=赵&page=2")
    drawn = Template("{% load ui %}{% pagination page '人' %}").render(Context({"request": request, "page": page}))
    assert "第 51–100 人，共 210 人" in drawn
    assert "?q=%E8%B5%B5&amp;page=3" in drawn
    assert '<span aria-current="page">2</span>' in drawn


# Forms


class ReportForm(forms.Form):
    value = forms.DecimalField(label="完成值", help_text="单位：次。")
    evidence = forms.FileField(label="佐证材料", required=False)


def test_a_field_tells_its_error_where_it_happened() -> None:
    drawn = str(ReportForm({"value": "三"})["value"].as_field_group())
    assert 'id="id_value_error"' in drawn
    assert 'aria-describedby="id_value_helptext id_value_error"' in drawn
    assert 'class="required-mark"' in drawn
    assert "单位：次。" in drawn


def test_a_form_says_first_what_concerns_all_of_it() -> None:
    form = ReportForm({"value": "1"})
    form.add_error(None, "采集期已过。")
    assert str(form).index("采集期已过。") < str(form).index("完成值")


def test_a_file_can_be_dropped() -> None:
    drawn = str(ReportForm()["evidence"].as_field_group())
    assert "data-drop" in drawn
    assert '<label class="sr-only" for="id_evidence">' in drawn


# Icons


def test_every_listed_icon_is_installed() -> None:
    assert icons_are_installed() == []
    drawn = dict(re.findall(r'<symbol id="([a-z0-9-]+)" viewBox="0 0 24 24">(.*?)</symbol>', sprite()))
    assert set(drawn) == ICONS
    assert all(shapes.startswith("<") for shapes in drawn.values())


def test_an_icon_is_one_of_the_file_that_is_served() -> None:
    file, _, name = re.findall(r'<use href="/static/(.+?)"/>', icon("bell"))[0].partition("#")
    assert (file, name) == ("img/icons.svg", "bell")
    assert Path(finders.find(file)).read_text(encoding="utf-8") == sprite()
    assert 'role="img" aria-label="消息"' in icon("bell", "消息")
    with pytest.raises(KeyError, match="bel"):
        icon("bel")


def test_the_file_follows_the_list(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    finder = IconFinder()
    file = Path(finder.find("img/icons.svg"))
    file.write_text("drawn from an older list")
    ((name, storage),) = finder.list([])
    assert (storage.prefix, name) == ("img", "icons.svg")
    assert storage.open(name).read().decode() == sprite()
    assert [one.name for one in file.parent.iterdir()] == ["icons.svg"]
    assert finder.find("img/mark.svg") == []


def test_a_missing_icon_stops_the_start(settings: object, tmp_path: object) -> None:
    settings.NODE_MODULES = tmp_path
    assert [error.id for error in icons_are_installed()] == ["common.E002"]


def test_an_icon_beside_words_is_silent_and_alone_it_speaks() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "bell" %}')
    assert 'aria-label="消息"' in draw('{% icon "bell" "消息" %}')


# Jobs


def test_a_running_job_is_asked_again_and_a_finished_one_is_not() -> None:
    source = '{% include "components/_job_progress.html" %}'
    running = draw(source, job=JobProgress("导入", "running", 30, 120, url="/jobs/7/"))
    assert 'hx-get="/jobs/7/"' in running
    assert "25%" in running
    assert "已处理 30 / 120 行" in running
    done = draw(source, job=JobProgress("导入", "done", 120, 120, "新增 120 行。", url="/jobs/7/"))
    assert "hx-get" not in done
    assert "新增 120 行。" in done


def test_a_job_is_whole_only_when_it_is_done() -> None:
    assert JobProgress("计分", "running", 210, 210).percent == 99
    assert JobProgress("计分", "done").percent == 100
    assert JobProgress("计分", "queued").percent == 0


# htmx


def test_a_fragment_for_htmx_and_a_page_for_everybody_else() -> None:
    plain = RequestFactory().get("/")
    asked = RequestFactory().get("/", headers={"HX-Request": "true"})
    restored = RequestFactory().get("/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert [is_fragment(request) for request in (plain, asked, restored)] == [False, True, False]
    answer = page_or_fragment(asked, "no-such-page.html", "components/note.html", {"text": "已确认"})
    assert "已确认" in answer.content.decode()
    assert answer["Vary"] == "HX-Request"


def test_a_redirect_leaves_the_fragment_and_stays_at_home() -> None:
    asked = RequestFactory().get("/", headers={"HX-Request": "true"})
    assert redirect(asked, "/ranking/")["HX-Redirect"] == "/ranking/"
    assert redirect(RequestFactory().get("/"), "https://example.org/")["Location"] == "/"


def test_a_toast_travels_in_a_header() -> None:
    answer = toast(HttpResponse(), "已抢到", level="success")
    assert answer["HX-Trigger"].isascii()
    assert '"level": "success"' in answer["HX-Trigger"]


# The page of all components


@pytest.mark.django_db
@pytest.mark.urls("tests.common.test_ui")
def test_the_component_page_is_clean_under_a_strict_policy(client: object) -> None:
    response = client.get("/_ui/")
    html = response.content.decode()
    assert response.status_code == 200
    assert len(response.content) < 60 * 1024
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*(?:\ssrc=|application/json))", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.urls("tests.common.test_ui")
def test_ids_are_unique_and_labels_lead_somewhere(client: object) -> None:
    html = client.get("/_ui/?toast=1").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', html)
    labelled = [one for value in re.findall(r'aria-labelledby="([^"]+)"', html) for one in value.split()]
    assert set(labelled) <= set(ids)
    assert len([one for one in ids if not one.startswith("id_")]) == len(
        {one for one in ids if not one.startswith("id_")}
    )
    assert "已抢到任务 T2023-014" in html


@pytest.mark.django_db
@pytest.mark.urls("tests.common.test_ui")
def test_a_refusal_is_a_sentence_for_htmx_and_a_page_for_people(client: object) -> None:
    fragment = client.get("/_ui/refusal/", headers={"HX-Request": "true"})
    assert fragment.status_code == 409
    assert fragment.content.decode().startswith("<p data-sentence>任务 T2023-014 的 3 个名额已经抢完。")
    page = client.get("/_ui/refusal/")
    assert page.status_code == 409
    assert "现在不能这样做" in page.content.decode()


def test_every_question_before_an_act_has_a_title():
    """Without one the dialog would ask 请确认 of whatever it is."""
    for file in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        bare = re.sub(r"{%.*?%}|{{.*?}}", "", file.read_text("utf-8"), flags=re.DOTALL)
        for tag in re.findall(r"<[a-z][^>]*\bdata-confirm=[^>]*>", bare):
            assert "data-confirm-title=" in tag, file
