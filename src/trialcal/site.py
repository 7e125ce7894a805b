"""A site: its time zone, when it is closed, its opening hours, and when which visits are possible.

Closures are holes in the dates that a visit may have; they never move a window. These are the values of a site as
somebody states it, in words such as "the second Tuesday of the month"; `opening` works out from them which days are
open. A room of its own because neither the planner nor the writers must know how a site is written down.

Days are ordinals (`date.toordinal`); minutes of a day are wall-clock minutes from 00:00, 1440 is its end.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from trialcal.problems import NOWHERE, Place

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SATURDAY_AND_SUNDAY = frozenset((5, 6))

Hours = tuple[tuple[int, int], ...]
"""Stretches of one day in wall-clock minutes, sorted and disjoint; a visit may start at both ends of each."""

ALL_DAY: Hours = ((0, 1440),)


if TYPE_CHECKING:
    from typing import Protocol as Interface

    class PublicHolidays(Interface):
        """The public holidays of a country or a part of it.

        `weekend` are its weekend's weekdays (Monday is 0). `last_year` is the last year whose holidays are all known,
        None where no end is known.
        """

        told: str  # as DE-BY
        weekend: frozenset[int]
        last_year: int | None

        def of(self, year: int) -> Mapping[date, str]:
            """Give the holidays of a year, with their names."""
            ...

        def working_weekends(self, year: int) -> Collection[date]:
            """Give the days of the weekend on which people work instead of another day, as in China."""
            ...

        def is_estimated(self, day: date) -> bool:
            """Tell whether a holiday's date is estimated, as by the sighting of the moon."""
            ...


# --- days in words ------------------------------------------------------------------------------------------------


class Weekdays(NamedTuple):
    """Weekdays, Monday 0; `told` are the words of the file."""

    days: frozenset[int]
    told: str = ""

    def has(self, day: int) -> bool:
        """Tell whether a day is one of them."""
        return (day - 1) % 7 in self.days


class NthWeekday(NamedTuple):
    """A weekday of every month: the `nth` (1 to 5), or the last (-1)."""

    nth: int
    weekday: int
    told: str = ""

    def has(self, day: int) -> bool:
        """Tell whether a day is one of them."""
        if (day - 1) % 7 != self.weekday:
            return False
        when = date.fromordinal(day)
        if self.nth < 0:
            return when.day + 7 > monthrange(when.year, when.month)[1]
        return (when.day - 1) // 7 + 1 == self.nth


class Dates(NamedTuple):
    """The dates from `first` to `last`, both inclusive."""

    first: date
    last: date
    told: str = ""

    def has(self, day: int) -> bool:
        """Tell whether a day is one of them."""
        return self.first.toordinal() <= day <= self.last.toordinal()


class EveryYear(NamedTuple):
    """The days from one (month, day) to another, both inclusive, every year; over the new year where it ends before.

    29 February counts in leap years only.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    told: str = ""

    def has(self, day: int) -> bool:
        """Tell whether a day is one of them."""
        when = date.fromordinal(day)
        at = when.month, when.day
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


class Weekend(NamedTuple):
    """The weekend: the country's, or Saturday and Sunday where no country is named."""

    told: str = "weekends"


class WorkingWeekends(NamedTuple):
    """Days of the weekend on which people work instead of another day, as the country says."""

    told: str = "working weekend days"


class AnyDay(NamedTuple):
    """Every day, also those on which the site is closed."""

    told: str = "any day"


Days = Weekdays | NthWeekday | Dates | EveryYear | Weekend | WorkingWeekends | AnyDay


# --- what a site says -----------------------------------------------------------------------------------------------


class Closure(NamedTuple):
    """Days on which the site is closed, and why; with `hours` only that part of each day."""

    days: tuple[Days, ...]
    reason: str
    hours: Hours = ()
    place: Place = NOWHERE


class Opened(NamedTuple):
    """Dates on which the site is open although it would be closed, as a holiday on which it works."""

    days: tuple[Days, ...]
    reason: str
    hours: Hours = ()
    place: Place = NOWHERE


class DayHours(NamedTuple):
    """The opening hours of some days."""

    days: tuple[Days, ...]
    hours: Hours
    place: Place = NOWHERE


class Possible(NamedTuple):
    """When visits of one kind are possible, beside what is true of the whole site.

    `id` is what they are named by: a visit, the entry of a series, a visit type, or how a visit is done (`phone`).
    Without `days` they are possible whenever the site is open; with `AnyDay` whether or not it is. `only_start`:
    of a visit that takes several dates, only the first must be open. On days that are `opened` for them they are
    possible whatever is closed. `weight` is None where the site states none.
    """

    id: str
    days: tuple[Days, ...] = ()
    hours: Hours = ()
    reason: str = ""
    only_start: bool = False
    weight: int | None = None
    place: Place = NOWHERE
    opened: tuple[Days, ...] = ()


@dataclass(frozen=True, eq=False)
class Site:
    """A site. Compared by identity: what is worked out from it is kept for it.

    `zone` is None where no time zone is known: daylight saving is then ignored, and the plan says so. `hours` that
    are stated for some days mean that the site is closed on the others.
    """

    name: str = ""
    zone: tzinfo | None = None
    public: PublicHolidays | None = None
    closures: tuple[Closure, ...] = ()
    opened: tuple[Opened, ...] = ()
    hours: tuple[DayHours, ...] = ()
    possible: Mapping[str, Possible] = field(default_factory=dict)
    file: str = ""

    @property
    def may_close(self) -> bool:
        """Whether it says anything that can close a day; where it does not, no day need be asked about."""
        return bool(self.closures or self.hours or self.public or self.possible)

    @property
    def weekend(self) -> frozenset[int]:
        """The weekend's weekdays, Monday 0."""
        return self.public.weekend if self.public is not None else SATURDAY_AND_SUNDAY


def closed_on(reasons: Mapping[date, str], zone: tzinfo | None = None) -> Site:
    """Make a site that is closed on single dates, each with its reason.

    >>> closed_on({date(2025, 3, 8): "audit"}).closures[0].reason
    'audit'
    """
    return Site(
        zone=zone,
        closures=tuple(Closure((Dates(day, day, day.isoformat()),), reason) for day, reason in reasons.items()),
    )
