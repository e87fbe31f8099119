"""Parts of form widgets that templates take too long to draw (`{% load widgets %}`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

EMPTY_LABEL = "---------"
"""Django's own words for the choice of nothing."""


@register.simple_tag
def options(widget: Mapping[str, Any]) -> SafeString:
    """`{% options widget %}`: what a select offers. Django draws each of thirty departments by two templates."""
    nothing = _("请选择") if widget["required"] else _("不指定")
    groups: list[SafeString] = []
    for name, offered, _index in widget["optgroups"]:  # what belongs to no group comes as a group without a name
        drawn = mark_safe("".join(_option(one, nothing) for one in offered))  # noqa: S308  # of drawn options
        groups.append(format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, drawn) if name else drawn)
    return mark_safe("".join(groups))  # noqa: S308  # of drawn groups


def _option(one: Mapping[str, Any], nothing: str) -> SafeString:
    label = nothing if one["label"] == EMPTY_LABEL else one["label"]
    if one["attrs"]:
        return format_html('\n  <option value="{}"{}>{}</option>', one["value"], flatatt(one["attrs"]), label)
    return format_html('\n  <option value="{}">{}</option>', one["value"], label)
