"""What would let a visit have a date after all: a day opened, another start, a wider window, a looser rule.

A room of its own because it plans again and again with one thing changed, and tells only the changes that do help,
each the smallest of its kind. trialcal says what the calendar allows; whether a window may be wider, people decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Literal, NamedTuple

from trialcal.days import Duration, StudyDays
from trialcal.feasible import FeasibleDates
from trialcal.holding import is_within, opening_for
from trialcal.judge import faults
from trialcal.modelling import build
from trialcal.opening import opening_of
from trialcal.problems import Problem
from trialcal.protocol import Protocol, Rule, Visit
from trialcal.schedule import Schedule
from trialcal.settle import Dropped, Settled, settle, usual_targets
from trialcal.site import Dates, Possible, Site
from trialcal.standing import closures_in, hours_of, standing
from trialcal.starts import starts_of
from trialcal.stopping import is_named
from trialcal.subject import Subject
from trialcal.telling import clock_told, day_told, gap_told, window_told
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Window

MOST_DAYS = 14  # by which a window or a rule is loosened
MOST_OPENED = 3  # days to open that are told for one visit
MOST_TRIED = 6  # closed days that are tried for one visit
MOST_PLANS = 20  # made for one kind of change: nobody waits for all that could help in a long conflict
FARTHEST_START = 28  # days to either side within which another start is looked for

Kind = Literal["hold", "open", "start", "window", "rule"]


class Relaxation(NamedTuple):
    """One change with which a visit would have its date: in words (`told`), and the inputs with the change."""

    kind: Kind
    told: str
    protocol: Protocol
    subject: Subject
    site: Site


def relaxations(settled: Settled, dropped: Dropped, subject: Subject, site: Site) -> tuple[Relaxation, ...]:
    """Give the smallest changes of each kind with which a visit that was left out has a date, and no other loses its.

    Holds to lift first, and days to open, nearest to the target; then windows and rules of the conflict. Another
    start is told once for the whole plan: see `other_starts`.
    """
    case = _Case(settled, dropped, subject, site)
    return tuple(each for kind in (case.holds, case.days, case.windows, case.rules) for each in case.within(kind))


def other_starts(settled: Settled, subject: Subject, site: Site, visit: str) -> tuple[date, ...]:
    """Give the nearest dates before and after the given one of a visit with which everything has a date.

    Nothing where other dates are given too, or an end: what is given so may have taken place.
    """
    if not _is_open(subject):
        return ()
    given = subject.given[visit].day
    protocol = settled.model.protocol
    found = []
    for sign in (-1, 1):
        days = (given + timedelta(days=sign * by) for by in range(1, FARTHEST_START + 1))
        works = (start.day for start in starts_of(protocol, Subject(), site, visit, days) if not start.reason)
        found += [day for day in (next(works, None),) if day is not None]
    return tuple(sorted(found, key=lambda day: (abs((day - given).days), day)))


def with_ways(schedule: Schedule) -> Schedule:
    """Give a schedule that is not feasible with what would solve each of its problems (`Problem.ways`).

    That takes many times as long as the plan itself, so nobody does it unasked who plans for thousands. Where
    durations of an uncertain step are planned, nothing is told: what solves one of them need not solve the others.
    """
    if schedule.feasible or not isinstance(schedule.dates, FeasibleDates) or schedule.uncertain is not None:
        return schedule
    settled, subject, site = schedule.dates.settled, schedule.subject, schedule.site
    left_out = {each.model.visit(each.visit).id: each for each in settled.dropped}
    problems: list[Problem] = []
    for problem in schedule.problems:
        dropped = left_out.get(problem.visits[0]) if problem.code.startswith("no-date") else None
        if dropped is not None:
            ways = tuple(each.told for each in relaxations(settled, dropped, subject, site))
            problem = replace(problem, ways=ways)
        elif problem.code == "closed" and problem.visits[0] not in subject.actual:  # what was done needs no open day
            name = problem.visits[0]
            day, start = subject.dated[name].day.toordinal(), subject.dated[name].start
            is_shut = settled.why_closed(settled.model.numbers[name], day) is not None
            visit = settled.model.visit(settled.model.numbers[name])
            when = _closed_told(site, visit, day) if is_shut or start is None else clock_told(start)
            problem = replace(problem, ways=(f"open {when} for {name}",))
        problems.append(problem)
    return schedule._replace(problems=(*problems, *_other_starts_told(schedule, settled)))


def _other_starts_told(schedule: Schedule, settled: Settled) -> Iterator[Problem]:
    """Tell the nearest start dates with which everything has a date, where only one date is given."""
    if not _is_open(schedule.subject):
        return
    (visit,) = schedule.subject.given
    given = schedule.subject.given[visit]
    days = other_starts(settled, schedule.subject, schedule.site, visit)
    if days:
        told = " or ".join(f"{day_told(day.toordinal())} ({_apart(given.day, day)})" for day in days)
        message = f"everything can hold with {visit} on {told}"
    else:
        message = f"no date of {visit} within {FARTHEST_START} days lets everything hold"
    hint = "`trialcal starts` looks at all dates of a range: name the same protocol and site"
    yield Problem("note", "other-starts", message, hint, visits=(visit,))


def _is_open(subject: Subject) -> bool:
    """Tell whether the only given date is one that may be another: no other date is given, and no end."""
    recorded = subject.booked or subject.actual or subject.absent or subject.partly
    if recorded or subject.holds or subject.delays or subject.discontinued is not None:
        return False
    return len(subject.given) == 1 and all(dated.end is None for dated in subject.given.values())


def _apart(given: date, day: date) -> str:
    days = (day - given).days
    return f"{abs(days)} d {'later' if days > 0 else 'earlier'}"


class _Case:
    """One visit that was left out, and what is tried for it."""

    def __init__(self, settled: Settled, dropped: Dropped, subject: Subject, site: Site) -> None:
        self.plans = 0
        self.faults = {fault.message for fault in faults(settled)}
        self.settled = settled
        self.dropped = dropped
        self.subject = subject
        self.site = site
        self.protocol = settled.model.protocol
        self.without = {each.model.visit(each.visit).id for each in settled.dropped}
        self.name = dropped.model.visit(dropped.visit).id

    def within(self, kind: Callable[[], Iterator[Relaxation]]) -> Iterator[Relaxation]:
        """Try the changes of one kind, with so many plans as may be made for it."""
        self.plans = MOST_PLANS
        yield from kind()

    def _can(self, protocol: Protocol, site: Site, subject: Subject) -> bool:
        """Tell whether with a change the visit can have a date beside all that have one."""
        opening, model, pins = opening_for(site, subject.holds), self.settled.model, self.settled.pins
        known = model.known._replace(days=pins, dropped=model.dropped - {self.dropped.visit})
        changed = build(protocol, site.zone, known, hours_of(opening))
        return standing(changed, pins, opening).bounds() is not None

    def _solves(self, protocol: Protocol, site: Site, subject: Subject | None = None) -> bool:
        """Tell whether with a change the plan has a date for the visit, and none loses its date by it."""
        subject = subject or self.subject
        if not self.plans or not self._can(protocol, site, subject):
            return False
        self.plans -= 1
        then = settle(protocol, subject, site)
        without = {each.model.visit(each.visit).id for each in then.dropped}
        if self.name in without or not without <= self.without:
            return False
        return {fault.message for fault in faults(then)} <= self.faults

    def holds(self) -> Iterator[Relaxation]:
        """Try to lift the holds that close days of the conflict."""
        closures = closures_in(self.dropped.stands, self.dropped.conflict)
        tried = 0
        for hold in self.subject.holds:
            closed = [i for i, days in closures.items() if any(is_within(hold, day) for day in days)]
            if not any(is_named(self.dropped.model.visit(i), hold.visits) for i in closed):
                continue
            tried += 1
            if tried > MOST_TRIED:
                break
            others = tuple(each for each in self.subject.holds if each is not hold)
            subject = replace(self.subject, holds=others)
            if self._solves(self.protocol, self.site, subject):
                until = f" to {day_told(hold.last.toordinal())}" if hold.last is not None else " on"
                words = f"lift the hold of {', '.join(hold.visits)} from {day_told(hold.first.toordinal())}{until}"
                yield Relaxation("hold", words, self.protocol, subject, self.site)

    def days(self) -> Iterator[Relaxation]:
        """Try to open closed days that have a part in the conflict."""
        closures = closures_in(self.dropped.stands, self.dropped.conflict)
        targets = usual_targets(self.dropped.model, self.settled.pins)
        for i, days in closures.items():
            visit = self.dropped.model.visit(i)
            near = targets.get(i, days[0] if days else 0)
            tried: set[str] = set()
            told = 0
            for day in sorted(days, key=lambda day: (abs(day - near), day))[:MOST_TRIED]:
                words = f"open {_closed_told(self.site, visit, day)} for {visit.id}"
                if told == MOST_OPENED or not self.plans or words in tried:
                    continue
                tried.add(words)
                site = opened_site(self.site, visit, date.fromordinal(day))
                if self._solves(self.protocol, site):
                    told += 1
                    yield Relaxation("open", words, self.protocol, self.subject, site)

    def windows(self) -> Iterator[Relaxation]:
        """Try to widen the windows of the conflict, to each side."""
        model = self.dropped.model
        for label in sorted(self.dropped.conflict.labels, key=lambda label: (label != self.dropped.visit, label)):
            if model.gap_at(label) is not None or model.visit(label).unchosen:
                continue  # a rule; or what nobody can choose
            visit = model.visit(label)
            for sign in (1, -1):
                by, protocol = self._least(partial(self._widened, label, sign))
                if protocol is not None:
                    change = f"end {by} d later" if sign > 0 else f"begin {by} d earlier"
                    words = f"let the window of {visit.id} {change} (now {window_told(visit)})"
                    yield Relaxation("window", words, protocol, self.subject, self.site)

    def rules(self) -> Iterator[Relaxation]:
        """Try to loosen the rules of the conflict."""
        model = self.dropped.model
        seen = set()
        for label in self.dropped.conflict.labels:
            gap = model.gap_at(label)
            if gap is None or gap.rule.id in seen or gap.rule.uncertain:
                continue
            seen.add(gap.rule.id)
            for side in ("least", "most"):
                _, protocol = self._least(partial(self._loosened, gap.rule, side))
                if protocol is not None:
                    then = next(rule for rule in protocol.rules if rule.id == gap.rule.id)
                    words = f"rule {gap.rule.id}: {gap_told(then)} instead of {gap_told(gap.rule)}"
                    yield Relaxation("rule", words, protocol, self.subject, self.site)

    def _least(self, change: Callable[[int], Protocol | None]) -> tuple[int, Protocol | None]:
        """Find the least number of days by which a change helps."""
        for by in range(1, MOST_DAYS + 1):
            protocol = change(by)
            if protocol is None or not self.plans:
                break
            if self._solves(protocol, self.site):
                return by, protocol
        return 0, None

    def _widened(self, i: int, sign: int, by: int) -> Protocol | None:
        visit = self.protocol.visits[i]
        wider = widened(visit, sign * by, self.protocol.study_days)
        if wider is None:
            return None
        visits = (*self.protocol.visits[:i], wider, *self.protocol.visits[i + 1 :])
        return replace(self.protocol, visits=visits)

    def _loosened(self, rule: Rule, side: str, by: int) -> Protocol | None:
        looser = loosened(rule, side, by)
        if looser is None:
            return None
        return replace(self.protocol, rules=tuple(looser if each is rule else each for each in self.protocol.rules))


def _closed_told(site: Site, visit: Visit, day: int) -> str:
    """Name the dates that would have to open for a visit to start on a day."""
    return " and ".join(day_told(closed) for closed, _ in opening_of(site).closed_dates(visit, day)) or day_told(day)


def opened_site(site: Site, visit: Visit, day: date) -> Site:
    """Give the site with one more day on which a visit is possible, and no other."""
    kind = opening_of(site).kind_of(visit)
    closed = [date.fromordinal(each) for each, _ in opening_of(site).closed_dates(visit, day.toordinal())]
    opened = tuple(Dates(when, when, when.isoformat()) for when in closed)
    known = site.possible.get(kind, Possible(kind))
    own = known._replace(id=visit.id, opened=(*known.opened, *opened))
    return replace(site, possible={**site.possible, visit.id: own})


def widened(visit: Visit, by: int, study_days: StudyDays) -> Visit | None:
    """Give a visit whose window ends so many days later, or for negative days begins so many earlier.

    None where its window is not in days, weeks or hours.
    """
    at = visit.at
    if isinstance(at, (OnDay, Offset)):
        window = visit.window or Window(Duration(0, "days"), Duration(0, "days"))
        side = _longer(window.upper if by > 0 else window.lower, abs(by))
        if side is None:
            return None
        wider = Window(window.lower, side) if by > 0 else Window(side, window.upper)
        return replace(visit, window=wider)
    if isinstance(at, DayRange):
        first, last = study_days.distance(at.first) + min(by, 0), study_days.distance(at.last) + max(by, 0)
        return replace(visit, at=DayRange(study_days.study_day(first), study_days.study_day(last)))
    if isinstance(at, OffsetRange):
        if by * at.sign > 0:
            most = None if at.most is None else _longer(at.most, abs(by))
            return None if most is None else replace(visit, at=replace(at, most=most))
        least = _longer(at.least, -abs(by))
        return None if least is None else replace(visit, at=replace(at, least=least))
    return None


def loosened(rule: Rule, side: str, by: int) -> Rule | None:
    """Give a rule whose `least` gap is some days shorter, or its `most` some longer; None where it cannot be."""
    bound = rule.least if side == "least" else rule.most
    changed = None if bound is None else _longer(bound, -by if side == "least" else by)
    if changed is None:
        return None
    return replace(rule, least=changed) if side == "least" else replace(rule, most=changed)


def _longer(duration: Duration, days: int) -> Duration | None:
    """Give a duration that is some days longer, or shorter; None where it is in months, or would be negative."""
    if duration.needs_clock:
        hours = duration.minutes // 60 + 24 * days
        return Duration(hours, "hours") if hours >= 0 and duration.minutes % 60 == 0 else None
    if duration.days is None or duration.days + days < 0:
        return None
    return Duration(duration.days + days, "days")
