"""Exporting calendars with a history: what was exported last is read beside each subject's file, and kept again.

A room of its own because `plan` and `publish` do the same: the next calendar of a subject must know this one, or its
changes would be taken for old ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
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
    """A calendar, what changed in it since the last one, in words, and how that it was exported is kept.

    `save` comes before the calendar is written: were it written first, and the command killed then, the next one
    would give other contents the same numbers. `undo` puts back what `save` replaced, where the calendar could not be
    written after all.
    """

    data: bytes
    changes: tuple[str, ...]
    save: Callable[[], None]
    undo: Callable[[], None]


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
    schedules: Sequence[tuple[Schedule, Path | None]],
    *,
    windows: Windows,
    summary: Summary,
    now: datetime,
    to: str = "",
) -> Export:
    """Give the calendar of one or several subjects, with the history of each that has a file.

    Ends the command where what was exported last cannot be read: begun anew, sequences would fall. Nothing is kept
    before `save` is called. `to` tells people where the calendar goes.
    """
    found = prepared(schedules, windows=windows, summary=summary, now=now, to=to)
    data = bytes_of([each.contents for each in found], now=now)
    saved: list[Prepared] = []
    return Export(
        data,
        tuple(line for each in found for line in each.told),
        lambda: saved.extend(save(found, now)),
        lambda: undo(saved, now),
    )


def prepared(
    schedules: Sequence[tuple[Schedule, Path | None]],
    *,
    windows: Windows,
    summary: Summary,
    now: datetime,
    to: str = "",
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
        new = merged(contents, before, now, to)
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


def save(found: Sequence[Prepared], now: datetime) -> list[Prepared]:
    """Keep what is about to be exported, of all or none; gives those whose state is another one now.

    Ends the command where one cannot be kept, before anything is written.
    """
    saved: list[Prepared] = []
    refused = 0
    for each in found:
        if each.path is None or each.state is None or _data(each) == each.kept:
            continue
        try:
            with locked(each.path, now=now):
                if _keep(state_path(each.path), _data(each), each.kept):
                    saved.append(each)
        except Refused as problem:
            tell_problems(problem.problems)
            refused += 1
    if refused:
        undo(saved, now)
        whose = "one subject" if refused == 1 else f"{refused} subjects"
        told = f"what is exported of {whose} could not be kept, so no calendar was written"
        tell(f"error: {told} (write the calendar again)")
        stop(1)
    return saved


def undo(saved: Sequence[Prepared], now: datetime) -> None:
    """Put back what was kept before `save`, unless somebody has exported since: that one counts then."""
    for each in saved:
        if each.path is None:
            continue
        path = state_path(each.path)
        try:
            with locked(each.path, now=now):
                if not path.is_file() or path.read_bytes() != _data(each):
                    continue
                if each.kept is None:
                    path.unlink()
                else:
                    replace(path, each.kept, before=_data(each))
        except (Refused, OSError) as problem:
            if isinstance(problem, Refused):
                tell_problems(problem.problems)
            told = "this calendar counts as exported, though it was not written (write it again)"
            tell(f"warning: {each.contents.subject}: {told}")


def _data(each: Prepared) -> bytes:
    return b"" if each.state is None else state_text(each.state).encode()


def _keep(path: Path, data: bytes, before: bytes | None) -> bool:
    """Put the new state in the place of the one that was read; False where somebody else kept the very same."""
    if path.is_file() and path.read_bytes() == data:
        return False
    replace(path, data, before=before)
    return True


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
