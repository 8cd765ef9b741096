"""Words, numbers and dates of one language: what every paper and the terminal say them with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

if TYPE_CHECKING:
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.knowledge.model import Quantity

NBSP = "\u00a0"
EN_DASH = "\u2013"
_REGIONS = {"en": "en_GB"}  # day before month, as the rest of the world reads it
_SHORT_DAYS = {"ru": "EEE, d MMM y"}
_SHORT_DAY = "EEE d MMM y"
_PLAIN_BELOW = {"ru": 10_000}  # numbers of four digits are written in one piece
_OPEN_FORMS = {"ru": {"one": "few", "few": "many"}}
"""Plural forms after "at least" and "up to" where they differ: Russian has the genitive there, another count's form."""
_CALENDAR_YEAR = "year"  # a name rather than a number: its thousands are never set apart
_DEFAULT = "en"


class Words:
    """The words of one language, and its way of writing numbers and dates.

    Attributes:
        language: The language asked for.
    """

    def __init__(self, knowledge: Knowledge, language: str) -> None:
        """Take the catalogue of a language; the sentences of an extension without it fall back to English.

        Raises:
            KeyError: If there is no catalogue in this language.
        """
        self.language = language
        self._words: Mapping[str, str] = knowledge.words(language)
        self._locale = Locale.parse(_REGIONS.get(language, language))

    def __call__(self, key: str, **values: object) -> str:
        """Return the words of a key with the values put in.

        Raises:
            KeyError: If the catalogue lacks the key, or a value for one of its places.
        """
        words = self._words[key]
        return words.format(**values) if values else words

    def __contains__(self, key: object) -> bool:
        """Return whether the catalogue has the key."""
        return key in self._words

    def family(self, prefix: str) -> dict[str, str]:
        """Return the words of all keys below `prefix.`, by the rest of their key; empty where there are none."""
        start = prefix + "."
        return {key.removeprefix(start): words for key, words in self._words.items() if key.startswith(start)}

    def count(self, key: str, number: float, **values: object) -> str:
        """Return the words for a number of things, in the plural form that the language asks for.

        Raises:
            KeyError: If the catalogue lacks the form.
        """
        form = self._locale.plural_form(number)
        return self(f"{key}.{form}", n=self.number(number), **values)

    def text(self, text: Mapping[str, str] | None) -> str:
        """Return a sentence of the knowledge, in English where it lacks the language; empty for None."""
        if text is None:
            return ""
        return text.get(self.language) or text.get(_DEFAULT) or next(iter(text.values()), "")

    def joined(self, parts: Iterable[str]) -> str:
        """Return the parts as a list in a sentence: `a, b and c`; empty for none."""
        every = list(parts)
        if len(every) < 2:
            return "".join(every)
        return self("list.and", first=", ".join(every[:-1]), last=every[-1])

    def number(self, value: float | Decimal, digits: int = 2) -> str:
        """Return a number rounded to at most `digits` decimals: never naked (0.5), never with trailing zeros."""
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        if abs(float(value)) < _PLAIN_BELOW.get(self.language, 0):
            pattern = pattern.replace(",##", "")
        shown = format_decimal(Decimal(str(value)), format=pattern, locale=self._locale)
        if shown in ("-0", "\u22120"):
            shown = "0"
        return shown.replace("\u202f", NBSP).replace("-", "\u2212")

    def at_least_shown(self, value: float, digits: int) -> str:
        """Return a number; one that is above zero but rounds to it prints as below the smallest shown: `<0.1`."""
        smallest = 10.0**-digits
        if 0 < value < smallest / 2:
            return self("range.below", value=self.number(smallest, digits))
        return self.number(value, digits)

    def span(self, low: float | None, high: float | None, digits: int = 2) -> str:
        """Return a range: `10–14`, one number where both ends print the same, `at least 10` where one end is open."""
        if low is None or high is None:
            key, end = ("range.at_most", high) if low is None else ("range.at_least", low)
            return "" if end is None else self(key, value=self.number(end, digits))
        first, last = self.number(low, digits), self.number(high, digits)
        return first if first == last else f"{first}{EN_DASH}{last}"

    def percent(self, fraction: float, digits: int = 0) -> str:
        """Return a fraction as a percentage."""
        return self("unit.percent", value=self.number(fraction * 100, digits))

    def percent_span(self, low: float, high: float) -> str:
        """Return a range of fractions as percentages."""
        return self("unit.percent", value=self.span(low * 100, high * 100, 0))

    def measure(self, value: float, unit: str, digits: int = 2) -> str:
        """Return a number with its unit, never broken over two lines."""
        return self._with_unit(self.number(value, digits), unit)

    def unit(self, unit: str) -> str:
        """Return a unit's sign; units without one in the catalogue print as they are."""
        key = f"unit.{unit}"
        return self(key) if key in self else unit

    def _with_unit(self, shown: str, unit: str) -> str:
        """Return a number and its unit; the sign of degrees stands close to its number."""
        sign = "" if unit == "1" else self.unit(unit)
        return shown + ("" if sign in ("", "\u00b0") else NBSP) + sign

    def quantity(self, quantity: Quantity | None) -> str:
        """Return a number or a range of the knowledge with its unit; empty for None."""
        if quantity is None:
            return ""
        unit = quantity.unit
        if unit == "1" and quantity.high is not None and quantity.high <= 1:
            low = None if quantity.low is None else quantity.low * 100
            return self("unit.percent", value=self.span(low, quantity.high * 100, 1))
        key = f"quantity.{unit}"
        if f"{key}.other" in self:
            last = quantity.high if quantity.high is not None else quantity.low
            form = self._locale.plural_form(last or 0)
            if quantity.low is None or quantity.high is None:
                form = _OPEN_FORMS.get(self.language, {}).get(form, form)
            if unit == _CALENDAR_YEAR and last is not None:
                return self(f"{key}.{form}", n=f"{last:.0f}")
            return self(f"{key}.{form}", n=self.span(quantity.low, quantity.high, 3))
        return self._with_unit(self.span(quantity.low, quantity.high, 3), unit)

    def day(self, day: date) -> str:
        """Return a date in full: `6 December 2026`."""
        shown = format_date(day, format="long", locale=self._locale)
        # The Russian short word for "year" ends in a full stop, which would stand doubled at the end of a sentence.
        parts = (f"{shown[:-2]}года" if shown.endswith("г.") else shown).split()
        return " ".join(NBSP.join(some) for some in (parts[:2], parts[2:]) if some)

    def weekday(self, day: date) -> str:
        """Return a date with its day of the week: `Sunday, 6 December 2026`."""
        return f"{format_date(day, format='EEEE', locale=self._locale)}, {self.day(day)}"

    def short_day(self, day: date) -> str:
        """Return a date with a short day of the week, for tables: `Sun 6 Dec 2026`; it does not break."""
        pattern = _SHORT_DAYS.get(self.language, _SHORT_DAY)
        return format_date(day, format=pattern, locale=self._locale).replace(" ", NBSP)

    def short_date(self, day: date) -> str:
        """Return a date for tables, where its day of the week means nothing: `6 Dec 2026`; it does not break."""
        return format_date(day, format="d MMM y", locale=self._locale).replace(" ", NBSP)

    def short_days(self, first: date, last: date) -> str:
        """Return a span of days for tables, month and year once where they are the same: `Thu 26 – Fri 27 Nov 2026`."""
        if first == last:
            return self.short_day(first)
        same = (first.year, first.month) == (last.year, last.month)
        pattern = _SHORT_DAYS.get(self.language, _SHORT_DAY).removesuffix(" MMM y")
        start = format_date(first, format=pattern, locale=self._locale).replace(" ", NBSP)
        return self("range.days", first=start if same else self.short_day(first), last=self.short_day(last))

    def days_of_months(self, days: Iterable[date]) -> str:
        """Return dates without their year, each month named once: `30 Nov, 2, 6 Dec`; empty for none."""
        months: dict[tuple[int, int], list[date]] = {}
        for day in days:
            months.setdefault((day.year, day.month), []).append(day)
        shown = []
        for every in months.values():
            last = format_date(every[-1], format="d MMM", locale=self._locale).replace(" ", NBSP)
            shown.append(", ".join([*(str(one.day) for one in every[:-1]), last]))
        return ", ".join(shown)

    def money(self, amount: str | Decimal, currency: str) -> str:
        """Return an exact amount with its currency; cents are shown only where there are some."""
        value = Decimal(amount) or Decimal(0)  # nothing less than nothing: no minus before a zero
        pattern = self._locale.currency_formats["standard"].pattern
        if value == value.to_integral_value():
            pattern = pattern.replace(".00", "")
        shown = format_currency(value, currency, format=pattern, locale=self._locale, currency_digits=False)
        return shown.replace("\u202f", NBSP).replace("-", "\u2212")


def sentence(text: str) -> str:
    """Return the text with a capital first letter; empty stays empty."""
    return text[:1].upper() + text[1:]


def within(text: str) -> str:
    """Return the text as it stands inside a sentence: with a small first letter, but for a word in capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2].isspace() else text
