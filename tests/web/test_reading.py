"""A page that only reads asks for the same thing once."""

from __future__ import annotations

import sys
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.selectors import latest_signed
from mesoplan_clinic.kernel.reading import once, reading
from mesoplan_clinic.plans.models import Plan
from web.line import planned, session, signed
from web.treating import ON, set_day

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("here_today", [True, False])
def test_the_clients_page_asks_the_database_nothing_twice(browser, maria, member, monkeypatch, here_today):
    """Its cards, its line and its head show the same rows."""
    set_day(monkeypatch, ON if here_today else ON + timedelta(days=1))
    session(planned(maria, member(Role.PHYSICIAN)))
    page = reverse("client", args=[maria.pk])
    here = browser(Role.PHYSICIAN)
    here.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert here.get(page).status_code == 200
    selects = [one["sql"] for one in asked.captured_queries if one["sql"].startswith("SELECT")]
    assert len(selects) > 10
    assert sorted(set(selects)) == sorted(selects)


def test_the_list_asks_no_more_for_fifty_clients_than_for_two(browser, clinic, maria, ivan):
    """The number of statements does not grow with the clients."""
    from mesoplan_clinic.clients.services import enter_client

    here, page = browser(Role.PHYSICIAN), reverse("clients")
    here.get(page)
    with CaptureQueriesContext(connection) as few:
        here.get(page)
    for number in range(48):
        enter_client(clinic, name=f"Client {number}", identifier=f"N-{number}", birth_date="1990-01-01")
    with CaptureQueriesContext(connection) as many:
        here.get(page)
    assert len(many) == len(few)


def test_what_was_read_is_kept_while_a_page_is_read_and_not_longer(maria):
    """Whoever writes always sees what is there."""
    first = signed(maria, number=1, on=date(2026, 11, 1))
    with reading():
        assert latest_signed(maria) == first
        signed(maria, number=2, on=date(2026, 11, 2))
        assert latest_signed(maria) == first
    assert latest_signed(maria).number == 2
    with reading():
        assert latest_signed(maria).number == 2


def test_a_page_that_writes_keeps_nothing(browser, send, maria):
    """A form's view that asks twice is answered twice."""
    calls = []
    counted = once(calls.append)
    counted(maria)
    counted(maria)
    assert len(calls) == 2
    with reading():
        counted(maria)
        counted(maria)
    assert len(calls) == 3


def test_the_application_and_whatever_opens_its_database_use_one_sqlite():
    """Two SQLite libraries in one process drop each other's locks on a file."""
    from django.db.backends.sqlite3.base import Database

    from mesoplan_clinic.administration import backup, check

    assert backup.sqlite3.sqlite_version == check.sqlite3.sqlite_version == Database.sqlite_version
    assert sys.modules["sqlite3"].dbapi2 is Database


def test_rows_of_a_client_are_those_that_a_query_finds_in_the_same_order(maria, ivan, member):
    """The statement is written once and asked again with other values."""
    first, second = signed(maria, number=1, on=date(2026, 11, 1)), signed(maria, number=2, on=date(2026, 11, 2))
    plan = planned(ivan, member(Role.PHYSICIAN))
    assert Intake.of(maria) == list(maria.intakes.all()) == [second, first]
    assert Intake.of(maria, most=1, state="signed") == [second]
    assert Intake.of(maria, state="open") == []
    assert Intake.of(maria, signed_as_sealed=None) == list(maria.intakes.filter(signed_as_sealed=None))
    assert Intake.of(maria)[0].answers == second.answers and Intake.of(maria)[0].client is maria
    light = Intake.of(maria, without=("answers_sealed",))[0]
    assert light.get_deferred_fields() == {"answers_sealed"} and light.answers == second.answers
    assert Plan.of(ivan, most=1, course=plan.course_id) == [plan]
    assert Plan.of(maria, course=plan.course_id) == []
