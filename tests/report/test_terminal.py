import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.report.conftest import ANSWERS, Case

from mesoplan.report.screening_text import print_screening
from mesoplan.report.terminal import print_plan

Cases = Callable[..., Case]
EVERY = [*ANSWERS, "all unknown"]


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def printed(case: Case, capsys: pytest.CaptureFixture[str]) -> str:
    print_plan(case.plan, case.knowledge, case.clinic, (Path("out/demo/plan.pdf"), Path("out/demo/leaflet.pdf")))
    return capsys.readouterr().out


def screened(case: Case, capsys: pytest.CaptureFixture[str]) -> str:
    print_screening(case.plan.screening, case.plan.intake, case.knowledge, case.plan.language)
    return capsys.readouterr().out


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", EVERY)
def test_everything_fits_100_columns_without_colour(
    cases: Cases, capsys: pytest.CaptureFixture[str], name: str, language: str
) -> None:
    for text in (printed(cases(name, language), capsys), screened(cases(name, language), capsys)):
        assert max(map(len, text.splitlines())) <= 100
        assert "\x1b" not in text
        assert "None" not in re.sub(r"None (is printed|reported)", "", text)


def test_verdict_dates_settings_and_files_stand_in_this_order(cases: Cases, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(cases("may treat"), capsys)
    marks = ["No listed contraindication found", "Calendar", "Findings", "Needling device", "Session sheet", "plan.pdf"]
    places = [text.rindex(mark) if mark == "plan.pdf" else text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert re.search(r"Forehead +– +0\.25 +0\.46", text)


@pytest.mark.parametrize(
    ("name", "sign"),
    [("may treat", "[!]"), ("needs info", "[?]"), ("defer", "[→]"), ("physician", "[+]"), ("contraindicated", "[✗]")],
)
def test_each_verdict_has_a_sign_of_its_own(
    cases: Cases, capsys: pytest.CaptureFixture[str], name: str, sign: str
) -> None:
    verdict = screened(cases(name), capsys).strip().splitlines()[2]
    assert verdict.startswith(sign)


def test_a_screening_names_date_next_step_sources_and_choice(cases: Cases, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(screened(cases("defer"), capsys).split())
    assert "Not before 2 December 2026" in text
    assert "Until 2 December 2026, not counting that day" in text
    assert "Sources: doc-003" in text
    assert "Choice: the strictest reading, not yet, 14 days" in text
    assert "mesoplan explain gap.peel" in text


@pytest.mark.parametrize(("language", "more"), [("en", "More"), ("ru", "Подробнее")])
def test_the_command_to_look_a_fact_up_stands_whole_on_a_line_of_its_own(
    cases: Cases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, more: str
) -> None:
    narrow(monkeypatch)
    lines = [line.strip() for line in plain(screened(cases("defer", language), capsys)).splitlines()]
    assert f"{more}: mesoplan explain gap.peel" in lines


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_screening_begins_with_who_it_is(cases: Cases, capsys: pytest.CaptureFixture[str], language: str) -> None:
    case = cases("defer", language)
    first = screened(case, capsys).splitlines()[0]
    assert first == printed(case, capsys).splitlines()[1 if case.plan.clinic_is_example else 0]
    assert case.plan.intake.client.name in first
    assert case.plan.intake.client.identifier in first


@pytest.mark.parametrize(("language", "cheek"), [("en", "Upper cheek +R"), ("ru", "Верхняя часть щеки +П")])
def test_a_row_of_settings_fits_one_line_of_80_columns(
    cases: Cases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str, cheek: str
) -> None:
    narrow(monkeypatch)
    text = plain(printed(cases("may treat", language), capsys))
    assert re.search(rf"{cheek} +0[.,]25 +0[.,]33 +\d+ +\d+ +\d+ +\d+ +\S+ *$", text, re.MULTILINE)
    tables = [line for line in text.splitlines() if not line.startswith("  out")]
    assert max(map(len, tables)) <= 80


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the output a terminal of 80 columns."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_open_questions_are_listed_with_their_ids(cases: Cases, capsys: pytest.CaptureFixture[str]) -> None:
    text = screened(cases("needs info"), capsys)
    assert "(chemical_peel)" in text
    assert "(pregnancy)" in text


def test_no_settings_are_printed_before_treatment_is_possible(cases: Cases, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("needs info", "physician", "contraindicated"):
        assert "mm/s" not in printed(cases(name), capsys)
    assert "mm/s" in printed(cases("may treat"), capsys)


def test_a_terminal_with_colours_gets_them(
    cases: Cases, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in screened(cases("contraindicated"), capsys)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in screened(cases("contraindicated"), capsys)
