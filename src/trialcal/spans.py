"""Periods and lookbacks with their dates: spans that are counted from visits, and are no visits themselves.

A room of its own because nothing is planned here: the visits' days stand, and spans only follow from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from trialcal.days import Count, Duration, clock_of, count_of, day_of
from trialcal.ending import option_day
from trialcal.model import End, Ends, Model
from trialcal.protocol import Lookback, Multiple, Period, Protocol
from trialcal.schedule import ScheduledLookback, ScheduledPeriod
from trialcal.settle import Settled
from trialcal.stating import parameter_of
from trialcal.subject import Subject
from trialcal.telling import clock_told, day_told, option_told, timing_told
from trialcal.timing import Offset, Timing, Whichever

# --- periods ------------------------------------------------------------------------------------------------------


def periods_of(settled: Settled) -> Iterator[ScheduledPeriod]:
    """Give every period with the dates that are known."""
    model = settled.model
    for period, ends in zip(model.protocol.periods, model.periods, strict=True):
        notes = [f"applies to: {period.applies_to}"] if period.applies_to else []
        start, latest_start = _start_dates(settled, period, ends)
        if start is not None and latest_start is not None and start != latest_start:
            notes.append(f"starts on {day_told(start)} or {day_told(latest_start)}: the clock time is not known")
            start = None
        elif start is None:
            waited = str(period.start.reference) if isinstance(period.start, Offset) else "the anchor"
            notes.append(f"starts when {waited} has a date")
        low, high = _until(settled, period, ends, start)
        end = low if low == high and not period.event else None
        counted = ends.start if period.lasts is not None else ends.until
        stop = min(_stopped(settled, period), default=None)
        is_stopped = stop is not None and (end is None or stop[0] < end)
        if stop is not None and is_stopped:
            low = high = end = stop[0]
            notes.append(f"ends early, with {stop[1]}")
            if start is None or stop[0] < start:
                start = low = high = end = None
                notes[-1] = f"falls away: {stop[1]} is on {day_told(stop[0])}, before it starts"
        if start is not None and end is not None and end < start:
            notes.append("it ends before it starts: nothing of it is left")
        if end is not None and not is_stopped and counted is not None and counted.visit not in settled.pins:
            name = model.visit(counted.visit).id
            notes.append(f"the end counts from the planned date of {name} and moves with it")
        if period.notes:
            notes.append(period.notes)
        not_before, pending_on = (None, "") if is_stopped else _open_end(settled, period, ends, low, high, notes)
        yield ScheduledPeriod(
            period.id,
            period.name,
            _date(start),
            _date(end),
            _date(not_before),
            pending_on,
            period.assumed,
            period.source,
            tuple(notes),
        )


def _stopped(settled: Settled, period: Period) -> Iterator[tuple[int, str]]:
    """Give the dates and ids of the visits that end a period early."""
    for reference in period.ends_with:
        for name in reference.members[-1:] if reference.pick == "last" else reference.members[:1]:
            day = settled.days.get(settled.model.numbers[name])
            if day is not None:
                yield day, name


def _start_dates(settled: Settled, period: Period, ends: Ends) -> tuple[int | None, int | None]:
    """Give the first and last date that a period's start can be: the same, unless hours leave it open."""
    if isinstance(period.start, Whichever):
        day = _whichever(settled, period.start, ends.start_options)
        return day, day
    return _dates(settled, ends.start)


def _whichever(settled: Settled, timing: Whichever, options: Sequence[End | None]) -> int | None:
    """Give the later (or earlier) of several dates, once all are known."""
    days = [option_day(option, settled.days) for option in options]
    known = [day for day in days if day is not None]
    if len(known) < len(days):
        return None
    return max(known) if timing.which == "later" else min(known)


def _dates(settled: Settled, end: End | None) -> tuple[int | None, int | None]:
    day = None if end is None else settled.days.get(end.visit)
    return (None, None) if end is None or day is None else (end.low.apply(day), end.high.apply(day))


