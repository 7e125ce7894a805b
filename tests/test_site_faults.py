"""Cases in which a site's days once gave a wrong answer, each with what is right, worked by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from trialcal.days import Duration
from trialcal.files.library import bundled, folders, read_file
from trialcal.files.reader import read_protocol
from trialcal.files.sites import read_site
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.site import Site, closed_on
from trialcal.starts import starts_of
from trialcal.subject import Dated, Subject
from trialcal.uncertain import with_uncertain
from trialcal.why import why

WEEKENDS = "name: Clinic\ntime_zone: Europe/Berlin\nclosed:\n  - {on: weekends, reason: weekend}\n"
HEAD = "id: made\ntitle: Made\nstudy_day: {anchor: a, number: 1, day_zero: false}\nstart: a\n"


def protocol(text):
    tree, problems = parse((HEAD + text).encode(), "made.yaml")
    found, more = read_protocol(tree, file="made.yaml", sha256="")
    assert found is not None, [*problems, *more]
    return found


def site(text):
    tree, problems = parse(text.encode(), "site.yaml")
    found, more = read_site(tree, "site.yaml")
    assert found is not None, [*problems, *more]
    return found


def given(**days):
    return Subject("", {name: Dated(date.fromisoformat(day)) for name, day in days.items()})


def verdicts(of, where, *days):
    found = starts_of(of, Subject(), where, "a", map(date.fromisoformat, days))
    return [start.verdict for start in found]


@pytest.mark.parametrize("name", ["cc312", "gc012f", "lzzt"])
def test_a_closure_long_ago_changes_no_plan(name):
    """Whichever single visit is given: where nobody knows when the others will be, no closure is against them."""
    read, problems = read_file(bundled() / f"{name}.yaml", folders(Path.cwd()), Path.cwd())
    assert read is not None, problems
    long_ago = closed_on({date(1999, 1, 1): "long ago"})
    for visit in read.visits:
        subject = Subject("", {visit.id: Dated(date(2025, 3, 4))})
        one, other = plan(read, subject, Site()), plan(read, subject, long_ago)
        assert [v.planned for v in one.visits] == [v.planned for v in other.visits], visit.id
        assert [p.message for p in one.problems] == [p.message for p in other.problems], visit.id


def test_a_duration_stays_where_a_longer_horizon_is_written_out():
    """Apheresis on 2025-03-04, the release N days later, the first day a week after it."""
    read = protocol(
        "visits:\n"
        "  ap: {at: pending, waits_for: the day}\n"
        "  release: {at: 10-21 d after ap, uncertain: true}\n"
        "  a: {at: 7 d after release}\n"
        "  end-of-study: {at: Day 365}\n"
        "  fu: {at: every 30 d after a, until: end-of-study, horizon: 90 d}\n"
    )
    durations = [Duration(12, "days"), Duration(20, "days")]
    schedule = with_uncertain(plan, read, given(ap="2025-03-04"), Site(), "release", durations)
    assert schedule.uncertain is not None
    assert [outcome.dates["a"].planned for outcome in schedule.uncertain.outcomes] == [
        date(2025, 3, 23),
        date(2025, 3, 31),
    ]
    assert next(visit for visit in schedule.visits if visit.id == "a").planned == date(2025, 3, 31)


def test_a_visit_that_falls_away_makes_no_start_impossible():
    """Day 11 of 2025-03-04 is Fri 14; day 12 is Sat 15, but what ends the visit is on Fri 14."""
    read = protocol("visits:\n  a: {at: Day 1}\n  stop: {at: 10 d after a}\n  late: {at: Day 12, until: stop}\n")
    where = site(WEEKENDS)
    schedule = plan(read, given(a="2025-03-04"), where)
    assert schedule.feasible
    assert {visit.id: visit.status for visit in schedule.visits}["late"] == "cancelled"
    assert verdicts(read, where, "2025-03-04") == ["on-target"]


def test_hours_that_opening_hours_leave_no_minute_are_told_by_starts_and_why():
    """Open 08-10 and 14-16: what is 3 h after something at 08-10 is at 11-13, after 14-16 at 17-19."""
    read = protocol("visits:\n  a: {at: Day 1}\n  b: {at: 3 h after a}\n")
    where = site("name: Clinic\ntime_zone: Europe/Berlin\nhours: {Mon-Sun: 08:00-10:00 and 14:00-16:00}\n")
    schedule = plan(read, given(a="2025-03-04"), where)
    assert [problem.code for problem in schedule.problems] == ["hours-conflict"]
    assert "b on Tue 2025-03-04 can start 08:00-10:00 and 14:00-16:00" in schedule.problems[0].message
    assert verdicts(read, where, "2025-03-04") == ["impossible"]
    assert not why(read, given(a="2025-03-04"), where, "b", date(2025, 3, 4)).possible


def test_another_given_date_on_a_closed_day_counts_against_every_start():
    read = protocol("visits:\n  consent: {at: pending, waits_for: it}\n  a: {at: Day 1}\n")
    found = list(starts_of(read, given(consent="2025-03-01"), site(WEEKENDS), "a", [date(2025, 3, 4)]))
    assert [(start.verdict, start.visits) for start in found] == [("impossible", ("consent",))]


def test_days_to_open_for_a_visit_of_several_dates_are_those_that_are_closed():
    from trialcal.relaxing import with_ways

    read = protocol("visits:\n  a: {at: Day 1}\n  stay: {at: Day 4, lasts: 3 d}\n")
    schedule = with_ways(plan(read, given(a="2025-03-04"), site(WEEKENDS)))  # Day 4 is Fri 2025-03-07
    problem = next(problem for problem in schedule.problems if problem.code == "no-date")
    assert problem.ways[0] == "open Sat 2025-03-08 and Sun 2025-03-09 for stay"


def test_why_settles_anew_what_a_date_decides():
    """`e` is 5 days after the later of b (Day 10) and c (Day 12, Sat 2025-03-15): with b on the 19th, on the 24th."""
    read = protocol(
        "visits:\n  a: {at: Day 1}\n  b: {at: Day 10, window: ±5 d}\n  c: {at: Day 12}\n"
        "  e: {at: later of 5 d after b and 5 d after c}\n"
    )
    answer = why(read, given(a="2025-03-04"), Site(), "b", date(2025, 3, 18))
    assert answer.possible
    assert [(move.visit, move.before, move.after) for move in answer.moves] == [
        ("e", date(2025, 3, 20), date(2025, 3, 23))
    ]


def test_a_broken_rule_is_told_of_both_visits_that_it_binds():
    read = protocol(
        "visits:\n  a: {at: Day 1}\n  b: {at: pending, waits_for: it}\n"
        "rules:\n  - {visit: b, at_least: 7 d, after: a}\n"
    )
    answer = why(read, given(a="2025-03-04", b="2025-03-09"), Site(), "a", date(2025, 3, 4))
    assert not answer.possible
    assert "b on Sun 2025-03-09 is 2 d too early" in answer.says


def test_an_uncertain_rule_is_written_from_its_end():
    tree, _ = parse(
        (
            HEAD + "visits:\n  a: {at: Day 1}\n  release: {at: pending, waits_for: it}\n"
            "rules:\n  - {id: making, visit: a, within: 10-21 d, before: release, uncertain: true}\n"
        ).encode(),
        "made.yaml",
    )
    found, problems = read_protocol(tree, file="made.yaml", sha256="")
    assert found is None
    assert [(problem.message, problem.place.line) for problem in problems if problem.level == "error"] == [
        ("an uncertain rule says `after`", 9)
    ]
