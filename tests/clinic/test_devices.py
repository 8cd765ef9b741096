"""Stamps, rollers and needle-free devices of a clinic: what is refused, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.own import own_clinic
from mesoplan.clinic.load import load_clinic
from mesoplan.errors import ProblemError
from mesoplan.knowledge.load import load

_CURRENT = "min: 0.05, max: 0.1, unit: mA/cm2"
FAULTS = {
    "used again by anyone": ("rollers.yaml", "uses_max: 1", "uses_max: 20", "one client alone"),
    "roller too long": ("rollers.yaml", "needle_length_mm: 0.5", "needle_length_mm: 5.0", "deeper than the hard limit"),
    "roller for a pen": ("rollers.yaml", "[clinic_roller]", "[fractional_pen]", "needs another kind of device"),
    "roller for the home": ("rollers.yaml", "[clinic_roller]", "[home_roller]", "done without a device"),
    "stamp for a pen": ("stamps.yaml", "[fractional_stamp]", "[fractional_pen]", "needs another kind of device"),
    "stamp used again": ("stamps.yaml", "single_use: true", "single_use: false", "cannot be made sterile"),
    "stamp without area": ("stamps.yaml", "[10.0, 10.0]", "[10.0, 0.0]", "greater than 0"),
    "rounds upside down": ("stamps.yaml", "rounds_min: 1", "rounds_min: 11", "above rounds_max"),
    "minutes upside down": ("needle_free.yaml", "minutes_min: 8", "minutes_min: 80", "above minutes_max"),
    "setting upside down": ("needle_free.yaml", "min: 0.05", "min: 0.5", "min 0.5 is above max 0.1"),
    "a setting below 0": ("needle_free.yaml", "min: 0.05", "min: -0.05", "mA/cm2 is no temperature"),
    "a setting of nothing": ("needle_free.yaml", "min: 0.05, max: 0.1", "min: 0, max: 0", "sets nothing"),
    "cold upside down": ("needle_free.yaml", _CURRENT, "min: -5, max: -15, unit: degC", "min -5 is above max -15"),
    "a setting in one language": ("needle_free.yaml", ', ru: "плотность тока"', "", "has no `ru`"),
    "energy for a syringe": ("needle_free.yaml", "[ultrasound]", "[classical_injection]", "done without a device"),
    "power from elsewhere": ("stamps.yaml", "power: battery", "power: steam", "mains"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_these_devices_is_named(tmp_path: Path, name: str) -> None:
    file, old, new, told = FAULTS[name]
    folder = own_clinic(tmp_path / "clinic")
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProblemError) as raised:
        load_clinic(folder, load())
    assert told in str(raised.value)
    assert file in str(raised.value)


@pytest.mark.parametrize(("low", "high"), [(-15, -5), (-10, 0), (-5, 5)])
@pytest.mark.parametrize("unit", ["degC", "°C"])
def test_a_tip_may_be_colder_than_0_degrees(tmp_path: Path, low: int, high: int, unit: str) -> None:
    folder = own_clinic(tmp_path / "clinic")
    path = folder / "needle_free.yaml"
    text = path.read_text(encoding="utf-8").replace("[iontophoresis]", "[iontophoresis, cryo]", 1)
    path.write_text(text.replace(_CURRENT, f"min: {low}, max: {high}, unit: {unit}", 1), encoding="utf-8")
    (cold,) = load_clinic(folder, load()).needle_free["example-current"].parameters
    assert (cold.min, cold.max) == (low, high)
