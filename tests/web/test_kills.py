"""A server killed at any step of any write: what it said is done is there, and nothing is there in part."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from mesoplan_clinic.accounts import access
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.kernel.keys import store_keys
from mesoplan_clinic.owner import rescreen
from mesoplan_clinic.photos import services as photos
from web.fuzzing import browser_of
from web.kills import KILLED, Change, Kept, Rows, Run, broken, change, every_row, run_and_kill
from web.test_routes import is_allauth, patterns
from web.treating import ON, set_day
from web.writes import PASSED, WRITES, World, Write

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 500
SQLITE = connection.vendor == "sqlite"
"""Elsewhere it takes more than a second to go back to a state: a part of the writes there, all of them with --all."""

# not wrapped by `page` and not killed, each for a reason
NOT_KILLED = dict.fromkeys(("health", "form_over", "no_mail"), "takes no form and changes nothing")
NOTHING_ELSE = {"audit_auditevent", "audit_audithead"}


def test_every_route_that_takes_a_form_is_among_those_that_are_killed():
    """allauth's are not: they write who logs in how, row by row, and nothing of a client."""
    takes = {
        one.name
        for one in patterns()
        if not is_allauth(one) and (not hasattr(one.callback, "page") or one.callback.page.act is not None)
    }
    assert takes == {one.route for one in WRITES.values() if one.route} | set(NOT_KILLED)


@dataclass
class Proof:
    """The world with a state to go back to, and what each write changes where nobody kills it."""

    world: World
    kept: Kept
    before: Rows
    references: dict[str, tuple[int, Change]]

    def work(self, write: Write) -> Callable[[Callable[[], Any]], None]:
        def work(answered: Callable[[], Any]) -> None:
            status = write.do(self.world)
            assert status in PASSED, f"{write.route}: {status}"
            answered()

        return work

    def reference(self, name: str) -> tuple[int, Change]:
        """Return how many steps a write makes and what it changes; the same is made sure of what it changes."""
        if name not in self.references:
            self.kept.bring_back()
            run = run_and_kill(self.work(WRITES[name]))
            assert run.ended == 0 and run.answered, name
            changed = change(self.before, every_row())
            assert changed.get("audit_auditevent", (0, 0, ()))[0] == WRITES[name].events, (name, changed)
            assert bool(changed.keys() - NOTHING_ELSE) == WRITES[name].writes, (name, changed)
            assert self.wrong_of_itself(name) == [], name
            self.references[name] = run.steps, changed
        return self.references[name]

    def wrong_of_itself(self, name: str) -> list[str]:
        again = WRITES[name].again
        return [*(again(self.world) if again else []), *broken()]

    def killed(
        self, name: str, at: int, work: Callable[[Callable[[], Any]], None] | None = None
    ) -> tuple[Run, list[str]]:
        """Kill a write at a step; return what became of the process and what is lost or there in part."""
        _, whole = self.reference(name)
        self.kept.bring_back()
        run = run_and_kill(work or self.work(WRITES[name]), at)
        changed, wrong = change(self.before, every_row()), []
        if WRITES[name].again is None and changed not in ({}, whole):
            wrong.append(f"half-written: {changed} instead of {whole}")
        if WRITES[name].again is None and run.answered and changed != whole:
            wrong.append("lost: it was answered as done")
        wrong += self.wrong_of_itself(name)
        return run, [f"{name}, killed at {at}: {one}" for one in wrong]


@pytest.fixture(scope="module")
def proofs(tmp_path_factory, django_db_blocker) -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {"folder": tmp_path_factory.mktemp("kills")}
    yield found
    with django_db_blocker.unblock():
        if "proof" in found:
            found["proof"].kept.forget()


