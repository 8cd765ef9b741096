"""Reads an intake file into an `Intake`; every slip is collected and reported once, with its place and remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from mesoplan.errors import Problems
from mesoplan.intake.answers import AnswerReader, as_date
from mesoplan.intake.canonical import with_hash
from mesoplan.intake.model import AllergyTest, Client, GoalAnswer, Intake, Signature
from mesoplan.knowledge.load import Knowledge

SCHEMA = "mesoplan-intake/1"
MAX_BYTES = 1_000_000
_TOP = ("schema", "client", "visit_date", "goals", "answers", "signatures", "allergy_tests", "sessions_done", "notes")
_CLIENT = ("name", "identifier", "language", "telephone")
_SIGNATURE = ("finding", "physician", "signed_on", "valid_until", "decision")
_TEST = ("product", "placed_on", "method", "readings")
_METHODS = ("topical", "test injection")


class _StrictLoader(yaml.CSafeLoader):
    """YAML without repeated keys: the second of two answers must never win in silence."""


def _mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node)
        if isinstance(key, (list, dict)):
            raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key_node.start_mark)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
        seen.add(key)
    return yaml.CSafeLoader.construct_mapping(loader, node, deep=True)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_intake(path: Path, knowledge: Knowledge) -> Intake:
    """Return the intake in a YAML or JSON file.

    Raises:
        ProblemError: If the file cannot be read or anything in it cannot be used; all problems at once.
    """
    problems = Problems()
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            problems.add(str(path), f"{size} bytes", "an intake is a small text file", "Hand in the intake itself.")
            problems.raise_if_any()
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problems.add(str(path), error.strerror or "", "the file cannot be read", "Check its name and your rights.")
    except UnicodeDecodeError:
        problems.add(str(path), "", "the file is not UTF-8 text", "Save it as UTF-8.")
    problems.raise_if_any()
    return parse_text(text, knowledge, place=path.name)


def parse_text(text: str, knowledge: Knowledge, *, place: str = "intake") -> Intake:
    """Return the intake in a YAML or JSON text; see `parse_intake`."""
    problems = Problems()
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, _StrictLoader)
    except json.JSONDecodeError as error:
        problems.add(f"{place}:{error.lineno}", "", f"not valid JSON: {error.msg}", "Mend the line.")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(f"{place}:{line}", "", f"not valid YAML: {error.problem}", "Mend the line.")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.add(place, "", f"not valid YAML: {str(error)[:100]}", "Mend the file.")
    problems.raise_if_any()
    return parse_intake(data, knowledge, place=place)


def parse_intake(data: object, knowledge: Knowledge, *, place: str = "intake") -> Intake:
    """Return the intake in a mapping as YAML or JSON hold it.

    A question without an answer is `unknown`. A question the knowledge does not have, a code it does not know, an
    impossible date: each is a problem, never a guess.

    Raises:
        ProblemError: With every problem found.
    """
    problems = Problems()
    if not isinstance(data, Mapping):
        problems.add(place, type(data).__name__, "an intake is a mapping", "Start from `mesoplan questions`.")
        problems.raise_if_any()
        raise AssertionError("unreachable")
    reader = _Reader(knowledge, problems, place)
    intake = reader.read(data)
    problems.raise_if_any()
    return intake


class _Reader:
    """One reading of one intake."""

    def __init__(self, knowledge: Knowledge, problems: Problems, place: str) -> None:
        self.knowledge, self.problems, self.place = knowledge, problems, place

    def read(self, data: Mapping[Any, Any]) -> Intake:
        self._keys(data, _TOP, self.place)
        if data.get("schema", SCHEMA) != SCHEMA:
            self._add("schema", data["schema"], "another kind of file", f"This version reads {SCHEMA}.")
        visit = self._day(data.get("visit_date"), "visit_date")
        given = data.get("answers")
        if given is not None and not isinstance(given, Mapping):
            self._add("answers", given, "answers are a mapping of question to answer", "See `mesoplan questions`.")
            given = None
        answers = AnswerReader(self.knowledge, self.problems, self.place, visit).read_all(given or {})
        intake = Intake(
            client=self._client(data.get("client"), answers["birth_date"].day if "birth_date" in answers else None),
            visit_date=visit,
            goals=self._goals(data.get("goals")),
            answers=answers,
            signatures=tuple(self._signature(*item) for item in self._rows(data, "signatures", _SIGNATURE)),
            allergy_tests=tuple(self._test(*item) for item in self._rows(data, "allergy_tests", _TEST)),
            sessions_done=self._count(data.get("sessions_done", 0)),
            notes=str(data.get("notes") or ""),
        )
        return with_hash(intake)

    def _add(self, where: str, value: object, message: str, remedy: str) -> None:
        self.problems.add(f"{self.place}: {where}", value, message, remedy)

    def _keys(self, data: Mapping[Any, Any], known: tuple[str, ...], where: str) -> None:
        for key in data:
            if key not in known:
                self.problems.add(where, key, "this key means nothing here", f"Known are: {', '.join(known)}.")

    def _day(self, value: object, where: str) -> date | None:
        if value is None or value == "unknown":
            return None
        day = as_date(value)
        if day is None:
            self._add(where, value, "not a date", "Write it as YYYY-MM-DD, or unknown.")
        return day

    def _text(self, value: object, where: str, *, required: bool = True) -> str:
        if isinstance(value, str) and value.strip() and len(value) <= 500:
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if required or value not in (None, "", "unknown"):
            self._add(where, value, "a text of 1 to 500 characters is needed here", "Enter it.")
        return ""

    def _client(self, value: object, birth_date: date | None) -> Client:
        if not isinstance(value, Mapping):
            self._add("client", value, "who it is, is missing", "Give client: name and identifier.")
            return Client("", "", birth_date, "en")
        self._keys(value, _CLIENT, f"{self.place}: client")
        language = str(value.get("language") or "en")
        if language not in self.knowledge.languages:
            known = ", ".join(self.knowledge.languages)
            self._add("client: language", language, "no texts in this language", f"Known are: {known}.")
        return Client(
            self._text(value.get("name"), "client: name"),
            self._text(value.get("identifier"), "client: identifier"),
            birth_date,
            language,
            self._text(value.get("telephone"), "client: telephone", required=False) or None,
        )

    def _goals(self, value: object) -> tuple[GoalAnswer, ...]:
        if value is None or value == "unknown":
            return ()
        if not isinstance(value, list):
            self._add("goals", value, "goals are a list", "Write - {indication: ..., zones: [...]} for each.")
            return ()
        goals: dict[str, tuple[str, ...]] = {}
        for index, goal in enumerate(value, 1):
            where = f"goals: {index}"
            if not isinstance(goal, Mapping):
                self._add(where, goal, "not a goal", "Write {indication: ..., zones: [...]}.")
                continue
            self._keys(goal, ("indication", "zones"), f"{self.place}: {where}")
            name = str(goal.get("indication"))
            if name not in self.knowledge.indications:
                known = ", ".join(self.knowledge.indications)
                self._add(f"{where}: indication", name, "not an indication of the knowledge", f"Known are: {known}.")
                continue
            zones = self._zones(goal.get("zones"), f"{where}: zones")
            goals[name] = tuple(dict.fromkeys((*goals.get(name, ()), *zones)))
        return tuple(GoalAnswer(name, zones) for name, zones in goals.items())

    def _zones(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self._add(where, value, "a goal needs its zones", "Write a list, for example [forehead, cheek_upper].")
            return ()
        zones: list[str] = []
        for name in value:
            try:
                zones.extend(self.knowledge.expand(str(name)))
            except KeyError:
                self._add(where, name, "not a zone", "`mesoplan explain --list zones` names them.")
        return tuple(dict.fromkeys(zones))

    def _rows(self, data: Mapping[Any, Any], key: str, known: tuple[str, ...]) -> list[tuple[Mapping[Any, Any], str]]:
        value = data.get(key) or []
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            self._add(key, value, f"{key} is a list of mappings", f"Each has: {', '.join(known)}.")
            return []
        for index, row in enumerate(value, 1):
            self._keys(row, known, f"{self.place}: {key}: {index}")
        return [(row, f"{key}: {index}") for index, row in enumerate(value, 1)]

    def _signature(self, row: Mapping[Any, Any], where: str) -> Signature:
        finding = str(row.get("finding") or "")
        if finding.partition("@")[0] not in self.knowledge.rules:
            self._add(f"{where}: finding", finding, "no finding has this id", "Copy the id from the screening.")
        signed = self._day(row.get("signed_on"), f"{where}: signed_on")
        if signed is None:
            self._add(f"{where}: signed_on", row.get("signed_on"), "a signature needs its day", "Enter YYYY-MM-DD.")
        return Signature(
            finding,
            self._text(row.get("physician"), f"{where}: physician"),
            signed or date.max,
            self._day(row.get("valid_until"), f"{where}: valid_until"),
            self._text(row.get("decision"), f"{where}: decision"),
        )

    def _test(self, row: Mapping[Any, Any], where: str) -> AllergyTest:
        placed = self._day(row.get("placed_on"), f"{where}: placed_on")
        method = row.get("method")
        if placed is None:
            self._add(f"{where}: placed_on", row.get("placed_on"), "a test needs its day", "Enter YYYY-MM-DD.")
        if method not in _METHODS:
            self._add(f"{where}: method", method, "not a method of testing", f"Known are: {', '.join(_METHODS)}.")
        readings = []
        for index, reading in enumerate(row.get("readings") or [], 1):
            spot = f"{where}: readings: {index}"
            if not isinstance(reading, Mapping) or reading.get("result") not in ("negative", "positive"):
                self._add(spot, reading, "not a reading", "Write {date: YYYY-MM-DD, result: negative|positive}.")
                continue
            day = self._day(reading.get("date"), f"{spot}: date")
            if day is None or (placed is not None and day < placed):
                self._add(f"{spot}: date", reading.get("date"), "a reading follows its test", "Enter its day.")
                continue
            readings.append((day, reading["result"]))
        return AllergyTest(
            self._text(row.get("product"), f"{where}: product"),
            placed or date.max,
            method if method in _METHODS else "topical",
            tuple(sorted(readings)),
        )

    def _count(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 99:
            self._add("sessions_done", value, "not a number of sessions", "Enter 0 before the first session.")
            return 0
        return value
