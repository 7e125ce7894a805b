"""One subject's dates: what is given, booked or was really done. No name, no birth date, only a study number.

Which of a visit's dates counts is decided here and nowhere else: the actual one, else the booked, else the given
(design, 4.6). A visit that was missed, skipped or cancelled has none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

from trialcal.days import Duration

Value = TypeVar("Value")
Absence = Literal["missed", "skipped", "cancelled"]


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of a visit that the user states; never moved, never dropped.

    `start` and `end` are wall-clock times at the site, where they are known. With an `end` alone, `day` is the day
    on which the visit began as far as its duration tells.
    """

    day: date
    start: datetime | None = None
    end: datetime | None = None


class Partly(NamedTuple):
    """An actual date of which only the month or the year is known, as `2025-03`: both ends inclusive."""

    told: str
    first: date
    last: date


class Absent(NamedTuple):
    """A visit that did not take place; `on` is the day to which that is ascribed, where one is told."""

    status: Absence
    reason: str = ""
    on: date | None = None


class Unscheduled(NamedTuple):
    """A visit that the protocol does not have; its id is the subject's own, and stays."""

    id: str
    dated: Dated
    reason: str = ""


class PartlyUnscheduled(NamedTuple):
    """A visit that the protocol does not have, of which only the month or the year is known."""

    id: str
    partly: Partly
    reason: str = ""


class Hold(NamedTuple):
    """Dates on which some visits must not be: `first` to `last`, both inclusive (`last` None: until further notice).

    `visits` are ids of visits, series and entries, or visit types.
    """

    first: date
    last: date | None
    visits: tuple[str, ...]
    reason: str = ""


class Delay(NamedTuple):
    """Visits (ids, as for a hold) whose targets and windows are `days` later than the protocol has them."""

    visits: tuple[str, ...]
    days: int
    reason: str = ""


class Discontinued(NamedTuple):
    """What falls away after a day: visits (ids, as for a hold, or epochs, or `all`), without those that are kept."""

    day: date
    visits: tuple[str, ...]
    kept: tuple[str, ...] = ()
    reason: str = ""


class Dlt(NamedTuple):
    """What people assessed of a subject's dose-limiting toxicity: `none`, or `yes` with the day of its onset.

    `on` is the day of the assessment, `by` the assessor's role. That nobody has assessed it yet is no `none`.
    """

    outcome: Literal["none", "yes"]
    onset: date | None
    on: date
    by: str


class NotEvaluable(NamedTuple):
    """That people decided on a day, and why, that a subject does not count for the decision on the dose."""

    reason: str
    on: date
    by: str


@dataclass(frozen=True)
class Subject:
    """A subject: the study number (or "" where none is named), dates by visit id, and parameters.

    `partly` are actual dates that are known in part: they are no reference and are not judged. `reasons` are what
    people noted beside a visit's date. `attempt` counts screenings: 2 for the first rescreening. `consent` is the day
    of the informed consent, where the protocol has no visit for it. `reference_start` is SDTM's RFSTDTC, `kept_in`
    the name of the file that it is kept in. `dlt` is None where it is not yet assessed.
    """

    id: str = ""
    given: Mapping[str, Dated] = field(default_factory=dict)
    parameters: Mapping[str, Duration] = field(default_factory=dict)
    booked: Mapping[str, Dated] = field(default_factory=dict)
    actual: Mapping[str, Dated] = field(default_factory=dict)
    partly: Mapping[str, Partly] = field(default_factory=dict)
    absent: Mapping[str, Absent] = field(default_factory=dict)
    unscheduled: tuple[Unscheduled, ...] = ()
    partly_unscheduled: tuple[PartlyUnscheduled, ...] = ()
    holds: tuple[Hold, ...] = ()
    delays: tuple[Delay, ...] = ()
    discontinued: Discontinued | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    attempt: int = 1
    consent: date | None = None
    reference_start: date | None = None
    kept_in: str = ""
    dose_group: str = ""
    dlt: Dlt | None = None
    not_evaluable: NotEvaluable | None = None

    @cached_property
    def dated(self) -> Mapping[str, Dated]:
        """The date that counts for each visit that has one: never moved, never dropped (design, 4.7)."""
        if not (self.booked or self.actual or self.partly or self.absent):
            return self.given
        found = {**self.given, **self.booked, **self.actual}
        return {name: dated for name, dated in found.items() if name not in self.partly and name not in self.absent}

    def placed(self, visit: str, day: date) -> Subject:
        """Give the subject with a visit on another day, whatever is known of it."""
        given = {**self.given, visit: Dated(day)}
        if not (self.booked or self.actual or self.partly or self.absent):
            return replace(self, given=given)
        return replace(
            self,
            given=given,
            booked=_without(self.booked, visit),
            actual=_without(self.actual, visit),
            partly=_without(self.partly, visit),
            absent=_without(self.absent, visit),
        )

    @cached_property
    def stated(self) -> Mapping[str, Dated]:
        """The same, also of visits that did not take place: the day on which they should have been."""
        found = {**self.given, **self.booked, **self.actual}
        return {name: dated for name, dated in found.items() if name not in self.partly}


def _without(values: Mapping[str, Value], visit: str) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name != visit}
