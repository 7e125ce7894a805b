"""What was recorded of a subject, and the rest planned anew: worked dates, and every combination of dates tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import plan_oracle
import pytest
import replan_oracle as oracle
from test_plan import closed_on, read

from trialcal.files.library import bundled as library
from trialcal.files.library import read_file
from trialcal.plan import plan
from trialcal.relaxing import with_ways
from trialcal.site import Possible, Site, Weekdays
from trialcal.subject import (
    Absent,
    Dated,
    Delay,
    Discontinued,
    Hold,
    Partly,
    PartlyUnscheduled,
    Subject,
    Unscheduled,
)

CASES = 500


def bundled(name):
    protocol, _ = read_file(library() / f"{name}.yaml", (), Path())
    return protocol


def recorded(random, protocol):
    """Random facts: which visits were done, are booked, or were missed."""
    actual, booked, missed = {"v0": plan_oracle.START}, {}, []
    for visit in protocol["visits"][1:]:
        state = random.choice(["open", "open", "actual", "booked", "missed"])
        day = plan_oracle.START + timedelta(days=random.randint(-5, 15))
        if state == "actual":
            actual[visit["id"]] = day
        elif state == "booked":
            booked[visit["id"]] = day
        elif state == "missed" and visit["kind"] != "range":
            missed.append(visit["id"])
    return actual, booked, missed


@pytest.mark.parametrize("seed", range(CASES))
def test_the_rest_is_planned_as_by_trying_every_combination(seed):
    random = Random(seed)
    protocol = plan_oracle.random_protocol(random)
    actual, booked, missed = recorded(random, protocol)
    pins = {**booked, **actual}
    dated = [{name: Dated(day) for name, day in days.items()} for days in (actual, booked)]
    subject = Subject(
        "S", actual=dated[0], booked=dated[1], absent={name: Absent("missed", "a reason") for name in missed}
    )
    schedule = plan(
        read(plan_oracle.as_yaml(protocol)), subject, closed_on(dict.fromkeys(protocol["closed"], "closed"))
    )
    rows = {visit.id: visit for visit in schedule.visits}
    told = {(b.kind, b.visit, b.other, *([b.days_off] if b.kind == "window" else [])) for b in schedule.broken}
    every = oracle.plans(protocol, pins, missed)
    assert told >= oracle.broken(protocol, pins, missed)  # who counts from a visit without a date counts through it
    if every:
        assert told == oracle.broken(protocol, pins, missed)
    for name, day in pins.items():
        assert rows[name].on == day
        assert rows[name].status == ("completed" if name in actual else "booked")
    for name in missed:
        assert (rows[name].on, rows[name].status) == (None, "missed")
        above = oracle.reference(protocol, oracle.by_id(protocol)[name], missed)
        if rows[above].on is not None:
            days = {each.id: each.on for each in schedule.visits}
            visit = oracle.by_id(protocol)[name]
            assert rows[name].target == plan_oracle.target(visit, oracle.counted_from(protocol, visit, days, missed))
    undated = [visit.id for visit in schedule.visits if visit.status == "no-date"]
    assert bool(undated) == (not every)
    if every:
        best = oracle.chosen(protocol, every, pins, missed)
        assert {name: row.on for name, row in rows.items() if name not in missed} == best
        for name in best:
            days = [each[name] for each in every]
            assert (rows[name].earliest, rows[name].latest) == (min(days), max(days))


def test_enough_of_the_cases_say_something():
    told = {"open": 0, "broken": 0, "missed parent": 0, "impossible": 0}
    for seed in range(CASES):
        random = Random(seed)
        protocol = plan_oracle.random_protocol(random)
        actual, booked, missed = recorded(random, protocol)
        pins = {**booked, **actual}
        every = oracle.plans(protocol, pins, missed)
        told["open"] += len(pins) + len(missed) < len(protocol["visits"])
        told["broken"] += bool(oracle.broken(protocol, pins, missed))
        told["missed parent"] += any(visit.get("parent") in missed for visit in protocol["visits"])
        told["impossible"] += not every
    assert min(told.values()) >= 20, told


# --- worked dates ---------------------------------------------------------------------------------------------------


def day(text):
    return date.fromisoformat(text)


def dated(**days):
    return {name.replace("_", "-"): Dated(day(text)) for name, text in days.items()}


def rows_of(protocol, subject):
    schedule = plan(protocol, subject)
    return schedule, {visit.id: visit for visit in schedule.visits}


LYMPHODEPLETION = dated(
    lymphodepletion_1="2025-03-05", lymphodepletion_2="2025-03-06", lymphodepletion_3="2025-03-07"
)


def test_a_late_infusion_moves_what_is_counted_from_it_and_is_told():
    """Design, section 4: lymphodepletion on 03-05..07, infusion slips to 03-12; 48-72 h after 03-07: 03-09 to 10."""
    infusion = dated(infusion="2025-03-12")
    given = Subject("GC-001", given=dated(infusion="2025-03-10"), actual={**LYMPHODEPLETION, **infusion})
    schedule, rows = rows_of(bundled("gc012f"), given)
    assert not schedule.feasible
    assert (rows["infusion"].planned, rows["infusion"].actual) == (day("2025-03-10"), day("2025-03-12"))
    assert [(b.kind, b.visit, b.other, b.first, b.last, b.days_off) for b in schedule.broken] == [
        ("rule", "infusion", "lymphodepletion-3", day("2025-03-09"), day("2025-03-10"), 2)
    ]
    periods = {period.id: period for period in schedule.periods}
    assert (periods["dlt"].start, periods["dlt"].end) == (day("2025-03-12"), day("2025-04-09"))


def test_a_missed_dose_is_no_last_dose_and_no_rule_binds_it():
    """Doses on Days 1, 4, 8 ... 25 of 2025-03-01; contraception ends 6 months after the last dose really given."""
    missed = {f"dose-{n}": Absent("missed", "toxicity") for n in (7, 8)}
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), absent=missed))
    assert (rows["dose-8"].status, rows["dose-8"].on, rows["dose-8"].target) == ("missed", None, day("2025-03-25"))
    assert "missed: toxicity" in rows["dose-8"].notes
    assert {period.id: period.end for period in schedule.periods}["contraception"] == day("2025-09-18")
    assert schedule.feasible


def test_who_stopped_at_priming_has_priming_as_the_last_dose():
    stop = Discontinued(day("2025-02-27"), ("dose",), reason="infusion reaction")
    subject = Subject("C", given=dated(dose_1="2025-03-01"), actual=dated(priming="2025-02-26"), discontinued=stop)
    schedule, rows = rows_of(bundled("cc312"), replace(subject, given={}))
    assert {period.id: period.end for period in schedule.periods}["contraception"] == day("2025-08-26")
    assert {rows[f"dose-{n}"].status for n in range(2, 9)} == {"cancelled"}


def test_days_count_from_where_a_missed_anchor_was_to_be():
    absent = {"dose-1": Absent("missed", "fever")}
    _, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), absent=absent))
    assert (rows["dose-1"].status, rows["dose-1"].actual) == ("missed", None)
    assert (rows["dose-2"].planned, rows["dose-2"].on_day) == (day("2025-03-04"), 4)


def test_a_month_is_no_reference_and_is_not_judged():
    """Dose 1 in March 2025: nothing that is counted from it has a date, yet all have bounds."""
    march = Partly("2025-03", day("2025-03-01"), day("2025-03-31"))
    schedule, rows = rows_of(bundled("cc312"), Subject("C", partly={"dose-1": march}))
    assert (rows["dose-1"].status, rows["dose-1"].actual) == ("completed", None)
    assert rows["dose-2"].status == "pending"
    assert (rows["dose-2"].earliest, rows["dose-2"].latest) == (day("2025-03-03"), day("2025-04-04"))
    assert schedule.feasible
    assert not schedule.broken


def test_a_month_far_from_the_window_breaks_nothing():
    june = Partly("2025-06", day("2025-06-01"), day("2025-06-30"))
    subject = Subject("C", actual=dated(dose_1="2025-03-01"), partly={"dose-2": june})
    schedule, rows = rows_of(bundled("cc312"), subject)
    assert not schedule.broken
    assert rows["dose-2"].status == "completed"


def test_an_open_month_neither_narrows_nor_stops_the_others():
    march = Partly("2025-03", day("2025-03-01"), day("2025-03-31"))
    subject = Subject("C", actual=dated(dose_1="2025-03-01"), partly={"dose-4": march})
    schedule, rows = rows_of(bundled("cc312"), subject)
    assert schedule.feasible
    assert (rows["dose-5"].planned, rows["dose-5"].earliest) == (day("2025-03-15"), day("2025-03-14"))


def test_a_hold_closes_dates_for_the_visits_it_names_alone():
    """Dose 3 is due on 03-08 ±1: a hold over 03-07 and 03-08 leaves 03-09; the safety check is no dose."""
    hold = Hold(day("2025-03-07"), day("2025-03-08"), ("dose",), "ALT raised")
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), holds=(hold,)))
    assert rows["dose-3"].planned == day("2025-03-09")
    assert "as Sat 2025-03-08 is closed (on hold until 2025-03-08: ALT raised)" in rows["dose-3"].notes[0]
    assert schedule.feasible


def test_a_visit_is_not_moved_to_before_a_hold():
    """Dose 3 is due on 03-08 ±1, and held from that day on: the day before is open, and yet no day for it."""
    hold = Hold(day("2025-03-08"), day("2025-03-10"), ("dose",), "ALT raised")
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), holds=(hold,)))
    assert rows["dose-3"].status == "no-date"
    assert "not moved to before the hold from 2025-03-08" in schedule.problems[0].message
    later = Hold(day("2025-03-09"), day("2025-03-10"), ("dose",), "ALT raised")
    _, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), holds=(later,)))
    assert rows["dose-3"].planned == day("2025-03-08"), "its target is before the hold, and stands"


def test_a_delayed_visit_keeps_the_day_that_the_protocol_gives_it():
    delay = Delay(("dose-3",), 2, "")
    _, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), delays=(delay,)))
    assert (rows["dose-3"].study_day, rows["dose-3"].on_day, rows["dose-3"].target) == (8, 9 + 1, day("2025-03-10"))


def test_a_hold_without_an_end_leaves_doses_without_dates():
    hold = Hold(day("2025-03-07"), None, ("dose",), "ALT raised")
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), holds=(hold,)))
    assert [rows[f"dose-{n}"].status for n in range(1, 9)] == ["planned", "planned", *["no-date"] * 6]
    assert not schedule.feasible


def test_a_hold_that_leaves_no_date_may_be_lifted():
    hold = Hold(day("2025-03-07"), day("2025-03-09"), ("dose",), "ALT raised")
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), holds=(hold,)))
    assert rows["dose-3"].status == "no-date"
    ways = [way for problem in with_ways(schedule).problems for way in problem.ways]
    assert ways[0] == "lift the hold of dose from Fri 2025-03-07 to Sun 2025-03-09"
    assert not any(way.startswith("open ") for way in ways), "an open site would not help"


def test_a_dose_given_during_a_hold_is_told():
    hold = Hold(day("2025-03-07"), day("2025-03-09"), ("dose",), "ALT raised")
    subject = Subject("C", actual=dated(dose_1="2025-03-01", dose_3="2025-03-08"), holds=(hold,))
    schedule, _ = rows_of(bundled("cc312"), subject)
    told = "dose-3 is on Sat 2025-03-08, as recorded, although it is on hold until 2025-03-09: ALT raised"
    assert told in [problem.message for problem in schedule.problems]


def test_a_delay_moves_targets_and_windows():
    """Doses 3 to 8 a week later: Day 8 + 7 d = 03-15 ±1, and so on; what is counted from the last dose follows."""
    delay = Delay(tuple(f"dose-{n}" for n in range(3, 9)), 7, "after the hold")
    schedule, rows = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), delays=(delay,)))
    assert [rows[f"dose-{n}"].planned for n in (2, 3, 4, 8)] == [
        *(day("2025-03-04"), day("2025-03-15"), day("2025-03-18"), day("2025-04-01"))
    ]
    assert (rows["dose-3"].window_start, rows["dose-3"].window_end) == (day("2025-03-14"), day("2025-03-16"))
    assert "7 d later than by the protocol: after the hold" in rows["dose-3"].notes
    assert {period.id: period.end for period in schedule.periods}["contraception"] == day("2025-10-01")


def test_a_booked_date_is_pinned_and_judged():
    subject = Subject("C", actual=dated(dose_1="2025-03-01"), booked=dated(dose_3="2025-03-10"))
    schedule, rows = rows_of(bundled("cc312"), subject)
    assert (rows["dose-3"].status, rows["dose-3"].booked, rows["dose-3"].planned) == (
        "booked",
        day("2025-03-10"),
        None,
    )
    assert [(b.visit, b.days_off, b.how) for b in schedule.broken] == [("dose-3", 1, "booked")]
    assert rows["dose-4"].planned == day("2025-03-12"), "two days after the booked dose, within its window"


def test_an_unscheduled_visit_stands_between_the_others():
    extra = Unscheduled("unscheduled-1", Dated(day("2025-03-09")), "fever")
    schedule, _ = rows_of(bundled("cc312"), Subject("C", given=dated(dose_1="2025-03-01"), unscheduled=(extra,)))
    names = [visit.id for visit in schedule.visits]
    assert names[names.index("unscheduled-1") - 1 : names.index("unscheduled-1") + 2] == [
        *("dose-3", "unscheduled-1", "dose-4")
    ]
    row = schedule.visits[names.index("unscheduled-1")]
    assert (row.actual, row.on_day, row.status, row.notes[-1]) == (day("2025-03-09"), 9, "completed", "fever")


def test_treatment_that_stopped_ends_what_the_protocol_says():
    """LZZT: an early termination on 2014-02-20 takes Visits 7 to 13 away; the retrieval visit (week 24) stays."""
    subject = Subject("L", actual=dated(v3="2014-01-02", v4="2014-01-16", et="2014-02-06"))
    _, rows = rows_of(bundled("lzzt"), subject)
    assert {rows[name].status for name in ("v7", "v8", "v9", "v10", "v11", "v12", "v13")} == {"cancelled"}
    assert (rows["v5"].status, rows["rt"].planned) == ("planned", day("2014-06-19"))


def test_nothing_that_was_recorded_hides_a_wrong_visit():
    with pytest.raises(KeyError):
        plan(bundled("cc312"), Subject("C", actual=dated(dose_9="2025-03-01")))


# --- hours, beside what happened ------------------------------------------------------------------------------------

HOURS = """\
id: hours
title: Hours after an infusion
study_day: {anchor: d1, number: 1, day_zero: false}
start: d1
types: {dose: {name: Dose}}
visits:
  d1: {at: Day 1, type: dose}
  inf: {at: Day 15, window: ±2 d, type: dose}
  fu: {at: 24 h after inf, window: ±2 h}
  eos: {at: 4 weeks after last dose, window: ±3 d}
