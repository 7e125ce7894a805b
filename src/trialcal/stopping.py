"""Which visits a subject's hold, delay or stop speaks of, by their ids, series, types or epochs.

A room of its own because the planner and whoever checks a subject's file must mean the same visits by a name.
"""

from __future__ import annotations

from collections.abc import Collection

from trialcal.protocol import Protocol, Visit
from trialcal.subject import Discontinued


def is_named(visit: Visit, names: Collection[str]) -> bool:
    """Tell whether a visit is one of those that are named: by its id, its entry (a series), or its type."""
    return visit.id in names or (visit.entry or visit.id) in names or (bool(visit.type) and visit.type in names)


def falls_away(visit: Visit, stop: Discontinued) -> bool:
    """Tell whether a visit does not take place once it was stopped."""
    if is_named(visit, stop.kept) or (visit.epoch and visit.epoch in stop.kept):
        return False
    return "all" in stop.visits or is_named(visit, stop.visits) or bool(visit.epoch and visit.epoch in stop.visits)


def is_said_of_it(visit: Visit, stop: Discontinued) -> bool:
    """Tell whether it is said of the visit itself that it falls away, and not only of its epoch or of all."""
    return falls_away(visit, stop) and is_named(visit, stop.visits)


def named_visits(protocol: Protocol, names: Collection[str]) -> frozenset[int]:
    """Give the visits, by index, that some names speak of."""
    return frozenset(i for i, visit in enumerate(protocol.visits) if is_named(visit, names))
