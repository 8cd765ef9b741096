"""The intake against bad and hostile input: every slip is a problem with value, place and remedy, never a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from mesoplan.errors import ProblemError
from mesoplan.intake.parse import parse_intake, parse_text, read_intake
from screening.cases import KNOWLEDGE, raw

HEAD = "client: {name: A, identifier: B-1}\n"


def refused(text: str) -> list[str]:
    with pytest.raises(ProblemError) as raised:
        parse_text(text, KNOWLEDGE)
    return [str(problem) for problem in raised.value.problems]


def wrong(**changes) -> str:
    with pytest.raises(ProblemError) as raised:
        parse_intake({**raw({}), **changes}, KNOWLEDGE)
    return "\n".join(map(str, raised.value.problems))


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "intake:1", "the file is empty"),
        ("\n  \n# nothing\n", "intake:1", "the file is empty"),
        (f"{HEAD}x: &a 1\ny: *a\n", "intake:3", "an alias repeats another value"),
        (f"{HEAD}<<: {{sessions_done: 3}}\n", "intake", "this key means nothing here"),
        (f"{HEAD}visit_date: !!timestamp soon\n", "intake:2", "a tag says how the value is to be read"),
        (f"{HEAD}answers: {{pregnancy: !!bool maybe}}\n", "intake:2", "a tag says how the value is to be read"),
        (f"{HEAD}? !!set {{a}}\n: 1\n", "intake:2", "a tag says how the value is to be read"),
        (f"{HEAD}? [a]\n: 1\n", "intake:2", "not valid YAML"),
        (f"{HEAD}---\nanswers: {{}}\n", "intake:2", "a second document begins"),
        (f"{HEAD}notes: a\0b\n", "intake:2", "not valid YAML"),
        ("\n" + "[" * 400_000, "intake:2", "nested more than 50 deep"),
        ("\n" + "- " * 400_000, "intake:2", "nested more than 50 deep"),
        ('{"a":' * 60 + "1" + "}" * 60, "intake", "nested more than 50 deep"),
        ('{"a":' + "[" * 900_000, "intake", "nested more than 50 deep"),
        ('{"answers": {"pregnancy": "yes", "pregnancy": "no"}}', "intake", "this key stands twice"),
        ('{"answers": {}\n,}', "intake:2", "not valid JSON"),
    ],
)
def test_a_text_that_is_not_plain_is_refused_with_its_place(text, place, message):
    problems = refused(text)
    assert len(problems) == 1
    assert problems[0].startswith(f"{place}: ")
    assert message in problems[0]


def test_a_billion_laughs_are_refused_before_they_are_written_out():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(12)]
    assert all("an alias repeats another value" in one for one in refused("\n".join(lines)))


def test_nesting_that_would_exhaust_the_stack_ends_the_command_with_a_sentence(tmp_path):
    (tmp_path / "deep.yaml").write_text("[" * 400_000, encoding="utf-8")
    command = [sys.executable, "-m", "mesoplan", "screen", str(tmp_path / "deep.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "nested more than 50 deep" in done.stderr


def test_a_byte_order_mark_is_passed_over_in_both_forms():
    expected = parse_text(HEAD, KNOWLEDGE)
    for text in (HEAD, '{"client": {"name": "A", "identifier": "B-1"}}'):
        assert parse_text("\ufeff" + text, KNOWLEDGE) == expected


@pytest.mark.parametrize("identifier", ["0123", "+491234", "12:30:45", "1_000", "0x1F", "1e5", "2026-01-01", "9" * 30])
def test_an_identifier_is_kept_as_it_was_typed(identifier):
    assert parse_text(f"client: {{name: No, identifier: {identifier}}}", KNOWLEDGE).client.identifier == identifier


@pytest.mark.parametrize("identifier", ["true", "~", "1.50", "[1]", "'  '", "'...'", "''"])
def test_what_is_no_identifier_is_refused_and_not_turned_into_one(identifier):
    (problem,) = refused(f"client: {{name: A, identifier: {identifier}}}")
    assert "client: identifier: a text of 1 to 500 characters" in problem


@pytest.mark.parametrize(("typed", "code"), [("No", "no"), ("NO", "no"), ("Yes", "yes"), ("true", "yes"), ("no", "no")])
def test_yes_and_no_count_with_capitals_and_as_truth_values(typed, code):
    assert parse_text(f"{HEAD}answers: {{pregnancy: {typed}}}", KNOWLEDGE).answers["pregnancy"].code == code


@pytest.mark.parametrize("typed", ["'No '", "nO", "n", "off", "0", "'null'", "[no]", "{}", "0.0", '"n\\u043e"'])
def test_what_only_looks_like_no_is_refused(typed):
    (problem,) = refused(f"{HEAD}answers: {{pregnancy: {typed}}}")
    assert "pregnancy: not one of the answers" in problem


@pytest.mark.parametrize("typed", ["~", "null", "unknown", ""])
def test_nothing_is_unknown_and_never_no(typed):
    assert parse_text(f"{HEAD}answers:\n  pregnancy: {typed}\n", KNOWLEDGE).answers["pregnancy"].state == "unknown"


@pytest.mark.parametrize("day", ["2026-02-30", "0001-01-01", "9999-12-31", "1799-12-31", "2026-W48-1", "20261123"])
def test_a_day_that_no_visit_has_is_refused_beside_every_other_slip(day):
    problems = refused(f"{HEAD}visit_date: {day}\nanswers: {{pregnancy: perhaps}}\n")
    assert len(problems) == 2
    assert problems[0].startswith("intake: visit_date: not a ")
    assert "pregnancy" in problems[1]


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1" + "0" * 5000, "1e309", ".inf", ".nan", "028", "0x1C", "1_0"])
def test_a_number_out_of_bounds_or_of_an_odd_form_is_refused(number):
    (problem,) = refused(f"{HEAD}answers: {{cycle_length_days: {number}}}")
    assert "cycle_length_days: not a number" in problem


@pytest.mark.parametrize("number", ["1" + "0" * 400, "9" * 5000, "NaN", "-Infinity", "1e309"])
def test_the_same_numbers_in_json_are_refused(number):
    text = f'{{"client": {{"name": "A", "identifier": "B"}}, "answers": {{"cycle_length_days": {number}}}}}'
    (problem,) = refused(text)
    assert "cycle_length_days: not a number" in problem


def test_a_number_of_thousands_of_digits_from_a_program_is_refused():
    assert "not a number" in wrong(answers={"cycle_length_days": 10**5000})
    assert "days are counted whole" in wrong(answers={"cycle_length_days": 28.5})


@pytest.mark.parametrize(
    "name", ["Anna\nBob", "a\u001b[31m", "\u202eanna", "An\u200bna", "a\u0000", "a\u2028b", "a\ud800", "\u00ada"]
)
def test_characters_that_cannot_be_seen_are_refused_in_whatever_is_printed(name):
    code = f"U+{next(ord(one) for one in name if not one.isalnum() and ord(one) != 0x5B):04X}"
    text = json.dumps({"client": {"name": name, "identifier": "B"}, "notes": name.replace("\n", "\u0085")})
    problems = refused(text)
    assert code in problems[0]
    assert "notes: it holds U+" in problems[1]
    assert all(problem.isprintable() for problem in problems)
    assert "not a list of names" in wrong(answers={"allergies": [name]})


def test_a_name_that_only_shows_blanks_is_no_name():
    for name in ("\u200b", "\u2800", "---", "\u00a0"):
        assert "client: name: " in wrong(client={"name": name, "identifier": "B"})


SIGNATURE = {
    "finding": "clotting_medicines.yes",
    "physician": "Dr X",
    "signed_on": "2026-11-20",
    "valid_until": "2027-01-01",
    "answer": "yes",
    "decision": "may be treated",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"finding": "clotting_medicines"}, "no finding has this id"),
        ({"finding": "clotting_medicines.yes@forehead"}, "this finding is not one of a zone"),
        ({"finding": "ZONAL"}, "no zone with its side is named"),
        ({"finding": "ZONAL@moon"}, "no zone with its side is named"),
        ({"finding": "ZONAL@cheek_upper"}, "no zone with its side is named"),
        ({"finding": "pregnancy.yes"}, "which no signature lifts"),
        ({"valid_until": "2026-11-19"}, "it ends before it was signed"),
        ({"signed_on": "unknown"}, "a signature needs its day"),
        ({"signed_on": "0026-11-20"}, "not a plausible date"),
        ({"physician": " "}, "a text of 1 to 500 characters"),
        ({"physician": "unknown"}, "this names no doctor"),
        ({"physician": None}, "a text of 1 to 500 characters"),
        ({"answer": None}, "what the doctor decided is missing"),
        ({"answer": "perhaps"}, "what the doctor decided is missing"),
        ({"answer": "may be treated"}, "what the doctor decided is missing"),
        ({"decision": "..."}, "a text of 1 to 500 characters"),
    ],
)
def test_a_signature_that_can_lift_nothing_is_refused(change, message):
    zonal = next(name for name, rule in KNOWLEDGE.rules.items() if _asks_a_doctor_in_a_zone(rule))
    change = {key: value.replace("ZONAL", zonal) if isinstance(value, str) else value for key, value in change.items()}
    assert message in wrong(signatures=[{**SIGNATURE, **change}])


def _asks_a_doctor_in_a_zone(rule) -> bool:
    from mesoplan.knowledge.zonal import is_zonal

    return rule.verdict == "PHYSICIAN" and is_zonal(rule.when, KNOWLEDGE)


def test_a_signature_that_names_a_finding_a_doctor_and_a_decision_is_read():
    assert parse_intake({**raw({}), "signatures": [SIGNATURE]}, KNOWLEDGE).signatures[0].physician == "Dr X"


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        (5, "readings are a list"),
        (True, "readings are a list"),
        ({"date": "2026-11-18"}, "readings are a list"),
        ([{"date": "2026-11-18", "result": ["negative"]}], "not a reading"),
        ([{"date": "2026-11-18", "result": "negative", "by": "X"}], "this key means nothing here"),
        ([{"date": "2026-11-15", "result": "negative"}], "a reading follows its test"),
        ([{"date": "2026-02-30", "result": "negative"}], "not a date"),
        ([{"date": "2026-11-18", "result": "negative"}] * 501, "far too many entries"),
    ],
)
def test_readings_of_a_test_that_cannot_be_meant_are_refused(readings, message):
    test = {"product": "p", "placed_on": "2026-11-16", "method": "topical", "readings": readings}
    assert message in wrong(allergy_tests=[test])


@pytest.mark.parametrize("value", [False, 0, "", "x", [5], {"finding": "x"}])
def test_lists_of_mappings_are_lists_of_mappings(value):
    assert "signatures is a list of mappings" in wrong(signatures=value)


@pytest.mark.parametrize(
    "changes",
    [
        {"goals": [{"indication": "wrinkles", "zones": ["face"]}] * 501},
        {"goals": [{"indication": "wrinkles", "zones": ["face"] * 501}]},
        {"signatures": [SIGNATURE] * 501},
        {"answers": {"allergies": ["birch"] * 501}},
        {"answers": {"chemical_peel": [{"date": "2026-11-01"}] * 501}},
    ],
)
def test_lists_that_nobody_fills_in_are_refused(changes):
    assert "far too many entries" in wrong(**changes)


def test_notes_are_a_text_of_bounded_length():
    assert "notes are a text" in wrong(notes={"a": 1})
    assert "notes are a text" in wrong(notes="x" * 10_001)
    assert parse_intake({**raw({}), "notes": "two\nlines"}, KNOWLEDGE).notes == "two\nlines"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are made otherwise here")
def test_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path / "pipe", tmp_path / "loop", tmp_path, "/dev/zero", tmp_path / ("n" * 300)):
        with pytest.raises(ProblemError):
            read_intake(tmp_path / path, KNOWLEDGE)
