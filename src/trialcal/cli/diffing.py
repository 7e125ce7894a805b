"""What `diff` does: find both versions, compare them, write the differences. `amend` shows them the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trialcal.cli.names import Plain
from trialcal.cli.output import printable, stop, tell, tell_problems
from trialcal.cli.screen import has_colour, width
from trialcal.differences import Difference, differences
from trialcal.files.library import Found, find, folders, read_file, told_path
from trialcal.files.versions import find_version
from trialcal.problems import Problem, has_errors
from trialcal.protocol import Protocol


def compared(old: str, new: str) -> tuple[Protocol, Protocol, tuple[Difference, ...]]:
    """Give both protocols and what differs; ends the command where one of them cannot be had."""
    here = Path.cwd()
    found = [_found(name, here) for name in (old, new)]
    protocols = [_read(each, here) for each in found if each is not None]
    if len(protocols) < 2:
        stop(2)
    before, after = protocols
    if before is None or after is None:
        stop(2)  # as every `diff` does: 1 says that there are differences
    if before.id != after.id:
        tell(f"warning: these are two protocols, {before.id} and {after.id}, not two versions of one")
    return before, after, differences(before, after)


def compared_written(before: Protocol, after: Protocol, found: Sequence[Difference], form: Plain) -> bytes:
    """Write the differences in words or as JSON."""
    from trialcal.writers.differences import differences_json, differences_text

    if form is Plain.json:
        return differences_json(before, after, found).encode()
    return differences_text(before, after, found, width=width(), colour=has_colour()).encode()


def _found(name: str, here: Path) -> Found | None:
    """Find `ID`, `FILE` or `ID@VERSION`; what hinders it is told."""
    places = folders(here)
    found = find(name, places, here)
    stem, at, version = name.rpartition("@")
    if at and stem and version and (found is None or not found.path.is_file()):
        found, problems = find_version(stem, version, places, here)
    elif found is None:
        found, problems = find_version(name, "", places, here)  # versions without a file named like the id
    else:
        problems = ()
        if not found.path.is_file():
            told = printable(told_path(found.path, here))
            problems = (Problem("error", "no-such-file", f"there is no file '{told}'", "check its path"),)
    tell_problems(problems)
    if has_errors(problems) or found is None:
        return None
    tell(f"file: {told_path(found.path, here)} ({found.called})")
    if found.hidden:
        tell(f"warning: it hides {', '.join(told_path(path, here) for path in found.hidden)}")
    return found


def _read(found: Found, here: Path) -> Protocol | None:
    protocol, problems = read_file(found.path, folders(here), here)
    tell_problems(problem for problem in problems if problem.level == "error")
    return protocol
