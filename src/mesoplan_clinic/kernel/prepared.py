"""Rows by equal columns, with a statement that is written once: writing it takes longer than the database needs."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

_Row = TypeVar("_Row", bound=models.Model)


def rows(model: type[_Row], *, most: int | None = None, without: tuple[str, ...] = (), **equal: Any) -> list[_Row]:
    """Return the rows whose columns equal these values, in the model's order; none where there are none.

    Args:
        model: Whose.
        most: How many at most.
        without: Fields that are read only when asked for.
        **equal: Field -> value; a row of another model by its key.
    """
    names = tuple(sorted(equal))  # as Django orders them
    absent = tuple(name for name in names if equal[name] is None)
    statement = _statement(model, connection.vendor, names, absent, without, most is not None)
    fields = [_field(model, name) for name in names if name not in absent]
    values = [field.get_db_prep_value(equal[field.name], connection) for field in fields]
    return list(model._base_manager.raw(statement, values if most is None else [*values, most]))


@cache
def _statement(
    model: type[models.Model],
    vendor: str,
    names: tuple[str, ...],
    absent: tuple[str, ...],
    without: tuple[str, ...],
    limited: bool,
) -> str:
    """Return the statement as Django writes it for this database."""
    found = model._base_manager.order_by(*(model._meta.ordering or ())).defer(*without)
    example = {name: None if name in absent else _example(model, name) for name in names}
    statement, values = found.filter(**example).query.sql_with_params()
    assert len(values) == len(names) - len(absent), (vendor, statement)
    return f"{statement} LIMIT %s" if limited else statement


def _example(model: type[models.Model], name: str) -> Any:
    """Return a value that the field takes; only its place in the statement counts."""
    field = _field(model, name)
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    return "0" * 32 if isinstance(target, models.UUIDField) else "1"


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field), f"{name} is no column of {model.__name__}"
    return field
