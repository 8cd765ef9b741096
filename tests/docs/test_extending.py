"""The page's worked example, followed word by word: no Python, only folders and commands."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from docs.pages import ROOT, blocks, named_files
from mesoplan.cli.app import app
from mesoplan.errors import ProblemError
from report.pages import catalogue, whole

PAGE = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
COMMANDS = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
WIDTH = {"COLUMNS": "200"}


def run(command: str) -> Result:
    """Run one line of the page: variables, the command, and where its output goes."""
    variables = dict(re.findall(r"(\w+)=(\S+) ", command))
    named = variables.get("MESOPLAN_KNOWLEDGE", "")
    _, _, rest = command.partition("mesoplan ")
    arguments, _, target = rest.partition(" > ")
    environment = {**WIDTH, "MESOPLAN_KNOWLEDGE": named.replace(":", os.pathsep)}
    result = CliRunner().invoke(app, arguments.split(), env=environment)
    if target:
        Path(target).write_text(result.stdout, encoding="utf-8")
    return result


def shown(*parts: str) -> str:
    """Return the one line of the page that holds these parts."""
    (line,) = [line for line in COMMANDS if all(f" {part} " in f" {line} " for part in parts)]
    return line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the page has been followed: my-knowledge, my-clinic, my-german and the intake."""
    target = tmp_path_factory.mktemp("page")
    for name, text in named_files(PAGE).items():
        path = target / (name if "/" in name else f"my-knowledge/{name}")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    before = Path.cwd()
    os.chdir(target)
    try:
        assert run(shown("example --out")).exit_code == 0
        intake = yaml.safe_load((target / "intake.yaml").read_text(encoding="utf-8"))
        intake["answers"]["dental_work"] = "no"
        (target / "intake.yaml").write_text(yaml.safe_dump(intake, allow_unicode=True), encoding="utf-8")
        for name in shown("mkdir").split()[2:]:
            (target / name).mkdir(parents=True)
        for line in (shown("texts >"), shown("texts --words >")):
            assert run(line).exit_code == 0
        _mark(target / "my-german")
    finally:
        os.chdir(before)
    return target


def _mark(german: Path) -> None:
    """Put a plain mark around every sentence: no translation, but one can see what is not of this language."""
    for file, key in (("lang/de.yaml", "texts"), ("words/de.yaml", "words")):
        content = yaml.safe_load((german / file).read_text(encoding="utf-8"))
        content[key] = {name: f"⟦{text}⟧" for name, text in content[key].items()}
        (german / file).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder


def plan(here: Path, name: str, *parts: str) -> tuple[dict[str, Any], str]:
    """Return the plan's JSON, and the text of all its papers."""
    if not (here / name).exists():
        result = run(shown(*parts, f"--out {name}"))
        assert result.exit_code == 0, result.stderr
    papers = " ".join(whole(path.read_bytes()) for path in sorted((here / name).glob("*.pdf")))
    return json.loads((here / name / "plan.json").read_text(encoding="utf-8")), papers


def test_both_folders_pass_the_check(here: Path) -> None:
    assert run(shown("check my-knowledge my-german")).stdout.splitlines()[-1] == "0 problems."


def test_the_added_technique_device_cartridge_and_product_stand_in_plan_and_papers(here: Path) -> None:
    made, papers = plan(here, "house", "plan intake.yaml")
    zones = made["prescription"]["zones"]
    assert {zone["technique"] for zone in zones} == {"house_pen"}
    assert {(zone["device"], zone["cartridge"]) for zone in zones} == {("house-device", "house-cartridge")}
    assert {zone["product"] for zone in zones} == {"house-product"}
    assert {part["needles"] for part in made["layout"]["pen"]} == {9}
    names = ("House technique with a needling device", "House product", "House device", "House cartridge")
    for words in (*names, "Nobody has tried this technique"):
        assert words in papers, words
    assert "depth.hard_limit" in json.dumps(zones), "the technique takes over the limits of the one it is like"


