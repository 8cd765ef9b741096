"""Turns the faults that pydantic finds in a file into problems: the place, the value, what is wrong, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mesoplan.errors import Problem

_FACT_KEYS = frozenset({"within", "before", "after", "margin", "age_below", "below", "at_least", "fact", "plausible"})
_QUOTE = "Put the value in quotes, or write a word."
_REMEDIES = {
    "string_type": _QUOTE,
    "float_type": "Write a number, without quotes and without its unit.",
    "float_parsing": "Write a number, without quotes and without its unit.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "bool_parsing": "Write true or false.",
    "bool_type": "Write true or false.",
    "tuple_type": "Write a list: `[...]`, or one line with `- ` for each entry.",
    "dict_type": "Write a mapping of `key: value`; a text has one sentence per language.",
    "model_type": "Write a mapping of `key: value`.",
    "model_attributes_type": "Write a mapping of `key: value`.",
    "too_short": "Give at least one entry.",
    "string_too_short": "Write the text, or leave the key out where it may be missing.",
    "date_from_datetime_parsing": "Write the date as YYYY-MM-DD.",
    "date_parsing": "Write the date as YYYY-MM-DD.",
    "date_type": "Write the date as YYYY-MM-DD.",
    "value_error": "Correct the entries of this item so that they agree.",
    "unknown_condition": "Use exactly one of these keys; join several conditions under `all:` or `any:`.",
    "greater_than": "Give a larger number.",
    "greater_than_equal": "Give a larger number.",
    "less_than_equal": "Give a smaller number.",
}


def problems_of(
    error: ValidationError, model: type[BaseModel], place: Callable[[Sequence[str | int]], str]
) -> Iterator[Problem]:
    """Yield one problem for each fault in `error`.

    Args:
        error: What pydantic raised.
        model: The model that refused the value; its keys are offered for an unknown key.
        place: Returns file and line of a path inside the refused value.
    """
    faults = error.errors(include_url=False)
    for fault in faults:
        path = fault["loc"]
        if fault["type"] == "too_short" and any(
            len(one["loc"]) > len(path) == _shared(one["loc"], path) for one in faults
        ):
            continue  # entries are there; their own faults are named
        if fault["type"] == "missing":
            key = str(path[-1])
            yield Problem(place(path[:-1]), key, f"the key `{key}` is missing", f"Add `{key}:` with its value.")
        elif fault["type"] == "extra_forbidden":
            key = str(path[-1])
            yield Problem(place(path), key, f"unknown key `{key}`", _nearest_key(key, model))
        elif fault["input"] is None:
            key = str(path[-1]) if path else ""
            yield Problem(
                place(path), "", f"`{key}` has no value yet", "Enter it, or remove the key or the whole item."
            )
        else:
            yield Problem(place(path), _shown(fault["input"]), _message(fault), _remedy(fault))


def _shared(first: Sequence[str | int], second: Sequence[str | int]) -> int:
    """Return the length of the common start of two paths."""
    return next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _message(fault: ErrorDetails) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _remedy(fault: ErrorDetails) -> str:
    kind = fault["type"]
    if kind == "string_type" and fault["loc"] and fault["loc"][-1] in _FACT_KEYS:
        return "Name the fact that carries the number; no number stands in a condition."
    if kind in ("literal_error", "enum"):
        return f"Use one of {fault['ctx']['expected']}."
    return _REMEDIES.get(kind, "Correct the value as the message says.")


def _shown(value: Any) -> str:
    """Return a value as it is shown in a message: mappings of scalars as written, others by their keys."""
    if isinstance(value, dict) and any(isinstance(part, dict | list) for part in value.values()):
        return "keys: " + ", ".join(map(str, value))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {part}" for key, part in value.items()) + "}"
    return str(value)


def _nearest_key(key: str, model: type[BaseModel]) -> str:
    near = difflib.get_close_matches(key, sorted(_keys(model, set())), n=1)
    return f"Write `{near[0]}`, or remove the key." if near else "Remove the key."


def _keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """Return the keys of a model and of all models inside it."""
    if model in seen:
        return set()
    seen.add(model)
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for inner in models_in(field.annotation):
            found |= _keys(inner, seen)
    return found


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that a field's type mentions, at any depth of unions, tuples and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from models_in(part)
