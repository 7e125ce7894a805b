"""The timepoints of a plan: a sampling list for each visit whose clock time is known, and the others in few lines.

A room of its own because it is read at the bedside, in the order of the clock, while the rest of a plan is read in
the order of days. Without clock times, ten cycles of the same samples are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from rich.text import Text

from trialcal.schedule import Schedule, ScheduledTimepoint, ScheduledVisit
from trialcal.writers.assumptions import Assumptions, Reason, Section, field_told
from trialcal.writers.dated import clock_inked, date_inked, short_inked
from trialcal.writers.page import GLUE, Column, Row, glued, hanging, heading, ink, joined, table
from trialcal.writers.phrasing import names_told
from trialcal.writers.plan_visits import name_with_id
from trialcal.writers.timepoints import by_entry, by_visit, is_known, own_notes, times_told

_LIST = (Column("Date", False), Column("Time", False), Column("Window", False), Column("What"), Column("When"))
_WAITING = (Column("What"), Column("At"), Column("When"))
_ABOVE: tuple[Section, ...] = ("visits", "rules", "epochs")  # explained below the visits already


def timepoints_lines(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Give the sampling lists, visit by visit in the order of their dates, then what has no clock time yet."""
    if not schedule.timepoints:
        return
    yield from heading("Timepoints", width)
    visits = {visit.id: visit for visit in schedule.visits}
    known = by_visit(timepoint for timepoint in schedule.timepoints if is_known(timepoint))
    for number, (name, timepoints) in enumerate(known.items()):
        if number:
            yield Text()
        yield from _visit_line(visits[name], width)
        yield from table(_LIST, list(_list_rows(timepoints, schedule, assumptions)), width)
    waiting = [timepoint for timepoint in schedule.timepoints if not is_known(timepoint)]
    if waiting:
        if known:
            yield Text()
        yield from hanging("", ink(("Without a clock time yet", "bold"), ": ", _how_told(waiting)), width, 0)
        yield from table(_WAITING, list(_waiting_rows(waiting, visits, assumptions)), width)
    yield from _assumed(schedule.timepoints, assumptions, width)


# --- with clock times -------------------------------------------------------------------------------------------


def _visit_line(visit: ScheduledVisit, width: int) -> Iterator[Text]:
    """Name a visit with the clock times that its timepoints are counted from."""
    clocks = (("starts", visit.starts), ("ends", visit.ends))
    told = [ink(f"{word}{GLUE}", clock_inked(clock)) for word, clock in clocks if clock is not None]
    yield from hanging("", ink(name_with_id(visit, "bold"), ": ", joined(told, ", ")), width, 0)


def _list_rows(
    timepoints: Sequence[ScheduledTimepoint], schedule: Schedule, assumptions: Assumptions
) -> Iterator[Row]:
    """Give a row to each time and window. What is the same again, as the date or for whom it is, stands once."""
    entries = {entry.notes for entry in schedule.protocol.timepoints}
    alike: dict[object, list[ScheduledTimepoint]] = {}
    for each in timepoints:
        key = (each.first, each.target, each.window_start, each.window_end, each.when)
        alike.setdefault(key, []).append(each)
    day: date | None = None
    told: set[str] = set()
    noted: set[str] = set()
    for several in alike.values():
        one = several[0]
        assert one.first is not None
        on = one.first.date()
        what: list[Text] = []
        notes: list[str] = []
        for each in several:
            what.append(ink("· " if len(several) > 1 else "", each.name, assumptions.marks(each.assumed)))
            if each.entry not in told:
                what += _what_else(each)
            notes += [note for note in own_notes(each, entries) if note not in noted]
            told.add(each.entry)
            noted.update(notes)
        cells = (
            (date_inked(on) if on != day else Text(),),
            (ink(("within", "dim")) if one.target is None else ink((_time_told(one.target), "bold")),),
            tuple(_window_lines(one, on)),
            tuple(what),
            (ink(one.when),),
        )
        yield Row(cells, tuple(ink((note, "yellow")) for note in notes))
        day = on


