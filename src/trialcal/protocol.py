"""A protocol's timeline as frozen values: visits, windows, rules, periods, lookbacks.

These are the nouns of a schedule of activities, with no date of any patient in them. They are a room of their own
because the planner must not know how a protocol is written down, nor the reader how it is planned.
Texts that a person put beside a value (`source`, `assumed`) map the name of the field they speak of to the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from trialcal.days import Duration, StudyDays
from trialcal.problems import NOWHERE, Place
from trialcal.timing import (
    DayRange,
    Offset,
    OffsetRange,
    Percent,
    Reference,
    Timing,
    Window,
    Written,
)

if TYPE_CHECKING:
    from trialcal.escalation import Escalation

Texts = Mapping[str, str]
LookbackKind = Literal["none-within", "discontinued", "stable", "exposure"]


# --- the entries of a protocol -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `window` is None where the protocol states none: then the target is the only allowed date.

    `short` is the name that fits a calendar's title. `entry` is the id in the file, which the visits of a series, of
    cycles or of a repeat share; `nth` counts them, and is 0 for a visit of its own. `number` is the number that the
    protocol gives it. `repeats` is the id of the cycles or repeat that it belongs to. `lasts` is None where no
    duration is stated. `weight` is the cost of each day off the target, `prefer` the end of a range at which a visit
    without a target is planned. An `uncertain` one is on some day of its range that nobody can choose; where its day
    is taken to be known (`unchosen`), it may be one on which the site is closed. Empty `arms` and `cohorts` mean all.
    """

    id: str
    name: str
    at: Written
    short: str = ""
    type: str = ""
    epoch: str = ""
    window: Window | None = None
    lasts: Duration | None = None
    weight: int = 1
    prefer: Literal["earliest", "latest"] = "earliest"
    activities: tuple[str, ...] = ()
    entry: str = ""
    nth: int = 0
    number: str = ""
    repeats: str = ""
    turn: int = 0
    until: tuple[str, ...] = ()
    horizon: Duration | None = None
    by_entry: bool = False
    arms: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    condition: str = ""
    optional: bool = False
    uncertain: bool = False
    unchosen: bool = False
    by: tuple[str, ...] = ()
    may_coincide_with: tuple[Reference, ...] = ()
    applies_to: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)
    at_place: Place = field(default=NOWHERE, compare=False)

    @property
    def series(self) -> str:
        """The id of the series that it is one of, or ""."""
        return self.entry if self.nth else ""

    @property
    def has_window(self) -> bool:
        """Whether the protocol states a window: around the target, or as a range."""
        return self.window is not None or isinstance(self.at, (OffsetRange, DayRange))

    @property
    def counts_hours(self) -> bool:
        """Whether its target is counted in hours or minutes from another visit."""
        return isinstance(self.at, Offset) and self.at.amount.needs_clock

    @property
    def more_days(self) -> int:
        """How many dates it takes after its first: 2 where it lasts 3 d, none where hours or nothing is stated."""
        return max((self.lasts.days or 1) - 1, 0) if self.lasts is not None else 0

    @property
    def at_hours(self) -> bool:
        """Whether its timing or window is in hours or minutes, which only clock times can settle."""
        at = self.at
        amounts = [self.window.lower, self.window.upper] if self.window else []
        if isinstance(at, Offset):
            amounts.append(at.amount)
        elif isinstance(at, OffsetRange):
            amounts += [at.least, at.most or at.least]
        return any(amount.needs_clock for amount in amounts)


