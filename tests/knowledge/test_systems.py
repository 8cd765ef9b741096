"""The 29 systems of the documents: all there, each held by something, and told by the command."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from mesoplan.cli.app import app
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.load import load

IDS = [f"S{number:02d}" for number in range(1, 30)]
NEEDLE_FREE = ("aquaphoresis", "iontophoresis", "oxygen", "cryo", "laser", "magnetophoresis", "ultrasound")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


def test_all_systems_of_the_documents_are_there(knowledge: Knowledge) -> None:
    assert list(knowledge.systems) == IDS


@pytest.mark.parametrize("system", IDS)
def test_each_system_leads_to_a_technique_a_goal_a_class_or_a_statement_about_products(
    knowledge: Knowledge, system: str
) -> None:
    one = knowledge.systems[system]
    assert one.techniques or one.indications or one.classes


def test_each_technique_and_each_goal_belongs_to_a_system(knowledge: Knowledge) -> None:
    systems = knowledge.systems.values()
    assert {name for one in systems for name in one.techniques} == set(knowledge.techniques)
    assert {name for one in systems for name in one.indications} == set(knowledge.indications)


def test_the_seven_needle_free_systems_are_a_technique_each(knowledge: Knowledge) -> None:
    assert tuple(knowledge.systems[f"S{number}"].techniques[0] for number in range(10, 17)) == NEEDLE_FREE


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.parametrize("system", IDS)
def test_the_command_tells_each_system_in_both_languages(knowledge: Knowledge, system: str, lang: str) -> None:
    shown = CliRunner().invoke(app, ["systems", system, "--lang", lang])
    assert shown.exit_code == 0
    assert knowledge.systems[system].here[lang] in shown.output
    assert all(name in shown.output for name in knowledge.systems[system].techniques)


def test_the_command_lists_all_and_refuses_an_unknown_one() -> None:
    listed = CliRunner().invoke(app, ["systems"])
    assert [line[:3] for line in listed.output.splitlines()] == IDS


@pytest.mark.parametrize("written", ["S03", "s03", "S3", "s3", "3", "03", " s3 "])
def test_a_short_spelling_names_its_system(written: str) -> None:
    shown = CliRunner().invoke(app, ["systems", written])
    assert shown.exit_code == 0
    assert shown.output.startswith("S03")


@pytest.mark.parametrize("written", ["s", "s0", "s30", "s003", "s-3", "S٣"])
def test_a_spelling_that_names_none_is_refused(written: str) -> None:
    shown = CliRunner().invoke(app, ["systems", "--", written])
    assert shown.exit_code != 0
    assert "no such system" in str(shown.exception)


def test_in_a_terminal_the_lines_fit_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    for arguments in (["systems"], ["systems", "s3", "--lang", "ru"]):
        shown = CliRunner().invoke(app, arguments)
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.output.splitlines()]
        assert len(lines) > 8
        assert max(map(len, lines)) <= 60
