"""Slips in a clinic's numbers and words: units, decimals, steps without end, text that was never replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mesoplan.clinic.devices import Device
from mesoplan.clinic.model import Clinic, Product
from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.resolve import shown
from mesoplan.knowledge.substances import Substances, normalized
from mesoplan.knowledge.yaml_file import Locator

_MOST_SETTINGS = 500
"""Settings of one kind that a device may offer; more is a slip of the step, and would be searched without end."""
_VOLUME = "plausible.session_volume"
_PLAUSIBLE: dict[str, dict[str, str]] = {
    "devices": {
        "frequency_min_hz": "plausible.device_frequency",
        "frequency_max_hz": "plausible.device_frequency",
        "hand_speed_min_mm_s": "plausible.hand_speed",
        "hand_speed_max_mm_s": "plausible.hand_speed",
        "passes_max": "plausible.passes",
    },
    "cartridges": {
        "needle_count": "plausible.needle_count",
        "needle_diameter_mm": "plausible.needle_diameter",
        "stripe_width_mm": "plausible.stripe_width",
    },
    "stamps": {
        "needle_count": "plausible.needle_count",
        "needle_diameter_mm": "plausible.needle_diameter",
        "rounds_max": "plausible.passes",
    },
    "rollers": {"needle_diameter_mm": "plausible.needle_diameter", "passes_max": "plausible.passes"},
    "products": {"session_max_ml": _VOLUME},
    "by_hand": {"volume_per_point_ml": "plausible.point_volume"},
}
"""Kind -> entry -> the fact that gives its plausible range, in the entry's own unit."""
_STEPS = (
    ("frequency_min_hz", "frequency_max_hz", "frequency_step_hz"),
    ("hand_speed_min_mm_s", "hand_speed_max_mm_s", "hand_speed_step_mm_s"),
)
_NOT_REPLACED = ("not a protocol", "stand here", "не протокол", "должен стоять")  # the example's own words
_FEWEST_WORDS = 3
"""Words that an emergency protocol has at least: steps, not a mark that they are still to come."""


def slips(clinic: Clinic, knowledge: Knowledge, places: Locator, *, shipped: bool) -> Iterator[Problem]:
    """Yield what was entered by a slip, or never entered, though it can be read.

    Args:
        clinic: The folder as read, before its substances are found.
        knowledge: The knowledge base; its plausible ranges decide.
        places: Finds the line of an entry.
        shipped: True for the example that ships with the package, which has no protocols of its own.
    """
    for kind, entries in _PLAUSIBLE.items():
        for item in getattr(clinic, kind).values():
            for key, fact in entries.items():
                yield from _implausible(getattr(item, key), fact, knowledge, places.of(kind, item.id, (key,)))
    most = clinic.volumes.session_max_ml
    yield from _implausible(most, _VOLUME, knowledge, places.of("volumes", "session_max_ml"))
    for device in clinic.devices.values():
        yield from _steps(device, places)
    substances = Substances(knowledge.substances.values())
    for product in clinic.products.values():
        yield from _product(product, substances, places)
    if not shipped:
        yield from _protocols(clinic, places)


def _implausible(value: float | None, fact: str, knowledge: Knowledge, place: str) -> Iterator[Problem]:
    if value is None or fact not in knowledge.facts:
        return
    range_ = knowledge.fact_quantity(fact)
    if (range_.low is not None and value < range_.low) or (range_.high is not None and value > range_.high):
        message = f"plausible is {shown(range_)} ({fact})"
        yield Problem(place, f"{value:g} {range_.unit}", message, "Check the unit and the decimal.")


def _steps(device: Device, places: Locator) -> Iterator[Problem]:
    for low, high, key in _STEPS:
        width, step = getattr(device, high) - getattr(device, low), getattr(device, key)
        if step > 0.0 and width / step > _MOST_SETTINGS:
            message = f"this step makes more than {_MOST_SETTINGS} settings"
            remedy = "Enter the step of the device's own setting, or 0 where any can be set."
            yield Problem(places.of("devices", device.id, (key,)), f"{step:g}", message, remedy)


def _product(product: Product, substances: Substances, places: Locator) -> Iterator[Problem]:
    """Yield ingredients that stand twice or are called what they are not, and lots of one number."""
    names = Counter(normalized(one.name) for one in product.ingredients)
    for number, one in enumerate(product.ingredients):
        place = places.of("products", product.id, ("ingredients", number, "name"))
        if names[normalized(one.name)] > 1:
            yield Problem(place, one.name, "this ingredient stands twice", "Write each ingredient of the label once.")
        own = substances.named(one.name)
        if one.substance and own and not own & substances.named(one.substance):
            message = f"this is the name of {' or '.join(sorted(own))}, not of {one.substance}"
            yield Problem(place, one.name, message, "Leave `substance` out, or correct it.")
    lots = Counter(lot.number for lot in product.lots)
    for number, lot in enumerate(product.lots):
        if lots[lot.number] > 1:
            place = places.of("products", product.id, ("lots", number, "number"))
            yield Problem(place, lot.number, "this lot stands twice", "Write each lot once.")


def _protocols(clinic: Clinic, places: Locator) -> Iterator[Problem]:
    """Yield protocols that are none: a placeholder, the example's text, or missing in a language of the clinic."""
    for event, protocol in clinic.emergency_protocols.items():
        if protocol is None:
            continue
        path = ("clinic", "emergency_protocols", event, "text")
        remedy = "Write the clinic's own approved steps, or `null`: no session sheet is printed until they are there."
        for language, text in protocol.text.items():
            words = [word for word in text.split() if any(letter.isalpha() for letter in word)]
            if len(words) < _FEWEST_WORDS or any(one in text.casefold() for one in _NOT_REPLACED):
                place = places.place("clinic.yaml", (*path, language))
                yield Problem(place, text, "this is no emergency protocol", remedy)
        for language in clinic.languages:
            if language not in protocol.text:
                message = f"the protocol has no `{language}`, a language of this clinic"
                yield Problem(places.place("clinic.yaml", path), event, message, f"Add `{language}:`.")
