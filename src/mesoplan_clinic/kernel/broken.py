"""A course's record that is not as it was written: nothing is planned or treated over it, and every page says so."""

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
