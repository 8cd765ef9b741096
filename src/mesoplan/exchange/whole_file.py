"""Writes one large file whole or not at all: beside its place first, then into it in one step."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from mesoplan.errors import Problem, ProblemError

_ANOTHER = "Choose another place, or free the space."


@contextlib.contextmanager
def whole_file(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only when the block ends well.

    Until then it is `.NAME.part` beside it, which is removed on any error, on Ctrl-C and on a request to end. What a
    killed process left there is used again by the next one; a process that is still at work there is not disturbed.

    Args:
        path: Where the file belongs; its folder must exist.
        overwrite: Replace a file that stands there.

    Raises:
        ProblemError: If a file stands there and `overwrite` is not given, or the place cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _check(path, overwrite)
        with _ended_politely(), _own(part) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                _put(part, path, overwrite)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        _stop(path, error.strerror or str(error), _ANOTHER)


def _check(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        _stop(path, "a folder stands where the file belongs", "Name a file.")
    if not overwrite and (path.is_symlink() or path.exists()):
        _stop(path, "a file stands there already", "Name another file, or say that it may be replaced.")
    if not path.parent.is_dir():
        _stop(path.parent, "there is no such folder", "Make the folder first, or name another one.")


@contextlib.contextmanager
def _own(part: Path) -> Iterator[IO[bytes]]:
    """Open the file beside the place for this process alone, emptied; a link that lies there is not followed."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(part, flags, 0o666)
    with os.fdopen(handle, "wb") as file:
        if not _locked(handle) or not _is_still(part, handle):
            _stop(part, "another process is writing this file", "Wait until it has ended, or name another file.")
        file.truncate(0)
        yield file


def _locked(handle: int) -> bool:
    """Take the system's lock on a file; False where another process holds it. Without locks nobody is kept out."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_still(part: Path, handle: int) -> bool:
    """Whether the open file still lies under its name: the process that had it may just have put it in place."""
    try:
        return os.path.samestat(os.lstat(part), os.fstat(handle))
    except FileNotFoundError:
        return False


def _put(part: Path, path: Path, overwrite: bool) -> None:
    """Give the finished file its name; one that appeared there meanwhile is not replaced unasked."""
    if overwrite:
        os.replace(part, path)
    else:
        try:
            os.link(part, path)
        except FileExistsError:
            _stop(path, "a file appeared there meanwhile", "Name another file.")
        except OSError:  # a disk without hard links
            os.replace(part, path)
        part.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _ended_politely() -> Iterator[None]:
    """Turn a request to end (SIGTERM) into an exception, so that what is half done is cleared away."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def end(number: int, _: Any) -> NoReturn:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _stop(place: Path, message: str, remedy: str) -> NoReturn:
    raise ProblemError([Problem("export", str(place), message, remedy)])
