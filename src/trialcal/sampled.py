"""Timepoints with their clock times: samples around the start or the end of a visit, as far as these are known.

A room of its own because a timepoint gives no visit a date and moves no other: it only follows. Everything here is
elapsed time, through UTC where a time zone is known; nothing is rounded, and without a clock time nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from operator import itemgetter
from typing import NamedTuple

from trialcal.days import Duration, clock_of, occurs_twice
from trialcal.model import Model
from trialcal.protocol import Timepoints
from trialcal.schedule import ScheduledTimepoint
from trialcal.settle import Settled
from trialcal.stating import date_of, end_of
from trialcal.telling import clock_told, gap_told
from trialcal.timing import Edge, Offset, OffsetRange, Percent, Reference, Window

NO_CLOCK = "no clock time yet: "  # how the note begins that says what a timepoint waits for
NO_ZONE = "no time zone is known: a change of the clocks (daylight saving) is not counted"

_Place = tuple[bool, int]


class _Around(NamedTuple):
    """What timepoints are around: a visit by its index (None where nobody knows which), and its name."""

    i: int | None
    name: str
    edge: Edge


class _Seconds(NamedTuple):
    """A timepoint in seconds from a start or end, negative before it; its window is inclusive at both ends."""

    target: int | None
    first: int | None
    last: int | None


def timepoints_of(settled: Settled, order: Sequence[str]) -> Iterator[ScheduledTimepoint]:
    """Give all timepoints, those of each visit in the order of their times; the visits in the `order` of their ids.

    Of equal times the one that stands first in the file comes first. Visits that fall away have none. Where nobody
    knows yet which visit is meant, they come last.
    """
    found: dict[str, list[tuple[_Place, ScheduledTimepoint]]] = {}
    for entry in settled.model.protocol.timepoints:
        for around in _all_around(settled, entry):
            rows = found.setdefault(around.name, [])
            for number, at in enumerate(entry.at, 1):
                rows.append(_timepoint(settled, entry, number, at, around))
    for name in dict.fromkeys((*order, *found)):
        for _, row in sorted(found.get(name, ()), key=itemgetter(0)):
            yield row


# --- which visits -------------------------------------------------------------------------------------------------


def _all_around(settled: Settled, entry: Timepoints) -> Iterator[_Around]:
    """Give every visit that an entry is around, once for its start and once for its end."""
    told: set[_Around] = set()
    for reference in entry.visits:
        meant = _meant(settled, reference)
        if meant is None:
            around = [_Around(None, f"{reference.pick} {reference.name}", reference.edge)]
        else:
            around = [_Around(i, settled.model.visit(i).id, reference.edge) for i in meant]
        for each in around:
            if each not in told:
                told.add(each)
                yield each


def _meant(settled: Settled, reference: Reference) -> Sequence[int] | None:
    """Give the visits that a reference means, without those that fall away; None where that is not known yet."""
    model = settled.model
    members = [model.numbers[name] for name in reference.members]
    if reference.pick in ("only", "each"):
        away = settled.gone | model.known.absent
        return [i for i in members if i not in away]
    if reference.pick == "previous":
        return None
    present = [i for i in members if i not in model.dropped]
    if reference.pick == "first":
        return present[:1]
    repeated = model.protocol.repeated
    groups = {model.visit(i).repeats for i in present} - {""}
    if any(repeated[group].is_open and group not in settled.ended for group in groups):
        return None
    return present[-1:]


# --- when ---------------------------------------------------------------------------------------------------------


def _timepoint(
    settled: Settled, entry: Timepoints, number: int, at: Offset | OffsetRange, around: _Around
) -> tuple[_Place, ScheduledTimepoint]:
    """Give a timepoint, and what puts it in order among those of its visit: the seconds from the visit's start."""
    model, i = settled.model, around.i
    edge: Edge = "end" if around.edge == "end" else at.reference.edge
    moment = model.moments.get((i, edge)) if i is not None and i in settled.days else None
    seconds = _seconds(at, entry.window)
    notes = [*_window_notes(at, entry.window, is_known=moment is not None)]
    target = first = last = None
    if moment is not None:
        target, first, last = (_clock(moment, each, model.zone) for each in seconds)
        notes += _clock_notes(_clock(moment, 0, model.zone), (target, first, last), model.zone)
    else:
        notes.append(NO_CLOCK + _waits_told(settled, around, edge))
    if entry.notes:
        notes.append(entry.notes)
    what = f"the end of {around.name}" if edge == "end" else around.name
    head = f"{around.name}-end" if around.edge == "end" else around.name
    row = ScheduledTimepoint(
        f"{head.replace(' ', '-')}-{entry.id}-{number}",
        "" if i is None else around.name,
        entry.id,
        entry.name,
        f"{_when_told(at, 'at')} {what}",
        target,
        first,
        last,
        "relative" if moment is None else "known",
        entry.activities,
        entry.applies_to,
        entry.assumed,
        entry.source,
        tuple(notes),
        _when_told(at, "at") + " the end" if edge == "end" else _when_told(at, "at the time itself"),
        str(entry.window) if entry.window is not None and isinstance(at, Offset) else "",
        around.name,
    )
    base = _start_to(model, i, edge)
    nominal = next(each for each in (seconds.target, seconds.first, seconds.last) if each is not None)
    return (base is None, (base or 0) * 60 + nominal), row


