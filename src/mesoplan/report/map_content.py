"""What the map in space shows: plain data in, so that it can be drawn from any plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesoplan.exchange.rows import Mode
    from mesoplan.layout.punctures import Punctures


@dataclass(frozen=True, slots=True)
class ZoneCard:
    """What is told of one zone.

    Attributes:
        name: Its name in the language of the map.
        rows: Labels and values of its settings, in order.
    """

    name: str
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MapCover:
    """Cover expected after a session: what is to be counted on, and what it would be on paper.

    Attributes:
        expected: Share hit at least once. For `exact` dots with the registration error, for an example by free hand.
        sigma_mm: That registration error; None by free hand, where places are not repeated at all.
        low, high: Between what it lies from course to course, None where that is not known.
        ideal: Share with every puncture exactly in its place, None where it means nothing.
    """

    expected: float
    sigma_mm: float | None = None
    low: float | None = None
    high: float | None = None
    ideal: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """Everything that the map shows.

    Attributes:
        punctures: Every puncture, and the skin.
        mode: What the dots are.
        cover: Of the whole course, after each session; None where it was not computed.
        cards: What is told of each zone, by zone id; a zone without one is shown by its id.
        heading: Who it is for: lines below the title.
        warnings: What must be known first (provisional, example clinic), each a line; the state of the sides is added.
        session_names: A line for each session, such as its day; empty for none.
        first_shown: The session that is shown first, 1 for the first.
    """

    punctures: Punctures
    mode: Mode
    cover: tuple[MapCover | None, ...]
    cards: Mapping[str, ZoneCard] = field(default_factory=dict)
    heading: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    session_names: tuple[str, ...] = ()
    first_shown: int = 1

    def __post_init__(self) -> None:
        """Refuse what could be misread.

        Raises:
            ValueError: If the numbers of sessions differ, or an exact layout states a cover without its registration
                error: the ideal never stands alone.
        """
        sessions = self.punctures.sessions
        if len(self.cover) != sessions or len(self.session_names) not in (0, sessions):
            raise ValueError(f"cover or names of other than {sessions} sessions")
        if not 1 <= self.first_shown <= sessions:
            raise ValueError(f"session {self.first_shown} of {sessions} cannot be shown first")
        if self.mode == "exact" and any(one is not None and one.sigma_mm is None for one in self.cover):
            raise ValueError("the cover of exact places is never stated without its registration error")
