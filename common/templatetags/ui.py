"""The components of the visual system as template tags (`{% load ui %}`); docs/interface.md is their cookbook.

Nothing here writes a style attribute: pages run under `style-src 'self'`, so widths are presentation attributes of SVG.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.components import (
    STATE_TONES,
    Bar361,
    Clock,
    Segment,
    Step,
    TableBehind,
    Tone,
    WorkCalendar,
    month_label,
    quarter_label,
)
from common.icons import ICONS

register = template.Library()

THIN_WIDTH = 150
THIN_GAP = 2
THIN_HEIGHT = 8


# Icons ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "bell" %}`: decoration beside words; with a label it speaks for itself.

    Raises KeyError for a name that `common.icons` does not list: it would be drawn as nothing.
    """
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}">{}</svg>', label, _drawing(name))
    return format_html('<svg class="icon" aria-hidden="true">{}</svg>', _drawing(name))


@cache
def _drawing(name: str) -> SafeString:
    if name not in ICONS:
        raise KeyError(f"图标 {name} 不在 common/icons.py 的清单里")
    return format_html('<use href="{}#{}"/>', static("img/icons.svg"), name)


# Figures ----------------------------------------------------------------------------------------------------------


@register.filter
def points(value: object) -> str:
    """Points as they are always shown: two decimals, `–` where there are none."""
    if value is None or value == "":
        return "–"
    try:
        return f"{Decimal(str(value)):.2f}"
    except InvalidOperation:
        return str(value)


@register.filter
def signed(value: object) -> str:
    """Points with their sign, for sums that go up and down: `+1.00`, `−0.50`, `0.00`."""
    if value is None or value == "":
        return "–"
    amount = Decimal(str(value))
    if amount == 0:
        return "0.00"
    return f"{'+' if amount > 0 else '−'}{abs(amount):.2f}"


@register.filter(name="month")
def month_in_words(number: int) -> str:
    """A month of the year as people say it: 4月."""
    return month_label(number)


@register.filter(name="quarter")
def quarter_in_words(value: object) -> str:
    """`{{ score.quarter.code|quarter }}`: 2023年一季度; also takes a quarter itself."""
    return quarter_label(str(value)) if value else ""


@register.filter
def movement(places: int | None) -> SafeString:
    """A movement in a ranking: places gained (positive) or lost; nothing where there is no earlier rank."""
    if places is None:
        return format_html('<span class="muted" title="{}">–</span>', _("上季未参与排名"))
    if places == 0:
        return format_html('<span class="muted" title="{}">=</span>', _("与上季持平"))
    if places > 0:
        return format_html(
            '<span class="move-up"><span class="sr-only">{}</span>{}{}</span>', _("上升"), icon("arrow-up"), places
        )
    return format_html(
        '<span class="move-down"><span class="sr-only">{}</span>{}{}</span>', _("下降"), icon("arrow-down"), -places
    )


@register.simple_tag
def stars(number: int) -> SafeString:
    """Stars in gold, only for the five stars."""
    drawn = format_html_join("", "{}", ((icon("star"),) for _star in range(number)))
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', _("%d 星") % number, drawn)


# Badges -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def badge(text: object, tone: str = Tone.NEUTRAL) -> SafeString:
    """`{% badge "漏项" "bad" %}`; tones: neutral accent good risk bad plain."""
    return format_html('<span class="badge badge-{}">{}</span>', Tone(tone).value, text)


@register.simple_tag
def state(code: str, label: object) -> SafeString:
    """`{% state quarter.state quarter.get_state_display %}`: a state of the domain in its one colour."""
    return badge(label, STATE_TONES.get(str(code), Tone.NEUTRAL))


@register.simple_tag
def record_language() -> str:
    """The language of what is kept, signed or sent, whatever the reader's: `<dl lang="{% record_language %}">`."""
    return settings.DEFAULT_LANGUAGE


# The 361 bar ------------------------------------------------------------------------------------------------------


@register.simple_tag
def bar361(
    common: object,
    individual: object,
    competitive: object,
    weights: Sequence[object] = (30, 60, 10),
    size: str = "thin",
    total: object = None,
    common_url: str = "",
    individual_url: str = "",
    competitive_url: str = "",
) -> SafeString:
    """A score as the 361 bar: `thin` for a table row, `tall` with figures and links for a person's page."""
    bar = Bar361.of(
        common, individual, competitive, weights=weights, urls=(common_url, individual_url, competitive_url)
    )
    return _tall_bar(bar, total) if size == "tall" else _thin_bar(bar)


def _short(value: Decimal) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _thin_bar(bar: Bar361) -> SafeString:
    """About 300 bytes, since a ranking shows a page of them."""
    whole = sum((part.full for part in bar.segments), Decimal(0)) or Decimal(1)
    room = Decimal(THIN_WIDTH - THIN_GAP * (len(bar.segments) - 1))
    left = Decimal(0)
    ground = earned = ""
    for part in bar.segments:
        width = room * part.full / whole
        ground += f"M{_short(left)} 0h{_short(width)}v{THIN_HEIGHT}h-{_short(width)}z"
        if part.share:
            filled = _short(width * part.share)
            earned += f"M{_short(left)} 0h{filled}v{THIN_HEIGHT}h-{filled}z"
        left += width + THIN_GAP
    return format_html(
        '<svg class="b3" width="{}" height="{}" role="img" aria-label="{}"><path class="l" d="{}"/>'
        '<path class="g" d="{}"/></svg>',
        THIN_WIDTH,
        THIN_HEIGHT,
        bar.sentence,
        ground,
        earned,
    )


