"""The vault: large sealed values, each in a file of its own, on the disk before the database names it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.conf import settings

from mesoplan_clinic.kernel.sealed import key_number, seal, unseal

_FOLDER = "vault"


@dataclass
class Attempt:
    """What was put into the vault while a page wrote."""

    keys: list[UUID] = field(default_factory=list)

    def keep(self) -> None:
        """Say that the database names them all: they stay."""
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
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def get(key: UUID) -> bytes:
    """Return a kept value.

    Raises:
        FileNotFoundError: If there is none under this key.
        SealError: If it was altered or moved.
    """
    return unseal(path_of(key).read_bytes(), _place(key))


def remove(key: UUID) -> None:
    """Remove a value; nothing happens where there is none."""
    path_of(key).unlink(missing_ok=True)


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


def _place(key: UUID) -> str:
    return f"vault|{key}"
