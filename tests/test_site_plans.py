"""Plans on the real days of a site against every combination of dates, both read from YAML."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
import site_oracle as oracle

from trialcal.files.reader import read_protocol
from trialcal.files.sites import read_site
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.subject import Dated, Subject

BLOCKS, SIZE = 30, 50


def read_protocol_text(text):
    tree, problems = parse(text.encode(), "random.yaml")
    assert not problems, problems
    protocol, problems = read_protocol(tree, file="random.yaml", sha256="")
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def read_site_text(text):
    """The site; None where no day is left, or what is opened is closed: such a file is refused."""
    tree, problems = parse(text.encode(), "site.yaml")
    assert not problems, problems
    site, problems = read_site(tree, "site.yaml")
    errors = {problem.code for problem in problems if problem.level == "error"}
    assert errors <= {"every-day", "closed-and-open"}, (text, [problem.told() for problem in problems])
    return None if errors else site


def random_case(random):
    """A protocol and a site, each twice: as the oracle has it, and as it was read."""
    while True:
        protocol = oracle.random_protocol(random)
        start = oracle.random_start(random)
        site = oracle.random_site(random, start, protocol)
        read = read_site_text(oracle.site_as_yaml(site))
        if read is not None:
            return protocol, site, start, read_protocol_text(oracle.protocol_as_yaml(protocol)), read


# --- against enumeration ------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", range(BLOCKS))
def test_plans_are_those_of_enumeration(block):
    met = [check_plan(*random_case(Random(f"site {block} {number}"))) for number in range(SIZE)]
    assert 10 <= sum(met) <= SIZE - 10  # both kinds are met


def check_plan(protocol, site, start, read, read_site_):
    pins = {"v0": start}
    is_closed = not oracle.is_open(site, protocol["visits"][0], start)
    every = oracle.plans(protocol, site, pins)
    schedule = plan(read, Subject("", {"v0": Dated(start)}), read_site_)
    visits = {visit.id: visit for visit in schedule.visits}
    assert visits["v0"].planned == start
    assert schedule.feasible == (bool(every) and not is_closed)
    assert [p.visits for p in schedule.problems if p.code == "closed"] == [("v0",)] * is_closed
    if every:
        check_dates(protocol, site, schedule, visits, every, pins)
        assert {p.code for p in schedule.problems if p.level == "error"} == ({"closed"} if is_closed else set())
    else:
        check_what_is_left(protocol, site, schedule, visits, pins)
    return bool(every)


def check_dates(protocol, site, schedule, visits, every, pins, dropped=()):
    best, _ = oracle.chosen(oracle.weighted(protocol, site), every, pins, dropped)
    left = {name: day for name, day in best.items() if name not in dropped}
    by_id = {visit["id"]: visit for visit in protocol["visits"]}
    assert {name: visits[name].planned for name in left} == left
    for name in left:
        days = sorted({days[name] for days in every})
        assert (visits[name].earliest, visits[name].latest) == (days[0], days[-1])
        if name in pins and not oracle.is_open(site, by_id[name], pins[name]):
            days = []  # it stands, but nothing that is closed is possible
        assert schedule.dates.feasible(name) == tuple(days)


def check_what_is_left(protocol, site, schedule, visits, pins):
    """No visit is left out in vain, of each conflict the lightest is, and what is left is the best plan."""
    no_dates = [problem for problem in schedule.problems if problem.code == "no-date"]
    dropped = [problem.visits[0] for problem in no_dates]
    assert set(dropped) == {name for name, visit in visits.items() if visit.status == "no-date"}
    assert dropped
    weights = {visit["id"]: visit.get("weight", 1) for visit in oracle.weighted(protocol, site)["visits"]}
    for problem in no_dates:
        assert weights[problem.visits[0]] == min(weights[name] for name in problem.visits if name not in pins)
        assert schedule.dates.feasible(problem.visits[0]) == ()
    lost = {visit["id"] for visit in protocol["visits"] if visit["id"] in dropped and visit["kind"] == "range"}
    if not any(visit.get("parent") in lost for visit in protocol["visits"]):  # else it is counted from nothing
        assert not oracle.plans(protocol, site, pins, dropped[:-1])
        every = oracle.plans(protocol, site, pins, dropped)
        assert every
        check_dates(protocol, site, schedule, visits, every, pins, dropped)


def test_a_second_given_date_is_never_moved_and_the_rest_goes_on():
    met = sum(check_second_date(Random(f"second {number}")) for number in range(300))
    assert met >= 20  # a visit that is given on a closed day, with dates left for all others


def check_second_date(random):
    protocol, site, start, read, read_site_ = random_case(random)
    judged = [visit for visit in protocol["visits"] if "window" in visit or visit["kind"] == "range"]
    if not judged:
        return False
    visit = random.choice(judged)
    by_id = {each["id"]: each for each in protocol["visits"]}
    days = {"v0": start}
    while visit["id"] not in days:  # a day of its window, where those before it are on target
        here = visit
        while here["parent"] not in days:
            here = by_id[here["parent"]]
        first, last = oracle.window_of(here, days[here["parent"]])
        days[here["id"]] = random.choice([first, last])
    pins = {"v0": start, visit["id"]: days[visit["id"]]}
    schedule = plan(read, Subject("", {name: Dated(day) for name, day in pins.items()}), read_site_)
    visits = {each.id: each for each in schedule.visits}
    assert {name: visits[name].planned for name in pins} == pins
    closed = {name for name, day in pins.items() if not oracle.is_open(site, by_id[name], day)}
    assert {p.visits[0] for p in schedule.problems if p.code == "closed"} == closed
    every = oracle.plans(protocol, site, pins)
    assert schedule.feasible == (bool(every) and not closed)
    if every:
        check_dates(protocol, site, schedule, visits, every, pins)
    return bool(every) and visit["id"] in closed


# --- by hand ------------------------------------------------------------------------------------------------

PROTOCOL = """\
id: two
title: A dose and a scan
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  dose:
    type: dose
    at: [Day 1, Day 8]
    window: ±2 d
  scan: {at: 1 d after dose-2, window: ±2 d}
