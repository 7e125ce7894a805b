"""A subject over two and three versions of a protocol: worked dates, and random subjects against the oracle.

What is done stays as its version judged it; what is to come follows the new version, from the dates that are known.
"""

from __future__ import annotations

import shlex
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import plan_oracle
import pytest
import replan_oracle as oracle
from command import run
from pages import blocks
from test_plan import closed_on, read

from trialcal.amending import Stage, planned_over
from trialcal.cli import moving
from trialcal.plan import plan
from trialcal.subject import Absent, Dated, Partly, Subject, Unscheduled

FIRST = """\
id: study
title: A study
version: '1.0'
study_day: {anchor: infusion, number: 0}
start: infusion
visits:
  infusion: {at: Day 0}
  day-7: {at: Day 7, window: ±1 d}
  day-14: {at: Day 14, window: ±3 d}
  day-28: {at: Day 28, window: ±3 d}
  call: {at: 2 d after day-14}
  day-60: {at: Day 60}
rules:
  - {id: apart, visit: day-14, at_least: 6 d, after: day-7}
"""
SECOND = """\
id: study
title: A study
version: '2.0'
study_day: {anchor: infusion, number: 0}
start: infusion
visits:
  infusion: {at: Day 0}
  day-7: {at: Day 7, window: ±1 d}
  day-14: {at: Day 14, window: ±5 d}
  day-28: {at: Day 35, window: ±5 d}
  call: {at: 5 d after day-14}
  day-90: {at: Day 90}
rules:
  - {id: apart, visit: day-14, at_least: 12 d, after: day-7}
"""
MOVED = date(2025, 4, 1)


def on(**days):
    return {name.replace("_", "-"): Dated(date.fromisoformat(day)) for name, day in days.items()}


def over(subject, until=MOVED, first=FIRST, second=SECOND):
    return planned_over([Stage(read(first), until)], read(second), subject)


def rows_of(schedule):
    return {row.id: row for row in schedule.visits}


def spans(schedule):
    return {row.id: (str(row.on), str(row.window_start), str(row.window_end)) for row in schedule.visits}


# --- worked dates: infusion on Monday 2025-03-10 ------------------------------------------------------------------


def test_done_visits_stay_and_the_others_follow():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_7="2025-03-17", day_14="2025-03-28"))
    schedule = over(subject)
    found = spans(schedule)
    assert found["day-14"] == ("2025-03-28", "2025-03-21", "2025-03-27")  # Day 14 ±3, not ±5
    assert found["day-28"] == ("2025-04-14", "2025-04-09", "2025-04-19")  # now Day 35 ±5
    assert found["call"][0] == "2025-04-02"  # 5 d after the actual day-14
    assert found["day-90"][0] == "2025-06-08"
    assert "day-60" not in found
    (broken,) = schedule.broken
    assert (broken.kind, broken.visit, broken.days_off) == ("window", "day-14", 1)
    assert (broken.first, broken.last) == (date(2025, 3, 21), date(2025, 3, 27))
    assert [problem.code for problem in schedule.problems] == ["out-of-window"]
    assert not schedule.feasible
    assert schedule.understood.endswith("; version 2.0 from Tue 2025-04-01 on, before that 1.0")


def test_a_visit_on_the_day_of_the_amendment_counts_to_the_new_version():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_7="2025-03-14", day_14="2025-03-28"))
    assert {b.visit for b in over(subject, date(2025, 3, 29)).broken} == {"day-7", "day-14"}
    assert {b.visit for b in over(subject, date(2025, 3, 28)).broken} == {"day-7"}


def test_a_rule_between_two_visits_is_that_of_the_later_version():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_7="2025-03-17", day_14="2025-03-26"))
    assert not over(subject).broken  # 9 d apart: at least 6 d by version 1.0
    later = over(subject, date(2025, 3, 20))
    assert [(b.kind, b.visit, b.days_off) for b in later.broken] == [("rule", "day-14", -3)]


