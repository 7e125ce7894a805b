"""Planning: a protocol, a subject's dates and a site's closed days become one schedule.

The one door to the planning core. It never opens a file, prints, or asks the clock: the same values give the same
schedule. The steps are rooms of their own: `model` (the protocol as a network), `settle` (which day), `judge` (what
given dates break), `clocks` (minutes), `visits` and `spans` (what is told of them).
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.clocks import Clocks, clocks_of
from trialcal.judge import broken_conditions, closed_days
from trialcal.problems import Problem
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.settle import Dropped, Settled, settle
from trialcal.site import Site
from trialcal.spans import lookbacks_of, periods_of
from trialcal.subject import Subject
from trialcal.telling import chain_told, clock_told, conflict_told, day_told, label_told
from trialcal.visits import visits_of

ANYWHERE = Site()


def plan(protocol: Protocol, subject: Subject, site: Site = ANYWHERE) -> Schedule:
    """Plan one subject's schedule.

    Every visit id in `subject.given` must be a visit of the protocol (KeyError otherwise). What cannot hold is told
    in `problems`, and `feasible` is False then; everything else is planned all the same.
    """
    settled = settle(protocol, subject, site)
    broken = broken_conditions(settled)
    clocks = clocks_of(settled, frozenset(broken))
    problems = [
        *broken.values(),
        *closed_days(settled, site.closed),
        *(_left_out(settled, dropped, site) for dropped in settled.dropped),
        *_hours_that_contradict(settled, clocks),
    ]
    visits = tuple(visits_of(settled, subject, clocks, site.closed))
    return Schedule(
        protocol,
        subject,
        site,
        not problems,
        visits,
        tuple(periods_of(settled)),
        tuple(lookbacks_of(settled, subject)),
        tuple(problems),
        "; ".join(_understood(settled, subject)),
    )


def _left_out(settled: Settled, dropped: Dropped, site: Site) -> Problem:
    model = dropped.model
    name = model.visit(dropped.visit).id
    chain = chain_told(model, dropped.conflict, settled.pins, site.closed)
    message = f"{name} has no date: not all of this can hold: {conflict_told(model, dropped.conflict)}"
    involved = {model.visit(i).id for label in dropped.conflict.labels for i in model.bound_by(label)}
    hint = "everything else is planned without it"
    visits = (name, *sorted(involved - {name}))
    return Problem("error", "no-date", message, hint, visits=visits, chain=chain)


def _hours_that_contradict(settled: Settled, clocks: Clocks) -> Iterator[Problem]:
    if clocks.contradiction is None:
        return
    model = settled.model
    known = len(model.gaps) + len(model.counted)
    told = [label_told(model, label) for label in clocks.contradiction.labels if label < known]
    message = f"on these days the hours cannot all hold: {'; '.join(told)}"
    yield Problem("error", "hours-conflict", message, "another day, or other clock times, are needed")


def _understood(settled: Settled, subject: Subject) -> Iterator[str]:
    """Say how the dates were taken: the anchor's, every given one, and the first visit of the anchor's type."""
    model, days = settled.model, settled.days
    protocol = model.protocol
    anchor = model.numbers[protocol.anchor]
    date_of_anchor = day_told(days[anchor]) if anchor in days else "no date yet"
    yield f"Day {protocol.study_days.number} = {protocol.anchor} = {date_of_anchor}"
    for name, dated in sorted(subject.given.items()):
        if dated.start is not None:
            yield f"{name} starts {clock_told(dated.start)}"
        elif name != protocol.anchor and dated.end is None:
            yield f"{name} = {day_told(dated.day.toordinal())}"
        if dated.end is not None:
            yield f"{name} ends {clock_told(dated.end)}"
    kind = protocol.by_id[protocol.start].type
    first = min(
        ((days[i], visit.id) for i, visit in enumerate(protocol.visits) if kind and visit.type == kind and i in days),
        default=None,
    )
    if first is not None and first[1] != protocol.anchor and first[1] not in subject.given:
        yield f"{first[1]} = {day_told(first[0])}"


def find_visit(schedule: Schedule, name: str) -> ScheduledVisit:
    """Give a visit of a schedule by its id. Raises KeyError."""
    for visit in schedule.visits:
        if visit.id == name:
            return visit
    raise KeyError(name)
