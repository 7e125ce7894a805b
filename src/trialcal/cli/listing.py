"""What `protocols` prints: every protocol that can be named by its id, and where it lies."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from trialcal.cli.output import printable
from trialcal.cli.screen import is_terminal, width
from trialcal.files.library import available, folders, read_file


def listing_text() -> str:
    """List the protocols of all folders; of two with the same id the first is used."""
    here = Path.cwd()
    places = folders(here)
    used: set[str] = set()
    lines: list[str] = []
    for found in available(places):
        protocol, problems = read_file(found.path, places, here)
        name = found.path.stem
        if protocol is None:
            errors = sum(problem.level == "error" for problem in problems)
            lines.append(
                f"{name}  {errors} error{'s' * (errors != 1)}: see trialcal check {printable(str(found.path))}"
            )
        else:
            lines += _titled(name, protocol.title, str(protocol.source))
        hidden = " [hidden by the one above]" if name in used else ""
        used.add(name)
        lines.append(f"    {found.called}: {printable(str(found.path))}{hidden}")
    if not lines:
        lines = ["no protocols were found"]
    searched = ", then ".join(f"{place.called} ({printable(str(place.path))})" for place in places)
    return "\n".join([*lines, f"looked for in {searched}"]) + "\n"


def _titled(name: str, title: str, source: str) -> Iterator[str]:
    """Give a protocol's title with its source: on a narrow terminal below it, else in one line, for programs too."""
    whole = f"{name}  {title} ({source})"
    if len(whole) <= width() or not is_terminal():
        yield whole
        return
    yield from textwrap.wrap(f"{name}  {title}", width(), subsequent_indent="    ")
    yield from textwrap.wrap(source, width(), initial_indent="    ", subsequent_indent="    ")
