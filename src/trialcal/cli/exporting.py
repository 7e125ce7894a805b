"""Exporting calendars with a history: what was exported last is read beside each subject's file, and kept again.

A room of its own because `plan` and `publish` do the same: the next calendar of a subject must know this one, or its
changes would be taken for old ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.names import Summary, Windows
from trialcal.cli.output import printable, stop, tell, tell_problems
from trialcal.files.keeping import Refused, locked, replace
from trialcal.files.library import told_path
from trialcal.files.tree import read_bytes
from trialcal.problems import Problem
from trialcal.schedule import Schedule
from trialcal.writers.ics import Contents, bytes_of, contents_of
from trialcal.writers.updates import Change, State, merged
from trialcal.writers.updates_file import read_state, state_text
from trialcal.writers.updates_words import changes_told

SUFFIX = ".calendar.json"
LARGEST = 20_000_000  # bytes; of one subject, with thousands of visits


class Export(NamedTuple):
    """A calendar, what changed in it since the last one, in words, and how that it was exported is kept."""

    data: bytes
    changes: tuple[str, ...]
    save: Callable[[], None]


class Prepared(NamedTuple):
    """The calendar of one subject beside what was exported last; `path` is the subject's file, `kept` its state."""

    contents: Contents
    before: State | None
    state: State | None
    changes: tuple[Change, ...]
    told: tuple[str, ...]
    path: Path | None
    kept: bytes | None


def export(
    schedules: Sequence[tuple[Schedule, Path | None]], *, windows: Windows, summary: Summary, now: datetime
) -> Export:
    """Give the calendar of one or several subjects, with the history of each that has a file.

    Ends the command where what was exported last cannot be read: begun anew, sequences would fall. Nothing is kept
    before `save` is called.
    """
    found = prepared(schedules, windows=windows, summary=summary, now=now)
    data = bytes_of([each.contents for each in found], now=now)
    return Export(data, tuple(line for each in found for line in each.told), partial(save, found, now))


def prepared(
    schedules: Sequence[tuple[Schedule, Path | None]], *, windows: Windows, summary: Summary, now: datetime
) -> list[Prepared]:
    """Give each subject's calendar with the sequences and stamps that follow from what was exported last."""
    here = Path.cwd()
    found: list[Prepared] = []
    problems: list[Problem] = []
    for schedule, path in schedules:
        contents = contents_of(schedule, windows=windows.value, summary=summary.value)
        if path is None:
            found.append(Prepared(contents, None, None, (), (), None, None))
            continue
        kept, before, wrong = _last(path, contents.subject, here)
        problems += wrong
        if wrong:
            continue
        new = merged(contents, before, now)
        told = changes_told(new.changes, before, new.state, schedule.site.zone)
        found.append(Prepared(new.contents, before, new.state, new.changes, told, path, kept))
    if problems:
        tell_problems(problems)
        stop(1)
    return found


def state_path(path: Path) -> Path:
    """Give the file beside a subject's file that keeps what was exported last; links are followed."""
    real = Path(os.path.realpath(path))
    return real.with_name(real.stem + SUFFIX)


def save(found: Sequence[Prepared], now: datetime) -> None:
    """Keep what was exported, of all that can be kept; ends the command where not all could be."""
    refused = 0
    for each in found:
        if each.path is None or each.state is None:
            continue
        data = state_text(each.state).encode()
        if data == each.kept:
            continue
        try:
            with locked(each.path, now=now):
                _keep(state_path(each.path), data, each.kept)
        except Refused as problem:
            tell_problems(problem.problems)
            refused += 1
    if refused:
        whose = "one subject" if refused == 1 else f"{refused} subjects"
        tell(f"error: that the calendar of {whose} was written could not be kept (write the calendar again)")
        stop(1)


def _keep(path: Path, data: bytes, before: bytes | None) -> None:
    """Put the new state in the place of the one that was read; where somebody else kept the very same, it is done."""
    if path.is_file() and path.read_bytes() == data:
        return
    replace(path, data, before=before)


def _last(path: Path, subject: str, here: Path) -> tuple[bytes | None, State | None, tuple[Problem, ...]]:
    """Read what was exported last; nothing where there is no such file yet."""
    kept = state_path(path)
    if not os.path.lexists(kept):
        return None, None, ()
    told = printable(told_path(kept, here))
    data, problems = read_bytes(kept, limit=LARGEST)
    if problems:
        return None, None, problems
    state, problems = read_state(data, told, subject)
    return data, state, problems
