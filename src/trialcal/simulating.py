"""One dose escalation simulated: candidates who come by chance, and everything else by the protocol's own rules.

Who is dosed when follows from the decision table, gates, staggers and the calendar of each subject (`start_days`),
in the order of consent. A room of its own because chance is only here, and comes in as an argument: the same numbers
give the same run. Days are ordinals.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Sequence
from math import log
from typing import NamedTuple

from trialcal.days import Count, count_of
from trialcal.escalation import Decision, Escalation, Gate, Review, Step, at_once, decided, sizes
from trialcal.protocol import Protocol
from trialcal.simulated import NO_DAY, Ending, Given, Run
from trialcal.site import Site
from trialcal.start_days import MeetingDays, StartDays

Draw = Callable[[], float]
"""Gives the next number drawn at random, from 0 up to but not 1, each as likely as every other."""

MOST_YEARS = 40  # after the first day; a run that goes on then is not followed further
MOST_CANDIDATES = 20_000  # of one run
NEVER = NO_DAY


class Dosed(NamedTuple):
    """A subject who is dosed. `out` is the day from which on it is known that it is not evaluable, or NEVER.

    `until` is the last day of the DLT observation, `complete` the first day on which it is complete; a DLT is known
    on the day `dlt`, NEVER where there is none.
    """

    first_dose: int
    until: int
    complete: int
    out: int
    dlt: int


class _Stagger(NamedTuple):
    first: int
    last: int
    after: int
    step: Count
    more: int


class _Rules(NamedTuple):
    """What holds in one dose group; `alarm` is the number of DLTs at which a row for any number counts, else 0."""

    rows: tuple[Decision, ...]
    of: int
    alarm: int
    gates: tuple[tuple[Gate, Review | None], ...]
    staggers: tuple[_Stagger, ...]
    dlt: float


class Simulator:
    """Simulates escalations of a protocol at a site. It keeps what it looked up, and nothing of a run.

    The protocol states a DLT period and from when on its observation is complete; every dose group that is not spare
    has rows in the decision table.
    """

    def __init__(self, protocol: Protocol, site: Site, given: Given) -> None:
        assert protocol.escalation is not None
        self.escalation = protocol.escalation
        self.given = given
        self.groups = tuple(group for group in self.escalation.groups if not group.spare)
        self.days = StartDays(protocol, site)
        self.meetings = MeetingDays(self.escalation, site)
        self.rules = tuple(self._rules_of(at) for at in range(len(self.groups)))
        self.first = given.first.toordinal()
        self.until = self.first + round(MOST_YEARS * 365.25)
        self.more = 0 if self.escalation.complete == "on-the-last-day" else 1
        self.screening = count_of(given.screening)
        self.patience = None if given.patience is None else count_of(given.patience)
        self.a_day = given.arrival.a_day
        self._rows: dict[tuple[int, int, int], Decision | None] = {}
        self._sure: dict[tuple[int, int], int] = {}

    def run(self, draw: Draw) -> Run:
        """Simulate one escalation."""
        return _Course(self, draw).followed()

    def row(self, at: int, of: int, dlts: int) -> Decision | None:
        """Give the row that counts for so many subjects of a group with so many DLTs."""
        asked = at, of, dlts
        if asked not in self._rows:
            self._rows[asked] = decided(self.rules[at].rows, Step(of, dlts))
        return self._rows[asked]

    def sure(self, at: int, of: int) -> int:
        """Give the number of DLTs from which on a step ends a group whatever comes of the others; NEVER for none.

        They must be the reason: a row that counts at this step also without any DLT waits for all of it.
        """
        asked = at, of
        if asked not in self._sure:
            none, last = self.row(at, of, 0), self.row(at, of, of)
            found = NEVER
            if last is not None and last.then in ("stop", "discuss") and last is not none:
                is_other = none is None or none.then != last.then
                for dlts in range(of, 0, -1):
                    row = self.row(at, of, dlts)
                    if row is not last and (row is None or row.then != last.then or not is_other):
                        break
                    found = dlts
            self._sure[asked] = found
        return self._sure[asked]

    def _rules_of(self, at: int) -> _Rules:
        escalation, group = self.escalation, self.groups[at]
        rows = escalation.rows(group.id)
        most = max((row.dlts.most or row.dlts.least for row in rows), default=0)
        alarms = (n for n in range(1, most + 1) if (row := at_once(rows, n)) is not None and row.then != "add")
        staggers = tuple(
            _Stagger(
                each.subject.first,
                each.subject.last or NEVER,
                each.after,
                count_of(each.at_least),
                0 if each.opens == "on-the-last-day" else 1,
            )
            for each in escalation.staggers
            if each.group in ("", group.id)
        )
        gates = tuple((gate, _review(escalation, gate)) for gate in escalation.gates if gate.group in ("", group.id))
        of = sizes(rows)
        return _Rules(rows, of[0] if of else 0, next(alarms, 0), gates, staggers, self.given.dlt[group.id])


def _review(escalation: Escalation, gate: Gate) -> Review | None:
    return next((review for review in escalation.reviews if review.id == gate.review), None)


class _Course:
    """The course of one escalation: where it stands, and the next candidate."""

    def __init__(self, simulator: Simulator, draw: Draw) -> None:
        self.by = simulator
        self.draw = draw
        self.dosed: list[list[Dosed]] = [[] for _ in simulator.groups]
        self.dlts: list[list[int]] = [[] for _ in simulator.groups]  # the days on which they are known, in order
        self.at = 0
        self.of = simulator.rules[0].of
        self.expands = False  # the candidate for the MTD, up to the number that it needs
        self.since = simulator.first
        self.last_dose = simulator.first
        self.ending: Ending | None = None
        self.about, self.rule = -1, ""
        self.time = 0.0
        self.drawn = self.drawn_failed = self.drawn_lost = 0  # up to the next candidate
        self.screened = self.failed = self.lost = self.replaced = 0  # up to the last one dosed
        self.eligible = 0
        self._next_candidate()

    def followed(self) -> Run:
        """Follow it to its end."""
        while self.ending is None:
            self._next_place()
        ends = [max((each.complete for each in group), default=0) for group in self.dosed]
        if self.ending in ("held", "unfinished") and ends[self.at]:
            ends[self.at] = NO_DAY
        counts = tuple(map(len, self.dosed))
        sums = self.screened, self.failed, self.lost, self.replaced
        return Run(self.ending, self.about, self.rule, tuple(ends), counts, *sums)

    # --- candidates -------------------------------------------------------------------------------------------------

    def _next_candidate(self) -> None:
        """Draw the next candidate who passes the screening; it counts once somebody is dosed then, or later."""
        by = self.by
        while True:
            self.time -= log(1.0 - self.draw()) / by.a_day
            self.drawn += 1
            if self.time > by.until - by.first or self.drawn > MOST_CANDIDATES:
                self.eligible = NEVER
                return
            if self.draw() >= by.given.screen_failure:
                break
            self.drawn_failed += 1
        self.eligible = by.screening.apply(by.first + int(self.time))

    # --- places -----------------------------------------------------------------------------------------------------

    def _next_place(self) -> None:
        """Let the next candidate take the next place, or be lost; or follow the decision table if there is none."""
        by, at = self.by, self.at
        day = max(self.since, self.eligible)  # the day as of which it is looked at
        while True:
            counted = [each for each in self.dosed[at] if each.out > day]
            out = min([each.out for each in counted], default=NEVER)
            alarm, row = self._alarm()
            if len(counted) >= self.of:
                done = max([each.complete for each in counted])
                if alarm <= min(done, out):
                    return self._decide(row, alarm)
                if out == NEVER:
                    dlts = sum([each.dlt < NEVER for each in counted])
                    return self._decide(by.row(at, self.of, dlts), done)
                day = out
                continue
            if day > by.until:
                return self._decide(row, alarm) if alarm < NEVER else self._end("unfinished")
            held, rule = self._held(counted, day)
            start = by.days.first(held, self._staggered()) if held < NEVER else None
            commits = NEVER if start is None else start.commits
            if out <= commits and out < NEVER:
                day = out
                continue
            if alarm <= commits and alarm < NEVER:
                return self._decide(row, alarm)
            if held == NEVER:
                return self._end("held", at, rule)
            if start is None or commits > by.until:
                return self._end("unfinished")
            if by.patience is not None and commits > by.patience.apply(self.eligible):
                self.drawn_lost += 1
            else:
                self._dose(start.first_dose, start.observed_from, start.observed_until)
                self.screened, self.failed, self.lost = self.drawn, self.drawn_failed, self.drawn_lost
            return self._next_candidate()

    def _dose(self, first_dose: int, observed_from: int, until: int) -> None:
        by, draw = self.by, self.draw
        is_out = draw() < by.given.not_evaluable
        has_dlt = draw() < by.rules[self.at].dlt
        onset = draw()
        complete = until + by.more
        known = NEVER
        if has_dlt and not is_out:
            is_last = by.given.onset == "last-day"
            known = until if is_last else observed_from + int(onset * (until - observed_from + 1))
            insort(self.dlts[self.at], known)
        self.replaced += is_out
        self.dosed[self.at].append(Dosed(first_dose, until, complete, complete if is_out else NEVER, known))
        self.last_dose = max(self.last_dose, first_dose)

    # --- what holds back --------------------------------------------------------------------------------------------

    def _staggered(self) -> int:
        """Give the first day of the next first dose: not before the one before it, nor too near to another one."""
        dosed = self.dosed[self.at]
        day, position = self.last_dose, len(dosed) + 1
        for each in self.by.rules[self.at].staggers:
            if each.first <= position <= each.last and dosed and each.after <= len(dosed):
                day = max(day, each.step.apply(dosed[each.after - 1].first_dose) + each.more)  # after 0: the last one
        return day

    def _evaluable(self, at: int | None, day: int) -> list[Dosed]:
        """Give those of a group who are evaluable, or may still be, as of a day; nobody of no group."""
        return [] if at is None else [each for each in self.dosed[at] if each.out > day]

    def _held(self, counted: Sequence[Dosed], day: int) -> tuple[int, str]:
        """Give the day on which the gates of the next place are open, from `day` on; NEVER, and which one, if not."""
        position = len(counted) + 1
        for gate, review in self.by.rules[self.at].gates:
            if not gate.subject.has(position) or (position == 1 and not self.at and not gate.group):
                continue
            before = counted
            if review is not None and review.group:
                about = next((n for n, group in enumerate(self.by.groups) if group.id == review.group), None)
                before = counted if about == self.at else self._evaluable(about, day)
                if not before:
                    return NEVER, gate.id
            elif position == 1:
                before = self._evaluable(self.at - 1 if self.at else None, day)
                if not before:
                    continue
            if review is None:
                day = max(day, max([each.complete for each in before]))
                continue
            if review.after is not None and len(before) < review.after:
                return NEVER, gate.id
            last = max([each.until for each in before[: review.after]])
            held = self.by.meetings.held(review, last)
            if held is None:
                return NEVER, gate.id
            day = max(day, held + (0 if gate.opens == "on-the-last-day" else 1))
        return day, ""

    # --- the decision table -----------------------------------------------------------------------------------------

    def _alarm(self) -> tuple[int, Decision | None]:
        """Give the day on which so many DLTs are known that the table decides before all are observed."""
        known = self.dlts[self.at]
        if not known:
            return NEVER, None
        rules, sure = self.by.rules[self.at], self.by.sure(self.at, self.of)
        if rules.alarm and len(known) >= rules.alarm and rules.alarm <= sure:
            return known[rules.alarm - 1], at_once(rules.rows, rules.alarm)
        if len(known) >= sure:
            return known[sure - 1], self.by.row(self.at, self.of, sure)
        return NEVER, None

    def _decide(self, row: Decision | None, day: int) -> None:
        """Follow a row of the decision table on a day."""
        then = None if row is None else row.then
        self.since = max(self.since, day)
        if self.expands and then not in ("stop", "discuss"):
            return self._end("candidate", self.at)
        if row is None:
            return self._end("no-row", self.at)
        if then == "add" and row.subjects:
            self.of += row.subjects
            return None
        if then == "escalate":
            if self.at + 1 == len(self.dosed):
                return self._end("all-groups", self.at)
            return self._enter(self.at + 1, self.by.rules[self.at + 1].of)
        return self._end("discuss", self.at, row.id) if then != "stop" else self._stop()

    def _stop(self) -> None:
        """Take the lower group as the candidate for the MTD; with too few subjects for that it is expanded."""
        if not self.at:
            return self._end("none", self.at)
        below, needs = self.at - 1, self.by.escalation.mtd_needs
        evaluable = sum(each.out == NEVER for each in self.dosed[below])
        if evaluable >= needs:
            return self._end("candidate", below)
        self.expands = True
        return self._enter(below, needs)

    def _enter(self, at: int, of: int) -> None:
        self.at, self.of = at, of

    def _end(self, ending: Ending, about: int = -1, rule: str = "") -> None:
        self.ending, self.about, self.rule = ending, about, rule
