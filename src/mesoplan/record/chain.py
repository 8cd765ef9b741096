"""The chain: each entry of the record names the hash of the one before it, so that no line changes unnoticed.

The hash of an entry is the SHA-256 of its canonical JSON (sorted keys, no spaces, UTF-8) without the hash itself. A
line of the file is the canonical JSON of the whole entry; any other way of writing it counts as changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mesoplan.errors import Problems

FIRST = "0" * 64
"""What the first entry names as the hash before it."""
_KEYS = {"number", "kind", "date", "body", "previous", "hash"}
_REMEDY = "Restore the folder from a copy that is known to be whole; never mend the record by hand."
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record.

    Attributes:
        number: 1 for the first.
        kind: What the body is: course, session, outcome or correction.
        date: The day on which it was written down.
        body: Its content as JSON holds it.
        previous: Hash of the entry before it, `FIRST` for the first.
        hash: Its own hash.
    """

    number: int
    kind: str
    date: date
    body: Mapping[str, Any]
    previous: str
    hash: str


def canonical(value: Any) -> bytes:
    """Return a value of JSON as its one canonical text; raises ValueError for a number that is none."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def sealed(number: int, kind: str, day: date, body: Mapping[str, Any], previous: str) -> Entry:
    """Return an entry with its hash."""
    content = {"number": number, "kind": kind, "date": day.isoformat(), "body": body, "previous": previous}
    return Entry(number, kind, day, body, previous, hashlib.sha256(canonical(content)).hexdigest())


def line_of(entry: Entry) -> bytes:
    """Return the line of an entry, with its line feed."""
    content = {
        "number": entry.number,
        "kind": entry.kind,
        "date": entry.date.isoformat(),
        "body": entry.body,
        "previous": entry.previous,
        "hash": entry.hash,
    }
    return canonical(content) + b"\n"


def read_lines(data: bytes, place: str, problems: Problems) -> tuple[Entry, ...]:
    """Return the entries of a file; every line that is not as it was written is noted with its number.

    Args:
        data: Content of the file.
        place: Name of the file, for messages.
        problems: Where to note them.
    """
    lines = data.split(b"\n")
    last = lines.pop()
    found: list[Entry] = []
    previous, told = FIRST, 0
    for number, line in enumerate(lines, 1):
        entry, complaint = _read(line, number, previous)
        if complaint and told < _SHOWN:
            told += 1
            problems.add(f"{place}:{number}", "", complaint, _REMEDY)
        if entry is not None:
            found.append(entry)
            previous = entry.hash
    if last:
        problems.add(f"{place}:{len(lines) + 1}", "", "the last line is torn off in its middle", _REMEDY)
    return tuple(found)


def _read(line: bytes, number: int, previous: str) -> tuple[Entry | None, str]:
    """Return the entry of a line, None where it is none, and what is wrong with it."""
    try:
        raw = json.loads(line)
        whole = isinstance(raw, dict) and set(raw) == _KEYS and canonical(raw) == line
        entry = None if not whole else _entry(raw)
    except (ValueError, TypeError, RecursionError):
        entry = None
    if entry is None:
        return None, "this line is not as it was written: it was changed"
    if sealed(entry.number, entry.kind, entry.date, entry.body, entry.previous).hash != entry.hash:
        return entry, "the entry does not have its hash: it was changed"
    if entry.number != number:
        message = f"entry {entry.number} stands where entry {number} belongs: lines were removed, added or moved"
        return entry, message
    if entry.previous != previous:
        return entry, "the entry does not follow the one before it: one of the two was replaced"
    return entry, ""


def _entry(raw: dict[str, Any]) -> Entry | None:
    number, body = raw["number"], raw["body"]
    texts = (raw["kind"], raw["date"], raw["previous"], raw["hash"])
    if isinstance(number, bool) or not isinstance(number, int) or not isinstance(body, dict):
        return None
    if not all(isinstance(one, str) for one in texts):
        return None
    return Entry(number, raw["kind"], date.fromisoformat(raw["date"]), body, raw["previous"], raw["hash"])


@dataclass(frozen=True, slots=True)
class Head:
    """How far the record reaches, kept in a file of its own: what makes a record that was cut short show.

    Attributes:
        count: Number of entries.
        hash: Hash of the last one, `FIRST` without any.
        pending: Lines that are being appended; empty but for the moment of writing.
    """

    count: int
    hash: str
    pending: tuple[str, ...] = ()


def head_of(entries: Iterable[Entry]) -> Head:
    """Return the head of a record that holds these entries."""
    every = tuple(entries)
    return Head(len(every), every[-1].hash if every else FIRST)


def check_head(entries: tuple[Entry, ...], head: Head, place: str, problems: Problems) -> None:
    """Note where the entries do not reach as far as the head says, or end otherwise."""
    if len(entries) < head.count:
        message = f"the record ends here, but {head.count} entries were written: it was cut short"
        problems.add(f"{place}:{len(entries) + 1}", "", message, _REMEDY)
    elif len(entries) > head.count:
        message = f"only {head.count} entries were written: this line was added by another hand"
        problems.add(f"{place}:{head.count + 1}", "", message, _REMEDY)
    elif head_of(entries).hash != head.hash:
        message = "this is not the last entry that was written: it was replaced"
        problems.add(f"{place}:{max(1, len(entries))}", "", message, _REMEDY)