def _tall_segment(part: Segment, start: Decimal, width: Decimal) -> SafeString:
    drawing = format_html(
        '<svg x="{}%" width="{}%" height="32"><title>{}</title><rect class="l" width="100%" height="32"/>'
        '<rect class="g" width="{}%" height="32"/></svg>',
        f"{start:.3f}",
        f"{width:.3f}",
        _("%(label)s %(earned)s 分，满分 %(full)s 分，失 %(lost)s 分")
        % {
            "label": part.label,
            "earned": f"{part.earned:.2f}",
            "full": f"{part.full.normalize():f}",
            "lost": f"{part.lost:.2f}",
        },
        f"{part.share * 100:.2f}",
    )
    return format_html('<a href="{}">{}</a>', part.url, drawing) if part.url else drawing


def _tall_bar(bar: Bar361, total: object) -> SafeString:
    whole = sum((part.full for part in bar.segments), Decimal(0)) or Decimal(1)
    start = Decimal(0)
    segments = []
    cuts = []
    for part in bar.segments:
        width = part.full * 100 / whole
        segments.append(_tall_segment(part, start, width))
        start += width
        cuts.append(f"{start:.3f}")
    cut = format_html_join("", '<rect class="cut" x="{}%" width="2" height="32"/>', ((place,) for place in cuts[:-1]))
    figures = format_html_join(
        "",
        "<li><span>{}</span> <b>{}</b> <span>/ {}</span>{}</li>",
        (
            (
                format_html('<a href="{}">{}</a>', part.url, part.label) if part.url else part.label,
                f"{part.earned:.2f}",
                f"{part.full.normalize():f}",
                format_html('<small class="lost">−{}</small>', f"{part.lost:.2f}") if part.lost else "",
            )
            for part in bar.segments
        ),
    )
    if total is not None:
        figures = format_html(
            '{}<li class="bar361-total"><span>{}</span> <b>{}</b></li>', figures, _("总分"), points(total)
        )
    role = "" if any(part.url for part in bar.segments) else ' role="img"'
    return format_html(
        '<div class="bar361"><svg class="bar361-track" width="100%" height="32"{} aria-label="{}">{}{}</svg>'
        '<ul class="bar361-figures">{}</ul></div>',
        mark_safe(role),  # noqa: S308  # one of two constants
        bar.sentence,
        format_html_join("", "{}", ((segment,) for segment in segments)),
        cut,
        figures,
    )


# Steps and time ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/rail.html")
def rail(steps: Sequence[Step], label: str = "") -> dict[str, object]:
    """`{% rail steps %}`: the steps of a quarter, a task, a letter (`common.components.Step`)."""
    return {"steps": steps, "label": label or _("进度")}


@register.simple_tag
def clock(due: date | None, today: date, calendar: WorkCalendar, done: bool = False) -> SafeString:
    """`{% clock item.due today calendar %}`: working days left; nothing without a deadline."""
    if not due:
        return format_html('<span class="muted">{}</span>', _("无时限"))
    answer = Clock.until(due, today, calendar, done=done)
    return format_html(
        '<span class="clock clock-{}" title="{}">{}<time datetime="{}">{}</time></span>',
        answer.tone,
        _("截止 %(day)s") % {"day": date_format(due)},
        icon("circle-check" if done else "clock"),
        due.isoformat(),
        answer.sentence,
    )


# Tables -----------------------------------------------------------------------------------------------------------


def _query(context: Mapping[str, Any]) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request else QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def sort_header(
    context: Mapping[str, Any], label: str, key: str, num: bool = False, first: str = "up", default: str = ""
) -> SafeString:
    """A header cell that sorts by link: `?sort=key` upwards, `?sort=-key` downwards; the page number falls away.

    `first` names the direction of the first click; `default` is the order of the page while the address names none.
    """
    query = _query(context)
    current = query.get("sort") or default
    up, down = key, f"-{key}"
    target = {up: down, down: up}.get(current, up if first == "up" else down)
    query["sort"] = target
    query.pop("page", None)
    sorted_as = {up: "ascending", down: "descending"}.get(current)
    arrow = icon({"ascending": "chevron-up", "descending": "chevron-down"}.get(sorted_as or "", "selector"))
    return format_html(
        '<th scope="col"{}{}><a href="?{}">{}{}</a></th>',
        mark_safe(' class="num"' if num else ""),  # noqa: S308  # constants
        mark_safe(f' aria-sort="{sorted_as}"' if sorted_as else ""),  # noqa: S308  # constants
        query.urlencode(),
        label,
        arrow,
    )


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Mapping[str, Any], page: Page[Any], unit: str = "") -> dict[str, object]:
    """`{% pagination page "人" %}`: keeps every other parameter of the address."""
    query = _query(context)
    query.pop("page", None)
    prefix = query.urlencode()
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "prefix": f"{prefix}&" if prefix else "", "unit": unit or _("条")}


# Charts and jobs --------------------------------------------------------------------------------------------------


@register.inclusion_tag("components/chart.html")
def chart(
    id: str,  # noqa: A002  # the name that the template author writes
    options: Mapping[str, Any],
    kind: str,
    title: str = "",
    table: TableBehind | None = None,
    size: str = "m",
    summary: str = "",
) -> dict[str, object]:
    """`{% chart "spread" spread.options "histogram" title=spread.finding table=spread.table %}`.

    Kinds and the shape of their options: docs/interface.md; static/js/charts.js draws them.
    """
    return {
        "id": id,
        "data": json_script(options, f"{id}-data"),
        "kind": kind,
        "title": title,
        "table": table,
        "size": size,
        "summary": summary or title,
    }
