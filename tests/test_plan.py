"""Whole plans against every combination of dates, and properties that must hold for any protocol."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import plan_oracle as oracle
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.site import closed_on
from trialcal.subject import Dated, Subject

# Protocols are made from a seed, which cannot be made smaller in a meaningful way: searching would only take long.
settings.register_profile(
    "seeds", max_examples=150, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
SEEDS = settings.get_profile("seeds")


def read(text):
    tree, problems = parse(text.encode(), "random.yaml")
    assert not problems, problems
    protocol, problems = read_protocol(tree, file="random.yaml", sha256="")
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def planned(protocol, pins, closed=()):
    given_dates = {name: Dated(day) for name, day in pins.items()}
    return plan(read(oracle.as_yaml(protocol)), Subject("", given_dates), closed_on(dict.fromkeys(closed, "closed")))


@pytest.mark.parametrize("seed", range(1200))
def test_plans_are_those_of_enumeration(seed):
    random = Random(seed)
    protocol = oracle.random_protocol(random)
    pins = {"v0": oracle.START}
    every = oracle.plans(protocol, pins)
    schedule = planned(protocol, pins, protocol["closed"])
    assert schedule.feasible == bool(every)
    visits = {visit.id: visit for visit in schedule.visits}
    if every:
        best, _ = oracle.chosen(protocol, every, pins)
        assert {name: visit.planned for name, visit in visits.items()} == best
        for name, visit in visits.items():
            assert visit.earliest == min(days[name] for days in every)
            assert visit.latest == max(days[name] for days in every)
    else:
        check_what_is_left(protocol, schedule, visits)


def check_what_is_left(protocol, schedule, visits):
    """Where not everything can hold: no visit is dropped in vain, and what is planned holds."""
    dropped = {name for name, visit in visits.items() if visit.status == "no-date"}
    problems = [problem for problem in schedule.problems if problem.code == "no-date"]
    assert dropped == {problem.visits[0] for problem in problems}
    assert "v0" not in dropped
    days = {name: visit.planned for name, visit in visits.items() if visit.planned}
    for rule in protocol["rules"]:
        if rule["visit"] in days and rule["other"] in days:
            assert oracle.rule_holds(rule, days)
    for visit in protocol["visits"]:
        if visit["id"] in days and visit["kind"] != "anchor":
            assert days[visit["id"]] not in protocol["closed"]
            if visit["parent"] in days:
                first, last = oracle.window(visit, days[visit["parent"]])
                assert first <= days[visit["id"]] <= last
    for problem in problems:
        assert problem.chain or not problem.visits


@pytest.mark.parametrize("seed", range(300))
def test_a_second_given_date_is_never_moved(seed):
    random = Random(seed)
    protocol = oracle.random_protocol(random)
    name = random.choice([visit["id"] for visit in protocol["visits"][1:]])
    pins = {"v0": oracle.START, name: oracle.START + timedelta(days=random.randint(-5, 15))}
    schedule = planned(protocol, pins, protocol["closed"])
    visits = {visit.id: visit for visit in schedule.visits}
    assert visits[name].planned == pins[name]
    every = oracle.plans(protocol, pins)
    if every:
        best, _ = oracle.chosen(protocol, every, pins)
        assert schedule.feasible
        kinds = {visit["id"]: visit for visit in protocol["visits"]}
        if all(visit["kind"] != "range" for visit in kinds.values()):
            assert {name: visit.planned for name, visit in visits.items()} == best
    elif "window" in protocol["visits"][int(name[1:])]:
        assert not schedule.feasible


# --- properties ---------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), days=st.integers(-4000, 4000))
@SEEDS
def test_shifting_the_start_shifts_every_day_based_date(seed, days):
    protocol = oracle.random_protocol(Random(seed))
    for visit in protocol["visits"][1:]:
        visit["unit"] = "days"
    for rule in protocol["rules"]:
        rule["unit"] = "days"
    here = planned(protocol, {"v0": oracle.START})
    there = planned(protocol, {"v0": oracle.START + timedelta(days=days)})
    shift = timedelta(days=days)
    shifted = {visit.id: visit for visit in there.visits}
    for visit in here.visits:
        other = shifted[visit.id]
        for field in ("target", "window_start", "window_end", "earliest", "latest", "planned"):
            mine, its = getattr(visit, field), getattr(other, field)
            assert its == (None if mine is None else mine + shift)
        assert (visit.study_day, visit.on_day, visit.status) == (other.study_day, other.on_day, other.status)


@given(seed=st.integers(0, 10**6))
@SEEDS
def test_targets_lie_in_their_windows_and_there_is_no_day_zero(seed):
    schedule = planned(oracle.random_protocol(Random(seed)), {"v0": oracle.START})
    for visit in schedule.visits:
        if visit.target and visit.window_start:
            assert visit.window_start <= visit.target <= visit.window_end
        assert visit.study_day != 0
        assert visit.on_day != 0


@given(seed=st.integers(0, 10**6), data=st.data())
@SEEDS
def test_the_order_of_visits_in_the_file_changes_nothing(seed, data):
    protocol = oracle.random_protocol(Random(seed))
    order = data.draw(st.permutations(range(len(protocol["visits"]))))
    site = closed_on(dict.fromkeys(protocol["closed"], "closed"))
    subject = Subject("", {"v0": Dated(oracle.START)})
    one = plan(read(oracle.as_yaml(protocol)), subject, site)
    other = plan(read(oracle.as_yaml(protocol, order)), subject, site)
    assert [visit[:24] for visit in one.visits] == [visit[:24] for visit in other.visits]


def test_a_thousand_visits_are_planned():
    lines = "".join(f"  v{n}: {{at: 1 d after v{n - 1}, window: ±1 d}}\n" for n in range(1, 1000))
    text = (
        "id: long\ntitle: A long chain\nstudy_day: {anchor: v0, number: 0}\nstart: v0\n"
        f"visits:\n  v0: {{at: Day 0}}\n{lines}"
    )
    schedule = plan(read(text), Subject("", {"v0": Dated(date(2025, 1, 1))}))
    assert schedule.feasible
    assert schedule.visits[-1].planned == date(2025, 1, 1) + timedelta(days=999)
