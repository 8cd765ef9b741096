"""`mesoplan-clinic check`: is this server set up as it must be, and is everything in it as it was written."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mesoplan import ProblemError
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.administration.backup import folder
from mesoplan_clinic.administration.fitting import unopened
from mesoplan_clinic.audit.chain import verify
from mesoplan_clinic.core import screener_of
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.keys import FILE
from mesoplan_clinic.plans.book import broken_records_of
from mesoplan_clinic.server import FIXED_SQLITE

BACKUP_AGE = timedelta(hours=26)
"""A backup each day, and two hours for it to run."""
FREE_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        fault: Whether it must be mended before anybody is treated; otherwise it is to be known.
        text: What it is, and what to do.
    """

    fault: bool
    text: str


def check_all(*, heads: tuple[dict[str, object], ...] = ()) -> list[Finding]:
    """Return what is wrong and what is to be known; faults first.

    Args:
        heads: Heads of the audit that were exported earlier.
    """
    waiting = _waiting()
    inside = [waiting] if waiting is not None else _clinics(heads)
    every = [*_django(), *_database(), *_keys(), *_address(), *_backups(), *_disk(), *inside]
    return sorted(every, key=lambda one: not one.fault)


def _django() -> Iterator[Finding]:
    for one in run_checks(include_deployment_checks=bool(settings.PUBLIC_URL)):
        if not one.is_silenced():
            yield Finding(one.is_serious(), f"{one.id}: {one.msg}")


def _database() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    version = sqlite3.sqlite_version_info
    if version < FIXED_SQLITE:
        wanted = ".".join(map(str, FIXED_SQLITE))
        text = f"SQLite {sqlite3.sqlite_version}: before {wanted} only one process may write; the server starts one."
        yield Finding(False, text)
    with connection.cursor() as cursor:
        for pragma, good in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            cursor.execute(f"PRAGMA {pragma}")
            found = cursor.fetchone()[0]
            if found != good:
                yield Finding(True, f"SQLite's {pragma} is {found}, not {good}: a power cut could lose what was saved.")
        cursor.execute("PRAGMA integrity_check")
        if cursor.fetchone()[0] != "ok":
            yield Finding(True, "The database file is damaged: stop the server and restore the last whole backup.")


def _waiting() -> Finding | None:
    """Return what is said of a database that an earlier version made, as after restoring an old backup."""
    executor = MigrationExecutor(connection)
    steps = [step for step, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if not steps:
        return None
    text = f"The database was made by an earlier version ({steps[0].app_label} {steps[0].name} is still to come): run"
    return Finding(
        True, f"{text} `mesoplan-clinic manage migrate`, then check again. No log and no record was looked at."
    )


def _keys() -> Iterator[Finding]:
    path = Path(settings.HOME) / FILE
    if path.exists() and os.name != "nt" and path.stat().st_mode & 0o077:
        yield Finding(True, f"{path} can be read by others: chmod 600 it.")
    if closed := unopened():
        yield Finding(True, closed)
    copy = list(folder().rglob(FILE)) if folder().exists() else []
    if copy:
        yield Finding(True, f"{copy[0]} lies beside the backups it opens: keep the keys elsewhere.")


def _address() -> Iterator[Finding]:
    if settings.PUBLIC_URL and not settings.SECURE:
        yield Finding(True, f"{settings.PUBLIC_URL} is not https: passwords and health data would travel in the open.")
    if not settings.PUBLIC_URL:
        yield Finding(
            False,
            "MESOPLAN_PUBLIC_URL is not set here: without it (or serve --public-url) this machine alone reaches the "
            "server, and no QR link is made.",
        )


def _backups() -> Iterator[Finding]:
    made = sorted(one for one in folder().glob("2*Z") if one.is_dir()) if folder().exists() else []
    if not made:
        yield Finding(True, "There is no backup: run `mesoplan-clinic backup` each day, and keep copies elsewhere.")
        return
    stamp = datetime.strptime(made[-1].name, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=clock.now().tzinfo)
    age = clock.now() - stamp
    if age > BACKUP_AGE:
        hours = int(age.total_seconds() // 3600)
        yield Finding(True, f"The newest backup is {hours} hours old: run `mesoplan-clinic backup` each day.")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.HOME).free
    if free < FREE_BYTES:
        yield Finding(True, f"Only {free // 1_000_000} MB are free where the data lie: nothing can be saved soon.")


def _clinics(heads: tuple[dict[str, object], ...]) -> Iterator[Finding]:
    for clinic in Clinic.objects.all():
        own = [one for one in heads if one.get("clinic") == str(clinic.pk)]
        for text in verify(clinic, own):
            yield Finding(True, f"{clinic}: audit: {text}")
        for one in broken_records_of(clinic):
            place = f"{clinic}: client {one.course.client_id}, course {one.course.pk}: entry {one.number} of the record"
            text = "is not as it was written: altered, removed or moved. Restore the last backup in which it is whole;"
            yield Finding(True, f"{place} {text} until then nobody treats this client.")
        try:
            screener_of(clinic)
        except ProblemError as error:
            yield Finding(True, f"{clinic}: nobody may be screened: {error}")
        if clinic.is_demo and settings.PUBLIC_URL:
            yield Finding(True, f"{clinic} is a demo clinic: never run it at a public address.")
        if not clinic.mfa_required and not clinic.is_demo:
            yield Finding(True, f"{clinic}: no second factor is required: require it on the page of the clinic.")
