"""What `plan` does with subjects' files: read all, plan those that can be, write them, keep what was exported.

A room of its own because several subjects are planned at once, and because their calendars have a history.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from trialcal.cli.amending import subject_schedule
from trialcal.cli.clock import now, today
from trialcal.cli.names import Format, Summary, Windows
from trialcal.cli.output import counted, printable, stop, tell, tell_problems, write_result
from trialcal.cli.planning import chosen_format, remarks
from trialcal.cli.screen import has_colour, width
from trialcal.files.library import NO_FILE
from trialcal.files.subjects import SubjectFile, load_subject, subject_files
from trialcal.problems import Problem, has_errors
from trialcal.schedule import Schedule

if TYPE_CHECKING:
    from trialcal.cli.exporting import Export

_NOT_IN_A_NAME = re.compile(r'[\\/:*?"<>|]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no file of Windows has such a name


class Wanted(NamedTuple):
    """In which form the plans are wanted, and where."""

    form: Format | None
    output: str | None
    windows: Windows = Windows.event
    summary: Summary = Summary.full
    changes: bool = False

    @property
    def path(self) -> Path | None:
        """The file or folder that is written to."""
        return None if self.output is None else Path(self.output)

    @property
    def is_folder(self) -> bool:
        """Whether each subject's calendar gets a file of its own in a folder."""
        return self.output is not None and (self.output.endswith(("/", os.sep)) or Path(self.output).is_dir())


class Case(NamedTuple):
    """A subject's file and what was planned from it."""

    found: SubjectFile
    schedule: Schedule


class Read(NamedTuple):
    """The subjects' files that were read, the number of those that are wrong, and the exit code of that."""

    files: tuple[SubjectFile, ...]
    wrong: int
    code: int


def plan_files(names: Sequence[str], wanted: Wanted) -> int:
    """Plan the subjects of files and folders and write their plans; gives the exit code."""
    form = _form(wanted)
    read = read_subjects(names)
    if not read.files:
        stop(read.code or 1)
    is_one = len(names) == 1 and not Path(names[0]).is_dir()
    needs_ways = is_one or form in (Format.table, Format.json)
    cases = [Case(found, scheduled(found, needs_ways=needs_ways)) for found in read.files]
    if form is Format.ics:
        _write_calendars(cases, wanted, is_one)
    else:
        data = _written([case.schedule for case in cases], form, is_one)
        _tell(cases, form, is_one)
        write_result(data, wanted.path)
        _tell_written(wanted.path)
    infeasible = sum(1 for case in cases if not case.schedule.feasible)
    if not is_one:
        told = f"planned: {counted(len(cases), 'subject')}"
        told += f"; {counted(read.wrong, 'file')} not planned, as told above" if read.wrong else ""
        told += f"; for {counted(infeasible, 'subject')} not everything can hold" if infeasible else ""
        tell(told)
    return max(read.code, 1 if infeasible else 0)


def read_subjects(names: Sequence[str]) -> Read:
    """Read subjects' files and those of folders; all that is wrong with any of them is told."""
    here = Path.cwd()
    paths, problems = subject_files(names, here)
    tell_problems(problems)
    code = 2 if has_errors(problems) else 0
    wrong = 0
    found: dict[tuple[str, str], SubjectFile] = {}
    seen: set[Problem] = set()  # a site's file that is wrong is so for every subject of the site
    for path in paths:
        one, problems_of_it = load_subject(path, here, today(None))
        new = [problem for problem in problems_of_it if problem.level != "note" and problem not in seen]
        tell_problems(new)
        seen.update(new)
        if one is None:
            code = max(code, 2 if any(problem.code in NO_FILE for problem in problems_of_it) else 1)
            wrong += 1
            continue
        key = one.protocol.id, one.subject.id
        if key in found:
            told = (
                f"{printable(one.file)}: error: subject: {one.subject.id} is in {printable(found[key].file)} already"
            )
            tell(f"{told} (give each subject of {one.protocol.id} one file)")
            code, wrong = max(code, 1), wrong + 1
            continue
        found[key] = one
    return Read(tuple(found.values()), wrong, code)


def scheduled(found: SubjectFile, *, needs_ways: bool) -> Schedule:
    """Plan the subject of a file; with `needs_ways`, what would solve a problem is looked for too."""
    schedule = subject_schedule(found)
    if needs_ways and not schedule.feasible:
        from trialcal.relaxing import with_ways

        return with_ways(schedule)
    return schedule


# --- the form -------------------------------------------------------------------------------------------------------


def _form(wanted: Wanted) -> Format:
    """Give the form; ends the command where it does not go with the output."""
    if wanted.changes and wanted.form is None and wanted.output is None:
        return Format.ics
    if wanted.is_folder and wanted.form in (None, Format.ics):
        return Format.ics
    form = chosen_format(wanted.form, wanted.path)
    if wanted.is_folder:
        tell(f"error: --output {printable(str(wanted.output))}: only calendars go to a folder (name a file)")
        stop(2)
    if wanted.changes and form is not Format.ics:
        tell("error: --changes tells what moved in the calendar (give it alone, or with --format ics)")
        stop(2)
    return form