def test_a_done_visit_that_the_new_version_lacks_stays():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_60="2025-05-09"))
    schedule = over(subject, date(2025, 6, 1))
    names = [row.id for row in schedule.visits]
    assert names.index("day-60") == names.index("day-90") - 1
    assert rows_of(schedule)["day-60"] == rows_of(plan(read(FIRST), subject))["day-60"]
    assert schedule.dates.feasible("day-60") == (date(2025, 5, 9),)
    assert schedule.dates.feasible("day-90") == (date(2025, 6, 8),)
    assert schedule.dates.why_closed("day-60", date(2025, 5, 9)) is None


def test_a_visit_done_later_that_only_the_old_version_has_is_not_lost():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_60="2025-05-09"))
    assert rows_of(over(subject))["day-60"].status == "completed"


def test_a_visit_of_the_new_version_may_have_been_before_the_amendment():
    subject = Subject("01-001", actual=on(infusion="2025-03-10", day_90="2025-06-08"))
    schedule = over(subject, date(2025, 7, 1))
    assert rows_of(schedule)["day-90"].status == "completed"
    assert not schedule.broken


def test_an_undone_visit_that_is_gone_leaves_its_appointment_to_be_cancelled():
    subject = Subject(
        "01-001", actual=on(infusion="2025-03-10"), booked=on(day_60="2025-05-09"), given=on(day_60="2025-05-09")
    )
    schedule = over(subject)
    assert "day-60" not in rows_of(schedule)
    told = [problem.message for problem in schedule.problems if problem.code == "not-in-version"]
    assert told == ["day-60 is booked on Fri 2025-05-09; version 2.0 lacks it"]
    assert schedule.feasible


def test_an_amendment_takes_no_overdue_visit_away():
    """Day 14 ±3 closed on 03-27, with ±5 on 03-29; Day 28 ±3 closed on 04-10, and 2.0 has it a week later."""
    subject = Subject("01-001", actual=on(infusion="2025-03-10"))
    without = SECOND.replace("  day-14: {at: Day 14, window: ±5 d}\n", "").replace(
        "  call: {at: 5 d after day-14}\n", ""
    )
    without = without.replace("  - {id: apart, visit: day-14, at_least: 12 d, after: day-7}\n", "").replace(
        "rules:\n", ""
    )
    rows = rows_of(over(subject, date(2025, 4, 12), second=without))
    assert (rows["day-14"].status, str(rows["day-14"].window_end)) == ("planned", "2025-03-27")
    assert (str(rows["day-28"].target), str(rows["day-28"].window_end)) == ("2025-04-14", "2025-04-19"), "open in 2.0"
    rows = rows_of(over(subject, date(2025, 3, 28)))
    assert str(rows["day-14"].window_end) == "2025-03-29", "still open by 2.0 when the subject moved"


@pytest.mark.parametrize(
    ("absent", "stays"),
    [
        (Absent("missed", "ill", date(2025, 3, 30)), True),
        (Absent("missed", "ill", date(2025, 4, 1)), False),
        (Absent("missed", "ill"), True),  # its window closed on 2025-03-27
    ],
)
def test_a_missed_visit_keeps_its_window_where_it_was_missed_before(absent, stays):
    subject = Subject("01-001", actual=on(infusion="2025-03-10"), absent={"day-14": absent})
    row = rows_of(over(subject))["day-14"]
    assert row.status == "missed"
    assert row.window_end == (date(2025, 3, 27) if stays else date(2025, 3, 29))


def test_a_visit_known_in_part_is_before_where_all_its_days_are():
    known = Partly("2025-03", date(2025, 3, 1), date(2025, 3, 31))
    subject = Subject("01-001", actual=on(infusion="2025-03-10"), partly={"day-14": known})
    assert rows_of(over(subject))["day-14"].window_end == date(2025, 3, 27)
    assert rows_of(over(subject, date(2025, 3, 31)))["day-14"].window_end == date(2025, 3, 29)


