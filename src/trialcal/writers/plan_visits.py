"""The visits of a plan as a table, with a picture of their windows on a time axis.

A room of its own because it is what a coordinator looks at first and longest. The picture stands beside the table
where that costs no detail, else below it: there it has the whole width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.writers.assumptions import Assumptions
from trialcal.writers.dated import clock_inked, date_inked, short_inked, span_inked
from trialcal.writers.page import Column, Picture, Row, glued, hanging, heading, ink, joined, natural_widths, table
from trialcal.writers.timeline import (
    CLOSED,
    GIVEN,
    PLANNED,
    TARGET,
    WEEKEND,
    Axis,
    Bar,
    blank_line,
    calendar_axis,
    coarseness,
    drawn,
    monday_line,
    month_line,
    scale_told,
)

_LONGEST_LABEL = 30  # cells: a longer name of a visit is wrapped where the picture needs the room
_LONGEST_POSSIBLE = 120  # days: a pending visit that could be on more of them gets no room on the axis for all
_LEAST_TABLE = 30  # cells: beside a narrower table there is no room for what a visit waits for
_MOST_MARKS = 400  # days of a visit that takes several
_MOST_NAMED = 6  # of the visits that others move with
_COLUMNS = (Column("Visit"), Column("Date", False), Column("Day", False), Column("Window", False))


def visits_lines(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Give the table with its picture, and what moves with what."""
    yield from heading("Visits", width)
    yield from _table_lines(schedule, assumptions, width)
    counted_from = {visit.reference.removeprefix("end of ") for visit in schedule.visits if visit.on}
    moving = sorted(counted_from & _planned(schedule))
    if moving:
        named = ", ".join(moving[:_MOST_NAMED]) + (", ..." if len(moving) > _MOST_NAMED else "")
        told = f"Dates and windows that are counted from a visit which is only planned move with it ({named})."
        yield from hanging("", ink((told, "dim")), width, 0)


def _planned(schedule: Schedule) -> set[str]:
    """Give the visits that others may be counted from, and whose dates are only planned."""
    return {visit.id for visit in schedule.visits if visit.on and visit.status == "planned" and not visit.is_given}


