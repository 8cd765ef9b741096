"""Circles drawn on a photo: what is not to be punctured, as the page sends them and as the core takes them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from mesoplan.report.names import Names
from mesoplan.surface.model import Surface
from mesoplan_clinic.plans.services import ON_PHOTO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mesoplan_clinic.photos.models import Photo

MOST_CIRCLES = 60


class BadDrawing(Exception):
    """What was sent is no list of circles on the photo."""


def circles_in(sent: str, photo: Photo) -> list[str]:
    """Return the sent circles as the core takes them: `photo:X,Y,R` in pixels of the photo.

    Args:
        sent: JSON: [[x, y, radius], ...].
        photo: The photo that they lie on.

    Raises:
        BadDrawing: If anything in it is no circle on this photo.
    """
    try:
        rows = json.loads(sent)
        circles = [tuple(float(value) for value in row) for row in rows]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadDrawing from error
    most = max(photo.width, photo.height)
    for circle in circles:
        if len(circle) != 3 or not all(math.isfinite(value) for value in circle):
            raise BadDrawing
        x, y, radius = circle
        if not (0 <= x <= photo.width and 0 <= y <= photo.height and 0 < radius <= most):
            raise BadDrawing
    if len(circles) > MOST_CIRCLES:
        raise BadDrawing
    return [f"{ON_PHOTO}{x:.1f},{y:.1f},{radius:.1f}" for x, y, radius in circles]


def circles_of(keep_outs: Iterable[str]) -> list[list[float]]:
    """Return the circles among the kept texts that lie on the photo."""
    found = []
    for text in keep_outs:
        if text.startswith(ON_PHOTO):
            found.append([float(value) for value in text.removeprefix(ON_PHOTO).split(",")])
    return found


def drawn_zones(surface: Surface, goals: Iterable[str], names: Names, photo: Photo) -> list[dict[str, Any]]:
    """Return the outlines of the zones in pixels of the photo, the goals marked."""
    ratio = photo.width / surface.picture_size[0]
    wished = set(goals)
    return [
        {
            "points": " ".join(f"{x * ratio:.1f},{y * ratio:.1f}" for x, y in one.points),
            "name": names.zone(one.zone),
            "goal": one.zone in wished,
        }
        for one in surface.outlines
    ]
