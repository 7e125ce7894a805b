"""The values of a simulation: what was given, what came of each run, and what all runs together say.

A quantile is an order statistic: the first date (or number) by which at least that share of the runs had got there.
It is a date of one of the runs, never one between two dates. A room of its own because runs are made in several
processes and summed up in one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal, NamedTuple

from trialcal.days import Duration
from trialcal.protocol import Protocol
from trialcal.site import Site

Onset = Literal["last-day", "uniform"]
Ending = Literal["all-groups", "candidate", "none", "discuss", "no-row", "held", "unfinished"]
ENDINGS: tuple[Ending, ...] = ("all-groups", "candidate", "none", "discuss", "no-row", "held", "unfinished")
"""How a run ended: the highest group escalates; a lower group is the candidate for the MTD; the lowest group stops,
so that there is none; people discuss; the table has no row; a gate never opens; it goes on after the last day.
"""

PERCENTS = (5, 25, 50, 75, 95)
NO_DAY = 10_000_000  # later than every date


Time = Literal["day", "week", "month", "year"]


class Rate(NamedTuple):
    """So many consents in a time: `2/month`. A month is taken as 30.4375 days, a year as 365.25."""

    number: float
    unit: Time

    @property
    def a_day(self) -> float:
        """Give the consents a day, on average."""
        return self.number / {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}[self.unit]

    def __str__(self) -> str:
        """Give the words of the command line: `2/month`."""
        return f"{self.number:g}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Given:
    """What a simulation is given. Probabilities are from 0 to 1; `dlt` has one for each dose group by its id.

    `patience` is how long a screened candidate waits for a place; None for as long as it takes.
    """

    first: date
    arrival: Rate
    screening: Duration
    screen_failure: float
    dlt: Mapping[str, float]
    not_evaluable: float = 0.0
    patience: Duration | None = None
    onset: Onset = "last-day"
    runs: int = 10_000
    seed: int = 1


class Run(NamedTuple):
    """One simulated escalation. Days are ordinals, `NO_DAY` where a run goes on beyond the last day looked at.

    `group` is the index of the dose group that the ending is about, -1 for none; `rule` the gate that never opens, or
    the row of the decision table by which people discuss.
    `ends` and `dosed` are by dose group: the day from which on the last observation is complete (0 where nobody was
    dosed), and how many were dosed. `screened`, `failed` and `lost` count candidates in the order of consent, up to
    the last one dosed.
    """

    ending: Ending
    group: int
    rule: str
    ends: tuple[int, ...]
    dosed: tuple[int, ...]
    screened: int
    failed: int
    lost: int
    replaced: int

    @property
    def end(self) -> int:
        """The day from which on the observation of everybody dosed is complete."""
        return NO_DAY if self.ending in ("held", "unfinished") else max(self.ends)

    @property
    def last(self) -> int:
        """The index of the highest group in which somebody was dosed; -1 for none."""
        return max((i for i, number in enumerate(self.dosed) if number), default=-1)


class Share(NamedTuple):
    """How many of the runs."""

    runs: int
    of: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1; 0 of no runs."""
        return self.runs / self.of if self.of else 0.0

    @property
    def error(self) -> float:
        """The Monte Carlo standard error of the share: sqrt(p (1 - p) / n)."""
        return sqrt(self.value * (1 - self.value) / self.of) if self.of else 0.0


class GroupSum(NamedTuple):
    """A dose group over all runs: how many reached it, ended in it and have it as candidate; then quantiles.

    `ends` and `dosed` are of the runs that reached it; None is a date after the last day looked at.
    """

    id: str
    name: str
    dlt: float
    reached: Share
    last: Share
    ends: tuple[date | None, ...]
    dosed: tuple[int, ...]


class EndingSum(NamedTuple):
    """How often the runs ended in one way; `group` is the group that it is about, `rule` a gate or a row."""

    ending: Ending
    group: str
    rule: str
    share: Share


class Simulation(NamedTuple):
    """What all runs say: quantiles at `PERCENTS`, and how often the runs ended in which way.

    `days` count from the first day to the end, both dates apart; `until` is the last day looked at, and `latest` the
    last day on which a run ended.
    """

    protocol: Protocol
    site: Site
    given: Given
    until: date
    latest: date | None
    groups: tuple[GroupSum, ...]
    endings: tuple[EndingSum, ...]
    ends: tuple[date | None, ...]
    days: tuple[int | None, ...]
    dosed: tuple[int, ...]
    screened: tuple[int, ...]
    failed: tuple[int, ...]
    lost: tuple[int, ...]
    replaced: tuple[int, ...]


def quantiles(values: Iterable[int] | Mapping[int, int], percents: Sequence[int] = PERCENTS) -> tuple[int, ...]:
    """Give order statistics: the least value that at least so many percent of the values do not exceed.

    The values may be counted already: each with how often there is one.

    >>> quantiles([30, 10, 20, 40], (25, 50, 51))
    (10, 20, 30)
    """
    counted = sorted(Counter(values).items())
    number = sum(count for _, count in counted)
    found = []
    for percent in percents if number else ():
        rank, passed = max(-(-number * percent // 100), 1), 0
        for value, count in counted:
            passed += count
            if passed >= rank:
                found.append(value)
                break
    return tuple(found)


def summed(protocol: Protocol, site: Site, given: Given, runs: Iterable[Run], until: date) -> Simulation:
    """Sum up the runs of a simulation, of which there is one at least; none of them is kept."""
    assert protocol.escalation is not None
    groups = [group for group in protocol.escalation.groups if not group.spare]
    outcomes: Counter[tuple[Ending, int, str]] = Counter()
    ends, dosed, screened, failed, lost, replaced, last = (Counter[int]() for _ in range(7))
    of_group = [(Counter[int](), Counter[int]()) for _ in groups]
    for run in runs:
        outcomes[run.ending, run.group, run.rule] += 1
        ends[run.end] += 1
        dosed[sum(run.dosed)] += 1
        screened[run.screened] += 1
        failed[run.failed] += 1
        lost[run.lost] += 1
        replaced[run.replaced] += 1
        last[run.last] += 1
        for (its_ends, its_dosed), end, number in zip(of_group, run.ends, run.dosed, strict=True):
            if number:
                its_ends[end] += 1
                its_dosed[number] += 1
    number = sum(ends.values())
    ordered = sorted(outcomes.items(), key=lambda each: (ENDINGS.index(each[0][0]), -each[0][1], each[0][2]))
    first, found = given.first.toordinal(), quantiles(ends)
    return Simulation(
        protocol,
        site,
        given,
        until,
        _date(max((end for end in ends if end != NO_DAY), default=NO_DAY)),
        tuple(
            GroupSum(
                group.id,
                group.name,
                given.dlt[group.id],
                Share(sum(its_dosed.values()), number),
                Share(last[at], number),
                tuple(map(_date, quantiles(its_ends))),
                quantiles(its_dosed),
            )
            for at, (group, (its_ends, its_dosed)) in enumerate(zip(groups, of_group, strict=True))
        ),
        tuple(
            EndingSum(ending, groups[at].id if at >= 0 else "", rule, Share(count, number))
            for (ending, at, rule), count in ordered
        ),
        tuple(map(_date, found)),
        tuple(None if end == NO_DAY else end - first for end in found),
        *map(quantiles, (dosed, screened, failed, lost, replaced)),
    )


def _date(day: int) -> date | None:
    return None if day == NO_DAY else date.fromordinal(day)
