"""The visits of a protocol without dates: a table of their study days, then each entry in words with its quotations.

A room of its own because an entry of cycles or of a repeat is one row in the table and one paragraph in words,
however many visits it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rich.text import Text

from trialcal.protocol import Protocol, Visit
from trialcal.repeating import numbered
from trialcal.timing import DayRange, Every, InCycles, Offset, OffsetRange, OnDay, Pending, Written
from trialcal.writers.assumptions import Assumptions
from trialcal.writers.entry_lines import Fact, facts_of, source_lines
from trialcal.writers.outline_recurring import cycle_noun, groups_told
from trialcal.writers.page import Column, Row, glued, hanging, heading, ink, table
from trialcal.writers.phrasing import UNCHOSEN, cycle_day_told, cycles_told, names_told, uncounted, when_told
from trialcal.writers.study_spans import FAR, Entry, Span, cycles_of

_COLUMNS = (
    Column("Visit", False),
    Column("No."),
    Column("Name"),
    Column("Study day", False),
    Column("Window", False),
    Column("Type", False),
    Column("Epoch"),
)
_WIDE = 100  # cells: on a narrower page there is no room for the epochs, which have a section of their own
_FIRST_DAYS = 3  # of a recurring visit that are told; then comes the last


# --- the table --------------------------------------------------------------------------------------------------


def visits_lines(
    protocol: Protocol, entries: Sequence[Entry], spans: Mapping[str, Span], assumptions: Assumptions, width: int
) -> Iterator[Text]:
    """Set the table of visits in the order of their days; an entry of cycles or of a repeat is one row."""
    yield from heading("Visits", width)
    rows: list[Row] = []
    for entry in entries:
        if entry.recurs:
            rows.append(_recurring_row(entry, protocol, spans, assumptions))
        else:
            rows += [_visit_row(visit, protocol, spans, assumptions) for visit in entry.visits]
    shown = _COLUMNS if width >= _WIDE else _COLUMNS[:-1]
    yield from table(shown, [row._replace(cells=row.cells[: len(shown)]) for row in rows], width)
    counted = (visit for entry in entries for visit in entry.visits if isinstance(visit.at, (Offset, OffsetRange)))
    if any(visit.id in spans for visit in counted):
        told = "The days of a visit that is counted from another hold if that one is on its own day."
        yield from hanging("", ink((told, "dim")), width, 0)


def _visit_row(visit: Visit, protocol: Protocol, spans: Mapping[str, Span], assumptions: Assumptions) -> Row:
    mark = assumptions.marks(visit.assumed, ("at",))
    if visit.id in spans or isinstance(visit.at, Pending):
        days = [ink(days_told([visit], protocol, spans), mark)]
        if isinstance(visit.at, OnDay) and visit.at.week is not None:
            days.append(ink((f"Week {visit.at.week}", "dim")))
        elif not isinstance(visit.at, (OnDay, DayRange, Pending)):
            days.append(ink((when_told(visit.at, uncounted(protocol)), "dim")))
    else:
        days = [ink(when_told(visit.at, uncounted(protocol)), mark)]
    window = _window_told(visit, protocol, spans)
    return _row(visit.id, visit, visit.name, days, window, assumptions, [_kind_told(visit)])


def _recurring_row(entry: Entry, protocol: Protocol, spans: Mapping[str, Span], assumptions: Assumptions) -> Row:
    first = _first(entry)
    days = [ink(days_told(entry.visits, protocol, spans), assumptions.marks(first.assumed, ("at", "in")))]
    cycles = cycles_of(first, protocol)
    if cycles is not None:
        first = replace(first, arms=first.arms or cycles.arms, cohorts=first.cohorts or cycles.cohorts)
    words, window = [_recurring_told(entry, protocol), _kind_told(first)], recurring_window_told(entry, protocol)
    return _row(entry.label, first, name_told(entry), days, window, assumptions, words)


def _row(
    label: str,
    visit: Visit,
    name: str,
    days: Sequence[Text],
    window: str,
    assumptions: Assumptions,
    details: Sequence[str],
) -> Row:
    at_window = assumptions.marks(visit.assumed, ("window",) if visit.window is not None else ())
    told = ("at", "in", "window", "number", "name")
    others = assumptions.marks(visit.assumed, [field for field in visit.assumed if field not in told])
    shown = "; ".join(filter(None, details))
    return Row(
        (
            (ink((label, "bold"), others),),
            (ink(visit.number, assumptions.marks(visit.assumed, ("number",))),),
            (ink(name, assumptions.marks(visit.assumed, ("name",))),),
            tuple(days),
            (ink(window, at_window),),
            (ink(visit.type),),
            (ink(visit.epoch),),
        ),
        (ink((shown, "dim")),) if shown else (),
    )


def days_told(visits: Sequence[Visit], protocol: Protocol, spans: Mapping[str, Span]) -> str:
    """Give the study days of one visit, or the first and the last of several: `Day 29, 57, 85 ... 197`."""
    if not visits:
        return "none planned"
    known = [spans[visit.id] for visit in visits if visit.id in spans]
    if not known:
        return "pending"
    if len(known) == 1:
        return _span_told(protocol, known[0])
    if all(span.target is not None for span in known):
        about = "" if all(span.is_exact for span in known) else "about "
        days = [str(protocol.study_days.study_day(span.target)) for span in known if span.target is not None]
        return f"{about}Day {_shortened(days, _FIRST_DAYS, ', ')}"
    return _shortened([_span_told(protocol, span) for span in known], 1, ", ")


def _shortened(parts: Sequence[str], first: int, between: str) -> str:
    if len(parts) <= first + 1:
        return between.join(parts)
    return f"{between.join(parts[:first])} ... {parts[-1]}"


def _span_told(protocol: Protocol, span: Span) -> str:
    if span.target is None:
        return _range_told(protocol, span)
    return glued(f"{_about(span)}Day {protocol.study_days.study_day(span.target)}")


def _window_told(visit: Visit, protocol: Protocol, spans: Mapping[str, Span]) -> str:
    span = spans.get(visit.id)
    if visit.id == protocol.anchor and isinstance(visit.at, OnDay):
        return "days count from here"
    if visit.window is None:
        return "none stated" if isinstance(visit.at, (OnDay, Offset)) else ""
    if span is None or span.target is None:
        return glued(str(visit.window))
    return f"{glued(_range_told(protocol, span))} {glued(f'({visit.window})')}"


def recurring_window_told(entry: Entry, protocol: Protocol) -> str:
    """Give the window of an entry of cycles or of a repeat, and which of its visits have none."""
    window = _first(entry).window
    names = [visit.id for visit in entry.visits]
    if window is None:
        at = entry.written[0].at
        if names == [protocol.anchor]:
            return "days count from here"
        return "" if isinstance(at, InCycles) and at.last is not None else "none stated"
    without = [visit.id for visit in entry.visits if visit.window is None]
    return glued(str(window)) + (f", none at {names_told(without)}" if without else "")


def _range_told(protocol: Protocol, span: Span) -> str:
    if span.last >= FAR:
        return glued(f"{_about(span)}Day {protocol.study_days.study_day(span.first)} or later")
    if span.first <= -FAR:
        return glued(f"{_about(span)}Day {protocol.study_days.study_day(span.last)} or earlier")
    first, last = (protocol.study_days.study_day(day) for day in (span.first, span.last))
    if span.first == span.last:
        return glued(f"{_about(span)}Day {first} only")
    return f"{_about(span)}{glued(f'Day {first} to')} {glued(f'Day {last}')}"


def _about(span: Span) -> str:
    return "" if span.is_exact else glued("about ")


# --- what an entry is -------------------------------------------------------------------------------------------


def _first(entry: Entry) -> Visit:
    """Give the visit that stands for the entry: one with its window, which the anchor never has."""
    return next((visit for visit in entry.written if visit.window is not None), entry.written[0])


def name_told(entry: Entry) -> str:
    """Give the name of an entry of cycles or of a repeat without its numbers; "" where it has none of its own.

    A name that tells the cycle does so with an n, where there are several: `Extension cycle n`.
    """
    name = numbered(entry.written[0].name, 0)
    at = [visit.at for visit in entry.written if isinstance(visit.at, InCycles)]
    days = ", ".join(str(timing.first) for timing in at)
    only = [str(one.first) for timing in at for one in timing.selections if one.first == one.last]
    cycle = only[0] if only and all(len(timing.selections) == 1 for timing in at) else "n"
    return name.replace("{cycle}", cycle).replace("{day}", days)


def _recurring_told(entry: Entry, protocol: Protocol) -> str:
    """Give the timing of an entry of cycles or of a repeat in words: `Day 8, 15 of cycle 2 and beyond`."""
    first = entry.written[0].at
    if isinstance(first, InCycles):
        cycles = cycles_of(entry.written[0], protocol)
        return f"{_cycle_days_told(entry)} of {cycles_told(first, cycle_noun(cycles, protocol) if cycles else '')}"
    if isinstance(first, Every) and first.reference is not None and entry.visits:
        counted = entry.visits[0].at
        if isinstance(counted, Offset):  # its reference says which visit is meant
            return when_told(replace(first, reference=counted.reference), uncounted(protocol))
    return when_told(first)


def _cycle_days_told(entry: Entry) -> str:
    at = [visit.at for visit in entry.written if isinstance(visit.at, InCycles)]
    if all(timing.last is None for timing in at):
        return f"Day {', '.join(str(timing.first) for timing in at)}"
    return ", ".join(cycle_day_told(timing) for timing in at)


def _kind_told(visit: Visit) -> str:
    """Tell in a few words who has a visit, on which condition, and how it is done."""
    told = [
        f"only {what}: {', '.join(names)}"
        for what, names in (("arms", visit.arms), ("cohorts", visit.cohorts))
        if names
    ]
    told += [f"if: {visit.condition}"] if visit.condition else []
    told += ["optional"] if visit.optional else []
    told += ["uncertain"] if visit.uncertain else []
    return "; ".join(told + ([f"by {' or '.join(visit.by)}"] if visit.by else []))


# --- line by line -----------------------------------------------------------------------------------------------


def in_words(protocol: Protocol, entries: Sequence[Entry], assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Tell every entry in words, with its quotations."""
    yield from heading("Visits, line by line", width)
    if protocol.activities:
        told = f"What is done at each of them: trialcal show {protocol.id} --activities"
        yield from hanging("", ink((told, "dim")), width, 0)
    for entry in entries:
        yield from _entry_lines(protocol, entry, assumptions, width)


