"""The table of activities of a protocol: which column each visit entry is, and what stands in every cell.

A room of its own because it decides what is meant by a mark, and `matrix_page` only how the table fits a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from trialcal.protocol import Activity, Mark, Protocol, Visit
from trialcal.timing import DayRange, Every, InCycles, OnDay, Pending
from trialcal.writers.outline_recurring import cycle_noun, groups_told
from trialcal.writers.outline_visits import days_told, name_told
from trialcal.writers.page import GLUE
from trialcal.writers.phrasing import cycles_told, names_told, repeat_told, uncounted, when_told
from trialcal.writers.study_spans import Entry, Span, cycles_of, entries_of, spans_of

ALL = "all"
X = "X"
_NOT_SHOWN = ("weight", "prefer", "horizon", "activities", "lasts")  # of a visit: nothing in the table says it
_FIRST_CYCLES = 3  # that stand above a column whose cycles take many words


class Notes:
    """The footnotes of a page, each told once: their marks in the order in which they are asked for."""

    def __init__(self, of_number: Mapping[str, str] | None = None) -> None:
        """Begin without any; `of_number` are the digits to write numbers with: without it marks are letters."""
        self.marks: dict[str, str] = {}
        self._digits = of_number

    def mark(self, text: str) -> str:
        """Give the mark of a footnote: a, b, ... z, aa, ab, ..., or a number."""
        if text not in self.marks:
            number = len(self.marks)
            self.marks[text] = _letters(number) if self._digits is None else _in_digits(number + 1, self._digits)
        return self.marks[text]

    def several(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Give the marks of some footnotes, in their order."""
        return tuple(sorted(map(self.mark, texts), key=lambda mark: (len(mark), mark)))


def _letters(number: int) -> str:
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("a") + last)


def _in_digits(number: int, digits: Mapping[str, str]) -> str:
    return "".join(digits[digit] for digit in str(number))


class Head(NamedTuple):
    """What stands above a column, from top to bottom; `notes` are the marks of its footnotes."""

    epoch: str
    cycles: str
    name: str
    days: str
    window: str
    notes: tuple[str, ...]


class Line(NamedTuple):
    """A row: the activity, its footnotes' marks, and of every column what stands there; "" where nothing is done."""

    section: str
    name: str
    notes: tuple[str, ...]
    cells: tuple[str, ...]


class Matrix(NamedTuple):
    """The whole table; `unmarked` are the entries at which nothing is marked, which have no column."""

    columns: tuple[Entry, ...]
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    letters: Notes
    numbers: Notes
    unmarked: tuple[Entry, ...]


_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))


def matrix_of(protocol: Protocol) -> Matrix:
    """Make the table of activities: a row for each, in the order of the file; a column for each entry of visits.

    Without a section of activities, the rows are those that the visits themselves name.
    """
    spans = spans_of(protocol)
    entries = entries_of(protocol, spans)
    letters, numbers = Notes(), Notes(_RAISED)
    rows = [(activity, [_cell(activity, entry, numbers) for entry in entries]) for activity in _activities(protocol)]
    rows = [(activity, cells) for activity, cells in rows if any(cells)]
    marked = [i for i in range(len(entries)) if any(cells[i] for _, cells in rows)]
    columns = tuple(entries[i] for i in marked)
    lines = []
    heads = tuple(_head(entry, protocol, spans, letters) for entry in columns)
    for activity, cells in rows:
        notes = letters.several(_notes_of(activity))
        lines.append(Line(activity.section, activity.name, notes, tuple(cells[i] for i in marked)))
    unmarked = tuple(entry for i, entry in enumerate(entries) if i not in marked)
    return Matrix(columns, heads, tuple(lines), letters, numbers, unmarked)


# --- rows and cells ---------------------------------------------------------------------------------------------


def _activities(protocol: Protocol) -> Iterator[Activity]:
    """Give the section's activities, then those that only the visits themselves name."""
    yield from _with_own_marks(protocol)
    named = {activity.name for activity in protocol.activities}
    own: dict[str, dict[str, None]] = {}
    for visit in (protocol.written or protocol).visits:
        for name in visit.activities:
            if name not in named:
                own.setdefault(name, {})[visit.entry or visit.id] = None
    for name, entries in own.items():
        yield Activity(name, name, tuple(Mark(entry) for entry in entries))


