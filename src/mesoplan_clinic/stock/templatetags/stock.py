"""How amounts are written: `{{ lot.left|plain }}`."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import localize

register = template.Library()


@register.filter
def plain(value: Decimal | None) -> str:
    """Return a decimal number without zeros at its end, as the language writes it."""
    if value is None:
        return "–"
    whole = Decimal(value).normalize()
    return str(localize(whole.quantize(Decimal(1)) if whole == whole.to_integral() else whole))
