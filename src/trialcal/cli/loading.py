"""Loading a protocol for a command, and telling which file it was."""

from __future__ import annotations

from pathlib import Path

from trialcal.cli.output import stop, tell, tell_problems
from trialcal.files.library import Found, folders, load
from trialcal.problems import has_errors
from trialcal.protocol import Protocol


def loaded(name: str) -> Protocol:
    """Give the protocol of an id or path. Ends the command with 2 where there is none, with 1 where it has errors."""
    here = Path.cwd()
    protocol, problems, found = load(name, folders(here), here)
    tell_problems(problem for problem in problems if problem.level != "note")
    if found is None:
        stop(2)
    if protocol is None or has_errors(problems):
        stop(2 if any(problem.code in ("no-such-file", "not-a-file") for problem in problems) else 1)
    tell_where(name, found)
    return protocol


def tell_where(name: str, found: Found) -> None:
    """Tell which file a protocol comes from, unless it was named, and which others it hides."""
    if found.hidden:
        others = ", ".join(str(path) for path in found.hidden)
        tell(f"warning: {name} is {found.path} ({found.called}); it hides {others}")
