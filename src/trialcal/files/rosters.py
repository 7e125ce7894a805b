"""A roster: a CSV table of subjects and their dates, a row for each, read row by row however long it is.

A room of its own because a table of thousands is read differently from one subject's file: nothing is kept but what
is needed to see a subject twice, rows alike are understood once, and one wrong row costs no other row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from trialcal.days import Duration
from trialcal.expanding import expanded
from trialcal.files.csv_file import SAVE_AS, CsvFile, CsvRow, is_utf8
from trialcal.files.dated import Stated, check_clock, dated_of
from trialcal.files.dates import parse_date
from trialcal.files.personal import LONGEST_SUBJECT, is_subject_id, looks_personal
from trialcal.files.phrases import Mistake, parse_parameter
from trialcal.files.which_visit import unknown_visit
from trialcal.problems import Level, Place, Problem, has_errors, nearest
from trialcal.protocol import Choices, Group, Protocol
from trialcal.subject import Dated, Subject

_MORE_CYCLES = "with --cycles {}={}"


class Columns(NamedTuple):
    """Which columns say what, by their numbers from 0; `names` are those of the header, as they were written."""

    names: tuple[str, ...]
    subject: int
    starts: Mapping[int, str]
    ends: Mapping[int, str]
    parameters: Mapping[int, str]
    arm: int | None = None
    cohort: int | None = None
    nameless: tuple[int, ...] = ()


class Row(NamedTuple):
    """A row: its line in the file, the subject, and the other cells. `problems` may leave it unusable."""

    line: int
    subject: str
    cells: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


class Meant(NamedTuple):
    """What the cells of rows alike mean: the protocol written out for them, and the subject without its number.

    The problems have a column as their `path`, and no line: it is that of each such row.
    """

    protocol: Protocol
    subject: Subject
    problems: tuple[Problem, ...]


def read_header(file: CsvFile, protocol: Protocol) -> tuple[Columns | None, tuple[Problem, ...]]:
    """Say which columns there are. What is wrong with one of them leaves none to be used."""
    found = _Header(file, protocol)
    return found.columns(), tuple(found.problems)


def read_rows(file: CsvFile, columns: Columns) -> Iterator[Row]:
    """Give the rows one after the other; a subject that was there already has a problem."""
    seen: dict[str, int] = {}
    for row in file.rows():
        if row.problem is not None:
            yield Row(row.line, "", (), (row.problem,))
        elif any(row.cells):
            yield _row(file, row, columns, seen)


def _row(file: CsvFile, row: CsvRow, columns: Columns, seen: dict[str, int]) -> Row:
    line, cells = row.line, row.cells
    subject = cells[columns.subject].strip()
    problems: list[Problem] = []
    if not subject:
        problems.append(file.wrong(line, "the subject is missing", "write the study number", "subject"))
    elif not is_subject_id(subject):
        hint = f"the study number, at most {LONGEST_SUBJECT} characters"
        problems.append(file.wrong(line, *_readable(subject, "this is no study number", hint), "subject"))
    elif subject in seen:
        message = f"{subject} is in row {seen[subject]} already; this row is not planned"
        problems.append(file.wrong(line, message, "give each subject one row", "subject"))
    else:
        seen[subject] = line
        if looks_personal(subject):
            message = f"{subject} looks like a person's name or birth date"
            found = file.wrong(line, message, "use the study number", "subject")
            problems.append(replace(found, level="warning"))
    for number in columns.nameless:
        if cells[number].strip():
            problems.append(file.wrong(line, "the header has no name for this column", "", f"column {number + 1}"))
    cells[columns.subject] = ""
    return Row(line, subject, tuple(cells), tuple(problems))


def _readable(text: str, message: str, hint: str) -> tuple[str, str]:
    """Give what is wrong with a text, which first of all may not be UTF-8."""
    if is_utf8(text):
        return message, hint
    shown = "".join("?" if "\udc80" <= c <= "\udcff" else c for c in text[:40])
    return f"'{shown}' is not written in UTF-8", SAVE_AS


# --- the header -----------------------------------------------------------------------------------------------------


class _Header:
    """The header of a roster, and the problems found in it."""

    def __init__(self, file: CsvFile, protocol: Protocol) -> None:
        self.names = file.names
        self.protocol = protocol
        self.file = file.file
        self.problems: list[Problem] = []
        self.known = {"subject": "subject", "start": f"start {protocol.start}", "arm": "arm", "cohort": "cohort"}
        self.known |= {parameter.id: f"parameter {parameter.id}" for parameter in protocol.parameters}
        for visit in protocol.visits:
            self.known[visit.id] = f"start {visit.id}"
            self.known[f"end:{visit.id}"] = self.known[f"{visit.id} end"] = f"end {visit.id}"

    def columns(self) -> Columns | None:
        where: dict[str, int] = {}  # what is said, in the words of `known`
        for number, name in enumerate(self.names):
            if not name:
                continue
            said = self.known.get(re.sub(r"\s*:\s*", ":", name.casefold()))
            if said is None:
                self._unknown(name)
            elif said in where:
                other = self.names[where[said]]
                what = f"`{other}` and `{name}` say the same" if other != name else f"`{name}` is there twice"
                self._error("two-columns", f"{what}", "leave one of the two columns out")
            else:
                where[said] = number
        if "subject" not in where:
            self._error("missing-column", "there is no column `subject`", self._found())
        if not any(said.startswith(("start ", "end ")) for said in where):
            message = "there is no column of dates: `start`, or one with the id of a visit"
            self._error("missing-column", message, self._found())
        if self.problems:
            return None
        every: dict[str, dict[int, str]] = {"start": {}, "end": {}, "parameter": {}}
        for said, number in where.items():
            kind, _, name = said.partition(" ")
            if name:
                every[kind][number] = name
        starts, ends, parameters = every.values()
        arm, cohort = where.get("arm"), where.get("cohort")
        nameless = tuple(number for number, name in enumerate(self.names) if not name)
        return Columns(self.names, where["subject"], starts, ends, parameters, arm, cohort, nameless)

    def _unknown(self, name: str) -> None:
        mistake = unknown_visit(name.casefold(), self.protocol, more=_MORE_CYCLES)
        if mistake.message.endswith(f" in {self.protocol.id}"):
            message = f"there is no visit or parameter `{name[:60]}` in {self.protocol.id}"
            is_guess = mistake.hint.startswith(("did you mean", "known here"))
            hint = "" if is_guess else mistake.hint
            self._error("unknown-column", message, hint or nearest(name, self.known))
        else:
            self._error("unknown-column", mistake.message, mistake.hint)

    def _found(self) -> str:
        names = ", ".join(f"`{name[:40]}`" for name in self.names[:12] if name)
        return f"the columns are {names}" if names else "the first line names the columns, as subject,start"

    def _error(self, code: str, message: str, hint: str) -> None:
        self.problems.append(Problem("error", code, message, hint, Place(self.file, 1)))


# --- the cells ------------------------------------------------------------------------------------------------------


def meant_by(
    cells: Sequence[str],
    columns: Columns,
    protocol: Protocol,
    zone: tzinfo | None,
    parameters: Mapping[str, Duration],
) -> Meant:
    """Read the cells of a row but the subject's. `protocol` is as for all rows, `parameters` are those of all."""
    return _Cells(cells, columns, protocol, zone).meant(parameters)


