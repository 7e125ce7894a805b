"""The plan as a table: lines worked by hand, and what must hold at every width."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import pytest
from made_schedules import made_schedule, made_visit, small_schedule
from rich.cells import cell_len

from trialcal.files import library
from trialcal.files.library import read_file
from trialcal.plan import plan
from trialcal.problems import Problem
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.subject import Dated, Subject
from trialcal.writers.table import plan_text
from trialcal.writers.timeline import Bar, axis_of, blank_line, drawn, month_line

EXAMPLE = """\
id: example
title: A study of one medicine
source: {registry: NCT00000000, updated: 2025-01-31}
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
types: {dose: {weight: 10}}
visits:
  screening: {at: 1-28 d before dose-1}
  dose:
    type: dose
    name: Dose {n}
    at: [Day 1, Day 8, Day 15]
    window: ±1 d
    assumed: {window: "the record states no windows"}
  follow-up: {at: 30 d after last dose, window: ±7 d}
rules:
  - {visit: each dose, at_least: 5 d, after: the previous dose}
"""
CONFLICT = """\
id: conflict
title: A conflict
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
types: {dose: {weight: 10}}
visits:
  dose: {type: dose, at: [Day 1, Day 8], window: ±1 d}
  scan: {at: 3 d after dose-2, window: 0 d}
  biopsy: {at: Day 11, window: ±1 d, assumed: {window: "a guess"}}
rules:
  - {visit: biopsy, at_least: 9 d, after: scan}
