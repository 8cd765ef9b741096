import multiprocessing
import os
import shutil
import socket
import subprocess
import sys

import pytest

from mesoplan_clinic import command, server
from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.accounts.new import ClinicError, make_clinic
from mesoplan_clinic.kernel.keys import load_keys
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
    assert made["workers_kill_timeout"] == server.ENDS_WITHIN  # else a stop is waited for without end


def test_a_clinic_whose_folder_cannot_be_read_does_not_keep_the_server_from_starting(transactional_db, tmp_path):
    from mesoplan_clinic.config import wsgi

    Clinic.objects.create(name="Gone", folder=str(tmp_path / "gone"), mfa_required=False)
    wsgi._warm()


def test_a_port_that_is_taken_or_is_none_is_told_before_anything_is_prepared(db, monkeypatch, capsys):
    monkeypatch.setattr(server, "prepare", lambda: pytest.fail("prepared"))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        for port, said in ((taken, "another program has it"), (0, "from 1 to 65535"), (99_999, "from 1 to 65535")):
            assert command.main(["serve", "--port", str(port)]) == 2
            told = capsys.readouterr()
            assert f"--port {port}" in told.err and said in told.err and told.out == ""


@pytest.mark.parametrize(
    "address", ["clinic.example", "http://clinic.example", "https://clinic.example/app", "https://"]
)
def test_an_address_by_which_no_tablet_could_come_is_refused(address, capsys):
    assert command.main(["serve", "--public-url", address]) == 2
    assert f"--public-url {address}: write https://" in capsys.readouterr().err


def test_a_browser_is_opened_once_the_server_answers(monkeypatch):
    opened = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    with socket.socket() as answering:
        answering.bind(("127.0.0.1", 0))
        answering.listen()
        server._open(answering.getsockname()[1])
    assert len(opened) == 1


@pytest.mark.parametrize("wanted", ["backup", "check", "rotate-keys"])
def test_where_no_data_lie_a_command_says_so_and_makes_no_keys(wanted, tmp_path, monkeypatch, capsys):
    empty = tmp_path / "mistyped"
    monkeypatch.setenv("MESOPLAN_CLINIC_HOME", str(empty))
    monkeypatch.delenv("MESOPLAN_CLINIC_KEYS", raising=False)
    assert command.main([wanted]) == 2
    assert str(empty) in (told := capsys.readouterr().err) and "--home" in told
    assert not empty.exists()


def test_keys_without_a_database_are_no_data(tmp_path):
    load_keys(tmp_path)
    done = run_alone("--home", tmp_path, "check")
    assert done.returncode == 2 and "no data" in done.stderr and "Traceback" not in done.stderr


def test_a_backup_is_not_restored_where_its_keys_are_missing_and_other_keys_are_told(tmp_path):
    home, backup, other = tmp_path / "home", tmp_path / "backup", tmp_path / "other"
    assert run_alone("--home", home, "demo").returncode == 0
    assert run_alone("--home", home, "backup", backup).returncode == 0
    refused = run_alone("--home", other, "restore", backup)
    assert refused.returncode == 2 and "keys.json" in refused.stderr and not other.exists()
    load_keys(other)  # of another clinic
    assert "open nothing" in run_alone("--home", other, "restore", backup).stderr
    assert "FAULT  The keys of" in run_alone("--home", other, "check").stdout
    shutil.copyfile(home / "keys.json", other / "keys.json")
    assert "open nothing" not in run_alone("--home", other, "check").stdout


def run_alone(*arguments):
    """Run the command in a process of its own: the keys are read as it starts."""
    outside = {
        key: value for key, value in os.environ.items() if not key.startswith(("MESOPLAN_", "DJANGO_", "DATABASE_URL"))
    }
    program = [sys.executable, "-m", "mesoplan_clinic.command", *map(str, arguments)]
    return subprocess.run(program, env=outside, capture_output=True, text=True, check=False)
