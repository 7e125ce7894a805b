"""The uncertain step: each duration planned, the longest shown, and the worst verdict for a start.

Dates by hand: apheresis on Monday 2025-03-03; a release N days later is on 2025-03-03 + N. Lymphodepletion is on Days
-5, -4 and -3 and waits for the release; with the infusion on Monday 2025-03-24 it begins on Wednesday 2025-03-19,
16 days after apheresis.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from command import run

from trialcal.days import Duration
from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.site import Closure, Site, Weekend
from trialcal.subject import Dated, Subject
from trialcal.uncertain import durations_told, starts_with_uncertain, uncertain_steps, with_uncertain

TEXT = """
id: made-for-one
title: A product made for one subject
study_day: {anchor: infusion, number: 0}
start: infusion
visits:
  apheresis: {at: pending, waits_for: the day of apheresis}
  release: {at: 10-21 d after apheresis, uncertain: true}
  lymphodepletion: {at: Day -5 to Day -3 daily}
  infusion: {at: Day 0}
  report: {at: pending, waits_for: the laboratory}
rules:
  - {id: waits-for-release, visit: first lymphodepletion, at_least: 0 d, after: release}
  - {id: laboratory, visit: report, within: 2-6 d, after: apheresis, uncertain: true}
"""
APHERESIS, INFUSION = date(2025, 3, 3), date(2025, 3, 24)
WEEKENDS = Site(closures=(Closure((Weekend(),), "weekend"),))


def protocol():
    tree, problems = parse(TEXT.encode(), "made-for-one.yaml")
    assert not problems
    found, problems = read_protocol(tree, file="made-for-one.yaml", sha256="")
    assert found is not None, problems
    return found


def days(first, last):
    return [Duration(count, "days") for count in range(first, last + 1)]


def planned(subject, durations, site=WEEKENDS, name="release"):
    return with_uncertain(plan, protocol(), subject, site, name, durations)


def test_only_what_is_marked_is_uncertain():
    assert set(uncertain_steps(protocol())) == {"release", "laboratory"}


def test_with_a_given_infusion_the_rest_holds_up_to_the_day_of_lymphodepletion():
    both = Subject("", {"apheresis": Dated(APHERESIS), "infusion": Dated(INFUSION)})
    schedule = planned(both, days(10, 21))
    assert schedule.uncertain is not None
    assert [outcome.holds for outcome in schedule.uncertain.outcomes] == [True] * 7 + [False] * 5
    for number, outcome in enumerate(schedule.uncertain.outcomes, 10):
        assert outcome.dates["release"].planned == APHERESIS + timedelta(days=number)
        first = outcome.dates["lymphodepletion-1"].planned
        assert first == (date(2025, 3, 19) if number <= 16 else None)
    assert not schedule.feasible
    (problem,) = [problem for problem in schedule.problems if problem.code == "uncertain-step"]
    assert problem.message.startswith("not everything holds with release of 17-21 d: lymphodepletion-1 has no date")
    assert problem.hint == "everything holds with 10-16 d"


def test_a_release_ends_on_a_closed_day_too():
    """Twelve days after Monday 3 March is Saturday 15 March: nobody chose it, so no closure moves it."""
    schedule = planned(Subject("", {"apheresis": Dated(APHERESIS)}), days(12, 12))
    release = next(visit for visit in schedule.visits if visit.id == "release")
    assert release.planned == date(2025, 3, 15)
    assert schedule.feasible
    lymphodepletion = next(visit for visit in schedule.visits if visit.id == "lymphodepletion-1")
    # the first Wednesday to Friday in a row after 15 March after which Monday is three days on: 19 to 21 March
    assert lymphodepletion.earliest == date(2025, 3, 19)


def test_the_schedule_is_that_of_the_longest_and_notes_tell_both_ends():
    schedule = planned(Subject("", {"apheresis": Dated(APHERESIS)}), days(10, 18))
    visits = {visit.id: visit for visit in schedule.visits}
    assert visits["release"].planned == date(2025, 3, 21)
    assert visits["release"].notes[-1] == (
        "depends on release: Thu 2025-03-13 with 10 d and Fri 2025-03-21 with 18 d"
    )
    # 10 d: Thu 13 March, next Wednesday is 19 March; 18 d: Fri 21 March, next Wednesday 26 March, infusion Monday 31
    assert visits["infusion"].notes[-1] == (
        "depends on release: not before Mon 2025-03-24 with 10 d and not before Mon 2025-03-31 with 18 d"
    )
    assert schedule.uncertain is not None
    assert schedule.uncertain.shown == ("release", "lymphodepletion-1", "infusion")
    assert "apheresis" not in schedule.uncertain.changing


def test_a_rule_may_be_the_uncertain_step():
    schedule = planned(Subject("", {"apheresis": Dated(APHERESIS)}), days(2, 6), name="laboratory")
    assert schedule.uncertain is not None
    for number, outcome in enumerate(schedule.uncertain.outcomes, 2):
        assert outcome.dates["report"].earliest == APHERESIS + timedelta(days=number)


def test_the_worst_verdict_of_a_start_counts():
    """Apheresis on Mondays before an infusion on 24 March: 14 and 21 days leave room only if begun by 5 March."""
    subject = Subject("", {"infusion": Dated(INFUSION)})
    mondays = [date(2025, 2, 24), date(2025, 3, 3), date(2025, 3, 10)]
    found = list(starts_with_uncertain(protocol(), subject, WEEKENDS, "apheresis", mondays, "release", days(10, 21)))
    assert [start.verdict for start in found] == ["on-target", "impossible", "impossible"]
    assert found[0].reason == ""
    assert found[1].reason.startswith("works with release of 10-16 d, not of 17-21 d: ")
    assert not found[2].reason.startswith("works")  # 10 days after 10 March is 20 March, after 19 March


@pytest.mark.parametrize(
    ("counts", "told"), [((10,), "10 d"), ((10, 11, 12), "10-12 d"), ((10, 12, 13), "10 d and 12-13 d")]
)
def test_durations_in_words(counts, told):
    assert durations_told([Duration(count, "days") for count in counts]) == told


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "p.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("relase=10..21d", "there is no uncertain step 'relase' (did you mean `release`?"),
        ("release", "'release' gives no durations (write release=10..21d)"),
        ("release=soon", "'soon' is no range of durations (write release=10..21d)"),
        ("release=21..10d", "'21..10d' ends before it begins (write release=10..21d)"),
        ("release=10..21h", "release is counted in days, not in hours (write release=10..21d)"),
        ("release=9..21d", "the protocol says 10-21 d for release, and 9..21d goes beyond"),
        ("infusion=1..2d", "there is no uncertain step 'infusion' (known here: laboratory, release)"),
    ],
)
@pytest.mark.usefixtures("here")
def test_bad_durations(text, message):
    done = run("plan", "-p", "p.yaml", "--start", "2025-03-24", "--uncertain", text)
    assert done.code == 2
    assert f"error: --uncertain: {message}" in done.err


@pytest.mark.usefixtures("here")
def test_json_has_a_row_for_each_duration():
    arguments = ("--start", "apheresis=2025-03-03", "--start", "2025-03-24", "--uncertain", "release=15-17 d")
    done = run("plan", "-p", "p.yaml", *arguments, "--format", "json")
    assert done.code == 1
    found = json.loads(done.out)["uncertain"]
    assert found["step"] == "release"
    assert found["holds"] is False
    assert [(row["duration"], row["holds"]) for row in found["durations"]] == [
        ("15 d", True),
        ("16 d", True),
        ("17 d", False),
    ]
    assert found["durations"][0]["dates"]["release"] == {"planned": "2025-03-18", "earliest": "2025-03-18"}


@pytest.mark.usefixtures("here")
def test_without_durations_a_warning_says_that_nobody_can_choose():
    done = run("plan", "-p", "p.yaml", "--start", "apheresis=2025-03-03", "--format", "json")
    assert (
        "warning: release is uncertain, and is planned as if its duration could be chosen "
        "(--uncertain release=10..21d plans each)" in done.err
    )