"""


def protocol_of(text: str, folder: Path) -> Protocol:
    path = folder / "protocol.yaml"
    path.write_text(text, encoding="utf-8")
    protocol, problems = read_file(path, (), folder)
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def planned(text: str, folder: Path, **given: date) -> Schedule:
    named = {name.replace("_", "-"): Dated(day) for name, day in given.items()}
    return plan(protocol_of(text, folder), Subject("S-01", named))


@lru_cache
def bundled(name: str) -> Protocol:
    folder = library.bundled()
    protocol, problems = read_file(folder / f"{name}.yaml", (), folder)
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def cc312() -> Schedule:
    return plan(bundled("cc312"), Subject("", {"dose-1": Dated(date(2025, 3, 1))}))


def late_infusion() -> Schedule:
    end = datetime(2025, 3, 7, 16, 30)
    given = {"infusion": Dated(date(2025, 3, 12)), "lymphodepletion-3": Dated(date(2025, 3, 7), end=end)}
    return plan(bundled("gc012f"), Subject("", given))


def squeezed(text: str) -> str:
    return " ".join(text.split())


# --- the example of docs/language.md ----------------------------------------------------------------------------


def test_example_tells_source_dates_and_numbering(tmp_path: Path) -> None:
    text = plan_text(planned(EXAMPLE, tmp_path, dose_1=date(2025, 3, 3)), width=100, colour=False)
    assert text.startswith("A study of one medicine\n")
    assert "registry record NCT00000000, updated 2025-01-31 (not the protocol itself)" in text
    assert "Day 1 = dose-1 = Mon 2025-03-03" in text
    assert "there is no Day 0: the day before is Day -1" in text
    assert "Subject     S-01" in text
    assert "all rules and windows can hold" in text


@pytest.mark.parametrize(
    "line",
    [
        "Screening  Mon 2025-02-03  Day -28  Mon 3 Feb – SUN 2 Mar",
        "Dose 1     Mon 2025-03-03  Day 1    days count from here",
        "Dose 2     Mon 2025-03-10  Day 8    SUN 9 – Tue 11 Mar [1]",
        "Dose 3     Mon 2025-03-17  Day 15   SUN 16 – Tue 18 Mar [1]",
        "Follow up  Wed 2025-04-16  Day 45   Wed 9 – Wed 23 Apr",
        "[1]  window: the record states no windows",
    ],
)
def test_example_lines(line: str, tmp_path: Path) -> None:
    text = plan_text(planned(EXAMPLE, tmp_path, dose_1=date(2025, 3, 3)), width=80, colour=False)
    assert line in text.splitlines()


def test_example_picture(tmp_path: Path) -> None:
    lines = plan_text(planned(EXAMPLE, tmp_path, dose_1=date(2025, 3, 3)), width=160, colour=False).splitlines()
    second = next(line for line in lines if line.startswith("Dose 2"))
    assert second.count("├◆┤") == 1
    first = next(line for line in lines if line.startswith("Dose 1"))
    # Mon 3 March, the Monday a week before dose 2, is 7 columns before it
    assert second.index("◆") - first.index("■") == 7


def test_cc312_dates_of_the_design() -> None:
    lines = plan_text(cc312(), width=100, colour=False).splitlines()
    told = [squeezed(line) for line in lines]
    assert any(line.startswith("Screening Wed 2025-01-29 Day -31 Wed 29 Jan – Tue 25 Feb") for line in told)
    assert any("Wed 2025-02-26 Day -3" in line for line in told)
    assert any("Fri 2025-02-28 Day -1" in line for line in told)
    doses = ("SAT 2025-03-01", "Tue 2025-03-04", "SAT 2025-03-08", "Tue 2025-03-11", "SAT 2025-03-15")
    doses += ("Tue 2025-03-18", "SAT 2025-03-22", "Tue 2025-03-25")
    for number, dose in enumerate(doses, 1):
        assert any(line.startswith(f"Dose {number} {dose}") for line in told), dose
    text = "\n".join(told)
    assert "Thu 2025-09-25" in text  # contraception
    assert "last on Wed 2025-01-01" in text  # adalimumab
    assert "last on Tue 2024-12-31" in text  # live vaccine
    assert "(not the protocol itself)" in text


def test_clock_window_and_infeasible_plan_are_told() -> None:
    schedule = late_infusion()
    text = squeezed(plan_text(schedule, width=100, colour=False))
    assert "NOT EVERYTHING CAN HOLD: 3 problems" in text  # the 72 h, and two days of lymphodepletion too late
    assert "clock window SUN 2025-03-09 16:30 to Mon 2025-03-10 16:30" in text.replace(" ░░", "").replace(" ■░", "")
    assert "! GC012F infusion" in text


# --- what must hold for every plan --------------------------------------------------------------------------------


def schedules(folder: Path) -> list[Schedule]:
    many = ", ".join(f"Day {1 + 7 * number}" for number in range(200))
    one = "id: one\ntitle: One\nstudy_day: {anchor: only, number: 1, day_zero: true}\nstart: only\nvisits:\n"
    waiting = "id: w\ntitle: W\nstudy_day: {anchor: later, number: 0}\nstart: later\nvisits:\n"
    waiting += "  later: {at: pending, waits_for: the word}\n  after: {at: 2 months after later, window: -1/+3 d}\n"
    conflict = planned(CONFLICT, folder, dose_1=date(2025, 3, 1))
    return [
        small_schedule(),
        planned(EXAMPLE, folder, dose_1=date(2025, 3, 3)),
        planned(EXAMPLE, folder, screening=date(2024, 12, 30)),
        planned(EXAMPLE.replace("30 d after last", "2 years after last"), folder, dose_1=date(2025, 3, 3)),
        planned(one + "  only: {at: Day 1}\n", folder, only=date(2025, 3, 1)),
        planned(one + f"  only: {{at: Day 1}}\n  v: {{at: [{many}], window: ±2 d}}\n", folder, only=date(2025, 3, 1)),
        planned(waiting, folder),
        planned(waiting, folder, after=date(2025, 5, 31)),
        conflict,
        conflict._replace(problems=(*conflict.problems, Problem("warning", "x", "word " * 90 + "long" * 60))),
        hostile(),
        made_schedule(),
        cc312(),
        late_infusion(),
    ]


def hostile() -> Schedule:
    first = made_visit(
        "dose-1", date(2025, 3, 1), name="[red]Dose[/red] \x1b[31m 1\n\t\u202eabc", short="[b]x[/b] \x07"
    )
    second = made_visit("long", date(2027, 3, 1), name="x" * 290, notes=("y" * 300, "试验" * 80))
    third = made_visit("wide", None, name="試験の計画" * 20, status="pending", notes=("waits for: " + "z" * 200,))
    return made_schedule(first, second, third, subject="S[/]\x9b1")


@pytest.mark.parametrize("colour", [False, True])
def test_every_line_fits_every_width(colour: bool, tmp_path: Path) -> None:
    for schedule in schedules(tmp_path):
        for width in (60, 61, 72, 80, 99, 100, 120, 140, 200):
            text = plan_text(schedule, width=width, colour=colour)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
            assert text.endswith("\n")
            assert max(cell_len(line) for line in plain.splitlines()) <= width
            assert plain.replace("\n", "").isprintable()
            if not colour:
                assert text == plain


def test_colour_changes_nothing_but_colour(tmp_path: Path) -> None:
    for schedule in schedules(tmp_path):
        text = plan_text(schedule, width=100, colour=True)
        assert re.sub(r"\x1b\[[0-9;]*m", "", text) == plan_text(schedule, width=100, colour=False)


def test_every_visit_problem_and_note_is_told(tmp_path: Path) -> None:
    for schedule in [*schedules(tmp_path)[:-4], cc312(), late_infusion()]:
        for width in (60, 80, 100, 200):
            text = squeezed(plan_text(schedule, width=width, colour=False))
            for visit in schedule.visits:
                assert squeezed(visit.short or visit.name) in text
                if visit.on is not None:
                    assert visit.on.isoformat() in text
            for problem in schedule.problems:
                if "longlong" not in problem.message:
                    assert squeezed(problem.message) in text
                assert all(squeezed(step) in text for step in problem.chain)
            for period in schedule.periods:
                for day in (period.start, period.end, period.end_not_before):
                    assert day is None or day.isoformat() in text


def test_hostile_names_stay_text() -> None:
    text = plan_text(hostile(), width=100, colour=False)
    assert "[b]x[/b] \ufffd" in text
    assert "\u202e" not in text and "\x9b" not in text and "\x07" not in text


def test_findings_on_assumed_windows_stand_apart(tmp_path: Path) -> None:
    given = {"dose_1": date(2025, 3, 3), "dose_2": date(2025, 3, 13)}
    text = plan_text(planned(EXAMPLE, tmp_path, **given), width=100, colour=False)
    assert "── Problems with what is only assumed" in text
    assert "── Problems ─" not in text
    # dose 2 is 2 days behind its window's end, Tue 11 March; its target is Mon 10 March, Day 8
    assert "dose-2 on Thu 2025-03-13 is 2 d too late" in squeezed(text)
    assert "target Mon 10 Mar  Day 8" in text


def test_visit_without_date_is_told_with_its_chain(tmp_path: Path) -> None:
    text = plan_text(planned(CONFLICT, tmp_path, dose_1=date(2025, 3, 1)), width=100, colour=False)
    assert "! Biopsy" in text
    assert "NO DATE" in text
    assert "  1. dose-1 is on Sat 2025-03-01, as given" in text


def test_pending_visits_say_what_they_wait_for(tmp_path: Path) -> None:
    text = plan_text(planned(EXAMPLE, tmp_path, screening=date(2025, 2, 3)), width=100, colour=False)
    assert squeezed(text).count("waits for a date of dose-1") >= 2
    assert "(--start dose-1=DATE)" in squeezed(text)
    # screening on 3 February leaves dose 1 from 4 February to 3 March
    assert "Tue 4 Feb – Mon 3 Mar" in text


# --- the axis -------------------------------------------------------------------------------------------------


def test_axis_shows_each_day_where_there_is_room() -> None:
    axis = axis_of([100, 109], 10)
    assert axis is not None
    assert (axis.days_a_cell, axis.width, axis.cell(100), axis.cell(109)) == (1, 10, 0, 9)
    assert (axis.cell(99), axis.cell(110)) == (-1, 10)


def test_axis_cuts_out_what_is_far_before_it_gets_coarse() -> None:
    axis = axis_of([0, 10, 700, 705], 40)
    assert axis is not None
    # 0 to 12 in 13 cells, one for the cut, 698 to 705 in 8
    assert (axis.days_a_cell, axis.width, axis.cuts) == (1, 22, frozenset({13}))
    assert [axis.cell(day) for day in (0, 10, 300, 698, 705)] == [0, 10, 13, 14, 21]


def test_axis_gets_coarser_where_cuts_do_not_help() -> None:
    axis = axis_of(range(0, 300, 7), 50)
    assert axis is not None
    assert axis.days_a_cell == 6 and axis.width == 50


def test_bar_is_drawn_with_its_marks_and_arrows() -> None:
    axis = axis_of([1, 10], 10)
    assert axis is not None
    blank = blank_line(axis, calendar=False)
    assert drawn(axis, [Bar(2, 6, {4: "◆"})], blank).plain == " ├─◆─┤    "
    assert drawn(axis, [Bar(5, 99)], blank).plain == "    ├────▸"
    assert drawn(axis, [Bar(-50, 3)], blank).plain == "◂─┤       "


def test_months_are_named_where_they_begin() -> None:
    axis = axis_of([date(2025, 2, 26).toordinal(), date(2025, 3, 20).toordinal()], 40)
    assert axis is not None
    assert month_line(axis).plain.rstrip() == "   Mar 2025"
