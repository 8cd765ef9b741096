import dataclasses
import json
import os
import shutil
import sqlite3
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from mesoplan.record.chain import FIRST
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.administration import backup as backups
from mesoplan_clinic.administration import check, rotate
from mesoplan_clinic.administration.backup import BackupError, make_backup, restore, table_hashes, verify_backup
from mesoplan_clinic.administration.fitting import unopened
from mesoplan_clinic.audit.chain import Event, append, export_head
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.kernel.keys import load_keys, store_keys
from mesoplan_clinic.kernel.sealed import key_number
from mesoplan_clinic.plans.models import Course
from mesoplan_clinic.plans.services import open_course
from mesoplan_clinic.server import count_rows, prepare
from web.pictures import kept_photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def filled(settings, tmp_path, clinic, maria):
    settings.HOME = tmp_path / "home"
    (settings.HOME).mkdir()
    vault.put(maria.pk, b"a photo")
    for number in range(20):
        enter_client(clinic, name=f"Client {number}", identifier=f"C-{number}")
    return clinic


def write_event(actor) -> None:
    with transaction.atomic():
        append(actor, Event("client", "GET", 200))


def emptied(settings, tmp_path: Path) -> None:
    """Leave an empty database and data folder, as on a new machine."""
    settings.HOME = tmp_path / "new"
    settings.HOME.mkdir()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys=OFF")
            for table in connection.introspection.table_names():
                if not table.startswith("sqlite_"):
                    cursor.execute(f'DROP TABLE "{table}"')
            connection.close()
        else:
            names = ", ".join(f'"{name}"' for name in backups._tables() if name != "django_migrations")
            cursor.execute(f"TRUNCATE {names} CASCADE")


def test_what_is_restored_on_an_empty_machine_equals_what_was_saved_to_the_last_row_and_photo(
    filled, settings, tmp_path
):
    count_rows()
    before = table_hashes()
    made = make_backup()
    emptied(settings, tmp_path)
    restore(made)
    assert table_hashes() == before and "clients_client" in before
    assert sorted(one.name for one in Client.objects.all())[-1] == "Maria Example"
    assert vault.get(Client.objects.get(pk=next(vault.every_key())).pk) == b"a photo"


def test_a_backup_of_an_earlier_version_is_restored_as_it_was_and_then_brought_up_to_date(
    filled, settings, tmp_path, member
):
    course = open_course(Client.objects.first(), member())
    call_command("migrate", "plans", "0001", verbosity=0)
    before, made = table_hashes(), make_backup()
    call_command("migrate", verbosity=0)
    emptied(settings, tmp_path)
    restore(made)
    assert table_hashes() == before
    assert unopened() is None  # asked of what the earlier tables have
    call_command("migrate", verbosity=0)
    assert Course.objects.get().end == [0, FIRST] == list(course.end)


def test_a_backup_of_a_newer_version_is_refused_by_the_migration_that_is_not_known(filled):
    made = make_backup()
    manifest = json.loads((made / "manifest.json").read_bytes())
    manifest["migrations"].append("plans.0999_of_a_year_to_come")
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BackupError, match=r"newer version .* plans.0999_of_a_year_to_come"):
        restore(made)


def test_a_backup_is_never_restored_over_data(filled):
    made = make_backup()
    with pytest.raises(BackupError, match="already"):
        restore(made)


def test_a_backup_holds_no_keys_and_nothing_of_a_person_in_the_open(filled):
    made = make_backup()
    everything = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    for secret in (b"Maria", b"a photo", b"C-13"):
        assert secret not in everything
    assert not list(made.rglob("keys.json"))


@pytest.mark.parametrize("harm", ["change", "remove", "add", "manifest"])
def test_a_backup_that_was_altered_is_refused(filled, harm):
    made = make_backup()
    victim = next(
        path
        for path in sorted(made.rglob("*"))
        if path.is_file() and path.stat().st_size and path.name != "manifest.json"
    )
    if harm == "change":
        content = victim.read_bytes()
        victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif harm == "remove":
        victim.unlink()
    elif harm == "add":
        (made / "more").write_text("x")
    else:
        (made / "manifest.json").write_text("{}")
    with pytest.raises(BackupError):
        verify_backup(made)


def test_a_backup_that_fails_half_way_leaves_nothing(filled, monkeypatch):
    def full(*_args):
        raise OSError("No space left on device")

    monkeypatch.setattr(backups, "_copy_vault", full)
    with pytest.raises(BackupError, match="No space left"):
        make_backup()
    assert list(backups.folder().iterdir()) == []


def test_what_a_killed_backup_left_is_removed_by_the_next_once_it_is_a_day_old(filled):
    old, new = (backups.folder() / f".{name}.unfinished" for name in ("20200101T000000Z", "20201231T000000Z"))
    for one in (old, new):
        one.mkdir(parents=True)
        (one / "clinic.sqlite3").write_bytes(b"torn")
    os.utime(old, (0, 0))
    make_backup()
    assert (old.exists(), new.exists()) == (False, True)