def _with_own_marks(protocol: Protocol) -> Iterator[Activity]:
    """Give the section's activities, marked also at the visits that name them themselves."""
    own: dict[str, list[str]] = {}
    for visit in (protocol.written or protocol).visits:
        for name in visit.activities:
            own.setdefault(name, []).append(visit.entry or visit.id)
    for activity in protocol.activities:
        marked = {mark.name for mark in activity.marks}
        more = tuple(Mark(entry) for entry in dict.fromkeys(own.get(activity.name, ())) if entry not in marked)
        yield activity if not more else replace(activity, marks=(*activity.marks, *more))


def _cell(activity: Activity, entry: Entry, numbers: Notes) -> str:
    """Give what stands in a cell; a mark at some visits of the entry alone is explained by a numbered note."""
    ids = [visit.id for visit in entry.visits]
    whole: list[str] = []
    some: dict[str, list[str]] = {}
    for mark in activity.marks:
        if mark.name in (ALL, entry.id):
            whole.append(mark.text)
        elif mark.name in ids:
            some.setdefault(mark.text, []).append(mark.name)
    for text, names in list(some.items()):
        if not entry.is_open and set(names) == set(ids):
            whole.append(text)
            del some[text]
    shown = ", ".join(dict.fromkeys(whole))
    if not some:
        return shown
    told = "; ".join(_some_told(text, [name for name in ids if name in names]) for text, names in some.items())
    if shown:
        return f"{shown}{numbers.mark(told)}"
    if len(some) == 1:  # the mark itself stands in the cell
        ((text, names),) = some.items()
        return f"{text}{numbers.mark(f'only {_some_told(X, [name for name in ids if name in names])}')}"
    return f"{X}{numbers.mark(f'only {told}')}"


def _some_told(text: str, names: Sequence[str]) -> str:
    return ("" if text == X else f"{text} ") + f"at {names_told(names)}"


def _notes_of(activity: Activity) -> Iterator[str]:
    if activity.notes:
        yield activity.notes
    for key, why in activity.assumed.items():
        yield _assumed_told(key, why)


def _assumed_told(key: str, why: str) -> str:
    what = {"at": "", "if": "condition: ", "by": "by what means: ", "in": "which cycles: "}.get(key, f"{key}: ")
    return f"assumed: {what}{why}"


# --- columns ----------------------------------------------------------------------------------------------------


def _head(entry: Entry, protocol: Protocol, spans: Mapping[str, Span], letters: Notes) -> Head:
    first = next((visit for visit in entry.written if visit.window is not None), entry.written[0])
    epochs = {epoch.id: epoch.name for epoch in protocol.epochs}
    cycles = _cycles_told(first, protocol)
    notes = letters.several(_column_notes(entry, protocol))
    days = _days_told(entry, protocol, spans).replace(GLUE, " ")
    window = str(first.window or "").replace(" ", GLUE).replace("/", "/ ")
    return Head(epochs.get(first.epoch, first.epoch), cycles, _name_told(entry, cycles), days, window, notes)


def _cycles_told(visit: Visit, protocol: Protocol) -> str:
    """Name the cycles of a column: `Cycle 2 and beyond`; where there are several groups, with the group's id."""
    cycles = cycles_of(visit, protocol)
    if cycles is None or not isinstance(visit.at, InCycles):
        return ""
    noun = cycle_noun(cycles, protocol)
    first, is_all = _first_cycles(visit.at)
    told = f"{noun}s {', '.join(map(str, first))}{'' if is_all else ' ...'}" if first else cycles_told(visit.at, noun)
    return told[:1].upper() + told[1:]


def _first_cycles(timing: InCycles) -> tuple[list[int], bool]:
    """Give the first cycles, and whether these are all, where words would take more room than there is."""
    selections = timing.selections
    if len(selections) == 1 and selections[0].step == 1:
        return [], True
    limit = max(each.last or each.first + _FIRST_CYCLES * each.step for each in selections)
    found = [n for n in range(1, limit + 1) if any(each.has(n) for each in selections)]
    is_all = len(found) <= _FIRST_CYCLES and all(each.last is not None for each in selections)
    return found[:_FIRST_CYCLES], is_all


