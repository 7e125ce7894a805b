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
from trialcal.cli.names import Format
from trialcal.cli.output import is_device, printable, stop, tell, tell_problems, write_result
from trialcal.cli.screen import has_colour, width
from trialcal.cohort import Cohort, CohortPlan, Member
from trialcal.cohort_plan import cohort_plan, lacking
from trialcal.files.cohorts import CohortFile, load_cohort
from trialcal.files.library import NO_FILE
from trialcal.problems import has_errors
from trialcal.protocol import Protocol
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
    if lacking(found.protocol.escalation):
        for line in lacking_told(found.protocol):
            tell(line)
        stop(1)
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
    yield from dict.fromkeys((*found.remarks, *plan.remarks))
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


# --- what the protocol lacks ----------------------------------------------------------------------------------------

_WORDS = {
    "escalation": "what binds its subjects to each other (`escalation`)",
    "escalation.dlt_period": "DLT period",
    "escalation.complete": "day from which on its observation is complete",
}


def lacking_told(protocol: Protocol) -> Iterator[str]:
    """Say what the protocol lacks, and give a file over it to be filled in."""
    escalation, lacks = protocol.escalation, lacking(protocol.escalation)
    if escalation is None:
        yield f"error: {protocol.id} does not say {_WORDS['escalation']}:"
    else:
        yield f"error: {protocol.id} states no {' and no '.join(_WORDS.get(key, key) for key in lacks)}:"
    if protocol.file and (Path.cwd() / protocol.file).is_file():
        yield f"write it into {printable(protocol.file)}; replace what stands in capitals:"
        yield ""
    else:
        yield "write it into a file of your own, and name that file as the protocol (in cohort.yaml and in the"
        yield "subjects' files); replace what stands in capitals:"
        yield ""
        yield f"extends: {protocol.id}"
        yield f"id: {protocol.id}-site"
    first = escalation.first_dose if escalation is not None else "FIRST_DOSE"
    if lacks[0] != "escalation.complete" and not any(period.id == "dlt" for period in protocol.periods):
        yield from ("periods:", "  dlt:", "    name: DLT observation", f"    from: {first}")
        yield f"    until: N d after {first}"
    yield "escalation:"
    if escalation is None:
        yield "  commits: VISIT            # the first step that commits a subject to the dose"
        yield "  first_dose: FIRST_DOSE    # the first dose of the investigational product"
    if lacks[0] != "escalation.complete":
        yield "  dlt_period: dlt"
    if escalation is None or "escalation.complete" in lacks:
        yield "  complete: the day after   # or: on the last day"
    if escalation is None:
        yield "dose_groups:"
        yield "  dl-1: {name: DOSE, subjects: NUMBER}"
