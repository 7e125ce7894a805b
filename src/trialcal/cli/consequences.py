"""What follows from a record: what the plan was, what it is now, and what is wrong that was not wrong before.

A room of its own because it compares two plans and knows nothing of files or of what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialcal.problems import Problem
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.telling import day_told

MOST_SOLVED = 5


def moved(before: Schedule, after: Schedule, recorded: str) -> Iterator[str]:
    """Tell in words what moved: `day-28: Mon 2025-04-07 -> Wed 2025-04-09`; not the visit that was recorded."""
    earlier = {visit.id: visit for visit in before.visits}
    for visit in after.visits:
        known = earlier.pop(visit.id, None)
        if visit.id == recorded:
            continue
        told = _change(known, visit)
        if told:
            yield f"{visit.id}: {told}"
    for visit in earlier.values():
        if visit.id != recorded:
            yield f"{visit.id}: {_date(visit)} -> not planned any more"


def was_planned(before: Schedule, visit: str) -> str:
    """Tell on which date a visit was to be before it was recorded; "" where on none."""
    known = next((row for row in before.visits if row.id == visit), None)
    if known is None or known.on is None or known.status == "completed":
        return ""
    how = "booked for" if known.status == "booked" else "planned on"
    return f"{how} {day_told(known.on.toordinal())}"


def new_problems(before: Schedule, after: Schedule) -> Iterator[Problem]:
    """Give what is wrong now and was not before, as warnings: people decide what it means."""
    known = {_told_apart(problem) for problem in before.problems}
    for problem in after.problems:
        if problem.level != "note" and _told_apart(problem) not in known:
            yield replace(problem, level="warning")


def solved(before: Schedule, after: Schedule) -> Iterator[str]:
    """Tell which errors are there no more."""
    left = {(problem.code, problem.visits) for problem in after.problems}
    gone = [each for each in before.problems if each.level == "error" and (each.code, each.visits) not in left]
    for problem in gone[:MOST_SOLVED]:
        yield f"no longer: {problem.message}"
    if len(gone) > MOST_SOLVED:
        yield f"no longer: {len(gone) - MOST_SOLVED} more problems"


def _told_apart(problem: Problem) -> tuple[str, object]:
    """Give what makes a problem another one: an error tells of dates, a warning mostly of the protocol."""
    return problem.code, problem.message if problem.level == "error" else problem.visits


def _change(known: ScheduledVisit | None, visit: ScheduledVisit) -> str:
    if known is None:
        return f"now planned, {_date(visit)}"
    if visit.status == "cancelled" and known.status != "cancelled":
        return f"falls away (was {_date(known)})"
    if known.on != visit.on:
        return f"{_date(known)} -> {_date(visit)}"
    if (known.window_start, known.window_end) != (visit.window_start, visit.window_end) and visit.on is None:
        return f"possible {_window(known)} -> {_window(visit)}"
    return ""


def _date(visit: ScheduledVisit) -> str:
    return "no date" if visit.on is None else day_told(visit.on.toordinal())


def _window(visit: ScheduledVisit) -> str:
    first, last = visit.window_start, visit.window_end
    if first is None and last is None:
        return "at any time"
    told = [day_told(day.toordinal()) if day is not None else "..." for day in (first, last)]
    return f"{told[0]} to {told[1]}"
