"""When something is, in the words of a protocol: study days, offsets, ranges, windows, cycles, repeats.

A room of its own because visits, periods and rules all speak of time in these values, and the planner knows only what
remains of them once cycles and repeats are written out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from trialcal.days import Duration
from trialcal.problems import NOWHERE, Place

Pick = Literal["only", "first", "last", "each", "previous"]
Edge = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Reference:
    """What something is counted from: one visit, or the first, last, each or previous of several.

    `members` are visit ids in the order of the protocol's own days; `name` is the id, series or type as written.
    """

    name: str
    members: tuple[str, ...]
    pick: Pick = "only"
    edge: Edge = "start"
    place: Place = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        """Give the words of the protocol file: `infusion`, `end of last lymphodepletion`."""
        words = self.name if self.pick == "only" else f"{self.pick} {self.name}"
        return f"end of {words}" if self.edge == "end" else words


# --- when -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnDay:
    """At a study day; `week` is the study week that begins with it, where the file says it in weeks."""

    number: int
    week: int | None = field(default=None, compare=False)


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
    """Between two distances from another visit, both inclusive: a window without a target.

    `most` is None where the range has no end ("at least 30 d after").
    """

    least: Duration
    most: Duration | None
    sign: int
    reference: Reference


@dataclass(frozen=True, slots=True)
class Pending:
    """No date yet; `waits_for` says what for."""

    waits_for: str


@dataclass(frozen=True, slots=True)
class Whichever:
    """The later or the earlier of several dates, each counted from a visit; pending until all of them are known."""

    which: Literal["later", "earlier"]
    options: tuple[Offset, ...]


Timing = OnDay | DayRange | Offset | OffsetRange | Whichever | Pending


# --- what is written once and happens several times -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """Some cycles of a group: from `first` to `last` (None: to the end), every `step`-th of them."""

    first: int = 1
    last: int | None = None
    step: int = 1

    def has(self, cycle: int) -> bool:
        """Tell whether a cycle, counted from 1, is among them."""
        return self.first <= cycle <= (self.last or cycle) and (cycle - self.first) % self.step == 0


@dataclass(frozen=True, slots=True)
class InCycles:
    """On a day of some cycles, or with `last` on some day of a range; cycle days have no Day 0.

    `group` is the id of the cycles, or "" where the file has only one group.
    """

    first: int
    last: int | None
    group: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of a repeat: every so often, up to `lasts` from its beginning (None: with no end)."""

    every: Duration
    lasts: Duration | None


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again: from study day `first` on, counted from the anchor, or after `reference`, counted from that.

    `week` stands instead of the study day until it is known which week begins with the anchor.
    """

    stages: tuple[Stage, ...]
    first: int | None
    reference: Reference | None
    week: int | None = None


Written = Timing | InCycles | Every  # what a file can say of a visit, before repeats are written out


@dataclass(frozen=True, slots=True)
class Percent:
    """A window of so many hundredths of the nominal time to either side."""

    share: int

    def __str__(self) -> str:
        """Give the field's short form: `±10 %`."""
        return f"±{self.share} %"


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