def _start_to(model: Model, i: int | None, edge: Edge) -> int | None:
    """Give the minutes from a visit's start to its start or end; None where nobody knows how long it lasts."""
    if edge == "start" or i is None:
        return 0
    starts, ends = model.moments.get((i, "start")), model.moments.get((i, "end"))
    if starts is not None and ends is not None:
        return ends - starts
    lasts = model.visit(i).lasts
    return lasts.minutes if lasts is not None and lasts.needs_clock else None


def _seconds(at: Offset | OffsetRange, window: Window | Percent | None) -> _Seconds:
    """Give the target and window of a timepoint; a window in hundredths ends on the last whole second within it."""
    if isinstance(at, OffsetRange):
        nearer, farther = at.least.minutes * 60, None if at.most is None else at.most.minutes * 60
        if at.sign > 0:
            return _Seconds(None, nearer, farther)
        return _Seconds(None, None if farther is None else -farther, -nearer)
    target = at.sign * at.amount.minutes * 60
    if window is None:
        return _Seconds(target, None, None)
    if isinstance(window, Percent):
        share = _hundredths(at.amount, window) // 100
        return _Seconds(target, target - share, target + share)
    return _Seconds(target, target - window.lower.minutes * 60, target + window.upper.minutes * 60)


def _hundredths(amount: Duration, percent: Percent) -> int:
    """Give so many hundredths of a duration, in hundredths of a second."""
    return amount.minutes * 60 * percent.share


def _clock(minute: int, seconds: int | None, zone: tzinfo | None) -> datetime | None:
    """Give the wall-clock time that lies elapsed seconds from a minute; with a zone it carries its offset."""
    if seconds is None:
        return None
    clock = clock_of(minute, None) + timedelta(seconds=seconds)
    return clock if zone is None else clock.replace(tzinfo=UTC).astimezone(zone)


# --- words --------------------------------------------------------------------------------------------------------


def _when_told(at: Offset | OffsetRange, itself: str) -> str:
    """Give a distance with its side, `30 min before`; no distance at all is `itself`."""
    if isinstance(at, Offset) and not at.amount.count:
        return itself
    return f"{at.amount if isinstance(at, Offset) else gap_told(at)} {'after' if at.sign > 0 else 'before'}"


def _window_notes(at: Offset | OffsetRange, window: Window | Percent | None, *, is_known: bool) -> Iterator[str]:
    """Say how a window in hundredths comes out, and without clock times what the window is."""
    if isinstance(at, OffsetRange) or window is None:
        return
    if isinstance(window, Window):
        if not is_known:
            yield f"its window is {window}"
        return
    told = f"{window} of {at.amount}"
    whole, rest = divmod(_hundredths(at.amount, window), 100)
    if not whole and not rest:
        yield f"{told} is no time at all: the target is the whole window"
        return
    exact = _length_told(whole) if not rest else f"{whole}.{rest:02d} s"
    inside = "; in whole seconds, its ends are within that" if rest else ""
    yield f"its window is {told}: {exact} to either side{inside}"


def _length_told(seconds: int) -> str:
    """Give a length: `3 min`, `1 min 30 s`, `2 h 24 min`."""
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _clock_notes(origin: datetime | None, clocks: Sequence[datetime | None], zone: tzinfo | None) -> Iterator[str]:
    """Say what is strange about clock times: daylight saving that is not counted, changes, or comes twice."""
    if zone is None:
        yield NO_ZONE
        return
    known = list(dict.fromkeys(clock for clock in clocks if clock is not None))
    if origin is not None and any(clock.utcoffset() != origin.utcoffset() for clock in known):
        yield "the clocks change in between (daylight saving): the time that has passed counts"
    for clock in known:
        if occurs_twice(clock.replace(tzinfo=None, fold=0), zone):
            which = "second" if clock.fold else "first"
            yield f"{clock_told(clock)} occurs twice in {zone}: this is the {which} (UTC{clock:%z})"


def _waits_told(settled: Settled, around: _Around, edge: Edge) -> str:
    """Say which date and clock time a timepoint waits for, and how to state it."""
    name, subject = around.name, settled.subject
    if around.i is None:
        return f"which visit is {name} is not known"
    why = "" if around.i in settled.days else f"{name} has no date; "
    lasts = settled.model.visit(around.i).lasts
    if edge == "start":
        return f"{why}{date_of(subject, name, 'THH:MM')} tells it"
    if lasts is not None and lasts.needs_clock:
        start, end = date_of(subject, name, "THH:MM"), end_of(subject, name)
        return f"{why}{start} (it lasts {lasts}) or {end} tells it"
    return f"{why}{end_of(subject, name)} tells it"
