"""What `check` prints of a file that is no protocol: its problems, how many there are, the file read back in words.

A room of its own because files of sites, subjects and cohorts are told alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trialcal.cli.output import counted, printable, write_result
from trialcal.problems import Problem, has_errors


def problems_counted(problems: Sequence[Problem]) -> str:
    """Say how many errors there are, and how many warnings where there are any."""
    errors, warnings = (sum(problem.level == level for problem in problems) for level in ("error", "warning"))
    return ", ".join([counted(errors, "error"), *([counted(warnings, "warning")] if warnings else [])])


def write_checked(name: str, problems: tuple[Problem, ...] | list[Problem], read_back: Iterable[str]) -> int:
    """Print what was found in a file, and what the file says; gives 0, or 1 for errors."""
    lines = [problem.told() for problem in problems]
    lines.append(f"{printable(name)}: {problems_counted(problems)}")
    lines += [f"  {line}" for line in read_back]
    write_result(("\n".join(lines) + "\n").encode(), None)
    return 1 if has_errors(problems) else 0
