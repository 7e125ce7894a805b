"""What `check` does with a cohort's file: its errors and those of the subjects' files beside it, and what it says."""

from __future__ import annotations

from pathlib import Path

from trialcal.cli.clock import today
from trialcal.cli.output import counted, printable, write_result
from trialcal.files.cohorts import CohortFile, load_cohort
from trialcal.problems import has_errors


def checked_cohort(name: str, path: Path, here: Path) -> int:
    """Check a cohort's file and print what was found; gives 0, or 1 for errors."""
    found, problems = load_cohort(path, here, today(None))
    told = [problem for problem in problems if problem.level != "note"]
    lines = [problem.told() for problem in told]
    errors, warnings = (sum(problem.level == level for problem in told) for level in ("error", "warning"))
    counts = [counted(errors, "error"), *([counted(warnings, "warning")] if warnings else [])]
    lines.append(f"{printable(name)}: {', '.join(counts)}")
    if found is not None:
        lines += [f"  {line}" for line in _read_back(found)]
    write_result(("\n".join(lines) + "\n").encode(), None)
    return 1 if has_errors(problems) else 0


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
