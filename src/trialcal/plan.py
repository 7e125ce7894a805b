"""Planning: a protocol, a subject's dates and a site's closed days become one schedule.

The one door to the planning core. It never opens a file, prints, or asks the clock: the same values give the same
schedule. The steps are rooms of their own: `model` (the protocol as a network), `settle` (which day), `judge` (what
given dates break), `clocks` (minutes), `visits`, `spans` and `sampled` (what is told of them).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from trialcal.clocks import clocks_of
from trialcal.ending import ends_of, stopped
from trialcal.feasible import FeasibleDates
from trialcal.horizon import settled_to_the_end
from trialcal.judge import broken_conditions, closed_days, hours_that_contradict, problem_of, unknown_holidays
from trialcal.problems import Problem, has_errors
from trialcal.protocol import Protocol
from trialcal.recorded import with_unscheduled
from trialcal.sampled import timepoints_of
from trialcal.schedule import Schedule
from trialcal.settle import Dropped, Settled
from trialcal.site import Site
from trialcal.spans import lookbacks_of, periods_of
from trialcal.standing import HORIZON, closures_in, unjudged_labels
from trialcal.stating import date_of, number_of
from trialcal.subject import Subject
from trialcal.telling import chain_told, clock_told, conflict_told, day_told
from trialcal.visits import visits_of

ANYWHERE = Site()


def plan(protocol: Protocol, subject: Subject, site: Site = ANYWHERE) -> Schedule:
    """Plan one subject's schedule.

    Every visit id of the subject's dates must be a visit of the protocol (KeyError otherwise). What cannot hold is
    told in `problems`, and `feasible` is False then; everything else is planned all the same.
    """
    settled, short = settled_to_the_end(protocol, subject, site)
    protocol = settled.model.protocol
    broken = broken_conditions(settled)
    clocks = clocks_of(settled, frozenset(broken) | unjudged_labels(settled.model, settled.pins))
    problems = [
        *map(problem_of, broken.values()),
        *closed_days(settled),
        *(_left_out(settled, dropped) for dropped in settled.dropped),
        *hours_that_contradict(settled, clocks),
        *_stops(settled, short),
        *_after_their_end(settled),
        *unknown_holidays(settled),
        *(_not_planned(protocol, name, other) for name, other in protocol.not_planned),
    ]
    visits = tuple(with_unscheduled(visits_of(settled, subject, clocks), settled, subject))
    return Schedule(
        protocol,
        subject,
        site,
        not has_errors(problems),
        visits,
        tuple(periods_of(settled)),
        tuple(lookbacks_of(settled, subject)),
        tuple(problems),
        "; ".join(_understood(settled, subject)),
        tuple(timepoints_of(settled, [visit.id for visit in visits if visit.id in settled.model.numbers])),
        FeasibleDates(settled),
        broken=tuple(broken.values()),
    )


def _left_out(settled: Settled, dropped: Dropped) -> Problem:
    model, why = dropped.model, settled.why_closed
    name = model.visit(dropped.visit).id
    chain = chain_told(model, dropped.conflict, settled.pins, why)
    closures = closures_in(dropped.stands, dropped.conflict)
    message = f"{name} has no date: not all of this can hold: {conflict_told(model, dropped.conflict, closures, why)}"
    involved = {model.visit(i).id for label in dropped.conflict.labels for i in model.bound_by(label)}
    how = date_of(settled.subject, name)
    hint = f"everything else is planned without it; if it has taken place, state it: {how}"
    visits = (name, *sorted(involved - {name}))
    code = "no-date-assumed" if _rests_on_assumptions(dropped) else "no-date"
    return Problem("error", code, message, hint, visits=visits, chain=chain)


def _rests_on_assumptions(dropped: Dropped) -> bool:
    """Tell whether a conflict would not be one without an assumed window or rule."""
    for label in dropped.conflict.labels:
        gap = dropped.model.gap_at(label)
        assumed = dropped.model.visit(label).assumed if gap is None else gap.rule.assumed
        if assumed and (gap is not None or {"at", "window"} & set(assumed)):
            return True
    return False


def _stops(settled: Settled, short: Collection[str]) -> Iterator[Problem]:
    """Say where the plan stops although the protocol goes on: cycles and repeats of which nobody knows the last."""
    protocol = settled.model.protocol
    for each in protocol.repeated.values():
        members = [visit for visit in protocol.visits if visit.repeats == each.id]
        end = settled.ended.get(each.id)
        if not each.is_open or not members or (end is not None and each.id not in short):
            continue
        goes_on = "as long as the protocol says"
        if each.until:
            when = "which has no date" if end is None else f"on {day_told(end)}"
            goes_on = f"until {' or '.join(each.until)}, {when}"
        message = f"the plan stops after {each.count} {each.what}; they go on {goes_on}"
        hint = f"{number_of(settled.subject, each.id)} plans N of them"
        if each.until and end is None:
            hint += f"; {date_of(settled.subject, each.until[0])} ends them"
        yield Problem("warning", "stops-here", message, hint, visits=(members[-1].id,))


def _after_their_end(settled: Settled) -> Iterator[Problem]:
    """Warn of given visits that lie after what ends them: one of the two dates may be a mistake."""
    model, pins = settled.model, settled.pins
    ends = stopped(model, settled.subject.discontinued, ends_of(model, settled.days, pins))
    for i, end in sorted(ends.items()):
        if i in pins and pins[i] > end and i not in model.known.absent:
            visit = model.visit(i)
            how = model.known.how.get(i, "as given").removeprefix("as ")
            ending = next((name for name in visit.until if settled.days.get(model.numbers[name]) == end), "")
            what = f"{ending} on {day_told(end)}, which ends it" if ending else f"the stop on {day_told(end)}"
            message = f"{visit.id} is {how} on {day_told(pins[i])}, after {what}"
            visits = (visit.id, ending) if ending else (visit.id,)
            yield Problem("warning", "after-its-end", message, "is one of the two dates wrong?", visits=visits)


def _not_planned(protocol: Protocol, name: str, other: str) -> Problem:
    message = f"{name} is not planned: it is counted from {other}, and so many cycles are not planned"
    return Problem("warning", "not-planned", message, "plan more with --cycles", visits=())


def _understood(settled: Settled, subject: Subject) -> Iterator[str]:
    """Say how the dates were taken: the anchor's, every given one, and the first visit of the anchor's type."""
    model, days = settled.model, settled.days
    protocol = model.protocol
    anchor = model.numbers[protocol.anchor]
    yield f"Day {protocol.study_days.number} = {protocol.anchor} = {_date_told(settled, anchor)}"
    done = subject.actual if subject.kept_in else {}  # of a file, what was done is told with the visits
    for name, dated in sorted(subject.dated.items()):
        if name in done:
            continue
        if dated.start is not None:
            yield f"{name} starts {clock_told(dated.start)}"
        elif name != protocol.anchor and dated.end is None:
            yield f"{name} = {day_told(dated.day.toordinal())}"
        if dated.end is not None:
            yield f"{name} ends {clock_told(dated.end)}"
    kind = protocol.by_id[protocol.start].type
    doses = [i for i, visit in enumerate(protocol.visits) if kind and visit.type == kind and i not in model.dropped]
    first = min(doses, key=lambda i: days.get(i, settled.earliest.get(i, HORIZON[1])), default=anchor)
    if first != anchor and model.visit(first).id not in subject.dated:
        yield f"{model.visit(first).id} = {_date_told(settled, first)}"
    if done:
        yield f"{len(done)} visit{'' if len(done) == 1 else 's'} done"


def _date_told(settled: Settled, i: int) -> str:
    """Give a visit's date, or the dates that are possible for it."""
    if i in settled.days:
        return day_told(settled.days[i])
    earliest, latest = settled.earliest.get(i), settled.latest.get(i)
    if earliest is not None and latest is not None:
        return f"no date yet, possible {day_told(earliest)} to {day_told(latest)}"
    if latest is not None:
        return f"no date yet, not after {day_told(latest)}"
    return "no date yet" if earliest is None else f"no date yet, not before {day_told(earliest)}"
