"""The schedule of one subject as values: each visit's dates, periods, lookbacks, timepoints, and what is wrong.

The planner makes these and the writers read them; they are a room of their own so that neither needs the other.
The fields of `ScheduledVisit` and `ScheduledTimepoint` up to `notes`, of `ScheduledPeriod` and of `ScheduledLookback`
are contracts: JSON and CSV use the same names in the same order (`VISIT_FIELDS`, `TIMEPOINT_FIELDS`). Absent is None,
or an empty text or tuple.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from trialcal.days import Duration
from trialcal.problems import Problem
from trialcal.protocol import Protocol, Texts
from trialcal.site import Site
from trialcal.subject import Subject

Status = Literal["planned", "booked", "pending", "completed", "missed", "skipped", "cancelled", "no-date"]


class ScheduledVisit(NamedTuple):
    """One visit of one subject. Dates are civil dates, windows inclusive at both ends.

    `earliest` and `latest` bound the dates that still leave every other visit possible. `clock_*` is the protocol's
    own clock window, `open_*` the part of it that lies on the planned date; they carry an offset where the site's
    time zone is known. After `notes` come values for writers: the `short` name, the last date of a visit that takes
    several (`last_day`), the clock times that are known (`starts`, `ends`), whether the user gave the date, in a word
    or two that it may not take place (`certainty`), and those of the notes that people `recorded`.
    """

    id: str
    name: str
    type: str
    epoch: str
    study_day: int | None
    on_day: int | None
    reference: str
    target: date | None
    window_start: date | None
    window_end: date | None
    earliest: date | None
    latest: date | None
    planned: date | None
    booked: date | None
    actual: date | None
    status: Status
    clock_start: datetime | None
    clock_end: datetime | None
    open_start: datetime | None
    open_end: datetime | None
    activities: tuple[str, ...]
    assumed: Texts
    source: Texts
    notes: tuple[str, ...]
    short: str = ""
    last_day: date | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    is_given: bool = False
    certainty: str = ""
    recorded: tuple[str, ...] = ()

    @property
    def on(self) -> date | None:
        """The date on which the visit is: actual, else booked, else given or planned."""
        return self.actual or self.booked or self.planned


VISIT_FIELDS = ScheduledVisit._fields[: ScheduledVisit._fields.index("notes") + 1]


class ScheduledPeriod(NamedTuple):
    """A span of dates, both ends inclusive. An open one has `end_not_before` and `end_pending_on`, and no `end`."""

    id: str
    name: str
    start: date | None
    end: date | None
    end_not_before: date | None
    end_pending_on: str
    assumed: Texts
    source: Texts
    notes: tuple[str, ...]


class ScheduledLookback(NamedTuple):
    """What must (not) have been before an event. `first` ("from" in JSON) is the first date that it speaks of."""

    id: str
    name: str
    kind: str
    before: str
    first: date | None
    last_permitted: date | None
    applies_to: str
    exceptions: str
    assumed: Texts
    source: Texts
    notes: tuple[str, ...]


class ScheduledTimepoint(NamedTuple):
    """A time around the clock time of a visit, as of a sample. Windows are inclusive at both ends.

    `entry` is its id in the file; `visit` is empty while nobody knows which visit is meant (the last of cycles whose
    number is open). `at` says in words what it is counted from. It is `known` where that has a clock time: `target`
    is then None for a range only, and the window None where none is stated. Clock times are exact to the second and
    carry an offset where the site's time zone is known; a `relative` one has none. After `notes` come values for
    writers: the words without the visit (`when`), the window as the protocol states it (`tolerance`), and the words
    for the visit (`around`), its id where it is known.
    """

    id: str
    visit: str
    entry: str
    name: str
    at: str
    target: datetime | None
    window_start: datetime | None
    window_end: datetime | None
    status: Literal["known", "relative"]
    activities: tuple[str, ...]
    applies_to: str
    assumed: Texts
    source: Texts
    notes: tuple[str, ...]
    when: str = ""
    tolerance: str = ""
    around: str = ""

    @property
    def first(self) -> datetime | None:
        """The clock time that it is put in order by: its target, or the beginning (else the end) of its range."""
        return self.target or self.window_start or self.window_end


TIMEPOINT_FIELDS = ScheduledTimepoint._fields[: ScheduledTimepoint._fields.index("notes") + 1]


class Broken(NamedTuple):
    """A window or a rule that two dated visits break.

    `found` is where `visit` is, `first` and `last` are what the window around `other`, or the rule with it, allows:
    dates, or moments where clock times are judged; both inclusive, None where there is no bound. `days_off` is how
    many dates it lies outside, negative where it is early; 0 where only the clock time is. `told` names the window or
    rule in words, `how` says how the date is known: given, booked or recorded.
    """

    kind: Literal["window", "rule"]
    visit: str
    other: str
    found: date
    first: date | None
    last: date | None
    days_off: int
    assumed: bool
    told: str
    message: str
    how: str = "given"


class Dates(NamedTuple):
    """When a visit is planned; where it has no date yet, the first date that is possible for it."""

    planned: date | None
    earliest: date | None


class Outcome(NamedTuple):
    """What follows from one duration of an uncertain step: whether everything holds (else why not), and the dates."""

    duration: Duration
    holds: bool
    dates: Mapping[str, Dates]
    reason: str = ""


class Uncertain(NamedTuple):
    """An uncertain step with what follows from each of its durations, the shortest first.

    `shown` are the visits that tell it best: the step's own, those that wait for it, and the protocol's start;
    `changing` are all whose dates depend on it.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    shown: tuple[str, ...]
    changing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether everything holds with every duration."""
        return all(outcome.holds for outcome in self.outcomes)


if TYPE_CHECKING:
    from typing import Protocol as Interface

    class VisitDates(Interface):
        """What can be asked about the dates of a plan, besides those that were chosen."""

        def feasible(self, visit: str) -> tuple[date, ...] | None:
            """Give the dates, ascending, that leave every other visit possible; None where they have no end."""
            ...

        def why_closed(self, visit: str, day: date) -> str | None:
            """Say why a visit cannot start on a day; None where the site is open for it."""
            ...


class Schedule(NamedTuple):
    """A whole plan; `understood` says in words how the dates were taken, `dates` what other dates there would be.

    `visits` are in the order of their dates, `timepoints` in that of their visits, and then of their times.
    """

    protocol: Protocol
    subject: Subject
    site: Site
    feasible: bool
    visits: tuple[ScheduledVisit, ...]
    periods: tuple[ScheduledPeriod, ...]
    lookbacks: tuple[ScheduledLookback, ...]
    problems: tuple[Problem, ...]
    understood: str
    timepoints: tuple[ScheduledTimepoint, ...] = ()
    dates: VisitDates | None = None
    uncertain: Uncertain | None = None
    broken: tuple[Broken, ...] = ()
