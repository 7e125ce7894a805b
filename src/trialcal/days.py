"""Study days, durations and counting on the civil calendar: pure date arithmetic.

Everything that says what "6 months after", "Day -3" or "48 hours after" means lives here, on plain integers:
a *day* is a proleptic Gregorian ordinal (`date.toordinal()`), a *minute* counts from 0001-01-01 00:00,
in UTC where a time zone is known and in local time where none is (daylight saving is then ignored).
It is a room of its own because every other room must agree with it, and because it needs nothing but dates.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

Moment = Literal["first", "middle", "last"]
Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]

MINUTES_A_DAY = 24 * 60
CLOCK_UNITS = frozenset(("minutes", "hours"))
_SYMBOLS = {"minutes": "min", "hours": "h", "days": "d"}
_MINUTE = timedelta(minutes=1)
_BEGINNING = datetime(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as the protocol words it: a whole, non-negative `count` of a `unit`.

    Days, weeks, months and years are counted on the calendar; minutes and hours are elapsed time.
    """

    count: int
    unit: Unit

    @property
    def needs_clock(self) -> bool:
        """Whether it is elapsed time, which only clock times can settle."""
        return self.unit in CLOCK_UNITS

    @property
    def minutes(self) -> int:
        """The elapsed minutes of a duration in minutes or hours."""
        return self.count * 60 if self.unit == "hours" else self.count

    @property
    def days(self) -> int | None:
        """The number of days of a duration in days or weeks; None for every other unit."""
        if self.unit == "days":
            return self.count
        return self.count * 7 if self.unit == "weeks" else None

    @property
    def months(self) -> int:
        """The number of calendar months of a duration in months or years."""
        return self.count * 12 if self.unit == "years" else self.count

    def __str__(self) -> str:
        """Give the field's short form: `2 d`, `48 h`, `30 min`, `1 week`, `6 months`."""
        symbol = _SYMBOLS.get(self.unit)
        if symbol is None:
            symbol = self.unit[:-1] if self.count == 1 else self.unit
        return f"{self.count} {symbol}"


NO_TIME = Duration(0, "days")


# --- study days ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StudyDays:
    """How a protocol numbers its days: the `number` of the anchor's day, and whether there is a Day 0.

    Without a Day 0 the anchor is Day 1 and the day before it is Day -1, as in SDTM's --DY (SDTMIG 4.4.4).
    """

    number: int = 1
    day_zero: bool = False

    def distance(self, study_day: int) -> int:
        """Count the days from the anchor to a study day; negative before the anchor.

        >>> StudyDays(1, day_zero=False).distance(-3), StudyDays(1, day_zero=True).distance(-3)
        (-3, -4)

        Raises ValueError for Day 0 where there is none.
        """
        if self.day_zero:
            return study_day - self.number
        if study_day == 0:
            raise ValueError("this protocol has no Day 0")
        return study_day - 1 if study_day > 0 else study_day

    def study_day(self, distance: int) -> int:
        """Number the day that lies `distance` days from the anchor; the reverse of `distance`.

        >>> [StudyDays(1, day_zero=False).study_day(n) for n in (-1, 0, 1)]
        [-1, 1, 2]
        """
        if self.day_zero:
            return self.number + distance
        return distance + 1 if distance >= 0 else distance


# --- counting -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Months:
    """A step of whole calendar months from a day, clipped to the end of the month; negative counts backwards.

    Counted in one step from its reference, never in chains: 31 Jan + 2 months is 31 Mar, though two single
    steps would end on 28 Mar.
    """

    count: int

    def apply(self, day: int) -> int:
        """Give the day that lies `count` months on."""
        return _add_months(day, self.count)

    def last_within(self, day: int) -> int:
        """Give the last day whose step does not pass `day`: max{v : v + count months <= day}."""
        found = _add_months(day, -self.count) + 4  # clipping moves a date by three days at the most
        while _add_months(found, self.count) > day:
            found -= 1
        return found

    def first_reaching(self, day: int) -> int:
        """Give the first day whose step reaches `day`: min{v : v + count months >= day}."""
        found = _add_months(day, -self.count) - 4
        while _add_months(found, self.count) < day:
            found += 1
        return found


