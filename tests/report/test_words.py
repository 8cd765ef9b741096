import re
from datetime import date
from pathlib import Path

import pytest
import yaml

import mesoplan
import mesoplan.intake
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.report.findings import FindingWords
from mesoplan.report.words import Words, within

PACKAGE = Path(mesoplan.__file__).parent
FOLDER = PACKAGE / "knowledge" / "data" / "words"
FORMS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}
PLURAL = re.compile(r"\.(one|few|many|other)$")
STAGES = ("prescription", "layout", "course", "plan.py", "pipeline.py")
# What the other stages say by word key; everything else of this look in their sources is a fact.
STAGE_FAMILIES = (
    r"(?:asked|moved|refused|product|basis|other_mode|reason|sheet)\.[a-z_]+"
    r"|followup\.(?:day|week)_\d+|allergy_test\.(?:placing|first_reading|second_reading)"
    r"|depth\.(?:shallower_than_documents|up_to|capped_by_skin)"
)


def catalogue(language: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for part in ("paper", "consent", "home", "map", "quality"):
        words |= yaml.safe_load((FOLDER / f"{part}.{language}.yaml").read_text(encoding="utf-8"))["words"]
    return words


def stems(words: dict[str, str]) -> set[str]:
    """Return the keys, all plural forms of one count as one; a count has `.one` and `.other` at least."""
    counts = {key.removesuffix(".one") for key in words if key.endswith(".one")} - {"limits"}
    return {stem if (stem := PLURAL.sub("", key)) in counts else key for key in words}


def sources(*parts: str) -> str:
    paths = [path for part in parts for path in ((PACKAGE / part).rglob("*") if "." not in part else [PACKAGE / part])]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".typ", ".html"))


def words_of(knowledge: Knowledge, language: str) -> Words:
    return Words(knowledge, language)


def test_both_languages_have_the_same_keys_and_no_empty_words() -> None:
    english, russian = catalogue("en"), catalogue("ru")
    assert stems(english) == stems(russian)
    assert all(text.strip() for text in (*english.values(), *russian.values()))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_count_has_exactly_the_plural_forms_of_its_language(language: str) -> None:
    found: dict[str, set[str]] = {}
    for key in catalogue(language):
        if (form := PLURAL.search(key)) and key != "limits.one":  # one limit, no number
            found.setdefault(PLURAL.sub("", key), set()).add(form.group(1))
    counts = {key: forms for key, forms in found.items() if forms != {"other"}}
    assert len(counts) > 10
    assert {key: forms for key, forms in counts.items() if forms != FORMS[language]} == {}


def test_both_languages_fill_in_the_same_values() -> None:
    english, russian = catalogue("en"), catalogue("ru")
    for key in english.keys() & russian.keys():
        assert set(re.findall(r"\{(\w+)\}", english[key])) == set(re.findall(r"\{(\w+)\}", russian[key])), key


def test_russian_words_are_russian() -> None:
    latin_only = {
        key
        for key, text in catalogue("ru").items()
        if not re.search(r"[А-Яа-яЁё]", re.sub(r"\{\w+\}", "", text))
        and re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", text))
    }
    assert latin_only == set()


def test_every_key_that_the_papers_ask_for_exists(knowledge: Knowledge) -> None:
    code = sources("report")
    known = stems(dict(knowledge.catalogue["en"]))
    asked = set(re.findall(r'(?:words|said)\(\s*"([a-z][\w.]+)"', code)) | set(re.findall(r'\.count\("([\w.]+)"', code))
    asked |= set(re.findall(r'd\.w\.at\("([\w.]+)"\)', code)) | set(re.findall(r"\{w:([\w.]+)\}", code))
    assert len(asked) > 150
    assert asked - known == set()


def test_no_key_stands_unused() -> None:
    code = sources("cli", "report", "exchange", "knowledge", *STAGES)
    literal = set(re.findall(r'["\']([A-Za-z_][\w./ -]*)[":\']', code)) | set(re.findall(r"\{w:([\w.]+)\}", code))
    families = set(re.findall(r"""f["']([a-z_]+(?:\.[a-z_]+)*\.)\{""", code))
    titles = {f"{paper}.title" for paper in ("plan", "session", "consent", "leaflet", "home", "referral", "sources")}
    unused = [
        key
        for key in stems(catalogue("en")) - titles
        if key not in literal and not any(key.startswith(family) for family in families)
    ]
    assert unused == []


