"""A simulation as a page to read and to print: when each dose group ends, how many it takes, and what that rests on.

A room of its own because it tells quantiles and not dates of subjects; the assumptions stand on the same page, in the
words of `simulation_words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from rich.text import Text

from trialcal.simulated import PERCENTS, Simulation
from trialcal.writers.cohort_words import of_protocol
from trialcal.writers.dated import sentence_inked
from trialcal.writers.page import Column, Row, hanging, heading, ink, natural_widths, printed, table
from trialcal.writers.simulation_words import (
    assumed_told,
    ending_told,
    given_told,
    percent_told,
    protocol_told,
    share_told,
)

_A_DATE, _GAP = 10, 2  # cells
_HOW = (
    "In so many percent of the runs it was done by then. These are dates and numbers of runs (order statistics), "
    "never something in between two of them."
)
_ERROR = "± is the Monte Carlo standard error; more --runs make it smaller. It says nothing of the assumptions."


def simulation_text(found: Simulation, *, width: int, colour: bool) -> str:
    """Give a simulation as text of at most `width` cells a line (60 or more); without `colour` no escape codes."""
    lines = [
        *_head(found, width),
        *_dates(found, width),
        *_numbers(found, width),
        *_shares(found, width),
        *_told("What was given", given_told(found.given), width),
        *_told("What the protocol says", protocol_told(found), width),
        *_assumed_by_protocol(found, width),
        *_told("What the simulation assumes", assumed_told(found), width),
    ]
    return printed(lines, colour=colour)


def _head(found: Simulation, width: int) -> Iterator[Text]:
    protocol, given = found.protocol, found.given
    design = protocol.escalation.design if protocol.escalation is not None else ""
    title = f"{given.runs:,} simulated escalation{'s' * (given.runs != 1)}"
    yield from hanging(ink((title, "bold"), f" of {protocol.id} from {_day(given.first)} on"), Text(), width, 0)
    yield Text()
    version = f", version {protocol.version}" if protocol.version else ""
    facts = [("Protocol", f"{protocol.id}{version}: {protocol.title}"), ("From", str(protocol.source))]
    facts += [("Design", design)] if design else []
    facts += [("Site", found.site.name or "none given: every day is open"), ("Seed", str(given.seed))]
    for name, text in facts:
        yield from hanging(ink((name, "dim")), ink(text), width, 12)
    yield Text()
    told = "A simulation: what happens if the assumptions below hold. No date in it is planned for anybody."
    yield from hanging("", ink((told, "italic")), width, 0)


def _dates(found: Simulation, width: int) -> Iterator[Text]:
    yield from heading("When", width)
    columns = [Column("Observation complete", True), Column("Reached"), *(Column(f"{p}%", False) for p in PERCENTS)]
    rows = [
        _row((ink(group.name),), percent_of(group.reached.value), (_day(day) for day in _full(group.ends)))
        for group in found.groups
    ]
    rows.append(_row((ink(("Whole escalation", "bold")),), "", (_day(day) for day in found.ends)))
    days = ("later" if number is None else f"{number} d" for number in found.days)
    rows.append(_row((ink(f"days after {found.given.first}"),), "", days))
    yield from _fitting(columns, rows, width)
    yield from hanging("", ink((_HOW, "dim")), width, 0)
    if any(group.reached.runs < found.given.runs for group in found.groups):
        told = "The dates of a dose group are those of the runs that reached it."
        yield from hanging("", ink((told, "dim")), width, 0)


def _numbers(found: Simulation, width: int) -> Iterator[Text]:
    yield from heading("How many subjects", width)
    columns = [Column("Subjects", True), Column("Reached"), *(Column(f"{p}%", False) for p in PERCENTS)]
    rows = [
        _row((ink(f"dosed in {group.name}"),), percent_of(group.reached.value), _full(group.dosed))
        for group in found.groups
    ]
    rows.append(_row((ink(("dosed", "bold")),), "", found.dosed))
    rows.append(_row((ink("screened, up to the last one dosed"),), "", found.screened))
    rows.append(_row((ink("screening failures among them"),), "", found.failed))
    if found.given.patience is not None:
        rows.append(_row((ink("lost while waiting for a place"),), "", found.lost))
    if found.given.not_evaluable:
        rows.append(_row((ink("not evaluable, and replaced"),), "", found.replaced))
    yield from table(columns, rows, width)


def _shares(found: Simulation, width: int) -> Iterator[Text]:
    yield from heading("How it ends", width)
    rows = [
        Row(((ink(ending_told(each, found)),), (ink(share_told(each.share)),), (ink(f"{each.share.runs:,}"),)))
        for each in found.endings
    ]
    yield from table([Column("Outcome"), Column("Share", False), Column("Runs", False)], rows, width)
    yield Text()
    rows = [
        Row(
            (
                (ink(group.name),),
                (ink(percent_told(group.dlt)),),
                (ink(share_told(group.reached)),),
                (ink(share_told(group.last)),),
            )
        )
        for group in found.groups
    ]
    columns = [
        Column("Dose group"),
        Column("DLT given", False),
        Column("Reached", False),
        Column("Highest reached", False),
    ]
    yield from table(columns, rows, width)
    yield from hanging("", ink((_ERROR, "dim")), width, 0)


def _assumed_by_protocol(found: Simulation, width: int) -> Iterator[Text]:
    reasons: dict[str, list[str]] = {}
    for each in of_protocol(found.protocol):
        reasons.setdefault(each.why, []).append(each.what)
    if not reasons:
        return
    told = "What its file only assumes (confirm against the protocol):"
    yield from hanging("", ink((told, "italic")), width, 0)
    for why, several in reasons.items():
        yield from hanging("· ", ink((f"{'; '.join(several)}: ", "dim"), why), width)


def _told(title: str, sentences: Iterable[str], width: int) -> Iterator[Text]:
    yield from heading(title, width)
    for sentence in sentences:
        yield from hanging("· ", sentence_inked(sentence), width)


def _fitting(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[Text]:
    """Set a table; on its side where the page is too narrow for it, so that no date is broken."""
    if sum(natural_widths(columns, rows)) + _GAP * len(columns) <= width:
        return table(columns, rows, width)
    lines: list[Text] = []
    fit = max((width - len(columns[1].title)) // (_A_DATE + _GAP), 1)
    for at in range(0, len(rows), fit):
        some = rows[at : at + fit]
        names = (Column(" ".join(part.plain for part in row.cells[0]), False) for row in some)
        cells = (((ink(column.title),), *(row.cells[i] for row in some)) for i, column in enumerate(columns) if i)
        lines += [*([Text()] if at else []), *table([Column("Runs", False), *names], [*map(Row, cells)], width)]
    return lines


def _row(name: tuple[Text, ...], reached: str, values: Iterable[object]) -> Row:
    return Row((name, (ink(reached),), *((ink(str(value)),) for value in values)))


def _full(values: Sequence[object]) -> Sequence[object]:
    """Give an empty quantile of each, where no run reached a dose group."""
    return values or ("-",) * len(PERCENTS)


def percent_of(value: float) -> str:
    """Give a share of the runs in percent, shortened: `100%`, `89.8%`."""
    return f"{value * 100:.1f}%".replace(".0%", "%")


def _day(day: object) -> str:
    if isinstance(day, date):
        return day.isoformat()
    return "later" if day is None else str(day)
