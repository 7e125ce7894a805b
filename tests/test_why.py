"""Why a visit cannot be on a date, and what follows where it can, against every combination of dates."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
import site_oracle as oracle
from test_site_plans import random_case, read_protocol_text, read_site_text

from trialcal.files.library import folders, load
from trialcal.network import bounds
from trialcal.plan import plan
from trialcal.subject import Dated, Subject
from trialcal.why import why

BLOCKS, SIZE = 4, 100
HERE = Path(__file__).parent.parent
HEAD = "name: Day clinic\ntime_zone: Europe/Berlin\n"
WEEKDAYS = f"{HEAD}closed: [{{on: weekends, reason: weekend}}]\n"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_answers_are_those_of_enumeration(block):
    met = {"possible": 0, "moves": 0, "conflict": 0, "closed": 0}
    for number in range(SIZE):
        check_case(Random(f"why {block} {number}"), met)
    assert min(met.values()) >= 5, met


def check_case(random, met):
    protocol, site, start, read, read_site_ = random_case(random)
    every = oracle.plans(protocol, site, {"v0": start})
    subject = Subject("", {"v0": Dated(start)})
    if not every:
        check_those_without_a_date(protocol, site, start, read, read_site_, met)
        return
    heavy = oracle.weighted(protocol, site)
    best, cost = oracle.chosen(heavy, every, {"v0": start})
    for visit in protocol["visits"][1:]:
        name = visit["id"]
        for day in days_around(every, name):
            answer = why(read, subject, read_site_, name, day)
            then = [days for days in every if days[name] == day]
            assert (answer.visit, answer.day, answer.planned) == (name, day, best[name])
            assert answer.possible == bool(then)
            assert answer.works == tuple(sorted({days[name] for days in every}))
            if then:
                met["possible"] += 1
                other, more = oracle.chosen(heavy, then, {"v0": start})
                moved = {n: (best[n], other[n]) for n in best if n != name and best[n] != other[n]}
                assert {move.visit: (move.before, move.after) for move in answer.moves} == moved
                assert answer.cost == (cost, more)
                assert answer.conflict is None
                assert answer.chain == ()
                check_targets(protocol, answer, other)
                met["moves"] += bool(moved)
            else:
                check_reason(protocol, site, answer, start, met)


def days_around(every, name):
    first, last = (side(days[name] for days in every) for side in (min, max))
    return [first + timedelta(days=n) for n in range(-3, (last - first).days + 4)]


def check_targets(protocol, answer, days):
    by_id = {visit["id"]: visit for visit in protocol["visits"]}
    for move in answer.moves:
        visit = by_id[move.visit]
        target = None if visit["kind"] == "range" else oracle.target_of(visit, days[visit["parent"]])
        assert move.target == target
        assert move.off_target == (0 if target is None else (move.after - target).days)


def check_those_without_a_date(protocol, site, start, read, read_site_, met):
    """Where not everything can hold, each date of a visit that was left out has its reason."""
    subject = Subject("", {"v0": Dated(start)})
    schedule = plan(read, subject, read_site_)
    problem = next(p for p in schedule.problems if p.code == "no-date")
    name = problem.visits[0]
    visit = next(visit for visit in protocol["visits"] if visit["id"] == name)
    parent = next(each.planned for each in schedule.visits if each.id == visit["parent"])
    if parent is None:
        return
    first, last = oracle.window_of(visit, parent)
    for number in range(-1, (last - first).days + 2):
        answer = why(read, subject, read_site_, name, first + timedelta(days=number))
        assert not answer.possible
        assert (answer.planned, answer.works) == (None, ())
        assert "the plan has it" not in answer.says
        check_reason(protocol, site, answer, start, met)


# --- chains -------------------------------------------------------------------------------------------------


def check_reason(protocol, site, answer, start, met):
    visit = next(visit for visit in protocol["visits"] if visit["id"] == answer.visit)
    is_open = oracle.is_open(site, visit, answer.day)
    if not is_open:
        assert answer.says.startswith(f"{answer.day:%a} {answer.day} is closed")
        met["closed"] += 1
    if answer.conflict is None:
        assert not is_open
        assert answer.chain == ()
        return
    met["conflict"] += 1
    assert answer.chain
    checker = Checker(protocol, site, answer, start)
    checker.check_minimal()
    checker.check_steps()


class Checker:
    """One conflict: its conditions as arcs, and the open days as the oracle has them."""

    def __init__(self, protocol, site, answer, start):
        self.stands, self.conflict = answer.asked, answer.conflict
        numbers = self.stands.model.numbers
        self.visits = {numbers[visit["id"]]: visit for visit in protocol["visits"]}
        self.site = site
        self.fixed = {numbers["v0"]: start.toordinal(), numbers[answer.visit]: answer.day.toordinal()}
        self.span = start.toordinal() - 300, start.toordinal() + 400

    def domain(self, i, own):
        """The allowed days of a visit: its date where it is given or asked about, else the open ones."""
        if i in self.fixed:
            return ((self.fixed[i], self.fixed[i]),)
        if i not in own:
            return (self.span,)
        return tuple((day, day) for day in range(self.span[0], self.span[1] + 1) if self.is_open(i, day))

    def is_open(self, i, day):
        return oracle.is_open(self.site, self.visits[i], date.fromordinal(day))

    def can_hold(self, labels, own):
        domains = [self.domain(i, own) for i in range(len(self.visits))]
        return bounds(domains, [arc for arc in self.stands.arcs if arc.label in labels]) is not None

    def check_minimal(self):
        labels, own = set(self.conflict.labels), set(self.conflict.own)
        assert not own & set(self.fixed)
        assert not self.can_hold(labels, own)
        for label in labels:
            assert self.can_hold(labels - {label}, own)
        for i in own:
            assert self.can_hold(labels, own - {i})

    def check_steps(self):
        first, *rest = self.conflict.steps
        up = first.kind == "raise"
        assert (first.label, first.cause) == (-1, -1)
        assert {step.label for step in rest} <= set(self.conflict.labels)
        for before, step in zip(self.conflict.steps, rest, strict=False):
            assert (step.kind, step.cause) == (first.kind, before.variable)
            assert step.pushed in self.pushes(before, step)
        if self.goes_around():
            return
        assert first.variable in self.fixed
        assert first.bound == first.pushed == self.fixed[first.variable]
        for step in rest[:-1]:
            if step.variable in self.fixed:
                fixed = self.fixed[step.variable]
                assert step.pushed <= step.bound == fixed if up else step.pushed >= step.bound == fixed
            elif step.variable in self.conflict.own:
                days = range(step.pushed, self.span[1]) if up else range(step.pushed, self.span[0], -1)
                assert step.bound == next(day for day in days if self.is_open(step.variable, day))
            else:
                assert step.bound == step.pushed
        last = rest[-1]
        assert last.variable in self.fixed
        fixed = self.fixed[last.variable]
        assert last.pushed > fixed if up else last.pushed < fixed
        assert last.bound == last.pushed

    def goes_around(self):
        """Tell whether rules drive each other on, whatever the dates: the chain comes back to where it began."""
        first, *rest = self.conflict.steps
        return (
            not self.conflict.own
            and first.variable == rest[-1].variable
            and all(step.bound == step.pushed for step in rest)
            and {step.label for step in rest} == set(self.conflict.labels)
            and (rest[-1].bound > first.bound if first.kind == "raise" else rest[-1].bound < first.bound)
        )

    def pushes(self, before, step):
        """Where the arcs with the step's label push its variable, from the bound before it."""
        ends = (before.variable, step.variable, step.label)
        if step.kind == "raise":
            ways = [arc for arc in self.stands.arcs if (arc.frm, arc.to, arc.label) == ends]
            return {before.bound + arc.shift if arc.lift is None else arc.lift(before.bound) for arc in ways}
        ways = [arc for arc in self.stands.arcs if (arc.to, arc.frm, arc.label) == ends]
        return {before.bound - arc.shift if arc.drop is None else arc.drop(before.bound) for arc in ways}


