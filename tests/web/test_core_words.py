"""What the core refuses is said in the page's language."""

import inspect
import re
from pathlib import Path

import pytest
from django.utils.translation import override

import mesoplan
from mesoplan.errors import Problem, ProblemError
from mesoplan.record.outcome_file import parse_outcome
from mesoplan.surface.build import build_face
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.kernel.core_words import _SAID, line, lines
from mesoplan_clinic.plans import views
from web.treating import ON

LATIN = re.compile(r"[A-Za-z]{3,}")


def told(problems, language: str) -> list[str]:
    with override(language):
        found = lines(problems, zone=lambda zone: {"forehead": "лоб", "abdomen": "живот"}.get(zone, zone))
        assert all(one.language == "" for one in found), [one.text for one in found if one.language]
        return [one.text for one in found]


def outcome(clinic, event=None, score=None) -> tuple[Problem, ...]:
    event = {"what": "necrosis", "session": 1, **(event or {})}
    score = {"scale": "gais", "value": 2, "scored_on": ON, **(score or {})}
    data = {"client": "M-1", "reported_on": ON, "adverse_events": [event], "scores": [score]}
    with pytest.raises(ProblemError) as refused:
        parse_outcome(data, knowledge_of(clinic), "outcome")
    return refused.value.problems


@pytest.mark.parametrize(
    ("given", "said", "field"),
    [
        ({"score": {"value": 9}}, "от 1 до 5", "value"),
        ({"score": {"value": 2.5}}, "целые", "value"),
        ({"event": {"resolved": "no", "resolved_on": ON}}, "«Да»", "resolved_on"),
        (
            {"event": {"resolved": "yes", "onset": ON, "resolved_on": ON.replace(day=1)}},
            "23 ноября 2026",
            "resolved_on",
        ),
    ],
)
def test_what_is_wrong_with_an_outcome_is_said_in_russian_beside_its_field(clinic, given, said, field):
    problems = outcome(clinic, **given)
    (text,) = told(problems, "ru")
    assert said in text and not LATIN.search(text)
    assert line(problems[0]).field == field


def test_a_size_that_cannot_be_is_said_with_its_zone_and_the_range_of_the_core():
    with pytest.raises(ProblemError) as refused:
        build_face(areas={"forehead": 900.0}, patches={"abdomen": (0.1, 900.0)})
    first, second = told(refused.value.problems, "ru")
    assert first.startswith("Лоб: ") and second.startswith("Живот: ")
    assert all(re.search(r"от \d+(,\d+)? до \d+", text) and not LATIN.search(text) for text in (first, second))


def test_a_sentence_that_has_no_words_here_is_shown_as_the_core_wrote_it_marked_as_english():
    with override("ru"):
        one = line(Problem("x: y", "7", "something else is wrong", "Do another thing."))
    assert (one.text, one.language, one.field) == ("Something else is wrong (7). Do another thing.", "en", "y")


def test_every_sentence_that_is_translated_is_one_that_the_core_still_says():
    """What a page waits for, in words, stands in the source: a sentence reworded there loses no Russian unnoticed."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in Path(mesoplan.__file__).parent.rglob("*.py"))
    source += inspect.getsource(views)
    for pattern, _words in _SAID:
        parts = [one.strip(" .") for one in re.split(r"\(\?.*?\)|\.\*|\\w\+|[{}()\[\]|\\]", pattern)]
        words = [one for one in parts if len(one) >= 8]
        assert words and all(one in source for one in words), pattern