def test_unscheduled_visits_stand_once_each():
    extras = tuple(
        Unscheduled(f"unscheduled-{n}", Dated(date(2025, month, 20)), "rash") for n, month in ((1, 3), (2, 5))
    )
    schedule = over(Subject("01-001", actual=on(infusion="2025-03-10"), unscheduled=extras))
    names = [row.id for row in schedule.visits]
    assert sorted(name for name in names if name.startswith("un")) == ["unscheduled-1", "unscheduled-2"]


def test_three_versions():
    third = SECOND.replace("'2.0'", "'3.0'").replace("±5 d", "±7 d")
    subject = Subject(
        "01-001", actual=on(infusion="2025-03-10", day_7="2025-03-19", day_14="2025-03-30", day_28="2025-04-21")
    )
    stages = [Stage(read(FIRST), date(2025, 3, 20)), Stage(read(SECOND), date(2025, 4, 10))]
    schedule = planned_over(stages, read(third), subject)
    assert [(b.visit, b.days_off) for b in schedule.broken if b.kind == "window"] == [("day-7", 1), ("day-14", 1)]
    assert rows_of(schedule)["day-28"].window_end == date(2025, 4, 21)
    assert schedule.understood.endswith(
        "; version 3.0 from Thu 2025-04-10 on, before that 2.0 from Thu 2025-03-20 on, before that 1.0"
    )


# --- random subjects ------------------------------------------------------------------------------------------------


def random_subject(random, protocol):
    """Facts of a subject, as dates and as trialcal's values."""
    actual, booked, missed = {"v0": plan_oracle.START}, {}, {}
    for visit in protocol["visits"][1:]:
        day = plan_oracle.START + timedelta(days=random.randint(-5, 15))
        state = random.choice(["open", "actual", "actual", "booked", "missed"])
        if state == "actual":
            actual[visit["id"]] = day
        elif state == "booked":
            booked[visit["id"]] = day
        elif state == "missed" and visit["kind"] != "range":
            missed[visit["id"]] = day
    subject = Subject(
        "S",
        actual={name: Dated(day) for name, day in actual.items()},
        booked={name: Dated(day) for name, day in booked.items()},
        absent={name: Absent("missed", "a reason", day) for name, day in missed.items()},
    )
    return subject, actual, booked, missed


def amended(random, protocol):
    """Another version: other windows and days; at times its last visit is gone, with its rules."""
    new = deepcopy(protocol)
    for visit in new["visits"][1:]:
        if visit.get("window") is not None and random.random() < 0.5:
            visit["window"] = tuple(random.randint(0, 4) for _ in visit["window"])
    gone = new["visits"][-1]["id"]
    if random.random() < 0.4 and len(new["visits"]) > 2:
        new["visits"].pop()
        new["rules"] = [rule for rule in new["rules"] if gone not in (rule["visit"], rule["other"])]
    return new


@pytest.mark.parametrize("seed", range(150))
def test_moving_to_the_same_protocol_changes_nothing(seed):
    random = Random(seed)
    made = plan_oracle.random_protocol(random)
    protocol, site = read(plan_oracle.as_yaml(made)), closed_on(dict.fromkeys(made["closed"], "closed"))
    subject, *_ = random_subject(random, made)
    until = plan_oracle.START + timedelta(days=random.randint(-8, 20))
    alone = plan(protocol, subject, site)
    stages = [Stage(read(plan_oracle.as_yaml(made)), until)]
    schedule = planned_over(stages, protocol, subject, site)
    assert schedule.visits == alone.visits
    assert (schedule.periods, schedule.lookbacks, schedule.timepoints) == (
        alone.periods,
        alone.lookbacks,
        alone.timepoints,
    )
    assert set(schedule.broken) == set(alone.broken)
    assert len(schedule.broken) == len(alone.broken)
    assert sorted(map(str, schedule.problems)) == sorted(map(str, alone.problems))
    assert schedule.feasible == alone.feasible


