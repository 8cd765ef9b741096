"""Days typed into forms: one that can be no day of a living person's life is refused before it is kept."""

import pytest
from django import forms
from django.urls import get_resolver, reverse

from mesoplan_clinic.intakes.models import AllergyTest
from mesoplan_clinic.kernel.days import DayField
from web.treating import ON, set_day


def of_the_application(form: type[forms.Form]) -> list[type[forms.Form]]:
    below = [one for each in form.__subclasses__() for one in (each, *of_the_application(each))]
    return [one for one in below if one.__module__.startswith("mesoplan_clinic.")]


def test_every_day_of_every_form_is_held_against_a_persons_life():
    assert get_resolver().url_patterns  # every form is read with the pages
    days = {
        (form.__name__, name): type(field)
        for form in of_the_application(forms.Form)
        for name, field in form.base_fields.items()
        if isinstance(field, forms.DateField)
    }
    assert len(days) >= 8
    assert set(days.values()) == {DayField}


@pytest.mark.parametrize("year", ["0001", "0202", "9999"])
def test_an_allergy_test_placed_in_no_real_year_is_refused_and_not_kept(browser, send, maria, monkeypatch, year):
    set_day(monkeypatch, ON)
    typed = {"product": "example-revital", "method": "topical", "day": f"{year}-01-01"}
    answer = send(browser(), reverse("allergy_tests", args=[maria.pk]), typed, maria)
    assert answer.status_code == 422
    assert "check the year" in answer.content.decode()
    assert not AllergyTest.objects.exists()
