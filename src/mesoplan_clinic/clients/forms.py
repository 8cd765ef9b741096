"""The form of a client."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.days import DayField
from mesoplan_clinic.kernel.texts import printable


class ClientForm(forms.Form):
    """Who the client is."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        validators=[printable],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    identifier = forms.CharField(
        label=_("Identifier"),
        max_length=60,
        validators=[printable],
        help_text=_("The second mark on every page beside the name: a file number, a passport number."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_date = DayField(
        label=_("Date of birth"),
        required=False,
        help_text=_("Leave it empty while it is not known: it is asked then, never assumed."),
    )
    telephone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        validators=[printable],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language of the papers"), choices=settings.LANGUAGES)
    notes = forms.CharField(label=_("Notes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, clinic: Any, **kwargs: Any) -> None:
        """Keep the clinic: its calendar says what today is."""
        super().__init__(*args, **kwargs)
        self.clinic = clinic

    def clean_birth_date(self) -> str:
        """Return the date as ISO text, "" while unknown; one to come or long ago is refused."""
        day = self.cleaned_data["birth_date"]
        if day is None:
            return ""
        today = clock.today(self.clinic)
        if day > today or day.year < today.year - 120:
            raise forms.ValidationError(
                _("%(day)s cannot be a date of birth. Check the year."), params={"day": date_format(day, "j E Y")}
            )
        return str(day.isoformat())