def _entry_lines(protocol: Protocol, entry: Entry, assumptions: Assumptions, width: int) -> Iterator[Text]:
    first = _first(entry)
    name = name_told(entry) if entry.recurs else names_told([visit.name for visit in entry.visits])
    shown = ink("  ", name, assumptions.marks(first.assumed, ("name",))) if name else ""
    label = entry.label if entry.label == entry.id or not entry.recurs else f"{entry.id} ({entry.label})"
    yield from hanging(ink((label, "bold")), ink(shown), width, 4)
    facts: list[Fact] = [
        *_when_facts(entry, protocol),
        *_recurring_facts(protocol, entry),
        ("window", "window", str(first.window) if first.window is not None else ""),
        ("lasts", "lasts", str(first.lasts) if first.lasts is not None else ""),
        ("number", "number", first.number),
        ("arms", "only arms", groups_told(first.arms, protocol.arms)),
        ("cohorts", "only cohorts", groups_told(first.cohorts, protocol.cohorts)),
        ("if", "if", first.condition),
        ("optional", "optional", "yes" if first.optional else ""),
        ("uncertain", "uncertain", UNCHOSEN if first.uncertain else ""),
        ("by", "by", " or ".join(first.by)),
        ("may_coincide_with", "may be on the day of", ", ".join(map(str, first.may_coincide_with))),
        ("weight", "weight", f"a day off its target counts {first.weight} times" if first.weight != 1 else ""),
        ("prefer", "prefer", "planned on the last possible day of its range" if first.prefer == "latest" else ""),
        ("activities", "activities", "; ".join(first.activities)),
        ("applies_to", "applies to", first.applies_to),
        ("notes", "note", first.notes),
    ]
    yield from facts_of(facts, first.assumed, assumptions, width)
    yield from source_lines((visit.source for visit in entry.written), width)


