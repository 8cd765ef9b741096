"""Sealed fields: values that the database holds encrypted, each bound to its table, column and row.

AES-256-GCM with a random nonce. What it is bound to is authenticated: a value copied into another row or column does
not open. A sealed value starts with the number of its key, so that keys can be changed while old values stay readable.
"""

from __future__ import annotations

import json
import secrets
import zlib
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from mesoplan_clinic.kernel.keys import FILE, load_keys

_HEAD = 4
_NONCE = 12
_PLAIN, _PACKED = b"-", b"z"
_PACKED_FROM = 512
_Value = TypeVar("_Value")


class SealError(Exception):
    """A sealed value does not open: it was altered, moved, or its key is missing."""


def seal(value: bytes, bound_to: str) -> bytes:
    """Return a value sealed with the current key."""
    ring = settings.KEYS
    nonce = secrets.token_bytes(_NONCE)
    return (
        ring.current.to_bytes(_HEAD, "big")
        + nonce
        + _cipher(ring.data[ring.current]).encrypt(nonce, value, bound_to.encode())
    )


def unseal(sealed: bytes, bound_to: str) -> bytes:
    """Return what was sealed.

    Raises:
        SealError: If it does not open in this place.
    """
    sealed = bytes(sealed)
    key = _key(key_number(sealed))
    if key is None:
        raise SealError(f"{bound_to}: sealed with key {key_number(sealed)}, which is not among the keys")
    try:
        nonce = sealed[_HEAD : _HEAD + _NONCE]
        return _cipher(key).decrypt(nonce, sealed[_HEAD + _NONCE :], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError(f"{bound_to}: the value was altered, or belongs to another place") from error


def key_number(sealed: bytes) -> int:
    """Return the number of the key that a value is sealed with."""
    return int.from_bytes(bytes(sealed[:_HEAD]), "big")


def _key(number: int) -> bytes | None:
    """Return a data key; one that was made since this process began is looked up in the key file, None without it."""
    if number not in settings.KEYS.data and (Path(settings.HOME) / FILE).exists():
        with suppress(ValueError):
            ring = load_keys(Path(settings.HOME))
            settings.KEYS = replace(settings.KEYS, current=ring.current, data=settings.KEYS.data | ring.data)
    found: bytes | None = settings.KEYS.data.get(number)
    return found


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


class SealedField(Generic[_Value]):
    """A model's attribute whose value the database holds sealed, in the column `<name>_sealed`.

    The row's key must be known before the value is set: use it on models whose primary key is made here (UUID).
    None stays NULL.
    """

    def __init__(self, *, null: bool = False) -> None:
        """Declare the attribute; `null`: it may be absent."""
        self.null = null

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        """Add the column and the attribute to a model; Django calls this."""
        column = f"{name}_sealed"
        cls.add_to_class(column, models.BinaryField(null=self.null, editable=False))

        def get(instance: models.Model) -> _Value:
            opened = instance.__dict__.get(name, _CLOSED)
            stored = getattr(instance, column)
            if opened is _CLOSED or opened[0] is not stored:
                value = None if stored is None else self._decoded(_unpacked(unseal(stored, place_of(instance, column))))
                opened = instance.__dict__[name] = (stored, value)
            found: _Value = opened[1]
            return found

        def put(instance: models.Model, value: _Value) -> None:
            stored = None if value is None else seal(_packed(self._encoded(value)), place_of(instance, column))
            setattr(instance, column, stored)
            instance.__dict__[name] = (stored, value)

        setattr(cls, name, property(get, put))

    if TYPE_CHECKING:  # what that property gives and takes

        @overload
        def __get__(self, instance: None, owner: type[models.Model]) -> Self: ...
        @overload
        def __get__(self, instance: models.Model, owner: type[models.Model]) -> _Value: ...
        def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Self | _Value: ...
        def __set__(self, instance: models.Model, value: _Value) -> None: ...

    def _encoded(self, value: Any) -> bytes:
        return bytes(value)

    def _decoded(self, value: bytes) -> Any:
        return value


_CLOSED = object()


def _packed(value: bytes) -> bytes:
    """Return a value compressed where that makes it smaller; what is sealed can no longer be compressed."""
    if len(value) >= _PACKED_FROM:
        packed = zlib.compress(value, 6)
        if len(packed) < len(value):
            return _PACKED + packed
    return _PLAIN + value


def _unpacked(value: bytes) -> bytes:
    return zlib.decompress(value[1:]) if value[:1] == _PACKED else value[1:]


class SealedBytes(SealedField[_Value]):
    """Bytes."""

    if TYPE_CHECKING:

        @overload
        def __init__(self: SealedBytes[bytes], *, null: Literal[False] = False) -> None: ...
        @overload
        def __init__(self: SealedBytes[bytes | None], *, null: Literal[True]) -> None: ...
        def __init__(self, *, null: bool = False) -> None: ...


class SealedText(SealedField[_Value]):
    """A text."""

    if TYPE_CHECKING:

        @overload
        def __init__(self: SealedText[str], *, null: Literal[False] = False) -> None: ...
        @overload
        def __init__(self: SealedText[str | None], *, null: Literal[True]) -> None: ...
        def __init__(self, *, null: bool = False) -> None: ...

    def _encoded(self, value: Any) -> bytes:
        return str(value).encode()

    def _decoded(self, value: bytes) -> Any:
        return value.decode()


class SealedJson(SealedField[_Value]):
    """A value of JSON, declared with its type; replace it whole, a change inside it is not noticed."""

    def _encoded(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def _decoded(self, value: bytes) -> Any:
        return json.loads(value)


def stored_of(instance: models.Model, name: str) -> bytes:
    """Return a sealed attribute as the database holds it, empty where it is absent."""
    return bytes(getattr(instance, f"{name}_sealed") or b"")


def place_of(instance: models.Model, column: str) -> str:
    """Return what a value is bound to: table, column and row."""
    return f"{instance._meta.db_table}|{column}|{instance.pk}"


def sealed_columns() -> list[tuple[type[models.Model], str]]:
    """Return every sealed column of every model, for the change of keys."""
    from django.apps import apps

    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if field.name.endswith("_sealed")
    ]
