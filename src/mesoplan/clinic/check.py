"""Whether a clinic's folder fits the knowledge base: nothing unknown, nothing forbidden, no limit looser than its."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from mesoplan.clinic.devices import HandProtocol
from mesoplan.clinic.model import Clinic, OwnLimit, PricePosition, Product
from mesoplan.errors import Problem
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.model import Quantity
from mesoplan.knowledge.resolve import in_unit, shown
from mesoplan.knowledge.stricter import is_stricter, stricter_when
from mesoplan.knowledge.substances import nearest_names
from mesoplan.knowledge.technique import Manner
from mesoplan.knowledge.yaml_file import Locator

_LONGEST_YEARS = 100
DEEPEST = "depth.hard_limit"
"""The fact beyond which no needle goes; a deeper entry is a slip of the unit."""
_HAND_KEYS = {"depth": "depth_mm", "angle": "angle_deg", "volume_per_point": "volume_per_point_ml"}
"""Role of a manner's fact -> the key of by_hand.yaml that stands in for it where there is none."""


def clinic_problems(clinic: Clinic, knowledge: Knowledge, places: Locator, *, shipped: bool) -> tuple[Problem, ...]:
    """Return everything in a readable folder that the knowledge base does not allow.

    Args:
        clinic: The folder as read.
        knowledge: The knowledge base.
        places: Finds the line of an entry.
        shipped: True for the example that ships with the package, the only one that may call itself an example.
    """
    checker = _Checker(clinic, knowledge, places)
    return (
        *checker.page(shipped=shipped),
        *checker.devices(),
        *checker.other_devices(),
        *checker.by_hand(),
        *checker.products(),
        *checker.limits(),
        *checker.prices(),
    )