"""


def moment(text):
    return Dated(day(text[:10]), datetime.fromisoformat(text))


def test_hours_after_a_missed_visit_are_not_hours_after_another():
    """Day 15 of 03-03 is 03-17; the infusion was missed: what is 24 h after it counts from that target, in days."""
    subject = Subject(
        "S",
        actual={"d1": moment("2025-03-03T09:00"), "fu": moment("2025-03-18T09:00")},
        absent={"inf": Absent("missed", "a reason")},
    )
    schedule, rows = rows_of(read(HOURS), subject)
    assert not schedule.broken
    assert (rows["fu"].target, rows["fu"].clock_start) == (day("2025-03-18"), None)


def test_a_delay_in_days_moves_a_window_in_hours_as_days():
    subject = Subject(
        "S", actual={"d1": moment("2025-03-03T09:00"), "inf": moment("2025-03-17T09:30")}, delays=(Delay(("fu",), 2),)
    )
    _, rows = rows_of(read(HOURS), subject)
    assert (rows["fu"].planned, rows["fu"].clock_start) == (day("2025-03-20"), None)
    late = replace(subject, actual={**subject.actual, "fu": moment("2025-03-18T09:30")})
    found = [(b.visit, b.days_off) for b in plan(read(HOURS), late).broken]
    assert found == [("fu", -2)], "two days before where the delay has put it"


def test_who_is_last_only_by_a_conflict_judges_nobody():
    """An end of study booked on 06-10 leaves the infusion no date; the first dose is not the last one by that."""
    subject = Subject("S", actual=dated(d1="2025-03-03"), booked=dated(eos="2025-06-10"))
    schedule, rows = rows_of(read(HOURS), subject)
    assert rows["inf"].status == "no-date"
    assert not schedule.broken


def test_what_has_no_end_is_waited_for_no_longer():
    text = HOURS.replace("24 h after inf, window: ±2 h", "1 d after end of inf")
    _, rows = rows_of(read(text), Subject("S", actual=dated(d1="2025-03-03"), absent={"inf": Absent("missed", "r")}))
    assert rows["fu"].notes[0] == "no date: inf was missed, and so has no end to count from"


def test_a_hold_with_clock_times_known():
    hold = Hold(day("2025-03-10"), day("2025-03-12"), ("dose",), "ALT raised")
    ended = Dated(day("2025-03-03"), datetime(2025, 3, 3, 9), datetime(2025, 3, 3, 10))
    schedule, rows = rows_of(read(HOURS), Subject("S", actual={"d1": ended}, holds=(hold,)))
    assert schedule.feasible
    assert rows["inf"].planned == day("2025-03-17")


def test_a_hold_that_begins_within_a_recorded_visit_is_none_for_it():
    text = HOURS.replace("d1: {at: Day 1, type: dose}", "d1: {at: Day 1, type: dose, lasts: 5 d}")
    hold = Hold(day("2025-03-05"), day("2025-03-12"), ("dose",), "fever")
    schedule, _ = rows_of(read(text), Subject("S", actual=dated(d1="2025-03-03"), holds=(hold,)))
    assert schedule.feasible


def test_holds_of_one_subject_close_no_day_of_another():
    """Two protocols whose visit `v` is of another type, which the site has on other days."""
    one = HOURS.replace("inf: {at: Day 15, window: ±2 d, type: dose}", "inf: {at: Day 15, window: ±3 d, type: aaa}")
    one = one.replace("types: {", "types: {aaa: {name: A}, bbb: {name: B}, ")
    two = one.replace("type: aaa}", "type: bbb}")
    monday, tuesday = (Possible(kind, (Weekdays(frozenset({n})),)) for kind, n in (("aaa", 0), ("bbb", 1)))
    site = Site(possible={"aaa": monday, "bbb": tuesday})
    hold = (Hold(day("2025-01-01"), day("2025-01-02"), ("inf",), "r"),)
    subject = Subject("S", actual=dated(d1="2025-03-03"), holds=hold)
    days = [rows_by(plan(read(text), subject, site))["inf"].planned for text in (one, two)]
    assert days == [day("2025-03-17"), day("2025-03-18")], "a Monday, and a Tuesday"


def rows_by(schedule):
    return {visit.id: visit for visit in schedule.visits}


def test_an_unscheduled_visit_of_which_the_month_is_known():
    extra = PartlyUnscheduled("unscheduled-1", Partly("2025-03", day("2025-03-01"), day("2025-03-31")), "rash")
    subject = Subject("C", given=dated(dose_1="2025-03-01"), partly_unscheduled=(extra,))
    row = rows_by(plan(bundled("cc312"), subject))["unscheduled-1"]
    assert (row.status, row.on) == ("completed", None)
    assert row.recorded == ("took place in 2025-03: the day is not known", "rash")
