"""Each kind of fault in a knowledge file is named with its file, line, value and remedy, and all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from knowledge.folder import FILES, changed, line_of, write
from mesoplan.errors import Problem
from mesoplan.knowledge.read import read


class Fault(NamedTuple):
    """What is replaced in which file, and what must be said: at the line of `at`, with value, message and remedy."""

    name: str
    old: str
    new: str
    at: str
    value: str
    message: str
    remedy: str


OTHER_CONSENT = """\
  - id: other
    title: {en: Other, ru: Другое}
    version: 1
    issued: 2026-01-01
    techniques:
      - technique: pen
        text: {en: Again., ru: Снова.}
    cannot:
      - text: {en: Nothing., ru: Ничего.}
    instead:
      - text: {en: Nothing., ru: Ничего.}
"""
FAULTS = {
    "YAML syntax": Fault(
        "facts.yaml",
        "title: {en: Pregnancy, ru: Беременность}",
        "title: {en: Pregnancy, ru: [Беременность}",
        "title: {en: Pregnancy",
        "title: {en: Pregnancy, ru: [Беременность}",
        "not valid YAML",
        "indentation, quotes and colons",
    ),
    "a key twice": Fault(
        "facts.yaml",
        "    topic: gap\n",
        "    topic: gap\n    topic: other\n",
        "    topic: other",
        "topic",
        "stands twice",
        "once",
    ),
    "an alias": Fault(
        "facts.yaml",
        "reading: CONTRAINDICATED\n        says: {en: Not in",
        "reading: &x CONTRAINDICATED\n        status: *x\n        says: {en: Not in",
        "status: *x",
        "*x",
        "alias",
        "plainly",
    ),
    "an unknown key": Fault(
        "facts.yaml",
        "locator: line 119",
        "locater: line 119",
        "locater",
        "locater",
        "unknown key",
        "`locator`",
    ),
    "a missing key": Fault(
        "facts.yaml",
        "        locator: line 119\n",
        "",
        "s0-pregnancy",
        "locator",
        "the key `locator` is missing",
        "Add `locator:`",
    ),
    "a key without a value": Fault(
        "facts.yaml", "topic: contraindication", "topic:", "topic:\n", "", "`topic` has no value yet", "Enter it"
    ),
    "text for a number": Fault(
        "facts.yaml",
        "claims:\n      - id: s0-peel\n        source: doc-000\n        locator: line 25\n        status: article\n"
        "        quantity: {value: 14, unit: d}",
        "claims:\n      - id: s0-peel\n        source: doc-000\n        locator: line 25\n        status: article\n"
        '        quantity: {value: "two weeks", unit: d}',
        "two weeks",
        "two weeks",
        "valid number",
        "Write a number",
    ),
    "a number for a text": Fault(
        "questions_groups.yaml", "en: Person", "en: 5", "en: 5", "5", "valid string", "in quotes"
    ),
    "a mapping for a list": Fault(
        "facts.yaml",
        "facts:\n  - id: gap.peel\n    topic: gap",
        "sources: {}\nfacts:\n  - id: gap.peel\n    topic: gap",
        "sources: {}",
        "{}",
        "`sources` is not a list",
        "Write a list",
    ),
    "an unknown verdict": Fault(
        "facts.yaml",
        "      verdict: CONTRAINDICATED",
        "      verdict: FORBIDDEN",
        "FORBIDDEN",
        "FORBIDDEN",
        "should be",
        "'CONTRAINDICATED'",
    ),
    "an unknown status": Fault(
        "facts.yaml", "status: R\n", "status: read\n", "status: read", "read", "should be", "'R-data'"
    ),
    "an unknown kind of item": Fault(
        "questions_groups.yaml", "groups:", "grupes:", "grupes", "grupes", "unknown kind", "groups"
    ),
    "a source that does not exist": Fault(
        "facts.yaml", "source: trial-1", "source: trial-2", "trial-2", "trial-2", "no source", "trial-1"
    ),
    "a rule without its fact": Fault(
        "questions.yaml",
        "fact: contraindication.pregnancy",
        "fact: contraindication.pregnant",
        "contraindication.pregnant\n",
        "contraindication.pregnant",
        "no fact",
        "contraindication.pregnancy",
    ),
    "a rule that names no fact": Fault(
        "questions.yaml",
        "        fact: contraindication.pregnancy\n",
        "",
        "pregnancy.yes",
        "fact",
        "the key `fact` is missing",
        "Add `fact:`",
    ),
    "an id twice": Fault(
        "facts.yaml",
        "id: contraindication.pregnancy",
        "id: gap.peel",
        "",
        "gap.peel",
        "exists already",
        "facts.yaml:2",
    ),
    "a claim's id twice": Fault(
        "facts.yaml", "id: s0-pregnancy", "id: s0-peel", "", "s0-peel", "exists already", "contraindication.pregnancy"
    ),
    "a rule's id twice": Fault(
        "questions.yaml", "id: peel.window", "id: pregnancy.yes", "", "pregnancy.yes", "exists already", "of its own"
    ),
    "a missing language": Fault(
        "facts.yaml",
        "title: {en: Pregnancy, ru: Беременность}",
        "title: {en: Pregnancy}",
        "title: {en: Pregnancy}",
        "Pregnancy",
        "has no `ru`",
        "Add `ru:`",
    ),
    "an empty text": Fault(
        "facts.yaml", "{en: The longest., ru:", '{en: " ", ru:', '{en: " "', "en", "the text is empty", "Write"
    ),
    "a language of no release": Fault(
        "questions_groups.yaml", "ru: Человек", "ru: Человек, de: Mensch", "de: Mensch", "de", "no language", "en, ru"
    ),
    "words in one language only": Fault(
        "words/ru.yaml", "greeting:", "farewell:", "-", "farewell", "have no `en`", "Add it"
    ),
    "a quantity without a unit": Fault(
        "facts.yaml",
        "quantity: {min: 7, max: 10, unit: d}",
        "quantity: {min: 7, max: 10}",
        "{min: 7, max: 10}",
        "unit",
        "the key `unit` is missing",
        "Add `unit:`",
    ),
    "min above max": Fault(
        "facts.yaml",
        "{min: 7, max: 10, unit: d}",
        "{min: 17, max: 10, unit: d}",
        "min: 17",
        "min: 17",
        "above max 10",
        "agree",
    ),
    "value and range at once": Fault(
        "facts.yaml",
        "{min: 7, max: 10, unit: d}",
        "{value: 7, max: 10, unit: d}",
        "{value: 7, max",
        "value: 7, max: 10",
        "either `value`",
        "agree",
    ),
    "a condition with two keys": Fault(
        "questions.yaml",
        "when: {event: peel, within: gap.peel}",
        "when: {event: peel, answer: pregnancy, within: gap.peel}",
        "when: {event: peel, answer",
        "event: peel, answer: pregnancy",
        "exactly one of the keys",
        "under `all:` or `any:`",
    ),
    "a number in a condition": Fault(
        "questions.yaml", "within: gap.peel", "within: 14", "within: 14", "14", "valid string", "Name the fact"
    ),
    "a fact without a number in a condition": Fault(
        "questions.yaml",
        "within: gap.peel",
        "within: contraindication.pregnancy",
        "within: contraindication",
        "contraindication.pregnancy",
        "carries no number",
        "quantity",
    ),
    "a consent for a technique that does not exist": Fault(
        "consents.yaml", "technique: pen", "technique: pan", "technique: pan", "pan", "no technique", "pen"
    ),
    "a technique under two consents": Fault(
        "consents.yaml",
        "      - text: {en: Nothing., ru: Ничего.}\n",
        "      - text: {en: Nothing., ru: Ничего.}\n" + OTHER_CONSENT,
        "technique: pen\n        text: {en: Again",
        "pen",
        "the consent `needling` covers this technique already",
        "Keep one of the two",
    ),
    "a number in a consent that its fact does not give": Fault(
        "consents.yaml",
        "fact: gap.peel",
        "fact: contraindication.pregnancy",
        "fact: contraindication.pregnancy",
        "contraindication.pregnancy",
        "carries no number",
        "quantity",
    ),
    "a number in a consent without a fact": Fault(
        "consents.yaml",
        "      - fact: gap.peel\n        text:",
        "      - text:",
        '- text: {en: "Nothing within',
        "{value}",
        "no fact gives this number",
        "Name the fact under `fact:`",
    ),
    "a version of a consent that is none": Fault(
        "consents.yaml", "version: 1", "version: 0", "version: 0", "0", "greater than or equal to 1", ""
    ),
    "a count of a side effect that is not among its claims": Fault(
        "consents.yaml",
        "consents:\n",
        "harms:\n  - {id: rash, fact: gap.peel, title: {en: Rash, ru: Сыпь}, kind: complication, serious: false,\n"
        "     urgent: false, counted: s9-rash, leaflet: {en: A rash., ru: Сыпь.}}\nconsents:\n",
        "counted: s9-rash",
        "s9-rash",
        "not among those of the side effect's fact",
        "s0-peel, trial-1-peel",
    ),
    "an answer's code that does not exist": Fault(
        "questions.yaml", 'is: ["yes"]', "is: [maybe]", "is: [maybe]", "maybe", "no answer of this code", "yes, no"
    ),
    "an event's kind that does not exist": Fault(
        "questions.yaml",
        "{event: peel, within",
        "{event: peel, kinds: [medium], within",
        "kinds: [medium]",
        "medium",
        "no answer of this code",
        "superficial, deep",
    ),
    "a question that does not exist": Fault(
        "questions.yaml",
        "{answer: pregnancy,",
        "{answer: pregnant,",
        "pregnant,",
        "pregnant",
        "no question",
        "pregnancy",
    ),
    "a condition that cannot read the question": Fault(
        "questions.yaml",
        "{event: peel, within: gap.peel}",
        "{until: peel}",
        "until: peel",
        "peel",
        "cannot read a question of kind events",
        "kind date",
    ),
    "a substance that does not exist in a condition": Fault(
        "questions.yaml",
        "{event: peel, within: gap.peel}",
        "{named: peel, of: [phlogiston]}",
        "phlogiston",
        "phlogiston",
        "neither a substance nor a class",
        "by its id",
    ),
    "a group that does not exist": Fault(
        "questions_groups.yaml", "id: person", "id: people", "group: person", "person", "no question group", "people"
    ),
    "an order that names no answer": Fault(
        "questions.yaml", 'order: ["no", "yes"]', "order: [no, perhaps]", "order: [no", "perhaps", "order", "yes, no"
    ),
    "a zone that does not exist": Fault(
        "zones.yaml", "face: [forehead, cheek]", "face: [forehead, cheeks]", "cheeks", "cheeks", "no zone", "cheek"
    ),
    "a neighbour that does not exist": Fault(
        "zones.yaml", "neighbours: [cheek]", "neighbours: [chin]", "chin", "chin", "no zone", "Name an existing one"
    ),
    "a deciding claim of another fact": Fault(
        "facts.yaml",
        "      method: strictest\n      verdict:",
        "      method: claim\n      claim: s0-peel\n      verdict:",
        "claim: s0-peel",
        "s0-peel",
        "not among the fact's claims",
        "s0-pregnancy",
    ),
    "a resolution by claim that names none": Fault(
        "facts.yaml",
        "      method: strictest\n      verdict:",
        "      method: claim\n      verdict:",
        "resolution:\n      method: claim",
        "contraindication.pregnancy",
        "names no claim",
        "s0-pregnancy",
    ),
    "a release without its review date": Fault(
        "release.yaml", "  review_by: 2027-01-01\n", "", "release:", "review_by", "is missing", "Add `review_by:`"
    ),
    "a date that is none": Fault(
        "release.yaml",
        "review_by: 2027-01-01",
        "review_by: next year",
        "next year",
        "next year",
        "valid date",
        "YYYY-MM-DD",
    ),
}


def problems(folder: Path, files: dict[str, str]) -> tuple[Problem, ...]:
    return read((write(folder, files),))[1]


def test_the_unbroken_folder_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, FILES) == ()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_named_with_file_line_value_and_remedy(tmp_path: Path, fault: Fault) -> None:
    files = changed(fault.name, fault.old, fault.new)
    found = problems(tmp_path, files)
    fitting = [one for one in found if fault.message in one.message and fault.value in one.value]
    assert fitting, [str(one) for one in found]
    if fault.at != "-":
        where = next((name for name in (fault.name, *files) if fault.at and fault.at in files[name]), fault.name)
        # a repeated id is told from its first place by standing later in the file
        text = fault.at or fault.new
        line = line_of(files, where, text) if fault.at else files[where][: files[where].rindex(text)].count("\n") + 1
        assert f"{where}:{line}" in {one.place.partition(" ")[0] for one in fitting}, [one.place for one in fitting]
    assert any(fault.remedy in one.remedy and one.remedy for one in fitting), [one.remedy for one in fitting]


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {**FILES}
    for name in ("a rule without its fact", "an unknown key", "a zone that does not exist", "a missing language"):
        fault = FAULTS[name]
        files[fault.name] = files[fault.name].replace(fault.old, fault.new)
    places = {one.place.partition(":")[0] for one in problems(tmp_path, files)}
    assert {"facts.yaml", "questions.yaml", "zones.yaml"} <= places


def test_an_item_that_cannot_be_read_brings_no_problems_of_those_that_name_it(tmp_path: Path) -> None:
    fault = FAULTS["an unknown key"]
    assert len(problems(tmp_path, changed(fault.name, fault.old, fault.new))) == 2  # the wrong key, and the missing one


def test_a_folder_without_a_release_is_refused_and_still_read_through(tmp_path: Path) -> None:
    fault = FAULTS["an unknown key"]
    files = changed(fault.name, fault.old, fault.new)
    del files["release.yaml"]
    knowledge, found = read((write(tmp_path, files),))
    assert knowledge is None
    assert {"the knowledge base has no release", "unknown key `locater`"} <= {one.message for one in found}


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    knowledge, found = read((tmp_path,))
    assert knowledge is None
    assert any(one.place == str(tmp_path) for one in found)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# only a comment\n",
        b"just a word\n",
        b"- a\n- b\n",
        b"\xff\xfe\x00\x01",
        b"a: 1\n---\nb: 2\n",
        b"[" * 5000,
    ],
    ids=["empty", "comment", "scalar", "list", "not UTF-8", "two documents", "deep nesting"],
)
def test_a_file_that_is_no_mapping_is_one_problem_of_that_file(tmp_path: Path, content: bytes) -> None:
    write(tmp_path)
    (tmp_path / "facts_more.yaml").write_bytes(content)
    _, found = read((tmp_path,))
    assert [one.place.partition(":")[0] for one in found] == ["facts_more.yaml"]
    assert found[0].remedy


def test_a_file_of_another_ending_is_not_silently_left_out(tmp_path: Path) -> None:
    write(tmp_path, {**FILES, "facts_more.yml": "facts: []\n"})
    _, found = read((tmp_path,))
    assert [one.value for one in found] == ["facts_more.yml"]
