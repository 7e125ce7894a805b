"""The best of the possible days: the plan nearest to all targets, then ranges at the end that the protocol prefers.

A room of its own because which days are possible is one question, and which of them is planned another (design, 4.8
and 4.9).
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from trialcal.model import Model
from trialcal.network import Arc, Bounds, Domain, Term, best, both_best, bounds, least
from trialcal.standing import reach_of
from trialcal.timing import DayRange, OffsetRange, Pending


def forced_visits(model: Model, pins: Mapping[int, int], found: Bounds) -> frozenset[int]:
    """Give the anchor where nobody dated it, but the given dates leave it one single day."""
    anchor = model.numbers[model.protocol.anchor]
    known = anchor in pins or anchor in model.known.partly
    if known or model.counted[anchor] is not None or isinstance(model.visit(anchor).at, Pending):
        return frozenset()
    return frozenset({anchor}) if found.earliest[anchor] == found.latest[anchor] else frozenset()


def rooted_visits(model: Model, pins: Mapping[int, int], forced: frozenset[int]) -> dict[int, int]:
    """Give the visits that can be planned, those counted from a dated one, each with its stage.

    The stage is how many ranges lie between it and the given dates: a range is settled after the targets before it.
    """
    stages: dict[int, int] = {}
    for i in model.order:
        link = model.counted[i]
        if i in pins or i in forced:
            stages[i] = 0
        elif i not in model.dropped and i not in model.known.partly and link is not None and link.visit in stages:
            stages[i] = stages[link.visit] + (link.target is None)
    return stages


def best_days(
    model: Model,
    pins: Mapping[int, int],
    domains: list[Domain],
    arcs: Sequence[Arc],
    stages: Mapping[int, int],
    found: Bounds,
    given: Container[int],
) -> tuple[dict[int, int], dict[int, int]]:
    """Give the best day of every visit that can be planned, and the ties.

    How far a given visit is off its target counts nothing: no other leaves its own target to follow it.
    """
    if not stages:
        return {}, {}
    target_arcs = [arc for arc in model.target_arcs if arc.label in stages and arc.label not in given]
    usual = [arc for arc in model.usual_arcs if arc.to in stages and arc.frm in stages]
    on_target = [*arcs, *target_arcs, *usual]
    first = least(domains, on_target)
    if first is None and usual:
        on_target = [*arcs, *target_arcs]
        first = least(domains, on_target)
    late = [i for i in stages if is_range(model, i) and is_late(model, i) and i not in pins]
    if first is not None and not late:
        return {i: first[i] for i in stages}, {}
    terms = [term for term in model.terms if term.i in stages and term.i not in given]
    domains = _narrowed(domains, arcs, found, stages)
    if first is not None:
        return _Choice(domains, on_target, terms, True, model).choose(stages, pins)
    if usual and _costs(domains, [*arcs, *usual], terms) == _costs(domains, arcs, terms):
        arcs = [*arcs, *usual]
    return _Choice(domains, arcs, terms, False, model).choose(stages, pins)


def _costs(domains: Sequence[Domain], arcs: Sequence[Arc], terms: Sequence[Term]) -> int | None:
    cheapest = best(domains, arcs, terms)
    return None if cheapest is None else cheapest.cost


def is_late(model: Model, i: int) -> bool:
    """Tell whether a range is planned at its end: as the file says, or where it has no beginning."""
    link = model.counted[i]
    return model.visit(i).prefer == "latest" or (link is not None and link.target is None and link.low is None)


def is_range(model: Model, i: int) -> bool:
    """Tell whether a visit is at a range: it has a window, and no target."""
    return isinstance(model.visit(i).at, (OffsetRange, DayRange))


class _Choice:
    """One choice among the best plans, stage by stage: targets late (or early), then ranges, late ones first."""

    def __init__(
        self, domains: list[Domain], arcs: Sequence[Arc], terms: Sequence[Term], all_on_target: bool, model: Model
    ) -> None:
        self.domains = domains
        self.arcs = arcs
        self.terms = terms
        self.all_on_target = all_on_target
        self.model = model

    def choose(self, stages: Mapping[int, int], pins: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
        """Give the day of every staged visit, and for each visit with a tie the other day."""
        late_first = self.model.protocol.on_tie == "later"
        tied: dict[int, int] = {}
        for stage in range(max(stages.values()) + 1):
            here = [i for i in stages if stages[i] == stage]
            ranges = [i for i in here if is_range(self.model, i)]
            self._fix([i for i in ranges if is_late(self.model, i)], latest=True)
            self._fix([i for i in ranges if not is_late(self.model, i)], latest=False)
            targets = [i for i in here if i not in ranges]
            other = self._fix(targets, latest=late_first)
            tied.update({i: day for i, day in other.items() if i not in pins})
        return {i: self.domains[i][0][0] for i in stages}, tied

    def _fix(self, visits: Sequence[int], *, latest: bool) -> dict[int, int]:
        """Fix visits at the latest (earliest) of the best plans; give those for which another day was as good."""
        if not visits:
            return {}
        early, late = self._solve()
        chosen, others = (late, early) if latest else (early, late)
        for i in visits:
            self.domains[i] = ((chosen[i], chosen[i]),)
        return {i: others[i] for i in visits if others[i] != chosen[i]}

    def _solve(self) -> tuple[list[int], list[int]]:
        """Give the earliest and the latest of the best plans."""
        if self.all_on_target:
            found: tuple[list[int], list[int]] | None = bounds(self.domains, self.arcs)
        else:
            found = both_best(self.domains, self.arcs, self.terms)
        assert found is not None
        return found


def _narrowed(
    domains: Sequence[Domain], arcs: Sequence[Arc], found: Bounds, stages: Mapping[int, int]
) -> list[Domain]:
    """Cut the domains of visits without a date to a hull in which they surely have a place if they have any.

    Whatever they are bound to is within the planned visits' bounds, and no further away than all steps together.
    """
    low = min(found.earliest[i] for i in stages)
    high = max(found.latest[i] for i in stages)
    reach = reach_of(domains, arcs, low)
    return [domain if i in stages else cut_to(domain, low - reach, high + reach) for i, domain in enumerate(domains)]


def cut_to(domain: Domain, low: int, high: int) -> Domain:
    """Give what of a domain lies between two values, both inclusive."""
    cut = ((max(first, low), min(last, high)) for first, last in domain)
    return tuple((first, last) for first, last in cut if first <= last)
