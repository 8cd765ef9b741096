"""A clinic's folder: what the example gives, what is refused and how it is told, and how limits are tightened."""

from __future__ import annotations

import json
import re
import shutil
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.own import own_clinic
from mesoplan.clinic.load import EXAMPLE, load_clinic
from mesoplan.clinic.model import EMERGENCY_EVENTS, Clinic
from mesoplan.clinic.new import new_clinic
from mesoplan.clinic.tighten import tighten
from mesoplan.errors import Problem, ProblemError
from mesoplan.knowledge.load import load
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.stricter import Stricter, is_stricter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example as a clinic of one's own."""
    return own_clinic(tmp_path / "clinic")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ProblemError) as raised:
        load_clinic(folder, load())
    return raised.value.problems


# -- the example


def test_the_example_is_marked_as_one() -> None:
    assert load_clinic("example", load()).example is True


def test_the_example_can_do_one_technique_of_every_layout() -> None:
    knowledge = load()
    clinic = load_clinic("example", knowledge)
    (device,) = clinic.devices_for("fractional_pen")
    assert len(clinic.cartridges_for(device.id)) == 2
    assert clinic.devices_for("classical_injection") == ()
    done = {one.layout for one in knowledge.techniques.values() if not one.by_device or clinic.serves(one.id)}
    assert done == {one.layout for one in knowledge.techniques.values()}
    routes = {route for product in clinic.products.values() for route in product.routes}
    assert routes == {"solid_needle", "hollow_needle", "topical", "home"}


def test_the_ingredients_of_the_example_are_known_substances() -> None:
    knowledge = load()
    clinic = load_clinic("example", knowledge)
    for product in clinic.products.values():
        assert set(product.substances) <= set(knowledge.substances)
    assert "hyaluronic_acid" in clinic.products["example-revital"].substances


def test_closures_and_weekdays_are_as_written() -> None:
    clinic = load_clinic("example", load())
    assert clinic.closures[0] == (date(2026, 12, 24), date(2027, 1, 8))
    assert clinic.closed_weekdays == (6,)


def test_a_clinic_is_the_same_after_json() -> None:
    clinic = load_clinic("example", load())
    text = clinic.model_dump_json()
    assert Clinic.model_validate_json(text) == clinic
    assert json.loads(text)["prices"]["positions"][0]["amount"] == "30.00"


def test_prices_are_exact_and_name_what_they_depend_on() -> None:
    clinic = load_clinic("example", load())
    assert clinic.prices is not None
    positions = {position.id: position for position in clinic.prices.positions}
    assert positions["pen-small"].amount == Decimal("70.00")
    assert positions["pen-small"].factors == ("technique", "location", "area_size", "sessions")
    assert positions["course-of-five"].factors == ("sessions", "salon_policy")


def test_a_number_has_its_own_source_or_the_items() -> None:
    device = load_clinic("example", load()).devices["example-pen"]
    assert device.source_of("hand_speed_max_mm_s").startswith("example value, as if")
    assert device.source_of("max_depth_mm") == "example value, no manual"


# -- emergency protocols


def test_an_emergency_without_a_protocol_is_named(folder: Path) -> None:
    assert load_clinic(folder, load()).missing_protocols == ()
    text = (folder / "clinic.yaml").read_text(encoding="utf-8")
    without = text[: text.index("    vascular_occlusion:")] + "    syncope: null\n"
    (folder / "clinic.yaml").write_text(without, encoding="utf-8")
    assert load_clinic(folder, load()).missing_protocols == EMERGENCY_EVENTS[1:]


# -- faults


class Fault(NamedTuple):
    """What is replaced in which file, and what must be said of it, at the line of `at`."""

    name: str
    old: str
    new: str
    at: str
    value: str
    message: str
    remedy: str


def own_limit(fact: str, quantity: str) -> str:
    return f"limits:\n  - {{fact: {fact}, quantity: {quantity}, source: us}}"


