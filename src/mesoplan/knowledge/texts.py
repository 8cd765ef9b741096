"""Every text in the knowledge base, with an id of its own: what a translator works through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from mesoplan.knowledge.model import TextMark

TextPath = tuple[str | int, ...]


def texts_in(item: BaseModel, path: TextPath = ()) -> Iterator[tuple[TextPath, Mapping[str, str]]]:
    """Yield (path inside the item, text) of every text of an item and of all models inside it."""
    for name, is_text in _text_fields(type(item)):
        value = getattr(item, name)
        if value is None:
            continue
        if is_text:
            many = isinstance(value, tuple)
            yield from (((*path, name, n), one) for n, one in enumerate(value)) if many else [((*path, name), value)]
        elif isinstance(value, tuple):
            for number, part in enumerate(value):
                if isinstance(part, BaseModel):
                    yield from texts_in(part, (*path, name, number))
        elif isinstance(value, BaseModel):
            yield from texts_in(value, (*path, name))


@cache
def _text_fields(model: type[BaseModel]) -> tuple[tuple[str, bool], ...]:
    """Return (field, whether it is a text or a tuple of texts) of the fields that are texts or may hold some."""
    found = []
    for name, field in model.model_fields.items():
        is_text = any(isinstance(mark, TextMark) for mark in field.metadata) or _mentions_text(field.annotation)
        if is_text or any(isinstance(part, type) and issubclass(part, BaseModel) for part in _leaves(field.annotation)):
            found.append((name, is_text))
    return tuple(found)


def _mentions_text(annotation: Any) -> bool:
    if any(isinstance(mark, TextMark) for mark in getattr(annotation, "__metadata__", ())):
        return True
    return any(_mentions_text(part) for part in get_args(annotation))


def _leaves(annotation: Any) -> Iterator[Any]:
    parts = get_args(annotation) if get_origin(annotation) is not None else ()
    if not parts:
        yield annotation
    for part in parts:
        yield from _leaves(part)


def raw_texts(raw: object, prefix: str, language: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (text id, mapping) of every mapping that carries `language`, in a value as read from a file.

    The id is the path with list entries by their id or code, else their number: `questions/pregnancy/text`,
    `facts/recovery.days/claims/s0-one-day/says`.
    """
    if isinstance(raw, dict):
        if isinstance(raw.get(language), str):
            yield prefix, raw
            return
        for key, value in raw.items():
            yield from raw_texts(value, f"{prefix}/{key}", language)
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            name = value.get("id", value.get("code", number)) if isinstance(value, dict) else number
            yield from raw_texts(value, f"{prefix}/{name}", language)