def _until(settled: Settled, period: Period, ends: Ends, start: int | None) -> tuple[int | None, int | None]:
    """Give the first and last date that a period's end can be: the same, unless hours leave it open."""
    if isinstance(period.until, Whichever):
        day = _whichever(settled, period.until, ends.until_options)
        return day, day
    if period.lasts is None:
        return _dates(settled, ends.until)
    if start is None:
        return None, None
    last = count_of(period.lasts).apply(start) - 1
    return last, last


def _open_end(
    settled: Settled, period: Period, ends: Ends, low: int | None, high: int | None, notes: list[str]
) -> tuple[int | None, str]:
    """Give what an end is not before, and what it waits for; "" where it is known."""
    model, until = settled.model, ends.until
    is_dated = low is not None
    if isinstance(period.until, Whichever) and not is_dated:
        return _open_whichever(settled, period.until, ends.until_options, notes)
    if until is not None and low is None and until.visit in settled.earliest:
        low = until.low.apply(settled.earliest[until.visit])
    if period.event:
        if period.whichever == "earlier":
            if high is not None:
                notes.append(f"ends on {day_told(high)} at the latest")
            return None, period.event
        return low, period.event
    if not is_dated:
        told = f"{period.lasts} from its start" if period.until is None else _ending_told(period.until)
        counted = _start(model, period) if period.lasts is not None else until
        return low, f"{told}; {_waited(model, counted, period)} has no date yet"
    if low != high:
        return low, f"the clock time of {_waited(model, until, period)}"
    return None, ""


def _open_whichever(
    settled: Settled, until: Whichever, options: Sequence[End | None], notes: list[str]
) -> tuple[int | None, str]:
    """Give what an end at the later or earlier of several dates is not before, and which of them it waits for."""
    days = [option_day(option, settled.days) for option in options]
    waits = [option_told(each) for each, day in zip(until.options, days, strict=True) if day is None]
    known = [day for day in days if day is not None]
    if until.which == "earlier":
        notes += [f"ends on {day_told(min(known))} at the latest"] if known else []
        return None, " and ".join(waits)
    return max(known, default=None), " and ".join(waits)


def _ending_told(until: Timing) -> str:
    """Give an end in words; the day of a visit is told by its name alone."""
    return option_told(until) if isinstance(until, Offset) else timing_told(until)


def _start(model: Model, period: Period) -> End | None:
    return next(
        ends.start for known, ends in zip(model.protocol.periods, model.periods, strict=True) if known is period
    )


def _waited(model: Model, end: End | None, period: Period) -> str:
    """Give the visit of which an end waits for a date."""
    if end is not None:
        return model.visit(end.visit).id
    timings = (period.until, period.start) if period.lasts is None else (period.start,)
    return next((str(timing.reference) for timing in timings if isinstance(timing, Offset)), "its start")


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


# --- lookbacks ------------------------------------------------------------------------------------------------------


class _Known(NamedTuple):
    """What is the same for every subject: the steps back, and the notes."""

    lookback: Lookback
    steps: tuple[Count, ...]  # empty where a parameter decides
    before: str
    own_notes: tuple[str, ...]
    notes: tuple[str, ...]  # these, and what is rounded


@lru_cache(maxsize=16)
def _known(protocol: Protocol) -> tuple[_Known, ...]:
    found = []
    for lookback in protocol.lookbacks:
        spans = [span for span in lookback.spans if isinstance(span, Duration)]
        steps = tuple(_back(span) for span in spans) if len(spans) == len(lookback.spans) else ()
        notes = [lookback.notes] if lookback.notes else []
        rounded = [_rounded(span) for span in spans if span.needs_clock and span.minutes % 1440]
        found.append(_Known(lookback, steps, str(lookback.before), tuple(notes), (*notes, *rounded)))
    return tuple(found)


