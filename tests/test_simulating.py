"""Simulated escalations: against closed forms, against all outcomes of a small case, and against counting days.

The closed form is that of the 3+3 design: Lin Y, Shih WJ. Statistical properties of the traditional algorithm-based
designs for phase I cancer clinical trials. Biostatistics 2001;2(2):203-215.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from math import comb, log, sqrt
from random import Random
from typing import Any

import pytest
from made_schedules import made_protocol

from trialcal.days import Duration
from trialcal.escalation import Counts, Decision, DoseGroup, Escalation, Gate, Positions, Review, Stagger
from trialcal.protocol import Period, Visit
from trialcal.simulated import NO_DAY, Given, Rate, Run, quantiles, summed
from trialcal.simulating import Simulator
from trialcal.site import Closure, Dates, Site, Weekdays
from trialcal.timing import Offset, OnDay, Reference, Window

MONDAY = date(2026, 1, 5)
AT_ONCE = Rate(900_000.0, "day")  # everybody consents on the first day
NO_TIME = Duration(0, "days")
THREE_PLUS_THREE = (
    Decision("none-of-3", 3, Counts(0, 0), "escalate"),
    Decision("one-of-3", 3, Counts(1, 1), "add", 3),
    Decision("two-of-3", 3, Counts(2, 3), "stop"),
    Decision("one-of-6", 6, Counts(0, 1), "escalate"),
    Decision("two-of-6", 6, Counts(2, None), "stop"),
)
ONE_GROUP = (
    Decision("first-3", 3, Counts(0, 1), "add", 3),
    Decision("first-3-spare", 3, Counts(2, 3), "discuss"),
    Decision("first-6", 6, Counts(0, 1), "escalate"),
    Decision("any-two", None, Counts(2, None), "discuss"),
)
WHOLE_GROUP = (
    Decision("first-3", 3, Counts(0, 1), "add", 3),
    Decision("first-3-spare", 3, Counts(2, 3), "discuss"),
    Decision("first-6", 6, Counts(0, 1), "add", 6),
    Decision("any-two", None, Counts(2, None), "discuss"),
    Decision("whole-group", 12, Counts(0, 1), "discuss"),
)


def groups(number: int) -> tuple[DoseGroup, ...]:
    return tuple(DoseGroup(f"dl-{n}", f"dose {n}") for n in range(1, number + 1))


def study(*visits: Visit, observed: int = 28, **fields: Any) -> Any:
    """A protocol with a priming dose two days before dose 1 (which is Day 1), observed so many days after it."""
    values = {"complete": "the-day-after", "groups": groups(2), "decisions": THREE_PLUS_THREE} | fields
    escalation = Escalation("dose-1", "dose-1", "dlt") if not visits else Escalation("priming", "dose-1", "dlt")
    period = Period("dlt", "DLT", start(0), until=start(observed))
    every = visits or (Visit("dose-1", "Dose 1", OnDay(1)),)
    return made_protocol(*every, periods=(period,), escalation=replace(escalation, **values))


def start(days: int) -> Offset:
    return Offset(Duration(days, "days"), 1, Reference("dose-1", ("dose-1",)))


def chances(*dlts: float, **fields: Any) -> Given:
    values = {f"dl-{n}": share for n, share in enumerate(dlts, 1)}
    usual = {"arrival": AT_ONCE, "screening": NO_TIME, "screen_failure": 0.0, "dlt": values}
    return Given(MONDAY, **(usual | fields))


def simulated(protocol: Any, given: Given, runs: int, site: Site = Site()) -> list[Run]:  # noqa: B008
    simulator = Simulator(protocol, site, given)
    return [simulator.run(Random(f"{given.seed}/{n}").random) for n in range(runs)]


# --- closed forms ---------------------------------------------------------------------------------------------------


def escalating(p: float) -> float:
    """The probability that a dose with DLT probability p is escalated from: 0 of 3, or 1 of 3 and then 0 of 3."""
    return (1 - p) ** 3 + 3 * p * (1 - p) ** 2 * (1 - p) ** 3


@pytest.mark.parametrize("p", [0.05, 0.2, 0.33, 0.5])
def test_one_dose_escalates_as_often_as_the_closed_form_says(p):
    number = 2500
    runs = simulated(study(groups=groups(1)), chances(p), number)
    share = sum(run.ending == "all-groups" for run in runs) / number
    exact = escalating(p)
    assert abs(share - exact) < 4 * sqrt(exact * (1 - exact) / number)


def test_three_doses_in_sequence_end_as_often_as_the_closed_form_says():
    number, dlts = 4000, (0.1, 0.25, 0.4)
    runs = simulated(study(groups=groups(3)), chances(*dlts), number)
    one, two, three = map(escalating, dlts)
    exact = {
        ("none", 0): 1 - one,
        ("candidate", 0): one * (1 - two),
        ("candidate", 1): one * two * (1 - three),
        ("all-groups", 2): one * two * three,
    }
    assert sum(exact.values()) == pytest.approx(1)
    for ending, expected in exact.items():
        share = sum((run.ending, run.group) == ending for run in runs) / number
        assert abs(share - expected) < 4 * sqrt(expected * (1 - expected) / number), ending


def test_a_whole_group_of_twelve_ends_as_often_as_the_binomial_says():
    """GC012F: 12 subjects where at most 1 of them has a DLT (then the first 3 and 6 have no more either)."""
    number, p = 2500, 0.1
    runs = simulated(study(groups=groups(1), decisions=WHOLE_GROUP), chances(p), number)
    whole = [run for run in runs if run.rule == "whole-group"]
    exact = (1 - p) ** 12 + 12 * p * (1 - p) ** 11
    assert abs(len(whole) / number - exact) < 4 * sqrt(exact * (1 - exact) / number)
    assert {run.dosed for run in whole} == {(12,)}


def test_replaced_subjects_change_no_probability():
    number, p = 2500, 0.25
    runs = simulated(study(groups=groups(1)), chances(p, not_evaluable=0.3), number)
    exact = escalating(p)
    share = sum(run.ending == "all-groups" for run in runs) / number
    assert abs(share - exact) < 4 * sqrt(exact * (1 - exact) / number)
    dosed, replaced = (sum(values) for values in zip(*((sum(run.dosed), run.replaced) for run in runs), strict=True))
    assert abs(replaced / dosed - 0.3) < 4 * sqrt(0.3 * 0.7 / dosed)


class Scripted:
    """Draws of which everybody passes and is evaluable, and each in turn has a DLT or has none."""

    def __init__(self, dlts: tuple[bool, ...]) -> None:
        self.dlts = iter(dlts)
        self.number = -1

    def __call__(self) -> float:
        self.number += 1
        kind = self.number % 5  # gap, screening, evaluable; DLT; onset
        return 0.5 if kind != 3 else 0.0 if next(self.dlts) else 0.999


@pytest.mark.parametrize(("complete", "cohort"), [("the-day-after", 29), ("on-the-last-day", 28)])
def test_expected_duration_without_calendars_is_exact(complete, cohort):
    """Two groups of a 3+3 design, all outcomes of up to 12 subjects. Three subjects take 28 days, or 28 and one more.

    By hand: a group takes two such times where exactly 1 of 3 has a DLT, else one; the second group follows where
    the first is escalated from. With p = 0.2 and 0.4: E = c (1 + 3 p q^2) + c e(p) (1 + 3 r (1-r)^2).
    """
    dlts = (0.2, 0.4)
    simulator = Simulator(study(complete=complete), Site(), chances(*dlts))
    total = subjects = weights = 0.0
    seen: dict[tuple[int, ...], float] = {}
    for pattern in product((False, True), repeat=12):
        run = simulator.run(Scripted(pattern))
        first, second = pattern[: run.dosed[0]], pattern[run.dosed[0] :][: run.dosed[1]]
        seen[first, second] = 1.0  # type: ignore[index]
        weight = 1.0
        for share, several in zip(dlts, (first, second), strict=True):
            for one in several:
                weight *= share if one else 1 - share
        unused = 12 - sum(run.dosed)
        weight /= 2**unused  # as many patterns differ only in subjects whom nobody doses
        weights += weight
        total += weight * (run.end - MONDAY.toordinal())
        subjects += weight * sum(run.dosed)
    assert weights == pytest.approx(1)
    more = [3 * p * (1 - p) ** 2 for p in dlts]  # the probability of exactly 1 of 3
    reached = escalating(0.2)
    assert total == pytest.approx(cohort * (1 + more[0]) + reached * cohort * (1 + more[1]))
    assert subjects == pytest.approx(3 * (1 + more[0]) + reached * 3 * (1 + more[1]))


def test_staggers_lengthen_the_first_three_by_hand():
    """Day 0, 14 (on the last day), 22 (7 days and the day after): the last observation is complete on day 22 + 29."""
    staggers = (
        Stagger("sentinel", Positions(2, 2), 1, Duration(14, "days"), "on-the-last-day"),
        Stagger("apart", Positions(3, None), 0, Duration(7, "days"), "the-day-after"),
    )
    simulator = Simulator(study(groups=groups(1), staggers=staggers), Site(), chances(0.2))
    run = simulator.run(Scripted((False,) * 3))
    assert run.end - MONDAY.toordinal() == 14 + 8 + 29


def test_the_candidate_is_expanded_to_the_number_it_needs():
    """Group 2 stops with 2 of 3 DLTs; group 1, which had 0 of 3, gets three more: with 1 of 6 the candidate."""
    simulator = Simulator(study(mtd_needs=6), Site(), chances(0.2, 0.2))
    pattern = (False,) * 3 + (True, True, False) + (True, False, False)
    run = simulator.run(Scripted(pattern))
    assert (run.ending, run.group, run.dosed) == ("candidate", 0, (6, 3))
    # Known on the last day, day 29 + 28; the three more begin that day, and are complete 29 days later.
    assert run.end - MONDAY.toordinal() == 29 + 28 + 29
    assert simulator.run(Scripted((*pattern[:6], True, True, False))).ending == "none"


def test_two_dlts_that_are_known_early_end_a_group_at_once():
    """With an onset in the middle of the period, a row for any number of subjects does not wait for its end."""
    staggers = (Stagger("apart", Positions(2, None), 0, Duration(10, "days"), "on-the-last-day"),)
    rules = study(groups=groups(1), decisions=ONE_GROUP, staggers=staggers)
    late, early = (
        Simulator(rules, Site(), chances(0.2, onset=onset)).run(Scripted((True, True, *(False,) * 6)))
        for onset in ("last-day", "uniform")
    )
    # Days 0, 10, 20; DLTs known on days 28 and 38, or on 14 and 24: the fourth waits for all three until day 49.
    assert late.dosed == early.dosed == (3,)
    assert (late.ending, early.ending) == ("discuss", "discuss")
    far = (Stagger("apart", Positions(2, None), 0, Duration(17, "days"), "on-the-last-day"),)
    rules = replace(rules, escalation=replace(rules.escalation, staggers=far))
    runs = [Simulator(rules, Site(), chances(0.2, onset=onset)) for onset in ("last-day", "uniform")]
    # Days 0, 17, 34; known on 28 and 45, or on 14 and 31: the third is not dosed on day 34.
    dosed = [each.run(Scripted((True, True, *(False,) * 6))).dosed for each in runs]
    assert dosed == [(3,), (2,)]


# --- plain counting of days -----------------------------------------------------------------------------------------


@dataclass
class Subject:
    group: int
    dose: int
    until: int
    complete: int
    out: int
    dlt: int


class Days:
    """The same rules, worked day by day: what is known on a day, who may take a place on it, which review is held."""

    def __init__(self, case: Case, draw: Any) -> None:
        self.case, self.draw = case, draw
        self.subjects: list[Subject] = []
        self.group, self.of, self.expands = 0, 3, False
        self.drawn = self.bad = self.gone = self.screened = self.failed = self.lost = 0
        self.time = 0.0
        self.ended: tuple[str, int] | None = None
        self.candidate()

    def candidate(self) -> None:
        while True:
            self.time += -log(1 - self.draw()) / self.case.given.arrival.a_day
            self.drawn += 1
            if self.draw() >= self.case.given.screen_failure:
                break
            self.bad += 1
        self.eligible = MONDAY.toordinal() + int(self.time) + (self.case.given.screening.days or 0)

    def run(self) -> tuple[Any, ...]:
        day = MONDAY.toordinal()
        while self.ended is None and day < MONDAY.toordinal() + 8000:
            while self.decides(day):
                pass
            while self.ended is None and self.admits(day):
                pass
            day += 1
        numbers = range(len(self.case.escalation.groups))
        ends = tuple(max((s.complete for s in self.subjects if s.group == n), default=0) for n in numbers)
        dosed = tuple(sum(s.group == n for s in self.subjects) for n in numbers)
        return (*(self.ended or ("unfinished", -1)), ends, dosed, self.screened, self.failed, self.lost)

    def counted(self, group: int, day: int) -> list[Subject]:
        return [s for s in self.subjects if s.group == group and s.out > day]

    def rows(self, of: int | None, dlts: int) -> list[Decision]:
        return [row for row in self.case.escalation.decisions if row.of == of and row.dlts.has(dlts)]

    def decides(self, day: int) -> bool:
        """Follow the table, as far as its numbers are known on a day; tells whether anything came of it."""
        if self.ended is not None:
            return False
        here = self.counted(self.group, day)
        known = sum(s.dlt <= day for s in here)
        row = next(iter(self.rows(None, known)), None) if known else None
        # Whatever comes of the others: a row that only DLTs lead to, of which there are enough already.
        possible = [next(iter([*self.rows(None, n), *self.rows(self.of, n)]), None) for n in range(self.of + 1)]
        certain, blank = possible[known:], possible[0]
        if row is None and known and len(here) <= self.of and None not in certain:
            thens = {each.then for each in certain if each is not None}
            is_one = len({each.id for each in certain if each is not None}) == 1 and certain[0] is not blank
            is_alike = len(thens) == 1 and (blank is None or blank.then not in thens)
            if thens <= {"stop", "discuss"} and (is_one or is_alike):
                row = certain[0]
        if row is None and len(here) >= self.of and all(s.complete <= day for s in here):
            row = next(iter([*self.rows(None, known), *self.rows(self.of, known)]), None)
            if row is None and not self.expands:
                self.ended = "no-row", self.group
                return False
        elif row is None:
            return False
        then = row.then if row is not None else ""
        if self.expands and then not in ("stop", "discuss"):
            self.ended = "candidate", self.group
        elif then == "add":
            assert row is not None
            self.of += row.subjects
        elif then == "escalate" and self.group + 1 < len(self.case.escalation.groups):
            self.group, self.of = self.group + 1, 3
        elif then == "escalate":
            self.ended = "all-groups", self.group
        elif then == "discuss":
            self.ended = "discuss", self.group
        elif self.group == 0:
            self.ended = "none", 0
        elif len(self.counted(self.group - 1, day)) >= self.case.escalation.mtd_needs:
            self.ended = "candidate", self.group - 1
        else:
            self.group, self.of, self.expands = self.group - 1, self.case.escalation.mtd_needs, True
        return self.ended is None

    def admits(self, day: int) -> bool:
        """Let the next candidate take its first step on a day, if it may."""
        if self.eligible > day:
            return False
        patience = self.case.given.patience
        here = self.counted(self.group, day)
        is_open = len(here) < self.of and all(self.opens(gate, here, day) for gate in self.case.escalation.gates)
        day_1 = day + 2
        if is_open and self.case.works(day_1) and day_1 >= self.first_dose():
            out, dlt, onset = self.draw(), self.draw(), self.draw()
            until = day_1 + self.case.observed
            complete = until + (self.case.escalation.complete == "the-day-after")
            is_out = out < self.case.given.not_evaluable
            has_dlt = dlt < self.case.given.dlt[f"dl-{self.group + 1}"] and not is_out
            known = until if self.case.given.onset == "last-day" else day_1 + int(onset * (self.case.observed + 1))
            leaves, dlt_on = complete if is_out else 10**9, known if has_dlt else 10**9
            self.subjects.append(Subject(self.group, day_1, until, complete, leaves, dlt_on))
        elif patience is not None and day >= self.eligible + (patience.days or 0):
            self.gone += 1
            self.candidate()
            return True
        else:
            return False
        self.screened, self.failed, self.lost = self.drawn, self.bad, self.gone
        self.candidate()
        return True

    def first_dose(self) -> int:
        mine = [s.dose for s in self.subjects if s.group == self.group]
        day = max((s.dose for s in self.subjects), default=0)
        for each in self.case.escalation.staggers:
            if mine and each.subject.has(len(mine) + 1) and each.after <= len(mine):
                other = mine[-1] if each.after == 0 else mine[each.after - 1]
                day = max(day, other + (each.at_least.days or 0) + (each.opens == "the-day-after"))
        return day

    def opens(self, gate: Gate, here: list[Subject], day: int) -> bool:
        position = len(here) + 1
        if not gate.subject.has(position):
            return True
        before = here
        if position == 1:
            if self.group == 0:
                return True
            before = self.counted(self.group - 1, day)
        if not gate.review:
            return all(s.complete <= day for s in before)
        review = self.case.escalation.reviews[0]
        looked_at = before if review.after is None else before[: review.after]
        met = max(s.until for s in looked_at) + (review.opens == "the-day-after")
        met += (review.preparation.days or 0) if review.preparation else 0
        while date.fromordinal(met).weekday() not in self.case.meets or not self.case.is_open(met):
            met += 1
        return met + (gate.opens == "the-day-after") <= day


class Case:
    """A small study made at random, and its own idea of the days on which the site is open."""

    def __init__(self, number: int) -> None:
        dice = self.dice = Random(f"case {number}")
        self.observed = dice.randint(5, 28)
        self.weekend = dice.choice([frozenset(), frozenset({5, 6}), frozenset({2, 5, 6})])
        first = MONDAY.toordinal()
        self.closed = frozenset(first + dice.randrange(500) for _ in range(dice.choice([0, 40])))
        self.meets = frozenset({dice.choice([day for day in range(7) if day not in self.weekend])})
        reviews = Review(
            "smc",
            "SMC",
            dice.choice([3, None]),
            dice.choice(["on-the-last-day", "the-day-after"]),
            preparation=dice.choice([None, Duration(3, "days")]),
            meets=(Weekdays(self.meets, "its day"),),
        )
        gates = (
            Gate("watch", "", Positions(2, 2), "", opens="the-day-after"),
            Gate("fourth", "", Positions(4, None), "smc", opens=dice.choice(["on-the-last-day", "the-day-after"])),
            Gate("new-dose", "", Positions(1, 1), "smc"),
        )
        staggers = (
            Stagger("first", Positions(2, 3), 1, Duration(dice.randint(1, 20), "days"), "on-the-last-day"),
            Stagger("each", Positions(2, None), 0, Duration(dice.randint(1, 9), "days"), "the-day-after"),
        )
        fields = {
            "groups": groups(dice.randint(1, 3)),
            "decisions": dice.choice([THREE_PLUS_THREE, ONE_GROUP, WHOLE_GROUP]),
            "complete": dice.choice(["on-the-last-day", "the-day-after"]),
            "reviews": (reviews,),
            "gates": tuple(gate for gate in gates if dice.random() < 0.5),
            "staggers": tuple(each for each in staggers if dice.random() < 0.5),
            "mtd_needs": dice.choice([0, 6]),
        }
        visits = (
            Visit("priming", "Priming", OnDay(-2)),
            Visit("dose-1", "Dose 1", OnDay(1)),
            Visit("check", "Check", OnDay(9), window=Window(Duration(1, "days"), Duration(1, "days"))),
        )
        self.protocol = study(*visits, observed=self.observed, **fields)
        self.escalation = self.protocol.escalation
        closures = [Closure((Weekdays(self.weekend, "weekly"),), "closed")] if self.weekend else []
        if self.closed:
            days = map(date.fromordinal, sorted(self.closed))
            closures.append(Closure(tuple(Dates(day, day) for day in days), "closed"))
        self.site = Site(closures=tuple(closures))
        self.given = chances(
            *(dice.choice([0.1, 0.3, 0.5]) for _ in self.escalation.groups),
            arrival=Rate(dice.choice([0.5, 3.0, 20.0]), "week"),
            screening=Duration(dice.choice([0, 14]), "days"),
            screen_failure=dice.choice([0.0, 0.3]),
            not_evaluable=dice.choice([0.0, 0.2]),
            patience=dice.choice([None, Duration(10, "days")]),
            onset=dice.choice(["last-day", "uniform"]),
        )

    def is_open(self, day: int) -> bool:
        return date.fromordinal(day).weekday() not in self.weekend and day not in self.closed

    def works(self, day_1: int) -> bool:
        """Day -2 (two days before Day 1, as there is no Day 0) and Day 1 are open, and one of Days 8 to 10."""
        check = range(day_1 + 7, day_1 + 10)
        return self.is_open(day_1 - 2) and self.is_open(day_1) and any(map(self.is_open, check))


@pytest.mark.parametrize("number", range(60))
def test_the_same_draws_give_the_same_dates_as_counting_day_by_day(number):
    case = Case(number)
    run = Simulator(case.protocol, case.site, case.given).run(Random(number).random)
    expected = Days(case, Random(number).random).run()
    found = (run.ending, run.group, run.ends, run.dosed, run.screened, run.failed, run.lost)
    assert found == expected


# --- what never ends, and how it is summed up -----------------------------------------------------------------------


def test_a_gate_that_can_never_open_is_told():
    """The second subject waits for a review of the first three."""
    review = Review("smc", "SMC", 3, "the-day-after")
    gate = Gate("second", "Second", Positions(2, 2), "smc")
    run = Simulator(study(reviews=(review,), gates=(gate,)), Site(), chances(0.1, 0.1)).run(Random(1).random)
    assert (run.ending, run.group, run.rule, run.end) == ("held", 0, "second", NO_DAY)


def test_a_run_that_goes_on_for_ever_ends_with_the_last_day_looked_at():
    given = chances(0.1, 0.1, arrival=Rate(0.02, "year"))
    protocol = study()
    runs = simulated(protocol, given, 20)
    assert {run.ending for run in runs} == {"unfinished"}
    found = summed(protocol, Site(), given, runs, date(2066, 1, 5))
    assert found.ends == (None,) * 5
    assert found.days == (None,) * 5


def test_quantiles_are_dates_of_runs():
    assert quantiles(range(1, 101)) == (5, 25, 50, 75, 95)
    assert quantiles([7]) == (7,) * 5
    assert quantiles([1, 2]) == (1, 1, 1, 2, 2)
    assert quantiles([]) == ()


def test_summed_by_hand():
    first = MONDAY.toordinal()
    runs = [
        Run("none", 0, "", (first + 29, 0), (3, 0), 4, 1, 0, 0),
        Run("all-groups", 1, "", (first + 29, first + 58), (3, 3), 8, 2, 0, 0),
        Run("all-groups", 1, "", (first + 58, first + 90), (6, 3), 9, 0, 1, 0),
        Run("unfinished", -1, "", (first + 29, NO_DAY), (3, 2), 7, 2, 0, 0),
    ]
    found = summed(study(), Site(), chances(0.1, 0.2), runs, date(2066, 1, 5))
    assert [(each.ending, each.group, each.share.runs) for each in found.endings] == [
        ("all-groups", "dl-2", 2),
        ("none", "dl-1", 1),
        ("unfinished", "", 1),
    ]
    one, two = found.groups
    assert (one.reached.runs, one.last.runs, two.reached.runs, two.last.runs) == (4, 1, 3, 3)
    assert one.ends == (*(MONDAY + timedelta(29),) * 4, MONDAY + timedelta(58))
    assert two.ends == (MONDAY + timedelta(58),) * 2 + (MONDAY + timedelta(90), None, None)
    assert found.days == (29, 29, 58, 90, None)
    assert found.dosed == (3, 3, 5, 6, 9)
    assert two.reached.error == pytest.approx(sqrt(0.75 * 0.25 / 4))


def test_the_number_of_screened_follows_the_screening_failures():
    """Until the 3 subjects of a group are found, screening failures have a negative binomial distribution."""
    number, failure = 2000, 0.4
    rows = (Decision("all", 3, Counts(0, None), "escalate"),)
    runs = simulated(study(groups=groups(1), decisions=rows), chances(0.1, screen_failure=failure), number)
    for failed in range(4):
        exact = comb(failed + 2, failed) * failure**failed * (1 - failure) ** 3
        share = sum(run.failed == failed for run in runs) / number
        assert abs(share - exact) < 4 * sqrt(exact * (1 - exact) / number)
