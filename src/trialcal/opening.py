"""Which days and minutes of a site are open, for which visit, and why the others are not.

A room of its own because it is asked for from all sides: the planner wants days without holes, the chain a reason,
the clock windows minutes. Days are worked out once and kept, year by year, as a plan needs them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from trialcal.days import clock_of, first_minute, last_minute, minute_of
from trialcal.propagation import Domain
from trialcal.protocol import Protocol, Visit
from trialcal.site import (
    ALL_DAY,
    WEEKDAYS,
    AnyDay,
    Closure,
    Days,
    Hours,
    Possible,
    Site,
    Weekdays,
    Weekend,
    WorkingWeekends,
)

ANYONE = ""  # the kind of a visit of which the site says nothing of its own
UNBOUND = "*"  # the kind of a visit that happens when it happens, whether the site is open or not


class OpenDay(NamedTuple):
    """A day of the site: the wall-clock minutes in which a visit may start, and why there are none, or not all."""

    hours: Hours
    reason: str = ""


class Opening:
    """The open days of a site; made by `opening_of`, which keeps it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.closes = bool(site.closures or site.hours or site.public or any(p.days for p in site.possible.values()))
        parts = [
            *(closure.hours for closure in site.closures),
            *(opened.hours for opened in site.opened),
            *(possible.hours for possible in site.possible.values()),
        ]
        self.has_hours = bool(site.hours) or any(parts)
        self._days: dict[tuple[str, int], OpenDay] = {}
        self._holidays: dict[int, dict[int, str]] = {}
        self._working: dict[int, frozenset[int]] = {}
        self._spans: dict[tuple[str, int, tzinfo | None], tuple[int, int]] = {}
        self._open: dict[tuple[str, int], tuple[range, list[tuple[int, int]]]] = {}

    # --- questions ------------------------------------------------------------------------------------------------

    def kind_of(self, visit: Visit) -> str:
        """Give the entry of the site's file that counts for a visit: the most special one; "" where there is none."""
        if visit.unchosen:
            return UNBOUND
        if not self.site.possible:
            return ANYONE
        ways = visit.by if len(visit.by) == 1 else ()
        names: tuple[str, ...] = (visit.id, visit.entry, visit.type, *ways)
        for name in names:
            if name and name in self.site.possible:
                return name
        return ANYONE

    def day(self, kind: str, day: int) -> OpenDay:
        """Give a day as it is for a kind of visit."""
        if kind == UNBOUND:
            return OpenDay(ALL_DAY)
        found = self._days.get((kind, day))
        if found is None:
            found = self._days[kind, day] = self._worked_out(self.site.possible.get(kind), day)
        return found

    def why_closed(self, visit: Visit, day: int) -> str | None:
        """Say why a visit cannot start on a day; None where the day is open for it."""
        closed = self.closed_dates(visit, day)
        if not closed:
            return None
        first, reason = closed[0]
        return reason if first == day else f"its date {first - day + 1}, {_told(first)}, is closed: {reason}"

    def closed_dates(self, visit: Visit, day: int) -> list[tuple[int, str]]:
        """Give those of a visit's dates that are closed where it starts on a day, each with the reason."""
        kind = self.kind_of(visit)
        dates = range(day, day + self._dates_needed(kind, visit))
        return [(date, found.reason) for date in dates if not (found := self.day(kind, date)).hours]

    def open_days(self, visit: Visit, first: int, last: int) -> Domain:
        """Give the days from `first` to `last`, both inclusive, on which a visit can start."""
        kind = self.kind_of(visit)
        needed = self._dates_needed(kind, visit)
        kept = self._open.get((kind, needed))
        if kept is None or first not in kept[0] or last not in kept[0]:
            kept = self._open[kind, needed] = self._more(kind, needed, kept, first, last)
        intervals = kept[1]
        begin = bisect_left(intervals, (first + 1,)) - 1
        begin = begin if begin >= 0 and intervals[begin][1] >= first else begin + 1
        end = bisect_left(intervals, (last + 1,), lo=begin)
        inside = intervals[begin:end]
        if inside and inside[0][0] < first:
            inside[0] = (first, inside[0][1])
        if inside and inside[-1][1] > last:
            inside[-1] = (inside[-1][0], last)
        return tuple(inside)

    def minutes(self, visit: Visit, first: int, last: int, zone: tzinfo | None) -> Domain:
        """Give the minutes from one day to another, both inclusive, in which a visit may start."""
        kind = self.kind_of(visit)
        found = (
            (minute_at(day, begin, zone), minute_at(day, end, zone))
            for day in range(first, last + 1)
            for begin, end in self.day(kind, day).hours
        )
        return tuple(_merged((begin, end) for begin, end in found if begin <= end))

    def span(self, visit: Visit, zone: tzinfo | None, day: int) -> tuple[int, int]:
        """Give the first and the last minute of a day in which a visit may start; the whole day of a closed one."""
        kind = self.kind_of(visit)
        found = self._spans.get((kind, day, zone))
        if found is None:
            hours = self.day(kind, day).hours or ALL_DAY
            found = self._spans[kind, day, zone] = (
                minute_at(day, hours[0][0], zone),
                minute_at(day, hours[-1][1], zone),
            )
        return found

    def rest(self, visit: Visit, zone: tzinfo | None, day: int) -> tuple[int, int]:
        """Give the first minute of a day in which a visit may start, and the day's last one."""
        return self.span(visit, zone, day)[0], last_minute(day, zone)

    def holiday_years(self, days: Iterable[int]) -> Iterator[int]:
        """Give the years of some days that lie beyond what is known of the public holidays."""
        last = None if self.site.public is None else self.site.public.last_year
        if last is not None:
            yield from sorted({year for day in days if (year := date.fromordinal(day).year) > last})

    # --- working it out -------------------------------------------------------------------------------------------

    def _dates_needed(self, kind: str, visit: Visit) -> int:
        possible = self.site.possible.get(kind)
        return 1 if possible is not None and possible.only_start else 1 + visit.more_days

    def _more(
        self, kind: str, needed: int, kept: tuple[range, list[tuple[int, int]]] | None, first: int, last: int
    ) -> tuple[range, list[tuple[int, int]]]:
        if kept is not None:
            first, last = min(first, kept[0].start), max(last, kept[0].stop - 1)
        first = date(date.fromordinal(first).year, 1, 1).toordinal()
        last = date(date.fromordinal(last).year, 12, 31).toordinal()
        is_open = [bool(self.day(kind, day).hours) for day in range(first, last + needed)]
        days = (
            (day, day)
            for day in range(first, last + 1)
            if is_open[day - first] and all(is_open[day - first : day - first + needed])
        )
        return range(first, last + 1), list(_merged(days))

    def _worked_out(self, possible: Possible | None, day: int) -> OpenDay:
        if possible is not None and any(self._has(days, day) for days in possible.opened):
            return OpenDay(possible.hours or self._usual(day, True)[0])
        if possible is not None and possible.days and not any(self._has(days, day) for days in possible.days):
            told = " and ".join(days.told for days in possible.days)
            reason = f": {possible.reason}" if possible.reason else ""
            return OpenDay((), f"{possible.id} only on {told}{reason}")
        if possible is not None and any(isinstance(days, AnyDay) for days in possible.days):
            return OpenDay(possible.hours or ALL_DAY)
        found = self._of_site(day)
        if not found.hours or possible is None or not possible.hours:
            return found
        hours = both(found.hours, possible.hours)
        reason = f": {possible.reason}" if possible.reason else ""
        own = f"{possible.id} only {hours_told(possible.hours)}{reason}"
        return OpenDay(hours, own if hours else f"{own}; {found.reason or 'the site has other hours then'}")

    def _of_site(self, day: int) -> OpenDay:
        site = self.site
        opened = next((o for o in site.opened if any(self._has(days, day) for days in o.days)), None)
        works = day in self._working_days(day)
        closures = [closure for closure in site.closures if self._applies(closure, day, works)]
        if opened is None:
            whole = [closure.reason for closure in closures if not closure.hours]
            if whole:
                return OpenDay((), " and ".join(dict.fromkeys(whole)))
            if day in self._holidays_of(day):
                return OpenDay((), self._holidays_of(day)[day])
        hours, reason = self._usual(day, works or opened is not None)
        if opened is not None and opened.hours:
            hours = opened.hours
        if not hours:
            return OpenDay((), reason)
        for closure in closures:
            if closure.hours:
                hours = without(hours, closure.hours)
                reason = f"{reason} and {closure.reason}" if reason else closure.reason
        return OpenDay(hours, reason)

    def _applies(self, closure: Closure, day: int, works: bool) -> bool:
        """Tell whether a closure is on a day; where people work on a day of the weekend, no weekly closure is."""
        weekly = (Weekend, Weekdays) if works else ()
        return any(self._has(days, day) for days in closure.days if not isinstance(days, weekly))

    def _usual(self, day: int, works: bool) -> tuple[Hours, str]:
        """Give the opening hours of a day as they usually are, and why there are none."""
        site = self.site
        if not site.hours:
            return ALL_DAY, ""
        for entry in site.hours:
            if any(isinstance(days, WorkingWeekends) and self._has(days, day) for days in entry.days):
                return entry.hours, ""
        for entry in site.hours:
            if any(self._has(days, day) for days in entry.days):
                return entry.hours, ""
        return (ALL_DAY, "") if works else ((), f"no opening hours on {WEEKDAYS[(day - 1) % 7]}")

    def _has(self, days: Days, day: int) -> bool:
        if isinstance(days, AnyDay):
            return True
        if isinstance(days, Weekend):
            return (day - 1) % 7 in self.site.weekend
        if isinstance(days, WorkingWeekends):
            return day in self._working_days(day)
        return days.has(day)

    def _holidays_of(self, day: int) -> dict[int, str]:
        year = date.fromordinal(day).year
        if year not in self._holidays:
            public = self.site.public
            found = {} if public is None else public.of(year)
            self._holidays[year] = {when.toordinal(): name for when, name in found.items()}
        return self._holidays[year]

    def _working_days(self, day: int) -> frozenset[int]:
        year = date.fromordinal(day).year
        if year not in self._working:
            public = self.site.public
            found = () if public is None else public.working_weekends(year)
            self._working[year] = frozenset(when.toordinal() for when in found)
        return self._working[year]


