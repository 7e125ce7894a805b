"""The durations of an uncertain step in a plan: for each of them the dates that tell it, and whether the rest holds.

A room of its own because it is one plan seen many times: the table shows it as rows, JSON as a list.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from trialcal.schedule import Dates, Schedule
from trialcal.writers.dated import date_inked, sentence_inked
from trialcal.writers.page import Column, Row, hanging, heading, ink, table
from trialcal.writers.phrasing import names_told

_MOST_COLUMNS = 3


def durations_lines(schedule: Schedule, width: int) -> Iterator[Text]:
    """Give a row for each duration, and what else changes with it; nothing where nobody asked for durations."""
    uncertain = schedule.uncertain
    if uncertain is None:
        return
    yield from heading(f"With each duration of {uncertain.name}", width)
    shown = uncertain.shown[:_MOST_COLUMNS]
    names = {visit.id: visit.short or visit.name for visit in schedule.visits}
    columns = (Column("Takes", False), *(Column(names[visit], False) for visit in shown), Column("Everything holds"))
    rows = []
    is_told = False
    for outcome in uncertain.outcomes:
        cells = [(ink(str(outcome.duration)),)]
        cells += [(_date_told(outcome.dates.get(visit)),) for visit in shown]
        holds = ink(("yes", "green")) if outcome.holds else ink(("no", "bold red"))
        why = () if outcome.holds or is_told else (sentence_inked(outcome.reason),)
        is_told = not outcome.holds  # of failing durations in a row, the first says why
        rows.append(Row((*cells, (holds,)), why))
    yield from table(columns, rows, width)
    others = [names[visit] for visit in uncertain.changing if visit not in shown]
    if others:
        told = f"Dates that change with it besides: {names_told(others)}."
        yield from hanging("", ink((told, "dim")), width, 0)


def _date_told(dates: Dates | None) -> Text:
    if dates is not None and dates.planned is not None:
        return date_inked(dates.planned)
    if dates is not None and dates.earliest is not None:
        return ink(("not before ", "dim"), date_inked(dates.earliest))
    return ink(("no date", "bold red"))


def durations_row(schedule: Schedule) -> dict[str, object] | None:
    """Give the durations as plain values; None where nobody asked for them."""
    uncertain = schedule.uncertain
    if uncertain is None:
        return None
    return {
        "step": uncertain.name,
        "holds": uncertain.holds,
        "durations": [
            {
                "duration": str(outcome.duration),
                "holds": outcome.holds,
                "reason": outcome.reason or None,
                "dates": {visit: _dates_row(outcome.dates.get(visit)) for visit in uncertain.changing},
            }
            for outcome in uncertain.outcomes
        ],
    }


def _dates_row(dates: Dates | None) -> dict[str, str | None]:
    planned, earliest = (None, None) if dates is None else dates
    return {
        "planned": None if planned is None else planned.isoformat(),
        "earliest": None if earliest is None else earliest.isoformat(),
    }
