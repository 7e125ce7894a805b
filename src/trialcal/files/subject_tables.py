"""A plain table of subjects, as SDTM's DM: when each one's study days begin, and when participation ended.

A room of its own beside the table of visits because it is optional, and says nothing of any visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from trialcal.files.columns import SUBJECT_COLUMNS, find_columns
from trialcal.files.csv_file import CsvFile, CsvRow
from trialcal.files.phrases import Mistake
from trialcal.files.visit_tables import table_date
from trialcal.problems import Problem, Report
from trialcal.subject import Partly


class Participation(NamedTuple):
    """A subject's reference start (RFSTDTC), the day on which participation ended, and the arm as it is told."""

    reference_start: date | None = None
    ended: date | None = None
    arm: str = ""


NOT_KNOWN = Participation()


class SubjectTable(NamedTuple):
    """The subjects of a table by id; `columns` says what was taken from which, `partly` counts partial dates."""

    subjects: Mapping[str, Participation]
    columns: Mapping[str, str]
    partly: int
    problems: tuple[Problem, ...]


def read_subject_table(path: Path, here: Path) -> tuple[SubjectTable | None, tuple[Problem, ...]]:
    """Read a table of subjects; None where it cannot be read at all."""
    file = CsvFile(path, here)
    try:
        if file.problem is not None:
            return None, (file.problem,)
        columns, problems = find_columns(file.names, SUBJECT_COLUMNS, {}, file.file)
        if problems:
            return None, tuple(problems)
        return _read(file, columns), ()
    finally:
        file.close()


def _read(file: CsvFile, columns: Mapping[str, int]) -> SubjectTable:
    report, counts = Report(), Counter[str]()
    found: dict[str, Participation] = {}
    lines: dict[str, int] = {}

    def wrong(problem: Problem) -> None:
        report.error(problem.place, problem.code, problem.message, problem.hint)

    def day(row: CsvRow, column: str) -> date | None:
        text = row.cells[columns[column]].strip() if column in columns else ""
        read = table_date(text) if text else None
        if isinstance(read, Mistake):
            wrong(file.wrong(row.line, read.message, read.hint, file.names[columns[column]]))
            return None
        counts["partly"] += isinstance(read, Partly)
        return None if read is None or isinstance(read, Partly) else read[0]

    for row in file.rows():
        if row.problem is not None:
            wrong(row.problem)
            continue
        subject = row.cells[columns["subject"]].strip()
        arm = row.cells[columns["arm"]].strip() if "arm" in columns else ""
        one = Participation(day(row, "reference start"), day(row, "end of participation"), arm)
        if not subject:
            wrong(
                file.wrong(
                    row.line, "the subject is missing", "write the study number", file.names[columns["subject"]]
                )
            )
        elif found.setdefault(subject, one) != one:
            message = f"{subject} is in line {lines[subject]} already, with other values: neither counts"
            wrong(file.wrong(row.line, message, "keep the row that is right"))
            found[subject] = NOT_KNOWN
        lines.setdefault(subject, row.line)
    names = {key: file.names[at] for key, at in columns.items()}
    return SubjectTable(found, names, counts["partly"], tuple(report.problems))
