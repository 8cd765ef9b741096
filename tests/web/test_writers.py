"""Several people at once, and a server that is killed: nothing is overwritten silently, nothing saved is lost."""

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts import access
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.search import _beginnings, token_of
from web.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def edit(browser: Browser, client: Client) -> None:
    """Count one further in a client's notes, as somebody who reads the page, types and saves; again until saved."""
    while True:
        seen = Client.objects.get(pk=client.pk)
        values = {
            "name": seen.name,
            "identifier": seen.identifier,
            "language": "en",
            "notes": str(int(seen.notes or 0) + 1),
            "version": seen.version,
        }
        answer = sent(browser, reverse("client_change", args=[client.pk]), values, client)
        assert answer.status_code in (302, 409), answer.status_code
        if answer.status_code == 302:
            return


@pytest.mark.parametrize("edits", [10, pytest.param(200, marks=pytest.mark.full)])
def test_of_eight_people_who_edit_the_same_client_nobody_overwrites_what_another_saved(browser, maria, edits):
    browsers = [browser() for _ in range(WRITERS)]
    Client.objects.filter(pk=maria.pk).update(version=1)
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(edits):
                edit(browsers[number], maria)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    kept = Client.objects.get(pk=maria.pk)
    assert int(kept.notes) == WRITERS * edits
    assert kept.version == 1 + WRITERS * edits
    assert verify(maria.clinic) == []


# -- kills

OPERATIONS = 12


class Killed:
    """Ends the process, as a power switch does, at one of the database's statements or beside one of its commits."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, execute, sql, params, many, context):
        self.step()
        result = execute(sql, params, many, context)
        self.step()
        return result

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(9)


def work_until_killed(browser: Browser, log: Path, at: int) -> None:
    """Enter and change clients over HTTP; every answer that said "saved" is put down in a log before going on."""
    killer = Killed(at)
    connection.connect()
    connection.execute_wrappers.append(killer)
    commit = connection._commit

    def committing():
        killer.step()
        commit()
        killer.step()

    connection._commit = committing
    with log.open("ab", buffering=0) as file:
        for number in range(OPERATIONS):
            name = f"Client {at}-{number}"
            values = {"name": name, "identifier": f"K-{at}-{number}", "language": "en"}
            answer = sent(browser, reverse("client_new"), values)
            assert answer.status_code == 302
            os.write(file.fileno(), f"new {name}\n".encode())
            client = Client.objects.get(pk=answer.url.strip("/").split("/")[-1])
            changed = {**values, "name": f"{name} changed", "version": 1}
            assert sent(browser, reverse("client_change", args=[client.pk]), changed, client).status_code == 302
            os.write(file.fileno(), f"changed {name}\n".encode())


def kill(browser: Browser, log: Path, at: int) -> int:
    """Run the work in a process that is killed at a step; return what the process ended with."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            work_until_killed(browser, log, at)
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def lost_or_half_written(clinic, log: Path) -> list[str]:
    """Return what was acknowledged and is not there, and what is there in part only."""
    wrong = list(verify(clinic))
    clients = list(Client.objects.filter(clinic=clinic))
    names = {one.name for one in clients}
    for line in log.read_text(encoding="utf-8").splitlines():
        what, _, name = line.partition(" ")
        if what == "new" and not {name, f"{name} changed"} & names:
            wrong.append(f"lost: {line}")
        if what == "changed" and f"{name} changed" not in names:
            wrong.append(f"lost: {line}")
    for one in clients:
        if set(one.tokens.values_list("token", flat=True)) != {token_of(clinic, text) for text in _beginnings(one)}:
            wrong.append(f"half-written: the tokens of {one.name}")
        written = AuditEvent.objects.filter(client=one.pk, status=302, method="POST").count()
        if written != one.version:
            wrong.append(f"half-written: {one.name} has version {one.version} and {written} events")
    return wrong


def killed_many_times(browser: Callable, clinic, log: Path, kills: int) -> tuple[int, list[str]]:
    log.touch()
    one, rng, dead = browser(), random.Random(7), 0
    one.get(reverse("clients"))
    for _ in range(kills):
        dead += kill(one, log, rng.randint(1, OPERATIONS * 60)) == 9
    return dead, lost_or_half_written(clinic, log)


@pytest.mark.parametrize("kills", [25, pytest.param(500, marks=pytest.mark.full)])
def test_of_what_was_acknowledged_before_a_kill_nothing_is_lost_and_nothing_is_half_written(
    browser, clinic, tmp_path, kills
):
    dead, wrong = killed_many_times(browser, clinic, tmp_path / "log", kills)
    assert dead >= 0.8 * kills
    assert wrong == []
    assert AuditEvent.objects.count() > kills


def test_the_same_test_catches_a_server_that_writes_the_audit_apart_from_what_it_is_about(
    browser, clinic, tmp_path, monkeypatch
):
    """The control: with the transaction of the page taken away, kills leave clients without their events."""
    from contextlib import nullcontext

    class Apart:
        atomic = staticmethod(lambda *_args: nullcontext())
        savepoint = staticmethod(lambda: None)
        savepoint_commit = staticmethod(lambda _: None)
        savepoint_rollback = staticmethod(lambda _: None)

    monkeypatch.setattr(access, "transaction", Apart)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, *_a, **_k: self)
    _, wrong = killed_many_times(browser, clinic, tmp_path / "log", 25)
    assert any("half-written" in one for one in wrong)
