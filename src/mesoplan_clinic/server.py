"""Starting: tables, static files, a demo clinic where there is none, then answering requests."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket  # noqa: TID251  (only to ask whether a port is free)
import sys
import threading
import webbrowser

from django.conf import settings
from django.core.management import call_command
from django.db import connection

FIXED_SQLITE = (3, 51, 3)
"""Before it, several processes on one file could lose a write (the WAL-reset bug): one process with threads then."""
MOST_THREADS = 8
ENDS_WITHIN = 20
"""Seconds that requests under way have when the server is stopped; a process that stays longer is ended."""


class PortError(Exception):
    """Nothing can answer at this port; the text says what to do."""


def prepare() -> None:
    """Bring tables and static files up to date; remove what a server that was killed left in the vault."""
    from mesoplan_clinic.photos.services import settle_photos

    call_command("migrate", verbosity=0, interactive=False)
    settle_photos()
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    count_rows()


def count_rows() -> None:
    """Let SQLite count what its tables hold, by which it chooses how to search them; PostgreSQL does so by itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA optimize=0x10002")  # every table, a sample of each


def processes() -> int:
    """Return how many processes may answer: one on a SQLite that is not fixed, else one for each core."""
    if connection.vendor == "sqlite":
        import sqlite3

        if sqlite3.sqlite_version_info < FIXED_SQLITE:
            return 1
    return min(os.cpu_count() or 1, 8)


def threads() -> int:
    """Return how many requests a process answers at once: where several share the work, two that take turns."""
    return 2 if processes() > 1 else min(MOST_THREADS, 2 * (os.cpu_count() or 1) + 1)


def refuse_port(port: int) -> None:
    """Refuse a port at which nothing can answer, before anything is prepared, printed or promised.

    Raises:
        PortError: If there is no such port, another program has it, or the system keeps it.
    """
    if not 0 < port < 65_536:
        raise PortError(f"--port {port}: a port is a number from 1 to 65535.")
    with socket.socket() as tried:
        if os.name != "nt":  # where it would take a port from whoever has it
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise PortError(f"--port {port}: the system keeps it. Name one above 1023, such as --port 8000.") from error
        except OSError as error:
            raise PortError(
                f"--port {port}: another program has it, perhaps a Mesoplan that runs already. "
                f"Stop that one, or name another port, such as --port {port + 1 if port < 65_535 else 8000}."
            ) from error


def serve(*, port: int, open_browser: bool = False) -> int:
    """Prepare, and answer on this machine's loopback address until stopped.

    Raises:
        PortError: If nothing can answer there.
    """
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from mesoplan_clinic.accounts.models import Clinic
    from mesoplan_clinic.demo.make import make_demo
    from mesoplan_clinic.owner.rescreen import start_where_knowledge_changed

    refuse_port(port)
    prepare()
    if not Clinic.objects.exists():
        print(make_demo(), flush=True)
    print(f"Mesoplan answers on http://localhost:{port}/  (Ctrl+C stops it)", flush=True)
    if settings.PUBLIC_URL:
        print(f"Tablets reach it at {settings.PUBLIC_URL}/ through your TLS proxy (docs/clinic.md).", flush=True)
    for run in start_where_knowledge_changed():
        print(f"{run.clinic}: the knowledge base changed; open plans screened again: {run.total}.", flush=True)
    if open_browser:
        _open_soon(port)
    # fresh processes, not forks: a fork while a re-screening reads would take SQLite's locks along and wait for ever
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "mesoplan_clinic.config.wsgi:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=processes(),
        blocking_threads=threads(),
        websockets=False,
        respawn_failed_workers=True,
        # a process told to stop while it was starting does not hear it, and would be waited for without end
        workers_kill_timeout=ENDS_WITHIN,
        log_level=LogLevels.warning,
    )
    server.serve()
    print("Mesoplan has stopped.", flush=True)
    return 0


def _open_soon(port: int) -> None:
    """Open a browser once the server answers; a machine without a screen opens none."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")):
        return
    threading.Thread(target=_open, args=(port,), daemon=True).start()


def _open(port: int) -> None:
    """Wait until the port answers, on a slow machine too, and open it."""
    for _try in range(240):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            webbrowser.open(f"http://localhost:{port}/")
            return
        threading.Event().wait(0.25)
