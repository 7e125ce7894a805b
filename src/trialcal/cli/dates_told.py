"""The dates of a record: as they are written into a subject's file, and as they are told.

A room of its own because every kind of record writes and tells dates in the same way.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from trialcal.telling import clock_told, day_told


class When(NamedTuple):
    """A date as it is written, as it is told, and its first day."""

    text: str
    told: str
    day: date


def names_of(text: str | None) -> list[str]:
    """Give the names in a text with commas between."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def span_told(start: When | None, end: When | None) -> str:
    """Tell when a visit began and ended: ` on Fri 2025-03-07 09:00, until 11:30`."""
    on = "" if start is None else f" on {start.told}" if len(start.text) >= len("2025-03-07") else f" in {start.told}"
    if end is None:
        return on
    is_same_day = start is not None and start.text[:10] == end.text[:10]
    return f"{on}, until {end.text[11:] if is_same_day else end.told}"


def written(day: date, clock: datetime | None) -> str:
    """Give a date, with its clock time where that is known, as a file has it."""
    return day.isoformat() if clock is None else f"{clock:%Y-%m-%dT%H:%M}"


def told_of(day: date, clock: datetime | None) -> str:
    """Give the same as people read it."""
    return day_told(day.toordinal()) if clock is None else clock_told(clock)
