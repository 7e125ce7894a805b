"""Earliest, latest, feasible and best plans of a network of conditions, and why there is none.

Integers only: days or minutes, the network does not know which. Every condition is an `Arc`, every variable has
a `Domain` of allowed values. Over such monotone networks all answers here are exact and fast (Cohen, Cooper,
Jeavons, Krokhin, JAIR 22, 2004). A room of its own because the answers can then be proved against enumeration,
without a calendar in sight. The bounds are pushed in `propagation`, the best plan is found in `cheapest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trialcal.cheapest import Best, Term, best, both_best, cost_of
from trialcal.propagation import (
    Arc,
    Domain,
    Move,
    at_least,
    climb,
    contradiction,
    downward,
    growing_cycle,
    moves_around,
    settle,
    upward,
    values_between,
)

__all__ = [
    "Arc",
    "Best",
    "Bounds",
    "Conflict",
    "Domain",
    "Step",
    "Term",
    "best",
    "both_best",
    "bounds",
    "conflict",
    "cost_of",
    "feasible",
    "greatest",
    "least",
]


class Bounds(NamedTuple):
    """The least and the greatest solution, value by variable. Each is itself a valid plan."""

    earliest: list[int]
    latest: list[int]


class Step(NamedTuple):
    """A bound that moves, in the chain that explains a conflict.

    `kind` is "raise" (of the first possible value) or "lower" (of the last). `label` is that of the arc that
    pushed and `cause` the variable at its other end; both are -1 where the variable's own domain set the bound.
    `pushed` is the bound as the arc pushed it, `bound` the next allowed value in the same direction: they differ
    where a hole was jumped.
    """

    kind: str
    variable: int
    bound: int
    label: int
    cause: int
    pushed: int


class Conflict(NamedTuple):
    """A minimal set of conditions that cannot hold together: without any single one of them the rest can.

    `labels` are those of the arcs, `own` the variables whose own domain is needed; both ascending. `steps` is the
    chain of bounds that ends in the contradiction (empty where a domain is empty by itself); see `conflict`.
    """

    labels: tuple[int, ...]
    own: tuple[int, ...]
    steps: tuple[Step, ...]


def least(domains: Sequence[Domain], arcs: Sequence[Arc]) -> list[int] | None:
    """Give the solution in which every variable has its least possible value; None where there is none."""
    net = upward(domains, arcs)
    return None if net is None else settle(net)


def greatest(domains: Sequence[Domain], arcs: Sequence[Arc]) -> list[int] | None:
    """Give the solution in which every variable has its greatest possible value; None where there is none."""
    net = downward(domains, arcs)
    mirrored = None if net is None else settle(net)
    return None if mirrored is None else [-value for value in mirrored]


def bounds(domains: Sequence[Domain], arcs: Sequence[Arc]) -> Bounds | None:
    """Give the least and the greatest solution; None where there is none.

    >>> bounds([((1, 5),), ((1, 2), (4, 6))], [Arc(to=1, frm=0, shift=2)])
    Bounds(earliest=[1, 4], latest=[4, 6])
    """
    earliest = least(domains, arcs)
    latest = None if earliest is None else greatest(domains, arcs)
    return None if earliest is None or latest is None else Bounds(earliest, latest)


def feasible(domains: Sequence[Domain], arcs: Sequence[Arc], i: int) -> list[int]:
    """Give every value of variable i that some solution uses, ascending; [] where there is no solution.

    Lying between the bounds is not enough: where x, y and z must be equal, x and z in {1, 3} and y in {1, 2, 3},
    y = 2 stands in no solution.

    >>> equal = [Arc(1, 0), Arc(2, 1), Arc(0, 2)]
    >>> feasible([((1, 1), (3, 3)), ((1, 3),), ((1, 1), (3, 3))], equal, 1)
    [1, 3]
    """
    if _convex_around(domains, arcs, i):
        both = bounds(domains, arcs)
        return [] if both is None else values_between(domains[i], both.earliest[i], both.latest[i])
    net = upward(domains, arcs)
    lows = None if net is None else settle(net)
    if net is None or lows is None:
        return []
    values = [lows[i]]
    while lows[i] < net.last[i]:
        lows[i] = at_least(net, i, lows[i] + 1)
        if not climb(net, lows, [i]):
            break
        values.append(lows[i])
    return values


def _convex_around(domains: Sequence[Domain], arcs: Sequence[Arc], i: int) -> bool:
    """Tell whether all but variable i's own domain are plain differences: then all between its bounds stands."""
    return all(len(domain) == 1 or k == i for k, domain in enumerate(domains)) and all(
        arc.lift is None for arc in arcs
    )


