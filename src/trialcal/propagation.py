"""Bounds pushed through monotone conditions, to the fixpoint: the engine under `network` and `mincut`.

Every condition says `x[to] >= lift(x[frm])` with a non-decreasing `lift`. A room of its own because both the
bounds and the cheapest plan run on it, and because it is written once, for lower bounds: upper bounds are the
lower bounds of the mirrored net, in which every value is negated and every condition runs the other way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

Domain = tuple[tuple[int, int], ...]
"""The allowed values of a variable: sorted, disjoint, inclusive intervals. `()` allows nothing."""

Lift = Callable[[int], int]
"""A non-decreasing function from integers to integers."""


PATIENCE = 16
"""Rounds of pushing after which a cycle of contradicting rules is looked for; few networks need as many."""


class Arc(NamedTuple):
    """The condition `x[to] >= lift(x[frm])`; where `lift` is None, `x[to] >= x[frm] + shift`.

    `drop` is the adjoint of `lift`: `drop(w)` is the largest v with `lift(v) <= w`. It is given whenever `lift`
    is. Arcs with the same `label` stand and fall together in a conflict.
    """

    to: int
    frm: int
    shift: int = 0
    lift: Lift | None = None
    drop: Lift | None = None
    label: int = 0


class Push(NamedTuple):
    """An arc as seen from the variable that pushes."""

    to: int
    shift: int
    lift: Lift | None
    label: int


class Net(NamedTuple):
    """A network made ready for pushing lower bounds. Nobody changes it once it is made.

    `holes[i]` is None for a domain without holes, so that it needs no rounding; else the first and the last
    values of its intervals. `backwards` tells the mirrored net, whose values are negated.
    """

    first: list[int]
    last: list[int]
    holes: list[tuple[list[int], list[int]] | None]
    out: list[list[tuple[int, int, Lift | None, int]]]
    backwards: bool


class Move(NamedTuple):
    """A lower bound that was raised: by an arc from the variable `cause`, or by the own domain (-1).

    `pushed` is what the arc asked for; `bound` is that value rounded up to the next allowed one.
    """

    variable: int
    bound: int
    label: int
    cause: int
    pushed: int


def upward(domains: Sequence[Domain], arcs: Iterable[Arc]) -> Net | None:
    """Make the net that pushes lower bounds; None where a domain is empty."""
    if not all(domains):
        return None
    out: list[list[tuple[int, int, Lift | None, int]]] = [[] for _ in domains]
    for to, frm, shift, lift, _, label in arcs:
        out[frm].append((to, shift, lift, label))
    return Net(
        [domain[0][0] for domain in domains],
        [domain[-1][1] for domain in domains],
        [None if len(domain) == 1 else _ends(domain) for domain in domains],
        out,
        backwards=False,
    )


def downward(domains: Sequence[Domain], arcs: Iterable[Arc]) -> Net | None:
    """Make the mirrored net, whose lower bounds are the negated upper bounds; None where a domain is empty."""
    if not all(domains):
        return None
    out: list[list[tuple[int, int, Lift | None, int]]] = [[] for _ in domains]
    for to, frm, shift, lift, drop, label in arcs:
        # x[to] >= x[frm] + shift is -x[frm] >= -x[to] + shift: the mirrored shift is the same shift
        out[to].append((frm, shift, None if lift is None else _mirrored(drop), label))
    return Net(
        [-domain[-1][1] for domain in domains],
        [-domain[0][0] for domain in domains],
        [None if len(domain) == 1 else _ends(mirrored_domain(domain)) for domain in domains],
        out,
        backwards=True,
    )


def mirrored_domain(domain: Domain) -> Domain:
    """Give the domain of the negated values."""
    return tuple((-last, -first) for first, last in reversed(domain))


def _ends(domain: Domain) -> tuple[list[int], list[int]]:
    return [first for first, _ in domain], [last for _, last in domain]


def _mirrored(drop: Lift | None) -> Lift:
    if drop is None:
        raise ValueError("an arc with a lift needs its drop")
    return lambda value: -drop(-value)


def at_least(net: Net, i: int, bound: int) -> int:
    """Give the first allowed value of variable i from `bound` on, which must not lie past its last one."""
    holes = net.holes[i]
    if holes is None:
        return max(bound, net.first[i])
    firsts, lasts = holes
    return max(bound, firsts[bisect_left(lasts, bound)])


def climb(net: Net, lows: list[int], pushing: Iterable[int]) -> bool:
    """Raise `lows` in place to the least solution above them; False where a variable runs out of values.

    `lows` are allowed values; only the variables `pushing` may break a condition at first. Rules that
    contradict each other whatever the domains are found by their cycle, not by walking through the domains.
    With functions in the cycle the walk is the only exact way: where the function will stop growing is
    something that nobody can know without asking it.
    """
    last, holes, out = net.last, net.holes, net.out
    queue = list(pushing)
    queued = [False] * len(lows)
    for i in queue:
        queued[i] = True
    rounds = 0
    while queue:
        following: list[int] = []
        for j in queue:
            queued[j] = False
            low = lows[j]
            for i, shift, lift, _ in out[j]:
                bound = low + shift if lift is None else lift(low)
                if bound > lows[i]:
                    if bound > last[i]:
                        return False
                    gaps = holes[i]
                    if gaps is not None:
                        first = gaps[0][bisect_left(gaps[1], bound)]
                        if first > bound:
                            bound = first
                    lows[i] = bound
                    if not queued[i]:
                        queued[i] = True
                        following.append(i)
        rounds += 1
        if rounds == PATIENCE and growing_cycle(net):
            return False
        queue = following
    return True


def settle(net: Net) -> list[int] | None:
    """Give the least solution of the net; None where there is none."""
    lows = list(net.first)
    # variables usually stand in the order of time: bounds then settle in the first round
    order = range(len(lows) - 1, -1, -1) if net.backwards else range(len(lows))
    return lows if climb(net, lows, order) else None


def growing_cycle(net: Net) -> list[tuple[int, Push]]:
    """Give a cycle of fixed shifts that adds up to more than 0, as (pushing variable, push) pairs; [] if none.

    Such a cycle contradicts itself on every domain. Bellman and Ford's method, with a look at the causes after
    1, 2, 4, 8 ... rounds: causes that form a cycle form a growing one.
    """
    count = len(net.out)
    heights = [0] * count
    causes: list[tuple[int, Push] | None] = [None] * count
    queue: Iterable[int] = range(count)
    rounds, look = 0, 1
    while queue:
        raised: dict[int, None] = {}
        for j in queue:
            for i, shift, lift, label in net.out[j]:
                if lift is None and heights[j] + shift > heights[i]:
                    heights[i] = heights[j] + shift
                    causes[i] = (j, Push(i, shift, lift, label))
                    raised[i] = None
        rounds += 1
        if rounds == look:
            look *= 2
            cycle = _cycle_of(causes)
            if cycle:
                return cycle
        queue = list(raised)
    return []


def _cycle_of(causes: Sequence[tuple[int, Push] | None]) -> list[tuple[int, Push]]:
    """Follow the causes back from each variable; give the first cycle met, from its smallest variable on."""
    walk_of = [-1] * len(causes)
    for start in range(len(causes)):
        at = start
        while walk_of[at] < 0:
            walk_of[at] = start
            cause = causes[at]
            if cause is None:
                break
            at = cause[0]
        else:
            if walk_of[at] == start:
                return _once_around(causes, at)
    return []


def _once_around(causes: Sequence[tuple[int, Push] | None], at: int) -> list[tuple[int, Push]]:
    cycle: list[tuple[int, Push]] = []
    while not cycle or cycle[-1][0] != at:
        cause = causes[cycle[-1][0] if cycle else at]
        assert cause is not None
        cycle.append(cause)
    cycle.reverse()
    smallest = min(range(len(cycle)), key=lambda k: cycle[k][0])
    return cycle[smallest:] + cycle[:smallest]


def moves_around(net: Net, cycle: Sequence[tuple[int, Push]]) -> list[Move]:
    """Tell a growing cycle as moves: from a variable's first value once around to a higher bound of the same."""
    start = cycle[0][0]
    bound = net.first[start]
    moves = [Move(start, bound, -1, -1, bound)]
    for cause, push in cycle:
        bound += push.shift
        moves.append(Move(push.to, bound, push.label, cause, bound))
    return moves