def test_every_word_key_of_the_other_stages_has_its_words(knowledge: Knowledge) -> None:
    code = sources(*STAGES)
    said = set(re.findall(rf'f?"({STAGE_FAMILIES})[":]', code))
    limits = set(re.findall(r'[Ll]imit\(\s*"([a-z_]+)"', code))
    known = stems(catalogue("en"))
    assert len(said) > 40
    assert len(limits) > 10
    assert {key for key in said if key not in known and key not in knowledge.facts} == set()
    assert {name for name in limits if f"limit.{name}" not in known} == set()


@pytest.mark.parametrize(
    ("value", "digits", "english", "russian"),
    [
        (0.5, 2, "0.5", "0,5"),
        (0.50000001, 2, "0.5", "0,5"),
        (1.0, 2, "1", "1"),
        (0.25, 2, "0.25", "0,25"),
        (10.0, 1, "10", "10"),
        (-0.4, 1, "\u22120.4", "\u22120,4"),
        (-0.001, 2, "0", "0"),
        (12345, 0, "12,345", "12\u00a0345"),
        (1633, 0, "1,633", "1633"),
    ],
)
def test_numbers_are_neither_naked_nor_end_in_zeros(
    knowledge: Knowledge, value: float, digits: int, english: str, russian: str
) -> None:
    assert words_of(knowledge, "en").number(value, digits) == english
    assert words_of(knowledge, "ru").number(value, digits) == russian


@pytest.mark.parametrize(
    ("count", "russian"), [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (21, "21 день"), (11, "11 дней")]
)
def test_russian_counts_take_their_form(knowledge: Knowledge, count: int, russian: str) -> None:
    assert words_of(knowledge, "ru").count("count.days", count) == russian


def test_dates_name_the_month_and_never_end_in_a_stop(knowledge: Knowledge) -> None:
    day = date(2026, 12, 6)
    assert words_of(knowledge, "en").day(day).replace("\u00a0", " ") == "6 December 2026"
    assert words_of(knowledge, "ru").day(day).replace("\u00a0", " ") == "6 декабря 2026 года"
    assert words_of(knowledge, "en").short_day(day).replace("\u00a0", " ") == "Sun 6 Dec 2026"
    assert words_of(knowledge, "ru").weekday(day).startswith("воскресенье")
    assert words_of(knowledge, "ru").short_day(day).replace("\u00a0", " ") == "вс, 6 дек. 2026"
    assert words_of(knowledge, "ru").short_date(day).replace("\u00a0", " ") == "6 дек. 2026"


def test_a_date_breaks_before_its_year_only(knowledge: Knowledge) -> None:
    day = date(2026, 12, 6)
    assert words_of(knowledge, "en").day(day) == "6\u00a0December 2026"
    assert words_of(knowledge, "ru").day(day) == "6\u00a0декабря 2026\u00a0года"


def test_days_of_one_month_name_it_once(knowledge: Knowledge) -> None:
    days = [date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 4)]
    assert words_of(knowledge, "en").days_of_months(days).replace("\u00a0", " ") == "24, 30 Nov, 4 Dec"


def test_a_span_of_days_names_month_and_year_once_where_they_are_the_same(knowledge: Knowledge) -> None:
    def spoken(first: date, last: date, language: str = "en") -> str:
        return words_of(knowledge, language).short_days(first, last).replace("\u00a0", " ")

    assert spoken(date(2026, 11, 26), date(2026, 11, 27)) == "Thu 26 \u2013 Fri 27 Nov 2026"
    assert spoken(date(2026, 11, 30), date(2026, 12, 1)) == "Mon 30 Nov 2026 \u2013 Tue 1 Dec 2026"
    assert spoken(date(2026, 11, 26), date(2026, 11, 26)) == "Thu 26 Nov 2026"
    assert spoken(date(2026, 11, 26), date(2026, 11, 27), "ru") == "чт, 26 — пт, 27 нояб. 2026"


