"""Backups: the database as of one moment, the vault's files, and a list of hashes that a restore is held against.

Everything of a person is sealed in it as it is in the data folder; the keys are not part of a backup and are kept
elsewhere. A backup is whole or it is not there: it is written under another name and renamed at its end.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import marshal
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor

from mesoplan_clinic.kernel import clock
from mesoplan_clinic.photos.services import settle_photos

MANIFEST = "manifest.json"
DATABASE = "clinic.sqlite3"
TABLES = "tables"
VAULT = "vault"
FORM = "mesoplan-clinic-backup/2"
_ROWS = 500
_UNFINISHED = ".unfinished"
Steps = list[tuple[str, str | None]]
_RUNS_AT_MOST = timedelta(hours=24)


class BackupError(Exception):
    """A backup cannot be made, or cannot be restored; the text says what to do."""


def folder() -> Path:
    """Return where backups are kept."""
    return Path(settings.HOME) / "backups"


def make_backup(target: Path | None = None) -> Path:
    """Write a backup and return its folder; other people may work meanwhile.

    Args:
        target: A folder that does not exist yet; None for one named by the moment, in the data folder.

    Raises:
        BackupError: If the target exists, or the disk is full.
    """
    chosen = target or folder() / clock.now().strftime("%Y%m%dT%H%M%S.%fZ")
    if chosen.exists():
        raise BackupError(f"{chosen} exists already: name another folder.")
    _remove_interrupted()
    settle_photos()
    unfinished = chosen.with_name(f".{chosen.name}{_UNFINISHED}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True, mode=0o700)
        database = _dump_sqlite(unfinished) if connection.vendor == "sqlite" else _dump_tables(unfinished)
        # after the database: a file that it names is there already, one that came later is no harm
        _copy_vault(unfinished)
        manifest = {
            "form": FORM,
            "made_at": clock.now().isoformat(),
            "vendor": connection.vendor,
            "migrations": _migrations(),
            "tables": database,
            "files": {str(path.relative_to(unfinished)): _sha256(path) for path in _files(unfinished)},
        }
        _write(unfinished / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
        os.replace(unfinished, chosen)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError(f"The backup could not be written ({error}). Free some space, then try again.") from error
    return chosen


def _remove_interrupted() -> None:
    """Remove what backups left that were killed; younger than a day it may be of one that is still running."""
    for path in folder().glob(f".*{_UNFINISHED}"):
        if path.stat().st_mtime < (clock.now() - _RUNS_AT_MOST).timestamp():
            shutil.rmtree(path, ignore_errors=True)


def verify_backup(source: Path) -> dict[str, Any]:
    """Return a backup's manifest after every file was held against its hash.

    Raises:
        BackupError: If a file is missing, was altered, or does not belong to it.
    """
    try:
        manifest = json.loads((source / MANIFEST).read_bytes())
        wanted = dict(manifest["files"])
        form = manifest["form"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{source} is no backup: it has no {MANIFEST} that can be read. Name its folder.") from error
    if form != FORM:
        raise BackupError(f"{source} is of another form, {form}.")
    there = {str(path.relative_to(source)) for path in _files(source)} - {MANIFEST}
    wrong = sorted(there ^ set(wanted)) + [
        name for name in sorted(there & set(wanted)) if _sha256(source / name) != wanted[name]
    ]
    if wrong:
        raise BackupError(f"{source} is not whole: {', '.join(wrong[:5])}. Use another backup.")
    return dict(manifest)


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into an empty data folder or database and return its manifest.

    Raises:
        BackupError: If the backup is not whole, another database made it, or there are data already.
    """
    manifest = verify_backup(source)
    if manifest["vendor"] != connection.vendor:
        raise BackupError(f"This backup is of {manifest['vendor']}; the database here is {connection.vendor}.")
    steps = _steps(manifest)
    if _vault().exists() and any(_files(_vault())):
        raise BackupError(f"{_vault()} holds files already: restore into an empty data folder (--home).")
    if connection.vendor == "sqlite":
        _restore_sqlite(source)
    else:
        _restore_tables(source, steps)
    for path in _files(source / VAULT):
        target = _vault() / path.relative_to(source / VAULT)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, target)
    if table_hashes() != manifest["tables"]:
        raise BackupError("What was restored does not equal the backup. Do not use it; try another backup.")
    return manifest


def table_hashes() -> dict[str, str]:
    """Return table -> SHA-256 over all its rows in the order of their keys, of this database as it is."""
    if connection.vendor != "sqlite":
        return {table: _copied_hash(table) for table in _tables()}
    with contextlib.closing(_read_only()) as source:
        return {table: _hash_rows(source.execute(_ordered(table))) for table in _tables()}


# -- SQLite: one copy of the file as of one moment


def _dump_sqlite(target: Path) -> dict[str, str]:
    source = _read_only()
    copy = sqlite3.connect(target / DATABASE)
    try:
        source.backup(copy)  # in one step: as of one moment, whoever writes meanwhile
        copy.execute("PRAGMA journal_mode=DELETE")
        _refuse_damaged(copy, "quick_check")  # `check` and restoring look at the indices too
        return {table: _hash_rows(copy.execute(_ordered(table))) for table in _tables()}
    finally:
        copy.close()
        source.close()


