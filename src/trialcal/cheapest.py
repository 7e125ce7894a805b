"""The plan of least cost: what a plan costs, and which part of the network its price depends on.

A room of its own because it is the only place that knows about targets and weights. Bounds narrow the network to
what plans of least cost can use; `mincut` chooses among the rest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from trialcal.mincut import Nodes, Zone, least_cut
from trialcal.propagation import Arc, Domain, Lift, at_least, climb, downward, settle, upward


class Term(NamedTuple):
    """One part of a plan's cost, never negative.

    Without `ref`: `weight * |x[i] - target|`. With it: `weight * |x[i] - lift(x[ref])|`, or, where `lift` is None,
    `weight * |x[i] - (x[ref] + shift)|`. Where `cost` is given, `cost(x[i])` instead, and nothing else counts.
    """

    i: int
    weight: int
    target: int = 0
    ref: int = -1
    lift: Lift | None = None
    shift: int = 0
    cost: Callable[[int], int] | None = None


class Best(NamedTuple):
    """A plan of least cost. `tied`: the variables that differ between the earliest and the latest of these plans."""

    values: list[int]
    cost: int
    tied: tuple[int, ...]


def best(domains: Sequence[Domain], arcs: Sequence[Arc], terms: Sequence[Term], latest: bool = True) -> Best | None:
    """Give the latest (or the earliest) of all solutions of least cost; None where there is no solution.

    The solutions of least cost have one that is the latest in every variable, and one that is the earliest.

    >>> best([((1, 9),), ((1, 9),)], [Arc(to=1, frm=0, shift=3)], [Term(0, 1, 4), Term(1, 1, 5)])
    Best(values=[4, 7], cost=2, tied=(0, 1))
    """
    both = both_best(domains, arcs, terms)
    if both is None:
        return None
    early, late = both
    values = late if latest else early
    tied = tuple(i for i, (a, b) in enumerate(zip(early, late, strict=True)) if a != b)
    return Best(values, cost_of(terms, values), tied)


def cost_of(terms: Iterable[Term], values: Sequence[int]) -> int:
    """Give what a plan costs."""
    return sum(_cost_of(term, values) for term in terms)


def both_best(
    domains: Sequence[Domain], arcs: Sequence[Arc], terms: Sequence[Term]
) -> tuple[list[int], list[int]] | None:
    """Give the earliest and the latest of all solutions of least cost; None where there is no solution."""
    up, down = upward(domains, arcs), downward(domains, arcs)
    lows = None if up is None else settle(up)
    mirrored = None if down is None or lows is None else settle(down)
    if up is None or down is None or lows is None or mirrored is None:
        return None
    zone = Zone(domains, up, down, lows, [-value for value in mirrored])
    costs = _sorted_costs(terms, zone)
    both = _all_at_their_best(arcs, zone, costs) if costs.pairs else None
    if both:
        return both
    parts = parts_of(arcs, terms, zone.lows, zone.highs)
    return _part_by_part(zone, arcs, terms, parts) if len(parts) > 1 else _cut_best(zone, costs)


def _part_by_part(
    zone: Zone, arcs: Sequence[Arc], terms: Sequence[Term], parts: Sequence[Sequence[int]]
) -> tuple[list[int], list[int]]:
    """Give the earliest and the latest plan of least cost, found for each part of the network by itself.

    Variables with one value left belong to every part that they are tied to: they tie none to another.
    """
    part_of = {i: number for number, part in enumerate(parts) for i in part}
    arcs_of: list[list[Arc]] = [[] for _ in parts]
    terms_of: list[list[Term]] = [[] for _ in parts]
    for arc in arcs:
        number = part_of.get(arc.to, part_of.get(arc.frm))
        if number is not None:
            arcs_of[number].append(arc)
    for term in terms:
        number = part_of.get(term.i, part_of.get(term.ref))
        if number is not None:
            terms_of[number].append(term)
    early, late = list(zone.lows), list(zone.lows)
    for part, its_arcs, its_terms in zip(parts, arcs_of, terms_of, strict=True):
        members = sorted({*part, *(i for arc in its_arcs for i in (arc.to, arc.frm)), *_tied_to(its_terms)})
        place = {i: at for at, i in enumerate(members)}
        domains = [_cut_to(zone.domains[i], zone.lows[i], zone.highs[i]) for i in members]
        both = both_best(
            domains,
            [arc._replace(to=place[arc.to], frm=place[arc.frm]) for arc in its_arcs],
            [term._replace(i=place[term.i], ref=place.get(term.ref, -1)) for term in its_terms],
        )
        assert both is not None
        for i in part:
            early[i], late[i] = both[0][place[i]], both[1][place[i]]
    return early, late


def _tied_to(terms: Iterable[Term]) -> set[int]:
    return {i for term in terms for i in (term.i, term.ref) if i >= 0}


def parts_of(
    arcs: Iterable[Arc], terms: Iterable[Term], lows: Sequence[int], highs: Sequence[int]
) -> list[list[int]]:
    """Give the variables that have more than one value left, in groups that nothing ties to each other.

    >>> parts_of([Arc(to=1, frm=0, shift=3), Arc(to=2, frm=1, shift=3)], (), (1, 5, 1, 1), (9, 5, 9, 9))
    [[0], [2], [3]]
    """
    parent = list(range(len(lows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    ties = [(arc.to, arc.frm) for arc in arcs] + [(term.i, term.ref) for term in terms if term.ref >= 0]
    for i, j in ties:
        if lows[i] != highs[i] and lows[j] != highs[j]:
            parent[root(i)] = root(j)
    parts: dict[int, list[int]] = {}
    for i in range(len(lows)):
        if lows[i] != highs[i]:
            parts.setdefault(root(i), []).append(i)
    return list(parts.values())


def _cost_of(term: Term, values: Sequence[int]) -> int:
    at = values[term.i]
    if term.cost is not None:
        return term.cost(at)
    aim = term.target if term.ref < 0 else _aim(term, values[term.ref])
    return term.weight * abs(at - aim)


def _aim(term: Term, at: int) -> int:
    return at + term.shift if term.lift is None else term.lift(at)


class _Costs(NamedTuple):
    """Costs of one variable alone, as (weight, target) and as functions, and terms between two open variables."""

    targets: dict[int, list[tuple[int, int]]]
    tables: dict[int, list[Lift]]
    pairs: list[Term]

    def of(self, i: int, values: Iterable[int]) -> list[int]:
        targets, tables = self.targets.get(i, ()), self.tables.get(i, ())
        return [sum(w * abs(v - t) for w, t in targets) + sum(table(v) for table in tables) for v in values]

    def owners(self) -> list[int]:
        return sorted({*self.targets, *self.tables})


def _sorted_costs(terms: Iterable[Term], zone: Zone) -> _Costs:
    """Sort the terms by kind; a term whose other end has one value left is a term of one variable."""
    costs = _Costs({}, {}, [])
    lows, highs = zone.lows, zone.highs
    for term in terms:
        i, weight, target, ref, _, _, cost = term
        if cost is not None:
            costs.tables.setdefault(i, []).append(cost)
        elif ref < 0:
            costs.targets.setdefault(i, []).append((weight, target))
        elif lows[ref] == highs[ref]:
            costs.targets.setdefault(i, []).append((weight, _aim(term, lows[ref])))
        elif ref == i or lows[i] == highs[i]:
            costs.tables.setdefault(ref, []).append(_seen_from_reference(term, lows[i]))
        elif weight:
            costs.pairs.append(term)
    return costs


def _seen_from_reference(term: Term, fixed: int) -> Lift:
    if term.ref == term.i:
        return lambda value: term.weight * abs(value - _aim(term, value))
    return lambda value: term.weight * abs(fixed - _aim(term, value))


def _all_at_their_best(arcs: Sequence[Arc], zone: Zone, costs: _Costs) -> tuple[list[int], list[int]] | None:
    """Give the earliest and the latest plan in which every single term is at its least; None where there is none."""
    domains = [
        ((low, high),) if zone.up.holes[i] is None else _cut_to(zone.domains[i], low, high)
        for i, (low, high) in enumerate(zip(zone.lows, zone.highs, strict=True))
    ]
    for i in costs.owners():
        values = zone.values(i)
        spent = costs.of(i, values)
        cheapest = min(spent)
        domains[i] = tuple((v, v) for v, cost in zip(values, spent, strict=True) if cost == cheapest)
    standing = [*arcs, *(arc for term in costs.pairs for arc in _equality(term, zone))]
    up, down = upward(domains, standing), downward(domains, standing)
    early = None if up is None else settle(up)
    late = None if down is None or early is None else settle(down)
    return None if early is None or late is None else (early, [-value for value in late])


def _cut_to(domain: Domain, low: int, high: int) -> Domain:
    return tuple((max(first, low), min(last, high)) for first, last in domain if first <= high and last >= low)


def _equality(term: Term, zone: Zone) -> list[Arc]:
    """Give the arcs that say x[i] = lift(x[ref])."""
    if term.lift is None:
        return [Arc(term.i, term.ref, term.shift), Arc(term.ref, term.i, -term.shift)]
    values = zone.values(term.ref)
    lifted = [term.lift(value) for value in values]

    def drop(at: int) -> int:  # the largest value lifted to at most this one
        k = bisect_right(lifted, at)
        return values[k - 1] if k else values[0] - 1

    def back(at: int) -> int:  # the least value lifted to at least this one
        k = bisect_left(lifted, at)
        return values[k] if k < len(values) else values[-1] + 1

    return [Arc(term.i, term.ref, lift=term.lift, drop=drop), Arc(term.ref, term.i, lift=back, drop=term.lift)]


class _Valley(NamedTuple):
    """Where the cost of one variable falls and rises.

    Up to `falls_to` it never rises; `falling` are the values there that are cheaper than the one before. From
    `rises_from` on it never falls; `brinks` are the values there that are cheaper than the one after.
    """

    falls_to: int
    falling: Sequence[int]
    rises_from: int
    brinks: Sequence[int]


def _narrowed(zone: Zone, costs: _Costs) -> Zone:
    """Leave out what no plan of least cost uses.

    Let y be the greatest solution in which no cost has begun to rise. Going up to y never costs more, so a plan of
    least cost holds every value up to y that is cheaper than the one before. Likewise from above.
    """
    lows, highs = zone.lows, zone.highs
    valleys = {i: _valley(zone, costs, i) for i in costs.owners() if lows[i] < highs[i]}
    paired = {end for term in costs.pairs for end in (term.i, term.ref)}
    # a variable in a pair is moved by neither argument: the other end might pay for it
    rise_to = {i: lows[i] if i in paired else valleys[i].falls_to for i in {*valleys, *paired}}
    fall_to = {i: highs[i] if i in paired else valleys[i].rises_from for i in {*valleys, *paired}}
    peaks = _lowered(zone, rise_to)
    dales = _raised(zone, fall_to)
    floors, ceilings = {}, {}
    for i, valley in valleys.items():
        if i not in paired:
            if k := bisect_right(valley.falling, peaks[i]):
                floors[i] = valley.falling[k - 1]
            if (k := bisect_left(valley.brinks, dales[i])) < len(valley.brinks):
                ceilings[i] = valley.brinks[k]
    return zone._replace(lows=_raised(zone, floors), highs=_lowered(zone, ceilings))


def _raised(zone: Zone, floors: dict[int, int]) -> list[int]:
    """Give the least solution in the zone with these values at least."""
    lows = list(zone.lows)
    moved = [i for i, floor in floors.items() if floor > lows[i]]
    for i in moved:
        lows[i] = floors[i]
    stands = climb(zone.up, lows, moved)
    assert stands
    return lows


def _lowered(zone: Zone, ceilings: dict[int, int]) -> list[int]:
    """Give the greatest solution in the zone with these values at most."""
    highs = [-high for high in zone.highs]
    moved = [i for i, ceiling in ceilings.items() if -ceiling > highs[i]]
    for i in moved:
        highs[i] = -ceilings[i]
    stands = climb(zone.down, highs, moved)
    assert stands
    return [-high for high in highs]


def _valley(zone: Zone, costs: _Costs, i: int) -> _Valley:
    targets = costs.targets.get(i, ())
    if len(targets) == 1 and i not in costs.tables and targets[0][0] > 0:
        return _valley_around(zone, i, targets[0][1])
    values = zone.values(i)
    spent = costs.of(i, values)
    last = len(values) - 1
    bottom = next((r for r in range(last) if spent[r + 1] > spent[r]), last)
    top = next((r for r in range(last, 0, -1) if spent[r - 1] > spent[r]), 0)
    return _Valley(
        values[bottom],
        [values[r] for r in range(1, bottom + 1) if spent[r] < spent[r - 1]],
        values[top],
        [values[r] for r in range(top, last) if spent[r + 1] > spent[r]],
    )


def _valley_around(zone: Zone, i: int, target: int) -> _Valley:
    """Give the valley of a single target without walking through the domain: values beside it tell all."""
    low, high = zone.lows[i], zone.highs[i]
    above = high if target >= high else at_least(zone.up, i, max(target, low))
    below = low if target <= low else -at_least(zone.down, i, -min(target, high))
    nearest = min(abs(below - target), abs(above - target))
    first = below if abs(below - target) == nearest else above
    last = above if abs(above - target) == nearest else below
    # no list: they are asked only for the neighbour of an allowed value
    return _Valley(last, range(low, first + 1), first, range(last, high))


def _cut_best(zone: Zone, costs: _Costs) -> tuple[list[int], list[int]]:
    narrow = _narrowed(zone, costs)
    return least_cut(narrow, _nodes(narrow, costs))


def _nodes(zone: Zone, costs: _Costs) -> Nodes:
    nodes = Nodes([], [], [0] * len(zone.lows), [0] * len(zone.lows), [], [], [])
    paired = {end for term in costs.pairs for end in (term.i, term.ref)}
    owners = [i for i in {*costs.owners(), *paired} if zone.lows[i] < zone.highs[i] or i in paired]
    for i in sorted(owners):
        values = zone.values(i)
        spent = costs.of(i, values)
        rises = [0, *(after - before for before, after in pairwise(spent))]
        nodes.begin[i] = len(nodes.value)
        nodes.owner.extend([i] * len(values))
        nodes.value.extend(values)
        nodes.end[i] = len(nodes.value) - 1
        nodes.demand.extend(rises)
    nodes.spare.extend({} for _ in nodes.value)
    for term in costs.pairs:
        _tie(nodes, term)
    nodes.supply.extend(max(0, -rise) for rise in nodes.demand)
    nodes.demand[:] = [max(0, rise) for rise in nodes.demand]
    return nodes


def _tie(nodes: Nodes, term: Term) -> None:
    """Add what it costs that x[i] >= t and lift(x[ref]) >= t do not both hold or both fail, for every t.

    Between two neighbours among all values of x[i] and lift(x[ref]), every t says the same.
    """
    i_begin, i_end = nodes.begin[term.i], nodes.end[term.i]
    r_begin, r_end = nodes.begin[term.ref], nodes.end[term.ref]
    values = nodes.value[i_begin : i_end + 1]
    aims = [_aim(term, value) for value in nodes.value[r_begin : r_end + 1]]
    levels = sorted({*values, *aims})
    for below, t in pairwise(levels):
        price = term.weight * (t - below)
        a = i_begin + bisect_left(values, t)
        b = r_begin + bisect_left(aims, t)
        _tie_two(
            nodes,
            price,
            a if i_begin < a <= i_end else None,
            b if r_begin < b <= r_end else None,
            i_begin == a,
            r_begin == b,
        )


def _tie_two(nodes: Nodes, price: int, a: int | None, b: int | None, a_holds: bool, b_holds: bool) -> None:
    """Let it cost `price` that one node holds without the other; None is a node that always, or never, holds."""
    if a is not None and b is not None:
        nodes.spare[a][b] = nodes.spare[a].get(b, 0) + price
        nodes.spare[b][a] = nodes.spare[b].get(a, 0) + price
    elif a is not None:
        nodes.demand[a] += -price if b_holds else price
    elif b is not None:
        nodes.demand[b] += -price if a_holds else price