def test_money_shows_cents_only_where_there_are_some(knowledge: Knowledge) -> None:
    english, russian = words_of(knowledge, "en"), words_of(knowledge, "ru")
    assert english.money("120.00", "EUR") == "€120"
    assert english.money("15.50", "EUR") == "€15.50"
    assert english.money("-11.00", "EUR") == "\u2212€11"
    assert russian.money("1200.50", "RUB") == "1\u00a0200,50\u00a0₽"


def test_nothing_to_pay_has_no_minus(knowledge: Knowledge) -> None:
    assert words_of(knowledge, "en").money("-0.00", "EUR") == "€0"


@pytest.mark.parametrize(
    ("quantity", "english", "russian"),
    [
        (Quantity(min=10, max=14, unit="d"), "10–14 days", "10–14 дней"),
        (Quantity(value=1, unit="month"), "1 month", "1 месяц"),
        (Quantity(value=0.2, unit="1"), "20\u00a0%", "20\u00a0%"),
        (Quantity(max=1.5, unit="mm"), "up to 1.5\u00a0mm", "до 1,5\u00a0мм"),
        (Quantity(min=48, unit="h"), "at least 48 hours", "не менее 48 часов"),
        (Quantity(max=2, unit="d"), "up to 2 days", "до 2 дней"),
        (Quantity(min=1, unit="month"), "at least 1 month", "не менее 1 месяца"),
        (Quantity(max=21, unit="d"), "up to 21 days", "до 21 дня"),
        (Quantity(value=3, unit="patients"), "3 patients", "3 пациента"),
        (Quantity(value=90, unit="deg"), "90°", "90°"),
        (Quantity(value=1978, unit="year"), "the year 1978", "1978 год"),
        (Quantity(min=0, max=48, unit="score"), "0–48 points", "0–48 баллов"),
    ],
)
def test_quantities_read_as_words(knowledge: Knowledge, quantity: Quantity, english: str, russian: str) -> None:
    assert words_of(knowledge, "en").quantity(quantity) == english
    assert words_of(knowledge, "ru").quantity(quantity) == russian


def test_a_missing_key_is_an_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        words_of(knowledge, "en")("no.such.key")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_unit_of_the_knowledge_has_words(knowledge: Knowledge, language: str) -> None:
    words = words_of(knowledge, language)
    every = [one for fact in knowledge.facts.values() for one in (*fact.claims, fact.resolution)]
    units = {one.quantity.unit for one in every if one.quantity is not None} - {"1"}
    assert len(units) > 20
    assert {unit for unit in units if f"unit.{unit}" not in words and f"quantity.{unit}.other" not in words} == set()


@pytest.mark.parametrize(("language", "said"), [("en", "28 days"), ("ru", "28 дней")])
def test_an_answer_in_days_is_said_with_the_word_for_them(knowledge: Knowledge, language: str, said: str) -> None:
    text = (Path(mesoplan.intake.__file__).parent / "example.yaml").read_text(encoding="utf-8")
    intake = parse_intake(yaml.safe_load(text), knowledge, place="example")
    assert FindingWords(knowledge, words_of(knowledge, language)).answer("cycle_length_days", intake) == said


def test_every_place_in_a_source_is_said_in_russian(knowledge: Knowledge) -> None:
    say = FindingWords(knowledge, words_of(knowledge, "ru"))
    claims = (claim for fact in knowledge.facts.values() for claim in fact.claims)
    measured = (*knowledge.thickness.values(), *knowledge.charts)
    places = {one.locator for one in (*claims, *measured)} - {"docs/deviations.md"}
    assert len(places) > 100
    assert {place for place in places if not re.search(r"[А-Яа-яЁё]", say.locator(place))} == set()
    assert say.locator("line 25") == "строка 25"
    assert say.locator("page 16") == "с. 16"
    assert say.locator("a place without words") == "a place without words"


@pytest.mark.parametrize(
    ("text", "inside"),
    [("Fever is high.", "fever is high."), ("A doctor", "a doctor"), ("UVA", "UVA"), ("«Лапки»", "«Лапки»"), ("", "")],
)
def test_inside_a_sentence_the_first_letter_is_small(text: str, inside: str) -> None:
    assert within(text) == inside
