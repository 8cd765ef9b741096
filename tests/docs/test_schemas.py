from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.pages import ROOT, blocks, rows
from docs.validate import faults
from mesoplan.errors import ProblemError
from mesoplan.knowledge.load import Knowledge
from mesoplan.plan import Plan
from mesoplan.schemas import SCHEMAS, main, write_schemas
from mesoplan.screening.explained import ExplainedScreening, explained
from mesoplan.serial import from_json, to_json

FOLDER = ROOT / "docs" / "schemas"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
PEEL = {"chemical_peel": [{"date": "2026-11-18", "kind": "superficial", "zones": ["forehead"]}]}
WART = {"warts": {"zones": ["cheek_lower_left"]}}
SHAPES: dict[str, dict[str, Any]] = {
    "as it ships": {},
    "without a clinic": {"clinic": None},
    "by syringe": {"technique": "classical_injection"},
    "pregnant": {"pregnancy": "yes"},
    "a peel five days ago": PEEL,
    "a clotting medicine": {"clotting_medicines": "yes"},
    "a wart on the cheek": WART,
    "allergies unknown": {"allergies": "unknown"},
}


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


def test_the_schemas_in_the_documentation_are_those_of_the_types(tmp_path: Path) -> None:
    for path in write_schemas(tmp_path / "new"):
        assert (FOLDER / path.name).read_bytes() == path.read_bytes(), "run: python -m mesoplan.schemas docs/schemas"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_plan_and_its_screening_come_back_from_json_as_they_were(
    plan: Callable[..., Plan], knowledge: Knowledge, shape: str
) -> None:
    made = plan(**SHAPES[shape])
    for value in (made, made.screening, explained(made.screening, made.intake, knowledge, "en")):
        text = to_json(value)
        assert from_json(type(value), text) == value
        assert to_json(from_json(type(value), text)) == text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_files_are_as_their_schemas_say(plan: Callable[..., Plan], knowledge: Knowledge, shape: str) -> None:
    made = plan(**SHAPES[shape])
    for value in (made, explained(made.screening, made.intake, knowledge, "ru")):
        name = next(name for name, kind in SCHEMAS.items() if kind is type(value))
        described = schema(name)
        assert faults(json.loads(to_json(value)), described, described) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda screening: screening.pop("may_treat"), "may_treat"),
        (lambda screening: screening.update(headline="SAFE"), "headline"),
        (lambda screening: screening.update(on="23.11.2026"), "on"),
        (lambda screening: screening["cells"][0].update(provisional="no doubt"), "provisional"),
    ],
)
def test_a_screening_that_was_tampered_with_is_refused_by_schema_and_reader(
    plan: Callable[..., Plan], knowledge: Knowledge, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    made = plan()
    value = json.loads(to_json(explained(made.screening, made.intake, knowledge, "en")))
    broken = copy.deepcopy(value)
    change(broken)
    described = schema("screening.schema.json")
    assert any(told in fault for fault in faults(broken, described, described))
    with pytest.raises(ProblemError) as caught:
        from_json(ExplainedScreening, json.dumps(broken), place="screening.json")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("heading", "part", "name"),
    [
        ("## screening.json", None, "screening.schema.json"),
        ("One finding:", "Finding", "screening.schema.json"),
        ("One cell:", "Cell", "screening.schema.json"),
        ("One fact:", "Explanation", "screening.schema.json"),
        ("One reading:", "ClaimLine", "screening.schema.json"),
        ("One line:", None, "screening_line.schema.json"),
        ("One judgement:", "Judgement", "screening_line.schema.json"),
        ("## plan.json", None, "plan.schema.json"),
        ("| key of an export", None, "punctures.schema.json"),
        ("| key of a puncture", "ExportedPuncture", "punctures.schema.json"),
        ("| key of a footprint", "ExportedFootprint", "footprints.schema.json"),
    ],
)
def test_the_page_explains_every_key_of_the_schema_and_no_other(heading: str, part: str | None, name: str) -> None:
    described = schema(name)
    keys = described["properties"] if part is None else described["$defs"][part]["properties"]
    start = PAGE.split(f"\n{heading} | in words |\n", 1) if heading[0] == "|" else PAGE.split(f"\n{heading}\n", 1)
    table = ("| key | in words |\n" if heading[0] == "|" else "") + start[1].lstrip().split("\n\n", 1)[0]
    assert {row.first for row in rows(table)} == set(keys)


def test_the_page_reads_a_plan_as_it_says(
    plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan()
    (tmp_path / "plan.json").write_text(to_json(made), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (snippet,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(snippet, "docs/schemas/README.md", "exec"), names)
    assert names["plan"] == made


def test_the_command_names_what_it_wrote_and_refuses_what_it_cannot_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 0
    assert [Path(line).name for line in capsys.readouterr().out.splitlines()] == list(SCHEMAS)
    assert main([]) == 2
    assert "OUTDIR" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err