def _time_told(clock: datetime) -> str:
    return clock.strftime("%H:%M:%S" if clock.second else "%H:%M")


def _window_lines(timepoint: ScheduledTimepoint, day: date) -> Iterator[Text]:
    """Give a window by its clock times; a date is told where it is not that of the row, and then in two lines."""
    start, end = timepoint.window_start, timepoint.window_end
    if start is None and end is None:
        yield ink(("none stated", "dim"))
    elif start is None:
        yield ink(glued("until "), _end_inked(end, day))
    elif end is None:
        yield ink(glued("from "), _end_inked(start, day))
    elif start == end:
        yield ink(glued(f"{_time_told(start)} only"))
    elif start.date() == end.date() == day:
        yield ink(glued(f"{_time_told(start)} – {_time_told(end)}"))
    else:
        yield ink(_end_inked(start, day), f"{GLUE}–")
        yield _end_inked(end, start.date())


def _end_inked(clock: datetime | None, day: date) -> Text:
    if clock is None:
        return Text()
    told = ink(_time_told(clock))
    return told if clock.date() == day else ink(short_inked(clock.date()), GLUE, told)


def _what_else(timepoint: ScheduledTimepoint) -> Iterator[Text]:
    """Tell below a name for whom it is, and what is done."""
    if timepoint.applies_to:
        yield ink((f"for {timepoint.applies_to}", "dim"))
    if timepoint.activities:
        yield ink(("; ".join(timepoint.activities), "dim"))


# --- without ----------------------------------------------------------------------------------------------------


def _how_told(waiting: Sequence[ScheduledTimepoint]) -> str:
    """Say how clock times are stated, for one of the visits."""
    name = next((timepoint.visit for timepoint in waiting if timepoint.visit), "")
    if not name:
        return "which visits are meant is not known"
    ends = f" or {glued(f'--end {name}=DATETHH:MM')}" if any(each.when.endswith("end") for each in waiting) else ""
    return f"state that of the visit, as {glued(f'--start {name}=DATETHH:MM')}{ends}"


def _waiting_rows(
    waiting: Sequence[ScheduledTimepoint], visits: dict[str, ScheduledVisit], assumptions: Assumptions
) -> Iterator[Row]:
    """Give one row to each entry and all visits at which its times are the same, in the order of the visits."""
    alike: dict[tuple[str, str], list[tuple[str, ScheduledTimepoint]]] = {}
    around: dict[str, list[ScheduledTimepoint]] = {}
    for timepoint in waiting:
        around.setdefault(_name_told(timepoint, visits), []).append(timepoint)
    for name, timepoints in around.items():
        for several in by_entry(timepoints):
            key = several[0].entry, times_told(several, GLUE)
            alike.setdefault(key, []).append((name, several[0]))
    for (_, times), members in alike.items():
        one = members[0][1]
        yield Row(
            (
                (ink(one.name, assumptions.marks(one.assumed)), *_what_else(one)),
                (ink(names_told([name for name, _ in members])),),
                (ink(times),),
            )
        )


def _name_told(timepoint: ScheduledTimepoint, visits: dict[str, ScheduledVisit]) -> str:
    """Give the short name of a timepoint's visit, or the words of the file while nobody knows which one it is."""
    visit = visits.get(timepoint.visit)
    return timepoint.around if visit is None else visit.short or visit.name


def _assumed(timepoints: Iterable[ScheduledTimepoint], assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Explain the marks of timepoints, by their numbers, without those that are explained with the visits."""
    told = {reason for section in _ABOVE for reason in assumptions.sections.get(section, ())}
    reasons = {Reason(field_told(field), why) for one in timepoints for field, why in one.assumed.items()} - told
    numbered = sorted((assumptions.numbers[reason], reason) for reason in reasons if reason in assumptions.numbers)
    if numbered:
        yield Text()
        yield ink(("Assumed (confirm against the protocol):", "italic"))
    for number, reason in numbered:
        text = ink((f"{reason.field}: ", "dim"), reason.why)
        yield from hanging(ink((f"[{number}] ", "yellow")), text, width, 5)