FAULTS = {
    "syntax": Fault(
        "devices.yaml", "  - id: example-pen", "  - id: [", "manufacturer: Example", "", "not valid YAML", "Correct"
    ),
    "unknown key": Fault(
        "devices.yaml", "max_depth_mm: 2.5", "max_depth: 2.5", "max_depth:", "max_depth", "unknown key", "max_depth_mm"
    ),
    "text for a number": Fault(
        "devices.yaml", "max_depth_mm: 2.5", "max_depth_mm: deep", "deep", "deep", "valid number", "without its unit"
    ),
    "not entered": Fault(
        "devices.yaml",
        "max_depth_mm: 2.5",
        "max_depth_mm: unknown",
        "unknown",
        "",
        "`max_depth_mm` has no value yet",
        "Enter it",
    ),
    "no source": Fault(
        "devices.yaml", "    source: example value, no manual\n", "", "example-pen", "source", "is missing", "Add"
    ),
    "source of nothing": Fault(
        "devices.yaml",
        "hand_speed_spread: example",
        "spread: example",
        "- id: example-pen",
        "",
        "names no key",
        "agree",
    ),
    "micrometres for millimetres": Fault(
        "devices.yaml",
        "max_depth_mm: 2.5",
        "max_depth_mm: 2500",
        "2500",
        "2500 mm",
        "deeper than the hard limit",
        "mm, not um",
    ),
    "label above the device": Fault(
        "devices.yaml",
        "label_max_depth_mm: 1.5",
        "label_max_depth_mm: 3.5",
        "- id: example-pen",
        "",
        "above max_depth_mm",
        "agree",
    ),
    "lowest above highest": Fault(
        "devices.yaml",
        "frequency_min_hz: 50",
        "frequency_min_hz: 150",
        "- id: example-pen",
        "",
        "frequency_min_hz 150 is above",
        "agree",
    ),
    "negative": Fault(
        "devices.yaml",
        "depth_step_mm: 0.25",
        "depth_step_mm: -0.25",
        "depth_step_mm",
        "-0.25",
        "greater than 0",
        "larger",
    ),
    "unknown technique": Fault(
        "devices.yaml",
        "[fractional_pen, fractional_scar]",
        "[fractional_pan]",
        "fractional_pan",
        "fractional_pan",
        "no such technique",
        "fractional_pen",
    ),
    "technique without a device": Fault(
        "devices.yaml",
        "[fractional_pen, fractional_scar]",
        "[classical_injection]",
        "classical_injection",
        "classical_injection",
        "without a device",
        "with a device",
    ),
    "registration without measurement": Fault(
        "devices.yaml",
        "passes_max: 4",
        "passes_max: 4\n    registration_sigma_mm: 0.2",
        "- id: example-pen",
        "",
        "own measurement",
        "agree",
    ),
    "grid of other needles": Fault(
        "stamps.yaml",
        "needle_grid: [6, 6]",
        "needle_grid: [6, 5]",
        "- id: example-stamp",
        "",
        "does not hold the 36",
        "agree",
    ),
    "travel speed without a source": Fault(
        "devices.yaml",
        "passes_max: 4",
        "passes_max: 4\n    travel_speed_mm_s: 20\n    seconds_per_place: 0.1",
        "- id: example-pen",
        "",
        "source of its own",
        "agree",
    ),
    "travel speed alone": Fault(
        "devices.yaml",
        "passes_max: 4",
        "passes_max: 4\n    travel_speed_mm_s: 20",
        "- id: example-pen",
        "",
        "stands alone",
        "agree",
    ),
    "faster than the device strikes": Fault(
        "devices.yaml",
        "    sources:\n",
        "    travel_speed_mm_s: 20\n    seconds_per_place: 0.008\n"
        "    sources:\n      travel_speed_mm_s: measured\n      seconds_per_place: measured\n",
        "- id: example-pen",
        "",
        "shorter than one stroke",
        "agree",
    ),
    "cartridge of no device": Fault(
        "cartridges.yaml",
        "needle_count: 14",
        "needle_count: 14\n    devices: [other-pen]",
        "devices: [other-pen]",
        "devices",
        "twice",
        "once",
    ),
    "reused needles": Fault(
        "cartridges.yaml",
        "single_use: true",
        "single_use: false",
        "single_use: false",
        "false",
        "used again",
        "one client",
    ),
    "needle positions that are too few": Fault(
        "cartridges.yaml",
        "stripe_width_mm: 4.0",
        "stripe_width_mm: 4.0\n    needle_positions_mm: [[0, 1]]",
        "- id: example-12",
        "",
        "1 needle positions for 12",
        "agree",
    ),
    "unknown ingredient": Fault(
        "products.yaml",
        "name: glycine",
        "name: glycerol monolaurate",
        "glycerol mono",
        "glycerol monolaurate",
        "no one substance",
        "extension",
    ),
    "oil": Fault(
        "products.yaml", "base: water", "base: oil", "base: oil", "oil", "must not enter the skin", "necrosis"
    ),
    "alcohol": Fault(
        "products.yaml",
        "base: water",
        "base: alcohol",
        "base: alcohol",
        "alcohol",
        "must not enter the skin",
        "necrosis",
    ),
    "an ingredient that is never injected": Fault(
        "products.yaml",
        "name: riboflavin",
        "name: honey",
        "name: honey",
        "honey",
        "never brought into the skin",
        "Leave the product out",
    ),
    "an amount without a unit": Fault(
        "products.yaml", "amount: 10, unit: mg/ml", "amount: 10", "amount: 10", "", "belong together", "agree"
    ),
    "a partner that does not exist": Fault(
        "products.yaml",
        "compatible_with: []",
        "compatible_with: [other]",
        "compatible_with: [other]",
        "other",
        "no such product",
        "example-",
    ),
    "a price of nothing": Fault(
        "prices.yaml",
        'amount: "30.00"\n    - id: anaesthetic',
        "percent: null\n    - id: anaesthetic",
        "- id: peptide-session",
        "",
        "either an amount or a percent",
        "agree",
    ),
    "a price with thousandths": Fault(
        "prices.yaml", 'amount: "20.00"', 'amount: "20.005"', "20.005", "20.005", "decimal places", "Correct"
    ),
    "a negative price": Fault(
        "prices.yaml", 'amount: "20.00"', 'amount: "-20.00"', "-20.00", "-20.00", "greater than or equal to 0", "larger"
    ),
    "a price for a zone that does not exist": Fault(
        "prices.yaml", "zones: [face]", "zones: [fase]", "[fase]", "fase", "no such zone", "face"
    ),
    "a price for an unknown product": Fault(
        "prices.yaml",
        "product: example-revital",
        "product: revital",
        "product: revital",
        "revital",
        "no such product",
        "example-revital",
    ),
    "a price name in one language": Fault(
        "prices.yaml",
        '{en: "Consultation", ru: "Консультация"}',
        '{en: "Consultation"}',
        '{en: "Consultation"}',
        "consultation",
        "has no `ru`",
        "Add `ru:`",
    ),
    "a closure that ends before it begins": Fault(
        "clinic.yaml",
        "last_day: 2027-01-08",
        "last_day: 2026-01-08",
        "last_day: 2026-01-08",
        "",
        "lies before",
        "agree",
    ),
    "a day that is none": Fault("clinic.yaml", "[monday,", "[funday,", "funday", "funday", "should be", "'monday'"),
    "a language of no release": Fault(
        "clinic.yaml", "[en, ru]", "[en, xx]", "[en, xx]", "xx", "no language", "en or ru"
    ),
    "an emergency that is none": Fault(
        "clinic.yaml", "    syncope:", "    fainting:", "fainting", "fainting", "should be", "'syncope'"
    ),
    "an example of one's own": Fault(
        "clinic.yaml", "example: false", "example: true", "example: true", "true", "is no example", "example: false"
    ),
    "a looser limit": Fault(
        "limits.yaml",
        "limits: []",
        own_limit("gap.peel", "{value: 7, unit: d}"),
        "- {fact: gap.peel",
        "7 d",
        "7 d is looser than the knowledge base's 14 d",
        "never loosen",
    ),
    "a limit of another kind": Fault(
        "limits.yaml",
        "limits: []",
        own_limit("gap.peel", "{value: 7, unit: mm}"),
        "- {fact: gap.peel",
        "7 mm",
        "another unit or form",
        "never loosen",
    ),
    "a limit of an unknown fact": Fault(
        "limits.yaml",
        "limits: []",
        own_limit("gap.peal", "{value: 17, unit: d}"),
        "- {fact: gap.peal",
        "gap.peal",
        "no such fact",
        "gap.peel",
    ),
    "a limit without a number to tighten": Fault(
        "limits.yaml",
        "limits: []",
        own_limit("contraindication.pregnancy", "{value: 17, unit: d}"),
        "- {fact: contra",
        "contraindication.pregnancy",
        "no number to tighten",
        "explain --list",
    ),
    "unknown kind": Fault("limits.yaml", "volumes:", "volume:", "volume:", "volume", "unknown kind", "volumes"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_named_with_file_line_value_and_remedy(folder: Path, fault: Fault) -> None:
    replace(folder / fault.name, fault.old, fault.new)
    found = [one for one in problems(folder) if fault.message in one.message]
    assert found, [str(one) for one in problems(folder)]
    text = (folder / fault.name).read_text(encoding="utf-8")
    line = text[: text.index(fault.at)].count("\n") + 1
    assert f"{fault.name}:{line}" in {one.place.partition(" ")[0] for one in found}, [one.place for one in found]
    assert any(fault.value in one.value and fault.remedy in one.remedy for one in found), [str(one) for one in found]


def test_the_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    for name in ("text for a number", "a negative price", "a day that is none", "an amount without a unit"):
        fault = FAULTS[name]
        replace(folder / fault.name, fault.old, fault.new)
    places = {one.place.partition(":")[0] for one in problems(folder)}
    assert places == {"devices.yaml", "prices.yaml", "clinic.yaml", "products.yaml"}


def test_an_id_that_stands_twice_is_refused(folder: Path) -> None:
    replace(folder / "cartridges.yaml", "id: example-12", "id: example-14")
    assert [(one.value, one.message) for one in problems(folder)] == [("example-14", "this entry exists already")]


def test_entries_of_one_kind_in_two_files_are_refused(folder: Path) -> None:
    shutil.copy(folder / "devices.yaml", folder / "more.yaml")
    assert [one.message for one in problems(folder)] == ["these entries stand in two files"]


@pytest.mark.parametrize("missing", ["devices", "cartridges", "products", "prices", "limits"])
def test_only_the_clinics_own_page_is_needed(tmp_path: Path, folder: Path, missing: str) -> None:
    others = {"devices": ("cartridges", "prices"), "products": ("prices",)}.get(missing, ())
    for name in (missing, *others):
        (folder / f"{name}.yaml").unlink(missing_ok=True)
    clinic = load_clinic(folder, load())
    assert not getattr(clinic, missing)


@pytest.mark.parametrize("where", ["nowhere", "empty", "file"])
def test_a_place_without_a_clinic_is_one_clear_problem(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("clinic: {}\n", encoding="utf-8")
    (problem,) = problems(tmp_path / where)
    assert "no clinic folder" in problem.message
    assert "mesoplan clinic new" in problem.remedy


_BYTES = {path.name: path.read_bytes() for path in sorted(EXAMPLE.glob("*.yaml"))}


@settings(max_examples=60)
@given(st.sampled_from(sorted(_BYTES)), st.data())
def test_any_damage_gives_a_clinic_or_problems_and_never_another_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    place = tmp_path_factory.mktemp("damaged")
    content = bytearray(_BYTES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 30)))
        content[start:end] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"- ", b": ", b"[", b"{", b"null", b"\n", b"&a ", b"*a"])
        )
    for other, original in _BYTES.items():
        (place / other).write_bytes(bytes(content) if other == name else original)
    found: tuple[Problem, ...] = ()
    try:
        load_clinic(place, load())
    except ProblemError as error:
        found = error.problems
    assert all(problem.place and problem.remedy for problem in found)


