"""Every value of the line as JSON and back, and its schema; one adapter per type, made when first needed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from mesoplan.errors import Problems

T = TypeVar("T")


@cache
def adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return the adapter of a value's type."""
    return TypeAdapter(kind)


def to_json(value: object) -> str:
    """Return a value as indented JSON with a final line feed; the same value gives the same text."""
    return adapter(type(value)).dump_json(value, indent=2).decode() + "\n"


def to_json_line(value: object) -> bytes:
    """Return a value as one line of JSON with a line feed."""
    return adapter(type(value)).dump_json(value) + b"\n"


def from_json(kind: type[T], text: str | bytes, *, place: str = "file") -> T:
    """Return the value that `to_json` wrote.

    Raises:
        ProblemError: If the text is not a value of this kind; every fault is named with its place.
    """
    try:
        return adapter(kind).validate_json(text)
    except ValidationError as error:
        problems = Problems()
        for fault in error.errors(include_url=False):
            where = ".".join(map(str, fault["loc"]))
            problems.add(f"{place}: {where}", str(fault["input"])[:120], fault["msg"], "Write the file anew.")
        problems.raise_if_any()
        raise


def schema(kind: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a value's type, with the keys as they are written."""
    result: dict[str, Any] = adapter(kind).json_schema(mode="serialization")
    return result


def schema_text(kind: type[Any]) -> str:
    """Return the schema as it is kept in the documentation."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
