"""Loads a clinic's folder; every fault of every file is found before anything is raised."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mesoplan.clinic.check import clinic_problems
from mesoplan.clinic.devices import Cartridge, Device, HandProtocol, NeedleFreeDevice, Roller, Stamp
from mesoplan.clinic.model import Clinic, ClinicPage, OwnLimit, Prices, Product, Volumes
from mesoplan.clinic.slips import slips
from mesoplan.errors import Problem, ProblemError, Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.files import DataFile, data_files
from mesoplan.knowledge.substances import Substances
from mesoplan.knowledge.validation import problems_of
from mesoplan.knowledge.yaml_file import Locator, parse

EXAMPLE = Path(__file__).parent / "example"
"""The example clinic that ships with the package."""
_LISTS: dict[str, type[BaseModel]] = {
    "devices": Device,
    "cartridges": Cartridge,
    "stamps": Stamp,
    "rollers": Roller,
    "needle_free": NeedleFreeDevice,
    "by_hand": HandProtocol,
    "products": Product,
    "limits": OwnLimit,
}
_SINGLE: dict[str, type[BaseModel]] = {"clinic": ClinicPage, "prices": Prices, "volumes": Volumes}


def load_clinic(folder: Path | str, knowledge: Knowledge) -> Clinic:
    """Return the clinic of a folder, or the example that ships with the package for `example`.

    Raises:
        ProblemError: With every fault of every file, each with file, line, value and remedy.
    """
    directory = EXAMPLE if str(folder) == "example" else Path(folder)
    problems = Problems()
    if not os.path.exists(directory / "clinic.yaml"):  # a name the system refuses is none
        message = "this is no clinic folder: it has no clinic.yaml"
        remedy = "Name the folder of a clinic, `example`, or make one with `mesoplan clinic new DIR`."
        problems.add("--clinic", folder, message, remedy)
        problems.raise_if_any()
    (files,) = data_files([directory])
    reader = _Reader(files, problems)
    clinic = reader.clinic()
    if clinic is not None:
        shipped = directory == EXAMPLE
        problems.extend(slips(clinic, knowledge, reader.places, shipped=shipped))
        clinic = _with_substances(clinic, knowledge)
        problems.extend(clinic_problems(clinic, knowledge, reader.places, shipped=shipped))
    if clinic is None or problems:
        raise ProblemError(sorted(problems.found, key=_line))
    return clinic


class _Reader:
    """Reads the files of one folder."""

    def __init__(self, files: Sequence[DataFile], problems: Problems) -> None:
        self.problems = problems
        self.places = Locator(files)
        self._found: dict[str, tuple[str, Any]] = {}
        for file in files:
            self._sort(file)

    def clinic(self) -> Clinic | None:
        """Return the clinic, None where a fault leaves nothing to go on with."""
        single = {kind: self._single(kind, model) for kind, model in _SINGLE.items()}
        lists = {kind: dict(self._items(kind, model)) for kind, model in _LISTS.items()}
        page = single["clinic"]
        if self.problems or page is None:
            return None
        return Clinic.model_validate(
            {
                **dict(page),
                **{
                    kind: lists[kind]
                    for kind in ("devices", "cartridges", "stamps", "rollers", "needle_free", "by_hand", "products")
                },
                "limits": tuple(lists["limits"].values()),
                "prices": single["prices"],
                "volumes": single["volumes"] or Volumes(),
            }
        )

    def _sort(self, file: DataFile) -> None:
        if file.folder or file.path.suffix != ".yaml":
            self.problems.add(f"{file.name}:1", file.name, "this file is not read", "Remove it, or name it `.yaml`.")
            return
        content = parse(file, self.problems)
        if content is not None and not isinstance(content, dict):
            self.problems.add(f"{file.name}:1", str(content), "not a mapping", "Start with the kind: `devices:` ...")
        for kind, value in content.items() if isinstance(content, dict) else ():
            if kind not in _LISTS and kind not in _SINGLE:
                known = ", ".join([*_SINGLE, *_LISTS])
                place = self.places.place(file.name, (str(kind),))
                self.problems.add(place, str(kind), "unknown kind of entry", f"Use one of {known}.")
            elif kind in self._found:
                place = self.places.place(file.name, (kind,))
                remedy = f"Keep them in one file; the first stand in {self._found[kind][0]}."
                self.problems.add(place, kind, "these entries stand in two files", remedy)
            else:
                self._found[kind] = (file.name, _emptied(value))

    def _single(self, kind: str, model: type[BaseModel]) -> BaseModel | None:
        if kind not in self._found:
            if kind == "clinic" and not self.problems:
                remedy = "Write `clinic:` with name, telephone, emergency_telephone, languages, opening_weekdays."
                self.problems.add("clinic.yaml:1", "", "there is no `clinic:`", remedy)
            return None
        return self._validated(model, *self._found[kind], (kind,))

    def _items(self, kind: str, model: type[BaseModel]) -> Iterator[tuple[str, BaseModel]]:
        """Yield (id, item) of the valid items of a list; an empty one may be left without a value."""
        file, raw = self._found.get(kind, ("", None))
        if raw is not None and not isinstance(raw, list):
            self.problems.add(self.places.place(file, (kind,)), str(raw), "not a list", "Start each item with `- `.")
            return
        seen: set[str] = set()
        for number, entry in enumerate(raw or ()):
            item = self._validated(model, file, entry, (kind, number))
            if item is None:
                continue
            item_id = str(getattr(item, "id", None) or getattr(item, "fact", number))
            if item_id in seen:
                place = self.places.place(file, (kind, number, "id"))
                self.problems.add(place, item_id, "this entry exists already", "Give each its own id.")
            seen.add(item_id)
            yield item_id, item

    def _validated(
        self, model: type[BaseModel], file: str, raw: object, path: tuple[str | int, ...]
    ) -> BaseModel | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            place = partial(self._place, file, path)
            self.problems.extend(problems_of(error, model, place))
            return None

    def _place(self, file: str, path: tuple[str | int, ...], inner: Sequence[str | int] = ()) -> str:
        return self.places.place(file, (*path, *inner))


def _line(problem: Problem) -> tuple[str, int]:
    """Return file and line of a problem, so that a folder is mended from the top of each file down."""
    file, _, line = problem.place.partition(" ")[0].rpartition(":")
    return file, int(line) if line.isdecimal() else 0


def _emptied(value: object) -> object:
    """Return the value with `unknown` as no value: a clinic may write either."""
    if isinstance(value, dict):
        return {key: _emptied(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_emptied(part) for part in value]
    return None if value == "unknown" else value


def _with_substances(clinic: Clinic, knowledge: Knowledge) -> Clinic:
    """Return the clinic with each ingredient's substance filled in; "" where none, or more than one, has its name."""
    substances = Substances(knowledge.substances.values())
    products = {}
    for product in clinic.products.values():
        ingredients = []
        for ingredient in product.ingredients:
            found = substances.named(ingredient.substance or ingredient.name)
            only = next(iter(found)) if len(found) == 1 else ""
            ingredients.append(ingredient.model_copy(update={"substance": only}))
        products[product.id] = product.model_copy(update={"ingredients": tuple(ingredients)})
    return clinic.model_copy(update={"products": products})
