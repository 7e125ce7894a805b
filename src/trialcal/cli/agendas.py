"""What `agenda` does: read the days that are asked for, plan all subjects, and write the agenda."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from trialcal.agenda import Agenda, agenda_of
from trialcal.cli.clock import days_ahead
from trialcal.cli.many import read_subjects, scheduled
from trialcal.cli.output import counted, is_device, printable, stop, tell, write_result
from trialcal.cli.screen import has_colour, width
from trialcal.files.dates import YEARS, parse_date
from trialcal.files.phrases import Mistake
from trialcal.telling import day_told

_SUFFIXES: Mapping[str, str] = {".txt": "table", ".csv": "csv", ".json": "json"}


class Asked(NamedTuple):
    """What the command line says of the days."""

    week: str | None
    first: str | None
    last: str | None
    soon: str


def write_agenda(names: Sequence[str], asked: Asked, today: date, form: str | None, output: Path | None) -> int:
    """Write the agenda of the subjects of files and folders; gives the exit code, 1 where a file is wrong."""
    mistakes: list[str] = []
    first, last = _days(asked, today, mistakes)
    soon = _soon(asked.soon, mistakes)
    in_form = _form(form, output, mistakes)
    for line in mistakes:
        tell(f"error: {line}")
    if mistakes:
        stop(2)
    read = read_subjects(names)
    if not read.files:
        stop(read.code or 1)
    schedules = [scheduled(found, needs_ways=False) for found in read.files]
    agenda = agenda_of(schedules, first, last, today, soon)
    tell(f"{_span_told(asked, first, last)}; seen on {day_told(today.toordinal())}")
    for line in dict.fromkeys(remark for found in read.files for remark in found.remarks):
        tell(line)
    write_result(_written(agenda, in_form), output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    if read.wrong:
        tell(f"{counted(read.wrong, 'file')} left out, as told above")
    return read.code


def _written(agenda: Agenda, form: str) -> bytes:
    if form == "csv":
        from trialcal.writers.agenda_rows import agenda_csv

        return agenda_csv(agenda).encode()
    if form == "json":
        from trialcal.writers.agenda_rows import agenda_json

        return agenda_json(agenda).encode()
    from trialcal.writers.agenda_table import agenda_text

    return agenda_text(agenda, width=width(), colour=has_colour()).encode()


def _form(form: str | None, output: Path | None, mistakes: list[str]) -> str:
    if form is not None or output is None or is_device(output):
        return form or "table"
    found = _SUFFIXES.get(output.suffix.lower())
    if found is None:
        known = f"use one of {', '.join(_SUFFIXES)}, or --format"
        mistakes.append(f"--output {printable(str(output))}: the suffix does not say the form ({known})")
    return found or "table"


# --- the days -------------------------------------------------------------------------------------------------------


def _days(asked: Asked, today: date, mistakes: list[str]) -> tuple[date, date]:
    """Give the first and the last date that are asked for: those of a week, or the two that are named."""
    if asked.week is not None and (asked.first is not None or asked.last is not None):
        mistakes.append("--week and --from, --to both say the days (leave one of them out)")
    if asked.week is not None:
        monday = _monday(asked.week, mistakes)
        return monday, monday + timedelta(days=6)
    if asked.first is None and asked.last is None:
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=6)
    if asked.first is None or asked.last is None:
        missing = "--from" if asked.first is None else "--to"
        mistakes.append(f"{missing} is missing: name the first and the last date (or --week)")
    first, last = (_date(what, text, mistakes) for what, text in (("--from", asked.first), ("--to", asked.last)))
    if first is None or last is None:
        return today, today
    if last < first:
        mistakes.append(f"--to {last} is before --from {first} (swap the two dates)")
    return first, last


def _date(what: str, text: str | None, mistakes: list[str]) -> date | None:
    if text is None:
        return None
    try:
        day, clock = parse_date(text)
        if clock is not None:
            raise Mistake(f"'{printable(text[:40])}' has a clock time", f"write the date alone: {day}")
    except Mistake as mistake:
        mistakes.append(f"{what}: {_told(mistake)}")
        return None
    return day


def _monday(text: str, mistakes: list[str]) -> date:
    """Give the first day of a week of ISO 8601: the first week of a year is that of its first Thursday."""
    try:
        return monday_of(text)
    except Mistake as mistake:
        mistakes.append(f"--week: {_told(mistake)}")
        return date(YEARS[0], 1, 1)


def monday_of(text: str) -> date:
    """Read a week, as `2025-W10`, and give its Monday. Raises Mistake.

    >>> monday_of("2025-W10"), monday_of("2026-W53"), monday_of("2026-w01")
    (datetime.date(2025, 3, 3), datetime.date(2026, 12, 28), datetime.date(2025, 12, 29))
    """
    found = re.fullmatch(r"([0-9]{4})-?[Ww]([0-9]{1,2})", text.strip())
    if found is None:
        raise Mistake(f"'{printable(text[:40])}' is not a week", "write its year and number, as 2025-W10")
    year, week = int(found[1]), int(found[2])
    if not YEARS[0] <= year <= YEARS[1]:
        raise Mistake(f"'{text.strip()}': the year {year} is out of range", f"years from {YEARS[0]} to {YEARS[1]}")
    weeks = date(year, 12, 28).isocalendar().week
    if not 1 <= week <= weeks:
        hint = f"the last is {year}-W{weeks}" + (f"; {year + 1}-W01 follows it" if week > weeks else "")
        raise Mistake(f"there is no week {year}-W{week:02}: the year {year} has {weeks} weeks", hint)
    return date.fromisocalendar(year, week, 1)


def _soon(text: str, mistakes: list[str]) -> int:
    try:
        return days_ahead(text)
    except Mistake as mistake:
        mistakes.append(f"--soon: {_told(mistake)}")
        return 0


def _told(mistake: Mistake) -> str:
    return printable(mistake.message) + (f" ({printable(mistake.hint)})" if mistake.hint else "")


def _span_told(asked: Asked, first: date, last: date) -> str:
    span = f"{day_told(first.toordinal())} to {day_told(last.toordinal())}"
    week = first.isocalendar()
    if asked.first is not None:
        return span
    return f"week {week.year}-W{week.week:02}{' (that of today)' if asked.week is None else ''}: {span}"
