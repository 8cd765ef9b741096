"""Every value of the line as JSON and back, and its schema; one adapter per type, made when first needed."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from mesoplan.errors import ProblemError, Problems

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the adapter of a value's type."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(value: Any) -> str:
    """Return a value as indented JSON with a final line feed; the same value gives the same text."""
    return adapter(type(value)).dump_json(value, indent=2).decode() + "\n"


def to_json_line(value: Any) -> bytes:
    """Return a value as one line of JSON with a line feed."""
    return adapter(type(value)).serializer.to_json(value) + b"\n"


def from_json(kind: type[T], text: str | bytes, *, place: str = "file") -> T:
    """Return the value that `to_json` wrote.

    Raises:
        ProblemError: If the text is not a value of this kind; every fault is named with its place.
    """
    try:
        value: T = adapter(kind).validate_json(text)
    except ValidationError as error:
        problems = Problems()
        for fault in error.errors(include_url=False):
            where = ".".join(map(str, fault["loc"]))
            problems.add(f"{place}: {where}", str(fault["input"])[:120], fault["msg"], "Write the file anew.")
        raise ProblemError(problems.found) from error
    return value


def schema(kind: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a value's type, with the keys as they are written."""
    result: dict[str, Any] = adapter(kind).json_schema(mode="serialization")
    return result


def schema_text(kind: type[Any]) -> str:
    """Return the schema as it is kept in the documentation."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
