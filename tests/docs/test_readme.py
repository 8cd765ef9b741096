from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from docs.pages import ROOT, blocks, links
from mesoplan.cli.app import app
from mesoplan.knowledge.verdict import LADDER
from mesoplan.report.papers import PAPERS
from mesoplan_clinic import command as clinic_commands

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS: Any = typer.main.get_command(app)


def named(page: Path) -> Iterator[str]:
    """Yield every `mesoplan ...` that a page shows, in code type or in a block of shell commands."""
    text = page.read_text(encoding="utf-8")
    lines = (line.split(" #")[0].strip() for block in blocks(text, "sh") for line in block.splitlines())
    yield from (line for line in lines if "mesoplan " in line)
    yield from re.findall(r"`(mesoplan [^`\n]+)`", text)


def options(page: Path) -> set[str]:
    """Return every option that a page names by itself, in code type."""
    return set(re.findall(r"`(--[a-z-]+)[^`]*`", page.read_text(encoding="utf-8")))


def load_dev() -> Any:
    """Return dev.py as a module."""
    spec = importlib.util.spec_from_file_location("dev_of_the_pages", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def parsed(command: str) -> tuple[Any, list[str]]:
    """Return the command that a line names and the words behind it."""
    words = shlex.split(command[command.index("mesoplan ") :])[1:]
    found: Any = COMMANDS
    while hasattr(found, "commands") and words and not words[0].startswith("-"):
        assert words[0] in found.commands, f"no such command: {command}"
        found = found.commands[words.pop(0)]
    return found, words


def known_options(command: Any) -> set[str]:
    named = (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
    return {"--help", *(option for option in named if option.startswith("--"))}


def every_command(group: Any) -> Iterator[Any]:
    for one in group.commands.values():
        yield one
        if hasattr(one, "commands"):
            yield from every_command(one)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_and_option_that_a_page_shows_exists(page: Path) -> None:
    for command in named(page):
        found, words = parsed(command)
        assert [word for word in words if word.startswith("--") and word not in known_options(found)] == [], command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_option_that_a_page_names_belongs_to_some_command(page: Path) -> None:
    known = {option for command in every_command(COMMANDS) for option in known_options(command)}
    for parser in (load_dev().parser(), clinic_commands.parser()):
        [commands] = [one for one in parser._actions if isinstance(one.choices, dict)]
        for one in (parser, *commands.choices.values()):
            known |= {option for action in one._actions for option in action.option_strings}
    assert options(page) <= known


def test_every_command_stands_in_the_readme_or_in_the_page_on_the_knowledge() -> None:
    shown = {parsed(command)[0].name for page in PAGES for command in named(page)}
    assert {one.name for one in every_command(COMMANDS) if not hasattr(one, "commands")} <= shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [target.split("#")[0] for _, target in links(page.read_text(encoding="utf-8"))]
    assert [one for one in targets if "://" not in one and one and not (page.parent / one).exists()] == []


def test_the_pictures_are_pictures() -> None:
    pictures = [target for is_picture, target in links(README) if is_picture]
    assert len(pictures) == 3
    for target in pictures:
        assert (ROOT / target).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached = {(index.parent / target).resolve() for _, target in links(index.read_text(encoding="utf-8"))}
    assert [page for page in PAGES if page.parent.name == "docs" and page != index and page not in reached] == []


def test_every_file_of_a_plan_and_every_verdict_is_explained() -> None:
    assert [name for name in PAPERS if f"`{name}`" not in README] == []
    table = README.split("| verdict | meaning |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([A-Z_]+) \|", table, re.MULTILINE) == [str(verdict) for verdict in LADDER]


def test_the_library_is_used_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = resources.files("mesoplan.intake").joinpath("example.yaml").read_text(encoding="utf-8")
    (tmp_path / "intake.yaml").write_text(example, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (snippet,) = blocks(README, "python")
    names: dict[str, Any] = {}
    exec(compile(snippet, "README.md", "exec"), names)
    *cells, five_sessions, density = capsys.readouterr().out.splitlines()
    assert len(cells) == len(names["screening"].cells) > 0
    assert float(five_sessions) == pytest.approx(1 - 0.8**5)
    assert float(density) == pytest.approx(315.7, abs=0.05)


def test_the_demo_prints_what_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner, wide = CliRunner(), {"COLUMNS": "120"}
    assert runner.invoke(app, ["example", "--out", "intake.yaml"]).exit_code == 0
    done = runner.invoke(app, ["plan", "intake.yaml", "--clinic", "example", "--out", "demo"], env=wide)
    assert done.exit_code == 0, done.output
    printed = [" ".join(line.split()) for line in done.stdout.splitlines()]
    (shown,) = blocks(README, "text")
    position = 0
    for line in (" ".join(line.split()) for line in shown.splitlines()):
        if line not in ("", "..."):
            assert line in printed[position:], f"not printed, or not in this order: {line}"
            position = printed.index(line, position) + 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_calls_the_treatment_or_a_client_safe(page: Path) -> None:
    text = page.read_text(encoding="utf-8").lower()
    allowed = ('never "safe"', "the safe to the dangerous side", "its safe side", "the safe answer", '"so safe"')
    for phrase in allowed:
        text = text.replace(phrase, "")
    assert re.findall(r".{0,30}\bsafe\b.{0,30}", text) == []