def conflict(
    domains: Sequence[Domain], arcs: Sequence[Arc], free: Sequence[Domain], about: int = -1
) -> Conflict | None:
    """Give a minimal set of conditions that cannot hold together; None where all can.

    The members are the arc labels, ascending, then the own domains of variables. `free[i]` is the domain that
    variable i has when its own is lifted; where both are the same, the domain is no member and always stands.
    Where there is a choice, earlier members are blamed: the last member of the set comes as early as it can, then
    the one before it, and so on: members are taken away one by one from the last to the first, where the rest still
    contradicts itself. The same input gives the same set.

    `steps` needs the members of the set only. The first step is a bound of a variable's own or free domain, each
    other follows from the one before it; the last leaves its variable's domain, and its bound is what was pushed.
    Fixed shifts that contradict each other on any domain are told by going once around their cycle, whatever the
    domains: the chain ends at a higher bound of the variable in its first step. Where functions drive each other
    out of a wide free domain, it ends at the first return to a variable, likewise.
    Of a chain upwards and one downwards that is told which ends at the variable `about`, else the shorter one.
    """
    labels = sorted({arc.label for arc in arcs})
    owners = [i for i, domain in enumerate(domains) if domain != free[i]]
    case = _Case(domains, arcs, free, labels, owners)
    members = _minimal_members(case)
    if members is None:
        return None
    blamed = tuple(labels[m] for m in sorted(members) if m < len(labels))
    own = tuple(owners[m - len(labels)] for m in sorted(members) if m >= len(labels))
    standing, standing_domains = _part(case, members)
    chain, sign = _best_chain(standing_domains, standing, about)
    if not own:
        chain = _without_repetition(chain, standing_domains)
    return Conflict(blamed, own, _told(chain, sign))


class _Case(NamedTuple):
    """What is searched for a conflict. Members are numbered: the labels, then the owners."""

    domains: Sequence[Domain]
    arcs: Sequence[Arc]
    free: Sequence[Domain]
    labels: list[int]
    owners: list[int]


def _part(case: _Case, members: Iterable[int]) -> tuple[list[Arc], list[Domain]]:
    """Give the arcs and the domains when only the members stand."""
    labels: set[int] = set()
    part = list(case.free)
    for member in members:
        if member < len(case.labels):
            labels.add(case.labels[member])
        else:
            owner = case.owners[member - len(case.labels)]
            part[owner] = case.domains[owner]
    return [arc for arc in case.arcs if arc.label in labels], part


def _minimal_members(case: _Case) -> list[int] | None:
    """Take members away from the last to the first; those that a contradiction at hand does not use, unasked."""
    core = _core(case, range(len(case.labels) + len(case.owners)))
    if core is None:
        return None
    kept: list[int] = []
    while doubtful := core.difference(kept):
        last = max(doubtful)
        smaller = _core(case, [*range(last), *kept])
        if smaller is None:
            kept.append(last)
        else:
            core = smaller
    return kept


def _core(case: _Case, members: Iterable[int]) -> set[int] | None:
    """Give those of the members that a contradiction of them uses (perhaps a few more); None if they can hold."""
    chosen = set(members)
    arcs, domains = _part(case, chosen)
    net = upward(domains, arcs)
    if net is None:
        return {m for m in chosen if m >= len(case.labels)}
    if settle(net) is not None:
        return None
    cycle = growing_cycle(net)
    if cycle:
        return chosen & _members_of(case, {push.label for _, push in cycle}, set())
    moves = contradiction(net) or []
    bounded = {move.variable for move in moves if move.cause < 0 or move.bound != move.pushed}
    return chosen & _members_of(case, {move.label for move in moves}, {*bounded, moves[-1].variable})


def _members_of(case: _Case, labels: set[int], variables: set[int]) -> set[int]:
    """Give the numbers of the members with these labels and of these variables' own domains."""
    used = {m for m, label in enumerate(case.labels) if label in labels}
    used.update(m for m, owner in enumerate(case.owners, len(case.labels)) if owner in variables)
    return used


def _best_chain(domains: Sequence[Domain], arcs: Sequence[Arc], about: int) -> tuple[list[Move], int]:
    """Give a chain around a growing cycle, else up (1) or down (-1): one that ends at `about`, then the shorter."""
    up, down = upward(domains, arcs), downward(domains, arcs)
    if up is None or down is None:
        return [], 1
    if cycle := growing_cycle(up):
        return moves_around(up, cycle), 1
    rise, fall = contradiction(up) or [], contradiction(down) or []
    chains = [(chain, sign) for chain, sign in ((rise, 1), (fall, -1)) if chain]
    return min(chains, key=lambda pair: (pair[0][-1].variable != about, len(pair[0])), default=([], 1))


def _told(moves: Iterable[Move], sign: int) -> tuple[Step, ...]:
    kind = "raise" if sign > 0 else "lower"
    return tuple(Step(kind, i, sign * bound, label, cause, sign * pushed) for i, bound, label, cause, pushed in moves)


def _without_repetition(moves: list[Move], domains: Sequence[Domain]) -> list[Move]:
    """Cut a chain that goes round and round to the end of a wide domain after its first round.

    Only where neither a fixed value nor a hole has a part in it: those need the whole chain as their proof.
    """
    if any(move.bound != move.pushed or _is_single(domains[move.variable]) for move in moves):
        return moves
    seen: set[int] = set()
    for end, move in enumerate(moves, 1):
        if move.variable in seen and {m.label for m in moves[:end]} == {m.label for m in moves}:
            return moves[:end]
        seen.add(move.variable)
    return moves


def _is_single(domain: Domain) -> bool:
    return len(domain) == 1 and domain[0][0] == domain[0][1]
