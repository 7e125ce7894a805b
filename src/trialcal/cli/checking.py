"""What `check` does with each file."""

from __future__ import annotations

from pathlib import Path

from trialcal.check import check_protocol
from trialcal.cli.checked_told import problems_counted
from trialcal.cli.output import counted, printable, tell_problems, write_result
from trialcal.files.library import COHORT_FILE, NO_FILE, SITE_FILE, SUBJECT_FILE, folders, load
from trialcal.problems import Problem, has_errors, printable_line


def checked(name: str) -> int:
    """Check one file and print what was found; gives 0, 1 for errors, 2 where there is no such file."""
    here = Path.cwd()
    protocol, problems, found = load(name, folders(here), here)
    if found is None or any(problem.code in NO_FILE for problem in problems):
        tell_problems(problems)
        return 2
    if any(problem.code == SITE_FILE for problem in problems):
        from trialcal.cli.site_checking import checked_site

        return checked_site(name, found.path, here)
    if any(problem.code == SUBJECT_FILE for problem in problems):
        from trialcal.cli.subject_checking import checked_subject

        return checked_subject(name, found.path, here)
    if any(problem.code == COHORT_FILE for problem in problems):
        from trialcal.cli.cohort_checking import checked_cohort

        return checked_cohort(name, found.path, here)
    every = [*problems, *(check_protocol(protocol) if protocol is not None else ())]
    lines = [line for problem in every if problem.level != "note" for line in _lines(problem)]
    assumed = [problem for problem in every if problem.code == "assumed"]
    lines.append(f"{printable(name)}: {problems_counted(every)}, {counted(len(assumed), 'assumed value')}")
    lines += [
        f"  {problem.place.file}:{problem.place.line}: {printable_line(problem.message)}" for problem in assumed
    ]
    write_result(("\n".join(lines) + "\n").encode(), None)
    return 1 if has_errors(every) else 0


def _lines(problem: Problem) -> list[str]:
    chain = (f"    {number}. {printable_line(line)}" for number, line in enumerate(problem.chain, 1))
    return [problem.told(), *chain]
