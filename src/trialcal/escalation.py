"""What binds the subjects of a study to each other: dose groups, staggering, gates, reviews, the decision table.

These are the nouns of a dose escalation as the protocol states it, with no date and no subject in them. A room of
its own because a schedule of activities is about one subject, and all of this is about several. Nothing here
assesses a toxicity or releases a dose: people do, and say so in the files of the subjects and of the cohort.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from trialcal.days import Duration
from trialcal.problems import NOWHERE, Place
from trialcal.site import Days
from trialcal.timing import Reference

Texts = Mapping[str, str]
Opens = Literal["on-the-last-day", "the-day-after"]
"""From when on what waits may follow: on the last day of the time that it waits for, or on the day after it."""

Then = Literal["add", "escalate", "stop", "discuss"]
"""What a row of the decision table leads to: more subjects in the group, the next group, no more in this one, or
people who discuss and decide (nothing follows by itself).
"""


class Positions(NamedTuple):
    """Positions in a dose group, counted from 1 in the order of dosing: `first` to `last`, None where open.

    Of gates those count who are evaluable, or may still be: whoever replaces a subject has its position. Of staggers,
    which are about doses, everybody dosed counts.
    """

    first: int
    last: int | None

    def has(self, position: int) -> bool:
        """Tell whether a position is one of them."""
        return self.first <= position and (self.last is None or position <= self.last)

    def __str__(self) -> str:
        """Give the words of the protocol file: `2`, `2-3`, `2 and on`."""
        if self.last is None:
            return f"{self.first} and on"
        return str(self.first) if self.last == self.first else f"{self.first}-{self.last}"


class Counts(NamedTuple):
    """So many subjects: `least` to `most`, None where open."""

    least: int
    most: int | None

    def has(self, number: int) -> bool:
        """Tell whether a number is one of them."""
        return self.least <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        """Give the words of the protocol file: `0`, `0-1`, `2 or more`."""
        if self.most is None:
            return f"{self.least} or more"
        return str(self.least) if self.most == self.least else f"{self.least}-{self.most}"


@dataclass(frozen=True, slots=True)
class DoseGroup:
    """Subjects with one dose. `subjects` are how many evaluable ones the protocol plans, None where it does not say.

    A `spare` one is used only where people decide so: no row of the decision table leads to it.
    """

    id: str
    name: str
    subjects: Counts | None = None
    spare: bool = False
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


ONE_GROUP = DoseGroup("", "the dose group")  # of a protocol that names none


@dataclass(frozen=True, slots=True)
class Stagger:
    """A minimum between the first doses of two subjects of one group.

    `subject` are the positions that wait; `after` is the position that they wait for (1), or 0 for the one before.
    With `opens` on the last day, 14 d after a first dose on 2025-03-10 the next may be on 2025-03-24; with the day
    after, on 2025-03-25. `group` is empty for every group.
    """

    id: str
    subject: Positions
    after: int
    at_least: Duration
    opens: Opens
    group: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Review:
    """A review of safety data after so many evaluable subjects of a group completed the DLT observation.

    `after` is None where all of the group must have. It can be held from the last day of the last observation on, or
    from the day after it (`opens`), once `preparation` has passed, on one of the days on which the committee meets
    (`meets`; empty where nobody has said, then on any open day of the site).
    """

    id: str
    name: str
    after: int | None
    opens: Opens
    assesses: str = ""
    decides: str = ""
    preparation: Duration | None = None
    meets: tuple[Days, ...] = ()
    group: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Gate:
    """What holds the first step that commits a subject, for some positions of a group.

    It waits for a `review`, or, where that is empty, for the DLT observation of everybody at a position before. Where
    a `release` is needed, also for that people record it. It opens the day after, unless `opens` says otherwise.
    """

    id: str
    name: str
    subject: Positions
    review: str = ""
    release: bool = False
    released_by: str = ""
    opens: Opens = "the-day-after"
    group: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """A row of the decision table: of so many evaluable subjects of a group, so many with a DLT, and what follows.

    `of` is None for any number of subjects, also before their observation is complete: such a row counts as soon as
    the number of DLTs is reached. `subjects` are those that `add` adds.
    """

    id: str
    of: int | None
    dlts: Counts
    then: Then
    subjects: int = 0
    group: str = ""
    by: str = ""
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)


Entry = DoseGroup | Stagger | Review | Gate | Decision


@dataclass(frozen=True, eq=False)
class Escalation:
    """What a protocol says of its subjects together. Compared by identity.

    `commits` is the first visit that commits a subject to the dose: what a gate holds back. `first_dose` is the first
    visit with the investigational product. `dlt_period` is the period in which a toxicity counts as dose-limiting,
    and `complete` whether its observation is complete on its last day or on the day after; both are empty where
    nobody has set them. `subjects` are those of the whole study, which are told and not checked. `mtd_needs`: the
    candidate for the MTD must have so many evaluable subjects; 0 where that is not asked.
    """

    commits: str
    first_dose: str
    dlt_period: str = ""
    complete: Opens | None = None
    design: str = ""
    subjects: Counts | None = None
    mtd_needs: int = 0
    groups: tuple[DoseGroup, ...] = ()
    staggers: tuple[Stagger, ...] = ()
    reviews: tuple[Review, ...] = ()
    gates: tuple[Gate, ...] = ()
    decisions: tuple[Decision, ...] = ()
    notes: str = ""
    source: Texts = field(default_factory=dict)
    assumed: Texts = field(default_factory=dict)
    place: Place = field(default=NOWHERE, compare=False)
    references: tuple[Reference, ...] = ()  # of `commits` and `first_dose` as they are written

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Give all entries with what each is, in the order of the file: `dose group`, `stagger` and so on."""
        yield from (("dose group", each) for each in self.groups)
        yield from (("stagger", each) for each in self.staggers)
        yield from (("review", each) for each in self.reviews)
        yield from (("gate", each) for each in self.gates)
        yield from (("decision", each) for each in self.decisions)

    def group(self, name: str) -> DoseGroup | None:
        """Give a dose group by its id."""
        return next((group for group in self.groups if group.id == name), None)

    def following(self, group: DoseGroup) -> DoseGroup | None:
        """Give the group that `escalate` leads to: the next one that is not spare; None from a spare one on."""
        if group.spare or group not in self.groups:
            return None
        rest = self.groups[self.groups.index(group) + 1 :]
        return next((each for each in rest if not each.spare), None)

    def below(self, group: DoseGroup) -> DoseGroup | None:
        """Give the group with the next lower dose that is not spare; None below a spare one."""
        if group.spare or group not in self.groups:
            return None
        before = self.groups[: self.groups.index(group)]
        return next((each for each in reversed(before) if not each.spare), None)

    def rows(self, group: str) -> tuple[Decision, ...]:
        """Give the rows of the decision table that are about a group."""
        return tuple(row for row in self.decisions if row.group in ("", group))


