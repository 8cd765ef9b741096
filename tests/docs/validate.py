"""A small validator of JSON Schema: what the schemas of this project use, and an error for anything else."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SAYS_NOTHING = {"title", "description", "default", "$defs"}
_KNOWN = {
    *("$ref", "anyOf", "enum", "const", "type", "format", "pattern", "properties", "required", "additionalProperties"),
    *("minLength", "items", "prefixItems", "minItems", "maxItems"),
}


def faults(value: Any, schema: dict[str, Any], whole: dict[str, Any], place: str = "$") -> list[str]:
    """Return every place at which a value is not as the schema says; empty when it is."""
    unknown = set(schema) - _KNOWN - _SAYS_NOTHING
    assert not unknown, f"the schema uses what this validator does not know: {unknown}"
    if "$ref" in schema:
        return faults(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole, place)
    if "anyOf" in schema:
        tried = [faults(value, one, whole, place) for one in schema["anyOf"]]
        return [] if [] in tried else [f"{place}: fits no alternative"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place}: {value!r} is none of {schema['enum']}"]
    if "const" in schema and value != schema["const"]:
        return [f"{place}: {value!r} is not {schema['const']!r}"]
    kind = schema.get("type")
    if kind is not None and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{place}: {value!r} is no {kind}"]
    if isinstance(value, str):
        return _text(value, schema, place)
    if isinstance(value, dict):
        return _mapping(value, schema, whole, place)
    return _sequence(value, schema, whole, place) if isinstance(value, list) else []


def _text(value: str, schema: dict[str, Any], place: str) -> list[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{place}: {value!r} does not match"]
    if len(value) < schema.get("minLength", 0):
        return [f"{place}: {value!r} is too short"]
    if "format" not in schema:
        return []
    assert schema["format"] == "date"
    try:
        date.fromisoformat(value)
    except ValueError:
        return [f"{place}: {value!r} is no date"]
    return []


def _mapping(value: dict[str, Any], schema: dict[str, Any], whole: dict[str, Any], place: str) -> list[str]:
    found = [f"{place}: {key} is missing" for key in schema.get("required", ()) if key not in value]
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for key, part in value.items():
        inner = properties.get(key, others)
        if isinstance(inner, dict):
            found += faults(part, inner, whole, f"{place}.{key}")
        elif inner is not True:
            found.append(f"{place}: {key} is not in the schema")
    return found


def _sequence(value: list[Any], schema: dict[str, Any], whole: dict[str, Any], place: str) -> list[str]:
    found = []
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{place}: {len(value)} items")
    first = schema.get("prefixItems", [])
    for number, part in enumerate(value):
        inner = first[number] if number < len(first) else schema.get("items")
        found += faults(part, inner, whole, f"{place}[{number}]") if isinstance(inner, dict) else []
    return found