def _name_told(entry: Entry, cycles: str) -> str:
    """Give the number of a column and its name, unless one says what the other, or the lines around them, say."""
    number = entry.written[0].number
    if entry.recurs:
        name = re.sub(r"\s*(?:C(?:n|\d+)(?:D-?\d+)?| Day -?[\d, ]+)$", "", name_told(entry))
        if name.lower().removesuffix(" n") in cycles.lower():
            name = ""
    else:
        name = entry.written[0].name
        name = name.removesuffix(" 1") if len(entry.written) > 1 else name  # a series: the name of its first visit
    if number and (_plain(number) in _plain(cycles) or number in name.split()):
        number = ""
    return f"{number} {name}".strip()


def _cycle_days(entry: Entry) -> str:
    return ", ".join(str(visit.at.first) for visit in entry.written if isinstance(visit.at, InCycles))


def _plain(text: str) -> str:
    """Give a text without what differs between `2 – 3` and `2-3`."""
    return "".join(text.lower().replace("–", "-").split())


def _days_told(entry: Entry, protocol: Protocol, spans: Mapping[str, Span]) -> str:
    """Give the day or days of a column, as short as can be: `Day 8`, `Day 1-7`, `every 8 weeks`, `pending`."""
    first = entry.written[0].at
    if isinstance(first, InCycles):
        if first.last is not None:
            return f"Day {first.first} to {first.last}"
        return f"Day {_cycle_days(entry)}"
    if isinstance(first, Every):
        return ", then ".join(f"every {stage.every}" for stage in first.stages)
    if isinstance(first, Pending):
        return "pending"
    timings = [visit.at for visit in entry.visits]
    if isinstance(first, OnDay) and len(timings) == 1 and entry.visits[0].more_days:
        last = protocol.study_days.distance(first.number) + entry.visits[0].more_days
        return f"Day {first.number} to {protocol.study_days.study_day(last)}"
    if all(isinstance(timing, OnDay) for timing in timings):
        days = [timing for timing in timings if isinstance(timing, OnDay)]
        if all(day.week is not None for day in days):
            return "Week " + ", ".join(str(day.week) for day in days)
        return "Day " + ", ".join(str(day.number) for day in days)
    if isinstance(timings[0], DayRange) and len(timings) == 1:
        return f"Day {timings[0].first} to {timings[0].last}"
    if any(visit.id in spans and spans[visit.id].is_exact for visit in entry.visits):
        return days_told(entry.visits, protocol, spans)
    return ", ".join(when_told(timing, uncounted(protocol)) for timing in timings)


def _column_notes(entry: Entry, protocol: Protocol) -> Iterator[str]:
    """Give the footnotes of a column: who has it, on which condition, how it is done, what of it is assumed."""
    first = entry.written[0]
    if isinstance(first.at, Every):
        until = f", until {' or '.join(first.until)}" if first.until else ""
        yield f"{entry.id}: {repeat_told(first.at)}{until}"
    if isinstance(first.at, InCycles) and not _first_cycles(first.at)[1]:
        yield cycles_told(first.at)
    if first.condition:
        yield f"if: {first.condition}"
    if first.optional:
        yield "optional"
    cycles = cycles_of(first, protocol)
    arms = first.arms or (cycles.arms if cycles else ())
    cohorts = first.cohorts or (cycles.cohorts if cycles else ())
    if arms:
        yield f"only arms: {groups_told(arms, protocol.arms)}"
    if cohorts:
        yield f"only cohorts: {groups_told(cohorts, protocol.cohorts)}"
    if first.by:
        yield f"by {' or '.join(first.by)}"
    if first.applies_to:
        yield f"applies to: {first.applies_to}"
    if isinstance(first.at, Pending):
        yield f"pending, waits for: {first.at.waits_for}"
    if first.notes:
        yield first.notes
    for key, why in first.assumed.items():
        if key not in _NOT_SHOWN:
            yield _assumed_told(key, why)
