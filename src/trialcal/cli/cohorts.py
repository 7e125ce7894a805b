"""What `cohort` does: read the subjects of a folder, plan them together, and write where they stand.

Where the protocol does not say what a cohort needs, that is told with what to write, ready to be filled in: which day
ends a DLT period is never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from trialcal.cli.amending import subject_schedule
from trialcal.cli.clock import now
from trialcal.cli.lacking import stop_where_lacking
from trialcal.cli.names import Format
from trialcal.cli.output import is_device, printable, stop, tell, tell_problems, write_result
from trialcal.cli.screen import has_colour, width
from trialcal.cohort import Cohort, CohortPlan, Member
from trialcal.cohort_plan import cohort_plan
from trialcal.files.cohorts import CohortFile, load_cohort
from trialcal.files.library import NO_FILE
from trialcal.problems import has_errors
from trialcal.telling import day_told

_SUFFIXES: Mapping[str, Format] = {
    ".txt": Format.table,
    ".csv": Format.csv,
    ".json": Format.json,
    ".ics": Format.ics,
}


def write_cohort(name: str, today: date, form: Format | None, output: Path | None) -> int:
    """Write where the cohort of a folder or file stands; gives the exit code, 1 where there is a finding."""
    in_form = _form(form, output)
    read = load_cohort(Path(name), Path.cwd(), today)
    tell_problems(problem for problem in read.problems if problem.level != "note")
    found = read.found
    if found is None:
        stop(2 if any(problem.code in NO_FILE for problem in read.problems) else 1)
    stop_where_lacking(found.protocol, "as the protocol (in cohort.yaml and the subjects' files)", decisions=False)
    plan = cohort_plan(_cohort(found), today)
    tell(f"as of {day_told(today.toordinal())}")
    for line in _remarks(found, plan, in_form):
        tell(line)
    write_result(_written(plan, in_form), output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    return 1 if plan.findings or has_errors(plan.problems) else 0


def _cohort(found: CohortFile) -> Cohort:
    members = tuple(Member(subject_schedule(each), each.file) for each in found.subjects)
    return Cohort(
        found.protocol,
        found.site,
        members,
        found.name,
        found.is_ordered,
        found.reviews,
        found.releases,
        found.rulings,
    )


def _remarks(found: CohortFile, plan: CohortPlan, form: Format) -> Iterator[str]:
    """Give what should be known besides the result; what a table tells itself is not told twice."""
    yield from found.remarks
    for member in plan.cohort.members:
        if not member.schedule.feasible:
            told = f"warning: {member.schedule.subject.id}: not everything in its own plan can hold"
            yield f"{told} (see `trialcal plan {printable(member.file)} --format table`)"
    if form is not Format.table:
        for problem in plan.problems:
            yield problem.told()
        for finding in plan.findings:
            yield f"finding: {finding.message}" + (" (by what is only assumed)" if finding.assumed else "")
        yield f"source: {found.protocol.source}"


def _written(plan: CohortPlan, form: Format) -> bytes:
    if form is Format.json:
        from trialcal.writers.cohort_rows import cohort_json

        return cohort_json(plan).encode()
    if form is Format.csv:
        from trialcal.writers.cohort_rows import cohort_csv

        return cohort_csv(plan).encode()
    if form is Format.ics:
        from trialcal.writers.cohort_calendar import cohort_calendar

        return cohort_calendar(plan, now=now())
    from trialcal.writers.cohort_table import cohort_text

    return cohort_text(plan, width=width(), colour=has_colour()).encode()


def _form(form: Format | None, output: Path | None) -> Format:
    """Give the form: as said, else by the output's suffix, else a table, as a cohort is asked for to be read."""
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as cohort.txt)")
        stop(2)
    if form is not None or output is None or is_device(output):
        return form or Format.table
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        told = f"error: --output {printable(str(output))}: the suffix does not say the form"
        tell(f"{told} (use one of {', '.join(_SUFFIXES)}, or --format)")
        stop(2)
    return found
