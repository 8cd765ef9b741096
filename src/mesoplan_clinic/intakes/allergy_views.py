"""The page of allergy tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.intakes import allergy
from mesoplan_clinic.intakes.models import AllergyTest
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.days import DayField
from mesoplan_clinic.kernel.offer import offer


class _DayForm(forms.Form):
    """A form with a day that has come."""

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.client = client

    def clean_day(self) -> date:
        """Return the day; one to come is refused."""
        day: date = self.cleaned_data["day"]
        if day > clock.today(self.client.clinic):
            raise forms.ValidationError(_("%(day)s has not come yet."), params={"day": date_format(day, "j E Y")})
        return day


class PlaceForm(_DayForm):
    """A test is placed."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    method = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=[
            ("test injection", gettext_lazy("test injection")),
            ("topical", gettext_lazy("on the skin")),
        ],
    )
    day = DayField(label=gettext_lazy("Placed on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the clinic's products."""
        super().__init__(*args, **kwargs)
        products = folder_of(self.client.clinic).products
        offer(self, "product", [("", "–"), *((one.id, one.name) for one in products.values())])


class ReadForm(_DayForm):
    """A test is read."""

    result = forms.ChoiceField(
        label=gettext_lazy("Result"),
        choices=[
            ("negative", gettext_lazy("negative: no reaction")),
            ("positive", gettext_lazy("positive: a reaction")),
        ],
        widget=forms.RadioSelect,
    )
    day = DayField(label=gettext_lazy("Read on"))


@page(see=May.SEE_CLIENTS, act=May.FILL_INTAKE, client=Client)
def allergy_tests(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show a client's allergy tests with the days of their readings; place one."""
    today = clock.today(client.clinic)
    form = PlaceForm(request.POST or None, client=client, initial={"day": today, "method": "test injection"})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        allergy.place(client, request.member, data["product"], data["day"], data["method"])
        messages.success(request, _("The test is entered. The days of its readings stand below."))
        return redirect("allergy_tests", client=client.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "tests": allergy.shown(client), "read": ReadForm(client=client, initial={"day": today})}
    return render(request, "intakes/allergy_tests.html", context, status=status)


@page(see=May.FILL_INTAKE, act=May.FILL_INTAKE, client=Client, test=AllergyTest)
def allergy_reading(request: ClinicRequest, client: Client, test: AllergyTest) -> HttpResponse:
    """Enter a reading of a test."""
    form = ReadForm(request.POST or None, client=client, initial={"day": clock.today(client.clinic)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["day"] < test.placed_on:
            form.add_error("day", _("A reading follows its test: enter the day of the reading."))
        else:
            allergy.read(test, seen_version(request), data["day"], data["result"])
            messages.success(request, _("The reading is entered."))
            return redirect("allergy_tests", client=client.pk)
    shown = next(one for one in allergy.shown(client) if one.row.pk == test.pk)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "one": shown, "version": test.version}
    return render(request, "intakes/allergy_reading.html", context, status=status)
