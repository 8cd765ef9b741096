"""The example intake damaged at random: it is read, or refused with problems; nothing else."""

from __future__ import annotations

import copy
import json
import random
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesoplan.errors import ProblemError
from mesoplan.intake.model import Intake
from mesoplan.intake.parse import parse_text, read_intake
from mesoplan.intake.timing import problems_on
from mesoplan.screening.engine import Screener
from mesoplan.serial import to_json
from screening.cases import KNOWLEDGE

EXAMPLE = resources.files("mesoplan.intake").joinpath("example.yaml").read_bytes()
PLAIN: Any = json.loads(json.dumps(yaml.safe_load(EXAMPLE), default=str))
SCREENER = Screener(KNOWLEDGE)
COUNT = 150
TOKENS = (
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\t", b"\r", b"\n", b":", b"- ", b"[", b"{", b"}", b"]"),
    *(b'"', b"'", b"&a ", b"*a", b"!!bool ", b"!!timestamp ", b"<<: ", b"? ", b"---\n", b"...\n", b"# ", b"|\n", b"%"),
    *(b"no", b"yes", b"unknown", b"~", b"9999-12-31", b"2026-02-30", b"1e309", b".nan", b"0x10", b"1_0"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, float("inf"), float("nan"), "", " ", "no", "No ", "yes", "unknown"),
    *([], {}, [[]], [None], {"a": 1}, [{}], [{"date": "2026-11-24"}], {"zones": []}, {"zones": ["face"]}),
    *("2026-02-30", "9999-12-31", "\u202e", "\ud800", "\u0000", "#import", "<script>", "x" * 600, ["no"], [["no"]]),
)


def outcome(text: bytes, path: Path) -> Intake | None:
    """Return the intake, None where it was refused; every problem can be shown on one line."""
    path.write_bytes(text)
    try:
        return read_intake(path, KNOWLEDGE)
    except ProblemError as error:
        problems = error.problems
    assert problems
    assert all(len(str(one).splitlines()) == 1 and one.message and one.remedy and one.place for one in problems)
    return None


def screened(intake: Intake | None) -> None:
    """Screen whatever was read on its own day; what comes out can be written."""
    if intake is None or intake.visit_date is None or problems_on(intake, intake.visit_date, place="x"):
        return
    to_json(SCREENER.screen(intake, intake.visit_date)).encode()
    to_json(intake).encode()


def test_bytes_changed_at_random_never_raise_anything_but_problems(tmp_path: Path) -> None:
    for number in range(COUNT):
        rng = random.Random(number)
        text = bytearray(EXAMPLE)
        for _ in range(rng.choice((1, 1, 2, 5))):
            start = rng.randrange(len(text))
            end = start + rng.choice((0, 0, 1, 3, 30))
            text[start:end] = rng.choice((rng.choice(TOKENS), rng.choice(TOKENS), bytes([rng.randrange(256)])))
        screened(outcome(bytes(text), tmp_path / "intake.yaml"))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def damaged(rng: random.Random) -> Any:
    data = copy.deepcopy(PLAIN)
    for _ in range(rng.choice((1, 1, 2, 4))):
        *path, last = rng.choice(places(data)[1:])
        inner = data
        for key in path:
            inner = inner[key]
        if rng.random() < 0.15:
            del inner[last]
        else:
            inner[last] = copy.deepcopy(rng.choice(VALUES))
    return data


def test_values_changed_at_random_never_raise_anything_but_problems(tmp_path: Path) -> None:
    for number in range(COUNT):
        data = damaged(random.Random(number))
        screened(outcome(json.dumps(data).encode(), tmp_path / "intake.json"))
        text = yaml.safe_dump(data, allow_unicode=False)
        screened(outcome(text.encode(), tmp_path / "intake.yaml"))


BLOCKED: dict[str, Any] = {
    "pregnancy": "yes",
    "epilepsy": "active",
    "chemical_peel": [{"date": "2026-11-18", "kind": "superficial", "zones": ["face"]}],
    "birth_date": str(date(2026, 11, 23) - timedelta(days=365 * 16)),
}


@pytest.mark.parametrize("question", BLOCKED)
def test_no_damage_elsewhere_in_the_file_lifts_a_block(question: str) -> None:
    choices = KNOWLEDGE.questions[question].choices
    value = BLOCKED[question] if not choices or question == "chemical_peel" else choices[-1].code
    for number in range(COUNT // 2):
        data = damaged(random.Random(number))
        if not isinstance(data.get("answers"), dict):
            continue
        data["answers"][question] = value
        try:
            intake = parse_text(json.dumps(data), KNOWLEDGE)
        except ProblemError:
            continue
        assert not SCREENER.screen(intake, intake.visit_date or date(2026, 11, 23)).may_treat, data
