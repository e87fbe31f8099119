"""Parts of form widgets that templates take too long to draw (`{% load widgets %}`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()

EMPTY_LABEL = "---------"
"""Django's own words for the choice of nothing."""


@register.simple_tag
def options(widget: Mapping[str, Any]) -> SafeString:
    """`{% options widget %}`: what a select offers. Django draws each of thirty departments by two templates."""
    nothing = _("请选择") if widget["required"] else _("不指定")
    groups = widget["optgroups"]
    return format_html_join("", "{}", ((_group(name, offered, nothing),) for name, offered, _index in groups))


def _group(name: str | None, offered: Iterable[Mapping[str, Any]], nothing: str) -> SafeString:
    """The options of a group; each that belongs to none comes as a group without a name."""
    drawn = format_html_join(
        "",
        '\n  <option value="{}"{}>{}</option>',
        (
            (
                one["value"],
                flatatt(one["attrs"]) if one["attrs"] else "",
                nothing if one["label"] == EMPTY_LABEL else one["label"],
            )
            for one in offered
        ),
    )
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, drawn) if name else drawn
