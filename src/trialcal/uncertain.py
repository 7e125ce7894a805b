"""The uncertain step, as the manufacturing of a cell product: each of its durations planned, and what follows.

A room of its own because one question is asked many times: with this duration, does the rest hold, and when is it?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from trialcal.days import Duration
from trialcal.horizon import settled_to_the_end
from trialcal.judge import faults
from trialcal.problems import Problem, has_errors
from trialcal.protocol import Protocol, Rule, Visit
from trialcal.schedule import Dates, Outcome, Schedule, Uncertain
from trialcal.settle import Settled
from trialcal.site import Site
from trialcal.starts import Start, reason_of, starts_of
from trialcal.subject import Subject
from trialcal.telling import day_told
from trialcal.timing import Offset, OffsetRange, Reference

MOST_DURATIONS = 366


def uncertain_steps(protocol: Protocol) -> dict[str, Rule | Visit]:
    """Give the rules and visits that the protocol marks as uncertain, by id."""
    found: dict[str, Rule | Visit] = {rule.id: rule for rule in protocol.rules if rule.uncertain}
    return found | {visit.id: visit for visit in protocol.visits if visit.uncertain}


def known_lengths(protocol: Protocol, subject: Subject) -> set[str]:
    """Give the uncertain steps that have ended: the visit at their end has a given date."""
    found = set()
    for name, step in uncertain_steps(protocol).items():
        if ends_of(step) & set(subject.dated):
            found.add(name)
    return found


def range_of(step: Rule | Visit) -> tuple[Duration, Duration | None]:
    """Give the shortest and the longest duration that the protocol allows; None where it has no longest one."""
    if isinstance(step, Visit):
        assert isinstance(step.at, OffsetRange)
        return step.at.least, step.at.most
    assert step.least is not None
    return step.least, step.most


def with_duration(protocol: Protocol, name: str, duration: Duration) -> Protocol:
    """Give the protocol in which an uncertain step takes exactly so long; it may end on a closed day."""
    ends = ends_of(uncertain_steps(protocol)[name])
    written = protocol.written  # from which longer horizons are written out anew
    changed = None if written is None else _lasting(written, name, duration, ends)
    return replace(_lasting(protocol, name, duration, ends), written=changed)


def _lasting(protocol: Protocol, name: str, duration: Duration, ends: set[str]) -> Protocol:
    rules = tuple(
        replace(rule, least=duration, most=duration) if rule.id == name and rule.uncertain else rule
        for rule in protocol.rules
    )
    visits = tuple(
        _exactly(visit, duration)
        if visit.id == name and visit.uncertain
        else replace(visit, unchosen=True)
        if visit.id in ends
        else visit
        for visit in protocol.visits
    )
    return replace(protocol, rules=rules, visits=visits)


def ends_of(step: Rule | Visit) -> set[str]:
    """Give the visits with which an uncertain step ends."""
    return {step.id} if isinstance(step, Visit) else set(_members(step.visit))


def _exactly(visit: Visit, duration: Duration) -> Visit:
    assert isinstance(visit.at, OffsetRange)
    return replace(visit, at=replace(visit.at, least=duration, most=duration), unchosen=True)


def with_uncertain(
    plan: Callable[[Protocol, Subject, Site], Schedule],
    protocol: Protocol,
    subject: Subject,
    site: Site,
    name: str,
    durations: Sequence[Duration],
) -> Schedule:
    """Plan every duration of an uncertain step, the shortest first; the schedule is that of the longest.

    Whatever is booked by it is not too early. Visits whose dates depend on the step say so in their notes.
    """
    outcomes = tuple(_outcome(with_duration(protocol, name, each), subject, site, each) for each in durations)
    schedule = plan(with_duration(protocol, name, durations[-1]), subject, site)
    changing = [
        visit.id for visit in schedule.visits if len({outcome.dates.get(visit.id) for outcome in outcomes}) > 1
    ]
    ends = ends_of(uncertain_steps(protocol)[name])
    telling = {*_waiting(protocol, name), protocol.start}
    shown = tuple(visit.id for visit in schedule.visits if visit.id in telling)
    shown = tuple(sorted(shown, key=lambda visit: visit not in ends))  # the step's own end first
    uncertain = Uncertain(name, outcomes, shown, tuple(changing))
    visits = tuple(
        visit._replace(notes=(*visit.notes, _note(uncertain, visit.id))) if visit.id in changing else visit
        for visit in schedule.visits
    )
    problems = (*schedule.problems, *_failing(uncertain))
    return schedule._replace(visits=visits, uncertain=uncertain, problems=problems, feasible=not has_errors(problems))


def _failing(uncertain: Uncertain) -> Iterator[Problem]:
    """Say with which durations not everything holds, and why with the first of them."""
    failing = [outcome for outcome in uncertain.outcomes if not outcome.holds]
    works = [outcome.duration for outcome in uncertain.outcomes if outcome.holds]
    if failing:
        fails = durations_told([outcome.duration for outcome in failing])
        told = f"everything holds with {durations_told(works)}" if works else "no duration lets everything hold"
        message = f"not everything holds with {uncertain.name} of {fails}: {failing[0].reason}"
        yield Problem("error", "uncertain-step", message, told)


def starts_with_uncertain(
    protocol: Protocol,
    subject: Subject,
    site: Site,
    visit: str,
    days: Sequence[date],
    name: str,
    durations: Sequence[Duration],
) -> Iterator[Start]:
    """Give the verdict on each start for all durations of an uncertain step: the worst of them counts."""
    each = [list(starts_of(with_duration(protocol, name, d), subject, site, visit, days)) for d in durations]
    for of_day in zip(*each, strict=True):
        failing = [n for n, start in enumerate(of_day) if start.verdict == "impossible"]
        if not failing:
            yield max(of_day, key=lambda start: start.cost)
            continue
        first = of_day[failing[0]]
        if len(failing) < len(durations):
            works = durations_told([d for n, d in enumerate(durations) if n not in failing])
            fails = durations_told([durations[n] for n in failing])
            first = first._replace(reason=f"works with {name} of {works}, not of {fails}: {first.reason}")
        yield first


def durations_told(durations: Sequence[Duration]) -> str:
    """Give durations in words: `10-17 d`, `10 d and 12-14 d`."""
    numbered = list(enumerate(durations))
    runs = [
        [duration for _, duration in run] for _, run in groupby(numbered, key=lambda pair: pair[1].count - pair[0])
    ]
    told = [str(run[0]) if len(run) == 1 else f"{run[0].count}-{run[-1]}" for run in runs]
    return " and ".join(told)


def _outcome(protocol: Protocol, subject: Subject, site: Site, duration: Duration) -> Outcome:
    settled, _ = settled_to_the_end(protocol, subject, site)
    reasons = [problem.message for problem in faults(settled)]
    reasons += [reason_of(settled, dropped) for dropped in settled.dropped]
    return Outcome(duration, not reasons, dict(_dates(settled)), "; ".join(reasons))


def _dates(settled: Settled) -> Iterator[tuple[str, Dates]]:
    for i, visit in enumerate(settled.model.protocol.visits):
        planned, earliest = settled.days.get(i), settled.earliest.get(i)
        yield visit.id, Dates(_date(planned), _date(earliest))


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def _waiting(protocol: Protocol, name: str) -> set[str]:
    """Give the step's own visit and those that wait for it: bound to it by a rule, or counted from it."""
    released = ends_of(uncertain_steps(protocol)[name])
    found = set(released)
    for rule in protocol.rules:
        if released & {*_members(rule.other)} and not rule.uncertain:
            found |= {*_members(rule.visit)}
        elif released & {*_members(rule.visit)} and rule.sign < 0:
            found |= {*_members(rule.other)}
    for visit in protocol.visits:
        if isinstance(visit.at, (Offset, OffsetRange)) and released & {*_members(visit.at.reference)}:
            found.add(visit.id)
    return found


def _members(reference: Reference) -> tuple[str, ...]:
    if reference.pick == "first":
        return reference.members[:1]
    return reference.members[-1:] if reference.pick == "last" else reference.members


def _note(uncertain: Uncertain, visit: str) -> str:
    """Say how a visit's date depends on the step: its first and its last date."""
    first, last = uncertain.outcomes[0], uncertain.outcomes[-1]
    told = " and ".join(f"{_when(each.dates.get(visit))} with {each.duration}" for each in (first, last))
    return f"depends on {uncertain.name}: {told}"


def _when(dates: Dates | None) -> str:
    if dates is None or (dates.planned is None and dates.earliest is None):
        return "no date"
    if dates.planned is not None:
        return day_told(dates.planned.toordinal())
    assert dates.earliest is not None
    return f"not before {day_told(dates.earliest.toordinal())}"