def test_a_server_that_starts_again_removes_what_was_left_of_photos_not_kept_or_erased_and_nothing_else(filled, maria):
    kept, erased, torn, unmarked, writing = kept_photo(maria), *(uuid.uuid4() for _ in range(4))
    for one in (erased, torn, unmarked, writing):
        vault.put(one, b"a photo")
    vault.path_of(torn).rename(vault.path_of(torn).with_suffix(".new"))
    marks = [kept.pk, erased, torn, writing]
    for one in marks:
        vault.mark(one)
    for one in marks[:-1]:
        os.utime(vault._mark_of(one), (0, 0))
    prepare()
    assert set(vault.every_key()) == {kept.pk, unmarked, writing, maria.pk}
    assert not list(vault.path_of(torn).parent.glob("*.new"))
    assert [vault._mark_of(one).exists() for one in marks] == [False, False, False, True]


def test_a_photo_erased_while_the_keys_are_changed_does_not_come_back(filled, settings, maria, monkeypatch):
    store_keys(settings.HOME, settings.KEYS, replace=False)
    photo, get = kept_photo(maria), vault.get

    def erased_meanwhile(key):
        content = get(key)
        if key == photo.pk:
            photo.delete()
            vault.remove(key)
        return content

    monkeypatch.setattr(vault, "get", erased_meanwhile)
    rotate.add_key()
    rotate._reseal_vault()
    assert vault.settle(lambda keys: keys & {maria.pk}, before=clock.now() + timedelta(seconds=1)) == 1
    assert photo.pk not in set(vault.every_key())


def test_a_backup_made_while_others_write_is_of_one_moment(filled, clinic, member):
    """The audit's head and its last event are written together: a copy between the two would show."""
    actor, stop = member(), threading.Event()
    write_event(actor)

    def work():
        while not stop.is_set():
            write_event(actor)
        connection.close()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        made = [make_backup() for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    assert AuditEvent.objects.count() > 5
    for one in made:
        manifest = verify_backup(one)
        if connection.vendor == "sqlite":
            copy = sqlite3.connect(one / backups.DATABASE)
            last = copy.execute("SELECT max(number) FROM audit_auditevent").fetchone()[0]
            assert copy.execute("SELECT number FROM audit_audithead").fetchone()[0] == last
        assert manifest["tables"]["clients_client"]


def test_after_a_change_of_keys_everything_is_sealed_with_the_new_one_and_reads_as_before(filled, settings):
    settings.KEYS = load_keys(settings.HOME)
    for client in Client.objects.all():
        client.delete()
    maria = enter_client(filled, name="Maria Again", identifier="M-9")
    vault.put(maria.pk, b"another photo")
    for key in list(vault.every_key()):
        if key != maria.pk:
            vault.remove(key)
    number = rotate.add_key()
    assert rotate.reseal() == 6
    assert rotate.reseal() == 0
    settings.KEYS = load_keys(settings.HOME)
    settings.KEYS = dataclasses.replace(settings.KEYS, data={number: settings.KEYS.data[number]})
    again = Client.objects.get()
    assert (again.name, again.identifier, vault.get(maria.pk)) == ("Maria Again", "M-9", b"another photo")
    assert key_number(again.name_sealed) == number


def faults() -> str:
    return "\n".join(one.text for one in check.check_all() if one.fault)


def test_a_server_without_a_backup_or_with_an_old_one_is_at_fault(filled, monkeypatch):
    assert "There is no backup" in faults()
    made = make_backup()
    assert "backup" not in faults()
    made.rename(made.with_name("20200101T000000.000000Z"))
    assert "hours old" in faults()


def test_a_public_address_without_tls_a_public_demo_and_a_missing_second_factor_are_faults(filled, settings):
    assert "no second factor is required" in faults()
    Clinic.objects.update(is_demo=True)
    settings.PUBLIC_URL = "http://clinic.example"
    assert "is not https" in faults()
    assert "never run it at a public address" in faults()


def test_keys_that_others_can_read_or_that_lie_beside_the_backups_are_faults(filled, settings):
    load_keys(settings.HOME)
    (settings.HOME / "keys.json").chmod(0o644)
    assert "can be read by others" in faults()
    made = make_backup()
    shutil.copy(settings.HOME / "keys.json", made)
    assert "keep the keys elsewhere" in faults()


def test_a_tampered_audit_is_a_fault(filled, member):
    write_event(member())
    write_event(member())
    AuditEvent.objects.filter(number=1).update(status=404)
    assert "event 1 was changed" in faults()


def test_a_head_exported_earlier_is_held_against_the_chain(filled, member):
    write_event(member())
    head = export_head(filled)
    assert "exported head" not in "\n".join(one.text for one in check.check_all(heads=(head,)))
    AuditEvent.objects.all()._raw_delete(AuditEvent.objects.db)
    filled.audit_head.delete()
    write_event(member())
    write_event(member())
    assert "exported head 1 is not in the chain" in "\n".join(one.text for one in check.check_all(heads=(head,)))


def test_a_damaged_knowledge_base_is_a_fault(filled, monkeypatch):
    from mesoplan import ProblemError
    from mesoplan.errors import Problem

    def broken(_clinic):
        raise ProblemError([Problem("canary", "x", "may be treated", "mend the rules")])

    monkeypatch.setattr(check, "screener_of", broken)
    assert "nobody may be screened" in faults()
