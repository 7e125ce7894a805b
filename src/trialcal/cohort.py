"""Several subjects of one study together: who is in which dose group, where each stands, what the next one waits for.

These are the values that `cohort_plan` works with and gives. A room of its own because a schedule is one subject's,
and because neither the reader of a cohort's file nor the writers need to know how dates are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from trialcal.escalation import Decision, Gate, Review, Then
from trialcal.problems import NOWHERE, Place, Problem
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.site import Site

# --- what people recorded -------------------------------------------------------------------------------------------


class HeldReview(NamedTuple):
    """A review that took place: which one, of which dose group, on which day, and who held it."""

    review: str
    group: str
    on: date
    by: str = ""
    place: Place = NOWHERE


class Release(NamedTuple):
    """A release that people decided on: of a gate of a dose group; of one subject only where that is named."""

    gate: str
    group: str
    on: date
    by: str = ""
    subject: str = ""
    place: Place = NOWHERE


class Ruling(NamedTuple):
    """What people decided where the table asks them to: after `of` evaluable subjects of a group.

    `then` is what follows, with so many `subjects` where some are added, and `to` the dose group that follows where
    that is not the next one (a spare one, say).
    """

    group: str
    of: int
    then: Then
    on: date
    by: str = ""
    subjects: int = 0
    to: str = ""
    place: Place = NOWHERE


class Member(NamedTuple):
    """A subject of a cohort: the schedule, and the name of the file that it comes from."""

    schedule: Schedule
    file: str = ""


@dataclass(frozen=True, eq=False)
class Cohort:
    """The subjects of a study, in the order of dosing, and what people recorded of them together.

    `is_ordered`: somebody stated the order, also of those who have no dose yet; else those stand in no order, and
    only the first dates of others tell it.
    """

    protocol: Protocol
    site: Site
    members: tuple[Member, ...]
    name: str = ""
    is_ordered: bool = False
    reviews: tuple[HeldReview, ...] = ()
    releases: tuple[Release, ...] = ()
    rulings: tuple[Ruling, ...] = ()


# --- what comes of it -----------------------------------------------------------------------------------------------

State = Literal[
    "screening", "committed", "in-observation", "complete", "not-evaluable", "withdrawn", "no-place", "next"
]
"""`committed`: after the first step that commits, before the dose. `withdrawn`: out before the dose. `next`: not a
subject yet, but the place that the next one would have. `no-place`: the decision table has none for it.
"""

Kind = Literal["stagger", "order", "observation", "assessment", "review", "release", "decision"]


class Wait(NamedTuple):
    """A link of the chain that a subject's first step waits for.

    `since` is the first day on which this no longer holds it back: None where no calendar can tell. `holds` says
    whether it holds back as of the day of looking. `rule` is the id of what asks for it, `assumed` why where that is
    only assumed. `at_best` is the first day on which it may no longer hold back if people do at once what is not
    recorded; `is_recorded` says that they have.
    """

    kind: Kind
    rule: str
    told: str
    since: date | None
    holds: bool
    assumed: str = ""
    at_best: date | None = None
    is_recorded: bool = False

    @property
    def bound(self) -> date | None:
        """The first day on which it can no longer hold back, also where people are still to do something."""
        return self.since or self.at_best


class Row(NamedTuple):
    """Where a subject stands. The fields up to `assumed` are the names of JSON.

    `position` is that in the dose group, of those who count (None: does not count). `gate` is the first day that the
    rules across subjects leave for the first step that commits (`commits`), `first_dose` the day of the first dose,
    `observed_until` the last day of DLT observation. A date is actual where its flag says so, else the earliest one
    that the calendar rules allow, or one that the subject's file states (`stated`). `dlt` is `none`, `yes` or
    `not-assessed`.
    """

    subject: str
    group: str
    position: int | None
    state: State
    gate: date | None
    commits: date | None
    commits_is_actual: bool
    first_dose: date | None
    first_dose_is_actual: bool
    is_stated: bool
    observed_until: date | None
    complete_from: date | None
    dlt: Literal["none", "yes", "not-assessed"]
    told: str
    waits: tuple[Wait, ...]
    assumed: tuple[str, ...] = ()
    schedule: Schedule | None = None
    own: str = ""


class ReviewRow(NamedTuple):
    """A review of a dose group: whom it is about, and the first day on which it can be, or was, held.

    `earliest` is None where no calendar can tell; `of` are the subjects whose observation it waits for, "" for those
    who are not there yet.
    """

    review: Review
    group: str
    of: tuple[str, ...]
    earliest: date | None
    held: date | None
    told: str
    waits: tuple[Wait, ...] = ()


class Outcome(NamedTuple):
    """What follows from so many DLTs of so many evaluable subjects, by the protocol's own table."""

    of: int
    dlts: int
    then: Then | None
    told: str
    decision: Decision | None
    is_now: bool = False


class GroupRow(NamedTuple):
    """Where a dose group stands: enrolled, evaluable (or may still be), assessed, with a DLT; the step it is at."""

    group: str
    name: str
    dosed: int
    counted: int
    assessed: int
    dlts: int
    of: int
    outcomes: tuple[Outcome, ...]
    told: str


class CohortFinding(NamedTuple):
    """What the dates show against a rule across subjects; whether it is a deviation is for people to say.

    `earliest` is the first day that the rule allows, None where it asks for what nobody recorded. `days_off` are the
    days before it, negative.
    """

    kind: Literal["gate", "stagger", "order", "too-many"]
    subject: str
    rule: str
    earliest: date | None
    actual: date | None
    days_off: int | None
    message: str
    assumed: bool


class GateRow(NamedTuple):
    """The next step across subjects: whom it holds back, since when it may be, and what it waits for."""

    gates: tuple[Gate, ...]
    subject: str
    group: str
    position: int | None
    opens: date | None
    told: str
    waits: tuple[Wait, ...]


@dataclass(frozen=True, eq=False)
class CohortPlan:
    """Where a cohort stands as of a day, and the earliest dates of what is to come.

    `assumed` are what the dates to come rest on: that nobody who is not assessed has a DLT, and the like.
    """

    cohort: Cohort
    today: date
    rows: tuple[Row, ...]
    groups: tuple[GroupRow, ...]
    reviews: tuple[ReviewRow, ...]
    next_gate: GateRow | None
    findings: tuple[CohortFinding, ...] = ()
    problems: tuple[Problem, ...] = ()
    assumed: tuple[str, ...] = ()
