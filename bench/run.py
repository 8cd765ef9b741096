"""Measures what the project promises, and prints each figure beside its target and a peer measured in the same run.

Run with `python3 dev.py bench`. Whole processes are timed from outside, medians of five after one warm-up; memory is
the operating system's peak for the process. Nothing here fails: machines differ, figures are for reading.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
RUNS = 5
WARM_SCREENINGS = 2000
PLANS = 5
BATCH = 100_000
BATCH_RUNS = 3


def process(*command: str, runs: int = RUNS) -> tuple[float, float]:
    """Return the median wall seconds and the largest peak memory in MB of a command's processes."""
    seconds, peaks = [], []
    for run in range(runs + 1):
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 3):
            raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
        if run:
            seconds.append(time.perf_counter() - start)
            peaks.append(usage.ru_maxrss / 1024)
    return statistics.median(seconds), max(peaks)


def repeated(function: Callable[[], object], times: int) -> float:
    """Return the median seconds of one call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def line(what: str, measured: str, target: str, beside: str = "") -> None:
    """Print one row."""
    print(f"{what:<52} {measured:>14}   target {target:<12} {beside}")


def start_up(folder: Path) -> None:
    """Import, and the commands from cold."""
    bare, _ = process(sys.executable, "-c", "pass")
    imported, _ = process(sys.executable, "-c", "import mesoplan")
    line("import mesoplan, over the bare interpreter", f"{imported - bare:.3f} s", "<= 0.2 s", f"bare {bare:.3f} s")
    intake = folder / "intake.yaml"
    subprocess.run([BIN / "mesoplan", "example", "--out", intake], check=True, stdout=subprocess.DEVNULL)
    seconds, peak = process(str(BIN / "mesoplan"), "screen", str(intake))
    line("mesoplan screen, cold", f"{seconds:.2f} s", "<= 0.6 s", f"{seconds / bare:.0f} x bare, peak {peak:.0f} MB")
    photo = ROOT / ".data" / "astronaut.png"
    command = [str(BIN / "mesoplan"), "plan", str(intake), "--photo", str(photo), "--mirrored", "no"]
    seconds, peak = process(*command, "--clinic", "example", "--out", str(folder / "plan"))
    line("mesoplan plan, photo and all papers, cold", f"{seconds:.2f} s", "<= 3 s", f"{seconds / bare:.0f} x bare")
    line("  its peak memory", f"{peak:.0f} MB", "<= 400 MB")


def warm(folder: Path) -> None:
    """One screening within a running process, beside the plain engine of the tests."""
    sys.path.insert(0, str(ROOT / "tests"))
    from mesoplan.intake.parse import read_intake
    from mesoplan.knowledge.load import load
    from mesoplan.screening.engine import Screener
    from screening import naive

    knowledge = load()
    intake = read_intake(folder / "intake.yaml", knowledge)
    on = intake.visit_date
    assert on is not None
    screener = Screener(knowledge)
    fast = repeated(lambda: screener.screen(intake, on), WARM_SCREENINGS)
    places = [(cell.technique, cell.zone) for cell in screener.screen(intake, on).cells]
    slow = repeated(lambda: [naive.cell(intake, knowledge, on, *place) for place in places], 20)
    findings = len(screener.screen(intake, on).findings)
    beside = (
        f"{len(knowledge.rules)} rules, {len(places)} cells, {findings} findings; the plain engine {slow / fast:.0f} x"
    )
    line("a warm screening with all findings", f"{fast * 1000:.3f} ms", "<= 0.2 ms", beside)


def plans() -> None:
    """Every case of tests/cases planned within a running process, without papers: the median and the worst."""
    from mesoplan.pipeline import make_plan
    from screening import cases, plan_cases, rows

    face, example = plan_cases.surface_of({}), plan_cases.clinic_of({})
    prepared = [
        (
            case["id"],
            plan_cases.client_of(case),
            plan_cases.surface_of(case),
            plan_cases.clinic_of(case),
            cases.ON,
            case,
        )
        for case in plan_cases.PLANS
        if "folder_refused" not in case
    ]
    for row in (*cases.ORACLE["rows"], *cases.MUST_PROCEED["clients"]):
        prepared.append((row["id"], rows.client_of(row), face, example, cases.ON, {}))
    for row in cases.DATED["windows"]:
        on, _ = cases.checked(row)[0]
        prepared.append((row["id"], rows.client_of(row, visit=rows.answered(row, on)), face, example, on, {}))
    found = []
    for name, client, surface, clinic, on, case in prepared:
        make = partial(make_plan, cases.KNOWLEDGE, clinic, client, surface, on=on, language="en")
        found.append((repeated(partial(make, technique=case.get("technique")), PLANS), name))
    worst, name = max(found)
    median = statistics.median(seconds for seconds, _ in found)
    line("a warm plan without papers, worst case", f"{worst * 1000:.1f} ms", "<= 50 ms", f"of {len(found)}: {name}")
    line("  median over the cases", f"{median * 1000:.1f} ms", "<= 50 ms")


def batch(folder: Path) -> None:
    """A file of many invented intakes in one process, reading and writing included; the peer parses and writes JSON."""
    from intakes import write_intakes
    from mesoplan.knowledge.load import load

    many = folder / "many.ndjson"
    write_intakes(many, load(), BATCH)
    seconds, peak = process(str(BIN / "mesoplan"), "screen-all", str(many), runs=BATCH_RUNS)
    code = "import json,sys; o=open(sys.argv[2],'w'); [o.write(json.dumps(json.loads(x))) for x in open(sys.argv[1])]"
    plain, _ = process(sys.executable, "-c", code, str(many), str(folder / "copy.ndjson"), runs=BATCH_RUNS)
    beside = f"{seconds / plain:.1f} x json.loads and json.dumps alone, peak {peak:.0f} MB"
    line(f"screen-all of {BATCH:,} intakes", f"{seconds:.1f} s", "<= 30 s", beside)


def installed() -> None:
    """Size of what the lock of the run time brings: its packages' own files, whatever else is installed beside them."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    size, count = 0, 0
    for name in sorted(set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))):
        try:
            files = metadata.files(name) or []
        except metadata.PackageNotFoundError:  # of another platform
            continue
        count += 1
        own = [Path(file.locate()) for file in files]
        compiled = [Path(cache_from_source(str(path))) for path in own if path.suffix == ".py"]
        size += sum(path.lstat().st_size for path in {*own, *compiled} if path.is_file())
    line("packages of the run time", f"{size / 1e6:.0f} MB", "<= 600 MB", f"{count} of requirements.lock, as installed")


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start_up(folder)
        warm(folder)
        plans()
        batch(folder)
    installed()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line("peak memory of this measuring process", f"{own:.0f} MB", "-")


if __name__ == "__main__":
    main()
