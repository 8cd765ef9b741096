"""A clinic's folder against slips and hostile input: nothing loosened, nothing searched for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from clinic.own import STEPS, own_clinic
from mesoplan.clinic.load import load_clinic
from mesoplan.clinic.tighten import tighten
from mesoplan.errors import Problem, ProblemError
from mesoplan.knowledge.load import load
from mesoplan.knowledge.resolve import is_duration
from mesoplan.knowledge.stricter import lengthened, stricter_when

KNOWLEDGE = load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example as a clinic of one's own, with protocols of its own."""
    return own_clinic(tmp_path / "clinic")


def change(folder: Path, file: str, number: int | None = None, **entries: object) -> None:
    """Set entries of a file's single item, or of one of its list."""
    path = folder / f"{file}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    item = content[file] if number is None else content[file][number]
    item.update(entries)
    path.write_text(yaml.dump(content, Dumper=_Plain, allow_unicode=True), encoding="utf-8")


class _Plain(yaml.SafeDumper):
    """Writes every value out: the reader refuses aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ProblemError) as raised:
        load_clinic(folder, KNOWLEDGE)
    return raised.value.problems


def only(folder: Path) -> str:
    (problem,) = problems(folder)
    assert ".yaml:" in problem.place
    assert problem.remedy
    return str(problem)


def test_the_changed_example_is_a_clinic(folder: Path) -> None:
    assert load_clinic(folder, KNOWLEDGE).missing_protocols == ()


# -- protocols


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("   ", "it says nothing"),
        ("...", "it says nothing"),
        ("TODO", "this is no emergency protocol"),
        ("to follow", "this is no emergency protocol"),
        ("see 12 34 56", "this is no emergency protocol"),
        ("EXAMPLE TEXT, NOT A PROTOCOL. A clinic's own approved steps stand here.", "this is no emergency protocol"),
        ("A clinic's own approved steps for fainting stand here.", "this is no emergency protocol"),
        ("Образец, не протокол. Здесь стоит порядок действий.", "this is no emergency protocol"),
        ("Call for help\u202e and lay flat", "a character that cannot be seen"),
    ],
)
def test_a_protocol_that_was_never_written_is_refused(folder: Path, text: str, message: str) -> None:
    protocol = {"text": {**STEPS, "en": text}, "approved_on": "2026-09-01", "approved_by": "Dr A. Own"}
    page = yaml.safe_load((folder / "clinic.yaml").read_text(encoding="utf-8"))["clinic"]
    change(folder, "clinic", emergency_protocols={**page["emergency_protocols"], "syncope": protocol})
    assert message in only(folder)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"approved_by": "  "}, "at least 1 character"),
        ({"approved_by": "..."}, "it says nothing"),
        ({"approved_on": "2026-02-30"}, "not a date"),
        ({"approved_on": "0026-09-01"}, "not a plausible date"),
        ({"approved_on": 1_600_000_000}, "not a date"),
        ({"text": {"en": STEPS["en"]}}, "the protocol has no `ru`"),
        ({"text": {}}, "at least 1 item"),
    ],
)
def test_a_protocol_names_its_day_its_author_and_every_language(
    folder: Path, entry: dict[str, object], message: str
) -> None:
    protocol = {"text": STEPS, "approved_on": "2026-09-01", "approved_by": "Dr A. Own", **entry}
    change(folder, "clinic", emergency_protocols={"anaphylaxis": protocol})
    assert message in only(folder)


def test_the_template_gives_no_protocol(folder: Path) -> None:
    protocol = {"text": {"en": "..."}, "approved_on": "2027-01-15", "approved_by": "..."}
    change(folder, "clinic", emergency_protocols={"anaphylaxis": protocol})
    assert len(problems(folder)) == 2


# -- products


@pytest.mark.parametrize(
    ("ingredients", "message"),
    [
        ([{"name": "glycine"}, {"name": "Glycine"}], "this ingredient stands twice"),
        (
            [{"name": "lidocaine", "substance": "hyaluronic_acid"}],
            "this is the name of lidocaine, not of hyaluronic_acid",
        ),
        ([{"name": "lid\u03bfcaine"}], "no one substance"),
        ([{"name": "own extract", "substance": "no_such"}], "no one substance"),
        ([{"name": "lido\u200bcaine"}], "a character that cannot be seen"),
        ([{"name": "glycine", "amount": 10}], "belong together"),
        ([{"name": "glycine", "amount": float("inf"), "unit": "mg/ml"}], "valid number"),
    ],
)
def test_an_ingredient_that_hides_another_is_refused(
    folder: Path, ingredients: list[dict[str, object]], message: str
) -> None:
    change(folder, "products", 0, ingredients=ingredients)
    assert all(message in str(problem) for problem in problems(folder))


def test_an_ingredient_spelled_with_look_alikes_is_still_found(folder: Path) -> None:
    change(folder, "products", 0, ingredients=[{"name": "lidо\u0441aine"}, {"name": "water for injections"}])
    assert load_clinic(folder, KNOWLEDGE).products["example-revital"].substances[0] == "lidocaine"


def test_a_lot_that_stands_twice_is_refused(folder: Path) -> None:
    lots = [{"number": "A", "expires_on": day} for day in ("2026-01-31", "2028-01-31")]
    change(folder, "products", 0, lots=lots)
    assert [problem.message for problem in problems(folder)] == ["this lot stands twice"] * 2


# -- slips


@pytest.mark.parametrize(
    ("file", "entries", "message"),
    [
        ("devices", {"frequency_max_hz": 7200}, "plausible.device_frequency"),
        ("devices", {"frequency_min_hz": 0.05}, "plausible.device_frequency"),
        ("devices", {"hand_speed_max_mm_s": 120_000, "hand_speed_step_mm_s": 0}, "plausible.hand_speed"),
        ("devices", {"hand_speed_min_mm_s": 0.01, "hand_speed_step_mm_s": 0}, "plausible.hand_speed"),
        ("devices", {"passes_max": 10**12}, "plausible.passes"),
        ("devices", {"max_depth_mm": 2500}, "deeper than the hard limit"),
        ("devices", {"frequency_step_hz": 1e-9}, "more than 500 settings"),
        ("devices", {"hand_speed_step_mm_s": 1e-9}, "more than 500 settings"),
        ("cartridges", {"needle_count": 10**15}, "plausible.needle_count"),
        ("cartridges", {"needle_diameter_mm": 250}, "plausible.needle_diameter"),
        ("cartridges", {"stripe_width_mm": 5000}, "plausible.stripe_width"),
        ("cartridges", {"needle_length_mm": 25}, "deeper than the hard limit"),
        ("cartridges", {"needle_positions_mm": [["nan", 0]] * 14}, "valid number"),
        ("stamps", {"rounds_max": 10**12}, "plausible.passes"),
        ("stamps", {"needle_diameter_mm": 250}, "plausible.needle_diameter"),
        ("rollers", {"passes_max": 10**12}, "plausible.passes"),
        ("products", {"session_max_ml": 2000}, "plausible.session_volume"),
        ("volumes", {"session_max_ml": 2000}, "plausible.session_volume"),
    ],
)
def test_a_slip_of_ten_or_a_thousand_is_caught(
    folder: Path, file: str, entries: dict[str, object], message: str
) -> None:
    if file == "volumes":
        path = folder / "limits.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("session_max_ml: 2.0", "session_max_ml: 2000"))
    else:
        change(folder, file, 0, **entries)
    found = [problem for problem in problems(folder) if message in str(problem)]
    assert found
    assert all(".yaml:" in problem.place for problem in found)


def test_the_plausible_ranges_hold_the_example_and_loosen_no_limit() -> None:
    ranges = [fact for name, fact in KNOWLEDGE.facts.items() if name.startswith("plausible.")]
    assert len(ranges) >= 9
    assert {claim.status for fact in ranges for claim in fact.claims if claim.id == fact.resolution.claim} == {"P"}
    load_clinic("example", KNOWLEDGE)


@pytest.mark.parametrize("key", ["name", "telephone", "emergency_telephone"])
@pytest.mark.parametrize("text", ["  ", "---", "a\u001b[31m", "112\nX", "1\u200b12", "x" * 501])
def test_a_clinics_own_words_can_be_seen_and_say_something(folder: Path, key: str, text: str) -> None:
    change(folder, "clinic", **{key: text})
    assert f"({'clinic/' + key})" in only(folder)


# -- limits


def limited(folder: Path, fact: str, quantity: dict[str, object]) -> None:
    row = {"fact": fact, "quantity": quantity, "source": "us"}
    path = folder / "limits.yaml"
    path.write_text(yaml.safe_dump({"limits": [row]}), encoding="utf-8")


@pytest.mark.parametrize(
    ("fact", "quantity"),
    [
        ("screening.validity", {"value": 365, "unit": "d"}),
        ("allergy_test.validity", {"max": 12, "unit": "month"}),
        ("age.frailty_check", {"value": 80, "unit": "a"}),
        ("plan.horizon", {"value": 1200, "unit": "month"}),
        ("plausible.cycle_length", {"min": 20, "max": 900, "unit": "d"}),
        ("allergy_test.read_second", {"min": 72, "max": 2000, "unit": "h"}),
        ("allergy_test.read_first", {"value": 1, "unit": "h"}),
        ("harm.redness", {"max": 30, "unit": "d"}),
        ("followup.day_1", {"value": 90, "unit": "d"}),
        ("gap.peel", {"value": 1, "unit": "d"}),
        ("age.minimum", {"value": 17, "unit": "a"}),
        ("depth.hard_limit", {"max": 40, "unit": "mm"}),
        ("volume.face_session_max", {"max": 20, "unit": "ml"}),
        ("course.per_year", {"max": 20, "unit": "1/a"}),
        ("margin.orbital_rim", {"value": 1, "unit": "mm"}),
    ],
)
def test_no_limit_is_loosened_by_whatever_direction_loosens_it(
    folder: Path, fact: str, quantity: dict[str, object]
) -> None:
    limited(folder, fact, quantity)
    assert "limits.yaml:" in only(folder)


@pytest.mark.parametrize(
    ("fact", "quantity"),
    [
        ("screening.validity", {"value": 3, "unit": "d"}),
        ("allergy_test.validity", {"max": 3, "unit": "month"}),
        ("allergy_test.read_second", {"min": 80, "max": 96, "unit": "h"}),
        ("gap.peel", {"value": 4, "unit": "week"}),
        ("interval.minimum", {"value": 14, "unit": "d"}),
        ("recovery.days", {"value": 10, "unit": "d"}),
        ("age.frailty_check", {"value": 65, "unit": "a"}),
        ("age.minimum", {"value": 21, "unit": "a"}),
        ("depth.hard_limit", {"max": 2, "unit": "mm"}),
    ],
)
def test_a_stricter_limit_decides(folder: Path, fact: str, quantity: dict[str, object]) -> None:
    limited(folder, fact, quantity)
    tightened = tighten(KNOWLEDGE, load_clinic(folder, KNOWLEDGE))
    assert tightened.facts[fact].resolution.quantity != KNOWLEDGE.facts[fact].resolution.quantity


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ({"value": -14, "unit": "d"}, "not below 0"),
        ({"value": 1.5, "unit": "month"}, "counted whole"),
        ({"value": 1e12, "unit": "d"}, "longer than 100 years"),
        ({"value": 1e308, "unit": "a"}, "longer than 100 years"),
        ({"value": 14, "unit": "fortnights"}, "in another unit"),
        ({"value": ".nan", "unit": "d"}, "valid number"),
        ({"min": 20, "max": 10, "unit": "d"}, "is above"),
    ],
)
def test_what_can_be_no_limit_is_refused(folder: Path, quantity: dict[str, object], message: str) -> None:
    limited(folder, "gap.peel", quantity)
    assert message in only(folder)


def test_only_waits_and_bans_are_stricter_when_longer() -> None:
    waits = lengthened(KNOWLEDGE)
    durations = {
        name
        for name, fact in KNOWLEDGE.facts.items()
        if fact.resolution.quantity is not None and is_duration(fact.resolution.quantity.unit)
    }
    assert {name.partition(".")[0] for name in waits & durations} == {
        *("age", "aftercare", "allergy_test", "gap", "interval", "margin", "preparation", "recovery")
    }
    assert stricter_when(KNOWLEDGE, "screening.validity") == "shorter"
    assert stricter_when(KNOWLEDGE, "plan.horizon") == "within"


# -- files


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are made otherwise here")
def test_files_that_cannot_be_read_are_told_together(folder: Path) -> None:
    (folder / "devices.yaml").unlink()
    os.mkfifo(folder / "devices.yaml")
    (folder / "products.yaml").unlink()
    (folder / "products.yaml").symlink_to("products.yaml")
    with (folder / "prices.yaml").open("wb") as file:
        file.truncate(200_000_000)
    messages = [str(problem) for problem in problems(folder)]
    assert len(messages) == 3
    assert "devices.yaml: this is not a regular file" in messages[0]
    assert "prices.yaml: no data file is so large (given: 200000000 bytes)" in messages[1]
    assert "products.yaml: the file cannot be read" in messages[2]


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 300, "loop"])
def test_a_place_that_is_no_folder_is_one_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (problem,) = problems(tmp_path / name)
    assert "this is no clinic folder" in problem.message
