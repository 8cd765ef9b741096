"""Puts the files of a plan into a folder: all of them or none, and never beside those of another plan."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from mesoplan.errors import Problems

Content = bytes | Callable[[IO[bytes]], None]
"""What a file holds, or what writes it: a large one is never held in memory."""

_STAGED = ".mesoplan-"
_REMEDY = "Choose another folder with --out, or free the space."


def check_folder(out: Path, names: Sequence[str]) -> None:
    """Accept a folder that files of these names can be put into; it need not exist yet.

    Raises:
        ProblemError: If a file stands in the way, or the folder may not be written to.
    """
    problems = Problems()
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            out.stat()  # a name that the system refuses raises here
        there = next(one for one in (out, *out.absolute().parents) if one.exists())
        if not there.is_dir():
            problems.add("--out", there, "this is a file, not a folder", "Choose another folder with --out.")
        elif not os.access(there, os.W_OK | os.X_OK):
            problems.add("--out", there, "this folder may not be written to", "Choose another folder with --out.")
        for name in names if out.is_dir() else ():
            if _is_folder(out / name):
                problems.add("--out", out / name, "a folder stands where a paper belongs", "Move it elsewhere.")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        problems.add("--out", out, f"this cannot be a folder ({reason})", "Choose another folder with --out.")
    problems.raise_if_any()


def write_folder(contents: Mapping[str, Content], out: Path, names: Sequence[str], last: str) -> None:
    """Write files into a folder in one step; those of `names` that are not among them are removed, others stay.

    Everything is written beside the old files first, so that a full disk or an interruption leaves those as they were.
    Whoever writes into the same folder at the same time waits. A stop in the middle of the last step, which takes
    milliseconds, may leave a folder with too few files, never with files of two plans.

    Args:
        contents: File name -> content, or what writes it into the open file.
        out: The folder; made when it does not exist.
        names: Every file name that such a folder may have.
        last: The file that must be there only with all the others; an old one is never put back.

    Raises:
        ProblemError: If the folder cannot be written.
    """
    check_folder(out, names)
    made = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        with _alone(out):
            _write(contents, out, names, last)
    except OSError as error:
        problems = Problems()
        problems.add(str(out), error.strerror or error, "the papers cannot be written there", _REMEDY)
        problems.raise_if_any()
    finally:
        if made:
            with contextlib.suppress(OSError):
                out.rmdir()  # only where nothing was written


def _write(contents: Mapping[str, Content], out: Path, names: Sequence[str], last: str) -> None:
    staged = Path(tempfile.mkdtemp(prefix=_STAGED, dir=out))
    try:
        new, old = staged / "new", staged / "old"
        new.mkdir()
        old.mkdir()
        for name, content in contents.items():
            _write_through(new / name, content)
        with _uninterrupted():
            _swap(new, old, out, sorted(names, key=lambda name: name != last), last)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _swap(new: Path, old: Path, out: Path, names: Sequence[str], last: str) -> None:
    """Move the old files out of the way, `last` first, and the new ones in, `last` last; undo it where that fails."""
    taken: list[str] = []
    brought: list[str] = []
    try:
        for name in names:
            if (out / name).is_symlink() or (out / name).exists():
                os.replace(out / name, old / name)
                taken.append(name)
        for name in reversed(names):
            if (new / name).exists():
                os.replace(new / name, out / name)
                brought.append(name)
    except OSError:
        for name in brought:
            (out / name).unlink(missing_ok=True)
        for name in taken:
            if name != last:
                os.replace(old / name, out / name)
        raise


def _write_through(path: Path, content: Content) -> None:
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            content(file)
        file.flush()
        os.fsync(file.fileno())


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder against others of this program; what one of them left when it was killed is cleared away.

    The lock goes with the process. Where the system or the disk has none, nobody is kept out.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in out.glob(f"{_STAGED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Keep Ctrl-C, and a request to end, waiting until the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def remember(number: int, _: Any) -> None:
        pressed.append(number)

    before = [(one, signal.signal(one, remember)) for one in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for one, handler in before:
            signal.signal(one, handler)
    if pressed:
        signal.raise_signal(pressed[0])
