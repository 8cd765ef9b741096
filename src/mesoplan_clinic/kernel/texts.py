"""Texts that a person types and papers print: what the core would refuse later is refused where it is typed."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mesoplan.intake.text import text_complaint


def printable(text: str) -> None:
    """Refuse a text that the core takes for none: without a letter or digit, or with a character that is not seen.

    Raises:
        ValidationError: If it is one.
    """
    if text_complaint(text) is not None:
        raise ValidationError(
            _("“%(text)s” cannot be printed: a letter or digit is needed, and no hidden character. Type it anew."),
            params={"text": text[:60]},
        )


def day_in_words(value: str) -> str:
    """Return a day that a form sent as pages write it, and what is none as it was typed."""
    try:
        return date_format(date.fromisoformat(value), "j E Y")
    except ValueError:
        return value
