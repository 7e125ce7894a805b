"""The visits of a plan as a table, with a picture of their windows beside or below it.

A room of its own because it is what a coordinator looks at first and longest. The picture stands beside the table
where that costs no detail, else below it: there it has the whole width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.writers.assumptions import Assumptions
from trialcal.writers.dated import clock_inked, date_inked, dates_inked, short_inked, span_inked
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, natural_widths, table, wrapped
from trialcal.writers.plan_picture import bars, blank_picture, closed_lines, legend, points, possible_dates
from trialcal.writers.timeline import calendar_axis, coarseness, drawn
from trialcal.writers.window_days import WindowDays, runs, window_days

_LONGEST_LABEL = 30  # cells: a longer name of a visit is wrapped where the picture needs the room
_LEAST_TABLE = 30  # cells: beside a narrower table there is no room for what a visit waits for
_MOST_WORKING = 6  # dates that are named; of more of them the number is told
_WORKING_WIDTH = 30  # cells: enough for a span over the end of a month
_MOST_NAMED = 6  # of the visits that others move with
_COLUMNS = (Column("Visit"), Column("Date", False), Column("Day", False), Column("Window", False))


def visits_lines(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Give the table with its picture, the closed days in its windows, and what moves with what."""
    yield from heading("Visits", width)
    known = {visit.id: days for visit in schedule.visits if (days := window_days(schedule, visit)) is not None}
    yield from _table_lines(schedule, known, assumptions, width)
    yield from closed_lines(known.values(), schedule.site, _year(schedule), width)
    counted_from = {visit.reference.removeprefix("end of ") for visit in schedule.visits if visit.on}
    moving = sorted(counted_from & _planned(schedule))
    if moving:
        named = ", ".join(moving[:_MOST_NAMED]) + (", ..." if len(moving) > _MOST_NAMED else "")
        told = f"Dates and windows that are counted from a visit which is only planned move with it ({named})."
        yield from hanging("", ink((told, "dim")), width, 0)


def _planned(schedule: Schedule) -> set[str]:
    """Give the visits that others may be counted from, and whose dates are only planned."""
    return {visit.id for visit in schedule.visits if visit.on and visit.status == "planned" and not visit.is_given}


def _table_lines(
    schedule: Schedule, known: Mapping[str, WindowDays], assumptions: Assumptions, width: int
) -> Iterator[Text]:
    """Give the table with its picture: beside it where that costs no detail, else below it."""
    troubled = {name for problem in schedule.problems if problem.level == "error" for name in problem.visits}
    rows = [
        _visit_row(visit, schedule, known.get(visit.id), assumptions, visit.id in troubled)
        for visit in schedule.visits
    ]
    natural = natural_widths(_COLUMNS, rows)
    names = [_visit_name(visit, visit.id in troubled) for visit in schedule.visits]
    label = min(max((name.cell_len for name in names), default=0), _LONGEST_LABEL)
    days = [day for visit in schedule.visits for day in points(visit)]
    beside = calendar_axis(days, width - min(natural[0], _LONGEST_LABEL) - sum(natural[1:]) - 8)
    below = calendar_axis(days, width - label - 2)
    if below is None:
        yield from table(_COLUMNS, rows, width)
        return
    is_beside = beside is not None and sum(natural) > _LEAST_TABLE and coarseness(beside) == coarseness(below)
    axis = beside if beside is not None and is_beside else below
    picture = blank_picture(axis, schedule.site)
    pictures = [drawn(axis, bars(visit, axis, known.get(visit.id)), picture.blank) for visit in schedule.visits]
    if is_beside:
        rows = [row._replace(picture=one) for row, one in zip(rows, pictures, strict=True)]
        yield from table(_COLUMNS, rows, width, picture)
    else:
        yield from table(_COLUMNS, rows, width)
        yield Text()
        rows = [
            Row(((name,),), picture=one)
            for name, one, visit in zip(names, pictures, schedule.visits, strict=True)
            if points(visit) or possible_dates(visit)
        ]
        yield from table((Column("Visit"),), rows, label + 2 + axis.width, picture)
    is_recorded = any(visit.status in ("booked", "completed") for visit in schedule.visits)
    fixed = "given, booked or done" if is_recorded else "given"
    yield from legend(pictures, axis, picture.blank, width, fixed)


def name_with_id(visit: ScheduledVisit, style: str = "") -> Text:
    """Give a visit's short name, and its id behind it where that is not the same in small letters."""
    name = visit.short or visit.name
    is_same = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") == visit.id
    return ink((name, style), ("" if is_same else f" ({visit.id})", "dim"))


def _visit_name(visit: ScheduledVisit, is_troubled: bool) -> Text:
    return ink(_warning(is_troubled), (visit.short or visit.name, "bold" if is_troubled else ""))


def _warning(is_troubled: bool) -> Text:
    return ink(("! ", "bold red")) if is_troubled else Text()


