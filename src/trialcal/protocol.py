"""A protocol's timeline as frozen values: visits, windows, rules, periods, lookbacks.

These are the nouns of a schedule of activities, with no date of any patient in them. They are a room of their own
because the planner must not know how a protocol is written down, nor the reader how it is planned.
Texts that a person put beside a value (`source`, `assumed`) map the name of the field they speak of to the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from trialcal.days import Duration, StudyDays
from trialcal.problems import NOWHERE, Place

Texts = Mapping[str, str]
Pick = Literal["only", "first", "last", "each", "previous"]
Edge = Literal["start", "end"]
LookbackKind = Literal["none-within", "discontinued", "stable", "exposure"]


@dataclass(frozen=True, slots=True)
class Reference:
    """What something is counted from: one visit, or the first, last, each or previous of several.

    `members` are visit ids in the order of the protocol's own days; `name` is the id, series or type as written.
    """

    name: str
    members: tuple[str, ...]
    pick: Pick = "only"
    edge: Edge = "start"

    def __str__(self) -> str:
        """Give the words of the protocol file: `infusion`, `end of last lymphodepletion`."""
        words = self.name if self.pick == "only" else f"{self.pick} {self.name}"
        return f"end of {words}" if self.edge == "end" else words


# --- when -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnDay:
    """At a study day."""

    number: int


@dataclass(frozen=True, slots=True)
class DayRange:
    """Some day from study day `first` to study day `last`, both inclusive: a window without a target."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Offset:
    """At a distance from another visit: after it (`sign` 1) or before it (`sign` -1)."""

    amount: Duration
    sign: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Between two distances from another visit, both inclusive: a window without a target."""

    least: Duration
    most: Duration
    sign: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class Pending:
    """No date yet; `waits_for` says what for."""

    waits_for: str


Timing = OnDay | DayRange | Offset | OffsetRange | Pending


@dataclass(frozen=True, slots=True)
class Window:
    """How far a visit may be from its target: `lower` before it, `upper` after it, both inclusive."""

    lower: Duration
    upper: Duration

    def __str__(self) -> str:
        """Give the field's short form: `±1 d`, `-1 d/+3 d`, `+7 d`, `0 d`."""
        if self.lower == self.upper:
            return f"±{self.lower}" if self.lower.count else str(self.lower)
        if not self.lower.count:
            return f"+{self.upper}"
        return f"-{self.lower}/+{self.upper}" if self.upper.count else f"-{self.lower}"


# --- the entries of a protocol -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `window` is None where the protocol states none: then the target is the only allowed date.

    `short` is the name that fits a calendar's title. `series` is the id that numbered visits share, `number` the
    visit's number within it. `lasts` is None where no duration is stated. `weight` is the cost of each day off the
    target, `prefer` the end of a range at which a visit without a target is planned.
    """

    id: str
    name: str
    at: Timing
    short: str = ""
    type: str = ""
    epoch: str = ""
    window: Window | None = None
    lasts: Duration | None = None
    weight: int = 1
    prefer: Literal["earliest", "latest"] = "earliest"
    activities: tuple[str, ...] = ()
    series: str = ""
    number: int = 0
    applies_to: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)

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
            amounts += [at.least, at.most]
        return any(amount.needs_clock for amount in amounts)


@dataclass(frozen=True, slots=True)
class Rule:
    """A gap between two visits: `visit` is at least `least` and at most `most` after (`sign` 1) or before `other`."""

    id: str
    visit: Reference
    least: Duration | None
    most: Duration | None
    sign: int
    other: Reference
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of dates. It ends at `until`, or after `lasts`, or is open: until the event that `event` tells.

    With both a date and an event, `whichever` says which of the two counts.
    """

    id: str
    name: str
    start: Timing
    until: Timing | None = None
    lasts: Duration | None = None
    event: str = ""
    whichever: Literal["", "earlier", "later"] = ""
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
class Epoch:
    """A stage of the study."""

    id: str
    name: str
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


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


@dataclass(frozen=True, slots=True)
class NotExpressed:
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
    """A whole protocol. Compared by identity: what is prepared from it is kept for it."""

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
    not_expressed: tuple[NotExpressed, ...] = ()
    on_tie: Literal["earlier", "later"] = "later"
    version: str = ""
    source: Source = Source()
    study_day_source: Texts = field(default_factory=dict)
    study_day_assumed: Texts = field(default_factory=dict)
    study_day_place: Place = NOWHERE
    file: str = ""
    sha256: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Visit]:
        """The visits by their ids."""
        return {visit.id: visit for visit in self.visits}
