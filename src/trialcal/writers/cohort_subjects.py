"""The subjects of a cohort in a table: place, steps, DLT observation, and what was assessed.

A room of its own because no date may be broken on a narrow page: the table then gives up the year of its dates, or
the columns of the place and of the DLT, which stand below each row instead. A date still to come stands in brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from rich.text import Text

from trialcal.cohort import CohortPlan, Row
from trialcal.writers.cohort_words import (
    DLT_WORDS,
    TO_COME,
    gate_told,
    group_name,
    holding_told,
    observation_name,
    place_told,
    steps_of,
    visit_name,
    who,
)
from trialcal.writers.dated import date_inked, sentence_inked, short_inked
from trialcal.writers.page import Column, glued, hanging, heading, ink, table
from trialcal.writers.page import Row as PageRow

_BESIDE = 128  # cells from which on what is told of a subject stands in a column, and not below its row
_GAP = 2
_SHORT_NAME = 16  # of a dose group: it stands on one line
_IN_BRACKETS = "In brackets: not recorded as done; of those to come, the earliest date that the rules allow."
_STATED = "Stated: still to come, on the date that the subject's own file says."
_STYLES = {"yes": "bold red", "none": "green", "not-assessed": "yellow"}


class _Layout(NamedTuple):
    """What gives way on a narrow page: the form of dates, then the columns of the place and of the DLT."""

    is_short: bool = False
    has_place: bool = True
    has_dlt: bool = True
    is_wide: bool = False


_NARROW = (
    _Layout(),
    _Layout(is_short=True),
    _Layout(has_place=False),
    _Layout(is_short=True, has_place=False),
    _Layout(is_short=True, has_place=False, has_dlt=False),
)


def subjects_lines(plan: CohortPlan, width: int) -> Iterator[Text]:
    """List where each subject stands."""
    yield from heading("Where each subject stands", width)
    for layout in (_Layout(is_wide=True),) if width >= _BESIDE else _NARROW:
        columns, rows = _columns(plan, layout), [_row(row, plan, layout) for row in plan.rows]
        if _needed(columns, rows) <= width:
            break
    yield from table(columns, rows, width)
    if any(_is_to_come(row) for row in plan.rows):
        yield from hanging("", ink((_IN_BRACKETS, "dim")), width, 0)
    if any(row.is_stated for row in plan.rows):
        yield from hanging("", ink((_STATED, "dim")), width, 0)


def _columns(plan: CohortPlan, layout: _Layout) -> tuple[Column, ...]:
    protocol = plan.cohort.protocol
    place = (Column("Dose group", False), Column("Place", False)) if layout.has_place else ()
    return (
        Column("Subject", False),
        *place,
        *(Column(visit_name(protocol, visit), False) for visit in steps_of(protocol)),
        Column(f"{observation_name(protocol)} until", False),
        *((Column("DLT"),) if layout.has_dlt else ()),
        *((Column("What"),) if layout.is_wide else ()),
    )


def _row(row: Row, plan: CohortPlan, layout: _Layout) -> PageRow:
    has_groups = len({each.group for each in plan.rows}) > 1
    what = _what(row, plan.today)
    place: tuple[tuple[Text, ...], ...] = ()
    if layout.has_place:
        name = group_name(plan, row.group) if row.group and has_groups else ""
        group = ink(glued(name) if len(name) <= _SHORT_NAME else name)
        place = (group,), (ink("–" if row.position is None else str(row.position)),)
    elif row.position is not None:
        what = f"{place_told(plan, row.group if has_groups else '', row.position)}: {what}"
    if not layout.has_dlt:
        what += f"; DLT: {_dlt(row).plain}"
    steps = len(steps_of(plan.cohort.protocol))
    told = sentence_inked(what)
    cells = (
        (ink((who(row), "bold" if row.subject else "italic")),),
        *place,
        *(_date(day, is_actual, row, plan, layout) for day, is_actual in _dates(row)[-1 - steps :]),
        *(((_dlt(row),),) if layout.has_dlt else ()),
        *(((told,),) if layout.is_wide else ()),
    )
    return PageRow(cells, () if layout.is_wide else (told,))


def _needed(columns: Sequence[Column], rows: Sequence[PageRow]) -> int:
    """Give the width at which no word of the table is broken, and so no date."""
    widths = []
    for i, column in enumerate(columns):
        texts = [part for row in rows for part in row.cells[i]]
        if any(text.plain for text in texts):
            words = [word for text in (ink(column.title), *texts) for word in text.plain.split(" ")]
            widths.append(max(ink(word).cell_len for word in words))
    return sum(widths) + _GAP * (len(widths) - 1)


def _dates(row: Row) -> tuple[tuple[date | None, bool], ...]:
    return (
        (row.commits, row.commits_is_actual),
        (row.first_dose, row.first_dose_is_actual),
        (row.observed_until, row.first_dose_is_actual),
    )


def _is_to_come(row: Row) -> bool:
    return not row.is_stated and any(day is not None and not is_actual for day, is_actual in _dates(row))


def _date(day: date | None, is_actual: bool, row: Row, plan: CohortPlan, layout: _Layout) -> tuple[Text, ...]:
    if day is None:
        return (ink(("no date", "dim")),)
    told = short_inked(day, year=day.year != plan.today.year) if layout.is_short else date_inked(day)
    if is_actual:
        return (told,)
    if row.is_stated:
        return (told, ink(("stated", "dim")))
    bracketed = ink("(", told, ")")
    bracketed.stylize("dim")
    return (bracketed,)


def _dlt(row: Row) -> Text:
    """Say what was assessed; of those who are not dosed there is nothing to assess yet."""
    if row.dlt == "not-assessed" and not row.first_dose_is_actual and row.state != "in-observation":
        return ink(("–" if row.state in ("withdrawn", "no-place") else "to come", "dim"))
    return ink((DLT_WORDS[row.dlt], _STYLES[row.dlt]))


def _what(row: Row, today: date) -> str:
    """Say where a subject stands; of one to come in a few words, as the chain is told below."""
    if row.state not in TO_COME or row.first_dose is None:
        return row.told
    holding = holding_told(row.waits)
    told = [holding or row.told]
    if holding and row.own:
        told.append(row.own)
    if row.gate is not None:
        told.append(f"its gate {gate_told(row.gate, row.waits, today)}")
    return "; ".join(told)
