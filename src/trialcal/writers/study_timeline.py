"""The picture of a protocol in study days: its visits and periods on an axis, without any date.

A room of its own because it only draws; where things lie is counted in `study_spans`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from trialcal.model import Counted, End, Model
from trialcal.modelling import model_of
from trialcal.protocol import Period, Protocol
from trialcal.writers.page import GLUE, Column, Picture, Row, hanging, heading, ink, joined, table
from trialcal.writers.study_spans import FAR, Entry, Span, behind
from trialcal.writers.timeline import PLANNED, Axis, Bar, axis_of, blank_line, drawn, label_line, scale_told

_LONGEST_LABEL = 30
_LONGEST_MARK = 400  # days of one visit that are drawn
_DRAWN = 4  # visits of cycles or a repeat, at least; more only as far as the other visits reach


def timeline_lines(
    protocol: Protocol, entries: Sequence[Entry], spans: Mapping[str, Span], width: int
) -> Iterator[Text]:
    """Draw the visits and periods; what has no day in the protocol is named below.

    Repeats for years would leave no room for the rest: they go on as an arrow.
    """
    model = model_of(protocol, None)
    limit = _limit(entries, spans)
    room = min(_LONGEST_LABEL, width // 3) - 2
    lines = [
        (
            ink(entry.label if len(entry.label) <= room else entry.id),
            list(_entry_bars(entry, spans, limit)),
            _is_drawn_exactly(entry, spans),
        )
        for entry in entries
        if entry.visits
    ]
    goes_on = any(bar.opens for _, bars, _ in lines for bar in bars)
    for number, period in enumerate(protocol.periods):
        bar, is_exact = _period_bar(model, period, number, spans)
        lines.append((ink((period.name, "italic")), [] if bar is None else [bar], is_exact))
    missing = [name for name, bars, _ in lines if not bars]
    lines = [line for line in lines if line[1]]
    label = min(max([9, *(name.cell_len + 2 for name, _, _ in lines)]), _LONGEST_LABEL, width // 3)
    points = [day for _, bars, _ in lines for bar in bars for day in _ends(bar)]
    axis = axis_of(points, width - label - 4 - goes_on)
    if axis is None:
        return
    axis = axis._replace(width=axis.width + goes_on)  # a cell for arrows behind the last day
    yield from heading("Timeline in study days", width)
    blank = blank_line(axis, calendar=False)
    rows = [
        Row(((ink(name, "" if is_exact else f"{GLUE}~"),),), picture=drawn(axis, bars, blank))
        for name, bars, is_exact in lines
    ]
    yield from table(
        (Column("Study day"),), rows, label + 2 + axis.width, Picture((_ticks(axis, lines, protocol),), blank)
    )
    signs = f"{PLANNED} day  ├─┤ window, range or period  ▸ open end  {scale_told(axis)}"
    signs += "  ┊ days left out" if axis.cuts else ""
    signs += "  ~ counted in months: the exact days depend on the date" if not all(line[2] for line in lines) else ""
    yield from hanging("", ink((signs, "dim")), width, 0)
    if missing:
        yield from hanging("", ink(("no day without a patient's date: ", "dim"), joined(missing, ", ")), width, 0)


def _limit(entries: Iterable[Entry], spans: Mapping[str, Span]) -> int:
    """Give the last day up to which visits of cycles and repeats are drawn."""
    days = [0]
    for entry in entries:
        known = sorted(_day(spans[visit.id]) for visit in entry.visits if visit.id in spans)
        days += known[:_DRAWN] if entry.recurs else known
    return max(days)


def _day(span: Span) -> int:
    return span.first if span.target is None else span.target


_Line = tuple[Text, list[Bar], bool]


def _ends(bar: Bar) -> Iterable[int]:
    return [*bar.marks, *(day for day in (bar.first, bar.last) if day is not None and abs(day) < FAR)]


def _entry_bars(entry: Entry, spans: Mapping[str, Span], limit: int) -> Iterator[Bar]:
    known = [(visit, spans[visit.id]) for visit in entry.visits if visit.id in spans]
    shown = [(visit, span) for visit, span in known if not entry.recurs or _day(span) <= limit]
    for number, (visit, span) in enumerate(shown, 1):
        days = min(visit.more_days + 1, _LONGEST_MARK)
        marks = {} if span.target is None else dict.fromkeys(range(span.target, span.target + days), PLANNED)
        goes_on = number == len(shown) and (entry.is_open or len(shown) < len(known))
        if span.first < span.last or not marks:
            yield Bar(span.first, span.last, marks, opens=goes_on)
        elif goes_on:
            yield Bar(span.last + days - 1, span.last + days - 1, marks, opens=True)
        else:
            yield Bar(marks=marks)


def _is_drawn_exactly(entry: Entry, spans: Mapping[str, Span]) -> bool:
    return all(spans[visit.id].is_exact for visit in entry.visits if visit.id in spans)


def _period_bar(model: Model, period: Period, number: int, spans: Mapping[str, Span]) -> tuple[Bar | None, bool]:
    """Draw a period from its start; where nothing is known of its end, as an arrow."""
    ends = model.periods[number]
    start, until = _end(model, ends.start, spans), _end(model, ends.until, spans)
    last = None if until is None else until.last
    is_exact = until is None or until.is_exact
    if start is None:
        return None, True
    if period.lasts is not None:
        count = period.lasts
        days = count.days if count.days is not None else round(count.months * 30.44)
        last, is_exact = start.first + days - 1, count.days is not None
    is_open = last is None or bool(period.event)
    return Bar(start.first, FAR if last is None else last, opens=is_open, style="green"), (
        is_exact and start.is_exact
    )


def _end(model: Model, end: End | None, spans: Mapping[str, Span]) -> Span | None:
    span = None if end is None else spans.get(model.visit(end.visit).id)
    if end is None or span is None:
        return None
    return behind(span, Counted(end.visit, "start", None, end.low, end.high))


def _ticks(axis: Axis, lines: Iterable[_Line], protocol: Protocol) -> Text:
    """Number the axis at the days of visits and the ends of windows, the visits' own days first."""
    lines = list(lines)
    exact = {day for _, bars, is_exact in lines if is_exact for bar in bars for day in _ends(bar)}
    marks = sorted({day for _, bars, _ in lines for bar in bars for day in bar.marks})
    others = sorted({day for _, bars, _ in lines for bar in bars for day in _ends(bar)} - set(marks))
    taken: list[tuple[int, int]] = []
    labels: list[tuple[int, str]] = []
    for day in [0, *marks, *others]:
        told = str(protocol.study_days.study_day(day)) if day in exact else f"~{protocol.study_days.study_day(day)}"
        at = min(axis.cell(day), axis.width - len(told))
        if at >= 0 and not any(at <= end and start <= at + len(told) for start, end in taken):
            taken.append((at, at + len(told)))
            labels.append((at, told))
    return label_line(axis, labels)
