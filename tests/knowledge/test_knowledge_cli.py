"""The commands around the knowledge base: what they print, and their exit codes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

from knowledge.folder import write
from mesoplan.cli import main
from mesoplan.knowledge.load import load


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


INVENTORY = Path(__file__).parent / "inventory.json"


def test_an_inventory_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "knowledge", "check", "--inventory", str(INVENTORY)) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "858 claims, 858 held as the documents have them, 0 deviating (0 of 788 clinical ones)." in printed
    counts = re.search(r"Of those held: (\d+) decide or agree, (\d+) are not followed, (\d+) are praise", printed)
    assert counts is not None
    assert sum(map(int, counts.groups())) == 858


def test_an_inventory_that_differs_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    other.write_text(INVENTORY.read_text(encoding="utf-8").replace('"line": 76', '"line": 77'), encoding="utf-8")
    assert run(monkeypatch, "knowledge", "check", "--inventory", str(other)) == 2
    printed = capsys.readouterr()
    assert "at another line" in printed.err
    assert "Deviating: s0-coverage-20pct" in printed.out


@pytest.mark.parametrize("content", [None, "no json", "{}", '[{"id": "s0"}]', "[1]"])
def test_what_is_no_inventory_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    path = tmp_path / "x.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert run(monkeypatch, "knowledge", "check", "--inventory", str(path)) == 2
    assert "--inventory" in capsys.readouterr().err


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


@pytest.mark.parametrize(
    ("lang", "decided", "place"), [("en", "Decided: ", "line 25"), ("ru", "Принято: ", "строка 25")]
)
def test_a_fact_is_explained_in_both_languages(
    lang: str, decided: str, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "gap.peel", "--lang", lang) == 0
    printed = capsys.readouterr().out
    assert decided in printed
    assert place in printed
    assert " chemical_peel.window" in printed


def test_the_list_names_facts_of_a_topic_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "--list", "gap") == 0
    printed = capsys.readouterr().out
    assert "gap.peel_deep" in printed
    assert "contraindication.pregnancy" not in printed
    assert run(monkeypatch, "explain", "--list") == 0
    assert "contraindication.pregnancy" in capsys.readouterr().out


def test_a_piped_list_has_one_line_a_fact_with_tabs_between_its_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "--list") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    facts = load().facts
    assert {len(row) for row in rows} == {5}
    assert sorted(row[0] for row in rows) == sorted(facts)
    assert all(row[1] == facts[row[0]].topic and int(row[4]) == len(facts[row[0]].claims) for row in rows)


@pytest.mark.parametrize("lang", load().languages)
@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_no_id_is_broken_over_lines_of_a_terminal(
    columns: str, lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = on_a_terminal(monkeypatch, capsys, columns, "explain", "--list", "--lang", lang)
    assert [fact for fact in load().facts if f"  {fact}:" not in shown] == []
    assert max(map(len, shown.splitlines())) <= int(columns)
    fact = load().facts["contraindication.herpes_history"]
    shown = on_a_terminal(monkeypatch, capsys, columns, "explain", fact.id, "--lang", lang)
    assert [claim.source for claim in fact.claims if f" {claim.source} (" not in shown] == []
    assert max(map(len, shown.splitlines())) <= int(columns)


def on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str, *arguments: str
) -> str:
    """Return what a terminal of this width shows, without its colours."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "argv", ["mesoplan", *arguments])
    with pytest.raises(SystemExit):
        main()
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


def test_the_source_that_decides_is_marked_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "contraindication.herpes_history") == 0
    marked = [line for line in capsys.readouterr().out.splitlines() if "[decides]" in line]
    assert len(marked) == 1
    assert "herpes-pl (review)" in marked[0]


def test_an_unknown_topic_brings_every_topic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "explain", "--list", "zones") == 2
    printed = capsys.readouterr().err
    assert [topic for topic in {fact.topic for fact in load().facts.values()} if topic not in printed] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "gap.pel"], "Did you mean gap.peel"),
        (["explain"], "no fact was named"),
        (["explain", "--list", "gep"], "no fact has this topic"),
        (["explain", "gap.peel", "--lang", "xx"], "en, ru"),
    ],
)
def test_a_wrong_request_is_told_and_exits_2(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert said in capsys.readouterr().err
