"""The schedule of one subject as values: each visit's dates, the periods, the lookbacks, and what is wrong.

The planner makes these and the writers read them; they are a room of their own so that neither needs the other.
The fields of `ScheduledVisit` up to `notes`, of `ScheduledPeriod` and of `ScheduledLookback` are contracts: JSON and
CSV use the same names in the same order (`VISIT_FIELDS`). Absent is None, or an empty text or tuple.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple

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
    several (`last_day`), the clock times that are known (`starts`, `ends`), and whether the user gave the date.
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


class Schedule(NamedTuple):
    """A whole plan. `visits` are in the order of their dates; `understood` says in words how the dates were taken."""

    protocol: Protocol
    subject: Subject
    site: Site
    feasible: bool
    visits: tuple[ScheduledVisit, ...]
    periods: tuple[ScheduledPeriod, ...]
    lookbacks: tuple[ScheduledLookback, ...]
    problems: tuple[Problem, ...]
    understood: str
