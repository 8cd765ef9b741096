"""The clinic's keys: data keys by number, the audit's key, the search key, the secret of the web application.

They live in one file of the data folder, readable by its owner alone, or in an environment variable; never in the
database, so that a copy of the database alone shows nobody's health.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FILE = "keys.json"
VARIABLE = "MESOPLAN_CLINIC_KEYS"
_BYTES = 32


@dataclass(frozen=True)
class KeyRing:
    """The keys.

    Attributes:
        current: Number of the data key that new values are sealed with.
        data: Number -> 32 bytes.
        audit: Key of the audit's hash chain.
        search: Key of the search tokens.
        web: Secret of the web application: cookies and form tokens.
    """

    current: int
    data: dict[int, bytes]
    audit: bytes
    search: bytes
    web: bytes


def load_keys(home: Path) -> KeyRing:
    """Return the keys of a data folder, made on first use.

    Raises:
        ValueError: If the keys cannot be read: nothing is ever replaced silently, the data would be lost.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _read(given, VARIABLE)
    path = home / FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        store_keys(home, KeyRing(1, {1: _new()}, _new(), _new(), _new()), replace=False)
    return _read(path.read_text(encoding="utf-8"), str(path))


def store_keys(home: Path, ring: KeyRing, *, replace: bool) -> None:
    """Write the keys, whole or not at all, readable by the owner alone."""
    content = {
        "current": ring.current,
        "data": {str(number): _text(key) for number, key in ring.data.items()},
        "audit": _text(ring.audit),
        "search": _text(ring.search),
        "web": _text(ring.web),
    }
    if replace:
        for left in home.glob(f".{FILE}.*"):  # of a change that was interrupted
            left.unlink(missing_ok=True)
    new = home / f".{FILE}.{secrets.token_hex(4)}"
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        if replace:
            os.replace(new, home / FILE)
        else:
            os.link(new, home / FILE)  # two processes that start at once must not have two sets of keys
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)


def with_new_data_key(ring: KeyRing) -> KeyRing:
    """Return the keys with another data key as the current one; the older ones stay, to read what they sealed."""
    number = max(ring.data) + 1
    return KeyRing(number, {**ring.data, number: _new()}, ring.audit, ring.search, ring.web)


def secret_of(ring: KeyRing) -> str:
    """Return the secret of the web application as text."""
    return _text(ring.web)


def _read(text: str, place: str) -> KeyRing:
    try:
        found = json.loads(text)
        data = {int(number): base64.b64decode(key, validate=True) for number, key in found["data"].items()}
        rest = [base64.b64decode(found[name], validate=True) for name in ("audit", "search", "web")]
        ring = KeyRing(int(found["current"]), data, *rest)
        sound = ring.current in data and all(len(key) == _BYTES for key in (*data.values(), *rest))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{place}: the keys cannot be read ({error}). Restore them from their own backup.") from error
    if not sound:
        raise ValueError(f"{place}: the keys are not whole. Restore them from their own backup.")
    return ring


def _new() -> bytes:
    return secrets.token_bytes(_BYTES)


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
