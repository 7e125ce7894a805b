"""`--arm`, `--cohort` and `--cycles`: what they choose, what wrong ones get, what is said where none is chosen."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from command import run

PROTOCOL = """\
id: chosen
title: Arms, cohorts and cycles
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
arms: {low: {name: Low dose}, high: {name: High dose}}
cohorts: {main: {name: Main}, food: {name: Food effect}}
cycles:
  treatment: {length: 21 d, first: Day 1, rhythm: fixed, until: stop, horizon: 2}
  extension: {length: 28 d, first: 3 d after stop, rhythm: fixed, count: 1-3, prefix: x}
visits:
  dose: {at: Day 1, in: every treatment cycle, type: dose}
  more: {at: Day 1, in: every extension cycle}
  extra: {at: Day 4, arms: high}
  meal: {at: Day 2, cohorts: food}
  scan: {at: every 6 weeks from Day 43, until: stop, horizon: 12 weeks}
  weekly: {at: every 1 week from Day 8 for 2 weeks}
  stop: {at: pending, waits_for: the decision to stop}
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    Path("chosen.yaml").write_text(PROTOCOL, encoding="utf-8")


def plan(*arguments):
    return run("plan", "--protocol", "chosen.yaml", "--start", "2025-03-03", *arguments, "--format", "csv")


def ids(ran):
    assert ran.code == 0, ran.err
    return {row["id"] for row in csv.DictReader(io.StringIO(ran.out.decode()))}


ALL = {"c1d1", "c2d1", "x1d1", "x2d1", "x3d1", "extra", "meal", "scan-1", "scan-2", "weekly-1", "weekly-2", "stop"}


def test_without_options_all_visits_are_there_and_it_is_said():
    ran = plan()
    assert ids(ran) == ALL
    assert "warning: no --arm is given: the visits of all arms are here; each says who has it (low, high)" in ran.err
    assert "warning: no --cohort is given: the visits of all cohorts are here" in ran.err


def test_an_arm_and_a_cohort():
    ran = plan("--arm", "high", "--cohort", "main")
    assert ids(ran) == ALL - {"meal"}
    assert "no --arm" not in ran.err
    assert ids(plan("--arm", "low", "--cohort", "food")) == ALL - {"extra"}


def test_numbers_of_cycles_and_of_a_repeat():
    ran = plan("--cycles", "treatment=4", "--cycles", "scan=1", "--cycles", "extension=2")
    assert ids(ran) == ALL - {"scan-2", "x3d1"} | {"c3d1", "c4d1"}
    assert "the plan stops" not in ran.err


def test_where_the_plan_stops_is_said():
    err = plan().err
    assert "the plan stops after 2 cycles of treatment; they go on until stop, which has no date" in err
    assert "--cycles treatment=N plans N of them; --start stop=DATE ends them" in err
    assert "the plan stops after 2 visits of scan" in err
    assert "weekly" not in err
    counted = plan("--cycles", "treatment=2", "--cycles", "scan=2", "--cycles", "extension=1")
    assert "the plan stops" not in counted.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--arm", "hihg"], ["--arm: there is no arm 'hihg' in chosen", "did you mean `high`?"]),
        (["--cohort", "high"], ["--cohort: there is no cohort 'high' in chosen", "known here: main, food"]),
        (["--cycles", "treatment"], ["--cycles treatment gives no number", "write --cycles treatment=6"]),
        (["--cycles", "treatment=0"], ["is no number of cycles"]),
        (["--cycles", "treatment=-3"], ["is no number of cycles"]),
        (["--cycles", "treatment=99999"], ["is no number of cycles"]),
        (["--cycles", "treatmnt=3"], ["there are no cycles 'treatmnt'", "did you mean `treatment`?"]),
        (["--cycles", "treatment=3", "--cycles", "treatment=4"], ["treatment is given two numbers"]),
        (["--cycles", "extension=4"], ["chosen has 1 to 3 cycles of extension"]),
        (["--cycles", "weekly=4"], ["the protocol says how often weekly happens"]),
        (["--cycles", "dose=4"], ["there are no cycles 'dose'"]),
        (["--start", "c3d1=2025-04-14"], ["there is no visit 'c3d1'", "add --cycles treatment=3"]),
        (["--start", "scan-4=2025-09-14"], ["there is no visit 'scan-4'", "add --cycles scan=4"]),
        (["--start", "Weekly 2=2025-03-17"], ["did you mean `weekly-2` (Weekly 2)?"]),
        (["--arm", "low", "--start", "extra=2025-03-06"], ["only subjects of arm high have it"]),
    ],
)
def test_wrong_choices_are_refused(arguments, words):
    ran = plan(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    for word in words:
        assert word in ran.err


def test_show_takes_them_too():
    out = run("show", "chosen.yaml", "--arm", "low", "--cycles", "treatment=3").out.decode()
    assert "c3d1" in out
    assert "Extra" not in out
