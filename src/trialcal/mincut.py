"""A minimum cut over the nodes "x_i is at least v", and the two plans at its sides.

A room of its own because it knows neither targets nor weights, only what holding a node saves or costs. What a
condition demands is an edge that no cut may cross; but such edges are never stored: from a node, all that it
demands is found by pushing lower bounds. So flow runs from the nodes that a plan would like to hold (sources)
straight to the nodes that it would like not to hold (sinks) and that they demand, and a search for a way to carry
more is again a pushing of bounds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trialcal.propagation import Domain, Lift, Net, at_least, climb, values_between


class Zone(NamedTuple):
    """Where the plans of least cost are: between `lows` and `highs`, which are solutions."""

    domains: Sequence[Domain]
    up: Net
    down: Net
    lows: list[int]
    highs: list[int]

    def values(self, i: int) -> list[int]:
        """Give the allowed values of variable i in the zone, ascending."""
        return values_between(self.domains[i], self.lows[i], self.highs[i])


class Nodes(NamedTuple):
    """The nodes "x[owner] >= value" of the variables with a cost, in one list, ascending for each variable.

    The first node of each variable always holds. `supply` is what a plan saves by holding a node, `demand` what
    it pays. `spare[a][b]` is how much more can flow from a to b, other than what conditions demand, which is
    without limit; at first that is the price of holding a without b.
    """

    owner: list[int]
    value: list[int]
    begin: list[int]  # of each variable, its first node
    end: list[int]  # of each variable, its last node
    supply: list[int]
    demand: list[int]
    spare: list[dict[int, int]]


def least_cut(zone: Zone, nodes: Nodes) -> tuple[list[int], list[int]]:
    """Give the earliest and the latest plan of least cost in the zone."""
    out = [
        [
            (i, shift, lift)
            for i, shift, lift, _ in pushes
            if (high + shift if lift is None else lift(high)) > zone.lows[i]
        ]
        for high, pushes in zip(zone.highs, zone.up.out, strict=True)
    ]
    carrier = _Carrier(zone, nodes, out)
    for node, supply in enumerate(nodes.supply):
        if supply:
            carrier.carry_from(node)
    return carrier.lows, _latest_after(zone, nodes)


class _Carrier:
    """Carries flow from sources to sinks. What changes stays in here; the lows left in the end are the answer.

    `lows` begins as the least solution. A search raises it over all that its source reaches. Where all of that can
    carry no more, it is cut off from every sink for good, and the raised lows stay: they hold in every plan of
    least cost. When all sources have been searched, they are the earliest one.
    """

    def __init__(self, zone: Zone, nodes: Nodes, out: Sequence[Sequence[tuple[int, int, Lift | None]]]) -> None:
        self.lows = list(zone.lows)
        self._up = zone.up
        self._nodes = nodes
        self._out = out
        self._reached = list(nodes.begin)  # of each variable, the last node that its low covers
        self._parent = [0] * len(nodes.value)  # the node that reached this one: n by a condition, ~n by spare
        self._origin = [0] * len(zone.lows)  # of each variable, the node that raised it last
        self._touched: list[tuple[int, int, int]] = []

    def carry_from(self, source: int) -> None:
        """Carry all that the source can supply; if some is left, leave all that it reaches raised."""
        nodes = self._nodes
        while nodes.supply[source] and self.lows[nodes.owner[source]] < nodes.value[source]:
            self._touched.clear()
            if not self._search(source):
                return
            for i, low, reached in reversed(self._touched):
                self.lows[i] = low
                self._reached[i] = reached

    def _search(self, source: int) -> bool:
        """Raise all that the source reaches, carrying on the way; True as soon as a way of the search is used up."""
        lows, out, up, origins = self.lows, self._out, self._up, self._origin
        nodes = self._nodes
        owner, value, spare = nodes.owner, nodes.value, nodes.spare
        full: deque[int] = deque()  # reached nodes from which spare edges lead on, nearest first
        first = owner[source]
        if self._reach(first, value[source], source, source, full):
            return True
        queue = [first]
        while queue or full:
            following: list[int] = []
            for j in queue:
                low, origin = lows[j], origins[j]
                for i, shift, lift in out[j]:
                    bound = low + shift if lift is None else lift(low)
                    if bound > lows[i]:
                        if up.holes[i] is not None:
                            bound = at_least(up, i, bound)
                        if self._reach(i, bound, origin, source, full):
                            return True
                        following.append(i)
            queue = following
            if not queue and full:
                node = full.popleft()
                for other, room in list(spare[node].items()):
                    i = owner[other]
                    if room and lows[i] < value[other]:
                        self._parent[other] = ~node
                        if self._reach(i, value[other], other, source, full):
                            return True
                        queue.append(i)
        return False

    def _reach(self, i: int, bound: int, origin: int, source: int, full: deque[int]) -> bool:
        """Raise variable i, and carry to the sinks so reached; True when a way of the search is used up."""
        nodes, parent = self._nodes, self._parent
        node, end = self._reached[i], nodes.end[i]
        self._touched.append((i, self.lows[i], node))
        self.lows[i] = bound
        self._origin[i] = origin
        value = nodes.value
        while node < end and value[node + 1] <= bound:
            node += 1
            if node != origin:
                parent[node] = origin
            if nodes.demand[node] and self._carry(source, node):
                return True
            if nodes.spare[node]:
                full.append(node)
        self._reached[i] = node
        return False

    def _carry(self, source: int, sink: int) -> bool:
        """Carry as much as there is room for along the parents; True where supply or spare room is used up."""
        nodes, spare = self._nodes, self._nodes.spare
        amount = min(nodes.supply[source], nodes.demand[sink])
        for node, before in self._way(source, sink):
            if before < 0:
                amount = min(amount, spare[~before][node])
        used_up = False
        for node, before in self._way(source, sink):
            frm = before
            if before < 0:
                frm = ~before
                spare[frm][node] -= amount
                used_up |= not spare[frm][node]
            spare[node][frm] = spare[node].get(frm, 0) + amount
        nodes.supply[source] -= amount
        nodes.demand[sink] -= amount
        return used_up or not nodes.supply[source]

    def _way(self, source: int, sink: int) -> Iterator[tuple[int, int]]:
        node = sink
        while node != source:
            before = self._parent[node]
            yield node, before
            node = before if before >= 0 else ~before


def _latest_after(zone: Zone, nodes: Nodes) -> list[int]:
    """Give the latest plan of least cost: without all that can still carry to a sink with demand left."""
    into: list[list[int]] = [[] for _ in nodes.value]
    for node, spare in enumerate(nodes.spare):
        for other, room in spare.items():
            if room:
                into[other].append(node)
    highs = [-high for high in zone.highs]
    held = list(nodes.end)
    dropped = [node for node, demand in enumerate(nodes.demand) if demand]
    while dropped:
        moved = []
        for node in dropped:
            i = nodes.owner[node]
            if -highs[i] >= nodes.value[node]:
                highs[i] = -nodes.value[node - 1]
                moved.append(i)
        stands = climb(zone.down, highs, dict.fromkeys(moved))
        assert stands
        dropped = []
        for i, node in enumerate(held):
            while node > nodes.begin[i] and nodes.value[node] > -highs[i]:
                dropped.extend(into[node])
                node -= 1
            held[i] = node
    return [-high for high in highs]
