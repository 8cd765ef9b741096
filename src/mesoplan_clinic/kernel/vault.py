"""The vault: large sealed values, each in a file of its own, on the disk before the database names it.

A file and the row that names it cannot be written as one. So whatever is about to get a row or to lose it is marked
first, and what is marked when the server was killed is settled later by what the database names: it stays, or it goes.
Nothing that is not marked is ever removed for want of a row.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from mesoplan_clinic.kernel.sealed import key_number, seal, unseal

_FOLDER, _MARKS = "vault", "vault-unsettled"


@dataclass
class Attempt:
    """What was put into the vault while a page wrote."""

    keys: list[UUID] = field(default_factory=list)

    def keep(self) -> None:
        """Say that the database names them all: they stay."""
        for key in self.keys:
            _unmark(key)
        self.keys.clear()


_ATTEMPT: ContextVar[Attempt | None] = ContextVar("vault_attempt", default=None)


@contextmanager
def attempt() -> Iterator[Attempt]:
    """Remove at the end what was put here in between, unless it was said to be kept.

    The transaction belongs inside: a file may be left without a row by a loss of power, a row never without its file.
    """
    made = Attempt()
    before = _ATTEMPT.set(made)
    try:
        yield made
    finally:
        _ATTEMPT.reset(before)
        for key in made.keys:
            remove(key)


def put(key: UUID, value: bytes) -> None:
    """Keep a value under a key that is new; it is on the disk when this returns."""
    if (running := _ATTEMPT.get()) is not None:
        mark(key)
        running.keys.append(key)
    path = path_of(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(seal(value, _place(key)))
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    _fsync(path.parent)


def mark(key: UUID) -> None:
    """Say that a value is about to get its row or to lose it; the mark is on the disk when this returns."""
    path = _mark_of(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch()
    _fsync(path.parent)


def settle(named: Callable[[set[UUID]], set[UUID]], before: datetime) -> int:
    """Remove every marked value that no row names, and every mark; return how many values were removed.

    Args:
        named: Returns which of some keys the database names.
        before: Later marks may be of a page that is still writing, and stay.
    """
    old = set()
    for path in (Path(settings.HOME) / _MARKS).glob("*"):
        with suppress(FileNotFoundError):  # its page is done meanwhile
            if path.stat().st_mtime < before.timestamp():
                old.add(UUID(hex=path.name))
    gone = old - named(old) if old else set()
    for key in gone:
        remove(key)
    for key in old - gone:
        _unmark(key)
    return len(gone)


def get(key: UUID) -> bytes:
    """Return a kept value.

    Raises:
        FileNotFoundError: If there is none under this key.
        SealError: If it was altered or moved.
    """
    return unseal(path_of(key).read_bytes(), _place(key))


def remove(key: UUID) -> None:
    """Remove a value, and its mark; nothing happens where there is none."""
    path_of(key).unlink(missing_ok=True)
    path_of(key).with_suffix(".new").unlink(missing_ok=True)
    _unmark(key)


def every_key() -> Iterator[UUID]:
    """Yield the key of every kept value."""
    for path in (Path(settings.HOME) / _FOLDER).glob("??/*"):
        if not path.suffix:
            yield UUID(hex=path.name)


def sealed_with(key: UUID) -> int:
    """Return the number of the key that a value is sealed with."""
    with path_of(key).open("rb") as file:
        return key_number(file.read(4))


def path_of(key: UUID) -> Path:
    """Return the file of a key."""
    return Path(settings.HOME) / _FOLDER / key.hex[:2] / key.hex


def _mark_of(key: UUID) -> Path:
    return Path(settings.HOME) / _MARKS / key.hex


def _unmark(key: UUID) -> None:
    _mark_of(key).unlink(missing_ok=True)


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _place(key: UUID) -> str:
    return f"vault|{key}"
