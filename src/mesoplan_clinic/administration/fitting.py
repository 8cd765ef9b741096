"""Do the keys of this data folder open what is sealed in its database? Asked of each kind of value, first and last."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from mesoplan_clinic.administration.backup import columns_of
from mesoplan_clinic.kernel.sealed import SealError, place_of, sealed_columns, unseal


def unopened() -> str | None:
    """Return what to do where the keys open none, or not all, of the values looked at; None where all open."""
    opened = list(_opened())
    closed = opened.count(False)
    if not closed:
        return None
    if closed == len(opened):
        return f"The keys of {settings.HOME} open nothing of these data: put the keys.json there that belongs to them."
    return (
        f"The keys of {settings.HOME} do not open {closed} of {len(opened)} values looked at: they were altered, "
        "or sealed with a key that is missing. Put the newest copy of keys.json there, or restore a backup."
    )


def _opened() -> Iterator[bool]:
    """Yield whether a value opens; what an earlier version's tables do not have yet is left out."""
    for model, column in sealed_columns():
        if column not in columns_of(model._meta.db_table):
            continue
        sealed = model._base_manager.exclude(**{column: None}).order_by("pk").only(column)
        for row in filter(None, {sealed.first(), sealed.last()}):
            try:
                unseal(getattr(row, column), place_of(row, column))
            except SealError:
                yield False
            else:
                yield True
