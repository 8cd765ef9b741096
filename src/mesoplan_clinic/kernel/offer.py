"""Fields whose choices are known only once a form is made."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.functional import Promise


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str | Promise]]) -> None:
    """Give a field of a form what it offers."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField), f"{name} offers no choice"
    field.choices = list(choices)
