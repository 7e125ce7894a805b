"""An agenda as a page to print: the days with their visits, and below them what should not be forgotten.

A room of its own because a day is here what a visit is in a plan. What is assumed carries a star, which needs no
colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rich.text import Text

from trialcal.agenda import KINDS, Agenda, Item, Kind
from trialcal.telling import day_told
from trialcal.writers.dated import date_inked, sentence_inked, short_inked, span_inked
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, printed, table

_TITLES: dict[Kind, str] = {
    "overdue": "Windows that are closed, and no visit recorded",
    "unrecorded": "Past their date, and not recorded",
    "no-date": "Visits without a date",
    "hold": "On hold",
    "discontinued": "Discontinued",
}
_STYLES = {"done": "green", "not recorded": "yellow"}
_STAR = glued(" *")


def agenda_text(agenda: Agenda, *, width: int, colour: bool) -> str:
    """Give the agenda as text of at most `width` cells a line (60 or more); without `colour` no escape codes."""
    lines = [*_head(agenda, width), *_days(agenda, width)]
    soon = f"Windows that close by {day_told(agenda.soon.toordinal())}"
    for kind in KINDS[1:]:
        if items := agenda.of(kind):
            lines += heading(_TITLES.get(kind, soon), width)
            lines += (
                _stops(items, agenda, width) if kind in ("hold", "discontinued") else _listed(items, agenda, width)
            )
    return printed([*lines, *_below(agenda, width)], colour=colour)


# --- the head -------------------------------------------------------------------------------------------------------


def _head(agenda: Agenda, width: int) -> Iterator[Text]:
    yield ink(("Agenda", "bold"))
    yield Text()
    week, weekday = agenda.first.isocalendar(), (agenda.last - agenda.first).days
    days = ink(date_inked(agenda.first), " to ", date_inked(agenda.last))
    if week.weekday == 1 and weekday == 6:
        days = ink((f"{week.year}-W{week.week:02}", "bold"), ", ", days)
    facts = [("Days", days), ("Seen on", date_inked(agenda.today)), ("Subjects", ink(str(agenda.subjects)))]
    sites = list(dict.fromkeys(item.site for item in agenda.items))
    if len(sites) == 1 and sites[0]:
        facts.append(("Site", ink(sites[0])))
    counts = [
        f"{len(agenda.of('visit')) or 'no'} visit{'s' * (len(agenda.of('visit')) != 1)} on these days",
        *(f"{len(agenda.of(kind))} {words}" for kind, words in _COUNTED.items() if agenda.of(kind)),
    ]
    facts.append(("Result", ink("; ".join(counts))))
    for name, text in facts:
        yield from hanging(ink((name, "dim")), text, width, 12)


_COUNTED: dict[Kind, str] = {
    "due-soon": "with a window closing soon",
    "overdue": "with a window closed",
    "unrecorded": "past their date",
    "no-date": "without a date",
}


# --- the days -------------------------------------------------------------------------------------------------------


def _days(agenda: Agenda, width: int) -> Iterator[Text]:
    items = agenda.of("visit")
    yield from heading("Days", width)
    if not items:
        yield ink(("no visit is planned, booked or done on these days", "dim"))
        return
    columns = (
        Column("Date", False),
        Column("Time", False),
        *_columns(agenda),
        Column("Status"),
        Column("Window", False),
    )
    rows: list[Row] = []
    before: date | None = None
    for item in items:
        assert item.day is not None
        if before is not None and item.day != before:
            rows.append(Row(tuple((Text(),) for _ in columns)))
        day: tuple[Text, ...] = (_date(item.day, agenda),) if item.day != before else (Text(),)
        if item.day == agenda.today and item.day != before:
            day = (*day, ink(("today", "bold")))
        clock = ink(f"{item.starts:%H:%M}") if item.starts is not None else Text()
        rows.append(Row((day, (clock,), *_who(item, agenda), (_status(item.told),), (_window(item, agenda),))))
        before = item.day
    yield from table(columns, rows, width)


def _columns(agenda: Agenda) -> Iterator[Column]:
    """Give the columns that say who; the site only where there are several."""
    yield Column("Subject", False)
    if _has_several(agenda, "site"):
        yield Column("Site")
    yield Column("Visit")


def _who(item: Item, agenda: Agenda) -> Iterator[tuple[Text, ...]]:
    yield (ink((item.subject, "bold")),)
    if _has_several(agenda, "site"):
        yield (ink(item.site),)
    protocol = (ink((item.protocol, "dim")),) if _has_several(agenda, "protocol") else ()
    yield (ink(item.name), *protocol)


def _has_several(agenda: Agenda, what: str) -> bool:
    return len({getattr(item, what) for item in agenda.items}) > 1


def _date(day: date | None, agenda: Agenda) -> Text:
    return Text() if day is None else short_inked(day, year=day.year != agenda.first.year)


def _status(told: str) -> Text:
    style = next((style for words, style in _STYLES.items() if words in told), "")
    return ink((told, style)) if style else sentence_inked(told)


def _window(item: Item, agenda: Agenda) -> Text:
    start, end = item.window_start, item.window_end
    year = agenda.first.year
    star = _STAR if item.assumed else ""
    if start is not None and end is not None:
        return ink(span_inked(start, end, year), star)
    if end is not None:
        return ink(glued("until "), short_inked(end, year=end.year != year), star)
    if start is not None:
        return ink(glued("from "), short_inked(start, year=start.year != year), star)
    return ink(("none stated", "dim"), star)


# --- what should not be forgotten -----------------------------------------------------------------------------------


def _listed(items: Sequence[Item], agenda: Agenda, width: int) -> list[Text]:
    """Give the rows of visits, each with its day and how far that is."""
    title = "Closes" if items[0].kind == "due-soon" else "Closed" if items[0].kind == "overdue" else "Date"
    columns = (
        Column(title, False),
        Column("Days", False),
        *_columns(agenda),
        Column("Status"),
        Column("Window", False),
    )
    rows = [
        Row(
            (
                (_date(item.day, agenda),),
                (_far(item.days),),
                *_who(item, agenda),
                (_status(item.told),),
                (_window(item, agenda),),
            )
        )
        for item in items
    ]
    return table(columns, rows, width)


def _far(days: int | None) -> Text:
    if days is None:
        return Text()
    if days == 0:
        return ink(("today", "bold yellow"))
    return ink((glued(f"in {days} d"), "")) if days > 0 else ink((glued(f"{-days} d ago"), "red"))


def _stops(items: Sequence[Item], agenda: Agenda, width: int) -> list[Text]:
    columns = (Column("Since", False), *_columns(agenda), Column("What is told"))
    rows = [
        Row(
            (
                (_date(item.day, agenda),),
                *_who(item, agenda),
                (sentence_inked(item.told),),
            )
        )
        for item in items
    ]
    return table(columns, rows, width)


def _below(agenda: Agenda, width: int) -> Iterator[Text]:
    yield Text()
    if any(item.assumed for item in agenda.items):
        yield from hanging("* ", ink("rests on assumed values: confirm against the protocol"), width)
    for source in agenda.sources:
        yield from hanging("· ", ink((source, "dim")), width)