Opens = Callable[[int], tuple[int, int]]
"""The first and the last minute of a day, both inclusive, in which something may start; they rise from day to day."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """A step of elapsed minutes from some moment of a day, seen as a step between dates.

    From the day's `first` minute it gives the first date that can be reached, from its `last` minute the last one,
    from its `middle` the date that most clock times reach. Negative minutes count backwards. `start` and `end` are
    the minutes that are open on the day from which, and on the day to which it leads; None is the whole day. The
    first date that can be reached is then one that is still open, the last one that has been opened.
    """

    minutes: int
    moment: Moment
    zone: tzinfo | None = None
    start: Opens | None = None
    end: Opens | None = None

    def apply(self, day: int) -> int:
        """Give the date that lies `minutes` from the moment of `day`."""
        return landing(self._of(day) + self.minutes, self.moment, self.zone, self.end)

    def last_within(self, day: int) -> int:
        """Give the last day whose step does not pass `day`; with open minutes, of the `first` moment or `middle`."""
        latest = self._open(self.end, day)[1] - self.minutes
        found = day_of(latest, self.zone)
        return found - 1 if self._of(found) > latest else found

    def first_reaching(self, day: int) -> int:
        """Give the first day whose step reaches `day`; with open minutes, of the `last` moment or `middle`."""
        earliest = self._open(self.end, day)[0] - self.minutes
        found = day_of(earliest, self.zone)
        return found + 1 if self._of(found) < earliest else found

    def _of(self, day: int) -> int:
        first, last = self._open(self.start, day)
        return first if self.moment == "first" else last if self.moment == "last" else (first + last + 1) // 2

    def _open(self, opens: Opens | None, day: int) -> tuple[int, int]:
        if opens is None or self.moment == "middle":
            return first_minute(day, self.zone), last_minute(day, self.zone)
        return opens(day)


def landing(minute: int, moment: Moment, zone: tzinfo | None, opens: Opens | None) -> int:
    """Give the day on which something may start at a minute: at the `first` chance after it, the `last` before it."""
    day = day_of(minute, zone)
    if opens is None or moment == "middle":
        return day
    first, last = opens(day)
    if moment == "first":
        return day + 1 if last < minute else day
    return day - 1 if first > minute else day


Part = int | Months | Elapsed  # an int is a step of whole days


class Count:
    """A non-decreasing step from one day to another, made of parts that are taken one after the other.

    `shift` is the number of days where the step is a constant one, else None.
    """

    __slots__ = ("parts", "shift")

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        merged: list[Part] = []
        for part in parts:
            if isinstance(part, int) and merged and isinstance(merged[-1], int):
                merged[-1] += part
            elif part != 0:
                merged.append(part)
        self.parts = tuple(merged)
        first = self.parts[0] if len(self.parts) == 1 else 0
        self.shift = first if isinstance(first, int) and len(self.parts) < 2 else None

    def then(self, other: Count) -> Count:
        """Take this step, then the other."""
        return Count((*self.parts, *other.parts))

    def apply(self, day: int) -> int:
        """Take the step from a day."""
        if self.shift is not None:
            return day + self.shift
        for part in self.parts:
            day = day + part if isinstance(part, int) else part.apply(day)
        return day

    def last_within(self, day: int) -> int:
        """Give the last day from which the step does not pass `day`."""
        for part in reversed(self.parts):
            day = day - part if isinstance(part, int) else part.last_within(day)
        return day

    def first_reaching(self, day: int) -> int:
        """Give the first day from which the step reaches `day`.

        "At most a month after" is told with it: 31 Mar is reached from 1 Mar on, as 28 Feb + 1 month is 28 Mar.
        """
        for part in reversed(self.parts):
            day = day - part if isinstance(part, int) else part.first_reaching(day)
        return day


def count_of(duration: Duration, sign: int = 1) -> Count:
    """Turn a duration in calendar units, after (`sign` 1) or before (`sign` -1), into a step between days."""
    days = duration.days
    return Count((sign * days if days is not None else Months(sign * duration.months),))


def add(day: date, duration: Duration) -> date:
    """Count calendar units forwards from a date.

    >>> add(date(2027, 8, 31), Duration(6, "months"))
    datetime.date(2028, 2, 29)
    """
    return date.fromordinal(count_of(duration).apply(day.toordinal()))


def subtract(day: date, duration: Duration) -> date:
    """Count calendar units backwards from a date.

    >>> subtract(date(2027, 3, 10), Duration(2, "months"))
    datetime.date(2027, 1, 10)
    """
    return date.fromordinal(count_of(duration, -1).apply(day.toordinal()))


@lru_cache(maxsize=65_536)
def _add_months(day: int, months: int) -> int:
    here = date.fromordinal(day)
    year, month = divmod(here.year * 12 + here.month - 1 + months, 12)
    return date(year, month + 1, min(here.day, monthrange(year, month + 1)[1])).toordinal()


# --- minutes ------------------------------------------------------------------------------------------------


def minute_of(clock: datetime, zone: tzinfo | None) -> int:
    """Turn a local wall-clock time into a minute; of a time that occurs twice, the first counts."""
    if zone is not None:
        clock = clock.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    return (clock - _BEGINNING) // _MINUTE


def clock_of(minute: int, zone: tzinfo | None) -> datetime:
    """Turn a minute into the local wall-clock time; with a zone it carries its offset."""
    clock = _BEGINNING + minute * _MINUTE
    return clock if zone is None else clock.replace(tzinfo=UTC).astimezone(zone)


def first_minute(day: int, zone: tzinfo | None) -> int:
    """Give the first minute of a civil day."""
    return (day - 1) * MINUTES_A_DAY if zone is None else _midnight(day, zone)


def last_minute(day: int, zone: tzinfo | None) -> int:
    """Give the last minute of a civil day, inclusive."""
    return first_minute(day + 1, zone) - 1


def day_of(minute: int, zone: tzinfo | None) -> int:
    """Give the civil day on which a minute lies."""
    if zone is None:
        return minute // MINUTES_A_DAY + 1
    return clock_of(minute, zone).toordinal()


def exists(clock: datetime, zone: tzinfo) -> bool:
    """Tell whether a wall-clock time occurs: in spring, daylight saving skips an hour."""
    there = clock.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == clock


def occurs_twice(clock: datetime, zone: tzinfo) -> bool:
    """Tell whether a wall-clock time occurs twice: in autumn, daylight saving repeats an hour."""
    first, second = (clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return first.utcoffset() != second.utcoffset() and exists(clock, zone)


@lru_cache(maxsize=4096)
def _midnight(day: int, zone: tzinfo) -> int:
    return minute_of(datetime.combine(date.fromordinal(day), datetime.min.time()), zone)
