"""The quality of a plan: what is to be expected, what may go wrong, and how much room is left.

By hand nobody knows where a puncture falls, so the numbers are the Boolean model's and say so (`known`: statistical).
A layout of exact places brings numbers that were measured on it, in the same form (`known`: measured). A cover always
stands beside the registration error it holds for; an ideal one never stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mesoplan.prescription.model import Basis, Limit

Known = Literal["statistical", "measured"]
Histogram = tuple[float, float, float, float, float]
"""Shares of an area hit exactly 0, 1, 2, 3 times, and 4 times or more."""


@dataclass(frozen=True, slots=True)
class CoverAfter:
    """The cover of a zone after a session of the course.

    Attributes:
        session: Its number in the course.
        mean: Expected share hit at least once, with the zone's `sigma_mm`.
        low: About 5 % of courses lie below.
        high: About 5 % of courses lie above.
        ideal: The same with every puncture in its exact place; None where no place is planned.
    """

    session: int
    mean: float
    low: float
    high: float
    ideal: float | None = None


@dataclass(frozen=True, slots=True)
class RegisteredCover:
    """The cover of the whole course with one registration error.

    Attributes:
        sigma_mm: Standard deviation of a session's shift along each axis.
        cover: Expected share hit at least once.
    """

    sigma_mm: float
    cover: float


@dataclass(frozen=True, slots=True)
class SpeedCase:
    """A hand that is faster or slower than planned, throughout.

    Attributes:
        factor: Its speed against the planned one.
        punctures_per_cm2: Density of a session.
        cover: Cover of a session.
        course_cover: Cover of the course, if every session to come is like that.
        twice_or_more: Share of the zone hit twice or more in a session.
    """

    factor: float
    punctures_per_cm2: float
    cover: float
    course_cover: float
    twice_or_more: float


@dataclass(frozen=True, slots=True)
class DepthCase:
    """A device that misses its depth by its tolerance.

    Attributes:
        tolerance_mm: Either way.
        planned_mm: The depth that is set.
        shallowest_mm: Set depth minus tolerance, at least 0.
        deepest_mm: Set depth plus tolerance.
    """

    tolerance_mm: float
    planned_mm: float
    shallowest_mm: float
    deepest_mm: float


@dataclass(frozen=True, slots=True)
class Clearance:
    """How near a zone comes to skin that is never punctured.

    Attributes:
        what: The contour of the eye, or a circle that the practitioner left out.
        given: The circle as the practitioner wrote it; empty for the eye.
        distance_mm: Smallest distance from its edge that is planned or was measured.
    """

    what: Literal["eye", "keep_out"]
    given: str
    distance_mm: float


@dataclass(frozen=True, slots=True)
class ZoneQuality:
    """The quality of one zone.

    Attributes:
        zone: Zone id.
        known: How its numbers are known.
        hits: How often the skin is hit in one session; None where there is no cover.
        course_hits: How often in the whole course.
        sigma_mm: Registration error of `course`; None where there is no cover.
        course: Cover after each session; empty where there is none.
        registration: Cover of the course with other errors; by hand the same with every one, for sessions are
            independent there.
        speed: A hand that is slower and one that is faster; empty where no hand glides.
        depth: A device that misses its depth; None where no device sets one.
        clearances: Skin nearby that is never punctured.
    """

    zone: str
    known: Known
    hits: Histogram | None
    course_hits: Histogram | None
    sigma_mm: float | None
    course: tuple[CoverAfter, ...]
    registration: tuple[RegisteredCover, ...]
    speed: tuple[SpeedCase, ...]
    depth: DepthCase | None
    clearances: tuple[Clearance, ...]

    def __post_init__(self) -> None:
        """Refuse a cover without the error it holds for."""
        if self.course and self.sigma_mm is None:
            raise ValueError(f"{self.zone}: a cover needs its registration error")


@dataclass(frozen=True, slots=True)
class Tightest:
    """The smallest margin of all limits of one name.

    Attributes:
        zones: Where it is that small; empty: in the session as a whole.
        limit: The limit.
    """

    zones: tuple[str, ...]
    limit: Limit


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit that holds as planned and would be passed in a worst case.

    Attributes:
        case: Which one: the device goes deeper, the hand is slower or faster.
        zone: Where; empty: in the session as a whole.
        name: The limit's name.
        by: By how much, in `unit`.
        unit: Unit of the limit.
        absolute: Whether the limit stops or asks for a reason.
    """

    case: Literal["deeper", "slower", "faster"]
    zone: str
    name: str
    by: float
    unit: str
    absolute: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What one session adds up to; None where nobody knows.

    Attributes:
        area_cm2: Area of all zones.
        punctures: Expected punctures of a device.
        points: Points of a syringe.
        volume_ml: Volume in the skin.
        minutes: Needling time of the pen, rounded up.
    """

    area_cm2: float
    punctures: float | None
    points: int | None
    volume_ml: float | None
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a plan.

    Attributes:
        zones: Zone by zone, in the order of the prescription.
        totals: What one session adds up to.
        limits: Every limit once, where its margin is smallest against the limit; the smallest first.
        passed: What would be passed in a worst case.
        bases: (name of the number, basis): `depth_tolerance_mm`, `speed_tolerance`, `sigma_mm`.
    """

    zones: tuple[ZoneQuality, ...]
    totals: Totals
    limits: tuple[Tightest, ...]
    passed: tuple[Passed, ...]
    bases: tuple[tuple[str, Basis], ...]

    def zone(self, zone: str) -> ZoneQuality | None:
        """Return one zone's quality, None for a zone that is not laid out."""
        return next((one for one in self.zones if one.zone == zone), None)
