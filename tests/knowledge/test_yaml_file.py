"""The strict YAML loader: words stay words, and nothing surprising gets in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.errors import Problems
from mesoplan.knowledge.files import DataFile
from mesoplan.knowledge.yaml_file import Locator, parse


def file(content: bytes) -> DataFile:
    return DataFile(Path("x.yaml"), "", "x.yaml", content)


def value(text: str) -> Any:
    problems = Problems()
    found = parse(file(text.encode()), problems)
    assert problems.found == ()
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: yes", "yes"),
        ("a: no", "no"),
        ("a: on", "on"),
        ("a: true", True),
        ("a: False", False),
        ("a: 2027-01-01", "2027-01-01"),
        ("a: 12:30", "12:30"),
        ("a: 010", 10),
        ("a: 1.5", 1.5),
        ("a: 1e3", 1000.0),
        ("a: .inf", ".inf"),
        ("a: ~", None),
        ("a:", None),
        ('a: "1"', "1"),
    ],
)
def test_plain_values_follow_the_core_schema(text: str, expected: object) -> None:
    found = value(text)["a"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [x]", "? [1]\n: 2", "a: *b", "a: &x 1\nb: *x"])
def test_tags_complex_keys_and_aliases_are_refused(text: str) -> None:
    problems = Problems()
    assert parse(file(text.encode()), problems) is None
    assert len(problems.found) == 1
    assert problems.found[0].place.startswith("x.yaml:")


def test_values_nest_fifty_deep_and_no_deeper() -> None:
    assert value("[" * 50 + "]" * 50) is not None
    problems = Problems()
    assert parse(file(b"a: 1\nb: " + b"[" * 50 + b"]" * 50), problems) is None
    assert [one.place for one in problems.found] == ["x.yaml:2"]


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_give_a_value_or_problems_and_never_an_exception(content: bytes) -> None:
    problems = Problems()
    found = parse(file(content), problems)
    assert (found is None) == bool(problems)
    Locator([file(content)]).place("x.yaml", ("a", 0, "b"))


def test_the_line_is_that_of_the_innermost_part_that_exists() -> None:
    text = b"rules:\n- id: r1\n  when:\n    all:\n    - answer: q\n      is: [x]\n"
    places = Locator([file(text)])
    assert places.place("x.yaml", ("rules", 0, "when", "all", "all", 0, "answer", "is", 0)) == (
        "x.yaml:6 (rules/r1/when/all/0/is/0)"
    )
    assert places.of("rules", "r1", ("when", "gone")) == "x.yaml:3 (rules/r1/when)"
    assert places.of("rules", "r2") == "rules/r2"
