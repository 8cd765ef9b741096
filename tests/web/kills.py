"""Killing a server at any step of a write, and comparing what is left with what was there and what should be."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.kernel.keys import load_keys
from mesoplan_clinic.kernel.sealed import SealError
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.plans.book import BrokenRecord, entries_of
from mesoplan_clinic.plans.models import Course

Rows = dict[str, dict[Any, tuple[Any, ...]]]
"""Table -> key -> the row."""
Change = dict[str, tuple[int, int, tuple[tuple[str, ...], ...]]]
"""Table -> how many rows came, how many went, and of each that was changed the columns."""
KILLED = -signal.SIGKILL


class Steps:
    """Counts every point at which a power switch could be thrown, and throws it at one.

    The points lie before and after each statement of the database, each commit, and each thing done to the disk. At a
    file that is written but not yet on the disk, half of it is torn off first, as a loss of power may.
    """

    DISK = ("replace", "rename", "link", "unlink", "mkdir", "rmdir")

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def __call__(self, execute, sql, params, many, context):
        self.step()
        result = execute(sql, params, many, context)
        self.step()
        return result

    def step(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            self.step()
            result = function(*args, **kwargs)
            self.step()
            return result

        return stepping

    def fsync(self, handle: int) -> None:
        if self.count + 1 == self.at and stat.S_ISREG(os.fstat(handle).st_mode):
            with contextlib.suppress(OSError):
                os.ftruncate(handle, os.fstat(handle).st_size // 2)
        self.step()
        self.step()

    def install(self) -> None:
        """Lay the points into this process; it is one that was forked for it."""
        connection.ensure_connection()
        connection.execute_wrappers.append(self)
        connection._commit = self.around(connection._commit)
        for name in self.DISK:
            setattr(os, name, self.around(getattr(os, name)))
        os.fsync = self.fsync
        shutil.copyfile = self.around(shutil.copyfile)


@dataclass(frozen=True)
class Run:
    """What became of a process: what it ended with, whether it had answered that it is done, how many steps it made."""

    ended: int
    answered: bool
    steps: int


def run_and_kill(work: Callable[[Callable[[], None]], None], at: int = 0) -> Run:
    """Do some work in a process that is killed at a step; 0: at none. The work is given what says that it is done."""
    connections.close_all()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            # Where a loop runs, as a browser's does, the parent's connections are another set than the child's, and
            # were not closed: they are left alone, held so that nothing ends them.
            inherited = connections.all(initialized_only=True)
            for one in inherited:
                del connections[one.alias]
            steps = Steps(at)
            steps.install()
            work(lambda: os.write(writing, b"!"))
            os.write(writing, str(steps.count).encode())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    said = b""
    while part := os.read(reading, 100):
        said += part
    os.close(reading)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    settings.KEYS = load_keys(settings.HOME)  # as a server that starts again
    return Run(ended, said.startswith(b"!"), int(said.strip(b"!") or 0))


# -- keeping a state of database and data folder, and going back to it


class Kept:
    """A state of the database and of the data folder, to go back to.

    SQLite's is gone back to in a new file each time: others may still have the one open that all tests share, and when
    they close it SQLite removes the log beside it by its name, and with it what was written since.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.shared, self.times = folder, self._name, 0
        connections.close_all()
        if connection.vendor == "sqlite":
            folder.mkdir(parents=True)
            # by SQLite itself: a copied file lacks what a reader elsewhere keeps in the log
            with (
                contextlib.closing(sqlite3.connect(self._name)) as source,
                contextlib.closing(sqlite3.connect(self._kept)) as copy,
            ):
                source.backup(copy)
        else:
            self._made_from(self._kept, self._name)
        shutil.copytree(settings.HOME, folder / "home")

    def bring_back(self) -> None:
        """Leave everything as it was."""
        self.leave()
        if connection.vendor == "sqlite":
            self.times += 1
            connection.settings_dict["NAME"] = shutil.copyfile(self._kept, self.folder / f"database {self.times}")
        else:
            self._made_from(self._name, self._kept)
        shutil.rmtree(settings.HOME)
        shutil.copytree(self.folder / "home", settings.HOME)
        settings.KEYS = load_keys(settings.HOME)

    def leave(self) -> None:
        """Go back to the database that all tests share."""
        connections.close_all()
        connection.settings_dict["NAME"] = self.shared
        for file in self.folder.glob("database *"):
            file.unlink()

    def forget(self) -> None:
        """Remove what only a server of databases keeps."""
        connections.close_all()
        if connection.vendor != "sqlite":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{self._kept}" WITH (FORCE)')

    def _made_from(self, name: str, source: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    @property
    def _name(self) -> str:
        return str(connection.settings_dict["NAME"])

    @property
    def _kept(self) -> str:
        return str(self.folder / "kept") if connection.vendor == "sqlite" else f"{self.shared}_kept"


# -- what was changed

NO_DATA = {"django_session", "shared_cache"}
"""Sessions of browsers and the cache are not data; they are written beside a page, not with it."""


def every_row() -> Rows:
    """Return everything that the database holds."""
    found: Rows = {}
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - NO_DATA
        for table in sorted(one for one in tables if not one.startswith("sqlite_")):  # SQLite's own counts are no data
            key = connection.introspection.get_primary_key_column(cursor, table)
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            place = names.index(key)
            found[table] = {row[place]: _plain(row) for row in cursor.fetchall()}
            found[f"{table} columns"] = {0: tuple(names)}
    return found


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)


def change(before: Rows, after: Rows) -> Change:
    """Return what was changed, without the values: two runs of one write change the same."""
    found: Change = {}
    for table, rows in after.items():
        if table.endswith(" columns"):
            continue
        old, names = before[table], after[f"{table} columns"][0]
        edited = [
            tuple(name for name, one, two in zip(names, old[key], rows[key], strict=True) if one != two)
            for key in rows.keys() & old.keys()
            if old[key] != rows[key]
        ]
        came, went = len(rows.keys() - old.keys()), len(old.keys() - rows.keys())
        if came or went or edited:
            found[table] = (came, went, tuple(sorted(edited)))
    return found


def broken() -> list[str]:
    """Return what is not whole by itself: the audit's chains, the courses' records, the photos and their files."""
    wrong = [text for clinic in Clinic.objects.all() for text in verify(clinic)]
    for course in Course.objects.all():
        try:
            entries_of(course)
        except BrokenRecord as error:
            wrong.append(str(error))
    photos = list(Photo.objects.all())
    for photo in photos:
        try:
            vault.get(photo.pk)
        except (FileNotFoundError, SealError) as error:
            wrong.append(f"half-written: a photo without its file: {error}")
    return wrong + _left_in_the_vault({photo.pk for photo in photos})


def _left_in_the_vault(named: set[Any]) -> list[str]:
    """Let the server that starts again remove what was left, and return what is there still."""
    clear = clock.now().replace(year=9999)
    vault.settle(lambda keys: keys & named, before=clear)
    left = [f"a file without its photo: {key}" for key in set(vault.every_key()) - named]
    folder = Path(settings.HOME) / "vault"
    torn = [f"an unfinished file: {path.name}" for path in folder.glob("??/*.new") if not path.with_suffix("").exists()]
    return left + torn
