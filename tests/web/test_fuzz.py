"""Whatever is sent to whatever address by whom: no page fails, the audit stays whole, no other clinic is touched."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.patient_token import FIELD, token_of
from mesoplan_clinic.owner.tables import OF_CLIENT
from mesoplan_clinic.stock.models import Lot
from web import openapi
from web.fuzzing import ALL, World, browser_of, world_of

FULL, USUAL, IN_A_ROW = 10_000, 120, 300
BY_DOCUMENT = 4
"""One request in so many is made by schemathesis from an OpenAPI document, the others from the forms of the pages."""


def other_rows(clinic: Clinic) -> list[Any]:
    """Return everything that a clinic's rows hold."""
    rows = [list(model._default_manager.filter(client__clinic=clinic).order_by("pk").values()) for model in OF_CLIENT]
    own = [list(model.objects.filter(clinic=clinic).order_by("pk").values()) for model in (Client, Lot, Member)]
    return rows + own


class _Undone(Exception):
    """Ends a part of the test whose writes are taken back."""


@contextmanager
def taken_back() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        pass


@dataclass
class Seen:
    """What was answered: the class of each status, and of each failure the first request that made it."""

    answers: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)

    def answered(self, status: int) -> str:
        self.answers[f"{status // 100}xx"] += 1
        return f"{status}" if status >= 500 else ""

    def fail(self, where: str, error: BaseException | None, told: str) -> None:
        if error is not None:
            last = [one for one in traceback.extract_tb(error.__traceback__) if "mesoplan" in one.filename][-1:]
            where = f"{type(error).__name__}: {str(error)[:120]} at {[f'{o.filename}:{o.lineno}' for o in last]}"
        self.failed.setdefault(where, told[:1500])


def fuzzed(role: Role, count: int, clinic: Clinic, other: Clinic, member: Any, chance: int, seen: Seen) -> None:
    """Send requests, a part of them by schemathesis, the others by the forms of the pages."""
    world = world_of(role, clinic, other, member, chance)
    before = other_rows(other)
    by_document(world, max(count // BY_DOCUMENT, 1), chance, seen)
    for _ in range(count - count // BY_DOCUMENT):
        if not world.is_here():
            world.browser = browser_of(role, world.client, member)
        request = world.request()
        error: BaseException | None = None
        try:
            with transaction.atomic():
                where = seen.answered(world.send(*request).status_code)
        except Exception as raised:  # what the page did not catch is what is looked for
            where, error = "raised", raised
        if where:
            seen.fail(where, error, f"{request}")
        if not Client.objects.filter(pk=world.client.pk, erased_at=None).exists():
            break  # erased
    assert verify(clinic) == []
    assert verify(other) == []
    assert other_rows(other) == before


def by_document(world: World, count: int, chance: int, seen: Seen) -> None:
    """Let schemathesis ask, each request from the same beginning."""

    def around(send: Callable[[], int], raised: list[BaseException | None], told: str) -> None:
        with taken_back():
            try:
                where = seen.answered(send())
            except ValueError:  # no address can hold what was to be sent
                return
        if where:
            seen.fail(where, raised[-1] if raised else None, told)

    cookies = {name: one.value for name, one in world.browser.cookies.items()}
    written = openapi.document(values_of(world), fields_of(world))
    openapi.ask(written, {one.name for one in world.own}, cookies, count, chance, around)


def values_of(world: World) -> dict[str, Callable[[Any, str], list[str]]]:
    """Return what gives good values for the parameters of an address."""

    def rows(pattern: Any, name: str) -> list[str]:
        page = getattr(pattern.callback, "page", None)
        return world.ids.get(page.parts.get(name), []) if page else []

    slugs, words = ["goals", "about", "health", "diabetes"], ["identity", "skin", "finish", "plan.pdf", "diabetes.yes"]
    return {"uuid": rows, "int": lambda *_: ["2"], "slug": lambda *_: slugs, "str": lambda *_: words}


def fields_of(world: World) -> dict[str, openapi.Offered]:
    """Return the fields of all forms by the route that they go to; the client's token is this browser's."""
    found: dict[str, openapi.Offered] = {}
    for route, forms in world.forms.items():
        fields = found.setdefault(route, {})
        for one in forms:
            for name, offered in one.fields.items():
                known, is_file = fields.get(name, (set(), False))
                fields[name] = (known | set(offered), is_file or name in one.files)
        if FIELD in fields:
            fields[FIELD] = ({token_of(world.browser, world.client)}, False)
    return found


def run(role: Role, count: int, clinic: Clinic, other: Clinic, member: Any) -> None:
    seen, chance = Seen(), 0
    for one in Role:
        if one is not Role.LINK:
            member(one), member(one, other)  # here, so that they outlive what is taken back
    while seen.answers.total() < count:
        with taken_back():
            fuzzed(role, min(max(count - seen.answers.total(), 20), IN_A_ROW), clinic, other, member, chance, seen)
        chance += 1
    print(f"{role}: {seen.answers.total()} requests, {dict(sorted(seen.answers.items()))}")
    assert not seen.failed, "\n".join(f"{where}\n    {request}" for where, request in seen.failed.items())


@pytest.mark.parametrize("role", Role)
def test_no_request_of_a_role_makes_a_page_fail(role, clinic, other_clinic, member):
    run(role, USUAL, clinic, other_clinic, member)


@pytest.mark.full
@pytest.mark.parametrize("role", Role)
def test_none_of_ten_thousand_requests_of_a_role_makes_a_page_fail(role, clinic, other_clinic, member):
    run(role, FULL, clinic, other_clinic, member)


def test_the_document_that_schemathesis_asks_by_holds_every_address_with_its_methods_and_fields():
    step = {"patient": ({"token"}, False), "version": ({"1"}, False), "confirmed": ({"yes"}, False)}
    forms: dict[str, openapi.Offered] = {"session_step": step, "photo_new": {"photo": (set(), True)}}
    paths = openapi.document({kind: lambda *_: [] for kind in openapi.KINDS}, forms)["paths"]
    assert len(paths) == len(ALL)
    one = paths["/clients/{client}/sessions/{session}/steps/{step}/"]
    assert set(one) == {"get", "post"}
    typed = one["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert typed["required"] == ["patient", "version"] and typed["properties"]["patient"] == {"enum": ["token"]}
    photo = paths["/clients/{client}/photos/new/"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert photo["properties"]["photo"] == {"type": "string", "format": "binary"}