def _table_lines(schedule: Schedule, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Give the table with its picture: beside it where that costs no detail, else below it."""
    troubled = {name for problem in schedule.problems if problem.level == "error" for name in problem.visits}
    rows = [_visit_row(visit, schedule, assumptions, visit.id in troubled) for visit in schedule.visits]
    natural = natural_widths(_COLUMNS, rows)
    names = [_visit_name(visit, visit.id in troubled) for visit in schedule.visits]
    label = min(max((name.cell_len for name in names), default=0), _LONGEST_LABEL)
    points = [day for visit in schedule.visits for day in _points(visit)]
    beside = calendar_axis(points, width - min(natural[0], _LONGEST_LABEL) - sum(natural[1:]) - 8)
    below = calendar_axis(points, width - label - 2)
    if below is None:
        yield from table(_COLUMNS, rows, width)
    elif beside is not None and sum(natural) > _LEAST_TABLE and coarseness(beside) == coarseness(below):
        picture = _picture(beside, schedule)
        rows = [
            row._replace(picture=drawn(beside, _bars(visit), picture.blank))
            for row, visit in zip(rows, schedule.visits, strict=True)
        ]
        yield from table(_COLUMNS, rows, width, picture)
        yield from _legend(schedule, beside, picture.blank, width)
    else:
        yield from table(_COLUMNS, rows, width)
        yield Text()
        picture = _picture(below, schedule)
        rows = [
            Row(((name,),), picture=drawn(below, _bars(visit), picture.blank))
            for name, visit in zip(names, schedule.visits, strict=True)
            if _points(visit) or _possible(visit)
        ]
        yield from table((Column("Visit"),), rows, label + 2 + below.width, picture)
        yield from _legend(schedule, below, picture.blank, width)


def _picture(axis: Axis, schedule: Schedule) -> Picture:
    mondays = monday_line(axis)
    blank = blank_line(axis, schedule.dates.is_closed if schedule.dates is not None else None)
    return Picture((month_line(axis), mondays) if mondays is not None else (month_line(axis),), blank)


def name_with_id(visit: ScheduledVisit, style: str = "") -> Text:
    """Give a visit's short name, and its id behind it where that is not the same in small letters."""
    name = visit.short or visit.name
    is_same = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") == visit.id
    return ink((name, style), ("" if is_same else f" ({visit.id})", "dim"))


def _visit_name(visit: ScheduledVisit, is_troubled: bool) -> Text:
    return ink(_warning(is_troubled), (visit.short or visit.name, "bold" if is_troubled else ""))


def _warning(is_troubled: bool) -> Text:
    return ink(("! ", "bold red")) if is_troubled else Text()


def _visit_row(visit: ScheduledVisit, schedule: Schedule, assumptions: Assumptions, is_troubled: bool) -> Row:
    may_be = ink((f" ({visit.certainty})", "yellow")) if visit.certainty else Text()
    name = ink(_warning(is_troubled), name_with_id(visit, "bold" if is_troubled else ""), may_be)
    at, window = assumptions.marks(visit.assumed, ("at",)), assumptions.marks(visit.assumed, ("window",))
    others = [field for field in visit.assumed if field not in ("at", "window")]
    is_range = visit.target is None and visit.window_start is not None
    cells = (
        (ink(name, assumptions.marks(visit.assumed, others)),),
        tuple(_date_lines(visit)),
        tuple(_study_day_lines(visit, Text() if is_range else at)),
        tuple(_window_lines(visit, schedule, ink(at if is_range else Text(), window))),
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
    elif visit.id == schedule.protocol.anchor and visit.reference == "":
        yield ink(("days count from here", "dim"))
    elif visit.on is None and schedule.protocol.by_id[visit.id].has_window:
        yield ink(("known when its reference has a date", "dim"), marks)
    else:
        yield ink(("none stated", "dim"), marks)


def _year(schedule: Schedule) -> int:
    """Give the year of the first date, which need not be told with every other."""
    return next((visit.on.year for visit in schedule.visits if visit.on is not None), 0)


def _details(visit: ScheduledVisit) -> Iterator[Text]:
    """Tell below a visit what it waits for, and its clock times."""
    for note in why_no_date(visit):
        yield ink((note, "yellow"))
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
    if visit.open_start is not None and visit.open_end is not None and not visit.is_given:
        yield ink(f"on this date {visit.open_start:%H:%M} to {visit.open_end:%H:%M}")


def why_no_date(visit: ScheduledVisit) -> Sequence[str]:
    """Give the notes that say why a visit has no date; they stand in the table, below the visit."""
    if visit.status not in ("pending", "no-date"):
        return ()
    return [note for note in visit.notes if note.startswith(("waits for", "no date"))]


# --- the picture ------------------------------------------------------------------------------------------------


def _possible(visit: ScheduledVisit) -> tuple[date, date] | None:
    """Give the dates that a pending visit can have, where anything is known of them; an open side is far away."""
    if visit.status != "pending" or (visit.earliest is None and visit.latest is None):
        return None
    return visit.earliest or date.min, visit.latest or date.max


def _points(visit: ScheduledVisit) -> list[int]:
    """Give the dates that should have a place on the axis."""
    days = [visit.on, visit.last_day, visit.target, visit.window_start, visit.window_end]
    first, last = visit.earliest, visit.latest
    if visit.status == "pending" and not (first and last and (last - first).days > _LONGEST_POSSIBLE):
        days += [first, last]
    return [day.toordinal() for day in days if day is not None]


def _bars(visit: ScheduledVisit) -> Iterator[Bar]:
    marks: dict[int, str] = {}
    if visit.target is not None:
        marks[visit.target.toordinal()] = TARGET
    if visit.on is not None:
        first, last = visit.on.toordinal(), (visit.last_day or visit.on).toordinal()
        for day in range(first, min(last, first + _MOST_MARKS) + 1):
            marks[day] = GIVEN if visit.is_given else PLANNED
    if visit.window_start is not None and visit.window_end is not None:
        yield Bar(visit.window_start.toordinal(), visit.window_end.toordinal(), marks)
    else:
        yield Bar(marks=marks)
    possible = _possible(visit)
    if possible is not None:
        yield Bar(possible[0].toordinal(), possible[1].toordinal(), is_dotted=True, style="yellow")


def _legend(schedule: Schedule, axis: Axis, blank: Text, width: int) -> Iterator[Text]:
    drawn_marks = {mark for visit in schedule.visits for bar in _bars(visit) for mark in bar.marks.values()}
    signs = [(sign, told) for sign, told in ((PLANNED, "planned"), (GIVEN, "given")) if sign in drawn_marks]
    if any(visit.target not in (None, visit.on) for visit in schedule.visits):
        signs.append((TARGET, "target"))
    if any(visit.window_start is not None for visit in schedule.visits):
        signs.append(("├─┤", "window"))
    if any(_possible(visit) for visit in schedule.visits):
        signs.append(("┄┄", "possible"))
    if WEEKEND in blank.plain:
        signs.append((WEEKEND, "weekend"))
    if CLOSED in blank.plain:
        signs.append((CLOSED, "closed"))
    if axis.cuts:
        signs.append(("┊", "days left out"))
    told = joined([ink((sign, "bold"), glued(f" {word}")) for sign, word in signs], "  ")
    above = ", numbers are Mondays" if monday_line(axis) is not None else ""
    yield from hanging("", ink(told, f"  {glued(scale_told(axis) + above)}"), width, 0)
