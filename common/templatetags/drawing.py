"""What is drawn from equal values is drawn once a process (`{% load drawing %}`): rows that many people look at."""

from __future__ import annotations

from collections.abc import Hashable

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST = 4096
"""So many drawings of one place are kept, a few megabytes; then it begins anew."""


class DrawnOnce(template.Node):
    """A part of a template that is a function of some values and the language."""

    def __init__(self, values: list[FilterExpression], nodelist: NodeList) -> None:
        self.values = values
        self.nodelist = nodelist
        self._drawn: dict[tuple[Hashable, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language(), *(value.resolve(context) for value in self.values))
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self.nodelist.render(context)
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn


@register.tag
def drawnonce(parser: Parser, token: Token) -> DrawnOnce:
    """`{% drawnonce row weights %}…{% enddrawnonce %}`: kept by all that it shows, so that nothing kept is ever out of date.

    The values are hashable and equal only where they look alike, as frozen dataclasses of texts are; inside, nothing
    else is shown: no request, no reader, no clock.
    """
    values = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodelist = parser.parse(("enddrawnonce",))
    parser.delete_first_token()
    return DrawnOnce(values, nodelist)
