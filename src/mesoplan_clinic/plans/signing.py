"""The form that every consent is signed by: the name, and the signature as drawn or the name in its place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.intakes.signing import NotSigned, signature_in


class SigningForm(forms.Form):
    """Who signs, and how."""

    signed_as = forms.CharField(
        label=_("Name of who signs"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)
    typed = forms.BooleanField(required=False, label=_("Sign by the name typed above, without drawing"))

    def clean(self) -> dict[str, Any]:
        """Return what was entered, with `signature` as PNG or None; a drawing or the tick must be there."""
        found = super().clean() or {}
        name, drawn = found.get("signed_as", ""), found.get("drawn", "")
        if not drawn and not found.get("typed"):
            self.add_error("signed_as", _("Draw the signature in the box, or tick that the typed name stands for it."))
        try:
            found["signature"] = signature_in(drawn, name, name).png if name else None
        except NotSigned as error:
            self.add_error("signed_as", str(error))
        return found
