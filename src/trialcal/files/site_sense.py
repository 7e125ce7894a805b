"""Whether what a site says makes sense as a whole: hours told twice, days both closed and open, no day left.

A room of its own because the same is asked of a site's file and of a few words on the command line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from trialcal.files.entries import Fields
from trialcal.files.public_holidays import CountryHolidays
from trialcal.opening import ANYONE, Opening
from trialcal.problems import NOWHERE, Place, Report, has_errors
from trialcal.site import (
    WEEKDAYS,
    AnyDay,
    Closure,
    Dates,
    DayHours,
    Days,
    Hours,
    Opened,
    Possible,
    Site,
    Weekdays,
    Weekend,
    WorkingWeekends,
)

_Entry = TypeVar("_Entry", Closure, Opened)
_A_YEAR = range(date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal())  # with a 29 February


def check_site(site: Site, head: Fields, report: Report) -> None:
    """Report what contradicts itself in a site's file."""
    check_working_weekends(site, head.keys, report)
    _check_week(site, report)
    check_closures(site, head.keys, report)


def check_closures(site: Site, keys: Mapping[str, Place], report: Report) -> None:
    """Report what is both closed and open, and where no day is left; `keys` are those of the file, if any."""
    _check_both(site, report)
    if not has_errors(report.problems):  # else what is left of the days nobody knows
        _check_that_days_are_left(site, keys, report)


def check_working_weekends(site: Site, keys: Mapping[str, Place], report: Report) -> None:
    """Report working weekend days where there are none, and where there are some without hours."""
    entries: tuple[Closure | Opened | DayHours | Possible, ...] = (
        *site.closures,
        *site.opened,
        *site.hours,
        *site.possible.values(),
    )
    public = site.public
    swaps = isinstance(public, CountryHolidays) and public.swaps
    named = [entry for entry in entries if any(isinstance(days, WorkingWeekends) for days in entry.days)]
    for entry in named:
        if public is None:
            message, hint = "no country says which days are working weekend days", "add `holidays: {country: CN}`"
            report.error(entry.place, "no-working-weekends", message, hint)
        elif not swaps:
            message = f"there are no working weekend days in {public.told}"
            report.warning(entry.place, "no-working-weekends", message, "leave the entry out")
    if public is not None and swaps and site.hours and not named:
        message = f"on working weekend days, as {public.told} has them, the site is open all day"
        hint = "add `working weekend days: 08:00-16:00` to `hours`, or put them under `closed`"
        report.warning(keys.get("hours", NOWHERE), "no-hours", message, hint)


def _check_week(site: Site, report: Report) -> None:
    """Report days that have hours twice."""
    seen: dict[str, DayHours] = {}
    for entry in site.hours:
        again = []
        for name in _names(entry.days[0], site.weekend):
            if seen.setdefault(name, entry) is not entry:
                again.append(name)
        if again:
            line = seen[again[0]].place.line
            message = f"{' and '.join(again)} {'have' if len(again) > 1 else 'has'} hours already, in line {line}"
            report.error(entry.place, "two-hours", message, "name each day once")


def _names(days: Days, weekend: Collection[int]) -> list[str]:
    if isinstance(days, WorkingWeekends):
        return [days.told]
    numbers = days.days if isinstance(days, Weekdays) else weekend
    return [WEEKDAYS[number] for number in sorted(numbers)]


def _check_both(site: Site, report: Report) -> None:
    """Report what is both closed and open, so that one of the two would say nothing."""
    for opened in site.opened:
        for closure in site.closures:
            told = [days.told for days in closure.days if any(_has_all(each, days) for each in opened.days)]
            if told and not closure.hours:
                where = f"; the closure stands in line {closure.place.line}" if closure.place.line else ""
                message = f"{told[0]} is both closed and open"
                report.error(opened.place, "closed-and-open", message, f"leave one of the two out{where}")


def _has_all(days: Days, others: Days) -> bool:
    if isinstance(days, Dates) and isinstance(others, Dates):
        return days.first <= others.first and others.last <= days.last
    return days == others


# --- whether any day is left ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _OnlyWeekend:
    """Public holidays that are none, of a country with this weekend."""

    weekend: frozenset[int]
    told: str = ""
    last_year: int | None = None

    def of(self, year: int) -> Mapping[date, str]:
        return {}

    def working_weekends(self, year: int) -> Collection[date]:
        return ()

    def is_estimated(self, day: date) -> bool:
        return False


def usual_week(site: Site) -> tuple[Hours, ...]:
    """Give the hours of each weekday from Monday on, as they are in a week without holidays and other closures."""
    weekly = (
        closure._replace(days=days)
        for closure in site.closures
        if (days := tuple(each for each in closure.days if isinstance(each, Weekdays | Weekend | AnyDay)))
    )
    usual = Opening(replace(site, public=_OnlyWeekend(site.weekend), closures=tuple(weekly), opened=()))
    monday = date(2024, 1, 1).toordinal()
    return tuple(usual.day(ANYONE, monday + number).hours for number in range(7))


def _check_that_days_are_left(site: Site, keys: Mapping[str, Place], report: Report) -> None:
    """Report where what comes back week by week and year by year leaves no day at all."""
    usual = Opening(
        replace(
            site,
            public=_OnlyWeekend(site.weekend),
            closures=tuple(_recurring(site.closures)),
            opened=tuple(_recurring(site.opened)),
        )
    )
    if not any(usual.day(ANYONE, day).hours for day in _A_YEAR):
        place = keys.get("closed", keys.get("hours", NOWHERE))
        message = "every day is closed" if keys else "--closed: every day is closed then"
        report.error(place, "every-day", message, "leave out the days on which visits are possible")
        return
    for possible in site.possible.values():
        reason = _why_never(possible, usual, Opening(site))
        if reason is not None:
            message = f"`{possible.id}` is possible on no day" + (f": {reason}" if reason else "")
            hint = "compare its days and hours with the site's; with `on: any day` closed days count as well"
            report.error(possible.place, "every-day", message, hint)


def _recurring(entries: Collection[_Entry]) -> Iterator[_Entry]:
    """Give the entries without their single dates."""
    for entry in entries:
        days = tuple(each for each in entry.days if not isinstance(each, Dates))
        if days:
            yield entry._replace(days=days)


def _why_never(possible: Possible, usual: Opening, whole: Opening) -> str | None:
    """Say why visits of one kind are possible on no day; None where they are on some."""
    if any(isinstance(days, WorkingWeekends) for days in possible.days):
        return None
    found = [usual.day(possible.id, day) for day in _A_YEAR]
    for dates in possible.days:
        if isinstance(dates, Dates):
            last = min(dates.last.toordinal(), dates.first.toordinal() + len(_A_YEAR))
            found += (whole.day(possible.id, day) for day in range(dates.first.toordinal(), last + 1))
    if any(day.hours for day in found):
        return None
    reasons = [day.reason for day in found if not day.reason.startswith(f"{possible.id} only on ")]
    return reasons[-1] if reasons else ""
