"""The commands around the knowledge base: what they print, and their exit codes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from knowledge.folder import write
from mesoplan.cli import main


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["mesoplan", *arguments])
    monkeypatch.setenv("COLUMNS", "200")
    try:
        main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


def test_the_shipped_knowledge_passes_its_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "knowledge", "check") == 0
    printed = capsys.readouterr()
    assert "0 problems." in printed.out
    assert "facts with" in printed.out


def test_a_faulty_extension_is_told_and_exits_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"bans.yaml": "bans:\n  - id: x\n"})
    assert run(monkeypatch, "knowledge", "check", str(tmp_path)) == 2
    printed = capsys.readouterr()
    assert f"{tmp_path.as_posix()}/bans.yaml:2 (bans/x): the key `title` is missing" in printed.err
    assert "problems." in printed.out


def test_the_texts_are_printed_as_an_overlay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "knowledge", "texts", "--lang", "ru") == 0
    texts = yaml.safe_load(capsys.readouterr().out)["texts"]
    assert len(texts) > 1000
    assert "questions/pregnancy/rules/pregnancy.yes/says" in texts


@pytest.mark.parametrize(("lang", "decided"), [("en", "Decided: "), ("ru", "Принято: ")])
def test_a_fact_is_explained_in_both_languages(
    lang: str, decided: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "gap.peel", "--lang", lang) == 0
    printed = capsys.readouterr().out
    assert decided in printed
    assert "line 25" in printed
    assert "rule chemical_peel.window" in printed


def test_the_list_names_facts_of_a_topic_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "--list", "gap") == 0
    printed = capsys.readouterr().out
    assert "gap.peel_deep" in printed
    assert "contraindication.pregnancy" not in printed
    assert run(monkeypatch, "explain", "--list") == 0
    assert "contraindication.pregnancy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "gap.pel"], "Did you mean gap.peel"),
        (["explain"], "no fact was named"),
        (["explain", "--list", "gep"], "Use gap"),
        (["explain", "gap.peel", "--lang", "xx"], "en, ru"),
    ],
)
def test_a_wrong_request_is_told_and_exits_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert said in capsys.readouterr().err