@lru_cache(maxsize=64)
def opening_of(site: Site) -> Opening:
    """Give the open days of a site."""
    return Opening(site)


def weighted(protocol: Protocol, site: Site) -> Protocol:
    """Give the protocol with the weights that the site states for its visits; itself where it states none."""
    return _weighted(protocol, site) if any(p.weight is not None for p in site.possible.values()) else protocol


@lru_cache(maxsize=64)
def _weighted(protocol: Protocol, site: Site) -> Protocol:
    from dataclasses import replace

    opening = opening_of(site)
    visits = []
    for visit in protocol.visits:
        possible = site.possible.get(opening.kind_of(visit))
        weight = None if possible is None else possible.weight
        visits.append(visit if weight is None else replace(visit, weight=weight))
    return replace(protocol, visits=tuple(visits))


# --- minutes and hours ----------------------------------------------------------------------------------------------


def minute_at(day: int, wall: int, zone: tzinfo | None) -> int:
    """Give the minute at which a day's clock shows so many minutes past midnight.

    1440 is the last minute of the day. A time that the clocks skip is where they go on; of one that occurs twice, the
    first counts.
    """
    if wall >= 1440:
        return last_minute(day, zone)
    if zone is None:
        return first_minute(day, zone) + wall
    clock = datetime.combine(date.fromordinal(day), datetime.min.time()) + timedelta(minutes=wall)
    found = minute_of(clock, zone)
    shown = clock_of(found, zone).replace(tzinfo=None)
    return found if shown == clock else _after_the_gap(clock, zone)