# -- new folders


def test_a_new_folder_names_everything_that_is_still_to_be_entered_and_nothing_else(tmp_path: Path) -> None:
    written = new_clinic(tmp_path / "mine")
    assert [path.name for path in written] == [
        *(
            "by_hand.yaml",
            "cartridges.yaml",
            "clinic.yaml",
            "devices.yaml",
            "limits.yaml",
            "needle_free.yaml",
            "prices.yaml",
        ),
        *("products.yaml", "rollers.yaml", "stamps.yaml"),
    ]
    found = problems(tmp_path / "mine")
    assert {one.message.partition("`")[2].partition("`")[2].strip() for one in found} == {"has no value yet"}
    assert {"max_depth_mm", "hand_speed_max_mm_s", "needle_length_mm", "emergency_telephone"} <= {
        one.message.split("`")[1] for one in found
    }


def test_a_template_holds_no_clinical_number_of_its_own(tmp_path: Path) -> None:
    new_clinic(tmp_path / "mine")
    found = {one.message.split("`")[1] for one in problems(tmp_path / "mine")}
    for key in ("min_depth_mm", "max_depth_mm", "depth_step_mm", "frequency_min_hz", "frequency_max_hz"):
        assert key in found
    for key in ("hand_speed_min_mm_s", "passes_max", "needle_count", "stripe_width_mm", "base"):
        assert key in found