rules:
  - {visit: scan, at_least: 1 d, at_most: 1 d, after: dose-2}
"""
# Day 1 is Mon 2025-03-03, Day 8 Mon 2025-03-10, the scan's target Tue 2025-03-11, which moves with the dose.


def planned(protocol, site, start="2025-03-03"):
    schedule = plan(
        read_protocol_text(protocol), Subject("", {"dose-1": Dated(date.fromisoformat(start))}), read_site_text(site)
    )
    return schedule, {visit.id: visit.planned and visit.planned.isoformat() for visit in schedule.visits}


def test_a_visit_moves_to_the_nearest_open_day_and_what_is_counted_from_it_goes_with_it():
    """The scan is the day after the dose, and never on Tue. Dose on Tue and scan on Wed: one day off target."""
    site = "name: x\ntime_zone: Europe/Berlin\nvisits: {scan: {on: [Mon, Wed, Thu, Fri]}}\n"
    schedule, days = planned(PROTOCOL, site)
    assert schedule.feasible
    assert days == {"dose-1": "2025-03-03", "dose-2": "2025-03-11", "scan": "2025-03-12"}


TIED = """\
id: tied
title: A call, then a scan
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  dose: {at: Day 1}
  call: {type: call, at: Day 8, window: ±2 d, weight: 3}
  scan: {at: Day 9, window: ±2 d, weight: 2}
rules:
  - {visit: scan, at_least: 2 d, after: call}
"""
# Day 1 Mon 2025-03-03: the call is wanted on Mon 03-10, the scan on Tue 03-11, two days apart. One moves by a day.


@pytest.mark.parametrize(
    ("weights", "call", "scan"),
    [
        ("", "2025-03-10", "2025-03-12"),  # the scan's 2 is less than the call's 3
        ("visits: {call: {weight: 1}}\n", "2025-03-09", "2025-03-11"),
        ("visits: {scan: {weight: 4}}\n", "2025-03-09", "2025-03-11"),
        ("visits: {scan: {weight: 4, on: any day}, call: {weight: 5}}\n", "2025-03-10", "2025-03-12"),
    ],
)
def test_the_weights_of_the_site_decide_who_moves(weights, call, scan):
    protocol = read_protocol_text(TIED)
    site = read_site_text(f"name: x\ntime_zone: Europe/Berlin\n{weights}")
    schedule = plan(protocol, Subject("", {"dose": Dated(date(2025, 3, 3))}), site)
    found = {visit.id: visit.planned.isoformat() for visit in schedule.visits}
    assert (found["call"], found["scan"]) == (call, scan)


@pytest.mark.parametrize(("weights", "left_out"), [("", "scan"), ("visits: {call: {weight: 1}}\n", "call")])
def test_the_weights_of_the_site_decide_who_gets_no_date(weights, left_out):
    """Without windows the two cannot be two days apart."""
    protocol = read_protocol_text(TIED.replace(", window: ±2 d", ""))
    site = read_site_text(f"name: x\ntime_zone: Europe/Berlin\n{weights}")
    schedule = plan(protocol, Subject("", {"dose": Dated(date(2025, 3, 3))}), site)
    assert not schedule.feasible
    assert [visit.id for visit in schedule.visits if visit.planned is None] == [left_out]


def test_a_start_on_a_closed_day_is_told_and_the_rest_is_planned():
    """Sat 2025-03-01 is given; Day 8 is a Saturday too, and its window of two days goes back to Thu, on to Mon."""
    site = "name: x\ntime_zone: Europe/Berlin\nclosed: [{on: weekends, reason: weekend}]\n"
    schedule, days = planned(PROTOCOL, site, "2025-03-01")
    assert not schedule.feasible
    assert [(problem.code, problem.message) for problem in schedule.problems] == [
        ("closed", "dose-1 is on Sat 2025-03-01, as given, which is closed (weekend)")
    ]
    # Thu 03-06 with Fri is two days off target, so is Mon 03-10 with Tue: on a tie the later one.
    assert days == {"dose-1": "2025-03-01", "dose-2": "2025-03-10", "scan": "2025-03-11"}
