"""What the core refuses, in the page's language: the sentences that what is typed on a page can provoke.

The core says what is wrong in English, for a terminal. Here each such sentence has its words for a page; one that has
none is shown as the core wrote it, marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from mesoplan.errors import Problem
from mesoplan.report.words import sentence

_DAY, _NUMBER = r"(?P<day>\d{4}-\d\d-\d\d)", r"\d+(?:\.\d+)?"
_FROM_TO = rf"(?P<low>{_NUMBER}) (?:to|and) (?P<high>{_NUMBER})"
# the core's message and remedy, one after the other, and what a page says for them
_SAID: tuple[tuple[str, str], ...] = (
    (
        rf"this lies before the session of {_DAY}",
        gettext_noop("This lies before the session of %(day)s. Check the day."),
    ),
    (rf"this lies after the report of {_DAY}", gettext_noop("This day is still to come. Check it.")),
    (rf"this lies before its onset {_DAY}", gettext_noop("This lies before the first day, %(day)s. Check both.")),
    (
        "a day stands here, and resolved is",
        gettext_noop("A day is entered, but not that it is over. Answer “Yes”, or take the day out."),
    ),
    (rf"outside the range of .* It runs from {_FROM_TO}", gettext_noop("The scale runs from %(low)s to %(high)s.")),
    (r"\w+ takes whole numbers only", gettext_noop("This scale takes whole numbers only.")),
    ("this lot was not used", gettext_noop("This lot was not used in that session.")),
    (r"this lies before (?P<time>\d\d:\d\d)", gettext_noop("This lies before %(time)s. Check both times.")),
    (
        rf"by the clinic's list this lot expires on {_DAY}",
        gettext_noop("By the clinic’s list this lot expires on %(day)s. Read the package again."),
    ),
    (
        rf"the session (?:before|after it) was on {_DAY}",
        gettext_noop("Another session was on %(day)s: sessions are recorded in order. Check the day."),
    ),
    ("this session is recorded already", gettext_noop("This session is recorded already. Add a correction to it.")),
    (r"the next session to be recorded is (?P<low>\d+)", gettext_noop("Session %(low)s is to be recorded first.")),
    ("settings stand beside it", gettext_noop("The zone was not done, but settings are entered. Correct one of them.")),
    ("a number below 0", gettext_noop("A number below 0 cannot be right.")),
    ("not a number", gettext_noop("This is no number.")),
    (
        rf"this area is not plausible for the zone.* between {_FROM_TO}",
        gettext_noop("This area cannot be right: enter between %(low)s and %(high)s cm²."),
    ),
    (
        rf"no (?:scar|zone) has this width and height.* between {_FROM_TO}",
        gettext_noop("This size cannot be right: enter sides between %(low)s and %(high)s cm."),
    ),
    (
        rf"a scar of .* is larger than the zone.* at most (?P<high>{_NUMBER})",
        gettext_noop("The scar is larger than its zone, which has at most %(high)s cm². Enter what lies in it."),
    ),
    ("the circle touches no zone", gettext_noop("A place kept out lies on no zone. Move it, or remove it.")),
    (
        rf"the circle's radius on the skin is .* up to (?P<high>{_NUMBER})",
        gettext_noop("A place kept out is too large: its radius is at most %(high)s mm. Leave the zone out instead."),
    ),
    (
        "the shape of this zone is not known",
        gettext_noop("A place is kept out in a zone without a size. Enter the size, or remove the place."),
    ),
    ("the zone has both an area and", gettext_noop("An area and a size are entered. Give one of them.")),
    (
        rf"this lies after {_DAY}, the day it is for",
        gettext_noop("Something that was signed, placed or read is dated after %(day)s. Correct its day."),
    ),
    (
        rf"the answers were given on {_DAY}, after this day",
        gettext_noop("The answers are of %(day)s, after this day. Choose that day or a later one."),
    ),
    ("not a plausible date", gettext_noop("This cannot be the date: check the year.")),
    ("there are no signed answers", gettext_noop("There are no signed answers. Ask the client, and have them signed.")),
)
_KNOWN = tuple((re.compile(pattern), words) for pattern, words in _SAID)


@dataclass(frozen=True)
class Line:
    """One thing that is wrong.

    Attributes:
        text: In the language of the page, or as the core wrote it.
        language: "en" where it is the core's own, "" where it is the page's.
        field: The last part of the core's place: what of the entry it is about.
    """

    text: str
    language: str
    field: str


def line(problem: Problem, zone: Callable[[str], str] | None = None) -> Line:
    """Return a problem for a page.

    Args:
        problem: Of the core.
        zone: How a zone is called, for what is said of one zone's size; None where no zone is meant.
    """
    field, whole = problem.place.rpartition(": ")[2], f"{problem.message}. {problem.remedy}"
    for pattern, words in _KNOWN:
        found = pattern.match(whole)
        if found is not None:
            text = _(words) % {name: _shown(name, value) for name, value in found.groupdict().items()}
            return Line(f"{_of(problem, zone)}{text}", "", field)
    given = f" ({problem.value})" if problem.value else ""
    return Line(sentence(f"{problem.message}{given}. {problem.remedy}"), "en", field)


def lines(problems: Iterable[Problem], zone: Callable[[str], str] | None = None) -> list[Line]:
    """Return problems for a page, each once."""
    return list(dict.fromkeys(line(one, zone) for one in problems))


def _of(problem: Problem, zone: Callable[[str], str] | None) -> str:
    name = problem.value.partition("=")[0] if "=" in problem.value else ""
    return f"{sentence(zone(name))}: " if zone is not None and name else ""


def _shown(name: str, value: str) -> str:
    if name == "day":
        return date_format(date.fromisoformat(value), "j E Y")
    return value if name == "time" else value.replace(".", get_format("DECIMAL_SEPARATOR"))
