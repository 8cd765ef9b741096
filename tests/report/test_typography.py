import pytest

from mesoplan.report.typography import LONGEST_TIED, tied

N = "\u00a0"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Клиент — согласие", f"Клиент{N}— согласие"),
        ("до процедуры и после неё", f"до{N}процедуры и{N}после неё"),
        ("Не трогайте (в зоне)", f"Не{N}трогайте (в{N}зоне)"),
        ("обсудить. [с осторожностью]", f"обсудить. [с{N}осторожностью]"),
        ("через 10 дней", f"через 10{N}дней"),
        ("№ EX-0001, см. план", f"№{N}EX-0001, см.{N}план"),
        ("1 Лоб", "1 Лоб"),
        ("строка 104): Аллергия", "строка 104): Аллергия"),
    ],
)
def test_russian_ties_dashes_short_words_and_numbers(text: str, shown: str) -> None:
    assert tied(text, "ru") == shown


def test_english_ties_dashes_and_numbers_but_no_short_words() -> None:
    assert tied("EXAMPLE – not for 10 days in a row", "en") == f"EXAMPLE{N}– not for 10{N}days in a row"


def test_a_language_without_rules_keeps_its_blanks() -> None:
    assert tied("zu – und 10 tage", "de") == "zu – und 10 tage"


def test_every_text_of_a_paper_is_tied_and_drawings_are_not() -> None:
    data = {"a": ["и так", {"b": "не тут"}], "n": 3, "map": "<svg><text>и так</text></svg>"}
    assert tied(data, "ru") == {"a": [f"и{N}так", {"b": f"не{N}тут"}], "n": 3, "map": data["map"]}


def test_a_line_can_break_whatever_a_client_wrote() -> None:
    shown = tied("а " * 500 + "конец", "ru")
    assert max(len(run) for run in shown.split(" ")) <= LONGEST_TIED
    assert shown.replace(N, " ") == "а " * 500 + "конец"