def _after_the_gap(clock: datetime, zone: tzinfo) -> int:
    """Give the first minute after the clocks skip a time."""
    before, after = (minute_of(clock.replace(fold=fold), zone) for fold in (0, 1))
    low, high = min(before, after), max(before, after)
    offset = clock_of(low - 180, zone).utcoffset()
    low = low - 180
    while low < high:  # the first minute with the new offset
        middle = (low + high) // 2
        if clock_of(middle, zone).utcoffset() == offset:
            low = middle + 1
        else:
            high = middle
    return low


def both(one: Hours, other: Hours) -> Hours:
    """Give what two sets of hours have in common."""
    found = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted((begin, end) for begin, end in found if begin < end))


def without(hours: Hours, taken: Hours) -> Hours:
    """Take hours away from others.

    >>> without(((480, 960),), ((720, 1440),))
    ((480, 720),)
    """
    left = list(hours)
    for begin, end in taken:
        left = [
            part
            for a, b in left
            for part in (((a, b),) if b <= begin or a >= end else ((a, begin), (end, b)))
            if part[0] < part[1]
        ]
    return tuple(left)


def hours_told(hours: Hours) -> str:
    """Give hours in words: `08:00-12:00 and 13:00-16:00`."""
    return " and ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in hours)


def _told(day: int) -> str:
    return f"{WEEKDAYS[(day - 1) % 7]} {date.fromordinal(day).isoformat()}"


def _merged(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join stretches that touch; they come sorted."""
    at: tuple[int, int] | None = None
    for begin, end in stretches:
        if at is not None and begin <= at[1] + 1:
            at = (at[0], max(at[1], end))
        else:
            if at is not None:
                yield at
            at = (begin, end)
    if at is not None:
        yield at
