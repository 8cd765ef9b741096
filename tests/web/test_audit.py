import random
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.translation import override

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit import chain
from mesoplan_clinic.audit.chain import Event, append, export_head, verify
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.audit.templatetags.audit_words import who
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.links import LinkActor
from mesoplan_clinic.intakes.models import IntakeLink


@pytest.fixture
def events(member, clinic) -> int:
    for number in range(30):
        append(member(), Event("client", "GET", 200, None, f"row {number}", {"fields": ["name"]}))
    return 30


def test_a_whole_chain_is_found_whole(clinic, events):
    assert verify(clinic) == []
    assert verify(clinic, [export_head(clinic)]) == []


def test_an_event_can_neither_be_changed_nor_deleted_through_the_application(events):
    row = AuditEvent.objects.first()
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()


def tamper(cursor, rng: random.Random, kind: str) -> None:
    """Do to the table what somebody with the database and without the key can do."""
    numbers = [
        row[0] for row in cursor.execute("SELECT number FROM audit_auditevent ORDER BY number") or cursor.fetchall()
    ]
    one, two = rng.sample(numbers, 2)
    if kind == "edit":
        column, value = rng.choice(
            [
                ("actor_name", "Nobody"),
                ("action", "nothing"),
                ("status", 404),
                ("at", "2020-01-01 00:00:00"),
                ("detail", '{"fields": []}'),
                ("subject", "another"),
                ("role", "owner"),
                ("method", "PUT"),
            ]
        )
        cursor.execute(f"UPDATE audit_auditevent SET {column} = %s WHERE number = %s", [value, one])
    elif kind == "delete":
        cursor.execute("DELETE FROM audit_auditevent WHERE number = %s", [one])
    elif kind == "insert":
        cursor.execute("UPDATE audit_auditevent SET number = number + 1000 WHERE number > %s", [one])
        columns = (
            "clinic_id, at, actor, actor_name, role, action, method, status, client, subject, detail, previous, mac"
        )
        cursor.execute(
            f"INSERT INTO audit_auditevent (number, {columns}) "
            f"SELECT number + 1, {columns} FROM audit_auditevent WHERE number = %s",
            [one],
        )
        cursor.execute("UPDATE audit_auditevent SET number = number - 999 WHERE number > 1000")
    elif kind == "reorder":
        cursor.execute("UPDATE audit_auditevent SET number = 9999 WHERE number = %s", [one])
        cursor.execute("UPDATE audit_auditevent SET number = %s WHERE number = %s", [one, two])
        cursor.execute("UPDATE audit_auditevent SET number = %s WHERE number = 9999", [two])
    else:
        cursor.execute("DELETE FROM audit_auditevent WHERE number > %s", [max(numbers) - rng.randint(1, 5)])


@pytest.mark.parametrize("kind", ["edit", "delete", "insert", "reorder", "truncate"])
def test_every_one_of_two_hundred_tamperings_of_a_kind_is_detected(clinic, events, kind):
    from django.db import transaction

    rng = random.Random(kind)
    for _ in range(200):
        mark = transaction.savepoint()
        with connection.cursor() as cursor:
            tamper(cursor, rng, kind)
        assert verify(clinic) != []
        transaction.savepoint_rollback(mark)
    assert verify(clinic) == []


def test_a_chain_that_is_written_anew_from_its_beginning_with_the_head_shows_by_an_exported_head(
    clinic, member, events
):
    kept = export_head(clinic)
    AuditEvent.objects.all()._raw_delete(AuditEvent.objects.db)
    clinic.audit_head.delete()
    for _ in range(40):
        append(member(), Event("client", "GET", 200))
    assert verify(clinic) == []
    assert any("rewritten" in one for one in verify(clinic, [kept]))


def test_a_write_whose_event_cannot_be_written_is_taken_back(browser, send, maria, monkeypatch):
    from mesoplan_clinic.accounts import access

    def broken(*_args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(access, "append", broken)
    one = browser()
    one.raise_request_exception = False
    values = {"name": "Changed", "identifier": "M-1", "language": "en", "version": 1}
    answer = send(one, reverse("client_change", args=[maria.pk]), values, maria)
    assert answer.status_code == 500
    assert Client.objects.get().name == "Maria Example"


def test_a_page_whose_event_cannot_be_written_shows_nothing(browser, maria, monkeypatch):
    from mesoplan_clinic.accounts import access

    def broken(*_args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(access, "append", broken)
    one = browser()
    one.raise_request_exception = False
    answer = one.get(reverse("client", args=[maria.pk]))
    assert answer.status_code == 500 and "Maria" not in answer.text


def test_what_was_refused_stands_in_the_audit_too(browser, other_clinic, maria):
    browser(Role.AUDITOR).get(reverse("client", args=[maria.pk]))
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.status, event.detail) == ("client", 403, {"refused": "role"})
    browser(Role.PHYSICIAN, other_clinic).get(reverse("client", args=[maria.pk]))
    event = AuditEvent.objects.latest("id")
    assert (event.clinic, event.status) == (other_clinic, 403)


def test_no_event_holds_what_was_entered(browser, send, maria):
    values = {"name": "Secret Name", "identifier": "M-1", "language": "en", "version": 1, "notes": "secret note"}
    send(browser(), reverse("client_change", args=[maria.pk]), values, maria)
    browser().get(reverse("clients"), {"q": "secret"})
    for event in AuditEvent.objects.all():
        assert "ecret" not in f"{event.detail}{event.subject}{event.action}"


def test_the_seals_depend_on_the_key(clinic, events, settings):
    import dataclasses

    settings.KEYS = dataclasses.replace(settings.KEYS, audit=b"x" * 32)
    assert len(verify(clinic)) >= 30
    assert chain.FIRST == "0" * 64


def test_every_page_that_is_logged_has_a_name_that_a_person_can_read():
    from mesoplan_clinic.audit.words import ACTIONS
    from web.test_routes import DECLARED

    assert {one.name for one in DECLARED} - set(ACTIONS) == set()


def test_the_access_log_shows_pages_and_roles_in_words_and_a_refusal_as_one(browser, maria, send):
    browser(Role.ASSISTANT).get(reverse("client_erase", args=[maria.pk]))
    browser(Role.PHYSICIAN).get(reverse("client", args=[maria.pk]))
    owner = browser(Role.OWNER)
    log = owner.get(reverse("audit")).content.decode()
    assert "Erasing a client" in log and "refused (403)" in log and "client_erase" not in log
    assert str(maria.pk)[:8] in log
    assert owner.get(reverse("client_erase", args=[maria.pk])).status_code == 200
    send(owner, reverse("client_erase", args=[maria.pk]), {"identifier": "M-1"}, maria)
    seen = owner.get(reverse("client_access", args=[maria.pk])).content.decode()
    assert "Erasing a client, not saved: something was missing" in seen
    assert "422" not in re.sub(r"<[^>]+>", " ", seen)  # an id in an address may hold it
    assert "<td>Physician</td><td>Client’s page, seen</td>" in seen


def test_who_came_by_a_link_is_named_in_the_language_of_whoever_reads_the_log(maria, member):
    shown = who(AuditEvent(actor_name=str(LinkActor(uuid4(), maria.clinic_id, IntakeLink()))))
    with override("ru"):
        said = who(AuditEvent(actor_name=shown))
    assert (shown, said) == ("client by link", "клиент по ссылке")
