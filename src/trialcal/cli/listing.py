"""What `protocols` prints: every protocol that can be named by its id, and where it lies."""

from __future__ import annotations

from pathlib import Path

from trialcal.cli.output import printable
from trialcal.files.library import available, folders, read_file


def listing_text() -> str:
    """List the protocols of all folders; of two with the same id the first is used."""
    here = Path.cwd()
    places = folders(here)
    used: set[str] = set()
    lines = []
    for found in available(places):
        protocol, problems = read_file(found.path, places, here)
        name = found.path.stem
        if protocol is None:
            errors = sum(problem.level == "error" for problem in problems)
            title = f"{errors} error{'s' * (errors != 1)}: see trialcal check {printable(str(found.path))}"
        else:
            title = f"{protocol.title} ({protocol.source})"
        hidden = " [hidden by the one above]" if name in used else ""
        used.add(name)
        lines.append(f"{name}  {title}\n    {found.called}: {printable(str(found.path))}{hidden}")
    if not lines:
        lines = ["no protocols were found"]
    searched = ", then ".join(f"{place.called} ({printable(str(place.path))})" for place in places)
    return "\n".join([*lines, f"looked for in {searched}"]) + "\n"