def test_problems_stand_in_the_order_of_the_lines_of_each_file(tmp_path: Path) -> None:
    new_clinic(tmp_path / "mine")
    places = [one.place.partition(" ")[0].split(":") for one in problems(tmp_path / "mine")]
    assert places == sorted(places, key=lambda place: (place[0], int(place[1])))
    assert len(places) > 20


def test_an_example_line_of_a_template_can_be_used_as_it_says(tmp_path: Path) -> None:
    new_clinic(tmp_path / "mine")
    for name, old in (("prices.yaml", "  positions: []"), ("limits.yaml", "limits: []")):
        path = tmp_path / "mine" / name
        text = path.read_text(encoding="utf-8")
        assert f"{old} " in text
        lines = text.replace(f"{old} ", f"{old.removesuffix(' []')} ").splitlines()
        uncommented = [re.sub(r"^( *)#(?=  )", r"\1 ", line) for line in lines]
        path.write_text("\n".join(uncommented).replace('"..."', '"90.00"').replace("...", "21"), encoding="utf-8")
    found = {one.place.partition(":")[0] for one in problems(tmp_path / "mine") if "no value yet" not in one.message}
    assert found == set()


@pytest.mark.parametrize("name", ["water for injection", "Sterile Water for Injection", "aqua pro injectionibus"])
def test_water_is_known_by_its_usual_names_on_a_label(folder: Path, name: str) -> None:
    replace(folder / "products.yaml", "name: water for injections", f"name: {name}")
    products = load_clinic(folder, load()).products
    assert any("water" in product.substances for product in products.values())


