"""Minutes inside the chosen days: clock windows, what of them lies on the planned date, and whether all can hold.

The same network as for the days, once more, in minutes (through UTC where a time zone is known). It is a room of its
own because hours are elapsed time and need clock times, while days do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from trialcal.days import Duration, first_minute, last_minute
from trialcal.model import Model
from trialcal.network import Arc, Conflict, Domain, bounds, conflict
from trialcal.protocol import Edge, Offset, OffsetRange, Rule
from trialcal.settle import Settled


class Condition(NamedTuple):
    """`visit` starts between `least` and `most` minutes from a start or end of `other`; None is no bound."""

    visit: int
    other: int
    edge: Edge
    least: int | None
    most: int | None
    label: int


class Clocks(NamedTuple):
    """What is known of the hours, by visit; in minutes.

    `windows` are the protocol's own clock windows (one side may be None), `opens` what of the planned day remains
    when all conditions hold together, where that is less than the day. `known` and `unknown` are the conditions in
    hours whose reference has a clock time, and has none. `contradiction` tells that not all can hold on these days.
    """

    windows: Mapping[int, tuple[int | None, int | None]]
    opens: Mapping[int, tuple[int, int]]
    known: Sequence[Condition]
    unknown: Sequence[Condition]
    contradiction: Conflict | None


NO_CLOCKS = Clocks({}, {}, (), (), None)


def clocks_of(settled: Settled, without: frozenset[int]) -> Clocks:
    """Work out the clock times, `without` the conditions that given dates break anyway or that bind nothing."""
    model = settled.model
    if not model.has_hours:
        return NO_CLOCKS
    conditions = [c for c in conditions_of(model) if c.visit in settled.days and c.other in settled.days]
    windows: dict[int, tuple[int | None, int | None]] = {}
    for condition in conditions:
        moment = model.moments.get((condition.other, condition.edge))
        if moment is not None:
            _narrow(windows, condition, moment)
    unknown = tuple(c for c in conditions if (c.other, c.edge) not in model.moments)
    known = tuple(c for c in conditions if (c.other, c.edge) in model.moments)
    standing = [c for c in conditions if c.label not in without]
    numbers, domains, arcs = _network(settled, standing)
    found = bounds(domains, arcs)
    if found is None:
        wide = ((-(10**12), 10**12),)
        free: list[Domain] = [domain if domain[0][0] == domain[0][1] else wide for domain in domains]
        return Clocks(windows, {}, known, unknown, conflict(domains, arcs, free))
    opens = {}
    told = _connected(model, standing)
    for (i, edge), k in numbers.items():
        if i not in told or (i, "end") in model.moments:
            continue
        low, high = found.earliest[k], found.latest[k]
        day = settled.days[i]
        whole = (first_minute(day, model.zone), last_minute(day, model.zone))
        if edge == "start" and (i in windows or (low, high) != whole) and (i, "start") not in model.moments:
            opens[i] = (low, high)
    return Clocks(windows, opens, known, unknown, None)


def _connected(model: Model, conditions: Sequence[Condition]) -> set[int]:
    """Give the visits that conditions tie, directly or through others, to a known clock time."""
    found = {i for i, _ in model.moments}
    while more := {i for c in conditions if {c.visit, c.other} & found for i in (c.visit, c.other) if i not in found}:
        found |= more
    return found


def conditions_of(model: Model) -> Iterator[Condition]:
    """Give every condition in hours or minutes: of rules, then of timings."""
    for number, gap in enumerate(model.gaps):
        least, most = _minutes(gap.rule)
        if least is not None or most is not None:
            yield Condition(gap.visit, gap.other, gap.rule.other.edge, least, most, model.label_of(number))
    for i, link in enumerate(model.counted):
        visit = model.visit(i)
        at, window = visit.at, visit.window
        if link is None or i in model.dropped or not isinstance(at, (Offset, OffsetRange)):
            continue
        if isinstance(at, OffsetRange):
            least, most = _minutes(at)
        elif at.amount.needs_clock and (window is None or window.lower.needs_clock):
            exact = at.sign * at.amount.minutes
            least = exact - (window.lower.minutes if window else 0)
            most = exact + (window.upper.minutes if window else 0)
        else:
            continue
        if least is not None or most is not None:
            yield Condition(i, link.visit, link.edge, least, most, i)


def _minutes(gap: Rule | OffsetRange) -> tuple[int | None, int | None]:
    """Give the bounds that are in hours as minutes from the reference, negative before it."""
    least, most = _elapsed(gap.least), _elapsed(gap.most)
    if gap.sign > 0:
        return least, most
    return (None if most is None else -most), (None if least is None else -least)


def _elapsed(duration: Duration | None) -> int | None:
    return duration.minutes if duration is not None and duration.needs_clock else None


def _narrow(windows: dict[int, tuple[int | None, int | None]], condition: Condition, known: int) -> None:
    start, end = windows.get(condition.visit, (None, None))
    if condition.least is not None:
        start = max(known + condition.least, start if start is not None else known + condition.least)
    if condition.most is not None:
        end = min(known + condition.most, end if end is not None else known + condition.most)
    windows[condition.visit] = start, end


def _network(
    settled: Settled, conditions: Sequence[Condition]
) -> tuple[Mapping[tuple[int, Edge], int], list[Domain], list[Arc]]:
    """Build the network in minutes: a variable for each start and end that a condition speaks of."""
    model = settled.model
    numbers: dict[tuple[int, Edge], int] = {}
    domains: list[Domain] = []
    arcs: list[Arc] = []
    own = len(model.gaps) + len(model.counted)  # a visit's own start and end: after all rules and windows

    def number(i: int, edge: Edge) -> int:
        if (i, edge) not in numbers:
            numbers[i, edge] = len(domains)
            domains.append(_minutes_of(settled, i, edge))
            if edge == "end":
                start, end = number(i, "start"), numbers[i, "end"]
                lasts = model.visit(i).lasts
                counted = lasts.minutes if lasts and lasts.needs_clock and (i, "end") not in model.moments else 0
                arcs.append(Arc(end, start, counted, label=own + i))
                if counted:
                    arcs.append(Arc(start, end, -counted, label=own + i))
        return numbers[i, edge]

    for condition in conditions:
        visit, other = number(condition.visit, "start"), number(condition.other, condition.edge)
        if condition.least is not None:
            arcs.append(Arc(visit, other, condition.least, label=condition.label))
        if condition.most is not None:
            arcs.append(Arc(other, visit, -condition.most, label=condition.label))
    return numbers, domains, arcs


def _minutes_of(settled: Settled, i: int, edge: Edge) -> Domain:
    model = settled.model
    known = model.moments.get((i, edge))
    if known is not None:
        return ((known, known),)
    first = last = settled.days[i]
    lasts = model.visit(i).lasts
    if edge == "end" and lasts is not None:
        if lasts.needs_clock:
            last += lasts.minutes // 1440 + 1
        else:
            last += model.visit(i).more_days
            first = last
    return ((first_minute(first, model.zone), last_minute(last, model.zone)),)
