"""Dates as a plan prints them: never broken over two lines, weekends so that nobody can miss them.

A room of its own because every part of a plan writes dates. In tables, where a date stands alone, the weekday of a
weekend is also in capitals, for printers without colours; sentences stay as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from rich.text import Text

from trialcal.telling import clock_told, day_told
from trialcal.writers.page import GLUE, glued, ink, joined

_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TOLD = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d( \d\d:\d\d)?")
_WEEKEND = "magenta"


def date_inked(day: date) -> Text:
    """Write a date with its weekday: `Wed 2025-02-26`, `SAT 2025-03-01`."""
    return _weekday_inked(day_told(day.toordinal()), day)


def clock_inked(clock: datetime) -> Text:
    """Write a clock time with its date: `SUN 2025-03-09 16:30`."""
    return _weekday_inked(clock_told(clock), clock)


def short_inked(day: date, *, month: bool = True, year: bool = False) -> Text:
    """Write a date in short, `Wed 26 Feb`, with its year or without its month where that is wanted."""
    told = f"{day_told(day.toordinal())[:3]} {day.day}"
    return _weekday_inked(told + f" {_MONTHS[day.month]}" * month + f" {day.year}" * year, day)


def span_inked(first: date, last: date, year: int) -> Text:
    """Write a span of dates, `Mon 3 – Wed 5 Mar`; years are told where one of them is not `year`."""
    if first == last:
        return ink(short_inked(first, year=first.year != year), glued(" only"))
    is_one_month = (first.year, first.month) == (last.year, last.month)
    start = short_inked(first, month=not is_one_month, year=first.year != last.year)
    return ink(start, f"{GLUE}– ", short_inked(last, year=last.year != year or first.year != last.year))


def dates_inked(spans: Sequence[tuple[date, date]], year: int) -> Text:
    """Write dates and spans of dates in a row, the month behind the last of it: `Fri 7, Mon 10 – Wed 12 Mar`."""
    parts = []
    for number, (first, last) in enumerate(spans):
        following = spans[number + 1][0] if number + 1 < len(spans) else None
        ends = following is None or (following.year, following.month) != (last.year, last.month)
        told = short_inked(last, month=ends, year=ends and last.year != year)
        if first != last:
            start = short_inked(
                first,
                month=(first.year, first.month) != (last.year, last.month),
                year=first.year not in (last.year, year),
            )
            told = ink(start, f"{GLUE}– ", told)
        parts.append(told)
    return joined(parts, ", ")


def sentence_inked(text: str) -> Text:
    """Keep the dates in a sentence on one line with their weekdays, and give weekends their colour."""
    parts: list[Text] = []
    at = 0
    for found in _TOLD.finditer(text):
        style = _WEEKEND if found[1] in ("Sat", "Sun") else ""
        parts += [ink(text[at : found.start()]), ink((glued(found.group()), style))]
        at = found.end()
    return joined([*parts, ink(text[at:])], "")


def _weekday_inked(told: str, day: date) -> Text:
    if day.weekday() < 5:
        return ink(glued(told))
    return ink((glued(told[:3].upper() + told[3:]), _WEEKEND))