def _visit_row(
    visit: ScheduledVisit, schedule: Schedule, days: WindowDays | None, assumptions: Assumptions, is_troubled: bool
) -> Row:
    may_be = ink((f" ({visit.certainty})", "yellow")) if visit.certainty else Text()
    name = ink(_warning(is_troubled), name_with_id(visit, "bold" if is_troubled else ""), may_be)
    at, window = assumptions.marks(visit.assumed, ("at",)), assumptions.marks(visit.assumed, ("window",))
    others = [field for field in visit.assumed if field not in ("at", "window")]
    is_range = visit.target is None and visit.window_start is not None
    cells = (
        (ink(name, assumptions.marks(visit.assumed, others)),),
        tuple(_date_lines(visit)),
        tuple(_study_day_lines(visit, Text() if is_range else at)),
        (*_window_lines(visit, schedule, ink(at if is_range else Text(), window)), *_working(days, _year(schedule))),
    )
    return Row(cells, tuple(_details(visit)))


def _date_lines(visit: ScheduledVisit) -> Iterator[Text]:
    """Give the date, then the target where that is another, the last date of several, and what else is known."""
    on, target = visit.on, visit.target
    if on is not None:
        yield date_inked(on)
    else:
        yield ink(("NO DATE", "bold red")) if visit.status == "no-date" else ink((visit.status, "yellow"))
    if target is not None and target != on:
        yield ink(glued("target "), short_inked(target, year=on is None or target.year != on.year))
    if on is not None and visit.last_day is not None and visit.last_day != on:
        yield ink(glued("to "), date_inked(visit.last_day))
    if on is not None and (visit.is_given or visit.status != "planned"):
        yield ink(("given" if visit.status == "planned" else visit.status, "bold"))


def _study_day_lines(visit: ScheduledVisit, marks: Text) -> Iterator[Text]:
    """Give the study day of the date, and below it that of the target where it is another."""
    on_day, nominal = visit.on_day, visit.study_day
    days = [day for day in dict.fromkeys((on_day, nominal)) if day is not None]
    if visit.on is None and visit.target is not None and days:
        yield Text()  # the target stands in the second line
    for day in days:
        yield ink(glued(f"Day {day}"), marks if day is days[-1] else Text())
    if not days and marks.plain:
        yield marks


def _window_lines(visit: ScheduledVisit, schedule: Schedule, marks: Text) -> Iterator[Text]:
    start, end = visit.window_start, visit.window_end
    year = _year(schedule)
    if start is not None and end is not None:
        yield ink(span_inked(start, end, year), marks)
    elif start is not None:
        yield ink((glued("not before "), "dim"), short_inked(start, year=year is None or start.year != year), marks)
    elif end is not None:
        yield ink((glued("not after "), "dim"), short_inked(end, year=year is None or end.year != year), marks)
    elif visit.status == "pending" and visit.earliest is not None and visit.latest is not None:
        yield ink(span_inked(visit.earliest, visit.latest, year), marks)
        yield ink(("(possible dates)", "dim"))
    elif visit.status == "pending" and visit.earliest is not None:
        yield ink((glued("not before "), "dim"), short_inked(visit.earliest, year=True), marks)
    elif visit.status == "pending" and visit.latest is not None:
        yield ink((glued("not after "), "dim"), short_inked(visit.latest, year=True), marks)
    elif visit.status in ("pending", "cancelled"):
        yield marks
    elif visit.id not in schedule.protocol.by_id:
        yield ink(("not in the protocol", "dim"))
    elif visit.id == schedule.protocol.anchor and visit.reference == "":
        yield ink(("days count from here", "dim"))
    elif visit.on is None and schedule.protocol.by_id[visit.id].has_window:
        yield ink(("known when its reference has a date", "dim"), marks)
    else:
        yield ink(("none stated", "dim"), marks)


def _working(days: WindowDays | None, year: int) -> list[Text]:
    """Tell which dates of a window work, where the site is closed on others or they are impossible."""
    if days is None or not days.works or days.size == len(days.works):
        return []
    spans = runs(days.works)
    if len(days.works) == 1:
        told = ink(glued("only "), dates_inked(spans, year))
    elif len(days.works) <= _MOST_WORKING or len(spans) == 1:
        told = ink(glued("works: "), dates_inked(spans, year))
    else:
        told = ink(glued(f"works: {len(days.works)} of {days.size} dates"))
    told.stylize("dim")
    return wrapped(told, _WORKING_WIDTH)


def _year(schedule: Schedule) -> int:
    """Give the year of the first date, which need not be told with every other."""
    return next((visit.on.year for visit in schedule.visits if visit.on is not None), 0)


def _details(visit: ScheduledVisit) -> Iterator[Text]:
    """Tell below a visit what it waits for, and its clock times."""
    for note in why_no_date(visit):
        yield ink((note, "yellow"))
    for note in visit.recorded:
        yield ink((note, "dim"))
    for word, clock in (("starts", visit.starts), ("ends", visit.ends)):
        if clock is not None:
            yield ink(f"{word} ", clock_inked(clock))
    start, end = visit.clock_start, visit.clock_end
    if start is not None and end is not None:
        yield ink("clock window ", clock_inked(start), " to ", clock_inked(end))
    elif start is not None:
        yield ink("not before ", clock_inked(start))
    elif end is not None:
        yield ink("not after ", clock_inked(end))
    if visit.open_start is not None and visit.open_end is not None and visit.starts is None:
        yield ink(f"on this date {visit.open_start:%H:%M} to {visit.open_end:%H:%M}")


def why_no_date(visit: ScheduledVisit) -> Sequence[str]:
    """Give the notes that say why a visit has no date; they stand in the table, below the visit."""
    if visit.status not in ("pending", "no-date"):
        return ()
    return [note for note in visit.notes if note.startswith(("waits for", "no date"))]