@pytest.mark.parametrize("seed", range(150))
def test_each_visit_is_judged_by_its_version(seed):
    random = Random(1_000 + seed)
    old = plan_oracle.random_protocol(random)
    new = amended(random, old)
    site = closed_on(dict.fromkeys(old["closed"], "closed"))
    subject, actual, booked, missed = random_subject(random, old)
    until = plan_oracle.START + timedelta(days=random.randint(-3, 15))
    before, after = read(plan_oracle.as_yaml(old)), read(plan_oracle.as_yaml(new))
    schedule = planned_over([Stage(before, until)], after, subject, site)
    by_old, there = rows_of(plan(before, subject, site)), {visit["id"] for visit in new["visits"]}
    done = {name for name, day in {**missed, **actual}.items() if day < until or name not in there}
    rows = rows_of(schedule)
    known = {
        key: {name: value for name, value in getattr(subject, key).items() if name in there}
        for key in ("actual", "booked", "absent")
    }
    by_new = rows_of(plan(after, replace(subject, **known), site))

    def is_over(row):
        """It was not done, and could only have been before the subject moved."""
        closed = row.window_end is not None and row.window_end < until and (row.on is None or row.on < until)
        return closed and row.id not in {**missed, **actual}

    done |= {name for name, row in by_old.items() if is_over(row) and (name not in there or is_over(by_new[name]))}
    assert rows.keys() == there | done
    assert {name: rows[name] for name in done} == {name: by_old[name] for name in done}
    assert {name: rows[name] for name in there - done} == {name: by_new[name] for name in there - done}
    # What the oracle finds broken, each by the version that counts for it.
    pins = {**booked, **actual}
    kept_pins = {name: day for name, day in pins.items() if name in there}
    first = oracle.broken(old, pins, list(missed))
    second = oracle.broken(new, kept_pins, [name for name in missed if name in there])

    def is_old(broken):
        return broken[1] in done and (broken[0] == "window" or broken[2] in done)

    expected = {each for each in first if is_old(each)} | {each for each in second if not is_old(each)}
    told = {(b.kind, b.visit, b.other, *([b.days_off] if b.kind == "window" else [])) for b in schedule.broken}
    assert told >= expected
    judged_through = {each for each in told - expected if each[0] == "window"}
    assert judged_through == told - expected  # who counts from a visit without a date counts through it


# --- on the command line --------------------------------------------------------------------------------------------

SUBJECT = """\
# kept by the coordinator
subject: GC-001
protocol: study      # in protocols/
version: "1.0"
visits:
  infusion: {actual: 2025-03-10}
  day-7: {actual: 2025-03-17}
  day-14: {actual: 2025-03-28, reason: bank holiday}   # late
"""
MOVE = ("amend", "GC-001", "--by", "SC1", "--today", "2025-04-02")


