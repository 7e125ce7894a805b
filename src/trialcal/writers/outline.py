"""A protocol in study days, without any patient's date: what its author checks line by line against the document.

First a timeline to see it whole, then the visits as a table, then every entry in words with its quotation, so that
someone who has never seen YAML can compare them. What is assumed is marked and told at the end with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from trialcal.model import Counted, End, Model
from trialcal.modelling import model_of
from trialcal.protocol import Lookback, Period, Protocol, Rule, Texts, Visit
from trialcal.timing import DayRange, Offset, OnDay, Pending
from trialcal.writers.assumptions import Assumptions, field_told
from trialcal.writers.page import GLUE, Column, Picture, Row, glued, hanging, heading, ink, joined, printed, table
from trialcal.writers.phrasing import (
    lookback_told,
    meant,
    names_told,
    period_told,
    rule_told,
    study_days_told,
    when_told,
)
from trialcal.writers.study_spans import FAR, Group, Span, behind, groups_of, order_of, spans_of
from trialcal.writers.timeline import PLANNED, Axis, Bar, axis_of, blank_line, drawn, label_line, scale_told

_LONGEST_LABEL = 30


def protocol_text(protocol: Protocol, *, width: int, colour: bool) -> str:
    """Give a protocol as text of at most `width` cells a line (60 or more); without `colour` no escape codes."""
    assumptions = Assumptions(protocol)
    spans = spans_of(protocol)
    order = order_of(protocol, spans)
    groups = groups_of(protocol, order)
    lines = [
        *_head(protocol, assumptions, width),
        *_timeline(protocol, groups, spans, width),
        *_visits(protocol, order, spans, assumptions, width),
        *_in_words(groups, assumptions, width),
        *_rules(protocol, assumptions, width),
        *_periods(protocol, assumptions, width),
        *_lookbacks(protocol, assumptions, width),
        *_epochs(protocol, assumptions, width),
        *_parameters(protocol, width),
        *_assumed(assumptions, width),
        *_not_expressed(protocol, width),
    ]
    return printed(lines, colour=colour)


# --- the head and the timeline ----------------------------------------------------------------------------------


def _head(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    yield from hanging(ink((protocol.title, "bold")), Text(), width, 0)
    yield Text()
    study_days = ink(study_days_told(protocol), assumptions.study_day_marks(protocol))
    facts = [("Protocol", ink(protocol.id))]
    if protocol.version:
        facts.append(("Version", ink(protocol.version)))
    facts.append(("From", ink((str(protocol.source), "bold" if protocol.source.registry else ""))))
    if protocol.source.url:
        facts.append(("", ink(protocol.source.url)))
    facts.append(("Study days", study_days))
    facts += [("", _quoted(quote)) for quote in protocol.study_day_source.values()]
    facts.append(("Start", ink(f"a bare --start DATE is the date of {protocol.start}")))
    tie = "the later" if protocol.on_tie == "later" else "the earlier"
    facts.append(("Ties", ink(f"of two dates equally near to the targets, {tie} is planned")))
    for name, text in facts:
        yield from hanging(ink((name, "dim")), text, width, 12)


def _timeline(protocol: Protocol, groups: Sequence[Group], spans: Mapping[str, Span], width: int) -> Iterator[Text]:
    model = model_of(protocol, None)
    lines = [(ink(group.label), list(_group_bars(group, spans)), _is_drawn_exactly(group, spans)) for group in groups]
    for number, period in enumerate(protocol.periods):
        bar, is_exact = _period_bar(model, period, number, spans)
        lines.append((ink((period.name, "italic")), [] if bar is None else [bar], is_exact))
    missing = [name for name, bars, _ in lines if not bars]
    lines = [line for line in lines if line[1]]
    label = min(max([9, *(name.cell_len + 2 for name, _, _ in lines)]), _LONGEST_LABEL, width // 3)
    points = [day for _, bars, _ in lines for bar in bars for day in _ends(bar)]
    axis = axis_of(points, width - label - 4)
    if axis is None:
        return
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


_Line = tuple[Text, list[Bar], bool]


def _ends(bar: Bar) -> Iterable[int]:
    return [*bar.marks, *(day for day in (bar.first, bar.last) if day is not None and abs(day) < FAR)]


def _group_bars(group: Group, spans: Mapping[str, Span]) -> Iterator[Bar]:
    for visit in group.visits:
        span = spans.get(visit.id)
        if span is not None:
            days = visit.more_days + 1
            marks = (
                {}
                if span.target is None
                else dict.fromkeys(range(span.target, span.target + min(days, 400)), PLANNED)
            )
            yield Bar(span.first, span.last, marks) if span.first < span.last or not marks else Bar(marks=marks)


def _is_drawn_exactly(group: Group, spans: Mapping[str, Span]) -> bool:
    return all(spans[visit.id].is_exact for visit in group.visits if visit.id in spans)


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


# --- the visits -------------------------------------------------------------------------------------------------


_VISIT_COLUMNS = (
    Column("Visit", False),
    Column("Name"),
    Column("Study day", False),
    Column("Window", False),
    Column("Type", False),
    Column("Epoch"),
)


def _visits(
    protocol: Protocol,
    order: Mapping[str, tuple[int, int]],
    spans: Mapping[str, Span],
    assumptions: Assumptions,
    width: int,
) -> Iterator[Text]:
    yield from heading("Visits", width)
    visits = sorted(protocol.visits, key=lambda visit: order[visit.id])
    yield from table(_VISIT_COLUMNS, [_visit_row(visit, protocol, spans, assumptions) for visit in visits], width)
    if any(isinstance(visit.at, Offset) and visit.id in spans for visit in visits):
        told = "The days of a visit that is counted from another hold if that one is on its own day."
        yield from hanging("", ink((told, "dim")), width, 0)


def _visit_row(visit: Visit, protocol: Protocol, spans: Mapping[str, Span], assumptions: Assumptions) -> Row:
    at = assumptions.marks(visit.assumed, ("at",))
    window = assumptions.marks(visit.assumed, ("window",) if visit.window is not None else ())
    others = assumptions.marks(visit.assumed, [field for field in visit.assumed if field not in ("at", "window")])
    days = [ink(_days_told(visit, protocol, spans), at)]
    if not isinstance(visit.at, (OnDay, DayRange, Pending)):
        days.append(ink((when_told(visit.at), "dim")))
    return Row(
        (
            (ink((visit.id, "bold"), others),),
            (ink(visit.name),),
            tuple(days),
            (ink(_window_told(visit, protocol, spans), window),),
            (ink(visit.type),),
            (ink(visit.epoch),),
        )
    )


def _days_told(visit: Visit, protocol: Protocol, spans: Mapping[str, Span]) -> str:
    span = spans.get(visit.id)
    if isinstance(visit.at, Pending):
        return "pending"
    if span is None:
        return "not known without dates"
    if span.target is not None:
        return glued(f"{_about(span)}Day {protocol.study_days.study_day(span.target)}")
    return _range_told(protocol, span)


def _window_told(visit: Visit, protocol: Protocol, spans: Mapping[str, Span]) -> str:
    span = spans.get(visit.id)
    if visit.id == protocol.anchor and isinstance(visit.at, OnDay):
        return "days count from here"
    if visit.window is None:
        return "none stated" if isinstance(visit.at, (OnDay, Offset)) else ""
    if span is None or span.target is None:
        return str(visit.window)
    return f"{glued(_range_told(protocol, span))} {glued(f'({visit.window})')}"


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


# --- line by line -----------------------------------------------------------------------------------------------


def _quoted(text: str) -> Text:
    return ink(("source: ", "dim"), (f"“{text}”", "italic"))


def _sources(sources: Iterable[Texts], width: int) -> Iterator[Text]:
    """Quote every source once, with the value that it speaks of."""
    told: dict[tuple[str, str], None] = {}
    for source in sources:
        told.update(dict.fromkeys(source.items()))
    for field, quote in told:
        of = "" if field == "at" else f" of {field_told(field)}"
        yield from hanging(ink((f"  source{of}: ", "dim")), ink((f"“{quote}”", "italic")), width, 10)


def _facts(facts: Iterable[tuple[str, Text]], width: int) -> Iterator[Text]:
    for name, text in facts:
        yield from hanging(ink((f"  {name}: ", "dim")), text, width, 10)


def _in_words(groups: Sequence[Group], assumptions: Assumptions, width: int) -> Iterator[Text]:
    yield from heading("Visits, line by line", width)
    for group in groups:
        yield from _group_lines(group, assumptions, width)


def _group_lines(group: Group, assumptions: Assumptions, width: int) -> Iterator[Text]:
    first = next((visit for visit in group.visits if visit.window is not None), group.visits[0])
    name = names_told([visit.name for visit in group.visits])
    yield from hanging(ink((group.label, "bold"), "  "), ink(name), width, 4)
    if isinstance(first.at, Pending):
        when = ink(f"pending, waits for: {first.at.waits_for}")
    elif all(isinstance(visit.at, OnDay) for visit in group.visits):
        when = ink("Day " + ", ".join(str(visit.at.number) for visit in group.visits if isinstance(visit.at, OnDay)))
    else:
        when = ink("; ".join(dict.fromkeys(when_told(visit.at) for visit in group.visits)))
    facts = [("when", ink(when, assumptions.marks(first.assumed, ("at",))))]
    if first.window is not None:
        facts.append(("window", ink(str(first.window), assumptions.marks(first.assumed, ("window",)))))
    if first.lasts is not None:
        facts.append(("lasts", ink(str(first.lasts), assumptions.marks(first.assumed, ("lasts",)))))
    told = {"at"} | ({"window"} if first.window else set()) | ({"lasts"} if first.lasts else set())
    others = [field for field in first.assumed if field not in told]
    facts += [(field_told(field), ink("assumed", assumptions.marks(first.assumed, (field,)))) for field in others]
    if first.weight != 1:
        facts.append(("weight", ink(f"a day off its target counts {first.weight} times")))
    if first.prefer == "latest":
        facts.append(("prefer", ink("planned on the last possible day of its range")))
    if first.activities:
        facts.append(("activities", ink("; ".join(first.activities))))
    if first.applies_to:
        facts.append(("applies to", ink(first.applies_to)))
    if first.notes:
        facts.append(("note", ink(first.notes)))
    yield from _facts(facts, width)
    yield from _sources((visit.source for visit in group.visits), width)


def _rules(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.rules:
        yield from heading("Rules between visits", width)
    for rule in protocol.rules:
        yield from hanging("· ", ink((rule_told(rule), "bold"), assumptions.marks(rule.assumed)), width)
        yield from _rule_meaning(rule, width)
        yield from _sources([rule.source], width)


def _rule_meaning(rule: Rule, width: int) -> Iterator[Text]:
    named = meant([rule.visit, rule.other])
    if named:
        yield from _facts([("where", ink(named))], width)


def _periods(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.periods:
        yield from heading("Periods", width)
    for period in protocol.periods:
        words = ink((period.name, "bold"), f": {period_told(period)}", assumptions.marks(period.assumed))
        yield from hanging("· ", words, width)
        yield from _for_whom(period, width)
        yield from _sources([period.source], width)


def _lookbacks(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.lookbacks:
        yield from heading("Before the study: what must, or must not, have been", width)
    for lookback in protocol.lookbacks:
        named = meant([lookback.before])
        told = f": {lookback_told(lookback)}" + (f" ({named})" if named else "")
        yield from hanging("· ", ink((lookback.name, "bold"), told, assumptions.marks(lookback.assumed)), width)
        yield from _for_whom(lookback, width)
        yield from _sources([lookback.source], width)


def _for_whom(entry: Period | Lookback, width: int) -> Iterator[Text]:
    facts = [("applies to", entry.applies_to)]
    if isinstance(entry, Lookback):
        facts.append(("except", entry.exceptions))
    facts.append(("note", entry.notes))
    yield from _facts([(name, ink(text)) for name, text in facts if text], width)


def _epochs(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.epochs:
        yield from heading("Epochs", width)
    for epoch in protocol.epochs:
        visits = names_told([visit.id for visit in protocol.visits if visit.epoch == epoch.id])
        told = ink((epoch.name, "bold"), f" ({epoch.id}): {visits or 'no visits'}", assumptions.marks(epoch.assumed))
        yield from hanging("· ", told, width)
        yield from _sources([epoch.source], width)


def _parameters(protocol: Protocol, width: int) -> Iterator[Text]:
    if protocol.parameters:
        yield from heading("Parameters that the user supplies", width)
    for parameter in protocol.parameters:
        yield from hanging("· ", ink((f"--set {parameter.id}=21d", "bold"), f"  {parameter.name}"), width)


def _assumed(assumptions: Assumptions, width: int) -> Iterator[Text]:
    listed = list(assumptions.listed(("visits", "rules", "periods", "lookbacks", "epochs"), width))
    if listed:
        yield from heading("What is assumed", width)
        yield from listed


def _not_expressed(protocol: Protocol, width: int) -> Iterator[Text]:
    if protocol.not_expressed:
        yield from heading("Not expressed: the source says it, this file cannot", width)
    for one in protocol.not_expressed:
        yield from hanging("· ", ink((f"“{one.quote}”", "italic")), width)
        yield from hanging("  ", ink(("why not: ", "dim"), one.reason), width)
