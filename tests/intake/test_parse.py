"""The intake parser: every form of answer, and every slip with its place, value and remedy."""

from __future__ import annotations

import json
from datetime import date

import pytest

from mesoplan.errors import ProblemError
from mesoplan.intake.model import ANYWHERE, EventAnswer
from mesoplan.intake.parse import parse_intake, parse_text, read_intake
from mesoplan.intake.template import empty_intake_text
from screening.cases import BASELINE, KNOWLEDGE, raw


def problems(data) -> str:
    with pytest.raises(ProblemError) as raised:
        parse_intake(data, KNOWLEDGE)
    return "\n".join(map(str, raised.value.problems))


def answers(**changes):
    return parse_intake(raw(changes), KNOWLEDGE).answers


@pytest.mark.parametrize("language", KNOWLEDGE.languages)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_empty_intake_names_every_question_and_parses_once_the_client_is_named(language, form):
    text = empty_intake_text(KNOWLEDGE, language, form)
    intake = parse_text(text, KNOWLEDGE)
    assert set(intake.answers) == set(KNOWLEDGE.questions)
    assert {answer.state for answer in intake.answers.values()} == {"unknown"}
    assert intake.goals == ()
    assert intake.visit_date is None


def test_a_question_that_is_not_answered_is_unknown_and_never_no():
    data = raw({})
    del data["answers"]["epilepsy"]
    assert parse_intake(data, KNOWLEDGE).answers["epilepsy"].state == "unknown"


def test_yaml_truth_values_are_read_as_yes_and_no():
    text = "client: {name: A, identifier: B}\nanswers: {pregnancy: no, diabetes: yes}\n"
    parsed = parse_text(text, KNOWLEDGE).answers
    assert (parsed["pregnancy"].code, parsed["diabetes"].code) == ("no", "yes")


def test_a_place_that_is_not_said_counts_everywhere():
    assert answers(active_acne="yes")["active_acne"].zones == (ANYWHERE,)
    event = answers(chemical_peel=[{"date": "2026-11-18"}])["chemical_peel"].events[0]
    assert event == EventAnswer(date(2026, 11, 18), None, (ANYWHERE,))


def test_zones_are_expanded_to_the_patients_sides():
    assert answers(wounds={"zones": ["cheek_upper"]})["wounds"].zones == ("cheek_upper_left", "cheek_upper_right")


