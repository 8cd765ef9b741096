"""The record's files in a course's folder: read with verification, appended under a lock, all or nothing.

An append writes three times, each through to the disk: the head with the lines to come, the lines, the head without
them. Whatever stops it, the next reading finds the record either as it was before or with every line of the append.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from mesoplan.errors import Problem, ProblemError, Problems
from mesoplan.record.chain import (
    FIRST,
    Entry,
    Head,
    canonical,
    check_head,
    head_of,
    line_of,
    read_lines,
    sealed,
)

RECORD, HEAD, LOCK = "record.ndjson", "record.head", "record.lock"
_RESTORE = "Restore both files from a copy that is known to be whole."


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be appended.

    Attributes:
        kind: Kind of the entry.
        day: The day on which it is written down.
        body: Its content as JSON holds it.
    """

    kind: str
    day: date
    body: dict[str, Any]


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Return the verified entries of a course's record; empty where none was written yet.

    Raises:
        ProblemError: If any line was changed, removed, added, moved or cut off, or a file is missing.
    """
    for _ in range(3):
        before = _bytes(folder / HEAD)
        data = _bytes(folder / RECORD)
        if _bytes(folder / HEAD) == before:
            break
    return _verified(data, before)[0]


class OpenBook(Protocol):
    """A record that entries are appended to, whatever keeps it."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it holds."""

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries, all or none, and return them."""


class Book:
    """A record that is held under its lock.

    Attributes:
        entries: What it holds.
    """

    def __init__(self, folder: Path) -> None:
        """Read the record; what an interrupted append left behind is brought into order."""
        self.folder = folder
        data, head = _bytes(folder / RECORD), _bytes(folder / HEAD)
        self.entries, kept = _verified(data, head)
        if data is not None and len(data) != kept:
            with (folder / RECORD).open("r+b") as file:
                file.truncate(kept)
                _through(file)
        if head is not None and _head(head).pending:
            self._write_head(head_of(self.entries))

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries, all or none, and return them; they are on the disk when this returns.

        Raises:
            OSError: If the disk is full or the folder cannot be written; nothing was appended then.
        """
        head, added = head_of(self.entries), list[Entry]()
        for draft in drafts:
            last = added[-1] if added else None
            previous = head.hash if last is None else last.hash
            added.append(sealed(head.count + len(added) + 1, draft.kind, draft.day, draft.body, previous))
        lines = [line_of(entry) for entry in added]
        size = len(_bytes(self.folder / RECORD) or b"")
        try:
            self._write_head(Head(head.count, head.hash, tuple(line.decode().rstrip("\n") for line in lines)))
            with (self.folder / RECORD).open("ab") as file:
                file.write(b"".join(lines))
                _through(file)
            _sync_folder(self.folder)
        except OSError:
            self._take_back(size, head)
            raise
        self.entries = (*self.entries, *added)
        self._write_head(head_of(self.entries))
        return tuple(added)

    def _take_back(self, size: int, head: Head) -> None:
        """Undo what a failing disk left of an append; where even that fails, the next reading does it."""
        with contextlib.suppress(OSError), (self.folder / RECORD).open("r+b") as file:
            file.truncate(size)
            _through(file)
        with contextlib.suppress(OSError):
            self._write_head(head)

    def _write_head(self, head: Head) -> None:
        content = canonical({"count": head.count, "hash": head.hash, "pending": list(head.pending)}) + b"\n"
        new = self.folder / f".{HEAD}.new"
        with new.open("wb") as file:
            file.write(content)
            _through(file)
        os.replace(new, self.folder / HEAD)
        _sync_folder(self.folder)


@contextlib.contextmanager
def open_book(folder: Path) -> Iterator[Book]:
    """Hold the lock of a course's record and give it to read and to append; the folder must exist.

    Raises:
        ProblemError: If the record is not whole, or the folder cannot be written.
    """
    try:
        lock = (folder / LOCK).open("a+b")
    except OSError as error:
        raise ProblemError([_unwritable(folder, error)]) from error
    with lock:
        _lock(lock)
        try:
            yield Book(folder)
        except OSError as error:
            raise ProblemError([_unwritable(folder, error)]) from error
        finally:
            _unlock(lock)


def _unwritable(folder: Path, error: OSError) -> Problem:
    remedy = "Nothing was recorded. Check the folder's rights and the free space, then record again."
    return Problem(str(folder), error.strerror or str(error), "the record cannot be written", remedy)


def _verified(data: bytes | None, raw_head: bytes | None) -> tuple[tuple[Entry, ...], int]:
    """Return the entries, and how many bytes of the file they are (less where an append was interrupted).

    Raises:
        ProblemError: If the record is not whole.
    """
    if data is None and raw_head is None:
        return (), 0
    problems = Problems()
    if raw_head is None:
        problems.add(HEAD, "", "the record's head is missing: nothing shows how far the record reached", _RESTORE)
        raise ProblemError(problems.found)
    head = _head(raw_head)
    if data is None and head.count > 0:
        problems.add(RECORD, "", f"the record is missing: {head.count} entries were written", _RESTORE)
        raise ProblemError(problems.found)
    data = data or b""
    kept = _committed(data, head)
    entries = read_lines(data[:kept], RECORD, problems)
    if not problems:
        appended = _appended(data[:kept], head)
        check_head(entries[: len(entries) - appended], Head(head.count, head.hash), RECORD, problems)
    problems.raise_if_any()
    return entries, kept


def _appended(data: bytes, head: Head) -> int:
    """Return how many lines at the end of the file are those of an append whose last step is missing."""
    pending = _pending(head)
    return len(head.pending) if pending and data.endswith(pending) else 0


def _committed(data: bytes, head: Head) -> int:
    """Return the length without the beginning of an append that was interrupted while its lines were written."""
    pending = _pending(head)
    if not pending or data.endswith(pending):
        return len(data)
    start = 0
    for _ in range(head.count):
        start = data.find(b"\n", start) + 1
        if start == 0:
            return len(data)
    rest = data[start:]
    return start if len(rest) < len(pending) and pending.startswith(rest) else len(data)


def _pending(head: Head) -> bytes:
    return b"".join(line.encode() + b"\n" for line in head.pending)


def _head(raw: bytes) -> Head:
    """Return the head of a file.

    Raises:
        ProblemError: If it is none.
    """
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        found = json.loads(raw)
        count, digest, pending = found["count"], found["hash"], found["pending"]
        sound = isinstance(count, int) and not isinstance(count, bool) and count >= 0 and isinstance(digest, str)
        sound = sound and isinstance(pending, list) and all(isinstance(line, str) for line in pending)
        if sound and set(found) == {"count", "hash", "pending"} and (count > 0 or digest == FIRST):
            return Head(count, digest, tuple(pending))
    raise ProblemError([Problem(HEAD, "", "the record's head is not as it was written: it was changed", _RESTORE)])


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        problem = Problem(str(path), error.strerror or "", "the record cannot be read", "Check your rights.")
        raise ProblemError([problem]) from error


def _through(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Write the folder's own entry through; systems without such a thing are left alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(file: Any) -> None:
    """Wait for the lock of the file; it ends with the process, whatever happens to it."""
    if os.name == "nt":  # pragma: no cover
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def _unlock(file: Any) -> None:
    if os.name == "nt":  # pragma: no cover
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)
