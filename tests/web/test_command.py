import multiprocessing

import pytest

from mesoplan_clinic import server
from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.accounts.new import ClinicError, make_clinic
from web.treating import ON, set_day

GOOD = {"folder": "example", "time_zone": "Europe/Berlin", "language": "ru", "owner": "boss"}


def test_a_clinic_of_ones_own_requires_a_second_factor_and_its_owner_has_a_password_of_one_time(db):
    password = make_clinic("Skin", **GOOD)
    clinic = Clinic.objects.get(name="Skin")
    assert (clinic.mfa_required, clinic.is_demo, clinic.time_zone) == (True, False, "Europe/Berlin")
    assert Member.objects.get(clinic=clinic).user.check_password(password)


def test_everything_that_is_wrong_with_a_new_clinic_is_told_at_once(db, tmp_path):
    make_clinic("Skin", **GOOD)
    with pytest.raises(ClinicError) as told:
        make_clinic("Skin", folder=str(tmp_path / "nowhere"), time_zone="Mars/Olympus", language="xx", owner="BOSS")
    for part in ("Mars/Olympus", "--language xx", "--owner BOSS", "such a clinic already", "--folder"):
        assert part in str(told.value)
    assert Clinic.objects.count() == 1


def test_the_demo_clinic_says_that_it_is_one_and_has_no_password_twice(db):
    from mesoplan_clinic.demo.make import STAFF, make_demo

    first = make_demo()
    passwords = [line.split()[-1] for line in first.splitlines()[1:]]
    assert len(set(passwords)) == len(STAFF)
    assert Clinic.objects.get().is_demo
    assert not set(passwords) & set(make_demo().split())


def test_the_demo_clinic_shows_a_client_on_the_way_from_signed_answers_to_a_plan_of_today_and_lots_in_stock(
    db, monkeypatch
):
    from mesoplan_clinic.demo.make import LOTS, make_demo
    from mesoplan_clinic.intakes.selectors import latest_signed
    from mesoplan_clinic.kernel import clock
    from mesoplan_clinic.screenings.services import clearance

    set_day(monkeypatch, ON)  # a day on which the example clinic is open
    make_demo()
    clinic = Clinic.objects.get()
    today = clock.today(clinic)
    shown = clinic.clients.get(courses__isnull=False)
    others = clinic.clients.exclude(pk=shown.pk)
    assert latest_signed(shown).visit_date == today
    assert clearance(shown, today) is not None
    (plan,) = shown.courses.get().plans.all()
    assert (plan.on, plan.may_treat, plan.session_ready) == (today, True, True)
    assert all(latest_signed(one) is None for one in others)
    assert clinic.lots.count() == len(LOTS)


def test_the_server_answers_by_fresh_processes_and_not_by_forks(db, monkeypatch, settings):
    """A fork made while a thread reads the database takes SQLite's locks along, held for ever."""
    import granian

    made = {}

    class Granian:
        def __init__(self, application, **options):
            made.update(options, started_by=multiprocessing.get_start_method())

        def serve(self):
            made["served"] = True

    before = multiprocessing.get_start_method()
    monkeypatch.setattr(granian, "Granian", Granian)
    monkeypatch.setattr(server, "prepare", lambda: None)
    Clinic.objects.create(name="Own clinic", mfa_required=False)
    try:
        assert server.serve(port=8099) == 0
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert made["served"] and made["started_by"] == "spawn"
    assert made["workers"] == server.processes() and made["blocking_threads"] == server.threads()


def test_a_clinic_whose_folder_cannot_be_read_does_not_keep_the_server_from_starting(transactional_db, tmp_path):
    from mesoplan_clinic.config import wsgi

    Clinic.objects.create(name="Gone", folder=str(tmp_path / "gone"), mfa_required=False)
    wsgi._warm()