# --- the decision table -------------------------------------------------------------------------------------------


class Step(NamedTuple):
    """Where a group stands in its table: `of` evaluable subjects, `dlts` of them with a DLT."""

    of: int
    dlts: int


class Flaw(NamedTuple):
    """What is wrong with a decision table: a hole (no row), or a contradiction (`rows` that say different things)."""

    step: Step
    rows: tuple[Decision, ...]


def sizes(rows: tuple[Decision, ...]) -> tuple[int, ...]:
    """Give the numbers of evaluable subjects at which a table is looked up, the smallest first."""
    return tuple(sorted({row.of for row in rows if row.of is not None}))


def decided(rows: tuple[Decision, ...], step: Step) -> Decision | None:
    """Give the row that counts at a step, or None where the table has none. A row for `any` number goes first."""
    found = rows_at(rows, step)
    return found[0] if found else None


def rows_at(rows: tuple[Decision, ...], step: Step) -> tuple[Decision, ...]:
    """Give all rows that speak of a step; those for any number of subjects first."""
    always = [row for row in rows if row.of is None and row.dlts.has(step.dlts)]
    at = [row for row in rows if row.of == step.of and row.dlts.has(step.dlts)]
    return (*always, *at)


def at_once(rows: tuple[Decision, ...], dlts: int) -> Decision | None:
    """Give the row that counts as soon as there are so many DLTs, at any number of subjects."""
    return next((row for row in rows if row.of is None and row.dlts.has(dlts)), None)


def flaws_of(rows: tuple[Decision, ...]) -> Iterator[Flaw]:
    """Give the holes and contradictions of a group's table, at every step that can be reached from its first.

    Rows contradict each other where they lead to different things; that they are decided by others, or say it in
    other words, is none.
    """
    at = sizes(rows)
    if not at:
        return
    seen: set[Step] = set()
    waiting = [Step(at[0], dlts) for dlts in range(at[0] + 1)]
    while waiting:
        step = waiting.pop(0)
        if step in seen:
            continue
        seen.add(step)
        found = rows_at(rows, step)
        if not found or len({(row.then, row.subjects) for row in found}) > 1:
            yield Flaw(step, found)
        if found and found[0].of is None:
            continue
        for row in found:
            waiting += [Step(step.of + row.subjects, step.dlts + n) for n in range(row.subjects + 1) if row.subjects]
