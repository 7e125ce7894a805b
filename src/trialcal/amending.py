"""A subject over several versions of a protocol: what is done stays as it was judged, the rest follows the new one.

A room of its own because each version is planned as if it were the only one, with all dates that are known of the
subject; here it is decided which of the plans each row, each judgement and each problem is taken from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from trialcal.judge import problem_of
from trialcal.plan import ANYWHERE, plan
from trialcal.problems import Problem, has_errors
from trialcal.protocol import Protocol
from trialcal.schedule import Broken, Schedule, ScheduledTimepoint, ScheduledVisit
from trialcal.site import Site
from trialcal.subject import Subject
from trialcal.telling import day_told

if TYPE_CHECKING:
    from trialcal.schedule import VisitDates

Value = TypeVar("Value")
# Problems that speak of single dated visits, besides those of `Schedule.broken`; the others speak of what is to come.
_OF_VISITS = ("closed", "after-its-end", "hours-conflict")
_OF_BROKEN = ("rule-broken", "out-of-window", "rule-broken-assumed", "out-of-window-assumed")


class Stage(NamedTuple):
    """A version of a protocol by which visits before `until` (exclusive) are judged."""

    protocol: Protocol
    until: date


def planned_over(
    stages: Sequence[tuple[Protocol, date]], protocol: Protocol, subject: Subject, site: Site = ANYWHERE
) -> Schedule:
    """Plan a subject who was moved from one version of a protocol to the next; `stages` are those before the present.

    A visit that was recorded (as done, in part, or as not done) for a date before a stage's end keeps the row, the
    judgement and the problems of that version, also where the present one lacks it; so does an undone one whose
    window had closed by then. What else is undone follows the present version, counted from the dates that are known.
    A rule between two visits is that of the later version.
    """
    if not stages:
        return plan(protocol, subject, site)
    plans = [plan(before, known_to(before, subject), site) for before, _ in stages]
    now = plan(protocol, known_to(protocol, subject), site)
    joined = _Joined(stages, plans, now, subject)
    visits = joined.visits()
    broken = tuple(joined.broken())
    problems = (*map(problem_of, broken), *joined.problems())
    is_known = known_to(protocol, subject) is subject
    return now._replace(
        subject=subject,
        feasible=not has_errors(problems),
        visits=visits,
        problems=problems,
        understood=f"{now.understood}; {versions_told(stages, protocol)}",
        timepoints=tuple(joined.timepoints(visits)),
        dates=now.dates if is_known or now.dates is None else _Dates(now.dates, now.protocol, visits),
        broken=broken,
    )


def known_to(protocol: Protocol, subject: Subject) -> Subject:
    """Give the subject without the dates of visits that a version of the protocol does not have."""
    named = {*subject.stated, *subject.partly, *subject.absent, *subject.reasons, *subject.given}
    if named <= protocol.by_id.keys():
        return subject

    def kept(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in values.items() if name in protocol.by_id}

    return replace(
        subject,
        given=kept(subject.given),
        booked=kept(subject.booked),
        actual=kept(subject.actual),
        partly=kept(subject.partly),
        absent=kept(subject.absent),
        reasons=kept(subject.reasons),
    )


def judged_by(
    stages: Sequence[tuple[Protocol, date]], plans: Sequence[Schedule], now: Schedule, subject: Subject
) -> dict[str, int]:
    """Say which stage, by its index, each recorded visit belongs to; those of the present version are left out.

    So does an undone visit whose window had closed before the amendment, unless the present version (its plan is
    `now`) leaves it open longer: an amendment takes no overdue visit away.
    """
    present = now.protocol
    judged: dict[str, int] = {}
    only: dict[str, int] = {}
    for number, ((_, until), planned) in enumerate(zip(stages, plans, strict=True)):
        rows = {row.id: row for row in planned.visits}
        for name in _recorded(subject):
            day = _day(subject, name, rows.get(name))
            if name in rows and day is not None and day < until:
                judged.setdefault(name, number)
            elif name in rows and name not in present.by_id:  # later than the amendment, yet no later version has it
                only[name] = number
        for extra in subject.unscheduled:
            if extra.dated.day < until:
                judged.setdefault(extra.id, number)
    new = {row.id: row for row in now.visits}
    for number, ((_, until), planned) in enumerate(zip(stages, plans, strict=True)):
        for row in planned.visits:
            if _is_over(row, until) and (row.id not in new or _is_over(new[row.id], until)):
                judged.setdefault(row.id, number)
    return only | judged


def _is_over(row: ScheduledVisit, until: date) -> bool:
    """Tell whether an undone visit could only have been before a day."""
    is_open = row.status in ("planned", "booked", "no-date") and (row.on is None or row.on < until)
    return is_open and row.window_end is not None and row.window_end < until


def versions_told(stages: Sequence[tuple[Protocol, date]], protocol: Protocol) -> str:
    """Say which version counts from when: `version 2.0 from Thu 2025-05-01 on, before that 1.0`."""
    told = f"version {_named(protocol)} from {day_told(stages[-1][1].toordinal())} on, before that"
    for number in range(len(stages) - 1, 0, -1):
        told += f" {_named(stages[number][0])} from {day_told(stages[number - 1][1].toordinal())} on, before that"
    return f"{told} {_named(stages[0][0])}"


def _named(protocol: Protocol) -> str:
    return protocol.version or "without a number"


def _recorded(subject: Subject) -> list[str]:
    return list(dict.fromkeys([*subject.actual, *subject.partly, *subject.absent]))


def _day(subject: Subject, name: str, row: ScheduledVisit | None) -> date | None:
    """Give the day that says by which version a recorded visit is judged; None where there is none.

    Of a date that is known in part that is the last possible day; of a visit that did not take place the day that is
    told of it, else the one on which it should have been.
    """
    if name in subject.partly:
        return subject.partly[name].last
    if name not in subject.absent:
        return subject.actual[name].day
    told = subject.absent[name].on
    if told is None and name in subject.stated:
        told = subject.stated[name].day
    if told is None and row is not None:
        told = row.window_end or row.target
    return told


class _Joined:
    """The plans of all versions, the present one last, and which of them counts for each recorded visit."""

    def __init__(
        self, stages: Sequence[tuple[Protocol, date]], plans: Sequence[Schedule], now: Schedule, subject: Subject
    ) -> None:
        self.now = now
        self.subject = subject
        self.present = len(plans)
        self.plans = [*plans, now]
        self.judged = judged_by(stages, plans, now, subject)

    def stage_of(self, names: Sequence[str]) -> int:
        """Give the plan that counts for what is said of some visits together: the latest of theirs."""
        return max((self.judged.get(name, self.present) for name in names), default=self.present)

    def visits(self) -> tuple[ScheduledVisit, ...]:
        """Give every row from the plan that counts for it, and those that the present version does not have."""
        rows = [{row.id: row for row in planned.visits} for planned in self.plans]
        found = [rows[self.judged.get(row.id, self.present)].get(row.id, row) for row in self.now.visits]
        missing = [rows[stage][name] for name, stage in self.judged.items() if name not in rows[-1]]
        for row in sorted(missing, key=lambda row: (_place(row) or date.max, row.id)):
            place = _place(row) or date.max
            before = [number for number, other in enumerate(found) if (_place(other) or date.max) <= place]
            found.insert(max(before, default=-1) + 1, row)
        return tuple(found)

    def broken(self) -> Iterator[Broken]:
        """Give what is broken by the version that counts for it, the earliest first."""
        for number, planned in enumerate(self.plans):
            for broken in planned.broken:
                names = (broken.visit,) if broken.kind == "window" else (broken.visit, broken.other)
                if self.stage_of(names) == number:
                    yield broken

    def problems(self) -> Iterator[Problem]:
        """Give the other problems: of recorded visits by their version, of all that is to come by the present one."""
        for number, planned in enumerate(self.plans):
            for problem in planned.problems:
                if problem.code in _OF_BROKEN:
                    continue
                stage = self.stage_of(problem.visits) if problem.code in _OF_VISITS else self.present
                if stage == number:
                    yield problem
        yield from self._gone()

    def _gone(self) -> Iterator[Problem]:
        """Warn of appointments and given dates of visits that the present version does not have."""
        subject, protocol = self.subject, self.now.protocol
        for how, dates in (("booked", subject.booked), ("given", subject.given)):
            for name, dated in dates.items():
                if name in protocol.by_id or name in self.judged or (how == "given" and name in subject.booked):
                    continue
                message = f"{name} is {how} on {day_told(dated.day.toordinal())}; version {_named(protocol)} lacks it"
                hint = "cancel the appointment" if how == "booked" else "take the date out of `given`"
                yield Problem("warning", "not-in-version", message, hint, visits=(name,))

    def timepoints(self, visits: Sequence[ScheduledVisit]) -> Iterator[ScheduledTimepoint]:
        """Give the timepoints of each visit from its plan, in the order of the visits."""
        of: dict[str, list[ScheduledTimepoint]] = {}
        for number, planned in enumerate(self.plans):
            for each in planned.timepoints:
                if self.judged.get(each.visit, self.present) == number:
                    of.setdefault(each.visit, []).append(each)
        for row in visits:
            yield from of.pop(row.id, ())
        for rest in of.values():  # of no visit that is known yet
            yield from rest


def _place(row: ScheduledVisit) -> date | None:
    """Give the date by which a visit stands among the others."""
    return row.on or row.target or row.window_start or row.earliest or row.latest


class _Dates:
    """What other dates there would be: those of the present plan; a visit that only an earlier version has stands."""

    def __init__(self, dates: VisitDates, protocol: Protocol, visits: Sequence[ScheduledVisit]) -> None:
        self.dates = dates
        self.stands = {row.id: row.on for row in visits if row.id not in protocol.by_id}

    def feasible(self, visit: str) -> tuple[date, ...] | None:
        """Give the dates that leave every other visit possible; of one that it does not have its own."""
        if visit not in self.stands:
            return self.dates.feasible(visit)
        day = self.stands[visit]
        return () if day is None else (day,)

    def why_closed(self, visit: str, day: date) -> str | None:
        """Say why a visit cannot start on a day; nothing of one that it does not have."""
        return None if visit in self.stands else self.dates.why_closed(visit, day)