def contradiction(net: Net) -> list[Move] | None:
    """Give a shortest chain of moves from a variable's first value to a bound past some variable's last one.

    None where there is a solution. For nets without a growing cycle, which would be walked to the domain's end.
    """
    lows = list(net.first)
    moves = [Move(i, low, -1, -1, low) for i, low in enumerate(lows)]
    behind = [-1] * len(lows)  # of each move, the move that caused it
    latest = list(range(len(lows)))  # of each variable, its last move
    queue: Iterable[int] = range(len(lows))
    while queue:
        raised: dict[int, None] = {}
        # all of a round push from where they stood before it, so that the chain found first is a shortest one
        for j, low, move in [(j, lows[j], latest[j]) for j in queue]:
            for i, shift, lift, label in net.out[j]:
                pushed = low + shift if lift is None else lift(low)
                if pushed <= lows[i]:
                    continue
                if pushed > net.last[i]:
                    return [*_chain(moves, behind, move), Move(i, pushed, label, j, pushed)]
                lows[i] = at_least(net, i, pushed)
                latest[i] = len(moves)
                moves.append(Move(i, lows[i], label, j, pushed))
                behind.append(move)
                raised[i] = None
        queue = list(raised)
    return None


def _chain(moves: Sequence[Move], behind: Sequence[int], at: int) -> list[Move]:
    chain: list[Move] = []
    while at >= 0:
        chain.append(moves[at])
        at = behind[at]
    chain.reverse()
    return chain


def values_between(domain: Domain, low: int, high: int) -> list[int]:
    """Give the allowed values from `low` to `high`, both inclusive, ascending."""
    return list(_each_between(domain, low, high))


def _each_between(domain: Domain, low: int, high: int) -> Iterator[int]:
    for first, last in domain:
        yield from range(max(first, low), min(last, high) + 1)
