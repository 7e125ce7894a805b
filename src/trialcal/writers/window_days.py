"""The dates of a visit's window, day by day: which work, on which the site is closed, and which are impossible.

A room of its own because the table, its picture and the calendar tell of the same days, each in its own words. Which
dates there are is the planner's answer (`Schedule.dates`); here it is only put beside the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from trialcal.schedule import Schedule, ScheduledVisit

_DAY = timedelta(days=1)
_OPEN_TO_CHANGE = frozenset(("planned", "no-date"))


class WindowDays(NamedTuple):
    """The dates of a window, both ends inclusive; of a visit without a stated window its target alone.

    `works` are the dates that leave every other visit possible, `closed` those on which the site is closed for this
    visit, with the reasons, `impossible` the open ones that no plan has. They are ascending. Of a visit that the user
    has dated nobody asks where else it could be: `works` and `impossible` are empty.
    """

    first: date
    last: date
    works: tuple[date, ...]
    closed: Mapping[date, str]
    impossible: tuple[date, ...]

    @property
    def size(self) -> int:
        """The number of dates in the window."""
        return (self.last - self.first).days + 1


def window_days(schedule: Schedule, visit: ScheduledVisit) -> WindowDays | None:
    """Give the dates of a visit's window; None where it has no two ends, or nothing is known of other dates."""
    first, last, dates = visit.window_start, visit.window_end, schedule.dates
    if first is None and last is None:
        first = last = visit.target
    if dates is None or first is None or last is None or visit.status in ("pending", "cancelled"):
        return None
    if first == last == visit.planned and not visit.is_given:  # it is planned, so it works
        return WindowDays(first, last, (first,), {}, ())
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    asked = days if schedule.site.may_close else []
    closed = {day: why for day in asked if (why := dates.why_closed(visit.id, day)) is not None}
    if visit.is_given or visit.status not in _OPEN_TO_CHANGE:
        return WindowDays(first, last, (), closed, ())
    feasible = dates.feasible(visit.id)
    there = None if feasible is None else frozenset(feasible)
    works = tuple(day for day in days if day not in closed and (there is None or day in there))
    works_too = frozenset(works)
    return WindowDays(
        first, last, works, closed, tuple(day for day in days if day not in closed and day not in works_too)
    )


def runs(days: Iterable[date], least: int = 3) -> list[tuple[date, date]]:
    """Join ascending dates that follow each other; where they are fewer than `least` each stays alone.

    >>> [(a.day, b.day) for a, b in runs([date(2025, 3, day) for day in (3, 4, 5, 7, 8)])]
    [(3, 5), (7, 7), (8, 8)]
    """
    found: list[list[date]] = []
    for day in days:
        if found and found[-1][-1] + _DAY == day:
            found[-1].append(day)
        else:
            found.append([day])
    return [
        pair for run in found for pair in ([(run[0], run[-1])] if len(run) >= least else [(day, day) for day in run])
    ]
