"""Timepoints in few words, for the calendar and the page alike: `30 min before, 2 h after (±15 min); 48-96 h after`.

A room of its own because the calendar must not load what only a page needs, and because both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import groupby, zip_longest

from trialcal.sampled import NO_CLOCK, NO_ZONE
from trialcal.schedule import ScheduledTimepoint

_WINDOW = "its window is "


def is_known(timepoint: ScheduledTimepoint) -> bool:
    """Tell whether it has a clock time."""
    return timepoint.status == "known"


def times_told(timepoints: Iterable[ScheduledTimepoint], space: str = " ") -> str:
    """Give the times of an entry around one visit, with their windows: `5, 10 min after (±1 min); 48-96 h after`.

    `space` stands inside a time, at which no line should be broken.
    """
    told = []
    for tolerance, each in groupby(timepoints, key=lambda timepoint: timepoint.tolerance):
        times = ", ".join(_drawn_together([timepoint.when for timepoint in each], space))
        told.append(f"{times} ({tolerance.replace(' ', space)})" if tolerance else times)
    return "; ".join(told)


def _drawn_together(times: Iterable[str], space: str) -> Iterator[str]:
    """Leave unit and side out where the next time has the same: `5, 10 min after`."""
    split = [re.fullmatch("([0-9]+) (.+)", time) or (time, time, "") for time in times]
    for found, after in zip_longest(split, split[1:], fillvalue=("", "", "")):
        is_same = bool(found[2]) and found[2] == after[2]
        yield found[1] if is_same else found[0].replace(" ", space)


def by_entry(timepoints: Iterable[ScheduledTimepoint]) -> Iterator[Sequence[ScheduledTimepoint]]:
    """Gather the timepoints of each entry, in the given order."""
    found: dict[str, list[ScheduledTimepoint]] = {}
    for timepoint in timepoints:
        found.setdefault(timepoint.entry, []).append(timepoint)
    yield from found.values()


def by_visit(timepoints: Iterable[ScheduledTimepoint]) -> dict[str, list[ScheduledTimepoint]]:
    """Gather the timepoints of each visit, in the given order; under "" those of visits that nobody knows yet."""
    found: dict[str, list[ScheduledTimepoint]] = {}
    for timepoint in timepoints:
        found.setdefault(timepoint.visit, []).append(timepoint)
    return found


def own_notes(timepoint: ScheduledTimepoint, entries: Container[str]) -> Sequence[str]:
    """Give the notes that speak of this one clock time; `entries` are those that stand in the protocol file."""
    return [note for note in timepoint.notes if not _is_shown(note) and note != NO_ZONE and note not in entries]


def shared_notes(timepoint: ScheduledTimepoint, entries: Container[str]) -> Sequence[str]:
    """Give the notes that a page tells once: those of an entry or of all timepoints, and all without a clock time."""
    own = own_notes(timepoint, entries) if is_known(timepoint) else ()
    return [note for note in timepoint.notes if not _is_shown(note) and note not in own]


def _is_shown(note: str) -> bool:
    """Tell whether a note says what a page shows anyway: that there is no clock time yet, or the window."""
    return note.startswith((NO_CLOCK, _WINDOW))