def test_an_ingredient_misspelt_is_told_with_the_names_written_alike(folder: Path) -> None:
    replace(folder / "products.yaml", "name: water for injections", "name: watre for injections")
    (problem,) = problems(folder)
    assert problem.value == "watre for injections"
    assert "written much alike: water for injections" in problem.remedy
    replace(folder / "products.yaml", "watre for injections", "xyzzy")
    (problem,) = problems(folder)
    assert "alike" not in problem.remedy


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ProblemError, match="something here already"):
        new_clinic(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ProblemError, match="Choose another place"):
        new_clinic(tmp_path / "file" / "clinic")


# -- own limits


def test_a_tighter_limit_decides_and_the_sources_stay_beside_it(folder: Path) -> None:
    own = "limits:\n  - {fact: gap.peel, quantity: {value: 3, unit: week}, source: our rule of 2026}"
    replace(folder / "limits.yaml", "limits: []", own)
    knowledge = load()
    clinic = load_clinic(folder, knowledge)
    tightened = tighten(knowledge, clinic)
    assert tightened.days("gap.peel") == 21.0
    assert knowledge.days("gap.peel") == 14.0
    fact = tightened.facts["gap.peel"]
    assert fact.claims[:-1] == knowledge.facts["gap.peel"].claims
    assert fact.resolution.verdict is knowledge.facts["gap.peel"].resolution.verdict
    assert tightened.sources[fact.claims[-1].source].kind == "clinic"
    assert fact.claims[-1].says["ru"] == "our rule of 2026"
    assert {name: one for name, one in tightened.facts.items() if name != "gap.peel"} == {
        name: one for name, one in knowledge.facts.items() if name != "gap.peel"
    }