@pytest.fixture
def ward(tmp_path, monkeypatch):
    """A folder with two versions of the protocol, the second from 2025-04-01 on, and a subject's file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1743580800")
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols/study.yaml").write_text(FIRST, encoding="utf-8")
    second = SECOND.replace("version: '2.0'\n", "version: '2.0'\neffective: 2025-04-01\n")
    (tmp_path / "protocols/study-2.0.yaml").write_text(second, encoding="utf-8")
    (tmp_path / "GC-001.yaml").write_text(SUBJECT, encoding="utf-8")
    return tmp_path


def text_of(ward):
    return (ward / "GC-001.yaml").read_text(encoding="utf-8")


def test_amend_shows_and_writes(ward):
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-04-01", "--reason", "ethics approval")
    assert ran.code == 0
    shown = ran.out.decode().splitlines()
    assert shown[0] == "GC-001: study, version 1.0 -> 2.0, from Tue 2025-04-01 on"
    changes = shown[next(n for n, line in enumerate(shown) if line.startswith("── What changes for GC-001")) + 1 :]
    assert changes == [
        "  · call: Sun 2025-03-30 -> Wed 2025-04-02",
        "  · day-28: Mon 2025-04-07 -> Mon 2025-04-14, window Fri 2025-04-04 to Thu 2025-04-10 ->",
        "    Wed 2025-04-09 to Sat 2025-04-19",
        "  · day-90: new, Sun 2025-06-08",
        "  · day-60: not planned any more (was Fri 2025-05-09)",
        "  · done, and untouched: infusion, day-7, day-14",
    ]
    assert ran.err.splitlines()[-1] == "written: GC-001.yaml, entry 2 of its history"
    facts, _, history = text_of(ward).partition("history:\n")
    assert facts == SUBJECT.replace('"1.0"', '"2.0"') + 'amended:\n  - {from: "1.0", to: "2.0", on: 2025-04-01}\n'
    assert 'what: "amended to version 2.0"' in history
    assert 'reason: "ethics approval"' in history


def test_after_the_amendment_every_command_judges_by_the_right_version(ward):
    assert run(*MOVE, "--to", "2.0", "--on", "2025-04-01").code == 0
    planned = run("plan", "GC-001.yaml", "--format", "csv")
    dates = {line.split(",")[1]: line for line in planned.out.decode().splitlines()}
    assert "2025-04-14" in dates["day-28"]
    assert "2025-03-21,2025-03-27" in dates["day-14"]
    assert "day-60" not in dates
    assert planned.code == 1  # day-14 stays out of the window that it had
    again = run(*MOVE, "--to", "2.0", "--on", "2025-04-01")
    assert (again.code, again.out) == (2, b"")
    assert "error: GC-001 is on version 2.0 already (there is 1.0 (protocols/study.yaml))" in again.err


def test_dry_run_only_shows(ward):
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-04-01", "--dry-run")
    assert (ran.code, text_of(ward)) == (0, SUBJECT)
    assert ran.out == run(*MOVE, "--to", "2.0", "--on", "2025-04-01").out
    assert ran.err.splitlines()[-1] == "not written (--dry-run)"


def test_without_on_it_is_today_and_told(ward):
    ran = run(*MOVE, "--to", "2.0")
    assert ran.code == 0
    assert "from Wed 2025-04-02 on (today: no --on is given)" in ran.out.decode()
    assert "on: 2025-04-02}" in text_of(ward)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--to", "3.0"), 2, "error: there is no version '3.0' of study (there are 1.0 (protocols/study.yaml), 2.0 "
         "(protocols/study-2.0.yaml, from 2025-04-01))"),
        (("--to", "1.0"), 2, "error: GC-001 is on version 1.0 already (there is 2.0 (protocols/study-2.0.yaml, from "
         "2025-04-01))"),
        (("--to", "2.0", "--on", "2025-03-31"), 1, "error: version 2.0 counts from Tue 2025-04-01 on, and --on is "
         "Mon 2025-03-31 (--on 2025-04-01, or later)"),
        (("--to", "2.0", "--on", "1.4.2025"), 2, "error: --on: '1.4.2025'"),
        (("--to", "2.0", "--on", "2025-04-31"), 2, "error: --on: '2025-04-31': April 2025 has 30 days, not 31"),
    ],
)  # fmt: skip
def test_what_amend_refuses(ward, words, code, told):
    ran = run(*MOVE, *words)
    assert (ran.code, ran.out, text_of(ward)) == (code, b"", SUBJECT)
    assert told in ran.err


def test_today_before_the_version_counts(ward):
    ran = run("amend", "GC-001", "--to", "2.0", "--by", "SC1", "--today", "2025-03-20")
    assert ran.code == 1
    assert ran.err == (
        "error: version 2.0 counts from Tue 2025-04-01 on, and today is Thu 2025-03-20 (--on 2025-04-01, or later)\n"
    )


def test_amendments_follow_each_other(ward):
    (ward / "protocols/study-3.0.yaml").write_text("extends: study-2.0.yaml\nversion: '3.0'\n", encoding="utf-8")
    assert run(*MOVE, "--to", "2.0", "--on", "2025-04-02").code == 0
    before = text_of(ward)
    ran = run(*MOVE, "--to", "3.0", "--on", "2025-04-01")
    assert (ran.code, text_of(ward)) == (1, before)
    assert (
        "error: the last amendment, to version 2.0, counts from Wed 2025-04-02 on (--on 2025-04-02 or later)"
        in ran.err
    )
    assert run(*MOVE, "--to", "3.0", "--on", "2025-04-02").code == 0
    assert text_of(ward).count("- {from:") == 2


def test_a_future_date_and_a_visit_done_later_are_warned_of(ward):
    later = SUBJECT + "  day-60: {actual: 2025-05-09}\n"
    (ward / "GC-001.yaml").write_text(later, encoding="utf-8")
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-05-01")
    assert ran.code == 0
    assert "warning: --on 2025-05-01 is in the future; visits that are undone follow version 2.0 at once" in ran.err
    assert "warning: day-60 was done Fri 2025-05-09, and version 2.0 does not have it (it stays as it was" in ran.err


def test_a_protocol_named_by_its_path_is_followed_by_the_file_beside_it(ward):
    (ward / "GC-001.yaml").write_text(SUBJECT.replace("study      #", "protocols/study.yaml #"), encoding="utf-8")
    assert run(*MOVE, "--to", "2.0", "--on", "2025-04-01").code == 0
    assert "file: protocols/study-2.0.yaml" in run("plan", "GC-001.yaml", "--format", "csv").err


def test_a_subject_on_a_protocol_without_versions_cannot_move(ward):
    (ward / "protocols/study.yaml").write_text(FIRST.replace("version: '1.0'\n", ""), encoding="utf-8")
    (ward / "GC-001.yaml").write_text(SUBJECT.replace('version: "1.0"\n', ""), encoding="utf-8")
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-04-01")
    assert ran.code == 1
    assert "error: protocols/study.yaml states no version: from which one the subject moves is not known" in ran.err


def test_a_new_version_with_errors_is_not_moved_to(ward):
    path = ward / "protocols/study-2.0.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("window: ±5 d", "widnow: ±5 d"), encoding="utf-8")
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-04-01")
    assert (ran.code, ran.out, text_of(ward)) == (1, b"", SUBJECT)
    assert "the protocol has errors: protocols/study-2.0.yaml:" in ran.err


def test_a_file_that_was_changed_meanwhile_is_not_written(ward, monkeypatch):
    shown = moving._Move.shown

    def slow(move):
        (ward / "GC-001.yaml").write_text(SUBJECT + "notes: somebody else was here\n", encoding="utf-8")
        return shown(move)

    monkeypatch.setattr(moving._Move, "shown", slow)
    ran = run(*MOVE, "--to", "2.0", "--on", "2025-04-01")
    assert ran.code == 1
    assert "error: GC-001.yaml was changed meanwhile; nothing was written (run it again)" in ran.err
    assert text_of(ward).endswith("notes: somebody else was here\n")


def test_the_page_shows_what_comes_out(tmp_path, monkeypatch):
    page = (Path(__file__).parent.parent / "docs/amendments.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "protocols").mkdir()
    written = [block for block in blocks(page) if block.language == "yaml"]
    for name, block in zip(
        ("protocols/study.yaml", "protocols/study-2.0.yaml", "GC-001.yaml"), written, strict=False
    ):
        (tmp_path / name).write_text(block.text, encoding="utf-8")
    for block in blocks(page):
        if block.language == "text":
            command, _, expected = block.text.partition("\n")
            ran = run(*shlex.split(command.removeprefix("$ trialcal ")))
            assert expected in (ran.out.decode(), ran.err), command
    assert written[3].text in text_of(tmp_path)
