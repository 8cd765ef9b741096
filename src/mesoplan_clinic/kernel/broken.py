"""What a page cannot be made of: a record that is not as it was written, a plan of another knowledge base.

Nothing is planned or treated over either, and every page says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesoplan_clinic.kernel.rows import ClientRow


class BrokenRecord(Exception):
    """A course's record is not as it was written.

    Attributes:
        course: Whose record it is.
        number: The first entry that is not.
    """

    def __init__(self, course: ClientRow, number: int) -> None:
        """Keep the course and the entry."""
        super().__init__(f"course {course.pk}: entry {number} is not as it was written")
        self.course = course
        self.number = number


class OtherKnowledge(Exception):
    """A plan speaks of techniques, zones or goals that this server's knowledge base does not have.

    Attributes:
        course: Whose plan it is.
        names: What is not there, by the ids of the base that had it.
    """

    def __init__(self, course: ClientRow, names: tuple[str, ...]) -> None:
        """Keep the course and the names."""
        super().__init__(f"course {course.pk}: the knowledge has no {', '.join(names)}")
        self.course = course
        self.names = names
