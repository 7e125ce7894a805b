"""A visit's date with its clock times, put together from what a person states: a start, an end, or both.

A room of its own because the command line and a subject's file state them alike, and what is impossible (a time that
the clocks skip, an end before the start) is told in the same words.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from trialcal.days import clock_of, exists, minute_of, occurs_twice
from trialcal.files.dates import YEARS
from trialcal.files.phrases import Mistake
from trialcal.protocol import Visit
from trialcal.subject import Dated

Stated = tuple[date, datetime | None]  # a date, and its clock time where one is stated


def check_clock(clock: datetime, zone: tzinfo | None) -> str:
    """Give what should be known of a clock time: that it occurs twice, or "". Raises Mistake where it never does."""
    if zone is None:
        return ""
    told = f"{clock:%Y-%m-%d %H:%M}"
    if not exists(clock, zone):
        raise Mistake(f"{told} does not exist in {zone}: the clocks skip it", "check the time")
    if occurs_twice(clock, zone):
        return f"{told} occurs twice in {zone}; the first, before the clocks go back, is taken"
    return ""


def dated_of(visit: Visit | None, start: Stated | None, end: Stated | None, zone: tzinfo | None) -> Dated:
    """Give the date of a visit from its start, its end with the clock time, or both. Raises Mistake.

    From an end alone, the visit began so much before as it lasts. `visit` is None for one that no protocol has.
    """
    starts, ends = (start or (None, None))[1], (end or (None, None))[1]
    lasts = visit.lasts if visit is not None else None
    if start is not None:
        day = start[0]
    else:
        assert end is not None
        day = end[0]
        if lasts is not None and lasts.needs_clock and ends is not None:
            starts = clock_of(minute_of(ends, zone) - lasts.minutes, zone).replace(tzinfo=None)
            day = starts.date()
        elif visit is not None:
            day -= timedelta(days=visit.more_days)
        if not YEARS[0] <= day.year <= YEARS[1]:
            raise Mistake(f"it would have started in the year {day.year}", f"years from {YEARS[0]} to {YEARS[1]}")
    _check_day(day, starts, zone)
    is_early = starts is not None and ends is not None and minute_of(ends, zone) < minute_of(starts, zone)
    if ends is not None and (ends.date() < day or is_early):
        raise Mistake("it ends before it starts", "check the start and the end")
    return Dated(day, starts, ends)


def _check_day(day: date, starts: datetime | None, zone: tzinfo | None) -> None:
    """Refuse a date that the time zone skips as a whole, as Samoa did in 2011 when it changed sides."""
    if starts is None and zone is not None and not exists(datetime(day.year, day.month, day.day, 12), zone):
        message = f"{day.isoformat()} does not exist in {zone}: the calendar there skips it"
        raise Mistake(message, "check the date")