class _Checker:
    """Looks entries up; every method yields problems."""

    def __init__(self, clinic: Clinic, knowledge: Knowledge, places: Locator) -> None:
        self.clinic, self.knowledge, self.places = clinic, knowledge, places

    def page(self, *, shipped: bool) -> Iterator[Problem]:
        """Yield what is wrong with the clinic's own page."""
        if self.clinic.example and not shipped:
            place = self.places.place("clinic.yaml", ("clinic", "example"))
            remedy = "Enter your own values and write `example: false`."
            yield Problem(place, "true", "a clinic of your own is no example", remedy)
        for number, language in enumerate(self.clinic.languages):
            place = self.places.place("clinic.yaml", ("clinic", "languages", number))
            yield from self._unknown(language, self.knowledge.languages, place, "no language of the knowledge base")

    def devices(self) -> Iterator[Problem]:
        """Yield unknown techniques, depths beyond the hard limit, and cartridges without a device."""
        for device in self.clinic.devices.values():
            yield from self._serves("devices", device.id, device.techniques, ("gliding_pen",))
            yield from self._too_deep("devices", device.id, "max_depth_mm", device.max_depth_mm)
        for cartridge in self.clinic.cartridges.values():
            for number, device_id in enumerate(cartridge.devices):
                place = self.places.of("cartridges", cartridge.id, ("devices", number))
                yield from self._unknown(device_id, self.clinic.devices, place, "there is no such device")
            yield from self._too_deep("cartridges", cartridge.id, "needle_length_mm", cartridge.needle_length_mm)
            yield from self._single_use("cartridges", cartridge.id, single_use=cartridge.single_use)

    def other_devices(self) -> Iterator[Problem]:
        """Yield what is wrong with stamps, rollers and needle-free devices: techniques, depth, names of settings."""
        for stamp in self.clinic.stamps.values():
            yield from self._serves("stamps", stamp.id, stamp.techniques, ("stamp",))
            yield from self._too_deep("stamps", stamp.id, "max_depth_mm", stamp.max_depth_mm)
            yield from self._too_deep("stamps", stamp.id, "needle_length_mm", stamp.needle_length_mm)
            yield from self._single_use("stamps", stamp.id, single_use=stamp.single_use)
        for roller in self.clinic.rollers.values():
            yield from self._serves("rollers", roller.id, roller.techniques, ("roller",))
            yield from self._too_deep("rollers", roller.id, "needle_length_mm", roller.needle_length_mm)
        for device in self.clinic.needle_free.values():
            yield from self._serves("needle_free", device.id, device.techniques, ("needle_free",))
            for number, parameter in enumerate(device.parameters):
                place = self.places.of("needle_free", device.id, ("parameters", number, "name"))
                for language in self.clinic.languages:
                    if language not in parameter.name:
                        message = f"the setting's name has no `{language}`, a language of this clinic"
                        yield Problem(place, device.id, message, f"Add `{language}:`.")

    def by_hand(self) -> Iterator[Problem]:
        """Yield unknown manners, manners that stand twice, numbers that a source gives, and depths beyond the limit."""
        seen: set[tuple[str, str]] = set()
        for own in self.clinic.by_hand.values():
            place = self.places.of("by_hand", own.id, ("technique",))
            by_syringe = [one.id for one in self.knowledge.techniques.values() if one.manners]
            yield from self._unknown(own.technique, by_syringe, place, "this is no technique by hand")
            technique = self.knowledge.techniques.get(own.technique)
            manners = {} if technique is None else {one.id: one for one in technique.manners}
            place = self.places.of("by_hand", own.id, ("manner",))
            if manners:
                yield from self._unknown(own.manner, manners, place, "the technique has no such manner")
            if (own.technique, own.manner) in seen:
                yield Problem(place, own.manner, "this manner is set twice", "Keep one entry for each.")
            seen.add((own.technique, own.manner))
            if own.manner in manners:
                yield from self._sourced(own, manners[own.manner])
            if own.depth_mm is not None:
                yield from self._too_deep("by_hand", own.id, "depth_mm", own.depth_mm)

    def _sourced(self, own: HandProtocol, manner: Manner) -> Iterator[Problem]:
        """Yield numbers entered although a fact gives them, and an entry without any number."""
        for role, key in _HAND_KEYS.items():
            if getattr(own, key) is not None and role in manner.facts:
                message = f"a source gives this number ({manner.facts[role]})"
                remedy = "Leave it out; a stricter one belongs to limits.yaml."
                place = self.places.of("by_hand", own.id, (key,))
                yield Problem(place, f"{getattr(own, key):g}", message, remedy)
        if all(getattr(own, key) is None for key in _HAND_KEYS.values()):
            remedy = "Enter what is asked in the plan, or leave the entry out."
            yield Problem(self.places.of("by_hand", own.id), own.id, "this entry sets nothing", remedy)

    def _single_use(self, kind: str, item_id: str, *, single_use: bool) -> Iterator[Problem]:
        if not single_use:
            place = self.places.of(kind, item_id, ("single_use",))
            remedy = "Use cartridges for one client and one session."
            yield Problem(place, "false", "needles that are used again cannot be made sterile here", remedy)

    def _serves(
        self, kind: str, item_id: str, techniques: tuple[str, ...], layouts: tuple[str, ...]
    ) -> Iterator[Problem]:
        """Yield techniques that are unknown, done without a clinic's device, or done with another kind of device."""
        for number, technique_id in enumerate(techniques):
            place = self.places.of(kind, item_id, ("techniques", number))
            yield from self._unknown(technique_id, self.knowledge.techniques, place, "there is no such technique")
            technique = self.knowledge.techniques.get(technique_id)
            if technique is not None and not technique.by_device:
                remedy = "Name a technique that is done with a device."
                yield Problem(place, technique_id, "this technique is done without a device", remedy)
            elif technique is not None and technique.layout not in layouts:
                fitting = [one.id for one in self.knowledge.techniques.values() if one.layout in layouts]
                message = "this technique needs another kind of device"
                yield Problem(place, technique_id, message, f"Use {' or '.join(fitting)}.")

    def products(self) -> Iterator[Problem]:
        """Yield ingredients that nobody knows, what must not enter the skin, and unknown partners."""
        for product in self.clinic.products.values():
            if product.base != "water":
                place = self.places.of("products", product.id, ("base",))
                remedy = "Leave it out: oil and alcohol in the skin cause necrosis and granulomas."
                yield Problem(place, product.base, f"a product on {product.base} must not enter the skin", remedy)
            yield from self._ingredients(product)
            for number, partner in enumerate(product.compatible_with):
                place = self.places.of("products", product.id, ("compatible_with", number))
                yield from self._unknown(partner, self.clinic.products, place, "there is no such product")

    def _ingredients(self, product: Product) -> Iterator[Problem]:
        for number, ingredient in enumerate(product.ingredients):
            place = self.places.of("products", product.id, ("ingredients", number, "name"))
            if not ingredient.substance:
                message = "no one substance of the knowledge base goes by this name"
                remedy = "Use the name on the label in full, or add the substance with its synonyms in an extension."
                near = nearest_names(self.knowledge.substances.values(), ingredient.name)
                if near:
                    remedy += (
                        f" Known and written much alike: {', '.join(near)}; take one only if it is the same thing."
                    )
                yield Problem(place, ingredient.name, message, remedy)
            elif not self.knowledge.substances[ingredient.substance].injectable:
                message = "this ingredient is never brought into the skin"
                yield Problem(place, ingredient.name, message, "Leave the product out.")

    def limits(self) -> Iterator[Problem]:
        """Yield limits of unknown facts, of facts without a number, and those looser than the knowledge base's."""
        for number, limit in enumerate(self.clinic.limits):
            place = self.places.place("limits.yaml", ("limits", number, "fact"))
            yield from self._unknown(limit.fact, self.knowledge.facts, place, "there is no such fact")
            if limit.fact in self.knowledge.facts:
                yield from self._looser(limit, self.places.place("limits.yaml", ("limits", number, "quantity")))

    def _looser(self, limit: OwnLimit, place: str) -> Iterator[Problem]:
        known = self.knowledge.facts[limit.fact].resolution.quantity
        if known is None:
            remedy = "Tighten a fact that has a number; see `mesoplan explain --list`."
            yield Problem(place, limit.fact, "this fact has no number to tighten", remedy)
            return
        problem = _odd_quantity(limit.quantity, place)
        if problem is not None:
            yield problem
            return
        direction = stricter_when(self.knowledge, limit.fact)
        stricter = is_stricter(limit.quantity, known, direction)
        if stricter is None and known.value is not None and direction == "within":
            message = "this is a plain number, of which neither a larger nor a smaller one is stricter"
            yield Problem(place, limit.fact, message, "Leave it out; tighten a wait, a ban or a limit.")
        elif not stricter:
            why = "in another unit or form than" if stricter is None else "looser than"
            message = f"{shown(limit.quantity)} is {why} the knowledge base's {shown(known)} for {limit.fact}"
            remedy = "A clinic may tighten a limit, never loosen it: enter a stricter one, in the same form."
            yield Problem(place, shown(limit.quantity), message, remedy)

    def prices(self) -> Iterator[Problem]:
        """Yield positions that name what does not exist, and positions of one id."""
        positions = self.clinic.prices.positions if self.clinic.prices is not None else ()
        seen: set[str] = set()
        for number, position in enumerate(positions):
            path = ("prices", "positions", number)
            if position.id in seen:
                place = self.places.place("prices.yaml", (*path, "id"))
                yield Problem(place, position.id, "this position exists already", "Give each its own id.")
            seen.add(position.id)
            yield from self._position(position, path)

    def _position(self, position: PricePosition, path: tuple[str | int, ...]) -> Iterator[Problem]:
        qualifications = {one.qualification for one in self.clinic.practitioners}
        named: tuple[tuple[str, str | None, Collection[str]], ...] = (
            ("technique", position.technique, self.knowledge.techniques),
            ("device", position.device, self.clinic.tools),
            ("product", position.product, self.clinic.products),
            ("qualification", position.qualification, qualifications),
        )
        for key, value, known in named:
            if value is not None:
                place = self.places.place("prices.yaml", (*path, key))
                yield from self._unknown(value, known, place, f"there is no such {key}")
        for number, zone in enumerate(position.zones):
            try:
                self.knowledge.expand(zone)
            except KeyError:
                place = self.places.place("prices.yaml", (*path, "zones", number))
                names = {*self.knowledge.zones, *self.knowledge.zone_groups}
                yield from self._unknown(zone, names, place, "there is no such zone")
        for language in self.clinic.languages:
            if language not in position.name:
                place = self.places.place("prices.yaml", (*path, "name"))
                message = f"the position's name has no `{language}`, a language of this clinic"
                yield Problem(place, position.id, message, f"Add `{language}:`.")

    # -- shared

    def _too_deep(self, kind: str, item_id: str, key: str, value: float) -> Iterator[Problem]:
        if DEEPEST not in self.knowledge.facts:
            return
        _, deepest = self.knowledge.limits(DEEPEST, "mm")
        if deepest is not None and value > deepest:
            message = f"deeper than the hard limit of {deepest:g} mm ({DEEPEST})"
            remedy = "Check the unit (mm, not um); what really reaches deeper is not used here."
            yield Problem(self.places.of(kind, item_id, (key,)), f"{value:g} mm", message, remedy)

    def _unknown(self, value: str, known: Collection[str], place: str, message: str) -> Iterator[Problem]:
        if value not in known:
            near = difflib.get_close_matches(value, sorted(known), n=3) or sorted(known)[:12]
            remedy = f"Use {' or '.join(near)}." if near else "Add it first."
            yield Problem(place, value, message, remedy)


def _odd_quantity(quantity: Quantity, place: str) -> Problem | None:
    """Return what no limit can be: below nothing, parts of a calendar month, longer than a life."""
    numbers = [one for one in (quantity.low, quantity.high) if one is not None]
    message = ""
    if any(one < 0 for one in numbers):
        message = "a limit is not below 0"
    elif quantity.unit in ("month", "a") and any(one != int(one) for one in numbers):
        message = "calendar months and years are counted whole"
    elif any(one > _LONGEST_YEARS for one in in_unit(quantity, "a") or () if one is not None):
        message = f"no wait is longer than {_LONGEST_YEARS} years"
    return Problem(place, shown(quantity), message, "Check the number and its unit.") if message else None
