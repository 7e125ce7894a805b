"""What `deviations` does: read subjects' files or a table of visits, plan each subject, look, write what is found.

The rows are made while they are written, so that a table of a million visits needs no more memory than its own rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from trialcal.amending import planned_over
from trialcal.cli.amending import subject_schedule
from trialcal.cli.clock import days_ahead
from trialcal.cli.clock import today as day_of
from trialcal.cli.output import counted, is_device, printable, stop, tell
from trialcal.cli.progress import with_progress
from trialcal.cli.screen import has_colour, width
from trialcal.cli.streaming import write_pieces
from trialcal.cli.tabled import Seen, TableWords, open_table
from trialcal.files.phrases import Mistake
from trialcal.files.subjects import SubjectFile
from trialcal.findings import REASONS, SCREENING, Besides, Finding, Looked, Tally, looked_at
from trialcal.protocol import Protocol

_SUFFIXES = {".csv": "csv", ".json": "json", ".txt": "table"}


class Looking(NamedTuple):
    """How one looks: as of which day, how far ahead, at what, and where the result goes."""

    today: date
    soon: int | None
    every: bool
    form: str
    output: Path | None


def looked_for(names: Sequence[str], table: TableWords, how: Looking) -> int:
    """Look at a table, or at subjects' files and folders; gives the exit code."""
    return of_table(table, how) if table.is_asked(names) else of_files(names, how)


# --- what is asked ----------------------------------------------------------------------------------------------


def looking(today: str | None, soon: str | None, every: bool, form: str | None, output: Path | None) -> Looking:
    """Read how one looks; ends the command where that is wrong."""
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as findings.csv)")
        stop(2)
    if form is None and output is not None and not is_device(output):
        form = _SUFFIXES.get(output.suffix.lower())
        if form is None:
            told = f"--output {printable(str(output))}: the suffix does not say the form"
            tell(f"error: {told} (use one of {', '.join(_SUFFIXES)}, or --format)")
            stop(2)
    return Looking(day_of(today), _soon(soon), every, form or "table", output)


def _soon(text: str | None) -> int | None:
    try:
        return None if text is None else days_ahead(text)
    except Mistake as mistake:
        tell(printable(f"error: --soon: {mistake.message}" + (f" ({mistake.hint})" if mistake.hint else "")))
        stop(2)


# --- subjects' files --------------------------------------------------------------------------------------------


def of_files(names: Sequence[str], how: Looking) -> int:
    """Look at subjects' files and those of folders; gives the exit code."""
    from trialcal.cli.many import read_subjects

    read = read_subjects(names)
    if not read.files:
        return read.code or 1
    protocols = {(found.protocol.id, found.protocol.version): found.protocol for found in read.files}
    facts = [("Subjects", str(len(read.files)))]
    files = with_progress(read.files, len(read.files), "looking at the subjects")
    seen = (one for found in files for one in _seen(found))
    tally = Tally()
    _write(seen, tally, list(protocols.values()), facts, how)
    if len(names) > 1 or Path(names[0]).is_dir():
        wrong = f"; {counted(read.wrong, 'file')} could not be read, as told above" if read.wrong else ""
        tell(f"looked at: {counted(len(read.files), 'subject')}{wrong}")
    return max(read.code, 1 if tally.findings else 0)


def _seen(found: SubjectFile) -> Iterator[Seen]:
    """Give what is to be looked at in a subject's file: the screenings before the present one first."""
    for attempt in found.attempts:
        schedule = planned_over(found.earlier, found.protocol, attempt.subject, found.site)
        yield Seen(found.protocol.id, schedule, Besides(ended=attempt.ended), attempt=attempt.number)
    yield Seen(found.protocol.id, subject_schedule(found))


# --- a table ----------------------------------------------------------------------------------------------------


def of_table(words: TableWords, how: Looking) -> int:
    """Look at a table of visits; gives the exit code."""
    table = open_table(words)
    tally = Tally()
    seen = with_progress(table.seen(), len(table.visits), "looking at the subjects")
    _write(seen, tally, [table.protocol], table.facts(), how, table.visits.counts)
    is_wrong = table.tell_rows(tally)
    return 1 if tally.findings or is_wrong else 0


# --- the result -------------------------------------------------------------------------------------------------


def _write(
    seen: Iterator[Seen],
    tally: Tally,
    protocols: Sequence[Protocol],
    facts: Sequence[tuple[str, str]],
    how: Looking,
    table: Mapping[str, int] | None = None,
) -> None:
    """Write the rows in one of their forms, as they are made; tell what they are not."""
    rows = _rows(seen, tally, how)
    if how.form == "csv":
        from trialcal.writers.findings_rows import findings_csv

        pieces = findings_csv(rows)
    elif how.form == "json":
        from trialcal.writers.findings_rows import findings_json

        pieces = findings_json(rows, tally, protocols, how.today, how.soon, table)
    else:
        from trialcal.writers.findings_table import Page, findings_text

        page = Page(how.today, protocols, facts)
        pieces = iter([findings_text(rows, tally, page, width=width(), colour=has_colour()).encode()])
    write_pieces(pieces, how.output)
    if how.form != "table":
        for protocol in protocols:
            tell(f"source: {protocol.source}")
        for reason, told in REASONS.items():
            if tally.reasons[reason]:
                tell(f"no finding: {tally.reasons[reason]} {told}")
    if how.output is not None:
        tell(f"written: {printable(str(how.output))}")
    judged = counted(tally.whole["judged"], "visit")
    tell(f"as of {how.today}: {counted(tally.findings, 'finding')}; {judged} judged against stated windows")


def _rows(seen: Iterator[Seen], tally: Tally, how: Looking) -> Iterator[Finding]:
    for one in seen:
        looked = looked_at(one.schedule, how.today, how.soon, one.besides)
        looked.reasons.update(one.reasons)
        rows = looked.rows + one.asides
        if one.attempt is not None:
            rows = tuple(row._replace(message=f"{row.message}{SCREENING}{one.attempt}") for row in rows)
        both = Looked(rows, looked.reasons)
        tally.add(one.protocol, both)
        yield from (row for row in both.rows if how.every or row.is_finding)