def _refuse_damaged(database: sqlite3.Connection, how: str) -> None:
    found = database.execute(f"PRAGMA {how}").fetchone()
    if found != ("ok",):
        raise BackupError(f"The database is damaged: {found[0]}. Restore the last whole backup.")


def _read_only() -> sqlite3.Connection:
    """Return a connection to the file without Django's conversions."""
    return sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True)


def _restore_sqlite(source: Path) -> None:
    if _tables():
        raise BackupError("The database here holds tables already: restore into an empty data folder (--home).")
    path = Path(connection.settings_dict["NAME"])
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(source / DATABASE, path)
    with contextlib.closing(_read_only()) as restored:
        _refuse_damaged(restored, "integrity_check")


# -- PostgreSQL: every table copied inside one transaction that sees one moment


def _dump_tables(target: Path) -> dict[str, str]:
    (target / TABLES).mkdir()
    hashes = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in _tables():
            digest = hashlib.sha256()
            with (target / TABLES / f"{table}.copy").open("wb") as file:
                query = f"COPY ({_ordered(table)}) TO STDOUT"
                with cursor.cursor.copy(query) as rows:
                    for chunk in rows:
                        file.write(chunk)
                        digest.update(chunk)
            hashes[table] = digest.hexdigest()
    return hashes


def _restore_tables(source: Path, steps: Steps) -> None:
    """Fill tables that are made as they were when the backup was; the next start brings them up to date."""
    from mesoplan_clinic.accounts.models import Clinic

    if "accounts_clinic" in _tables() and Clinic.objects.exists():
        raise BackupError("The database here holds a clinic already: restore into an empty one.")
    MigrationExecutor(connection).migrate(steps)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"TRUNCATE {', '.join(map(_quoted, _tables()))} CASCADE")
        for table in _tables():
            with (
                (source / TABLES / f"{table}.copy").open("rb") as file,
                cursor.cursor.copy(f"COPY {_quoted(table)} FROM STDIN") as rows,
            ):
                while chunk := file.read(1 << 20):
                    rows.write(chunk)
        there = [model for model in _models() if model._meta.db_table in _tables()]
        for statement in connection.ops.sequence_reset_sql(no_style(), there):
            cursor.execute(statement)


# -- both


def _tables() -> list[str]:
    """Return the tables of the application that are there; sessions of browsers and the cache are not data."""
    found = set(connection.introspection.table_names()) - {"django_session", "shared_cache"}
    return sorted(one for one in found if not one.startswith("sqlite_"))


def columns_of(table: str) -> frozenset[str]:
    """Return the columns that a table has in this database, none where there is no such table."""
    if table not in connection.introspection.table_names():
        return frozenset()
    return frozenset(one.name for one in connection.introspection.get_table_description(_cursor(), table))


def _ordered(table: str) -> str:
    key = connection.introspection.get_primary_key_column(_cursor(), table)
    assert key is not None, f"{table} has no primary key"
    return f"SELECT * FROM {_quoted(table)} ORDER BY {_quoted(key)}"


def _copied_hash(table: str) -> str:
    digest = hashlib.sha256()
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({_ordered(table)}) TO STDOUT") as rows:
        for chunk in rows:
            digest.update(chunk)
    return digest.hexdigest()


def _hash_rows(rows: sqlite3.Cursor) -> str:
    digest = hashlib.sha256()
    while some := rows.fetchmany(_ROWS):
        digest.update(marshal.dumps(some, 2))  # from version 3 on equal values may be written in two ways
    return digest.hexdigest()


def _copy_vault(target: Path) -> None:
    for path in _files(_vault()):
        copy = target / VAULT / path.relative_to(_vault())
        copy.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # removed meanwhile, with its client
            shutil.copyfile(path, copy)


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.endswith(".new"))


def _vault() -> Path:
    return Path(settings.HOME) / VAULT


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _migrations() -> list[str]:
    from django.db.migrations.recorder import MigrationRecorder

    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _steps(manifest: dict[str, Any]) -> Steps:
    """Return the last migration of each app that a backup's tables were made by, None for an app that it lacks.

    Raises:
        BackupError: If a newer version made it: this one does not know its tables.
    """
    loader = MigrationExecutor(connection).loader
    made = {(app, name) for app, _dot, name in (one.partition(".") for one in manifest["migrations"])}
    unknown = sorted(f"{app}.{name}" for app, name in made - set(loader.disk_migrations))
    if unknown:
        text = f"A newer version made this backup: this one does not know {', '.join(unknown[:3])}."
        raise BackupError(f"{text} Install that version, and restore with it.")
    here = made & set(loader.graph.nodes)
    before = {one.key for key in here for one in loader.graph.node_map[key].parents if one.key[0] == key[0]}
    return sorted(here - before) + [(app, None) for app in sorted(loader.migrated_apps - {app for app, _ in made})]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _cursor() -> CursorWrapper:
    return connection.cursor()


def _models() -> list[type[models.Model]]:
    from django.apps import apps

    return list(apps.get_models(include_auto_created=True))