def _when_facts(entry: Entry, protocol: Protocol) -> Iterator[Fact]:
    first = entry.written[0].at
    if isinstance(first, InCycles):
        yield "at", "when", _cycle_days_told(entry)
        yield "in", "in", cycles_told(first)
    elif entry.recurs:
        yield "at", "when", _recurring_told(entry, protocol)
    else:
        yield "at", "when", _when_told([visit.at for visit in entry.visits], uncounted(protocol))


def _when_told(timings: Sequence[Written], unknown: frozenset[str]) -> str:
    if all(isinstance(timing, OnDay) for timing in timings):
        return ", ".join(when_told(timing) for timing in timings).replace(", Day ", ", ")
    waits = dict.fromkeys(timing.waits_for for timing in timings if isinstance(timing, Pending))
    told = [f"pending, waits for: {', '.join(waits)}"] if waits else []
    return "; ".join(
        dict.fromkeys(told + [when_told(each, unknown) for each in timings if not isinstance(each, Pending)])
    )


def _recurring_facts(protocol: Protocol, entry: Entry) -> Iterator[Fact]:
    """Tell what ends a repeat and how much of it is planned; of cycles the section on cycles tells it."""
    first, count = entry.written[0], len(entry.visits)
    if isinstance(first.at, InCycles):
        if not count:
            yield "", "planned", "none: its cycles are not among those that are planned here"
        return
    if first.until:
        yield "until", "until", " or ".join(first.until)
    if entry.is_open:
        how_far = f", up to {first.horizon}" if first.horizon is not None else ""
        told = f"{count} of them{how_far}, while nobody knows how many; --cycles {entry.id}=5 plans 5"
        yield "horizon", "planned", told
