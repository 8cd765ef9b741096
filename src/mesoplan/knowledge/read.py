"""Reads data folders into the knowledge base, with every check; the slow way, for changed files and extensions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mesoplan.errors import Problem, ProblemError, Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.bundle import ITEM_MODELS, Bundle, assemble
from mesoplan.knowledge.files import DataFile, data_files, digest
from mesoplan.knowledge.integrity import reference_problems
from mesoplan.knowledge.model import Release
from mesoplan.knowledge.texts import raw_texts
from mesoplan.knowledge.validation import problems_of
from mesoplan.knowledge.yaml_file import Locator, parse


def read(directories: Sequence[Path]) -> tuple[Knowledge | None, tuple[Problem, ...]]:
    """Return what can be read of data folders, the base first, and every problem; never raises for bad data.

    The knowledge holds only items without faults of their own and must not be planned with while there are problems;
    it is None without a readable release.
    """
    try:
        bundle, problems = read_bundle(directories)
        if bundle is None:
            return None, problems
        return assemble(bundle, digest(data_files(directories)), tuple(directories)), problems
    except ProblemError as error:  # a file that cannot be read at all
        return None, error.problems


def read_bundle(directories: Sequence[Path]) -> tuple[Bundle | None, tuple[Problem, ...]]:
    """Return the same as lists in the order of the files, and every problem."""
    folders = data_files(directories)
    reader = _Reader([file for files in folders for file in files])
    for directory, files in zip(directories, folders, strict=True):
        if not files:
            reader.problems.add(str(directory), "", "no data files here", "Name a folder with .yaml files.")
    bundle = reader.bundle()
    if bundle is not None:
        knowledge = assemble(bundle, "", tuple(directories))
        reader.problems.extend(reference_problems(knowledge, bundle, reader.broken, reader.places))
    return bundle, reader.problems.found


def every_text(knowledge: Knowledge) -> dict[str, dict[str, Any]]:
    """Return every text of a knowledge base's files by the id that a language overlay uses; reads the files again.

    What a technique takes over from another one is that one's text, and stands there alone.
    """
    reader = _Reader([file for files in data_files(knowledge.directories) for file in files])
    reader.bundle()
    return reader.texts(knowledge.languages[0])


class _Reader:
    """Reads files into one bundle and notes every fault on the way."""

    def __init__(self, files: Sequence[DataFile]) -> None:
        self.problems = Problems()
        self.broken: dict[str, set[str]] = {kind: set() for kind in ITEM_MODELS}
        self.places = Locator(files)
        self._raw: dict[str, list[tuple[str, tuple[str | int, ...], Any]]] = {kind: [] for kind in ITEM_MODELS}
        self._release: Release | None = None
        self._release_seen = False
        self._overlays: list[tuple[str, str, dict[str, str]]] = []
        self._catalogue: dict[str, dict[str, str]] = {}
        self._group_names: dict[str, Any] = {}
        for file in files:
            self._sort(file)

    def bundle(self) -> Bundle | None:
        """Return everything readable, None without a release."""
        for _, _, raw in self._raw["zone_groups"]:
            name = raw.get("id") if isinstance(raw, dict) else None
            if isinstance(name, str) and name in self._group_names:
                raw["name"] = self._group_names[name]
        languages = list(self._release.languages) if self._release is not None else []
        for name, language, texts in self._overlays if languages else ():
            languages += [language] if language not in languages else []
            self._lay_over(name, language, languages[0], texts)
        items = {kind: tuple(self._items(kind)) for kind in ITEM_MODELS}
        if self._release is None:
            if not self._release_seen:
                remedy = "Add release.yaml with `release:` (version, released, review_by, languages)."
                self.problems.add("release.yaml:1", "", "the knowledge base has no release", remedy)
            return None
        complete = {"release": self._release, "languages": tuple(languages), "catalogue": self._catalogue, **items}
        return Bundle.model_construct(**complete)  # type: ignore[arg-type]  # every item has been validated above

    # -- files into raw items

    def _sort(self, file: DataFile) -> None:
        """Put a file's items with those of their kind."""
        if file.path.suffix != ".yaml":
            self.problems.add(f"{file.name}:1", file.name, "this file is not read", "Name it `.yaml`.")
            return
        content = parse(file, self.problems)
        if content is None:
            return
        if not isinstance(content, dict):
            self.problems.add(f"{file.name}:1", str(content), "not a mapping", "Start with the kind: `facts:` ...")
        elif file.folder == "words":
            self._add_words(file, content)
        elif file.folder == "lang":
            self._add_overlay(file, content)
        else:
            for kind, items in content.items():
                self._add_kind(file, str(kind), items)

    def _add_kind(self, file: DataFile, kind: str, items: object) -> None:
        if kind == "release":
            self._add_release(file, items)
        elif kind == "groups" and isinstance(items, dict):
            for name, members in items.items():
                self._raw["zone_groups"].append((file.name, (kind, name), {"id": name, "members": members}))
        elif kind == "group_names" and isinstance(items, dict):
            self._group_names.update(items)
        elif kind not in ITEM_MODELS:
            known = ", ".join([*ITEM_MODELS, "release"])
            self.problems.add(
                self.places.place(file.name, (kind,)), kind, "unknown kind of item", f"Use one of {known}."
            )
        elif not isinstance(items, list):
            remedy = "Write a list: each item starts with `- `."
            self.problems.add(self.places.place(file.name, (kind,)), str(items), f"`{kind}` is not a list", remedy)
        else:
            self._raw[kind] += [(file.name, (kind, number), item) for number, item in enumerate(items)]

    def _add_release(self, file: DataFile, content: object) -> None:
        place = partial(self._place, file.name, ("release",))
        if self._release_seen:
            self.problems.add(place(()), "release", "the release is stated twice", "Keep the base's own release.")
            return
        self._release_seen = True
        try:
            self._release = Release.model_validate(content)
        except ValidationError as error:
            self.problems.extend(problems_of(error, Release, place))

    def _add_words(self, file: DataFile, content: dict[Any, Any]) -> None:
        language = file.language
        words = self._mapping_of_text(file, content, "words")
        known = self._catalogue.setdefault(language, {})
        for key, text in words.items():
            if key in known:
                place = self.places.place(file.name, ("words", key))
                self.problems.add(place, key, "these words exist already", "Give new words a new key.")
            known.setdefault(key, text)

    def _add_overlay(self, file: DataFile, content: dict[Any, Any]) -> None:
        if not _is_language(file.path.stem):
            remedy = "Name the file by a code such as `de`: two or three small letters."
            self.problems.add(f"{file.name}:1", file.path.stem, "this is not the code of a known language", remedy)
            return
        self._overlays.append((file.name, file.path.stem, self._mapping_of_text(file, content, "texts")))

    def _mapping_of_text(self, file: DataFile, content: dict[Any, Any], key: str) -> dict[str, str]:
        """Return the mapping under the file's only key, without the entries that are not text."""
        entries = content.get(key)
        if set(content) != {key} or not isinstance(entries, dict):
            given = ", ".join(map(str, content))
            self.problems.add(
                f"{file.name}:1", given, f"the file is not one mapping under `{key}:`", f"Write `{key}:`."
            )
            return {}
        found: dict[str, str] = {}
        for name, text in entries.items():
            if isinstance(text, str) and any(one.isprintable() and not one.isspace() for one in text):
                found[str(name)] = text
            else:
                place = self.places.place(file.name, (key, str(name)))
                self.problems.add(place, str(text), "not a text, or an empty one", "Write the text, in quotes.")
        return found

    # -- raw items into models

    def texts(self, base: str) -> dict[str, dict[str, Any]]:
        """Return every text that has the base language, by its id."""
        known: dict[str, dict[str, Any]] = {}
        for kind, entries in self._raw.items():
            for _, _, raw in entries:
                known.update(raw_texts([raw], kind, base))
        return known

    def _lay_over(self, name: str, language: str, base: str, texts: dict[str, str]) -> None:
        """Put an added language's texts beside those of the base language."""
        known = self.texts(base)
        for text_id, text in texts.items():
            if text_id in known and language not in known[text_id]:
                known[text_id][language] = text
                continue
            message = "no text of this id" if text_id not in known else f"this text has `{language}` already"
            remedy = "Take the ids from `mesoplan knowledge texts`, one sentence for each."
            self.problems.add(self.places.place(name, ("texts", text_id)), text_id, message, remedy)

    def _items(self, kind: str) -> list[Any]:
        """Return the valid items of a kind, in order; faulty ones are noted and left out, a repeated id too."""
        found: dict[str, Any] = {}
        first_places: dict[str, tuple[str, tuple[str | int, ...]]] = {}
        for number, (file, path, raw) in enumerate(self._raw[kind]):
            item_id = str(raw.get("id", number)) if isinstance(raw, dict) else str(number)
            try:
                item = ITEM_MODELS[kind].model_validate(raw)
            except ValidationError as error:
                place = partial(self._place, file, path)
                self.problems.extend(problems_of(error, ITEM_MODELS[kind], place))
                self.broken[kind].add(item_id)
                continue
            if item_id in found:
                remedy = f"Choose another id; the first stands in {self._place(*first_places[item_id])}."
                self.problems.add(self._place(file, path, ("id",)), item_id, "this id exists already", remedy)
            else:
                found[item_id] = item
                first_places[item_id] = (file, path)
        return list(found.values())

    def _place(self, file: str, path: Sequence[str | int], inner: Sequence[str | int] = ()) -> str:
        return self.places.place(file, (*path, *inner))


def _is_language(code: str) -> bool:
    """Return whether numbers, dates and plural forms are known for a language."""
    from babel.localedata import exists

    return len(code) in (2, 3) and code.isalpha() and code.islower() and exists(code)
