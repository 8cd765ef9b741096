"""Our own layout in a process of its own: `ours.py MESH.npz OUT.npz SESSIONS COUNT RUNS HOW`.

COUNT is of all sessions together; the microzones shrink so that a session stays at 20 %. HOW is empty, or `plain`:
without Numba, loops in plain Python and laying by NumPy alone, once; or `laying`: only the laying on the charts, by
Numba and by NumPy, which must agree.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from peers import peak_mb

FRACTION = 0.2


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call took, and what it returned."""
    start = time.perf_counter()
    found = function()
    return time.perf_counter() - start, found


def main(mesh: str, out: str, sessions: int, count: int, runs: int, how: str) -> None:
    if how == "plain":
        sys.modules["numba"] = None  # type: ignore[assignment]  # as where it is not installed
    from mesoplan.layout import kernels
    from mesoplan.layout.lattice import interleave
    from mesoplan.layout.place import place, prepare
    from mesoplan.surface.skin import Skin

    with np.load(mesh) as held:
        skin = Skin(held["vertices"], held["corners"], held["zone"], tuple(held["zones"].tolist()), "scan", "confirmed")
        area = float(held["area_mm2"])
    diameter = 2.0 * math.sqrt(FRACTION * area * sessions / count / math.pi)
    course = interleave(sessions, FRACTION, diameter)
    wishes = dict.fromkeys(skin.zones, course)
    if how == "laying":
        print(json.dumps(laying(skin, prepare(skin, wishes))))
        return
    charts, places, charts_cpu, places_cpu = [], [], [], []
    begun = time.process_time()
    for run in range(runs if how == "plain" else runs + 1):  # the first reads or makes the machine code: not counted
        start = time.process_time()
        cutting, prepared = timed(lambda: prepare(skin, wishes))
        between = time.process_time()
        placing, found = timed(lambda prepared=prepared: place(prepared))
        if run == 0 and how != "plain":
            begun = time.process_time()
        if run or how == "plain":
            charts.append(cutting)
            places.append(placing)
            charts_cpu.append(between - start)
            places_cpu.append(time.process_time() - between)
    parts = found.positions_mm, found.triangle, found.session
    told = {
        "compiled": kernels.COMPILED,
        "punctures": len(found),
        "charts": sum(len(field.charts) for field in prepared.fields),
        "charts_s": charts,
        "place_s": places,
        "charts_cpu_s": charts_cpu,
        "place_cpu_s": places_cpu,
        "cpu_s": (time.process_time() - begun) / runs,
        "peak_mb": peak_mb(),
        "fingerprint": hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16],
        "cover": course.cover,
    }
    if out != "-":
        np.savez(out, positions=found.positions_mm, triangle=found.triangle, session=found.session)
    print(json.dumps(told))


def laying(skin: Any, prepared: Any) -> dict[str, Any]:
    """Return the seconds of laying alone on one core, by machine code and by NumPy, medians of five."""
    from mesoplan.layout.lay import lay, lay_plainly, make_sheet

    sheets = []
    for field in prepared.fields:
        (d1, c), (_, d2) = field.course.hermite
        for chart in field.charts:
            corners = skin.triangles[chart.triangles]
            spots = skin.vertices_mm[corners]
            sheets.append(make_sheet(chart.uv_mm, spots, corners, field.course.basis, (d1, c, d2)))
    found = {}
    for name, function in (("numba", lay), ("numpy", lay_plainly)):
        tries = [timed(lambda function=function: [function(sheet) for sheet in sheets]) for _ in range(6)][1:]
        found[name] = tries[-1][1]
        found[name + "_s"] = float(np.median([seconds for seconds, _ in tries]))
    pairs = list(zip(found.pop("numba"), found.pop("numpy"), strict=True))
    found["same"] = all(np.array_equal(one.positions_mm, other.positions_mm) for one, other in pairs)
    found["punctures"] = sum(len(one.triangle) for one, _ in pairs)
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]), how=sys.argv[6])