# --- forms that keep nothing ----------------------------------------------------------------------------------------


def _written(schedules: Sequence[Schedule], form: Format, is_one: bool) -> bytes:
    if form is Format.json:
        from trialcal.writers.rows import json_text, schedules_json

        return (json_text(schedules[0]) if is_one else schedules_json(schedules)).encode()
    if form is Format.csv:
        from trialcal.writers.rows import csv_text

        return csv_text(schedules).encode()
    from trialcal.writers.plans_table import plans_text
    from trialcal.writers.table import plan_text

    if is_one:
        return plan_text(schedules[0], width=width(), colour=has_colour()).encode()
    return plans_text(schedules, width=width(), colour=has_colour()).encode()


def _tell(cases: Sequence[Case], form: Format, is_one: bool) -> None:
    """Tell what should be known besides the result: of one subject as for any plan, of several only what is wrong."""
    if is_one:
        found, schedule = cases[0]
        tell(schedule.understood)
        for remark in [*found.remarks, *remarks(schedule, form)]:
            tell(remark)
        if form is not Format.table:
            tell_problems(schedule.problems)
        return
    for line in _told_of_many(cases, form):
        tell(line)


def _told_of_many(cases: Sequence[Case], form: Format) -> Iterator[str]:
    yield from dict.fromkeys(remark for case in cases for remark in case.found.remarks)
    if form is not Format.table:
        for found, schedule in cases:
            for problem in schedule.problems:
                yield f"{found.subject.id}: {problem.told()}"
        yield from dict.fromkeys(f"source: {case.schedule.protocol.source}" for case in cases)


def _tell_written(path: Path | None) -> None:
    if path is not None:
        tell(f"written: {printable(str(path))}")


# --- calendars ------------------------------------------------------------------------------------------------------


def _write_calendars(cases: Sequence[Case], wanted: Wanted, is_one: bool) -> None:
    """Write all calendars into one, or each into a file of its own, and keep what was exported."""
    from trialcal.cli.exporting import export

    only_changes = wanted.changes and wanted.form is None and wanted.output is None
    targets: list[tuple[Path | None, list[Case]]] = [(wanted.path, list(cases))]
    if wanted.is_folder:
        targets = [(wanted.path / name, [case]) for name, case in _names(cases).items() if wanted.path is not None]
    if not only_changes:
        _check_writable(cases)
    exports = [
        (
            target,
            export(
                [(case.schedule, case.found.path) for case in those],
                windows=wanted.windows,
                summary=wanted.summary,
                now=now(),
                to="standard output" if target is None else printable(target.name),
            ),
        )
        for target, those in targets
    ]
    _tell(cases, Format.ics, is_one)
    changes = [line for _, one in exports for line in one.changes]
    if only_changes:
        write_result("".join(f"{line}\n" for line in changes).encode(), None)
        return
    if wanted.is_folder and wanted.path is not None:
        _make_folder(wanted.path)
    for target, one in exports:
        write_kept(one, target)
    if wanted.changes:
        for line in changes:
            tell(line)


def write_kept(one: Export, target: Path | None) -> None:
    """Keep what is exported, then write it: killed in between, the next calendar of the same plan is the same.

    Where it cannot be written, it does not count as exported; the command may then be repeated.
    """
    one.save()
    try:
        is_whole = write_result(one.data, target)
    except typer.Exit:
        one.undo()
        tell("the calendar does not count as exported: run the command again once it can be written")
        raise
    _tell_written(target)
    if not is_whole:
        one.undo()
        tell("warning: not all of the calendar was taken: it does not count as exported (run the command again)")


def _names(cases: Sequence[Case]) -> dict[str, Case]:
    """Give the name of each subject's file; ends the command where two would have the same."""
    found: dict[str, Case] = {}
    folded: dict[str, str] = {}  # many file systems know no difference between a and A
    for case in cases:
        subject = case.found.subject.id
        stem = _NOT_IN_A_NAME.sub("_", subject).strip(" .")
        name = (f"{stem}_" if _DEVICES.fullmatch(stem) or not stem else stem) + ".ics"
        if name.casefold() in folded:
            other = folded[name.casefold()]
            tell(f"error: the calendars of {other} and {subject} would have the same name, {name} (name one file)")
            stop(2)
        folded[name.casefold()] = subject
        found[name] = case
    return found


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        reason = "there is no such folder" if isinstance(error, FileNotFoundError) else error.strerror or error
        tell(f"error: {printable(str(folder))} cannot be made: {reason}; nothing was written")
        stop(2)


def _check_writable(cases: Sequence[Case]) -> None:
    """End the command where it could not be kept beside a subject's file what was exported, before anything is."""
    shut = [
        folder for folder in dict.fromkeys(case.found.path.parent for case in cases) if not os.access(folder, os.W_OK)
    ]
    for folder in shut:
        told = f"error: {printable(str(folder))}: you may not write in this folder, where is kept what was exported"
        tell(f"{told} (copy the subjects' files to a folder of your own; --format csv keeps nothing)")
    if shut:
        stop(1)
