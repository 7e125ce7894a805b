"""The network of one subject as it stands: given dates as single days, closures as holes, and what contradicts it.

A room of its own because planning, feasible dates, "why not" and start dates all ask this same network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from trialcal.model import Model
from trialcal.network import Arc, Bounds, Conflict, Domain, bounds, conflict
from trialcal.opening import Opening

# Dates beyond these are no dates of a study; a bound that lies there is none.
HORIZON = (date(1600, 1, 1).toordinal(), date(2600, 1, 1).toordinal())
SENSIBLE = (date(1750, 1, 1).toordinal(), date(2400, 1, 1).toordinal())
ANY_DAY: Domain = (HORIZON,)
NO_DAYS: Mapping[int, int] = MappingProxyType({})
FURTHER = 200  # days beyond the last date that the rules bound, in which an open day is looked for
AROUND = 100  # days around those that the rules leave: a chain that jumps a closure must find the next open day


class Standing(NamedTuple):
    """The network of one subject.

    `wide` are the bounds without closures (None where even so nothing can hold), `hull` the days of each visit within
    which closures were looked for (None: nowhere), `domains` what is left of them. Of the `pins`, those are
    given that are not `asked` about.
    """

    model: Model
    pins: Mapping[int, int]
    arcs: Sequence[Arc]
    domains: list[Domain]
    wide: Bounds | None
    hull: Sequence[tuple[int, int] | None]
    opening: Opening
    asked: frozenset[int] = frozenset()

    def bounds(self) -> Bounds | None:
        """Give the earliest and latest days; None where not all can hold."""
        if self.wide is None or not any(self.hull):
            return self.wide
        return bounds(self.domains, self.arcs)


def hours_of(opening: Opening) -> Opening | None:
    """Give the open days where they have hours: only then does the network in hours depend on them."""
    return opening if opening.has_hours else None


def standing(model: Model, pins: Mapping[int, int], opening: Opening, asked: Mapping[int, int] = NO_DAYS) -> Standing:
    """Put given dates and closures into the network; of visits that are `asked` about, a single day each.

    Conditions between two given dates are left out: these are judged, not planned.
    """
    arcs, domains = _given(model, pins)
    partly = model.known.partly
    for i, day in asked.items():
        domains[i] = ((day, day),)
    pins = {**pins, **asked} if asked else pins
    wide = bounds(domains, arcs)
    hull: list[tuple[int, int] | None] = [None] * len(domains)
    if wide is not None and opening.closes:
        for i, span in _hull(model, pins, wide):
            if i in partly:
                continue
            hull[i] = span
            domains[i] = opening.open_days(model.visit(i), *span)
    return Standing(model, pins, arcs, domains, wide, hull, opening, frozenset(asked))


def _hull(model: Model, pins: Mapping[int, int], wide: Bounds) -> Iterator[tuple[int, tuple[int, int]]]:
    """Give the days of each visit that are left without closures.

    Where these have no end on one side, an open day is looked for in the next 200 days and some more: a site that is
    closed for longer, or closures that never let two visits meet, leave no date. Where they have none on both sides,
    nobody knows yet when the visit will be, and no closure counts.
    """
    ends = [day for side in wide for day in side if SENSIBLE[0] < day < SENSIBLE[1]]
    if not ends:
        return
    further = FURTHER + 7 * len(model.counted)  # each visit of a row may be put off by a closure
    first, last = min(ends) - further, max(ends) + further
    for i, (low, high) in enumerate(zip(*wide, strict=True)):
        has_end = low > SENSIBLE[0] or high < SENSIBLE[1]
        if has_end and i not in pins and i not in model.dropped:
            yield i, (low if low > SENSIBLE[0] else first, high if high < SENSIBLE[1] else last)


def _given(model: Model, pins: Mapping[int, int]) -> tuple[Sequence[Arc], list[Domain]]:
    domains = [ANY_DAY] * len(model.counted)
    for i, day in pins.items():
        domains[i] = ((day, day),)
    partly = model.known.partly
    for i, span in partly.items():
        domains[i] = (span,)
    if len(pins) + len(partly) < 2 and not partly:
        return model.arcs, domains
    unjudged = unjudged_labels(model, pins) | partly.keys()
    known = pins.keys() | partly.keys()
    return [
        arc for arc in model.arcs if (arc.to not in known or arc.frm not in known) and arc.label not in unjudged
    ], domains


def unjudged_labels(model: Model, pins: Mapping[int, int]) -> frozenset[int]:
    """Give the given visits that no window binds: none is stated, and their reference is dated without them.

    Nothing is judged against a window that is not stated, so such a visit moves no other (design, section 3). Where
    it is the only way to a date of the visit that it is counted from, its distance still tells that date.
    """
    found = set()
    for i in pins:
        link = None if model.visit(i).has_window else model.counted[i]
        while link is not None:
            if link.visit in pins:
                found.add(i)
                break
            link = model.counted[link.visit]
    return frozenset(found)


def conflict_of(stands: Standing, about: int = -1) -> Conflict:
    """Find what cannot hold together, within the days that all steps from the given dates can reach.

    Whatever can hold somewhere can hold there; further away, two rules in months that drive each other on would be
    followed for centuries. Of closures only those count that lie where the rules leave dates. The chain ends at the
    visit `about`, where it can.
    """
    pins, domains, arcs = stands.pins, stands.domains, stands.arcs
    reach = reach_of(domains, arcs, min(pins.values(), default=HORIZON[0]))
    low = max(min(pins.values(), default=HORIZON[0]) - reach, HORIZON[0])
    high = min(max(pins.values(), default=HORIZON[1]) + reach, HORIZON[1])
    known = pins.keys() | stands.model.known.partly.keys()
    free: list[Domain] = [domain if i in known else ((low, high),) for i, domain in enumerate(domains)]
    around = [
        free[i] if span is None else _all_around(stands, i, span, low, high) for i, span in enumerate(stands.hull)
    ]
    found = conflict(around, arcs, free, about)
    if found is None:  # no open day is found as far as one is looked for
        hull = [free[i] if span is None else (span,) for i, span in enumerate(stands.hull)]
        found = conflict(domains, arcs, hull, about)
    assert found is not None
    return found


def _all_around(stands: Standing, i: int, span: tuple[int, int], low: int, high: int) -> Domain:
    """Give the open days of a visit, some months on around what the rules leave, and all days further away.

    No day further away is taken to be open on a side where the site is closed for all of these months.
    """
    wide = max(span[0] - AROUND, low), min(span[1] + AROUND, high)
    domain = stands.opening.open_days(stands.model.visit(i), *wide)
    if domain and low < wide[0] and domain[0][0] < span[0]:
        domain = ((low, domain[0][1]), *domain[1:]) if domain[0][0] == wide[0] else ((low, wide[0] - 1), *domain)
    if domain and wide[1] < high and domain[-1][1] > span[1]:
        last = domain[-1]
        domain = (*domain[:-1], (last[0], high)) if last[1] == wide[1] else (*domain, (wide[1] + 1, high))
    return domain


def closures_in(stands: Standing, found: Conflict) -> dict[int, list[int]]:
    """Give the closed days that have a part in a conflict, by visit: those that its rules and windows leave."""
    if not found.own:
        return {}
    labels = set(found.labels)
    known = stands.pins.keys() | stands.model.known.partly.keys()
    free = [domain if i in known else ANY_DAY for i, domain in enumerate(stands.domains)]
    left = bounds(free, [arc for arc in stands.arcs if arc.label in labels])
    closures: dict[int, list[int]] = {}
    for i in found.own:
        span = stands.hull[i]
        if span is not None and left is not None:
            first, last = max(span[0], left.earliest[i]), min(span[1], left.latest[i])
            open_days = {day for a, b in stands.domains[i] for day in range(a, b + 1)}
            closures[i] = [day for day in range(first, last + 1) if day not in open_days]
    return closures


def reach_of(domains: Sequence[Domain], arcs: Sequence[Arc], near: int) -> int:
    """Give a distance that no plan need go beyond: all steps together, taken near a day, and every closure jumped."""
    steps = sum(abs(arc.shift if arc.lift is None else arc.lift(near) - near) + 31 for arc in arcs)
    widest = max((after[0] - before[1] for domain in domains for before, after in pairwise(domain)), default=0)
    return steps + widest * len(domains)