@dataclass(frozen=True, slots=True)
class Rule:
    """A gap between two visits: `visit` is at least `least` and at most `most` after (`sign` 1) or before `other`.

    Where it is `uncertain`, nobody can choose the gap: it is known once it has passed, as the time to make a product.
    """

    id: str
    visit: Reference
    least: Duration | None
    most: Duration | None
    sign: int
    other: Reference
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A span of dates. It ends at `until`, or after `lasts`, or is open: until the event that `event` tells.

    With both a date and an event, `whichever` says which of the two counts. It ends early, on the day of the first of
    the visits `ends_with` that has a date.
    """

    id: str
    name: str
    start: Timing
    until: Timing | None = None
    lasts: Duration | None = None
    event: str = ""
    whichever: Literal["", "earlier", "later"] = ""
    ends_with: tuple[Reference, ...] = ()
    applies_to: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Multiple:
    """So many times a parameter that the user supplies, such as 5 half-lives."""

    count: int
    parameter: str

    def __str__(self) -> str:
        """Give the words of the protocol file: `5 x half-life`."""
        return f"{self.count} x {self.parameter}"


@dataclass(frozen=True, slots=True)
class Lookback:
    """A requirement on the time before an event; of several `spans` the longest counts."""

    id: str
    name: str
    kind: LookbackKind
    spans: tuple[Duration | Multiple, ...]
    before: Reference
    applies_to: str = ""
    exceptions: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles of treatment, or the periods of a crossover: `length` is from one Day 1 to the next.

    `most` is the longest length of a range, None where it has no end; `length` itself where it is no range. With a
    `fixed` rhythm every day is counted from Day 1 of the first cycle, else each cycle from the Day 1 before it. The
    first cycle has the number `numbered_from`, more than 1 where the group goes on from another.
    `least_count` and `most_count` are None where nobody knows; `until` is the visit that then ends the cycles, and
    `horizon` how many are planned until it has a date.
    """

    id: str
    name: str
    prefix: str
    length: Duration
    most: Duration | None
    first: Timing
    rhythm: Literal["fixed", "re-anchored"]
    least_count: int | None = None
    most_count: int | None = None
    until: tuple[str, ...] = ()
    horizon: int | None = None
    overlaps: str = ""
    numbered_from: int = 1
    arms: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Cycles or a repeat, written out: how many there are, and whether nobody knows yet how many there will be.

    `until` is the visit that ends them when it has a date, or "".
    """

    id: str
    what: str
    count: int
    is_open: bool
    until: tuple[str, ...]
    by_user: bool = False


@dataclass(frozen=True, slots=True)
class Timepoints:
    """Times around the clock time of visits: the samples of a sampling list.

    Each of `at` is counted from the start or the end of the visit itself: its reference has no name.
    """

    id: str
    name: str
    visits: tuple[Reference, ...]
    at: tuple[Offset | OffsetRange, ...]
    window: Window | Percent | None = None
    activities: tuple[str, ...] = ()
    applies_to: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the table of activities: `name` is a visit, an entry or `all`; `text` is what stands in the cell."""

    name: str
    text: str = "X"
    members: tuple[str, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Activity:
    """A procedure and the visits at which it is done: a row of the protocol's table."""

    id: str
    name: str
    marks: tuple[Mark, ...]
    section: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """An arm or a cohort: subjects who have visits that others do not have."""

    id: str
    name: str
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Choices:
    """What of a protocol a subject has: the arm, the cohort, and how many cycles (or visits of a repeat) by id.

    `horizons` are how many are planned of those whose number stays open; the planner chooses them, up to a known end.
    """

    arm: str = ""
    cohort: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    horizons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stage of the study; `until` are the visits that end it, as soon as one of them has a date."""

    id: str
    name: str
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)
    until: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitType:
    """A kind of visit; its visits cost `weight` for each day off their targets unless they say otherwise."""

    id: str
    name: str
    weight: int = 1
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the user supplies with `--set`, such as a half-life."""

    id: str
    name: str
    place: Place = field(default=NOWHERE, compare=False)


class NotExpressed(NamedTuple):
    """A statement of the source that the language cannot express, and why."""

    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where the protocol's statements come from: a registry's record, or a document."""

    registry: str = ""
    document: str = ""
    updated: str = ""
    url: str = ""
    changed_by: str = ""  # the file or files that were laid over it

    def __str__(self) -> str:
        """Say it in one line; that a registry record is not the protocol is said with it, and what changed it."""
        dated = f", updated {self.updated}" if self.updated else ""
        changed = f", with the changes of {self.changed_by}" if self.changed_by else ""
        if self.registry:
            return f"registry record {self.registry}{dated} (not the protocol itself){changed}"
        return (f"{self.document}{dated}" if self.document else "no source stated") + changed


@dataclass(frozen=True, eq=False)
class Protocol:
    """A whole protocol. Compared by identity: what is prepared from it is kept for it.

    As the reader gives it, cycles and repeats are written out for `choices` (at first for all arms and cohorts), and
    `written` is the protocol as it stands in the file, from which `expanding.expand` makes it anew for others.
    """

    id: str
    title: str
    study_days: StudyDays
    anchor: str
    start: str
    visits: tuple[Visit, ...]
    rules: tuple[Rule, ...] = ()
    periods: tuple[Period, ...] = ()
    lookbacks: tuple[Lookback, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    types: Mapping[str, VisitType] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    cycles: tuple[Cycles, ...] = ()
    repeated: Mapping[str, Repeated] = field(default_factory=dict)
    timepoints: tuple[Timepoints, ...] = ()
    activities: tuple[Activity, ...] = ()
    arms: tuple[Group, ...] = ()
    cohorts: tuple[Group, ...] = ()
    choices: Choices = Choices()
    not_planned: tuple[tuple[str, str], ...] = ()  # visits counted from a cycle that is not planned, and that cycle's
    written: Protocol | None = None
    escalation: Escalation | None = None  # what binds the subjects to each other
    not_expressed: tuple[NotExpressed, ...] = ()
    on_tie: Literal["earlier", "later"] = "later"
    version: str = ""
    effective: date | None = None  # the date from which this version counts
    source: Source = Source()
    study_day_source: Texts = field(default_factory=dict)
    study_day_assumed: Texts = field(default_factory=dict)
    study_day_place: Place = NOWHERE
    places: Mapping[str, Place] = field(default_factory=dict)  # of the head's keys
    file: str = ""
    sha256: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Visit]:
        """The visits by their ids."""
        return {visit.id: visit for visit in self.visits}