def test_without_own_limits_the_knowledge_is_the_same_object() -> None:
    knowledge = load()
    assert tighten(knowledge, None) is knowledge
    assert tighten(knowledge, load_clinic("example", knowledge)) is knowledge


def q(unit: str, value: float | None = None, low: float | None = None, high: float | None = None) -> Quantity:
    return Quantity(value=value, min=low, max=high, unit=unit)


@pytest.mark.parametrize(
    ("own", "known", "direction", "stricter"),
    [
        (q("d", 21), q("d", 14), "longer", True),
        (q("week", 2), q("d", 14), "longer", True),
        (q("d", 13), q("week", 2), "longer", False),
        (q("month", 3), q("d", 60), "longer", True),
        (q("mm", high=1.0), q("mm", high=1.5), "within", True),
        (q("mm", high=2.0), q("mm", high=1.5), "within", False),
        (q("um", high=1000), q("mm", high=1.5), "within", True),
        (q("mm", low=12), q("mm", low=10), "within", True),
        (q("mm", low=8), q("mm", low=10), "within", False),
        (q("1", low=0.1, high=0.2), q("1", low=0.05, high=0.3), "within", True),
        (q("1", low=0.01, high=0.2), q("1", low=0.05, high=0.3), "within", False),
        (q("d", low=10, high=20), q("d", low=7, high=14), "longer", True),
        (q("d", low=6, high=20), q("d", low=7, high=14), "longer", False),
        (q("mm", low=1), q("mm", high=1.5), "within", None),
        (q("d", 21), q("d", 14), "within", None),
        (q("d", low=73, high=95), q("h", low=1728, high=2304), "within", True),
        (q("d", low=73, high=97), q("h", low=1728, high=2304), "within", False),
        (q("d", high=3), q("d", high=2), "within", False),
        (q("d", 9), q("d", 10), "shorter", True),
        (q("d", 11), q("d", 10), "shorter", False),
        (q("mm", 1), q("mm", 2), "longer", None),
        (q("ml", 1), q("mm", high=1.5), "within", None),
        (q("mm", 1), q("mm", 2), "within", None),
    ],
)
def test_stricter_is_longer_lower_above_or_inside(
    own: Quantity, known: Quantity, direction: Stricter, stricter: bool | None
) -> None:
    assert is_stricter(own, known, direction) is stricter


# -- commands


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["clinic", "check", "example"], 0, "No problems."),
        (["clinic", "check", "{new}"], 2, "has no value yet"),
        (["clinic", "check", "{nowhere}"], 2, "no clinic folder"),
        (["clinic", "new", "{fresh}"], 0, "clinic check"),
        (["clinic", "new", "{new}"], 2, "something here already"),
    ],
)
def test_the_commands_say_what_they_did(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    from mesoplan.cli import main

    new_clinic(tmp_path / "new")
    places = {name: str(tmp_path / name) for name in ("new", "nowhere", "fresh")}
    monkeypatch.setattr(sys, "argv", ["mesoplan", *(argument.format(**places) for argument in arguments)])
    try:
        main()
        ended = 0
    except SystemExit as stopped:
        ended = int(stopped.code or 0)
    printed = capsys.readouterr()
    assert ended == code
    assert said in printed.out + printed.err
    assert (tmp_path / "fresh").exists() is (arguments[-1] == "{fresh}")
