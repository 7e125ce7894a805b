"""Minutes inside the chosen days: clock windows, what of them lies on the planned date, and whether all can hold.

The same network as for the days, once more, in minutes (through UTC where a time zone is known). It is a room of its
own because hours are elapsed time and need clock times, while days do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trialcal.days import first_minute, last_minute
from trialcal.hours import Condition, conditions_of, minute_network
from trialcal.model import Model
from trialcal.network import Conflict, Domain, bounds, conflict
from trialcal.settle import Settled


class Clocks(NamedTuple):
    """What is known of the hours, by visit; in minutes.

    `windows` are the protocol's own clock windows (one side may be None), `opens` what of the planned day remains
    when all conditions hold together, where that is less than the day. `known` and `unknown` are the conditions in
    hours whose reference has a clock time, and has none. `contradiction` tells that not all can hold on these days;
    its variables are the starts and ends of `visits`.
    """

    windows: Mapping[int, tuple[int | None, int | None]]
    opens: Mapping[int, tuple[int, int]]
    known: Sequence[Condition]
    unknown: Sequence[Condition]
    contradiction: Conflict | None
    visits: tuple[int, ...] = ()


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
    spans = {i: (day, day) for i, day in settled.days.items()}
    numbers, domains, arcs = minute_network(model, spans, standing)
    found = bounds(domains, arcs)
    if found is None:
        wide = ((-(10**12), 10**12),)
        free: list[Domain] = [domain if domain[0][0] == domain[0][1] else wide for domain in domains]
        visits = tuple(i for i, _ in sorted(numbers, key=lambda edge: numbers[edge]))
        return Clocks(windows, {}, known, unknown, conflict(domains, arcs, free), visits)
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


def _narrow(windows: dict[int, tuple[int | None, int | None]], condition: Condition, known: int) -> None:
    start, end = windows.get(condition.visit, (None, None))
    if condition.least is not None:
        start = max(known + condition.least, start if start is not None else known + condition.least)
    if condition.most is not None:
        end = min(known + condition.most, end if end is not None else known + condition.most)
    windows[condition.visit] = start, end