def test_all_slips_are_told_at_once():
    data = raw({"pregnancy": "maybe", "epilepsy": "often", "birth_date": "14.05.1988", "no_such_question": "no"})
    data["visit_date"] = "tomorrow"
    data["goals"] = [{"indication": "beauty", "zones": ["forehead"]}, {"indication": "wrinkles", "zones": ["nowhere"]}]
    data["colour"] = "blue"
    text = problems(data)
    for value in ("maybe", "often", "14.05.1988", "no_such_question", "tomorrow", "beauty", "nowhere", "colour"):
        assert value in text, text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"birth_date": "2027-01-01"}, "this lies after the visit"),
        ({"birth_date": "1026-01-01"}, "not a plausible date"),
        ({"birth_date": "2026-02-30"}, "not a date"),
        ({"chemical_peel": [{"date": "2026-12-01"}]}, "this lies after the visit"),
        ({"chemical_peel": [{"kind": "lunar"}]}, "not one of the kinds"),
        ({"chemical_peel": [{"colour": "red"}]}, "this key means nothing here"),
        ({"chemical_peel": 5}, "not an answer with dates"),
        ({"chemical_peel": ["yesterday"]}, "not an event"),
        ({"active_acne": {"zones": ["moon"]}}, "not a zone"),
        ({"active_acne": "often"}, "not an answer with zones"),
        ({"cycle_length_days": 280}, "not a plausible number"),
        ({"cycle_length_days": "28 days"}, "not a number"),
        ({"cycle_length_days": float("nan")}, "not a number"),
        ({"cycle_length_days": True}, "not a number"),
        ({"allergies": "yes"}, "which ones is missing"),
        ({"allergies": [5]}, "not a list of names"),
        ({"breastfeeding": "yes", "breastfeeding_end": "2026-11-01"}, "this end lies before the visit"),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(changes, message):
    assert message in problems(raw(changes))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("client", None, "who it is, is missing"),
        ("client", {"name": "", "identifier": "1"}, "a text of 1 to 500 characters"),
        ("client", {"name": "A", "identifier": "1", "language": "xx"}, "no texts in this language"),
        ("client", {"name": "A", "identifier": "1", "shoe_size": 38}, "this key means nothing here"),
        ("schema", "other/9", "another kind of file"),
        ("answers", ["no"], "answers are a mapping"),
        ("goals", "wrinkles", "goals are a list"),
        ("goals", [{"indication": "wrinkles"}], "a goal needs its zones"),
        ("signatures", {"finding": "x"}, "signatures is a list"),
        ("signatures", [{"finding": "x", "physician": "D", "decision": "y"}], "no finding has this id"),
        ("signatures", [{"finding": "x", "physician": "D", "decision": "y"}], "a signature needs its day"),
        ("allergy_tests", [{"product": "p", "method": "topical"}], "a test needs its day"),
        ("allergy_tests", [{"product": "p", "method": "licking", "placed_on": "2026-11-01"}], "not a method"),
        (
            "allergy_tests",
            [{"product": "p", "method": "topical", "placed_on": "2026-11-10", "readings": [{"result": "negative"}]}],
            "a reading needs its day",
        ),
        ("sessions_done", -1, "not a number of sessions"),
        ("goals", [{"indication": "cellulite", "zones": ["thigh"], "sessions": 13}], "whole number from 1 to 12"),
        ("goals", [{"indication": "cellulite", "zones": ["thigh"], "sessions": 0}], "whole number from 1 to 12"),
        ("goals", [{"indication": "cellulite", "zones": ["thigh"], "sessions": True}], "whole number from 1 to 12"),
        ("goals", [{"indication": "scars", "zones": ["chin"], "sessions": 3}], "whole number from 4 to 12"),
        ("goals", [{"indication": "scars", "zones": ["chin"], "sessions": "many"}], "no source gives a course of so"),
    ],
)
def test_a_slip_outside_the_answers_is_refused(key, value, message):
    assert message in problems({**raw({}), key: value})


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_not_a_mapping_is_no_intake(data):
    assert "an intake is a mapping" in problems(data)


def test_a_key_that_stands_twice_is_refused_with_its_line():
    with pytest.raises(ProblemError, match=r"intake:3: this key stands twice in one mapping \(given: pregnancy\)"):
        parse_text("answers:\n  pregnancy: no\n  pregnancy: yes\n", KNOWLEDGE)


@pytest.mark.parametrize("text", ["{", "a: [", "\t- x", "!!python/object:os.system {}", "[" * 5000, "a: &a [*a]"])
def test_broken_or_hostile_text_is_a_problem_and_never_a_crash(text):
    with pytest.raises(ProblemError):
        parse_text(text, KNOWLEDGE)


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    (tmp_path / "latin").write_bytes("name: Жанна".encode("cp1251"))
    (tmp_path / "huge").write_bytes(b"#" * 2_000_000)
    for name in ("absent", "latin", "huge", "."):
        with pytest.raises(ProblemError):
            read_intake(tmp_path / name, KNOWLEDGE)


def test_the_hash_follows_the_answers_and_not_their_spelling():
    data = raw({})
    same = json.loads(json.dumps(data).replace('"no"', "false"))
    turned = {**data, "answers": dict(reversed(data["answers"].items()))}
    first = parse_intake(data, KNOWLEDGE).intake_hash
    assert parse_intake(same, KNOWLEDGE).intake_hash == first
    assert parse_intake(turned, KNOWLEDGE).intake_hash == first
    for name, value in (("diabetes", "yes"), ("birth_date", "1988-05-15"), ("active_acne", {"zones": ["chin"]})):
        assert parse_intake(raw({name: value}), KNOWLEDGE).intake_hash != first
    assert len(first) == 64


def test_the_baseline_answers_every_question_that_is_in_play():
    assert set(BASELINE["answers"]) | set(BASELINE["out_of_play"]) == set(KNOWLEDGE.questions)