class _Cells:
    """The cells of a row, and the problems found in them."""

    def __init__(self, cells: Sequence[str], columns: Columns, protocol: Protocol, zone: tzinfo | None) -> None:
        self.cells = [cell.strip() for cell in cells]
        self.columns = columns
        self.protocol = protocol
        self.zone = zone
        self.problems: list[Problem] = []

    def meant(self, parameters: Mapping[str, Duration]) -> Meant:
        columns = self.columns
        choices = Choices(
            self._group(columns.arm, "arm", self.protocol.arms) or self.protocol.choices.arm,
            self._group(columns.cohort, "cohort", self.protocol.cohorts) or self.protocol.choices.cohort,
            self.protocol.choices.counts,
        )
        self.protocol, problems = expanded(self.protocol, choices)
        self.problems += problems
        starts, ends = self._dates(columns.starts, needs_clock=False), self._dates(columns.ends, needs_clock=True)
        given: dict[str, Dated] = {}
        for name in {**starts, **ends}:
            number = next(n for part in (columns.starts, columns.ends) for n, visit in part.items() if visit == name)
            try:
                given[name] = dated_of(self.protocol.by_id[name], starts.get(name), ends.get(name), self.zone)
            except Mistake as mistake:
                self._error(number, mistake)
        if not given and not has_errors(self.problems):
            names = ", ".join(f"`{columns.names[n]}`" for n in columns.starts or columns.ends)
            self._error(None, Mistake("no date is given", f"write one in {names}"))
        own = self._parameters()
        return Meant(self.protocol, Subject("", given, {**parameters, **own}), tuple(self.problems))

    def _group(self, number: int | None, what: str, declared: Sequence[Group]) -> str:
        if number is None or not (name := self.cells[number]):
            return ""
        known = [group.id for group in declared]
        if name in known:
            return name
        hint = nearest(name, known) if known else f"{self.protocol.id} has no {what}s"
        self._error(number, Mistake(f"there is no {what} '{name[:60]}' in {self.protocol.id}", hint))
        return ""

    def _dates(self, columns: Mapping[int, str], *, needs_clock: bool) -> dict[str, Stated]:
        found: dict[str, Stated] = {}
        for number, name in columns.items():
            if not (text := self.cells[number]):
                continue
            try:
                if name not in self.protocol.by_id:
                    raise unknown_visit(name, self.protocol, more=_MORE_CYCLES)
                day, clock = parse_date(text)
                if needs_clock and clock is None:
                    raise Mistake("an end needs a clock time", f"as {day.isoformat()}T16:30")
                if clock is not None and (twice := check_clock(clock, self.zone)):
                    self._add("warning", number, twice, "")
                found[name] = day, clock
            except Mistake as mistake:
                self._error(number, mistake)
        return found

    def _parameters(self) -> dict[str, Duration]:
        found: dict[str, Duration] = {}
        for number, name in self.columns.parameters.items():
            if text := self.cells[number]:
                try:
                    found[name] = parse_parameter(text)
                except Mistake as mistake:
                    self._error(number, mistake)
        return found

    def _error(self, number: int | None, mistake: Mistake) -> None:
        text = "" if number is None else self.cells[number]
        self._add("error", number, *_readable(text, mistake.message, mistake.hint))

    def _add(self, level: Level, number: int | None, message: str, hint: str) -> None:
        column = self.columns.names[number] if number is not None else ""
        self.problems.append(Problem(level, "bad-cell", message, hint, Place(path=column)))
