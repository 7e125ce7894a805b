"""What the outline says of several subjects together: dose groups, staggers, reviews, gates and the decision table.

A room of its own because it is about no single subject's days, and most protocols say nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from trialcal.escalation import Entry, Escalation
from trialcal.protocol import Protocol, Texts
from trialcal.writers.assumptions import Assumptions, of_entry
from trialcal.writers.entry_lines import Fact, fact_lines, facts_of, source_lines
from trialcal.writers.escalation_words import (
    gate_told,
    group_told,
    opens_told,
    people_told,
    review_told,
    row_told,
    stagger_told,
)
from trialcal.writers.page import hanging, heading, ink


class _Told(NamedTuple):
    """An entry in words: its name (its id where it has none), what it says, and what stands below that."""

    id: str
    name: str
    words: str
    group: str
    people: str
    notes: str
    source: Texts
    assumed: Texts


def across_lines(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Tell all that binds the subjects to each other; nothing where the protocol says nothing of it."""
    escalation = protocol.escalation
    if escalation is None:
        return
    yield from heading("Several subjects together", width)
    yield from _head(protocol, escalation, assumptions, width)
    for what, title, entries in _sections(escalation):
        yield from _entries(what, title, entries, assumptions, width)


def _head(protocol: Protocol, escalation: Escalation, assumptions: Assumptions, width: int) -> Iterator[Text]:
    commits, dose = escalation.references or (escalation.commits, escalation.first_dose)
    period = next((each.name for each in protocol.periods if each.id == escalation.dlt_period), "")
    unset = "not stated: `trialcal cohort` needs it"
    mtd = f"{escalation.mtd_needs} evaluable subjects" if escalation.mtd_needs else ""
    facts: list[Fact] = [
        ("design", "design", escalation.design),
        ("subjects", "subjects", str(escalation.subjects) if escalation.subjects is not None else ""),
        ("commits", "commits a subject to the dose", str(commits)),
        ("first_dose", "first dose of the product", str(dose)),
        ("dlt_period", "DLT period", f"{period} ({escalation.dlt_period})" if period else unset),
        ("complete", "its observation is complete", opens_told(escalation.complete) or unset),
        ("mtd_needs", "the candidate for the MTD needs", mtd),
        ("notes", "note", escalation.notes),
    ]
    yield from facts_of(facts, escalation.assumed, assumptions, width)
    yield from source_lines([escalation.source], width)


def _sections(escalation: Escalation) -> Iterator[tuple[str, str, Sequence[_Told]]]:
    commits = escalation.references[0] if escalation.references else escalation.commits
    groups = [_told(each, each.name, group_told(each)) for each in escalation.groups]
    yield "dose group", "Dose groups, from the lowest dose on", groups
    staggers = [_told(each, "", stagger_told(each), each.group) for each in escalation.staggers]
    yield "stagger", "Staggered first doses", staggers
    reviews = [
        _told(each, each.name, review_told(each), each.group, people_told(each)) for each in escalation.reviews
    ]
    yield "review", "Reviews of safety data", reviews
    gates = [_told(each, each.name, gate_told(each), each.group) for each in escalation.gates]
    yield "gate", f"Gates: what holds {commits}", gates
    rows = [_told(each, "", row_told(each), each.group) for each in escalation.decisions]
    yield "decision", "Decision table", rows


def _told(entry: Entry, name: str, words: str, group: str = "", people: str = "") -> _Told:
    return _Told(entry.id, name, words, group, people, entry.notes, entry.source, entry.assumed)


def _entries(what: str, title: str, entries: Iterable[_Told], assumptions: Assumptions, width: int) -> Iterator[Text]:
    first = True
    for each in entries:
        if first:
            yield from hanging("", ink((title, "dim")), width, 0)
        first = False
        name = f" ({each.id})" if each.name and each.name != each.id else ""
        within = f", in {each.group}" if each.group else ""
        marks = assumptions.marks(of_entry(what, each.assumed))
        words = ink((each.name or each.id, "bold"), f"{name}{within}: {each.words}", marks)
        yield from hanging("· ", words, width)
        for fact, text in (("who", each.people), ("note", each.notes)):
            if text:
                yield from fact_lines(fact, ink(text), width)
        yield from source_lines([each.source], width)
