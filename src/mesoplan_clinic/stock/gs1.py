"""Reads what a barcode scanner types: a GS1 DataMatrix or GS1-128 with the package's number, expiry and lot.

As GS1's General Specifications define them: elements begin with an application identifier; those of fixed length follow
one another, the others end with a separator (FNC1, which scanners send as the character 29) or with the code.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SEPARATOR = "\x1d"
_SYMBOLOGY = re.compile(r"^\](?:d2|C1|Q3|e0)")
_BRACKETED = re.compile(r"\((\d{2,4})\)([^()]*)")
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
"""Identifiers whose length is fixed, without a separator after them."""
_VARIABLE = {
    **{"10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "91": 90, "92": 90},
    **{"240": 30, "241": 30, "250": 30, "251": 30, "400": 30, "710": 20, "711": 20, "712": 20, "713": 20, "714": 20},
}
"""Identifiers that end with a separator or with the code, and the most that may stand there."""
_CENTURY_AHEAD, _CENTURY_BACK = 51, -50


@dataclass(frozen=True)
class Scanned:
    """What a code says; "" and None stand for what it does not say."""

    gtin: str = ""
    lot: str = ""
    expires_on: date | None = None


def read_code(text: str, today: date) -> Scanned:
    """Return what a scanned code says; a text that is no GS1 code is taken for a lot number typed by hand.

    Args:
        text: As the scanner typed it.
        today: The year of an expiry has two digits; they are read as near to this day.

    Raises:
        ValidationError: If it is a GS1 code of which a part cannot be used; the message names the part.
    """
    code = _SYMBOLOGY.sub("", text.strip()).lstrip(SEPARATOR)
    if code.startswith("("):
        elements = _bracketed(code)
    elif SEPARATOR in code or text.strip().startswith("]") or re.match(r"01\d{14}(?:\D|\d{2})", code):
        elements = _plain(code)
    else:
        return Scanned(lot=_lot(code))
    return Scanned(
        gtin=_gtin(elements["01"]) if "01" in elements else "",
        lot=_lot(elements["10"]) if "10" in elements else "",
        expires_on=_day(elements["17"], today) if "17" in elements else None,
    )


def _bracketed(code: str) -> dict[str, str]:
    found = {name: value.strip(f" {SEPARATOR}") for name, value in _BRACKETED.findall(code)}
    if not found or "".join(f"({name}){value}" for name, value in _BRACKETED.findall(code)) != code:
        raise ValidationError(
            _("“%(code)s” begins like a GS1 code and does not go on like one. Scan it again, or type the lot alone."),
            params={"code": code},
        )
    return found


def _plain(code: str) -> dict[str, str]:
    found: dict[str, str] = {}
    while code:
        name = next((code[:length] for length in (2, 3, 4) if code[:length] in {**_FIXED, **_VARIABLE}), "")
        if not name:
            raise ValidationError(
                _("After %(before)s the code goes on with “%(rest)s”, which is not known here. Type lot and expiry."),
                params={"before": ", ".join(f"({one})" for one in found) or _("its beginning"), "rest": code[:20]},
            )
        rest = code[len(name) :]
        if name in _FIXED:
            found[name], code = rest[: _FIXED[name]], rest[_FIXED[name] :].lstrip(SEPARATOR)
        else:
            found[name], _end, code = rest.partition(SEPARATOR)
    return found


def _gtin(value: str) -> str:
    """Return a GTIN whose check digit fits."""
    if not re.fullmatch(r"\d{14}", value):
        raise ValidationError(
            _("(01) %(value)s: a package's number has 14 digits. Scan the code again."), params={"value": value}
        )
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(value[:13]))
    if (10 - weighed % 10) % 10 != int(value[13]):
        raise ValidationError(
            _("(01) %(value)s: the check digit does not fit, so a digit was misread. Scan the code again."),
            params={"value": value},
        )
    return value


def _day(value: str, today: date) -> date:
    """Return YYMMDD as a date; day 00 is the last of its month."""
    if not re.fullmatch(r"\d{6}", value):
        raise ValidationError(
            _("(17) %(value)s: an expiry has six digits, YYMMDD. Scan the code again, or type it."),
            params={"value": value},
        )
    short, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    century = today.year // 100 * 100
    apart = short - today.year % 100
    year = century + short - (100 if apart >= _CENTURY_AHEAD else -100 if apart <= _CENTURY_BACK else 0)
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise ValidationError(
            _("(17) %(value)s: there is no such day. Scan the code again, or type the expiry."), params={"value": value}
        ) from None


def _lot(value: str) -> str:
    value = value.strip()
    if not re.fullmatch(r"[^\s\x00-\x1f](?:[^\x00-\x1f]{0,58}[^\s\x00-\x1f])?", value):
        raise ValidationError(
            _("“%(value)s” is no lot: one line of up to 60 characters. Read the package again."),
            params={"value": value[:80]},
        )
    return value
