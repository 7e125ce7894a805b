"""A plain table of visits, as SDTM's SV: from its rows to each subject's dates, and which of them cannot be used.

A room of its own because such a table states what happened in a study that trialcal may never have planned: nothing
in it is refused, and what is unclear is not judged. It may have millions of rows: each is kept as a few numbers.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from trialcal.files.csv_file import SAVE_AS, CsvFile, CsvRow, is_utf8
from trialcal.files.dated import check_clock, dated_of
from trialcal.files.dates import YEARS, parse_partial
from trialcal.files.naming_visits import VisitNames
from trialcal.files.personal import LONGEST_SUBJECT, is_subject_id, looks_personal
from trialcal.files.phrases import Mistake
from trialcal.problems import Place, Problem, Report
from trialcal.protocol import Protocol
from trialcal.subject import Absent, Dated, Partly

_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):\d\d(?:\.\d+)?")
_HOUR_ONLY = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d")
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)")
_GAPS = re.compile(r"(?:\d{4}|-)-(?:\d\d|-)-(?:\d\d|-)(?:T.*)?")  # SDTMIG 4.4.2: `2014---15`, `--03-15`
_NONE = -1
DONE, MISSED, PARTLY, UNCLEAR = range(4)


class Aside(NamedTuple):
    """A row of a table that is no visit of the protocol, or that is not judged; `visit` as the table names it."""

    visit: str
    day: date | None
    is_unscheduled: bool
    message: str


class TableSubject(NamedTuple):
    """What a table says of one subject; of the visits in `unclear` it has rows, and yet nothing is known."""

    id: str
    actual: dict[str, Dated]
    partly: dict[str, Partly]
    absent: dict[str, Absent]
    unclear: set[str]
    asides: list[Aside]


class _Row(NamedTuple):
    """A row as it is kept. `visit` is a visit's index, or ~index of a name that the protocol lacks.

    `day` is an ordinal, `start` its minute and `end` the minutes from the day's beginning; each may be none. Of a
    date that is known in part, `day` and `end` are the first and the last day. Texts are kept apart, by the line.
    """

    line: int
    visit: int
    what: int
    day: int = _NONE
    start: int = _NONE
    end: int = _NONE


_WIDTH = len(_Row._fields)


class VisitTable:
    """The rows of a table of visits, by subject; `read` it, then ask for its `subjects`.

    `counts` are of rows: `rows`, `wrong`, `no-date`, `same` (a row there twice) and `two-dates`. `unscheduled` counts
    the rows of each name that is no visit's. Problems are collected in `report`.
    """

    def __init__(self, file: CsvFile, columns: Mapping[str, int], protocol: Protocol, zone: tzinfo | None) -> None:
        self.file = file
        self.columns = columns
        self.visits = protocol.visits
        self.zone = zone
        self.names = VisitNames(protocol)
        self.report = Report()
        self.counts: Counter[str] = Counter()
        self.unscheduled: Counter[str] = Counter()
        self._others: list[str] = []
        self._other: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._packed: dict[str, array[int]] = {}
        self._date = lru_cache(65_536)(table_date)
        self._meant = lru_cache(65_536)(self._visit)

    def __len__(self) -> int:
        return len(self._packed)

    def read(self) -> None:
        """Read the rows."""
        subject_at = self.columns["subject"]
        for row in self.file.rows():
            self.counts["rows"] += 1
            if row.problem is None:
                subject = row.cells[subject_at].strip()
                try:
                    packed = self._packed.get(subject)
                    if packed is None:
                        packed = self._subject(row.line, subject)
                    packed.extend(self._row(row))
                except _Wrong as wrong:
                    self._tell(self.file.wrong(row.line, wrong.message, wrong.hint, wrong.column))
            else:
                self._tell(row.problem)

    def _tell(self, problem: Problem) -> None:
        self.counts["wrong"] += 1
        self.report.error(problem.place, problem.code, problem.message, problem.hint)

    def _subject(self, line: int, subject: str) -> array[int]:
        """Take up a subject that was not there yet."""
        column = self._name("subject")
        if not subject:
            raise _Wrong(column, "the subject is missing", "write the study number")
        if not is_utf8(subject):
            raise _Wrong(column, "this is not written in UTF-8", SAVE_AS)
        if not is_subject_id(subject):
            hint = f"a study number, at most {LONGEST_SUBJECT} characters"
            raise _Wrong(column, "this is no study number", hint)
        if looks_personal(subject):
            place = Place(self.file.file, line, 0, column)
            message = f"{subject} looks like a person's name or birth date"
            self.report.warning(place, "looks-personal", message, "use study numbers")
        return self._packed.setdefault(subject, array("i"))

    def _name(self, column: str) -> str:
        return self.file.names[self.columns[column]]

    def _cell(self, row: CsvRow, column: str) -> str:
        at = self.columns.get(column)
        return "" if at is None else row.cells[at].strip()

    # --- one row ------------------------------------------------------------------------------------------------

    def _row(self, row: CsvRow) -> _Row:
        """Read a row; what is wrong with it is told, and leaves nothing known of the visit."""
        visit = self._meant(self._cell(row, "number"), self._cell(row, "visit"))
        try:
            return self._of_visit(row, visit)
        except _Wrong as wrong:
            self._tell(self.file.wrong(row.line, wrong.message, wrong.hint, wrong.column))
            self._texts[row.line] = "its row could not be used"
            return _Row(row.line, visit, UNCLEAR)

    def _of_visit(self, row: CsvRow, visit: int) -> _Row:
        text, occurred = self._cell(row, "date"), self._cell(row, "occurred").upper()
        if occurred not in ("", "Y", "YES", "N", "NO", "U"):
            hint = "Y or N, as in SDTM"
            raise _Wrong(self._name("occurred"), f"'{occurred[:20]}' does not say whether the visit took place", hint)
        if occurred in ("N", "NO"):
            if text:
                message = f"{self._name('occurred')} says that the visit did not take place, yet it has a date"
                raise _Wrong(self._name("date"), message, "leave one of the two out")
            reason = self._cell(row, "reason")
            if reason:
                self._texts[row.line] = reason if is_utf8(reason) else "(reason not written in UTF-8)"
            return _Row(row.line, visit, MISSED)
        if not text:
            self.counts["no-date"] += 1
            self._texts[row.line] = "its row has no date"
            return _Row(row.line, visit, UNCLEAR)
        found = self._date(text)
        if isinstance(found, Mistake):
            raise _Wrong(self._name("date"), found.message, found.hint)
        if isinstance(found, Partly):
            self._texts[row.line] = text
            return _Row(row.line, visit, PARTLY, found.first.toordinal(), _NONE, found.last.toordinal())
        day, clock = found
        end = self._end(row)
        if clock is None and end is None:
            return _Row(row.line, visit, DONE, day.toordinal())
        return self._timed(row, visit, day, clock, end)

    def _end(self, row: CsvRow) -> datetime | None:
        """Give the clock time at which a visit ended; an end that is a date alone says no more than the date."""
        text = self._cell(row, "end")
        if not text or text == self._cell(row, "date"):
            return None
        found = self._date(text)
        if isinstance(found, Mistake):
            raise _Wrong(self._name("end"), found.message, found.hint)
        return None if isinstance(found, Partly) else found[1]

    def _timed(self, row: CsvRow, visit: int, day: date, clock: datetime | None, end: datetime | None) -> _Row:
        """Check the clock times of a row."""
        known = self.visits[visit] if visit >= 0 else None
        try:
            for each in (clock, end):
                if each is not None:
                    check_clock(each, self.zone)
            dated_of(known, (day, clock), None if end is None else (end.date(), end), self.zone)
        except Mistake as mistake:
            raise _Wrong(self._name("date"), mistake.message, mistake.hint) from None
        start = _NONE if clock is None else clock.hour * 60 + clock.minute
        midnight = datetime(day.year, day.month, day.day)
        until = _NONE if end is None else int((end - midnight) / timedelta(minutes=1))
        return _Row(row.line, visit, DONE, day.toordinal(), start, until)

    def _visit(self, number: str, name: str) -> int:
        """Give the visit that a row means, or ~index of a name that is no visit's."""
        try:
            visit = self.names.find(number, name)
        except Mistake as mistake:
            column = self._name("number" if "number" in self.columns and number else "visit")
            raise _Wrong(column, mistake.message, mistake.hint) from None
        if visit is not None:
            return visit
        told = number or name
        if told not in self._other:
            self._other[told] = len(self._others)
            self._others.append(told)
        return ~self._other[told]

    # --- the subjects -------------------------------------------------------------------------------------------

    def subjects(self) -> Iterator[TableSubject]:
        """Give the subjects in the order in which the table first names them; tells what is there twice."""
        for subject, packed in self._packed.items():
            rows = [_Row(*packed[at : at + _WIDTH]) for at in range(0, len(packed), _WIDTH)]
            yield self._of_subject(subject, rows)

    def _of_subject(self, subject: str, rows: Sequence[_Row]) -> TableSubject:
        asides: list[Aside] = []
        by_visit: dict[int, list[_Row]] = {}
        for row in rows:
            if row.visit >= 0:
                by_visit.setdefault(row.visit, []).append(row)
            else:
                name = self._others[~row.visit]
                self.unscheduled[name] += 1
                asides.append(Aside(name, _day(row), True, "unscheduled: no visit of the protocol"))
        found = TableSubject(subject, {}, {}, {}, set(), asides)
        for visit, several in by_visit.items():
            name = self.visits[visit].id
            row = several[0] if len(several) == 1 else self._one_of(subject, name, several, asides)
            text = self._texts.get(row.line, "")
            if row.what == DONE:
                found.actual[name] = _dated(row)
            elif row.what == MISSED:
                found.absent[name] = Absent("missed", text)
            elif row.what == PARTLY:
                found.partly[name] = Partly(text, date.fromordinal(row.day), date.fromordinal(row.end))
            else:
                found.unclear.add(name)
                if len(several) == 1:
                    asides.append(Aside(name, None, False, text))
        return found

    def _one_of(self, subject: str, name: str, rows: Sequence[_Row], asides: list[Aside]) -> _Row:
        """Give what several rows of one visit say, where they say the same; else nothing is known of it."""
        first = rows[0]
        if len({(row.what, row.day, row.end if row.what == PARTLY else _NONE) for row in rows}) == 1:
            self.counts["same"] += len(rows) - 1
            asides += [Aside(name, _day(row), False, f"the same as line {first.line}") for row in rows[1:]]
            if first.what != DONE:
                return first
            start, end = ({getattr(row, field) for row in rows} for field in ("start", "end"))
            return first._replace(
                start=first.start if len(start) == 1 else _NONE, end=first.end if len(end) == 1 else _NONE
            )
        self.counts["two-dates"] += len(rows)
        told = ", ".join(f"{self._told(row)} (line {row.line})" for row in rows[:4]) + ", ..." * (len(rows) > 4)
        message = f"{subject} has {name} in {len(rows)} rows that differ: {told}; none of them is judged"
        place = Place(self.file.file, rows[1].line)
        self.report.error(place, "two-dates", message, "keep the one that is right")
        asides += [Aside(name, _day(row), False, f"one of {len(rows)} rows that differ") for row in rows]
        return first._replace(what=UNCLEAR)

    def _told(self, row: _Row) -> str:
        if row.what == DONE:
            return date.fromordinal(row.day).isoformat()
        return "not done" if row.what == MISSED else self._texts.get(row.line, "no date") or "no date"


