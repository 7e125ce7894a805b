"""Cycles written out: each visit of a cycle becomes one visit for each cycle that has it, counted from a Day 1.

A room of its own because here, and nowhere else, it is decided what a day of a cycle is counted from: on a fixed
rhythm from Day 1 of the first cycle, in one step; on a re-anchored one from Day 1 of its own cycle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from trialcal.days import Duration
from trialcal.problems import Report
from trialcal.protocol import Choices, Cycles, Repeated, Visit
from trialcal.timing import InCycles, Offset, OffsetRange, OnDay, Reference, Timing

USUAL_HORIZON = 6  # cycles that are planned where nobody knows how many there will be and the file does not say


class Counted(NamedTuple):
    """Cycles with their number for one subject."""

    cycles: Cycles
    repeated: Repeated

    @property
    def numbers(self) -> range:
        """The numbers of the cycles that are planned."""
        first = self.cycles.numbered_from
        return range(first, first + self.repeated.count)

    @property
    def days(self) -> int:
        """The (shortest) length in days."""
        assert self.cycles.length.days is not None
        return self.cycles.length.days


def count_cycles(cycles: Cycles, choices: Choices) -> Counted:
    """Say how many cycles are planned, and whether that is all."""
    chosen = dict(choices.counts).get(cycles.id)
    least, most = cycles.least_count, cycles.most_count
    is_open = chosen is None and (most is None or least != most)
    asked = dict(choices.horizons).get(cycles.id) or cycles.horizon
    usual = asked or USUAL_HORIZON
    count = chosen or (usual if most is None else min(most, asked or most))
    return Counted(
        cycles, Repeated(cycles.id, f"cycles of {cycles.id}", count, is_open, cycles.until, chosen is not None)
    )


def group_of(visit: Visit, groups: Mapping[str, Counted]) -> Counted | None:
    """Give the cycles of a visit; where the file has one group only, it need not be named."""
    assert isinstance(visit.at, InCycles)
    if not visit.at.group and len(groups) == 1:
        return next(iter(groups.values()))
    return groups.get(visit.at.group)


def chosen_cycles(visit: Visit, group: Counted) -> list[int]:
    """Give the cycles, counted from 1, that have a visit."""
    assert isinstance(visit.at, InCycles)
    selections = visit.at.selections
    return [n for n in group.numbers if any(selection.has(n) for selection in selections)]


def in_cycles(visits: Sequence[Visit], group: Counted, report: Report) -> list[Visit]:
    """Write out the visits of one entry, a visit for each of its days, in the order of the cycles and days."""
    cycles = group.cycles
    found: list[Visit] = []
    for cycle in chosen_cycles(visits[0], group):
        for visit in visits:
            if not any(selection.has(cycle) for selection in _in(visit).selections):
                continue
            at = _timing(visit, cycle, group, report)
            label = _label(visit, cycle, cycles, len(visits) > 1)
            found.append(
                replace(
                    visit,
                    id=label.lower().replace(" ", "-") if label else visit.id,
                    at=at,
                    name=_named(visit.name, visit, cycle, cycles, len(found) + 1),
                    short=_named(visit.short, visit, cycle, cycles, len(found) + 1),
                    nth=len(found) + 1,
                    repeats=cycles.id,
                    turn=cycle - cycles.numbered_from + 1,
                    until=tuple(dict.fromkeys((*visit.until, *cycles.until))),
                    arms=visit.arms or cycles.arms,
                    cohorts=visit.cohorts or cycles.cohorts,
                    notes="; ".join(text for text in (visit.notes, cycles.notes) if text),
                )
            )
    return found


def _in(visit: Visit) -> InCycles:
    assert isinstance(visit.at, InCycles)
    return visit.at


def shown_day(visit: Visit, cycle: int, cycles: Cycles) -> str:
    """Give the field's short name of a day in a cycle: `C2D8`; for a range of days `C2`."""
    at = _in(visit)
    day = "" if at.last is not None else f"D{at.first}"
    return f"{cycles.prefix.upper()}{cycle}{day}"


def _label(visit: Visit, cycle: int, cycles: Cycles, several: bool) -> str:
    at = _in(visit)
    if at.last is None and not visit.by_entry:
        return shown_day(visit, cycle, cycles)
    day = f"d{at.first}" if several else ""
    return f"{visit.entry}-{cycles.prefix}{cycle}{day}"


def _named(name: str, visit: Visit, cycle: int, cycles: Cycles, nth: int) -> str:
    """Put the cycle and day into a name, or behind it; without a name the day's short name is the name."""
    shown = shown_day(visit, cycle, cycles)
    if not name:
        return shown
    told = name.replace("{cycle}", str(cycle)).replace("{day}", str(_in(visit).first)).replace("{n}", str(nth))
    return f"{name} {shown}" if told == name else told


# --- what a day is counted from -----------------------------------------------------------------------------------