def test_the_added_technique_and_question_stand_in_screening_and_questionnaire(here: Path) -> None:
    screened = run("MESOPLAN_KNOWLEDGE=my-knowledge mesoplan screen intake.yaml --technique house_pen")
    assert screened.exit_code == 0
    assert "House technique with a needling device" in screened.stdout
    assert "dental_work:" in run("MESOPLAN_KNOWLEDGE=my-knowledge mesoplan questions").stdout
    explained = run("MESOPLAN_KNOWLEDGE=my-knowledge mesoplan explain gap.dental_work")
    assert "Waiting time after dental work" in explained.stdout


def test_the_added_contraindication_and_its_source_stand_in_plan_and_papers(here: Path) -> None:
    intake = yaml.safe_load((here / "intake.yaml").read_text(encoding="utf-8"))
    intake["answers"]["dental_work"] = [{"date": "2026-11-20"}]
    (here / "dentist.yaml").write_text(yaml.safe_dump(intake, allow_unicode=True), encoding="utf-8")
    result = run("MESOPLAN_KNOWLEDGE=my-knowledge mesoplan plan dentist.yaml --clinic my-clinic --out dentist")
    assert result.exit_code == 3
    made, papers = plan(here, "dentist")
    assert made["screening"]["eligible_from"] == "2026-11-25"
    for words in ("Dental work too short a time ago.", "We wait a few days after the dentist.", "House protocol of an"):
        assert words in papers, words


def test_the_papers_come_out_in_the_third_language(here: Path) -> None:
    made, papers = plan(here, "house-german", "--lang de")
    assert made["language"] == "de"
    for paper in (here / "house-german").glob("*.pdf"):
        assert catalogue(paper.read_bytes())["/Lang"] == "de"
    for words in ("⟦Treatment plan⟧", "⟦house technique with a needling device⟧", "23. November 2026"):
        assert words in papers, words


def test_nothing_but_names_and_numbers_stands_outside_the_third_language(here: Path) -> None:
    made, _ = plan(here, "house-german", "--lang de")
    leaflet = whole((here / "house-german" / "leaflet.pdf").read_bytes())
    outside = re.sub(r"⟦[^⟦⟧]*⟧", " ", leaflet)
    while outside != (inner := re.sub(r"⟦[^⟦⟧]*⟧", " ", outside)):
        outside = inner
    own = f"{made['clinic']} {made['intake']['client']['name']} House device product"
    days = {"Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag", "November", "Dezember"}
    months = {"Nov", "Dez", "Januar", "Jan", "Februar", "Feb", "März", "April", "Apr", "Mai", "Juni", "Juli", "August"}
    words = set(re.findall(r"[^\W\d_]{3,}", outside))
    assert words - days - months - set(re.findall(r"\w+", own)) == set()


def test_what_is_not_translated_is_told_by_name(here: Path, tmp_path: Path) -> None:
    for name, gone in (("lang/de.yaml", "questions/dental_work/text"), ("words/de.yaml", "sheet.ready")):
        content = yaml.safe_load((here / "my-german" / name).read_text(encoding="utf-8"))
        (texts,) = content.values()
        del texts[gone]
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    result = run(f"mesoplan knowledge check my-knowledge {tmp_path}")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (2, "2 problems.")
    assert "(questions/dental_work/text): the text has no `de`" in result.stderr
    assert "these words have no `de` (given: sheet.ready)" in result.stderr


def test_a_clinics_folder_that_would_loosen_a_limit_is_refused(here: Path) -> None:
    (here / "loose").mkdir()
    for path in (here / "my-clinic").iterdir():
        (here / "loose" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    limit = "limits:\n  - {fact: gap.dental_work, quantity: {value: 2, unit: d}, source: a wish}\n"
    (here / "loose" / "limits.yaml").write_text(limit, encoding="utf-8")
    result = run("MESOPLAN_KNOWLEDGE=my-knowledge mesoplan plan intake.yaml --clinic loose --out loosened")
    assert isinstance(result.exception, ProblemError)
    assert "2 d is looser than the knowledge base's 5 d for gap.dental_work" in str(result.exception)
    assert not (here / "loosened").exists()
