"""Reading YAML: one strict loader, and the line of any value in a file for error messages.

The loader follows the YAML 1.2 core schema: only `true` and `false` are booleans, dates stay text, `yes` and `no` stay
words. Keys that stand twice, aliases and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from mesoplan.errors import Problem, Problems
from mesoplan.knowledge.files import DataFile

PathInFile = Sequence[str | int]

_DEEPEST = 50
_DIGITS = 18


class _Loader(yaml.CSafeLoader):
    """The strict loader; `faults` collects (line, value, message) of what libyaml itself would let pass."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self.faults: list[tuple[int, str, str]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; a key that stands twice is noted as a fault."""
        seen: set[str] = set()
        for key, _ in node.value:
            shown = str(key.value)
            if shown in seen:
                self.faults.append((key.start_mark.line + 1, shown, "this key stands twice in one mapping"))
            seen.add(shown)
        return super().construct_mapping(node, deep=deep)


class _AsTyped(_Loader):
    """The same for what a person typed: a number that would not come back as it was typed stays text.

    0049, +49 or 20 digits may be somebody's identifier.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


def _resolve(loader: type[_Loader], tag: str, pattern: str, first: str) -> None:
    """Let plain scalars that match `pattern` and start with one of `first` carry `tag`."""
    loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first) if first else [""])


def _whole(_: _Loader, node: yaml.ScalarNode) -> int | str:
    """Return a whole number, as text where no quantity has so many digits."""
    return int(node.value) if len(node.value) <= _DIGITS else str(node.value)


for _each in (_Loader, _AsTyped):
    _resolve(_each, "bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
    _resolve(_each, "null", r"^(?:~|null|Null|NULL)$", "~nN")
    _resolve(_each, "null", r"^$", "")
_resolve(_Loader, "int", r"^[-+]?[0-9]+$", "-+0123456789")
_resolve(_Loader, "float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")
_resolve(_AsTyped, "int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789")
_resolve(_AsTyped, "float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789")
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)


def parse(file: DataFile, problems: Problems, *, as_typed: bool = False) -> object:
    """Return the file's value as dicts, lists and scalars; None after a fault, which is noted; an empty file is one.

    Args:
        file: What to read.
        problems: Where faults are noted.
        as_typed: Whether numbers that would not come back as they were typed stay text.
    """
    kind = _AsTyped if as_typed else _Loader
    try:
        file.content.decode("utf-8")
        faults = list(_structure_faults(file.content))
        loader = kind(file.content)
        value = None if faults else loader.get_single_data()
        faults += loader.faults
    except (yaml.YAMLError, ValueError) as error:
        problems.extend([_syntax_problem(file, error)])
        return None
    for line, given, message in faults:
        problems.add(f"{file.name}:{line}", given, message, "Write the value once, plainly, where it belongs.")
    if value is None and not faults:
        problems.add(f"{file.name}:1", "", "the file is empty", "Write its entries, or remove the file.")
    return None if faults else value


def _syntax_problem(file: DataFile, error: Exception) -> Problem:
    """Return what libyaml says, with the line it stopped at and the text of that line."""
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", 0)
    line = mark.line + 1 if mark is not None else file.content.count(b"\n", 0, position) + 1
    lines = file.content.decode("utf-8", errors="replace").splitlines()
    text = lines[line - 1].strip() if line <= len(lines) else ""
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    remedy = "Correct the line, or the one before it: indentation, quotes and colons; the file is UTF-8."
    return Problem(f"{file.name}:{line}", text, f"not valid YAML: {what}", remedy)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _structure_faults(content: bytes) -> Iterator[tuple[int, str, str]]:
    """Yield (line, value, message) of what is not plain: aliases, tags, several documents in one file.

    Nesting so deep that the composer would exhaust the stack ends the search.
    """
    depth = documents = 0
    for event in yaml.parse(content, Loader=_Loader):
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            yield _line(event), f"*{event.anchor}", "an alias repeats another value"
        elif tag is not None:
            yield _line(event), str(tag), "a tag says how the value is to be read"
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents == 2:
                yield _line(event), "---", "a second document begins in the same file"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                yield _line(event), "", f"values are nested more than {_DEEPEST} deep"
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class Locator:
    """Finds the line of a value in a file, by composing the file again; made only when something went wrong."""

    def __init__(self, files: Iterable[DataFile]) -> None:
        """Remember the files; none is read before a place in it is asked for."""
        self._files = {file.name: file for file in files}
        self._roots: dict[str, yaml.Node | None] = {}
        self._index: dict[tuple[str, str], tuple[str, tuple[str | int, ...]]] = {}

    def place(self, name: str, path: PathInFile) -> str:
        """Return `file.yaml:LINE (path)` of a value; the line of the innermost part that exists, else 1.

        A part of the path that the file does not have (a union's tag) is passed over. Indices are shown as the ids of
        their items.
        """
        root = self._root(name)
        if root is None:
            return f"{name}:1"
        node, shown = _descend(root, tuple(path))
        return (
            f"{name}:{node.start_mark.line + 1} ({'/'.join(shown)})" if shown else f"{name}:{node.start_mark.line + 1}"
        )

    def of(self, kind: str, item_id: str, path: PathInFile = ()) -> str:
        """Return the place of the value at `path` in the item of this kind and id.

        Kinds are those that head the files, `rules`, `claims`, and `words:<language>`.
        """
        if not self._index:
            self._build_index()
        found = self._index.get((kind, item_id))
        if found is None:
            return f"{kind}/{item_id}"
        return self.place(found[0], (*found[1], *path))

    def _root(self, name: str) -> yaml.Node | None:
        if name not in self._roots:
            self._roots[name] = None
            file = self._files.get(name)
            if file is not None and parse(file, Problems()) is not None:
                self._roots[name] = yaml.compose(file.content, Loader=_Loader)
        return self._roots[name]

    def _build_index(self) -> None:
        for name in self._files:
            root = self._root(name)
            if not isinstance(root, yaml.MappingNode):
                continue
            file = self._files[name]
            for key, value in root.value:
                kind = f"words:{file.language}" if file.folder == "words" else str(key.value)
                self._add(name, kind, value, (str(key.value),))

    def _add(self, name: str, kind: str, node: yaml.Node, path: tuple[str | int, ...]) -> None:
        """Index the items of a list, and the rules, claims and choices inside them; the first of an id wins."""
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                self._index.setdefault((kind, str(key.value)), (name, (*path, str(key.value))))
        if not isinstance(node, yaml.SequenceNode):
            return
        for number, item in enumerate(node.value):
            item_id = _id_of(item)
            if item_id is None:
                continue
            self._index.setdefault((kind, item_id), (name, (*path, number)))
            for inner in ("rules", "claims"):
                child = _child(item, inner)
                if child is not None:
                    self._add(name, inner, child[1], (*path, number, inner))


def _id_of(node: yaml.Node) -> str | None:
    """Return the `id`, else the `code`, of a mapping node; None for any other node."""
    for key in ("id", "code"):
        found = _child(node, key)
        if found is not None and isinstance(found[1], yaml.ScalarNode):
            return str(found[1].value)
    return None


def _child(node: yaml.Node, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Return (the node whose line to show, the value node) of a key or index; None where there is none."""
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            if key_node.value == str(key):
                return key_node, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    return None


def _descend(node: yaml.Node, path: tuple[str | int, ...]) -> tuple[yaml.Node, list[str]]:
    """Return the node to show for `path`, and the path as shown; parts that lead nowhere are passed over."""
    best: tuple[yaml.Node, list[str]] = (node, [])
    for start, part in enumerate(path):
        found = _child(node, part)
        if found is None:
            continue
        shown = _id_of(found[1]) if isinstance(part, int) else None
        inner, rest = _descend(found[1], path[start + 1 :])
        place = found[0] if inner is found[1] else inner
        if not best[1] or len(rest) + 1 > len(best[1]):
            best = (place, [shown or str(part), *rest])
    return best
