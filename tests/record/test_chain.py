"""The record's file: what is written comes back, what is tampered with is told by its line, what is cut off too."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.errors import ProblemError
from mesoplan.record import store
from mesoplan.record.chain import FIRST, line_of, sealed
from mesoplan.record.store import HEAD, RECORD, Book, Draft, open_book, read_entries

DAY = date(2026, 11, 23)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)


def drafts(count: int, start: int = 1) -> list[Draft]:
    numbers = range(start, start + count)
    return [Draft("session", DAY, {"session": number, "note": f"Zone {number}, лоб"}) for number in numbers]


def written(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with open_book(folder) as book:
        for draft in drafts(count):
            book.append([draft])
    return folder / RECORD


@given(st.lists(st.lists(BODIES, min_size=1, max_size=3), max_size=4))
def test_what_is_recorded_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[dict[str, object]]]
) -> None:
    folder = tmp_path_factory.mktemp("record")
    bodies = [body for part in parts for body in part]
    for part in parts:
        with open_book(folder) as book:
            book.append([Draft("session", DAY, body) for body in part])
    entries = read_entries(folder)
    assert [json.loads(json.dumps(entry.body)) for entry in entries] == json.loads(json.dumps(bodies))
    assert [entry.number for entry in entries] == list(range(1, len(bodies) + 1))
    assert [entry.previous for entry in entries] == [FIRST, *(entry.hash for entry in entries)][: len(entries)]


def test_a_folder_without_a_record_has_no_entries(tmp_path: Path) -> None:
    assert read_entries(tmp_path) == ()


def edit(lines: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(lines))
    line = lines[number]
    position = rng.randrange(len(line))
    change = bytes([rng.choice([one for one in range(256) if one != line[position] and one != 10])])
    return [*lines[:number], line[:position] + change + line[position + 1 :], *lines[number + 1 :]]


def delete(lines: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(lines))
    return lines[:number] + lines[number + 1 :]


def insert(lines: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(lines) + 1)
    previous = json.loads(lines[number - 1])["hash"] if number else FIRST
    forged = line_of(sealed(number + 1, "session", DAY, {"session": rng.randrange(99)}, previous))
    return [*lines[:number], forged.rstrip(b"\n"), *lines[number:]]


def duplicate(lines: list[bytes], rng: random.Random) -> list[bytes]:
    number = rng.randrange(len(lines))
    place = rng.randrange(len(lines) + 1)
    return [*lines[:place], lines[number], *lines[place:]]


def reorder(lines: list[bytes], rng: random.Random) -> list[bytes]:
    one, other = rng.sample(range(len(lines)), 2)
    changed = list(lines)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def truncate(lines: list[bytes], rng: random.Random) -> list[bytes]:
    return lines[: rng.randrange(len(lines))]


def resealed(lines: list[bytes], rng: random.Random) -> list[bytes]:
    """Change one entry and reckon every hash from there on anew, as somebody who knows how would."""
    number = rng.randrange(len(lines))
    entries = [json.loads(line) for line in lines]
    entries[number]["body"]["session"] = rng.randrange(1000, 2000)
    previous, made = FIRST, []
    for entry in entries:
        new = sealed(entry["number"], entry["kind"], date.fromisoformat(entry["date"]), entry["body"], previous)
        previous = new.hash
        made.append(line_of(new).rstrip(b"\n"))
    return made


TAMPERINGS: list[Callable[[list[bytes], random.Random], list[bytes]]] = [
    edit,
    delete,
    insert,
    duplicate,
    reorder,
    truncate,
    resealed,
]


def test_a_thousand_random_tamperings_are_all_detected_and_named_by_line(tmp_path: Path) -> None:
    path = written(tmp_path / "course", 6)
    whole, rng = path.read_bytes(), random.Random(20261123)
    lines = whole.split(b"\n")[:-1]
    missed, places = [], set()
    for attempt in range(1000):
        tamper = TAMPERINGS[attempt % len(TAMPERINGS)]
        changed = b"".join(line + b"\n" for line in tamper(list(lines), rng))
        assert changed != whole
        path.write_bytes(changed)
        try:
            read_entries(path.parent)
            missed.append(tamper.__name__)
        except ProblemError as error:
            places.update(problem.place.partition(":")[0] for problem in error.problems)
    assert missed == []
    assert places == {RECORD}
    path.write_bytes(whole)
    assert len(read_entries(path.parent)) == 6


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_record_cut_off_inside_its_last_line_is_detected(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "course", 3)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ProblemError, match=r"record\.ndjson:3"):
        read_entries(path.parent)


def test_an_edited_line_is_named_by_its_number(tmp_path: Path) -> None:
    path = written(tmp_path / "course", 4)
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"session":2', b'"session":7')
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ProblemError) as caught:
        read_entries(path.parent)
    assert [problem.place for problem in caught.value.problems] == ["record.ndjson:2"]
    assert "changed" in caught.value.problems[0].message


def test_the_same_entry_written_in_another_way_counts_as_changed(tmp_path: Path) -> None:
    path = written(tmp_path / "course", 2)
    first, *rest = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([json.dumps(json.loads(first)).encode(), *rest]))
    with pytest.raises(ProblemError, match=r"record\.ndjson:1"):
        read_entries(path.parent)


@pytest.mark.parametrize("name", [RECORD, HEAD])
def test_a_file_that_is_missing_is_detected(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "course", 2)
    (path.parent / name).unlink()
    with pytest.raises(ProblemError, match="missing"):
        read_entries(path.parent)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"count":-1,"hash":"","pending":[]}', b"\xff", b"{" * 5000])
def test_a_head_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path / "course", 2)
    (path.parent / HEAD).write_bytes(content)
    with pytest.raises(ProblemError, match="head"):
        read_entries(path.parent)


def test_an_older_copy_of_the_record_does_not_fit_the_head(tmp_path: Path) -> None:
    path = written(tmp_path / "course", 2)
    old = path.read_bytes()
    with open_book(path.parent) as book:
        book.append(drafts(1, 3))
    path.write_bytes(old)
    with pytest.raises(ProblemError, match="cut short"):
        read_entries(path.parent)


class PowerCut(Exception):
    """The machine stops here."""


def state(folder: Path) -> tuple[int, ...]:
    return tuple(entry.body["session"] for entry in read_entries(folder))


def test_a_power_cut_at_any_step_of_an_append_leaves_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = (1, 2), (1, 2, 3, 4)
    seen = set()
    for step in range(40):
        folder = tmp_path / str(step)
        written(folder, 2)
        count = 0

        def failing(real: Callable[..., object], at: int = step) -> Callable[..., object]:
            def call(*arguments: object, **named: object) -> object:
                nonlocal count
                count += 1
                if count > at:
                    raise PowerCut
                return real(*arguments, **named)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(store.os, "fsync", failing(os.fsync))
            patch.setattr(store.os, "replace", failing(os.replace))
            try:
                with open_book(folder) as book:
                    book.append(drafts(2, 3))
                done = True
            except PowerCut:
                done = False
        found = state(folder)
        assert found in (before, after)
        assert found == after or not done
        seen.add(found)
        with open_book(folder) as book:
            assert book.append(drafts(1, 9))
        assert state(folder) == (*found, 9)
        if done:
            break
    assert done
    assert seen == {before, after}


def test_lines_torn_at_any_byte_by_a_power_cut_are_rolled_back(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    path = written(folder, 2)
    whole = path.read_bytes()
    with open_book(folder) as book:
        head = (folder / HEAD).read_bytes()
        book.append(drafts(2, 3))
    added = path.read_bytes()[len(whole) :]
    pending = json.loads(head) | {"pending": added.decode().splitlines()}
    (folder / HEAD).write_text(json.dumps(pending), encoding="utf-8")
    for torn in range(len(added) + 1):
        path.write_bytes(whole + added[:torn])
        assert state(folder) == ((1, 2, 3, 4) if torn == len(added) else (1, 2))
    path.write_bytes(whole + b"x" + added[1:9])
    with pytest.raises(ProblemError):
        read_entries(folder)


def test_a_full_disk_leaves_the_record_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "course"
    whole = written(folder, 2).read_bytes()
    real = store._through

    def full(file: object) -> None:
        if str(getattr(file, "name", "")).endswith(RECORD):
            monkeypatch.setattr(store, "_through", real)
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr(store, "_through", full)
    with pytest.raises(ProblemError, match="No space left"), open_book(folder) as book:
        book.append(drafts(1, 3))
    assert (folder / RECORD).read_bytes() == whole
    assert state(folder) == (1, 2)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="cannot be written"), open_book(tmp_path / "none"):
        pass


def _writer(folder: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        with open_book(folder) as book:
            book.append(drafts(1, number))


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_writer, args=(folder, 100 * number, 15)) for number in (1, 2, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert sorted(state(folder)) == sorted(100 * number + one for number in (1, 2, 3) for one in range(15))


def test_a_book_shows_what_it_has_appended(tmp_path: Path) -> None:
    written(tmp_path / "course", 1)
    with open_book(tmp_path / "course") as book:
        assert isinstance(book, Book)
        added = book.append(drafts(2, 2))
        assert book.entries[1:] == added
