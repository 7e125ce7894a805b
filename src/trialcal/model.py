"""A protocol's timeline as a network: a variable for each visit's day, conditions as arcs, targets as costs.

A room of its own because everyone who plans, judges or tells reads these values, and only `modelling` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import NamedTuple

from trialcal.days import Count
from trialcal.network import Arc, Term
from trialcal.opening import Opening
from trialcal.protocol import Protocol, Rule, Visit
from trialcal.timing import Edge

Moments = Mapping[tuple[int, Edge], int]  # the known minutes of visits' starts and ends
NOTHING: frozenset[int] = frozenset()


class Counted(NamedTuple):
    """How a visit is counted from another: the steps from the other's day to its target and window.

    `target` is None for a range, `low` and `high` are the first and last allowed day, or None where there is none.
    Hours from a visit whose clock time is not known may lead to one day or the next: `target` is then where most
    clock times lead, `exact` are the days where the first and the last one do; `usual` are the ends of a range in
    hours for most clock times.
    """

    visit: int
    edge: Edge
    target: Count | None
    low: Count | None
    high: Count | None
    exact: tuple[Count, Count] | None = None
    usual: tuple[Count, Count] | None = None


class Gap(NamedTuple):
    """A rule between two single visits: `visit` lies between two steps from `other` (None: no bound that side)."""

    rule: Rule
    visit: int
    other: int
    low: Count | None
    high: Count | None


class End(NamedTuple):
    """One end of a period: the steps from a visit's day to the first and last date that it can be."""

    visit: int
    low: Count
    high: Count


class Ends(NamedTuple):
    """The two ends of a period; None where nothing is counted, or the visit has no date.

    Where an end is the later or earlier of several dates, it is None, and `options` are these.
    """

    start: End | None
    until: End | None
    start_options: tuple[End | None, ...] = ()
    until_options: tuple[End | None, ...] = ()


class Known(NamedTuple):
    """What is known of a subject before the days are settled; it shapes the network.

    `days` are the given dates of visits, `moments` known minutes, `dropped` the visits without a date, `gone` those
    of them that fell away, `ended` the cycles and repeats of which the last visit is known, `chosen` which date
    counts where the later or earlier does. `absent` are the visits that did not take place (they are dropped, too);
    those of them that `stood` on a date, and have no target, are counted from there. `partly` are the first and last
    day of actual dates that are known in part, `later` the days by which visits are delayed. `how` says of dates that
    are not merely given how they are known: as recorded, as booked.
    """

    days: Mapping[int, int] = MappingProxyType({})
    moments: Moments = MappingProxyType({})
    dropped: frozenset[int] = NOTHING
    gone: frozenset[int] = NOTHING
    ended: frozenset[str] = frozenset()
    chosen: tuple[tuple[int, int], ...] = ()
    absent: frozenset[int] = NOTHING
    stood: frozenset[int] = NOTHING
    partly: Mapping[int, tuple[int, int]] = MappingProxyType({})
    later: Mapping[int, int] = MappingProxyType({})
    how: Mapping[int, str] = MappingProxyType({})


class Model(NamedTuple):
    """The network of a protocol.

    The label of an arc is the index of the visit whose window it is, or the number of visits + the index of its gap.
    Windows come first: of a conflict, they are blamed before long rows of rules, which are harder to follow.
    """

    protocol: Protocol
    numbers: Mapping[str, int]  # of the visits, by id
    counted: tuple[Counted | None, ...]  # by visit; None where it is counted from nothing
    order: tuple[int, ...]  # visits, each after the one it is counted from
    ranks: tuple[int, ...]  # how many rules in a row put other visits before this one
    gaps: tuple[Gap, ...]
    arcs: tuple[Arc, ...]  # all windows and gaps
    target_arcs: tuple[Arc, ...]  # that every visit with a target is on it
    usual_arcs: tuple[Arc, ...]  # that every range in hours is where most clock times lead, where that can be
    terms: tuple[Term, ...]
    periods: tuple[Ends, ...]
    events: tuple[End | None, ...]  # of each lookback, what it counts back from
    options: Mapping[int, tuple[End | None, ...]]  # the dates of visits that are at the later or earlier of several
    known: Known
    moments: Moments  # all that are known, also those that follow from others
    zone: tzinfo | None
    has_hours: bool
    opening: Opening | None = None  # where the site has opening hours: they bind what is counted in hours

    @property
    def dropped(self) -> frozenset[int]:
        """The visits that have no date: not everything could hold, or they fall away."""
        return self.known.dropped

    def visit(self, i: int) -> Visit:
        """Give a visit by its index."""
        return self.protocol.visits[i]

    def label_of(self, gap: int) -> int:
        """Give the label of the arcs of a rule between two visits, by its index in `gaps`."""
        return len(self.counted) + gap

    def gap_at(self, label: int) -> Gap | None:
        """Give the rule between two visits that a label stands for; None for a window."""
        return self.gaps[label - len(self.counted)] if label >= len(self.counted) else None

    def bound_by(self, label: int) -> tuple[int, ...]:
        """Give the visits that the condition behind a label binds to each other."""
        gap = self.gap_at(label)
        if gap is not None:
            return gap.visit, gap.other
        link = self.counted[label]
        return (label,) if link is None else (label, link.visit)
