"""Files into a folder: all of them or none, whatever stands in the way."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mesoplan.errors import ProblemError
from mesoplan.report import folder
from mesoplan.report.folder import check_folder, write_folder

NAMES = ("a", "sheet", "b")
OLD = {"a": b"old a", "sheet": b"old sheet", "b": b"old b"}
NEW = {"a": b"new a", "sheet": b"new sheet"}


def write(contents: dict[str, bytes], out: Path) -> None:
    write_folder(contents, out, NAMES, "sheet")


def found(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def problem(call: Callable[[], None]) -> str:
    with pytest.raises(ProblemError) as raised:
        call()
    return str(raised.value)


def test_an_earlier_plans_files_go_and_other_files_stay(tmp_path: Path) -> None:
    write(OLD, tmp_path / "deep" / "out")
    (tmp_path / "deep" / "out" / "mine").write_bytes(b"mine")
    write(NEW, tmp_path / "deep" / "out")
    assert found(tmp_path / "deep" / "out") == {**NEW, "mine": b"mine"}


def test_a_link_to_elsewhere_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.write_bytes(b"precious")
    out.mkdir()
    for name in NAMES:
        (out / name).symlink_to(elsewhere)
    write(NEW, out)
    assert found(out) == NEW
    assert elsewhere.read_bytes() == b"precious"


def test_a_folder_where_a_file_belongs_stops_before_anything_is_touched(tmp_path: Path) -> None:
    write(OLD, tmp_path)
    (tmp_path / "b").unlink()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "inner").write_bytes(b"precious")
    assert "a folder stands where a paper belongs" in problem(lambda: write(NEW, tmp_path))
    assert (tmp_path / "a").read_bytes() == b"old a"
    assert (tmp_path / "b" / "inner").read_bytes() == b"precious"


@pytest.mark.parametrize("inside", ["", "inner", "inner/deeper"])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, inside: str) -> None:
    (tmp_path / "out").write_bytes(b"precious")
    assert "this is a file, not a folder" in problem(lambda: write(NEW, tmp_path / "out" / inside))
    assert (tmp_path / "out").read_bytes() == b"precious"


def test_what_cannot_be_a_folders_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name in ("x" * 300, "a\0b", "loop"):
        assert "--out" in problem(lambda name=name: check_folder(tmp_path / name, NAMES))  # type: ignore[misc]


def test_a_folder_that_may_not_be_written_to_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not be written to" in problem(lambda: check_folder(tmp_path, NAMES))


def failing(monkeypatch: pytest.MonkeyPatch, fails_at: int, error: BaseException) -> None:
    """Let the given call of os.replace fail, counted from 1."""
    replace, calls = os.replace, iter(range(1, 100))

    def counted(source: Path, target: Path) -> None:
        if next(calls) == fails_at:
            raise error
        replace(source, target)

    monkeypatch.setattr(folder.os, "replace", counted)


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_failure_in_the_middle_brings_the_old_files_back_but_never_an_old_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    write(OLD, tmp_path)
    failing(monkeypatch, fails_at, OSError(errno.ENOSPC, "No space left on device"))
    assert "No space left on device" in problem(lambda: write(NEW, tmp_path))
    expected = OLD if fails_at == 1 else {"a": OLD["a"], "b": OLD["b"]}
    assert found(tmp_path) == expected


def test_a_full_disk_leaves_the_old_files_and_no_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write(OLD, tmp_path / "old")
    monkeypatch.setattr(folder, "_write_through", full)
    for name in ("old", "new"):
        assert "No space left on device" in problem(lambda name=name: write(NEW, tmp_path / name))  # type: ignore[misc]
    assert found(tmp_path / "old") == OLD
    assert not (tmp_path / "new").exists()


def test_an_interruption_while_writing_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(path: Path, content: bytes) -> None:
        path.write_bytes(content[:2])
        raise KeyboardInterrupt

    write(OLD, tmp_path)
    monkeypatch.setattr(folder, "_write_through", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(NEW, tmp_path)
    assert found(tmp_path) == OLD


def test_an_interruption_in_the_last_step_waits_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def pressing(source: Path, target: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        replace(source, target)

    write(OLD, tmp_path)
    monkeypatch.setattr(folder.os, "replace", pressing)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background may ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            write(NEW, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert found(tmp_path) == NEW


def test_what_a_killed_run_has_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".mesoplan-killed" / "new").mkdir(parents=True)
    write(NEW, tmp_path)
    assert found(tmp_path) == NEW


WRITER = """
import sys
from pathlib import Path
from mesoplan.report.folder import write_folder
for number in range(60):
    mark = f"{sys.argv[2]} {number}".encode()
    write_folder(dict.fromkeys(("a", "sheet", "b"), mark), Path(sys.argv[1]), ("a", "sheet", "b"), "sheet")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no lock there")
def test_two_who_write_at_once_leave_the_files_of_one(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        runs = [stack.enter_context(subprocess.Popen([*command, name])) for name in ("one", "two", "three")]
    assert [run.returncode for run in runs] == [0, 0, 0]
    files = found(tmp_path)
    assert set(files) == set(NAMES)
    assert len(set(files.values())) == 1