# --- worked answers: a site that is closed at weekends ------------------------------------------------------


def asked(protocol, given, visit, day, site=WEEKDAYS):
    name, start = given.split("=")
    subject = Subject("", {name: Dated(date.fromisoformat(start))})
    return why(protocol, subject, read_site_text(site), visit, date.fromisoformat(day))


@pytest.fixture(scope="module")
def cc312():
    return load("cc312", folders(HERE), HERE).protocol


def test_closed_day_of_a_window(cc312):
    """Day 8 is Sat 2025-03-08, its window Fri to Sun: Fri 7 is left, a day off for each of doses 3, 5 and 7."""
    answer = asked(cc312, "dose-1=2025-03-01", "dose-3", "2025-03-08")
    assert not answer.possible
    assert answer.says == "Sat 2025-03-08 is closed (weekend); on an open day, the rest would be possible"
    assert (answer.planned, answer.works) == (date(2025, 3, 7), (date(2025, 3, 7),))
    answer = asked(cc312, "dose-1=2025-03-01", "dose-3", "2025-03-07")
    assert (answer.possible, answer.says) == (True, "that is where the plan has it")
    assert answer.cost == (30, 30)


def test_day_beyond_a_window(cc312):
    answer = asked(cc312, "dose-1=2025-03-01", "dose-4", "2025-03-13")
    assert not answer.possible
    assert answer.says == "not everything could hold with it"
    assert answer.chain == (
        "dose-1 is on Sat 2025-03-01, as given",
        "dose-1 on Sat 2025-03-01 puts dose-4 not after Wed 2025-03-12 (dose-4: Day 11, window ±1 d (assumed)), "
        "but dose-4 is on Thu 2025-03-13, as asked",
    )
    assert answer.works == (date(2025, 3, 10), date(2025, 3, 11), date(2025, 3, 12))


