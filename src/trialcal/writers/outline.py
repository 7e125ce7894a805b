"""A protocol in study days, without any patient's date: what its author checks line by line against the document.

First a timeline to see it whole, then the visits as a table, then every entry in words with its quotation, so that
someone who has never seen YAML can compare them. What is assumed is marked and told at the end with its reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from trialcal.protocol import Lookback, Period, Protocol
from trialcal.writers.assumptions import SECTIONS, Assumptions
from trialcal.writers.entry_lines import fact_lines, source_lines
from trialcal.writers.outline_across import across_lines
from trialcal.writers.outline_recurring import cycles_lines, groups_lines, timepoints_lines, types_lines
from trialcal.writers.outline_visits import in_words, visits_lines
from trialcal.writers.page import hanging, heading, ink, printed
from trialcal.writers.phrasing import (
    UNCHOSEN,
    lookback_told,
    meant,
    names_told,
    period_told,
    rule_told,
    study_days_told,
    uncounted,
)
from trialcal.writers.study_spans import Entry, entries_of, spans_of
from trialcal.writers.study_timeline import timeline_lines


def protocol_text(protocol: Protocol, *, width: int, colour: bool) -> str:
    """Give a protocol as text of at most `width` cells a line (60 or more); without `colour` no escape codes."""
    assumptions = Assumptions(protocol)
    spans = spans_of(protocol)
    entries = entries_of(protocol, spans)
    lines = [
        *_head(protocol, assumptions, width),
        *timeline_lines(protocol, entries, spans, width),
        *visits_lines(protocol, entries, spans, assumptions, width),
        *groups_lines(protocol, assumptions, width),
        *cycles_lines(protocol, assumptions, width),
        *in_words(protocol, entries, assumptions, width),
        *timepoints_lines(protocol, entries, assumptions, width),
        *_rules(protocol, assumptions, width),
        *_periods(protocol, assumptions, width),
        *_lookbacks(protocol, assumptions, width),
        *_epochs(protocol, entries, assumptions, width),
        *types_lines(protocol, assumptions, width),
        *across_lines(protocol, assumptions, width),
        *_parameters(protocol, width),
        *_assumed(assumptions, width),
        *_not_expressed(protocol, width),
    ]
    return printed(lines, colour=colour)


# --- the head ----------------------------------------------------------------------------------


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
    facts += [("Shown", ink(told)) for told in _chosen_told(protocol)]
    for name, text in facts:
        yield from hanging(ink((name, "dim")), text, width, 12)


def _quoted(text: str) -> Text:
    return ink(("source: ", "dim"), (f"“{text}”", "italic"))


def _chosen_told(protocol: Protocol) -> Iterator[str]:
    """Say what of the protocol is shown, where that is not all."""
    choices = protocol.choices
    told = [f"what {what} {name} has" for what, name in (("arm", choices.arm), ("cohort", choices.cohort)) if name]
    told += [f"{count} {protocol.repeated[name].what}" for name, count in choices.counts if name in protocol.repeated]
    if told:
        yield ", ".join(told)


# --- what binds the visits, and what lies around them -----------------------------------------------------------


def _rules(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.rules:
        yield from heading("Rules between visits", width)
    for rule in protocol.rules:
        yield from hanging("· ", ink((rule_told(rule), "bold"), assumptions.marks(rule.assumed)), width)
        named = meant([rule.visit, rule.other], uncounted(protocol))
        if named:
            yield from fact_lines("where", ink(named), width)
        if rule.uncertain:
            yield from fact_lines("uncertain", ink(UNCHOSEN), width)
        yield from source_lines([rule.source], width)


def _periods(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.periods:
        yield from heading("Periods", width)
    for period in protocol.periods:
        words = ink(
            (period.name, "bold"), f": {period_told(period, uncounted(protocol))}", assumptions.marks(period.assumed)
        )
        yield from hanging("· ", words, width)
        yield from _for_whom(period, width)
        yield from source_lines([period.source], width)


def _lookbacks(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.lookbacks:
        yield from heading("Before the study: what must, or must not, have been", width)
    for lookback in protocol.lookbacks:
        named = meant([lookback.before], uncounted(protocol))
        told = f": {lookback_told(lookback)}" + (f" ({named})" if named else "")
        yield from hanging("· ", ink((lookback.name, "bold"), told, assumptions.marks(lookback.assumed)), width)
        yield from _for_whom(lookback, width)
        yield from source_lines([lookback.source], width)


def _for_whom(entry: Period | Lookback, width: int) -> Iterator[Text]:
    facts = [("applies to", entry.applies_to)]
    if isinstance(entry, Lookback):
        facts.append(("except", entry.exceptions))
    facts.append(("note", entry.notes))
    for name, text in facts:
        if text:
            yield from fact_lines(name, ink(text), width)


def _epochs(protocol: Protocol, entries: Sequence[Entry], assumptions: Assumptions, width: int) -> Iterator[Text]:
    if protocol.epochs:
        yield from heading("Epochs", width)
    for epoch in protocol.epochs:
        inside = [entry for entry in entries if entry.written[0].epoch == epoch.id]
        visits = names_told([name for entry in inside for name in entry.names])
        told = ink((epoch.name, "bold"), f" ({epoch.id}): {visits or 'no visits'}", assumptions.marks(epoch.assumed))
        yield from hanging("· ", told, width)
        yield from source_lines([epoch.source], width)


def _parameters(protocol: Protocol, width: int) -> Iterator[Text]:
    if protocol.parameters:
        yield from heading("Parameters that the user supplies", width)
    for parameter in protocol.parameters:
        yield from hanging("· ", ink((f"--set {parameter.id}=21d", "bold"), f"  {parameter.name}"), width)


def _assumed(assumptions: Assumptions, width: int) -> Iterator[Text]:
    listed = list(assumptions.listed(SECTIONS, width))
    if listed:
        yield from heading("What is assumed", width)
        yield from listed


def _not_expressed(protocol: Protocol, width: int) -> Iterator[Text]:
    if protocol.not_expressed:
        yield from heading("Not expressed: the source says it, this file cannot", width)
    for one in protocol.not_expressed:
        yield from hanging("· ", ink((f"“{one.quote}”", "italic")), width)
        yield from hanging("  ", ink(("why not: ", "dim"), one.reason), width)
