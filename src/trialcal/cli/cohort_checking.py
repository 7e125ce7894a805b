"""What `check` does with a cohort's file: its errors and those of the subjects' files beside it, and what it says."""

from __future__ import annotations

from pathlib import Path

from trialcal.cli.checked_told import write_checked
from trialcal.cli.clock import today
from trialcal.cli.output import counted, printable
from trialcal.files.cohorts import CohortFile, load_cohort


def checked_cohort(name: str, path: Path, here: Path) -> int:
    """Check a cohort's file and print what was found; gives 0, or 1 for errors."""
    found, problems = load_cohort(path, here, today(None))
    told = [problem for problem in problems if problem.level != "note"]
    return write_checked(name, told, _read_back(found) if found is not None else ())


def _read_back(found: CohortFile) -> list[str]:
    site = f", site {found.site.name}" if found.site.name else ""
    names = ", ".join(each.subject.id for each in found.subjects)
    order = "in the order of dosing" if found.is_ordered else "in no stated order"
    recorded = [
        (len(found.reviews), "review"),
        (len(found.releases), "release"),
        (len(found.rulings), "decision"),
    ]
    return [
        f"cohort {printable(found.name)}: {found.protocol.id}{site}",
        f"subjects, {order}: {printable(names) or 'none'}",
        f"recorded: {', '.join(counted(number, what) for number, what in recorded)}",
    ]
