from __future__ import annotations

from datetime import date
from fnmatch import fnmatch
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from typer.testing import CliRunner

from docs.pages import ROOT, blocks, named_files, rows
from mesoplan.cli.app import app
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge import conditions
from mesoplan.knowledge.check import check
from mesoplan.knowledge.load import DATA, Knowledge, load
from mesoplan.knowledge.model import Question, Resolution, Status
from mesoplan.knowledge.read import read
from mesoplan.knowledge.verdict import Verdict
from mesoplan.screening.engine import Screener
from mesoplan.screening.model import Screening

PAGE = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
COLUMNS = ("file", "method", "status", "key")
TABLES = {column: [row for row in rows(PAGE) if row.header[0] == column] for column in COLUMNS}
VISIT = date(2026, 11, 23)


def names(column: str) -> list[str]:
    return [row.first for row in TABLES[column]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example extension, as the page shows it."""
    target = tmp_path_factory.mktemp("house") / "my-knowledge"
    target.mkdir()
    for name, block in named_files(PAGE).items():
        if "/" not in name and "technique" not in name:
            (target / name).write_text(block, encoding="utf-8")
    assert len(list(target.iterdir())) == 3
    return target


def screened(knowledge: Knowledge, answer: Any) -> Screening:
    raw = yaml.safe_load(resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8"))
    if answer is not None:
        raw["answers"]["dental_work"] = answer
    return Screener(knowledge).screen(parse_intake(raw, knowledge), VISIT)


def test_every_file_of_the_knowledge_base_is_explained_and_no_other() -> None:
    present = [path.relative_to(DATA).as_posix() for path in DATA.rglob("*.yaml")]
    patterns = names("file")
    assert [file for file in present if not any(fnmatch(file, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatch(file, pattern) for file in present)] == []


def test_every_method_status_and_condition_is_explained_and_no_other() -> None:
    assert set(names("method")) == set(get_args(Resolution.model_fields["method"].annotation))
    assert set(names("status")) == set(get_args(Status))
    assert set(names("key")) == set(conditions._KEYS)


def test_every_kind_of_question_is_named() -> None:
    part = PAGE.split("### Questions\n")[1].split("### ")[0]
    assert [kind for kind in get_args(Question.model_fields["kind"].annotation) if f"`{kind}`" not in part] == []


def test_the_fact_shown_is_the_one_in_the_file() -> None:
    (shown,) = [block for block in blocks(PAGE, "yaml") if "gap.postpartum" in block]
    assert shown in (DATA / "facts_gaps.yaml").read_text(encoding="utf-8")


def test_the_example_passes_the_check(folder: Path) -> None:
    knowledge, problems = read((DATA, folder))
    assert problems == ()
    assert knowledge is not None
    assert check(knowledge) == ()


def test_the_snippet_loads_the_example(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (snippet,) = blocks(PAGE, "python")
    made: dict[str, Any] = {}
    exec(compile(snippet, "docs/knowledge.md", "exec"), made)
    assert "dental_work" in made["knowledge"].questions
    assert "dental_work" not in load().questions


def test_three_days_after_the_dentist_the_face_waits_for_two_days_more(folder: Path) -> None:
    screening = screened(load(folder), [{"date": "2026-11-20"}])
    finding = screening.finding("dental_work.window")
    assert (finding.verdict, finding.until) == (Verdict.DEFER, date(2026, 11, 25))
    assert not screening.may_treat
    assert screening.eligible_from == date(2026, 11, 25)


def test_nothing_at_the_dentist_leaves_the_example_as_it_was(folder: Path) -> None:
    assert screened(load(folder), "no").may_treat
    assert screened(load(folder), [{"date": "2026-11-18"}]).may_treat


@pytest.mark.parametrize("answer", ["unknown", None])
def test_an_unknown_answer_to_the_new_question_is_asked_for(folder: Path, answer: str | None) -> None:
    screening = screened(load(folder), answer)
    assert screening.finding("dental_work.window").verdict is Verdict.NEEDS_INFO
    assert "dental_work" in screening.missing
    assert not screening.may_treat


def test_the_commands_for_the_folder_work_as_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    checked = CliRunner().invoke(app, ["knowledge", "check", "my-knowledge"])
    assert (checked.exit_code, checked.stdout.splitlines()[-1]) == (0, "0 problems.")
    CliRunner().invoke(app, ["example", "--out", "intake.yaml"])
    screen = CliRunner().invoke(app, ["screen", "intake.yaml"], env={"MESOPLAN_KNOWLEDGE": "my-knowledge"})
    assert screen.exit_code == 0
    assert "Have you had dental work" in screen.stdout


def test_a_language_that_is_left_out_is_told_with_its_line(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8").replace("      ru: Срок после лечения зубов\n", "")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    _, problems = read((DATA, tmp_path))
    assert [(problem.place, problem.message) for problem in problems] == [
        (f"{tmp_path.as_posix()}/facts_house.yaml:5 (facts/gap.dental_work/title)", "the text has no `ru`")
    ]


def test_every_test_that_the_page_names_exists() -> None:
    for row in rows(PAGE):
        if row.header[0] == "test":
            file, name = row.first.split("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
