"""What is told of a plan that cannot wholly hold: chains whose every step was followed by hand on a calendar."""

from __future__ import annotations

from datetime import date, timedelta

from test_plan import read

from trialcal.plan import plan
from trialcal.site import closed_on
from trialcal.subject import Dated, Subject

HEAD = "id: x\ntitle: X\nstudy_day: {anchor: infusion, number: 0}\nstart: infusion\n"
# From Monday 2027-03-01 on, closed on Saturdays and Sundays.
WEEKENDS = {date(2027, 3, 6) + timedelta(days=7 * n + k): "weekend" for n in range(6) for k in (0, 1)}


def planned(text, when=date(2027, 3, 9)):
    return plan(read(HEAD + text), Subject("", {"infusion": Dated(when)}), closed_on(WEEKENDS))


def test_the_designs_chain_over_a_closed_saturday():
    schedule = planned("visits:\n  infusion: {at: Day 0}\n  priming: {at: Day -3}\n")
    (problem,) = schedule.problems
    assert not schedule.feasible
    assert problem.visits == ("priming", "infusion")
    assert problem.chain == (
        "infusion is on Tue 2027-03-09, as given",
        "infusion on Tue 2027-03-09 puts priming not before Sat 2027-03-06 (priming: Day -3, no window stated), "
        "which is closed (weekend); the next open day is Mon 2027-03-08",
        "priming not before Mon 2027-03-08 puts infusion not before Thu 2027-03-11 "
        "(priming: Day -3, no window stated), but infusion is on Tue 2027-03-09, as given",
    )


def test_rules_that_contradict_each_other_are_told_in_distances():
    schedule = planned(
        "visits:\n  infusion: {at: Day 0}\n  scan: {at: Day 5, window: ±1 d}\n  lab: {at: Day 9, window: ±3 d}\n"
        "rules:\n  - {id: far, visit: lab, at_least: 5 d, after: scan}\n"
        "  - {id: near, visit: lab, at_most: 4 d, after: scan}\n"
    )
    (problem,) = schedule.problems
    assert problem.chain == (
        "whenever scan is, lab is not before 5 d after scan (rule far: lab at least 5 d after scan)",
        "that puts scan not before 1 d after itself (rule near: lab at most 4 d after scan), which cannot be",
    )


def test_a_given_date_on_a_closed_day_is_told_and_kept():
    schedule = planned("visits:\n  infusion: {at: Day 0}\n", when=date(2027, 3, 13))
    (problem,) = schedule.problems
    assert (problem.code, problem.message) == (
        "closed",
        "infusion is on Sat 2027-03-13, as given, which is closed (weekend)",
    )
    assert schedule.visits[0].planned == date(2027, 3, 13)


def test_a_broken_rule_says_by_how_much_and_what_it_allows():
    schedule = plan(
        read(
            HEAD + "visits:\n  chemo: {at: Day -3}\n  infusion: {at: Day 0}\nrules:\n"
            "  - {id: gap, visit: infusion, within: 48-72 h, after: end of chemo}\n"
        ),
        Subject("", {"infusion": Dated(date(2027, 3, 12)), "chemo": Dated(date(2027, 3, 7))}),
    )
    assert [problem.message for problem in schedule.problems] == [
        "infusion on Fri 2027-03-12 is 2 d too late: rule gap: infusion 48-72 h after the end of chemo "
        "allows Tue 2027-03-09 to Wed 2027-03-10"
    ]


def test_a_target_on_a_closed_day_says_why_it_is_missed():
    schedule = planned("visits:\n  infusion: {at: Day 0}\n  scan: {at: Day 5, window: ±1 d}\n")
    scan = next(visit for visit in schedule.visits if visit.id == "scan")
    assert scan.planned == date(2027, 3, 15)  # target Sun 14 March; Sat 13 and Sun 14 are closed
    assert scan.notes == ("planned 1 d after its target, as Sun 2027-03-14 is closed (weekend)",)
