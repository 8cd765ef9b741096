"""Optimistic locking: whoever saves names the version they saw; a stale save changes nothing."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F


class Stale(Exception):
    """Somebody else saved in between.

    Attributes:
        theirs: The row as it stands now.
    """

    def __init__(self, theirs: Versioned) -> None:
        """Keep the row as it stands."""
        super().__init__(f"{theirs._meta.label} {theirs.pk} is at version {theirs.version}")
        self.theirs = theirs


class Versioned(models.Model):
    """A row that can be edited by several people."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        """No table of its own."""

        abstract = True

    def save_as(self, seen: int, fields: list[str]) -> None:
        """Save these columns if the row is still at the version that was seen.

        Args:
            seen: Version that the editor saw.
            fields: Names of the columns to write; a sealed attribute is named by itself.

        Raises:
            Stale: If it is not; nothing was written.
        """
        model = type(self)
        known = {field.name for field in model._meta.concrete_fields}
        columns = [name if name in known else f"{name}_sealed" for name in fields]
        values: dict[str, Any] = {name: getattr(self, name) for name in columns}
        changed = model._base_manager.filter(pk=self.pk, version=seen).update(**values, version=F("version") + 1)
        if not changed:
            raise Stale(model._base_manager.get(pk=self.pk))
        self.version = seen + 1
