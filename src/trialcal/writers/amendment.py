"""What an amendment means for one subject, in words: what differs in the protocol, what moves, what stays as it was.

A room of its own because it is read once, before it counts: all that changes is there, and that what is done stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from trialcal.differences import Difference
from trialcal.schedule import Schedule, ScheduledPeriod, ScheduledVisit
from trialcal.telling import day_told
from trialcal.writers.dated import sentence_inked
from trialcal.writers.differences import difference_lines, summary_told
from trialcal.writers.page import hanging, heading, ink, printed
from trialcal.writers.phrasing import names_told


def amendment_text(
    title: str, found: Sequence[Difference], before: Schedule, after: Schedule, *, width: int, colour: bool
) -> str:
    """Give an amendment as text of at most `width` cells a line: differences that change dates, then the subject."""
    lines = [*hanging(ink((title, "bold")), Text(), width, 0)]
    dates = [each for each in found if each.changes_dates]
    lines += heading("What differs in the protocol", width)
    lines += difference_lines(dates, width)
    lines += hanging("  ", ink((summary_told(found), "dim")), width)
    lines += heading(f"What changes for {after.subject.id or 'this subject'}", width)
    changes = [*subject_changes(before, after)]
    for line in changes:
        lines += hanging("  · ", sentence_inked(line), width)
    if not changes:
        lines += [ink("  nothing")]
    return printed(lines, colour=colour)


def subject_changes(before: Schedule, after: Schedule) -> Iterator[str]:
    """Tell row by row what another version changes for a subject, and last which visits stay as they were."""
    earlier = {row.id: row for row in before.visits}
    stays: list[str] = []
    for row in after.visits:
        known = earlier.pop(row.id, None)
        if known is None:
            yield f"{row.id}: new, {_when(row)}"
        elif _is_done(row) and _dates(known) == _dates(row):
            stays.append(row.id)
        elif _is_done(row):
            yield f"{row.id}: done {_on(row)}, now judged by the new version: {_spans(known, row)}"
        elif (known.on, *_dates(known)) != (row.on, *_dates(row)):
            yield f"{row.id}: {_moved(known, row)}"
    for row in earlier.values():
        booked = ", which was booked" if row.booked is not None else ""
        yield f"{row.id}: not planned any more (was {_on(row)}{booked})"
    spans = {period.id: period for period in before.periods}
    for period in after.periods:
        other = spans.pop(period.id, None)
        if other is None or _ends(other) != _ends(period):
            was = "" if other is None else f"{_period(other)} -> "
            yield f"period {period.id}: {was}{_period(period)}"
    for period in spans.values():
        yield f"period {period.id}: not planned any more (was {_period(period)})"
    if stays:
        yield f"done, and untouched: {names_told(stays)}"


def _is_done(row: ScheduledVisit) -> bool:
    return row.status in ("completed", "missed", "skipped")


def _dates(row: ScheduledVisit) -> tuple[date | None, ...]:
    return row.target, row.window_start, row.window_end


def _moved(before: ScheduledVisit, after: ScheduledVisit) -> str:
    """Tell how a visit that is still to come moves: its date, and its window where that changes."""
    told = [f"{_on(before)} -> {_on(after)}"] if before.on != after.on else [_on(after)]
    if before.status != after.status and "booked" in (before.status, after.status):
        told.append(f"{before.status} -> {after.status}")
    if _dates(before)[1:] != _dates(after)[1:]:
        told.append(_spans(before, after))
    elif before.target != after.target and (before.on, after.on) != (before.target, after.target):
        told.append(f"target {_day(before.target)} -> {_day(after.target)}")
    return ", ".join(told)


def _when(row: ScheduledVisit) -> str:
    return f"{_on(row)}, window {_span(row)}" if row.window_start or row.window_end else _on(row)


def _spans(before: ScheduledVisit, after: ScheduledVisit) -> str:
    return f"window {_span(before)} -> {_span(after)}"


def _span(row: ScheduledVisit) -> str:
    if row.window_start is None and row.window_end is None:
        return "none stated"
    return f"{_day(row.window_start)} to {_day(row.window_end)}"


def _on(row: ScheduledVisit) -> str:
    return _day(row.on) if row.on is not None else "no date"


def _day(day: date | None) -> str:
    return "..." if day is None else day_told(day.toordinal())


def _ends(period: ScheduledPeriod) -> tuple[object, ...]:
    return period.start, period.end, period.end_not_before


def _period(period: ScheduledPeriod) -> str:
    if period.start is None:
        return "no dates yet"
    if period.end is None:
        least = f", at least until {_day(period.end_not_before)}" if period.end_not_before else ""
        return f"from {_day(period.start)}, no end yet{least}"
    return f"{_day(period.start)} to {_day(period.end)}"
