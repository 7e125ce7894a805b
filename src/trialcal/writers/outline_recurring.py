"""What the head of a protocol says of its visits: cycles, arms and cohorts, kinds of visits; and the sampling times.

A room of its own because these are not visits, yet say how many there are, who has them and what is done around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from trialcal.protocol import Cycles, Group, Protocol, Timepoints
from trialcal.writers.assumptions import Assumptions
from trialcal.writers.entry_lines import Fact, facts_of, source_lines
from trialcal.writers.page import hanging, heading, ink
from trialcal.writers.phrasing import around_told, names_told, when_told
from trialcal.writers.study_spans import Entry

# --- cycles -----------------------------------------------------------------------------------------------------


def cycles_lines(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Tell the cycles in words: how long, in which rhythm, how many, for whom."""
    shown = [cycles for cycles in protocol.cycles if _is_had(cycles, protocol)]
    if shown:
        yield from heading("Cycles", width)
    for cycles in shown:
        name = ", ".join(cycles.name.replace("{cycle}", str(number)) for number in (1, 2))
        days = f"  ({name} ...; Day 1 is {cycles.prefix}1d1, {cycles.prefix}2d1 ...)"
        told = ink(days, assumptions.marks(cycles.assumed, ("name", "prefix")))
        yield from hanging(ink((cycles.id, "bold")), told, width, 4)
        facts: list[Fact] = [
            ("length", "length", _length_told(cycles)),
            ("first", "first Day 1", when_told(cycles.first)),
            ("rhythm", "rhythm", _RHYTHMS[cycles.rhythm]),
            *_count_facts(cycles, protocol),
            ("until", "until", " or ".join(cycles.until)),
            ("overlaps", "overlaps", cycles.overlaps),
            ("arms", "only arms", groups_told(cycles.arms, protocol.arms)),
            ("cohorts", "only cohorts", groups_told(cycles.cohorts, protocol.cohorts)),
            ("notes", "note", cycles.notes),
        ]
        yield from facts_of(facts, cycles.assumed, assumptions, width)
        yield from source_lines([cycles.source], width)


_RHYTHMS = {
    "fixed": "fixed: all days are counted from Day 1 of the first cycle",
    "re-anchored": "re-anchored: Day 1 is counted from the Day 1 before it, other days from Day 1 of their own cycle",
}


def _is_had(cycles: Cycles, protocol: Protocol) -> bool:
    choices = protocol.choices
    return not (choices.arm and cycles.arms and choices.arm not in cycles.arms) and not (
        choices.cohort and cycles.cohorts and choices.cohort not in cycles.cohorts
    )


def cycle_noun(cycles: Cycles, protocol: Protocol) -> str:
    """Give the word for one of the cycles: `cycle`, `period`; with the group's id where several have that word."""
    noun = " ".join(cycles.name.replace("{cycle}", "").split()).lower()
    several = sum(each.name == cycles.name for each in protocol.cycles) > 1
    return f"{cycles.id} {noun}" if several else noun


def _length_told(cycles: Cycles) -> str:
    least, most = cycles.length, cycles.most
    if most is None:
        told = f"at least {least}"
    elif most == least:
        told = str(least)
    else:
        told = f"{least.count}-{most}" if least.unit == most.unit else f"{least} to {most}"
    return f"{told} from one Day 1 to the next"


def _count_facts(cycles: Cycles, protocol: Protocol) -> Iterator[Fact]:
    """Say how many there are, or that nobody knows and how many are planned here."""
    repeated = protocol.repeated.get(cycles.id)
    planned = repeated.count if repeated is not None else 0
    least, most = cycles.least_count, cycles.most_count
    if least is None or most is None:
        yield "count", "how many", "not known beforehand"
    else:
        yield "count", "how many", str(most) if least == most else f"{least} to {most}"
    if repeated is not None and repeated.by_user:
        yield "horizon", "planned", f"{planned}, as chosen with --cycles"
    elif least is None or least != most:
        yield "horizon", "planned", f"{planned}; --cycles {cycles.id}=N plans N"


# --- arms and cohorts -------------------------------------------------------------------------------------------


def groups_lines(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Name the arms and the cohorts; which visits only some of them have is told with the visits."""
    for what, groups in (("Arms", protocol.arms), ("Cohorts", protocol.cohorts)):
        if groups:
            yield from heading(what, width)
        for group in groups:
            option = f"--{what.lower().removesuffix('s')} {group.id}"
            told = ink((group.name, "bold"), assumptions.marks(group.assumed), (f"  {option}", "dim"))
            yield from hanging("· ", told, width)
            yield from source_lines([group.source], width)


def groups_told(names: Sequence[str], groups: Sequence[Group]) -> str:
    """Name some arms or cohorts by their ids, with what they are called."""
    called = {group.id: group.name for group in groups}
    return ", ".join(name if called.get(name, name) == name else f"{name} ({called[name]})" for name in names)


# --- kinds of visits --------------------------------------------------------------------------------------------


def types_lines(protocol: Protocol, assumptions: Assumptions, width: int) -> Iterator[Text]:
    """Tell the kinds of visits that the file declares, and what a day off the target costs."""
    if protocol.types:
        yield from heading("Types of visits", width)
    for kind in protocol.types.values():
        weight = f": a day off its target counts {kind.weight} times" if kind.weight != 1 else ""
        words = ink((kind.name, "bold"), f" ({kind.id}){weight}", assumptions.marks(kind.assumed))
        yield from hanging("· ", words, width)
        yield from source_lines([kind.source], width)


# --- times around visits ----------------------------------------------------------------------------------------


def timepoints_lines(
    protocol: Protocol, entries: Sequence[Entry], assumptions: Assumptions, width: int
) -> Iterator[Text]:
    """Tell the times around the clock times of visits, each entry in a paragraph."""
    if protocol.timepoints:
        yield from heading("Times around the clock time of a visit", width)
    for timepoints in protocol.timepoints:
        name = ink("  ", timepoints.name, assumptions.marks(timepoints.assumed, ("name",)))
        yield from hanging(ink((timepoints.id, "bold")), name, width, 4)
        facts: list[Fact] = [
            ("visit", "around", _around_told(timepoints, entries)),
            ("at", "at", around_told(timepoints.at)),
            ("window", "window", str(timepoints.window) if timepoints.window is not None else ""),
            ("activities", "activities", "; ".join(timepoints.activities)),
            ("applies_to", "applies to", timepoints.applies_to),
            ("notes", "note", timepoints.notes),
        ]
        yield from facts_of(facts, timepoints.assumed, assumptions, width)
        yield from source_lines([timepoints.source], width)


def _around_told(timepoints: Timepoints, entries: Sequence[Entry]) -> str:
    """Name the visits, an entry of cycles or a type with what it stands for: `each dose (c1d1 ... c6d1)`."""
    labels = {entry.id: entry.label for entry in entries if entry.recurs}
    told = []
    for reference in timepoints.visits:
        words = str(reference)
        meant = labels.get(words) or names_told(list(reference.members))
        told.append(f"{words} ({meant})" if meant and meant != words else words)
    return ", ".join(told)