def _timing(visit: Visit, cycle: int, group: Counted, report: Report) -> Timing:
    at, cycles = _in(visit), group.cycles
    is_fixed, first = cycles.rhythm == "fixed", cycles.numbered_from
    if _is_first(visit) and cycle == first:
        return cycles.first
    if _is_first(visit) and not is_fixed:
        return _next_first(cycle, group, visit)
    base = f"{cycles.prefix}{first if is_fixed else cycle}d1"
    before = (cycle - first) * group.days if is_fixed else 0
    reference = Reference(base, (), place=visit.at_place)
    low = before + _days(at.first)
    if at.last is None:
        return Offset(Duration(abs(low), "days"), -1 if low < 0 else 1, reference)
    high = before + _days(at.last)
    if low < 0 < high:
        hint = "write two visits, one before and one from Day 1 on"
        report.error(visit.at_place, "bad-timing", "this range of days begins before Day 1 and ends after it", hint)
        return OnDay(1)
    near, far = sorted((abs(low), abs(high)))
    return OffsetRange(Duration(near, "days"), Duration(far, "days"), -1 if low < 0 else 1, reference)


def _next_first(cycle: int, group: Counted, visit: Visit) -> Offset | OffsetRange:
    """Count Day 1 of a cycle from the Day 1 before it."""
    cycles = group.cycles
    reference = Reference(f"{cycles.prefix}{cycle - 1}d1", (), place=visit.at_place)
    if cycles.most == cycles.length:
        return Offset(cycles.length, 1, reference)
    return OffsetRange(cycles.length, cycles.most, 1, reference)


def _days(day: int) -> int:
    """Count the days from Day 1 of a cycle; the day before it is Day -1."""
    return day - 1 if day > 0 else day


def may_come(name: str, visits: Sequence[Visit], group: Counted) -> bool:
    """Tell whether an id is that of a visit in a cycle that is not planned, but may come."""
    cycles = group.cycles
    for visit in visits:
        at = _in(visit)
        pattern = rf"{visit.entry}-{cycles.prefix}([0-9]{{1,5}})(?:d{at.first})?"
        if at.last is None and not visit.by_entry:
            pattern = rf"{cycles.prefix}([0-9]{{1,5}})d{at.first}"
        found = re.fullmatch(pattern, name)
        if found and int(found[1]) > group.numbers[-1] and any(each.has(int(found[1])) for each in at.selections):
            end = cycles.most_count and cycles.numbered_from + cycles.most_count - 1
            return not end or int(found[1]) <= end
    return False


# --- what must be so ------------------------------------------------------------------------------------------------


def check_cycles(group: Counted, members: Sequence[Visit], report: Report) -> set[str]:
    """Report days beyond the length, cycles that there are not, and missing first days; give the ids of these."""
    cycles = group.cycles
    if not members:
        report.warning(cycles.place, "no-visits", f"no visit is in `{cycles.id}`", f"add `in: {cycles.id} cycle 1`")
        return set()
    for visit in members:
        at = _in(visit)
        last = at.first if at.last is None else at.last
        if last > group.days and not cycles.overlaps:
            hint = "correct the day; if cycles overlap on purpose, say why: `overlaps: ...` in the cycles"
            message = f"Day {last} lies beyond the {cycles.length} of a cycle"
            report.error(visit.at_place, "beyond-cycle", message, hint)
        end = cycles.most_count and cycles.numbered_from + cycles.most_count - 1
        beyond = [each.first for each in at.selections if end and each.first > end]
        early = [each.last for each in at.selections if each.last and each.last < cycles.numbered_from]
        if early:
            message = f"there is no cycle {early[0]}: `{cycles.id}` begins with cycle {cycles.numbered_from}"
            report.error(visit.at_place, "no-such-cycle", message, "correct the cycle, or `numbered_from`")
        if beyond:
            message = f"there is no cycle {beyond[0]}: `{cycles.id}` has {cycles.most_count}"
            report.error(visit.at_place, "no-such-cycle", message, "correct the cycle, or the `count`")
    return _check_first_days(group, members, report)


def _check_first_days(group: Counted, members: Sequence[Visit], report: Report) -> set[str]:
    cycles = group.cycles
    have = {n for visit in members if _is_first(visit) for n in chosen_cycles(visit, group)}
    needed = group.numbers[:1] if cycles.rhythm == "fixed" else group.numbers
    lacking = [n for n in needed if n not in have]
    if lacking:
        message = f"cycle {lacking[0]} of `{cycles.id}` has no visit on Day 1, from which the others are counted"
        hint = "add a visit with `at: Day 1` in that cycle"
        report.error(cycles.place, "no-first-day", message, hint)
    return {f"{cycles.prefix}{n}d1" for n in lacking}


def _is_first(visit: Visit) -> bool:
    return _in(visit).first == 1 and _in(visit).last is None and not visit.by_entry


def windowless(visits: Sequence[Visit], anchor: str, report: Report) -> Iterator[Visit]:
    """Take the window off the anchor, and off a first day that is no target itself."""
    told = set()
    for visit in visits:
        has_target = isinstance(visit.at, (OnDay, Offset))
        is_first_day = visit.nth == 1
        if visit.window is None or (has_target and visit.id != anchor):
            yield visit
            continue
        if visit.id != anchor and not is_first_day and visit.entry not in told:
            message = f"a window needs a target, and {visit.id} has none"
            report.error(visit.place, "no-target", message, "give that visit an entry of its own without `window`")
            told.add(visit.entry)
        yield replace(visit, window=None)
