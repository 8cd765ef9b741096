"""The calendar file, read back with a parser."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from icalendar import Calendar

from mesoplan.course.model import Appointment, Course, Restriction
from mesoplan.exchange.ical import calendar_bytes

WORDS = {
    "calendar.name": "Курс процедур",
    "calendar.provisional": "предварительно",
    "calendar.session": "Процедура {number} из {sessions}; запятая, и точка с запятой",
    "calendar.allergy_test": "Проба на аллергию",
    "calendar.reading": "Считывание пробы",
    "calendar.follow-up": "Контроль после процедуры {number}",
    "calendar.restriction": "Нельзя: {ban}",
    "allergy_test.second_reading": "Второе считывание: " + "очень длинный текст, который надо переносить, " * 4,
    "followup.day_1": "День 1",
    "ban.sun": "солнце",
}
D = date(2028, 2, 28)
COURSE = Course(
    sessions=5,
    sessions_done=0,
    sessions_low=4,
    sessions_high=6,
    deciding_indication="wrinkles",
    interval_days=14,
    interval_minimum_days=10,
    appointments=(
        Appointment("allergy test", 1, D, D),
        Appointment("reading", 1, D + timedelta(days=3), D + timedelta(days=4), (), "allergy_test.second_reading"),
        Appointment("session", 1, D + timedelta(days=4), D + timedelta(days=4)),
        Appointment("follow-up", 1, D + timedelta(days=5), D + timedelta(days=5), (), "followup.day_1"),
    ),
    restrictions=(Restriction("sun", D + timedelta(days=4), D + timedelta(days=18), (1,), "refuse", ()),),
    quote=None,
    next_course_from=None,
    provisional=False,
    asked=(),
    bases=(),
)


def written(course: Course = COURSE, **changes: object) -> bytes:
    return calendar_bytes(course, on=D, subject="client 7", words=WORDS, **changes)  # type: ignore[arg-type]


def events(data: bytes) -> list[dict[str, object]]:
    return [
        {
            "uid": str(one["uid"]),
            "start": one.decoded("dtstart"),
            "end": one.decoded("dtend"),
            "summary": str(one["summary"]),
            "description": str(one.get("description", "")),
            "status": str(one["status"]),
        }
        for one in Calendar.from_ical(data).walk("VEVENT")
    ]


def test_every_appointment_and_restriction_comes_back_with_its_days_and_words() -> None:
    found = events(written())
    assert [(one["start"], one["end"], one["summary"]) for one in found] == [
        (date(2028, 2, 28), date(2028, 2, 29), "Проба на аллергию"),
        (date(2028, 3, 2), date(2028, 3, 4), "Считывание пробы"),
        (date(2028, 3, 3), date(2028, 3, 4), "Процедура 1 из 5; запятая, и точка с запятой"),
        (date(2028, 3, 4), date(2028, 3, 5), "Контроль после процедуры 1"),
        (date(2028, 3, 3), date(2028, 3, 17), "Нельзя: солнце"),
    ]
    assert found[1]["description"] == WORDS["allergy_test.second_reading"]
    assert all(type(one["start"]) is date for one in found)  # all day: a date, not a time


def test_lines_are_folded_for_the_standard_and_end_with_carriage_return_and_line_feed() -> None:
    lines = written().split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in b"".join(lines)
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]


def test_the_same_course_gives_the_same_bytes_and_stamps_only_the_day_of_planning() -> None:
    data = written()
    assert data == written()
    assert {line for line in data.split(b"\r\n") if line.startswith(b"DTSTAMP")} == {b"DTSTAMP:20280228T000000Z"}


def test_a_moved_session_keeps_its_identity_and_another_client_has_another() -> None:
    week = timedelta(days=7)
    moved = tuple(replace(one, day=one.day + week, last_day=one.last_day + week) for one in COURSE.appointments)
    before, after = (events(written(course)) for course in (COURSE, replace(COURSE, appointments=moved)))
    assert [one["uid"] for one in before] == [one["uid"] for one in after]
    assert len({one["uid"] for one in before}) == len(before)
    other = events(calendar_bytes(COURSE, on=D, subject="client 8", words=WORDS))
    assert not {str(one["uid"]) for one in before} & {str(one["uid"]) for one in other}


def test_the_subject_is_nowhere_readable() -> None:
    assert b"client" not in written()


def test_a_provisional_course_says_so_in_every_event() -> None:
    found = events(written(replace(COURSE, provisional=True)))
    assert all(str(one["summary"]).startswith("предварительно: ") and one["status"] == "TENTATIVE" for one in found)
    assert {one["status"] for one in events(written())} == {"CONFIRMED"}


def test_restrictions_can_be_left_out_and_a_course_without_dates_is_an_empty_calendar() -> None:
    assert len(events(written(restrictions=False))) == 4
    assert events(written(replace(COURSE, appointments=(), restrictions=()))) == []


def test_a_missing_word_is_an_error_and_never_an_empty_title() -> None:
    with pytest.raises(KeyError, match=r"ban\.sun"):
        calendar_bytes(COURSE, on=D, subject="x", words={key: WORDS[key] for key in WORDS if key != "ban.sun"})
