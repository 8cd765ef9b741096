"""Whole commands from cold: `mesoplan plan` with a scan, and with a photo."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from run import BIN, ROOT, line, process
from surface.heads import SCANNED, head_mesh
from surface.scans import ply

RUNS = 3


def plans() -> None:
    """Print the seconds of a plan from a scan of about 50,000 triangles and of one from a photo."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        intake, scan = folder / "intake.yaml", folder / "head.ply"
        subprocess.run([BIN / "mesoplan", "example", "--out", intake], check=True, stdout=subprocess.DEVNULL)
        scan.write_bytes(ply(*head_mesh(SCANNED, 2)))
        command = [str(BIN / "mesoplan"), "plan", str(intake), "--clinic", "example", "--mirrored", "no"]
        for what, given, target in (
            ("plan --scan, all papers, cold", ("--scan", scan), "<= 15 s"),
            ("plan --photo, all papers, cold", ("--photo", ROOT / ".data" / "astronaut.png"), "<= 3 s"),
        ):
            out = str(folder / given[0].strip("-"))
            seconds, _ = process(*command, given[0], str(given[1]), "--out", out, runs=RUNS)
            line(what, f"{seconds:.2f} s", target)
