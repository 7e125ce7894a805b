"""Loading a protocol for a command, and telling which file it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from trialcal.cli.output import printable, stop, tell_problems
from trialcal.files.library import NO_FILE, Found, folders, load
from trialcal.problems import has_errors
from trialcal.protocol import Protocol


def loaded(name: str) -> tuple[Protocol, list[str]]:
    """Give the protocol of an id or path, and what should be told of it once its dates are.

    Ends the command with 2 where there is none, with 1 where it has errors.
    """
    here = Path.cwd()
    protocol, problems, found = load(name, folders(here), here)
    if found is None:
        tell_problems(problems)
        stop(2)
    if protocol is None or has_errors(problems):
        tell_problems(problem for problem in problems if problem.level != "note")
        stop(2 if any(problem.code in NO_FILE for problem in problems) else 1)
    remarks = [problem.told() for problem in problems if problem.level == "warning"]
    return protocol, [*_where(name, protocol, found), *remarks]


def _where(name: str, protocol: Protocol, found: Found) -> Iterator[str]:
    """Tell which file a protocol comes from, and which others it hides."""
    yield f"file: {protocol.file} ({found.called})"
    if found.hidden:
        others = ", ".join(printable(str(path)) for path in found.hidden)
        yield f"warning: {name} is {printable(str(found.path))} ({found.called}); it hides {others}"
