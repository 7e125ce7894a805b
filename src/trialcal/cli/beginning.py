"""What `new` does: write a subject's file with comments that say what goes where, and begin its history.

Imported by the command when it runs, never for --help.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.output import printable
from trialcal.cli.recording import staff_code
from trialcal.files.dates import parse_date
from trialcal.files.editing import flow, lines_of
from trialcal.files.library import told_path
from trialcal.files.phrases import Mistake
from trialcal.files.recording import begin
from trialcal.files.subjects import SUFFIXES, read_subject
from trialcal.problems import Place, Problem, has_errors
from trialcal.protocol import Protocol

_HEAD = """\
# One subject of a study: no name, no birth date, here or in reasons and notes.
# `trialcal record` writes to this file and notes who, when and why; what is edited by hand, it can only detect.
# What happened goes under `visits`, as
#   {visit}: {{booked: 2025-03-10T09:00, actual: 2025-03-12T09:00, end: 2025-03-12T11:30}}
#   {visit}: {{status: missed, reason: felt ill}}

"""
_GIVEN = """
# Dates on which visits shall be planned, until they are booked or done.
"""


class Choice(NamedTuple):
    """What the options of `new` say."""

    subject: str
    protocol: str
    version: str | None = None
    site: str | None = None
    arm: str | None = None
    cohort: str | None = None
    cycles: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


class Begun(NamedTuple):
    """What came of it: the line of the result, the problems, and the exit code."""

    line: str
    problems: tuple[Problem, ...]
    code: int


def begun(file: Path, choice: Choice, by: str | None, now: datetime) -> Begun:
    """Write the file, or say why not."""
    here = Path.cwd()
    who, problems = staff_code(by)
    path = here / file
    told = told_path(path, here)
    if path.suffix.lower() not in SUFFIXES:
        hint = f"as {printable(choice.subject.strip())}.yaml"
        problems.append(_error("bad-name", f"FILE: {printable(str(file))} does not end in .yaml", hint))
    if not path.parent.is_dir():
        folder = Place(told)
        problems.append(Problem("error", "no-such-folder", "there is no such folder", "make it first", folder))
        return Begun("", tuple(problems), 1)
    cycles = _cycles(choice.cycles, problems)
    keys = _keys(path.parent, choice, cycles, here)
    draft, found = read_subject(keys.encode(), path, here)
    if draft is None or has_errors(problems):
        return Begun("", (*problems, *_without_lines(found)), 2)
    text = _HEAD.format(visit=draft.protocol.start) + keys
    given = _given(choice.starts, draft.protocol, problems)
    if given:
        text += _GIVEN + lines_of("given", given, 0)
    if has_errors(problems):
        return Begun("", tuple(problems), 2)

    def check(new: str) -> tuple[Problem, ...]:
        return _without_lines(read_subject(new.encode(), path, here).problems)

    made = begin(path, text, what="file begun", by=who, now=now, check=check, file=told)
    if made.entry is None:
        return Begun("", (*problems, *made.problems), 1 if any(each.place.file for each in made.problems) else 2)
    return Begun(f"{choice.subject.strip()}: {told} is written", (*problems, *made.problems), 0)


def _keys(folder: Path, choice: Choice, cycles: dict[str, str], here: Path) -> str:
    """Give the lines that say who the subject is, and of which protocol and site; paths count from the new file."""
    is_path = any(sign in choice.protocol for sign in "/\\") or choice.protocol.endswith(SUFFIXES)
    values = {
        "subject": choice.subject.strip(),
        "protocol": _from(folder, here / choice.protocol) if is_path else choice.protocol,
        "version": choice.version,
        "site": _from(folder, here / choice.site) if choice.site else None,
        "arm": choice.arm,
        "cohort": choice.cohort,
    }
    lines = [f"{key}: {flow(value)}\n" for key, value in values.items() if value is not None]
    return "".join(lines) + (lines_of("cycles", cycles, 0) if cycles else "")


def _from(folder: Path, path: Path) -> str:
    """Give a file's path as it counts from a folder; where that cannot be, as on another drive, the whole path."""
    try:
        found = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()
    return found if "/" in found else f"./{found}"


def _given(starts: tuple[str, ...], protocol: Protocol, problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in starts:
        name, _, when = text.rpartition("=")
        visit = name.strip() or protocol.start
        try:
            day, clock = parse_date(when)
        except Mistake as mistake:
            problems.append(_error("bad-date", f"--start {visit}: {mistake.message}", mistake.hint))
            continue
        if visit in found:
            problems.append(_error("two-dates", f"--start: {visit} is given two dates", "give each visit one"))
        found[visit] = day.isoformat() if clock is None else f"{clock:%Y-%m-%dT%H:%M}"
    return found


def _cycles(texts: tuple[str, ...], problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            message = f"--cycles {printable(text[:60])}: no number is given"
            problems.append(_error("bad-count", message, "as --cycles treatment=6"))
        found[name.strip()] = value.strip()
    return found


def _without_lines(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Leave the lines out of a file that is not written yet: the path inside it says which option is meant."""
    return tuple(replace(each, place=Place(path=each.place.path)) for each in problems)


def _error(code: str, message: str, hint: str) -> Problem:
    return Problem("error", code, message, hint)
