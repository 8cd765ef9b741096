"""Our layout beside what others do on the same mesh with the same number of points, each in a process of its own.

Run with `python3 dev.py bench layout [--quick | --heads]`. Evenness and cover are measured by
`mesoplan.layout.measure`, whoever placed the points. Nothing here fails: machines differ, figures are for reading.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from layout_rows import FACES, Row, measured, print_faces, print_rows, treated_mesh
from peers import BY_RADIUS, MISSING, SAMPLERS

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = ROOT / "out" / "bench"
SESSIONS, COUNT = 5, 127_324  # 20 % of 450 cm2 in microzones of 0.3 mm
LIMIT_S = 400
QUICK_LIMIT_S = 120
CURVE = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


class Told(Exception):
    """Why a process gave no figures."""


def spawn(command: list[object], limit_s: float) -> dict[str, Any]:
    """Return what a process says in its last line."""
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=limit_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Told(f"not finished in {limit_s:.0f} s") from error
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode == MISSING:
        raise Told(f"cannot be imported here: {last}")
    if done.returncode:
        raise Told(f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return dict(json.loads(last))


def run_ours(mesh: Path, name: str, sessions: int, runs: int, how: str = "", limit_s: float = 900) -> Row:
    """Return the row of our own layout."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "ours.npz"
        command = [sys.executable, HERE / "ours.py", mesh, out, sessions, sessions * COUNT, runs, how]
        try:
            told = spawn(command, limit_s)
        except Told as error:
            return Row(name, note=str(error))
        with np.load(out) as held:
            row = measured(mesh, name, held["positions"], held["session"], sessions, held["triangle"], lattice=True)
    charts, place = statistics.median(told["charts_s"]), statistics.median(told["place_s"])
    row.seconds, row.cpu_s, row.peak_mb, row.runs = charts + place, told["cpu_s"], told["peak_mb"], runs
    row.more = {"charts_s": charts, "place_s": place, "per_s": told["punctures"] / place}
    row.more |= {key: statistics.median(told[key]) for key in ("charts_cpu_s", "place_cpu_s")}
    row.more |= {key: told[key] for key in ("fingerprint", "charts", "compiled")}
    row.more["planar_cover"] = told["cover"]
    return row


def run_peer(mesh: Path, python: Path, name: str, runs: int, dense: bool, factor: float, limit_s: float) -> Row:
    """Return the row of a peer: independent sessions one after the other, or all punctures of the course at once."""
    what = f"{name}, {'the whole course at once' if dense else 'a session'}"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "peer.npz"
        count = SESSIONS * COUNT if dense else COUNT
        try:
            told = spawn([python, HERE / "peers.py", name, mesh, out, count, runs, factor], limit_s)
        except Told as error:
            return Row(what, note=str(error))
        with np.load(out) as held:
            points = [held[f"points_{run}"] for run in range(runs)]
    session = np.repeat(np.arange(runs), [len(one) for one in points])
    row = measured(mesh, what, np.concatenate(points), session, runs, single=dense)
    row.seconds, row.peak_mb, row.runs = statistics.median(told["seconds"]), told["peak_mb"], runs
    row.cpu_s = told["cpu_s"]
    row.more = {"factor": told["factor"]}
    return row


def compare(surface: str, mesh: Path, python: Path, quick: bool) -> list[Row]:
    """Return every row of one surface."""
    head = surface != "canonical"
    runs, limit = (1, QUICK_LIMIT_S) if quick or head else (SESSIONS, LIMIT_S)
    rows = [
        run_ours(mesh, "ours, five sessions (square)", SESSIONS, 5),
        run_ours(mesh, "ours, one session (hexagonal)", 1, 5),
    ]
    if not quick and not head:
        rows.append(run_ours(mesh, "ours without Numba, five sessions", SESSIONS, 1, "plain"))
    factors: dict[str, float] = {}
    for name in SAMPLERS:
        print(f"  {name} ...", flush=True)
        rows.append(run_peer(mesh, python, name, runs, False, 0.0, limit))
        factors[name] = rows[-1].more.get("factor", 0.0)
    for name in () if quick or head else SAMPLERS:
        print(f"  {name}, the whole course ...", flush=True)
        if factors[name] or name not in BY_RADIUS:
            rows.append(run_peer(mesh, python, name, 1, True, factors[name], limit))
    return rows


def on_faces(folder: Path) -> dict[str, Row]:
    """Return ours on the canonical face, ten heads and a phone's scan of one."""
    rows = {}
    for surface in FACES:
        print(f"  {surface} ...", flush=True)
        rows[surface] = run_ours(treated_mesh(surface, folder), surface, SESSIONS, 5)
    print_faces(rows)
    return rows


def grow(mesh: Path) -> list[dict[str, float]]:
    """Return seconds and memory for ever more punctures on the same skin."""
    found = []
    for count in CURVE:
        told = spawn([sys.executable, HERE / "ours.py", mesh, "-", SESSIONS, count, 3 if count < 10**7 else 1, ""], 900)
        medians = {key: round(statistics.median(told[key]), 3) for key in ("charts_s", "place_s")}
        found.append({"punctures": told["punctures"], **medians, "peak_mb": round(told["peak_mb"])})
        print("  {punctures:>12,} punctures {place_s:8.3f} s {peak_mb:7.0f} MB".format(**found[-1]), flush=True)
    return found


def laying(mesh: Path) -> None:
    """Print laying alone, on one core: by machine code, and by NumPy."""
    told = spawn([sys.executable, HERE / "ours.py", mesh, "-", SESSIONS, SESSIONS * COUNT, 1, "laying"], 300)
    fast, plain = told["numba_s"], told["numpy_s"]
    same = "the same bits" if told["same"] else "NOT THE SAME"
    print(f"laying alone, one core: Numba {fast:.3f} s ({told['punctures'] / fast:,.0f} punctures/s), ", end="")
    print(f"NumPy {plain:.3f} s, {plain / fast:.1f} x; {same}\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path, required=True, help="the interpreter that has the peers")
    parser.add_argument("--quick", action="store_true", help="one surface, one session of each peer, no curve")
    parser.add_argument("--heads", action="store_true", help="ours alone, on every face")
    parser.add_argument("--docs", action="store_true", help="draw the curve into docs/pictures")
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        if options.heads:
            faces = {name: vars(row) for name, row in on_faces(Path(folder)).items()}
            (RESULTS / "layout-heads.json").write_text(json.dumps(faces, indent=1) + "\n", encoding="utf-8")
            return
        for surface in ("canonical",) if options.quick else ("canonical", "caucasian woman"):
            mesh = treated_mesh(surface, Path(folder))
            rows = compare(surface, mesh, options.peers, options.quick)
            print_rows(surface, mesh, rows)
            laying(mesh)
            kept[surface] = [vars(row) for row in rows]
        if not options.quick:
            from cold import plans
            from curve import draw

            kept["faces"] = {name: vars(row) for name, row in on_faces(Path(folder)).items()}
            plans()
            curve = grow(treated_mesh("canonical", Path(folder)))
            target = ROOT / "docs" / "pictures" if options.docs else RESULTS
            draw(curve, target / "layout-scaling.svg")
            (target / "layout-scaling.json").write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")
            kept["curve"] = curve
    name = "layout-quick.json" if options.quick else "layout.json"
    (RESULTS / name).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(f"All figures: {RESULTS.relative_to(ROOT) / name}")


if __name__ == "__main__":
    main()
