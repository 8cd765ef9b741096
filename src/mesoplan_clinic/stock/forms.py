"""The form of a lot."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.days import DayField
from mesoplan_clinic.kernel.offer import offer
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.selectors import item_names


class LotForm(forms.Form):
    """A lot that came in."""

    what = forms.ChoiceField(label=_("What"))
    called = forms.CharField(
        label=_("Name on the package"),
        max_length=120,
        required=False,
        help_text=_("For antiseptic and anaesthetic; products and cartridges are those of the clinic's folder."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lot = forms.CharField(label=_("Lot"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    expires_on = DayField(label=_("Expiry"))
    received_on = DayField(label=_("Received on"))
    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=10, decimal_places=3)
    unit = forms.ChoiceField(label=_("Unit"), choices=Lot.Unit.choices)
    gtin = forms.CharField(widget=forms.HiddenInput, required=False, max_length=14)

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        """Offer what the clinic's folder has, and what is called by its own name."""
        super().__init__(*args, **kwargs)
        self.clinic = clinic
        named = [(f"{kind}{Lot.SEPARATED}{item}", name) for (kind, item), name in item_names(clinic).items()]
        free = [(f"{one}{Lot.SEPARATED}", Lot.Kind(one).label) for one in (Lot.Kind.ANTISEPTIC, Lot.Kind.ANAESTHETIC)]
        offer(self, "what", [("", "–"), *named, *free])

    def clean(self) -> dict[str, Any]:
        """Ask for the name of what has no id; a lot received in days to come is a slip."""
        said = super().clean() or {}
        kind, _sep, item = str(said.get("what", "")).partition(Lot.SEPARATED)
        if kind and not item and not said.get("called"):
            self.add_error("called", _("Enter what stands on the package."))
        if said.get("received_on") and said["received_on"] > clock.today(self.clinic):
            self.add_error("received_on", _("This day is still to come."))
        return said

    def values(self) -> dict[str, Any]:
        """Return the columns of the lot."""
        said = self.cleaned_data
        kind, _sep, item = said["what"].partition(Lot.SEPARATED)
        named = {"kind": kind, "item": item or said["called"].strip()}
        return named | {name: said[name] for name in ("lot", "gtin", "expires_on", "received_on", "amount", "unit")}


def initial_of(lot: Lot) -> dict[str, Any]:
    """Return what a lot's form begins with."""
    found = {name: getattr(lot, name) for name in ("lot", "gtin", "expires_on", "received_on", "amount", "unit")}
    found["amount"] = f"{lot.amount.normalize():f}"
    found["what"] = f"{lot.kind}{Lot.SEPARATED}{'' if lot.is_free else lot.item}"
    return {**found, "called": lot.item if lot.is_free else ""}
