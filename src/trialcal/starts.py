"""Start dates with their verdicts: on target, within the windows, or impossible, and what each of them costs.

A room of its own because it looks at many dates and tells little of each: a plan is made to the first conflict only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from trialcal.horizon import settled_to_the_end
from trialcal.judge import faults
from trialcal.opening import opening_of
from trialcal.protocol import Protocol
from trialcal.settle import Dropped, Settled
from trialcal.site import Site
from trialcal.standing import closures_in
from trialcal.subject import Subject
from trialcal.telling import conflict_told, day_told, window_told

Verdict = Literal["on-target", "in-window", "impossible"]
VERDICTS: tuple[Verdict, ...] = ("on-target", "in-window", "impossible")


class Moved(NamedTuple):
    """A visit that is planned off its target."""

    visit: str
    target: date
    planned: date

    @property
    def days(self) -> int:
        """How many days after its target it is planned; negative before."""
        return (self.planned - self.target).days


class Start(NamedTuple):
    """A start date and what follows from it.

    `cost` is the total distance from the targets, each day weighted. `reason` says why it is impossible, and is empty
    otherwise; `visits` are those that it concerns.
    """

    day: date
    verdict: Verdict
    moved: tuple[Moved, ...] = ()
    cost: int = 0
    reason: str = ""
    visits: tuple[str, ...] = ()

    @property
    def days_moved(self) -> int:
        """By how many days visits are moved in total."""
        return sum(abs(each.days) for each in self.moved)


class Starts(NamedTuple):
    """The verdicts on a range of dates, both ends inclusive, as the start of a protocol (the date of `visit`).

    `starts` are in the order of their dates. Only some weekdays may have been asked for (`weekdays`, Monday is 0;
    empty for all).
    """

    protocol: Protocol
    subject: Subject
    site: Site
    visit: str
    first: date
    last: date
    starts: tuple[Start, ...]
    weekdays: frozenset[int] = frozenset()

    def count(self, verdict: Verdict) -> int:
        """Count the dates with a verdict."""
        return sum(1 for start in self.starts if start.verdict == verdict)

    @property
    def any_works(self) -> bool:
        """Whether any of the dates works."""
        return any(start.verdict != "impossible" for start in self.starts)


def starts_of(protocol: Protocol, subject: Subject, site: Site, visit: str, days: Iterable[date]) -> Iterator[Start]:
    """Give the verdict on each day as the date of a visit, besides the dates that the subject has anyway.

    Raises KeyError where there is no such visit.
    """
    started = protocol.by_id[visit]
    opening = opening_of(site)
    for day in days:
        reason = opening.why_closed(started, day.toordinal()) if opening.closes else None
        if reason is not None:
            told = f"{visit} cannot be on {day_told(day.toordinal())}: closed"
            yield Start(day, "impossible", reason=f"{told} ({reason})" if reason else told, visits=(visit,))
        else:
            settled, _ = settled_to_the_end(protocol, subject.placed(visit, day), site, for_verdict=True)
            yield _start(day, settled)


def best_first(starts: Iterable[Start]) -> list[Start]:
    """Put starts in order: by verdict, then by what they cost, then by date."""
    return sorted(starts, key=lambda start: (VERDICTS.index(start.verdict), start.cost, start.day))


def _start(day: date, settled: Settled) -> Start:
    if settled.dropped:
        first = settled.dropped[0]
        name = first.model.visit(first.visit).id
        return Start(day, "impossible", reason=reason_of(settled, first), visits=(name,))
    broken = next(faults(settled), None)
    if broken is not None:
        return Start(day, "impossible", reason=broken.message, visits=broken.visits)
    moved = tuple(sorted(moves_of(settled), key=lambda each: (each.planned, each.visit)))
    return Start(day, "in-window" if moved else "on-target", moved, cost_of_moves(settled, moved))


def cost_of_moves(settled: Settled, moved: Iterable[Moved]) -> int:
    """Give the weighted distance of visits from their targets, in days."""
    model = settled.model
    return sum(abs(each.days) * model.visit(model.numbers[each.visit]).weight for each in moved)


def moves_of(settled: Settled) -> Iterator[Moved]:
    """Give the visits that are planned off their targets; given dates are not planned, a date asked about is."""
    model, days, given = settled.model, settled.days, settled.pins.keys() - settled.stands.asked
    for i, day in days.items():
        link = model.counted[i]
        if link is None or link.target is None or i in given or link.visit not in days:
            continue
        other = days[link.visit]
        target = link.target.apply(other)
        first, last = (step.apply(other) for step in link.exact or (link.target, link.target))
        if first <= day <= last:  # on target, or where hours from an unknown clock time may lead
            continue
        yield Moved(model.visit(i).id, date.fromordinal(target), date.fromordinal(day))


def reason_of(settled: Settled, dropped: Dropped) -> str:
    """Say in one sentence why a visit has no date."""
    model = dropped.model
    name = model.visit(dropped.visit).id
    closures = closures_in(dropped.stands, dropped.conflict)
    days = closures.get(dropped.visit, [])
    if days and dropped.conflict.own == (dropped.visit,):
        why = "; ".join(dict.fromkeys(filter(None, (settled.why_closed(dropped.visit, day) for day in days))))
        told = day_told(days[0]) if len(days) == 1 else f"{day_told(days[0])} to {day_told(days[-1])}"
        return f"{name} can only be on {told} ({window_told(model.visit(dropped.visit))}): closed ({why})"
    return f"{name} has no date: {conflict_told(model, dropped.conflict, closures, settled.why_closed)}"
