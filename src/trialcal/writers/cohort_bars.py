"""The bars of a cohort on a time axis: a line for each subject and each review, over calendar weeks.

A room of its own because a bar is here a subject's way through conditioning, dose and DLT observation, and not a
window. What was done is drawn filled, what is to come hollow and dotted, which a print without colours shows, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from rich.text import Text

from trialcal.cohort import CohortPlan, ReviewRow, Row
from trialcal.telling import day_told
from trialcal.writers.cohort_words import TO_COME, group_name, observation_name, visit_name, who
from trialcal.writers.page import Column, Picture, glued, hanging, heading, ink, joined, table
from trialcal.writers.page import Row as PageRow
from trialcal.writers.timeline import (
    CUT,
    WEEKEND,
    Axis,
    Bar,
    blank_line,
    calendar_axis,
    drawn,
    monday_line,
    month_line,
    scale_told,
)

COMMITTED, COMMITS, DOSED, DOSE, HELD, REVIEW, GATE, TODAY = "●", "○", "■", "□", "▲", "△", "▹", "¦"
_ON_BAR = "┼"  # today, on the line of an observation
_PREPARED, _PREPARING = "═", "┈"  # from the first step that commits to the dose
_FAR = 4_000  # days: what is longer is not drawn day by day
_SHORT = 84  # days: a shorter gap is never cut out
_LONGEST_LABEL = 18


def bars_lines(plan: CohortPlan, width: int) -> Iterator[Text]:
    """Draw the subjects and reviews that have a date; nothing where none has."""
    rows = [row for row in plan.rows if row.first_dose is not None or row.commits is not None]
    reviews = [row for row in plan.reviews if row.held is not None or row.earliest is not None]
    if not rows:
        return
    labels = [ink(who(row)) for row in rows] + [ink((_label(row, plan), "italic")) for row in reviews]
    label = min(max(len("Subject"), *(label.cell_len for label in labels)), _LONGEST_LABEL, width // 3)
    axis = calendar_axis(_days(rows, reviews, plan.today), width - label - 2)
    if axis is None:
        return
    blank = _blank(axis, plan)
    today = plan.today.toordinal()
    lines = [drawn(axis, _subject_bars(row, axis, today), blank) for row in rows]
    lines += [drawn(axis, [Bar(marks=_review_marks(row))], blank) for row in reviews]
    yield from heading("Bars", width)
    mondays = monday_line(axis)
    head = (month_line(axis), mondays) if mondays is not None else (month_line(axis),)
    columns = (Column("Subject"),)
    shown = [PageRow(((name,),), picture=line) for name, line in zip(labels, lines, strict=True)]
    yield from table(columns, shown, label + 2 + axis.width, Picture(head, blank))
    yield from _legend(lines, axis, plan, width)
    if undated := [who(row) for row in plan.rows if row not in rows]:
        yield from hanging("", ink((f"without a date: {', '.join(undated)}", "dim")), width, 0)


def _label(row: ReviewRow, plan: CohortPlan) -> str:
    name = row.review.name or row.review.id
    several = len({each.group for each in plan.reviews}) > 1
    return f"{name}, {group_name(plan, row.group)}" if several else name


def _days(rows: Iterable[Row], reviews: Iterable[ReviewRow], today: date) -> set[int]:
    """Give the days of the axis: bars are drawn whole; only what is long and empty between them may be cut out."""
    days = {today.toordinal()}
    days |= {day.toordinal() for each in reviews for day in (each.held, each.earliest) if day is not None}
    for row in rows:
        gate = row.gate if row.state in TO_COME else None
        known = [day.toordinal() for day in (gate, row.commits, row.first_dose, row.observed_until) if day]
        first, last = min(known), max(known)
        days |= {*range(first, last + 1)} if last - first < _FAR else {first, last}
    for before, after in pairwise(sorted(days)):
        if after - before <= _SHORT:
            days |= {*range(before, after)}
    return days


def _blank(axis: Axis, plan: CohortPlan) -> Text:
    cells = list(blank_line(axis, plan.cohort.site.weekend).plain)
    at = axis.cell(plan.today.toordinal())
    if 0 <= at < axis.width:
        cells[at] = TODAY
    return ink(("".join(cells), "dim"))


def _subject_bars(row: Row, axis: Axis, today: int) -> Iterator[Bar]:
    """Draw a subject: from the first dose to the end of the observation, with the gate and the two steps."""
    marks: dict[int, str] = {}
    at_today = axis.cell(today)
    begin, end = (day.toordinal() if day is not None else None for day in (row.first_dose, row.observed_until))
    if row.commits is not None and begin is not None:
        sign = _PREPARED if row.commits_is_actual else _PREPARING
        marks |= dict.fromkeys(range(row.commits.toordinal() + 1, min(begin, today + _FAR)), sign)
    if begin is not None and end is not None:
        yield Bar(begin, end, is_dotted=not row.first_dose_is_actual, style=_style(row))
        if axis.cell(begin) < at_today < axis.cell(end) and row.first_dose_is_actual:
            marks[today] = _ON_BAR
    if row.state in TO_COME and row.gate is not None:
        marks[row.gate.toordinal()] = GATE
    if row.commits is not None:  # where both steps are one visit, the dose is drawn over it
        marks[row.commits.toordinal()] = COMMITTED if row.commits_is_actual else COMMITS
    if begin is not None:
        marks[begin] = DOSED if row.first_dose_is_actual else DOSE
    yield Bar(marks=marks)


def _style(row: Row) -> str:
    if not row.first_dose_is_actual:
        return "yellow"
    return "green" if row.state == "complete" else "red" if row.dlt == "yes" else "cyan"


def _review_marks(row: ReviewRow) -> dict[int, str]:
    if row.held is not None:
        return {row.held.toordinal(): HELD}
    assert row.earliest is not None
    return {row.earliest.toordinal(): REVIEW}


def _legend(lines: Iterable[Text], axis: Axis, plan: CohortPlan, width: int) -> Iterator[Text]:
    """Tell what the signs mean: those that are there and no other."""
    protocol = plan.cohort.protocol
    escalation = protocol.escalation
    assert escalation is not None
    commits, dose = (visit_name(protocol, name) for name in (escalation.commits, escalation.first_dose))
    observed = observation_name(protocol)
    there = frozenset("".join(line.plain for line in lines))
    signs = (
        (COMMITTED, commits, COMMITTED),
        (COMMITS, f"{commits}, to come", COMMITS),
        (DOSED, dose, DOSED),
        (DOSE, f"{dose}, to come", DOSE),
        ("─┤", f"{observed}", "┤"),
        ("┄┄", "to come, at the earliest", "┄"),
        (GATE, "gate opens", GATE),
        (HELD, "review held", HELD),
        (REVIEW, "review, at the earliest", REVIEW),
        (WEEKEND, "weekend", WEEKEND),
        (CUT, "days left out", CUT),
    )
    shown = [ink((sign, "bold"), glued(f" {told}")) for sign, told, mark in signs if mark in there]
    today = day_told(plan.today.toordinal())
    shown.append(ink((TODAY, "bold"), glued(f" {today}, the day of looking")))
    above = ", numbers are Mondays" if monday_line(axis) is not None else ""
    yield from hanging("", ink(joined(shown, "  "), f"  {glued(scale_told(axis) + above)}"), width, 0)