def test_day_that_costs_a_day(cc312):
    answer = asked(cc312, "dose-1=2025-03-01", "dose-4", "2025-03-10")
    assert (answer.possible, answer.says) == (True, "possible; no other visit moves")
    assert answer.cost == (30, 40)


def test_a_chain_of_two_visits_before_it(cc312):
    """Screening is at least a day before priming, and that three days before dose 1: Wed 2025-02-26."""
    assert asked(cc312, "dose-1=2025-03-01", "screening", "2025-02-26").chain == (
        "dose-1 is on Sat 2025-03-01, as given",
        "dose-1 on Sat 2025-03-01 puts priming not after Wed 2025-02-26 (priming: Day -3, no window stated)",
        "priming not after Wed 2025-02-26 puts screening not after Tue 2025-02-25 "
        "(screening: 1-28 d before priming (assumed)), but screening is on Wed 2025-02-26, as asked",
    )


def test_the_given_visit_itself(cc312):
    """From Mon 2025-03-03 priming would be on Fri 02-28, and two days after it is Sun 03-02."""
    answer = asked(cc312, "dose-1=2025-03-01", "dose-1", "2025-03-03")
    assert answer.says == (
        "it is given on Sat 2025-03-01, and a given date is never moved; were it given on Mon 2025-03-03, "
        "safety-check would have no date"
    )
    assert answer.chain == (
        "dose-1 is on Mon 2025-03-03, as given",
        "dose-1 on Mon 2025-03-03 puts priming not before Fri 2025-02-28 (priming: Day -3, no window stated)",
        "priming not before Fri 2025-02-28 puts safety-check not before Sun 2025-03-02 (safety-check: 2 d after "
        "priming, no window stated (assumed)), which is closed (weekend); the next open day is Mon 2025-03-03",
        "safety-check not before Mon 2025-03-03 puts priming not before Sat 2025-03-01 (safety-check: 2 d after "
        "priming, no window stated (assumed))",
        "priming not before Sat 2025-03-01 puts dose-1 not before Tue 2025-03-04 (priming: Day -3, no window stated)"
        ", but dose-1 is on Mon 2025-03-03, as given",
    )


def test_the_day_3_days_before_an_infusion_is_a_saturday():
    """The design's own sentence (5): 2027-03-09 is a Tuesday, Day -3 then Sat 6 March, the next open day Mon 8."""
    gc012f = load("gc012f", folders(HERE), HERE).protocol
    answer = asked(gc012f, "infusion=2027-03-11", "infusion", "2027-03-09")
    assert answer.chain == (
        "infusion is on Tue 2027-03-09, as given",
        "infusion on Tue 2027-03-09 puts lymphodepletion-3 not before Sat 2027-03-06 (lymphodepletion-3: Day -3, no "
        "window stated (assumed)), which is closed (weekend); the next open day is Mon 2027-03-08",
        "lymphodepletion-3 not before Mon 2027-03-08 puts infusion not before Thu 2027-03-11 (lymphodepletion-3: "
        "Day -3, no window stated (assumed)), but infusion is on Tue 2027-03-09, as given",
    )


CELLS = """\
id: cells
title: Cells after lymphodepletion
study_day: {anchor: lymphodepletion-1, number: 1, day_zero: false}
start: lymphodepletion-1
visits:
  lymphodepletion: {type: conditioning, at: Day 1 to Day 3 daily}
  infusion: {type: dose, at: 48-72 h after end of last lymphodepletion}
"""


