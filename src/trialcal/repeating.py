"""Repeats written out: "every 8 weeks from Day 57 for 12 months, then every 12 weeks" as so many visits.

Every date is counted in one step from the anchor or from the visit that the repeat begins after, never from the one
before (design, 4.3). How often it happens must not depend on which months are meant: where it would, it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from trialcal.days import Duration, StudyDays, count_of
from trialcal.problems import Report
from trialcal.protocol import Choices, Repeated, Visit
from trialcal.timing import Every, Offset, OnDay, Reference, Timing

# How far a repeat is planned where nothing ends it and the file does not say: in days, or for a repeat in months.
USUAL_HORIZON = {False: Duration(365, "days"), True: Duration(1, "years")}


class Occurrence(NamedTuple):
    """How far from its beginning a repeat happens: so many days, or so many months; one of the two is 0."""

    days: int
    months: int


class Written(NamedTuple):
    """A repeat written out."""

    visits: list[Visit]
    repeated: Repeated


def count_repeat(visit: Visit, study_days: StudyDays, choices: Choices, report: Report) -> list[Occurrence]:
    """Give all occurrences of a repeat; what cannot be counted is reported."""
    chosen = dict((*choices.horizons, *choices.counts)).get(visit.entry)
    found: list[Occurrence] = []
    for occurrence in _occurrences(visit, study_days, report, chosen is not None):
        if chosen is not None and len(found) >= chosen:
            break
        found.append(occurrence)
    if not found and not report.problems:
        hint = "the first one would be later: lengthen `for`, or shorten the distance"
        report.error(visit.at_place, "never", "this repeat never happens", hint)
    return found


def repeated_of(visit: Visit, count: int, choices: Choices) -> Repeated:
    """Say how many visits of a repeat are planned, and whether that is all."""
    every = _every(visit)
    chosen = visit.entry in dict(choices.counts)
    is_open = every.stages[-1].lasts is None and not chosen
    return Repeated(visit.entry, f"visits of {visit.entry}", count, is_open, visit.until, chosen)


def written_out(visit: Visit, occurrences: list[Occurrence], study_days: StudyDays) -> Iterator[Visit]:
    """Write a repeat out as a numbered series."""
    every = _every(visit)
    for nth, occurrence in enumerate(occurrences, 1):
        yield replace(
            visit,
            id=f"{visit.entry}-{nth}",
            at=_timing(every, occurrence, study_days),
            name=numbered(visit.name, nth),
            short=numbered(visit.short, nth),
            nth=nth,
            repeats=visit.entry,
            turn=nth,
        )


def numbered(name: str, number: int) -> str:
    """Put the number of a series into a name, at `{n}` or behind it."""
    if "{n}" in name:
        return name.replace("{n}", str(number)) if number else name.replace(" {n}", "").replace("{n}", "")
    return f"{name} {number}" if number else name


def _every(visit: Visit) -> Every:
    assert isinstance(visit.at, Every)
    return visit.at


def _timing(every: Every, occurrence: Occurrence, study_days: StudyDays) -> Timing:
    if every.first is not None:
        return OnDay(study_days.study_day(occurrence.days))
    reference: Reference | None = every.reference
    assert reference is not None
    amount = Duration(occurrence.months, "months") if occurrence.months else Duration(occurrence.days, "days")
    return Offset(amount, 1, reference)


def _occurrences(visit: Visit, study_days: StudyDays, report: Report, goes_on: bool) -> Iterator[Occurrence]:
    """Give the occurrences in their order; `goes_on` leaves the end of the last stage to the caller."""
    every = _every(visit)
    months = [stage.every.unit in ("months", "years") for stage in every.stages]
    if any(months) and (not all(months) or every.first is not None):
        hint = "give all of it in weeks or days; or, for months throughout, begin with `after` a visit"
        report.error(visit.at_place, "bad-timing", "a repeat in months is counted from a visit, all in months", hint)
        return
    at = Occurrence(0, 0)
    if every.first is not None:
        at = Occurrence(study_days.distance(every.first), 0)
        yield at
    for number, stage in enumerate(every.stages):
        is_last = number == len(every.stages) - 1
        until = (
            stage.lasts
            if not is_last
            else None
            if goes_on
            else stage.lasts or visit.horizon or USUAL_HORIZON[any(months)]
        )
        while True:
            following = _after(at, stage.every)
            if until is not None and not _is_within(following, until, visit, report):
                break
            at = following
            yield at


def _after(at: Occurrence, step: Duration) -> Occurrence:
    if step.unit in ("months", "years"):
        return Occurrence(0, at.months + step.months)
    assert step.days is not None
    return Occurrence(at.days + step.days, 0)


def _is_within(at: Occurrence, until: Duration, visit: Visit, report: Report) -> bool:
    """Tell whether an occurrence is not beyond a distance from the beginning, whichever months are meant."""
    if bool(at.months) == (until.days is None) or not until.count:
        return at.months <= until.months if at.months else at.days <= (until.days or 0)
    if at.months:
        fewest, most = days_of_months(at.months)
        assert until.days is not None
        is_sure, is_possible = most <= until.days, fewest <= until.days
    else:
        fewest, most = days_of_months(until.months)
        is_sure, is_possible = at.days <= fewest, at.days <= most
    if is_sure != is_possible:
        told = f"{at.months} months" if at.months else f"{at.days} days"
        message = f"whether {told} are within {until} depends on the months that are meant"
        report.error(visit.at_place, "bad-timing", message, "give both in weeks or days, or both in months")
    return is_sure


@lru_cache(maxsize=256)
def days_of_months(months: int) -> tuple[int, int]:
    """Give the fewest and the most days that so many months can be, from any date on.

    >>> days_of_months(1), days_of_months(12)
    ((28, 31), (365, 366))
    """
    step = count_of(Duration(months, "months"))
    days = [step.apply(first) - first for first in range(_FIRST, _FIRST + 4 * 366)]
    return min(days), max(days)


_FIRST = date(2095, 1, 1).toordinal()  # from here on one leap year, and 2100, which is none
