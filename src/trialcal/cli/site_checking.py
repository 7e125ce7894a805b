"""What `check` does with a site's file, and what it says of a good one in words.

A room of its own beside `checking`, because nothing of it is about protocols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from trialcal.cli.checked_told import write_checked
from trialcal.cli.output import counted
from trialcal.files.site_sense import usual_week
from trialcal.files.sites import load_site
from trialcal.opening import hours_told
from trialcal.problems import printable_line
from trialcal.site import ALL_DAY, WEEKDAYS, AnyDay, Closure, Hours, Opened, Possible, Site, WorkingWeekends


def checked_site(name: str, path: Path, here: Path) -> int:
    """Check a site's file and print what was found, and what it says; gives 0, or 1 for errors."""
    site, problems = load_site(str(path), here)
    read_back = (printable_line(line) for line in _summary(site)) if site is not None else ()
    return write_checked(name, problems, read_back)


# --- what a site says, in words -------------------------------------------------------------------------------------


def _summary(site: Site) -> Iterator[str]:
    yield f"{site.name}, {site.zone}"
    yield from _week(site)
    if site.public is not None:
        until = f", known until {site.public.last_year}" if site.public.last_year is not None else ""
        yield f"public holidays of {site.public.told}{until}; the weekend there is {_listed(sorted(site.weekend))}"
    if site.closures:
        told = (f"{_days(closure)}{_part(closure.hours)} ({closure.reason})" for closure in site.closures)
        yield f"{counted(len(site.closures), 'closure')}: {', '.join(told)}"
    if site.opened:
        told = (f"{_days(opened)}{_part(opened.hours)} ({opened.reason})" for opened in site.opened)
        yield f"{counted(len(site.opened), 'exception')}, open: {', '.join(told)}"
    for possible in site.possible.values():
        yield f"{possible.id}: {', '.join(_own(possible))}"


def _week(site: Site) -> Iterator[str]:
    """Tell the usual week, days with the same hours together."""
    week = usual_week(site)
    groups: list[tuple[list[int], Hours]] = []
    for number, hours in enumerate(week):
        if groups and groups[-1][1] == hours:
            groups[-1][0].append(number)
        else:
            groups.append(([number], hours))
    told = [f"{_listed(numbers)} {_hours(hours)}" for numbers, hours in groups if hours]
    told += (
        f"working weekend days {_hours(entry.hours)}"
        for entry in site.hours
        if any(isinstance(days, WorkingWeekends) for days in entry.days)
    )
    yield f"open {', '.join(told)}" if told else "open on none of the weekdays as a rule"
    closed = [number for number, hours in enumerate(week) if not hours]
    if closed:
        yield f"closed {_listed(closed)}"


def _listed(numbers: Sequence[int]) -> str:
    """Give weekdays in words: `Mon-Thu`, `Sat and Sun`."""
    names = [WEEKDAYS[number] for number in numbers]
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{names[0]}-{names[-1]}"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _hours(hours: Hours) -> str:
    return "all day" if hours == ALL_DAY else hours_told(hours)


def _part(hours: Hours) -> str:
    return f" {_hours(hours)}" if hours else ""


def _days(entry: Closure | Opened) -> str:
    return " and ".join(days.told for days in entry.days)


def _own(possible: Possible) -> Iterator[str]:
    if any(isinstance(days, AnyDay) for days in possible.days):
        yield "any day, also where the site is closed"
    elif possible.days:
        yield f"only on {' and '.join(days.told for days in possible.days)}"
    if possible.hours:
        yield f"only {_hours(possible.hours)}"
    if possible.only_start:
        yield "of several dates only the first must be open"
    if possible.weight is not None:
        yield f"weight {possible.weight}"
    if possible.reason:
        yield possible.reason