def test_hours_over_a_weekend():
    """It ends on Fri 2025-03-07: 48 h later is Sun 9 at the earliest, 72 h later Mon 10 at the latest."""
    cells = read_protocol_text(CELLS)
    answer = asked(cells, "lymphodepletion-1=2025-03-05", "infusion", "2025-03-09")
    assert answer.says == "Sun 2025-03-09 is closed (weekend); on an open day, the rest would be possible"
    assert (answer.planned, answer.works) == (date(2025, 3, 10), (date(2025, 3, 10),))
    answer = asked(cells, "lymphodepletion-1=2025-03-05", "infusion", "2025-03-11")
    assert answer.chain == (
        "lymphodepletion-1 is on Wed 2025-03-05, as given",
        "lymphodepletion-1 on Wed 2025-03-05 puts lymphodepletion-3 not after Fri 2025-03-07 "
        "(lymphodepletion-3: Day 3, no window stated)",
        "lymphodepletion-3 not after Fri 2025-03-07 puts infusion not after Mon 2025-03-10 (infusion: 48-72 h "
        "after end of last lymphodepletion), but infusion is on Tue 2025-03-11, as asked",
    )


@pytest.mark.parametrize("day", ["2025-03-08", "2025-03-09"])
def test_a_closed_day_of_a_visit_without_a_date(day):
    """It ends on Thu 2025-03-06: the hours leave Sat 8 and Sun 9 alone, and the infusion has no date."""
    answer = asked(read_protocol_text(CELLS), "lymphodepletion-1=2025-03-04", "infusion", day)
    assert (answer.possible, answer.planned, answer.works) == (False, None, ())
    assert answer.says.startswith(f"{date.fromisoformat(day):%a} {day} is closed (weekend)")


def test_an_open_day_of_a_visit_without_a_date():
    answer = asked(read_protocol_text(CELLS), "lymphodepletion-1=2025-03-04", "infusion", "2025-03-10")
    assert answer.says == "not everything could hold with it"
    assert answer.chain == (
        "lymphodepletion-1 is on Tue 2025-03-04, as given",
        "lymphodepletion-1 on Tue 2025-03-04 puts lymphodepletion-3 not after Thu 2025-03-06 "
        "(lymphodepletion-3: Day 3, no window stated)",
        "lymphodepletion-3 not after Thu 2025-03-06 puts infusion not after Sun 2025-03-09 (infusion: 48-72 h "
        "after end of last lymphodepletion), but infusion is on Mon 2025-03-10, as asked",
    )


COUNTED = """\
id: counted
title: A scan counted from a visit
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  dose: {at: Day 1}
  visit: {at: 1 d after dose, window: +2 d}
  scan: {at: 7 d after visit, window: +2 d, weight: 5}
"""


def test_a_visit_moves_where_that_brings_the_one_asked_about_nearer_to_its_target():
    """On Mon, Wed and Thu, from Mon 2025-03-03: the visit on Wed 5, a day late, the scan on target, on Wed 12.

    With the scan on Thu 13, the visit on Thu 6 costs 2; on Wed 5 it would cost 1, and the scan 5.
    """
    protocol, site = read_protocol_text(COUNTED), f"{HEAD}hours: {{'Mon, Wed, Thu': 08:00-16:00}}\n"
    answer = asked(protocol, "dose=2025-03-03", "scan", "2025-03-13", site)
    assert [(move.visit, move.before, move.after, move.target) for move in answer.moves] == [
        ("visit", date(2025, 3, 5), date(2025, 3, 6), date(2025, 3, 4))
    ]
    assert [move.off_target for move in answer.moves] == [2]
    assert answer.cost == (1, 2)
    assert answer.says == "possible; 1 other visit would move"


def test_no_day_is_told_to_be_open_that_is_not():
    """On Mondays alone nothing has two dates in a row: no day is the next open one."""
    protocol = read_protocol_text(COUNTED.replace("scan: {", "scan: {lasts: 2 d, "))
    site = read_site_text(f"{HEAD}visits: {{scan: {{on: Mon}}}}\n")
    schedule = plan(protocol, Subject("", {"dose": Dated(date(2025, 3, 3))}), site)
    assert {problem.code for problem in schedule.problems} == {"no-date"}
    for problem in schedule.problems:
        assert "open day is" not in " ".join(problem.chain)
