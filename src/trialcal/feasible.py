"""The dates on which a visit can be so that all the others still can, exactly, and why the site is closed on others.

A room of its own because they are worked out only when somebody asks: the table and JSON do, a calendar does not.
"""

from __future__ import annotations

from datetime import date

from trialcal.hours import conditions_of, minute_network
from trialcal.network import bounds, feasible
from trialcal.settle import Settled
from trialcal.standing import unjudged_labels


class FeasibleDates:
    """What can be asked about the dates of a plan; see `schedule.VisitDates`."""

    def __init__(self, settled: Settled) -> None:
        self.settled = settled
        self._found: dict[str, tuple[date, ...] | None] = {}

    def feasible(self, visit: str) -> tuple[date, ...] | None:
        """Give the dates, ascending, that leave every other visit possible; None where they have no end.

        A given visit has its date, or none where that is closed; one that has no date in the plan has none.
        """
        if visit not in self.settled.model.numbers:
            return None  # it is unscheduled
        if visit not in self._found:
            i = self.settled.model.numbers[visit]
            days = feasible_days(self.settled, i)
            self._found[visit] = None if days is None else tuple(map(date.fromordinal, days))
        return self._found[visit]

    def why_closed(self, visit: str, day: date) -> str | None:
        """Say why a visit cannot start on a day; None where the site is open for it."""
        i = self.settled.model.numbers.get(visit)
        return None if i is None else self.settled.why_closed(i, day.toordinal())


def feasible_days(settled: Settled, i: int) -> list[int] | None:
    """Give the days of a visit that leave every other one possible; None where they have no end.

    Exact in days. In hours, each visit may be at any open minute of its days, or at its known clock time.
    """
    if i in settled.model.dropped:
        return []
    if i in settled.pins:
        return [] if settled.why_closed(i, settled.pins[i]) is not None else [settled.pins[i]]
    if i not in settled.earliest or i not in settled.latest:
        return None
    days = feasible(settled.domains, settled.stands.arcs, i)
    return [day for day in days if leaves_minutes(settled, i, day)]


def leaves_minutes(settled: Settled, i: int, day: int) -> bool:
    """Tell whether the known clock times leave a visit a minute on a day, wherever the others are."""
    model = settled.model
    if not model.moments or not model.has_hours:
        return True
    spans = {j: (first, settled.latest[j]) for j, first in settled.earliest.items() if j in settled.latest}
    spans[i] = (day, day)
    without = unjudged_labels(model, settled.pins)
    open_ones = [
        c
        for c in conditions_of(model)
        if c.visit in spans
        and c.other in spans
        and c.label not in without
        and (c.visit not in settled.pins or c.other not in settled.pins)
    ]
    _, domains, arcs = minute_network(model, spans, open_ones)
    return bounds(domains, arcs) is not None
