"""JSON texts: read quickly where they are plain, with care where they are not, and to the same end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoplan.errors import Problems
from mesoplan.intake.text import _carefully, _plainly, parse_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.text(max_size=6)
    | st.integers()
    | st.integers(10**16, 10**19)
    | st.floats(allow_nan=True, allow_infinity=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_a_json_text_read_quickly_is_what_it_is_read_with_care(value, indent, plain):
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    quickly = _plainly(text)
    problems = Problems()
    with_care = _carefully(text, problems, "intake")
    assert not problems
    assert quickly is None or repr(quickly) == repr(with_care)
    assert repr(parse_json(text, Problems(), place="intake")) == repr(with_care)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": 1, "a" : 2}',
        '{"b": {"a": 1,\n"a"\n:2}}',
        '[{"a": ":", "a": ":"}]',
        '{"a": {"x": 1}, "a": 1}',
        '{"a": 1, "\\u0061": 2}',
    ],
)
def test_a_key_that_stands_twice_is_found_however_it_is_written(text):
    problems = Problems()
    assert parse_json(text, problems, place="intake") is None
    assert [problem.value for problem in problems.found] == ["a"]
