"""Dates and clock times as people give them: `2025-03-01`, `2025-03-07T16:30`. Nothing is guessed.

A room of its own because the command line reads them now as files will: with one set of messages.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date, datetime

from trialcal.files.phrases import Mistake, check_digits
from trialcal.subject import Partly

YEARS = (1900, 2200)
_ISO = re.compile(r"([0-9]{4})-([0-9][0-9])-([0-9][0-9])(?:[T ]([0-9][0-9]):([0-9][0-9]))?")
_NUMBERS = re.compile(r"([0-9]{1,4})[./ -]([0-9]{1,2})[./ -]([0-9]{1,4})")


def parse_date(text: str) -> tuple[date, datetime | None]:
    """Read a date, with its clock time where one is given. Raises Mistake."""
    check_digits(text)
    found = _ISO.fullmatch(text.strip())
    if not found:
        raise _other_form(text.strip())
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if not YEARS[0] <= year <= YEARS[1]:
        raise Mistake(f"'{text}': the year {year} is out of range", f"years from {YEARS[0]} to {YEARS[1]}")
    if not 1 <= month <= 12:
        raise Mistake(f"'{text}': there is no month {month}", "write year-month-day, as 2025-03-01")
    if not 1 <= day <= monthrange(year, month)[1]:
        last = monthrange(year, month)[1]
        raise Mistake(f"'{text}': {month_name[month]} {year} has {last} days, not {day}", "check the day")
    when = date(year, month, day)
    if found[4] is None:
        return when, None
    hour, minute = int(found[4]), int(found[5])
    if hour > 23 or minute > 59:
        hint = "the clock goes from 00:00 to 23:59; midnight is 00:00 of the next day"
        raise Mistake(f"'{text}': there is no time {hour:02}:{minute:02}", hint)
    return when, datetime(year, month, day, hour, minute)


def parse_day(text: str) -> date:
    """Read a date without a clock time. Raises Mistake."""
    day, clock = parse_date(text)
    if clock is not None:
        raise Mistake(f"'{text.strip()}' has a clock time", f"write the date alone: {day.isoformat()}")
    return day


def parse_partial(text: str) -> tuple[date, datetime | None] | Partly:
    """Read a date as `parse_date` does, or the month or year that alone is known of it. Raises Mistake."""
    check_digits(text)
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9][0-9]))?", text.strip())
    if not found:
        return parse_date(text)
    year, month = int(found[1]), int(found[2] or 1)
    parse_date(f"{year:04}-{month:02}-01")  # for its messages
    last = date(year, 12, 31) if found[2] is None else date(year, month, monthrange(year, month)[1])
    return Partly(text.strip(), date(year, month, 1), last)


def _other_form(text: str) -> Mistake:
    shown = "".join(c if c.isprintable() else "?" for c in text[:40])
    wanted = "write year-month-day, as 2025-03-01, with a clock time as 2025-03-01T16:30"
    numbers = _NUMBERS.fullmatch(text)
    if numbers:
        first, second, third = (int(number) for number in numbers.groups())
        if len(numbers[1]) == 4:
            days = [_iso(first, second, third)]
        elif len(numbers[3]) == 4:
            days = [_iso(third, second, first), _iso(third, first, second)]
        else:
            days = []
        found = list(dict.fromkeys(day for day in days if day))
        if len(found) == 2:
            return Mistake(f"'{shown}' can be read in two ways", f"write {found[0]} or {found[1]}")
        if found:
            return Mistake(f"'{shown}' is not written as a date here", f"write {found[0]}")
    if re.fullmatch(r"[0-9]{4}-[0-9][0-9]", text):
        return Mistake(f"'{shown}' is a month, not a day", wanted)
    if re.match(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ]", text):
        return Mistake(f"'{shown}' has a clock time that is not understood", "write hours and minutes, as T16:30")
    if re.fullmatch(r"[0-9]{8}", text) and (day := _iso(int(text[:4]), int(text[4:6]), int(text[6:]))):
        return Mistake(f"'{shown}' is not written as a date here", f"write {day}")
    return Mistake(f"'{shown}' is not a date", wanted)


def _iso(year: int, month: int, day: int) -> str:
    """Give a date in its one form, or "" where there is no such date."""
    try:
        return date(year, month, day).isoformat() if YEARS[0] <= year <= YEARS[1] else ""
    except ValueError:
        return ""
