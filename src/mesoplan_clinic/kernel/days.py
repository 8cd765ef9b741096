"""A day typed into a form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from mesoplan.plain import is_plausible


class DayField(forms.DateField):
    """A day; one that can be no day of a living person's life, as a year typed with three digits, is refused."""

    def __init__(self, **kwargs: Any) -> None:
        """Show it as a browser's own choice of days."""
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the day, None where none was entered and none has to be."""
        day: date | None = super().clean(value)
        if day is not None and not is_plausible(day):
            raise forms.ValidationError(_("This cannot be the date: check the year."), code="implausible")
        return day