class _Wrong(Exception):
    """What is wrong with a cell of a row."""

    def __init__(self, column: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.hint = hint


def _day(row: _Row) -> date | None:
    return date.fromordinal(row.day) if row.what == DONE else None


def _dated(row: _Row) -> Dated:
    day = date.fromordinal(row.day)
    if row.start == row.end == _NONE:
        return Dated(day)
    midnight = datetime(day.year, day.month, day.day)
    start, end = (None if minutes == _NONE else midnight + timedelta(minutes=minutes) for minutes in row[-2:])
    return Dated(day, start, end)


def table_date(text: str) -> tuple[date, datetime | None] | Partly | Mistake:
    """Read a date as SDTM writes it: ISO 8601, to the second or with parts that are not known; or what is wrong."""
    if not is_utf8(text):
        return Mistake("this is not written in UTF-8", SAVE_AS)
    if _OFFSET.fullmatch(text):
        hint = "write the clock time at the site, as 2025-03-01T16:30"
        return Mistake(f"'{text}' has an offset from UTC", hint)
    to_the_minute = _SECONDS.fullmatch(text) or _HOUR_ONLY.fullmatch(text)
    try:
        return parse_partial(to_the_minute[1] if to_the_minute else text)
    except Mistake as mistake:
        if _GAPS.fullmatch(text) and "--" in text:
            year = int(text[:4]) if text[:4].isdigit() else None
            first, last = (year, year) if year else YEARS
            return Partly(text, date(first, 1, 1), date(last, 12, 31))
        return mistake