def lookbacks_of(settled: Settled, subject: Subject) -> Iterator[ScheduledLookback]:
    """Give every lookback, counted backwards from the date of its event as far as that and all spans are known."""
    days = settled.days
    for known, event in zip(_known(settled.model.protocol), settled.model.events, strict=True):
        lookback, steps, notes = known.lookback, known.steps, known.notes
        day = days.get(event.visit) if event is not None else None
        if day is not None and event is not None:
            day = event.low.apply(day)
        if not steps:
            steps, more = _with_parameters(lookback, subject, day)
            notes += more
        first = last = None
        if day is None:
            name = known.before if event is None else settled.model.visit(event.visit).id
            notes += (f"waits for a date of {name}",)
        elif (clock := _on_the_clock(lookback, event, settled.model)) is not None:
            first, last, told = clock
            notes = (*known.own_notes, told)
        elif steps:
            start = steps[0].apply(day) if len(steps) == 1 else min(step.apply(day) for step in steps)
            if lookback.kind == "none-within":
                first, last = date.fromordinal(start), date.fromordinal(start - 1)
            elif lookback.kind == "discontinued":
                last = date.fromordinal(start)
            else:
                first = date.fromordinal(start)
        yield ScheduledLookback(
            lookback.id,
            lookback.name,
            lookback.kind,
            known.before,
            first,
            last,
            lookback.applies_to,
            lookback.exceptions,
            lookback.assumed,
            lookback.source,
            notes,
        )


def _on_the_clock(lookback: Lookback, event: End | None, model: Model) -> tuple[date | None, date | None, str] | None:
    """Give the dates and the moment of a lookback in hours whose event has a clock time; None for any other."""
    moment = None if event is None else model.moments.get((event.visit, lookback.before.edge))
    spans = [span for span in lookback.spans if isinstance(span, Duration) and span.needs_clock]
    if moment is None or len(spans) != len(lookback.spans):
        return None
    boundary = moment - max(span.minutes for span in spans)
    on = date.fromordinal(day_of(boundary, model.zone))
    told = clock_told(clock_of(boundary, model.zone))
    if lookback.kind == "none-within":
        before = date.fromordinal(day_of(boundary - 1, model.zone))
        return on, before, f"none from {told} on"
    if lookback.kind == "discontinued":
        return None, on, f"last permitted at {told}"
    return on, None, f"from {told} on"


def _with_parameters(
    lookback: Lookback, subject: Subject, day: int | None
) -> tuple[tuple[Count, ...], tuple[str, ...]]:
    """Give the steps back with the parameters that the user supplied; none while one is missing."""
    steps: list[Count] = []
    notes: list[str] = []
    missing: list[str] = []
    for span in lookback.spans:
        duration: Duration | None = None
        if isinstance(span, Multiple):
            value = subject.parameters.get(span.parameter)
            if value is None:
                missing.append(span.parameter)
            else:
                duration = Duration(span.count * value.count, value.unit)
                notes.append(f"{span} = {duration}")
        else:
            duration = span
        if duration is not None:
            steps.append(_back(duration))
            if duration.needs_clock and duration.minutes % 1440:
                notes.append(_rounded(duration))
    if missing:
        told = " and ".join(parameter_of(subject, name) for name in missing)
        notes.append(f"{spans_told(lookback)}: not known until {told} is given")
        return (), tuple(notes)
    return tuple(steps), tuple(notes)


def spans_told(lookback: Lookback) -> str:
    """Give the length of a lookback in the words of the file."""
    if len(lookback.spans) == 1:
        return str(lookback.spans[0])
    return "the longer of " + " and ".join(str(span) for span in lookback.spans)


def _back(duration: Duration) -> Count:
    """Step back in whole days; hours from the first minute of the event's date, so to the earliest date."""
    if duration.needs_clock:
        return Count((-(-duration.minutes // 1440) * -1,))
    return count_of(duration, -1)


def _rounded(duration: Duration) -> str:
    return f"{duration} is counted as {-(-duration.minutes // 1440)} d, the next whole number of days"
