"""Verdicts on start dates as a calendar of months in the terminal: each date with its sign.

A room of its own because it shows when there are good weeks, and leaves what moves, and why not, to the table.
"""

from __future__ import annotations

from calendar import Calendar, monthrange
from collections.abc import Iterator, Mapping
from datetime import date

from rich.text import Text

from trialcal.site import WEEKDAYS
from trialcal.starts import Start, Starts
from trialcal.writers.page import hanging, ink, joined, padded, printed
from trialcal.writers.starts_table import SIGNS, STYLES, assumed_lines, head_lines, legend_lines

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WIDTH = 27  # of a month: seven dates of two digits and a sign, and what is between them
_GAP = 4


def starts_calendar(starts: Starts, *, width: int, colour: bool) -> str:
    """Give verdicts as months of at most `width` cells a line (60 or more), as many side by side as there is room.

    Weeks begin on Monday. Without `colour` it has no escape codes.
    """
    lines = [*head_lines(starts, width)]
    by_day = {start.day: start for start in starts.starts}
    months = [_month_lines(year, month, by_day) for year, month in _months(starts.first, starts.last)]
    beside = (width + _GAP) // (_WIDTH + _GAP)
    for at in range(0, len(months), beside):
        chosen = months[at : at + beside]
        for number in range(max(map(len, chosen))):
            parts = [padded(month[number] if number < len(month) else Text(), _WIDTH) for month in chosen]
            lines.append(joined(parts, " " * _GAP))
    lines += [Text(), *legend_lines(starts.starts, width), *_below(starts, width)]
    lines += assumed_lines(starts, (), width)
    return printed(lines, colour=colour)


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield month // 12, month % 12 + 1


def _month_lines(year: int, month: int, by_day: Mapping[date, Start]) -> list[Text]:
    """Draw a month below an empty line; a date that was not looked at has no sign."""
    names = [ink((name.upper() if n > 4 else name, "magenta" if n > 4 else "dim")) for n, name in enumerate(WEEKDAYS)]
    lines = [Text(), ink((f"{_MONTHS[month - 1]} {year}", "bold")), joined(names, " ")]
    for week in Calendar(firstweekday=0).monthdayscalendar(year, month):
        cells = [_cell(by_day.get(date(year, month, day)), day) if day else ink("   ") for day in week]
        lines.append(joined(cells, " "))
    return lines


def _cell(start: Start | None, day: int) -> Text:
    if start is None:
        return ink((f"{day:2} ", "dim"))
    return ink((f"{day:2}{SIGNS[start.verdict]}", STYLES[start.verdict]))


def _below(starts: Starts, width: int) -> Iterator[Text]:
    told = "What moves, and why a date is impossible, stands in the table."
    first, last = starts.first.replace(day=1), starts.last
    days = last.toordinal() - first.toordinal() + monthrange(last.year, last.month)[1] - last.day + 1
    if len(starts.starts) < days:
        told = f"Without a sign: not looked at. {told}"
    yield from hanging("", ink((told, "dim")), width, 0)