@pytest.fixture
def proof(proofs, settings, clinic, member, monkeypatch) -> Iterator[Proof]:
    """The world, built once: later tests go back to it."""
    settings.HOME, settings.KEYS = proofs["folder"] / "home", settings.KEYS
    settings.PUBLIC_URL = "https://clinic.example"
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400  # its clock is the machine's
    set_day(monkeypatch, ON)
    monkeypatch.setattr(rescreen.threading, "Thread", lambda **_: type("Never", (), {"start": lambda _self: None})())
    if "proof" not in proofs:
        settings.HOME.mkdir(exist_ok=True)
        store_keys(settings.HOME, settings.KEYS, replace=False)
        with transaction.atomic():
            world = World(clinic, member, browser_of).build()
            member(Role.ASSISTANT)
        proofs["proof"] = Proof(world, Kept(proofs["folder"] / "kept"), every_row(), {})
    yield proofs["proof"]
    proofs["proof"].kept.leave()


def some(steps: int, count: int, dice: random.Random) -> list[int]:
    """Return steps to be killed at, from the first to the last, evenly and by chance."""
    return sorted({1 + int((number + dice.random()) * steps / count) for number in range(count)})


def killed_at_many(proof: Proof, names: list[str], count: int) -> tuple[int, list[str]]:
    """Kill writes at so many steps each; return how many times the process was killed, and everything wrong."""
    dice, dead, wrong = random.Random(7), 0, []
    for name in names:
        for at in some(proof.reference(name)[0], count, dice):
            run, found = proof.killed(name, at)
            dead += run.ended == KILLED
            wrong += found
    return dead, wrong


def test_of_each_write_killed_once_nothing_is_lost_and_nothing_is_half_written(proof):
    names = list(WRITES) if SQLITE else list(WRITES)[::10]
    dead, wrong = killed_at_many(proof, names, 1)
    assert wrong == []
    assert dead == len(names)


@pytest.mark.full
def test_of_every_write_killed_five_hundred_times_nothing_is_lost_and_nothing_is_half_written(proof):
    dead, wrong = killed_at_many(proof, list(WRITES), -(-KILLS // len(WRITES)) + 1)
    assert wrong == []
    assert dead >= KILLS


# -- the control: servers with a bug, each of which the same kills catch


class Apart:
    """What `transaction` is where each statement stands by itself."""

    atomic = staticmethod(lambda *_args: contextlib.nullcontext())
    savepoint = staticmethod(lambda: None)
    savepoint_commit = staticmethod(lambda _: None)
    savepoint_rollback = staticmethod(lambda _: None)


def each_statement_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "transaction", Apart)
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda self, *_a, **_k: self)


def file_after_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    put = photos.vault.put
    monkeypatch.setattr(photos.vault, "put", lambda *args: transaction.on_commit(lambda: put(*args)))


def nothing_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos.vault, "mark", lambda _key: None)


BUGS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str, str]] = {
    "the audit apart from a client": (each_statement_by_itself, "a client is entered", "half-written"),
    "a session signed in parts": (each_statement_by_itself, "a session is signed", "half-written"),
    "a plan changed in parts": (each_statement_by_itself, "a course is changed", "half-written"),
    "a photo's file after its row": (file_after_its_row, "a photo is kept", "a photo without its file"),
    "a photo's file not marked": (nothing_marked, "a photo is kept", "a file without its photo"),
    "a deleted photo's file not marked": (nothing_marked, "a photo is deleted", "a file without its photo"),
    "an erased photo's file not marked": (nothing_marked, "a client is erased", "a file without its photo"),
}


@pytest.mark.parametrize("bug", BUGS if SQLITE else list(BUGS)[:1])
def test_the_same_kills_catch_a_server_that_writes_in_parts(proof, monkeypatch, bug):
    plant, name, said = BUGS[bug]
    steps, _ = proof.reference(name)
    plant(monkeypatch)
    assert caught(proof, name, steps, said)


def test_the_same_kills_catch_a_server_that_answers_before_the_database_has_it(proof):
    name = "a client is entered"
    whole = proof.work(WRITES[name])

    def early(answered: Callable[[], Any]) -> None:
        with transaction.atomic():
            whole(answered)

    assert caught(proof, name, proof.reference(name)[0] + 20, "lost: it was answered as done", early)


def caught(
    proof: Proof, name: str, steps: int, said: str, work: Callable[[Callable[[], Any]], None] | None = None
) -> bool:
    """Return whether some kill finds what a bug leaves; from the end, where most of it is written."""
    return any(said in one for at in range(steps, 0, -1) for one in proof.killed(name, at, work)[1])
