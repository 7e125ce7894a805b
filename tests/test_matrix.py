"""The table of activities: what stands in each cell and above each column, worked by hand from small protocols."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import run
from rich.cells import cell_len
from test_table import EXAMPLE, bundled, protocol_of, squeezed

from trialcal.expanding import expanded
from trialcal.protocol import Choices, Protocol
from trialcal.writers.matrix import Matrix, Notes, matrix_of
from trialcal.writers.matrix_page import matrix_text

STUDY = """\
id: study
title: A study
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
epochs: {before: {name: Screening}, on: {name: On treatment}, after: {name: Follow-up}}
arms: {active: {name: Active}, placebo: {name: Placebo}}
cycles:
  treatment: {length: 21 d, first: Day 1, rhythm: fixed, until: progression, horizon: 4}
visits:
  screening: {at: Day -14 to Day -1, epoch: before, number: "1", name: Visit 1}
  opening: {at: Day 1, in: cycle 1, type: dose, epoch: on}
  weekly: {at: [Day 8, Day 15], in: cycle 1, window: ±1 d, epoch: on, arms: [active]}
  dose: {at: Day 1, in: cycle 2 and beyond, type: dose, window: +3 d, epoch: on, assumed: {window: a guess}}
  scan: {at: every 6 weeks from Day 43, name: CT, window: ±7 d, until: progression, horizon: 18 weeks, epoch: on}
  call: {at: 30 d after progression, by: phone, if: alive, optional: true, epoch: after}
  progression: {at: pending, waits_for: progression of the disease}
  late: {at: Day 180, window: -1/+2 weeks, epoch: after, name: Late visit}
activities:
  consent: {name: Informed consent, at: [screening], notes: before all else}
  ecg: {name: ECG, section: Safety, at: [screening, c1d1, weekly (predose), c3d1]}
  blood: {name: Blood, section: Safety, at: [c1d8, c2d1, dose (P)], assumed: two tubes}
  ct: {name: CT, section: Efficacy, at: [scan-1, scan-2 (brain)], source: "as the footnote says"}
  alive: {name: Survival, section: Efficacy, at: [call, late], notes: before all else}
"""


def matrix(text: str, folder: Path) -> Matrix:
    return matrix_of(protocol_of(text, folder))


def cells(found: Matrix) -> dict[str, dict[str, str]]:
    """What stands in the table, by activity and column."""
    return {
        line.name: {entry.id: cell for entry, cell in zip(found.columns, line.cells, strict=True) if cell}
        for line in found.lines
    }


def test_columns_are_entries_by_their_first_days(tmp_path: Path) -> None:
    found = matrix(STUDY, tmp_path)
    # Day -14, Day 1, Day 8, Day 22, Day 43; the call waits for progression and keeps its place; Day 180
    assert [entry.id for entry in found.columns] == ["screening", "opening", "weekly", "dose", "scan", "call", "late"]
    assert [entry.id for entry in found.unmarked] == ["progression"]


def test_what_stands_above_the_columns(tmp_path: Path) -> None:
    found = matrix(STUDY, tmp_path)
    heads = {
        entry.id: tuple(squeezed(part.replace("\ue000", " ")) for part in head[:5])
        for entry, head in zip(found.columns, found.heads, strict=True)
    }
    assert heads == {
        "screening": ("Screening", "", "Visit 1", "Day -14 to -1", ""),
        "opening": ("On treatment", "Cycle 1", "", "Day 1", ""),
        "weekly": ("On treatment", "Cycle 1", "", "Day 8, 15", "±1 d"),
        "dose": ("On treatment", "Cycle 2 and beyond", "", "Day 1", "+3 d"),
        "scan": ("On treatment", "", "CT", "every 6 weeks", "±7 d"),
        "call": ("Follow-up", "", "Call", "30 d after progression", ""),
        "late": ("Follow-up", "", "Late visit", "Day 180", "-1 week/ +2 weeks"),
    }


def test_what_stands_in_the_cells(tmp_path: Path) -> None:
    found = matrix(STUDY, tmp_path)
    assert cells(found) == {
        "Informed consent": {"screening": "X"},
        "ECG": {"screening": "X", "opening": "X", "weekly": "predose", "dose": "X¹"},
        "Blood": {"weekly": "X²", "dose": "P³"},
        "CT": {"scan": "X⁴"},
        "Survival": {"call": "X", "late": "X"},
    }
    assert list(found.numbers.marks) == ["only at c3d1", "only at c1d8", "at c2d1", "only at scan-1; brain at scan-2"]
    assert [line.section for line in found.lines] == ["", "Safety", "Safety", "Efficacy", "Efficacy"]


def test_marks_at_all_visits_of_a_list_are_one_mark(tmp_path: Path) -> None:
    text = STUDY.replace("weekly (predose)", "c1d8, c1d15").replace("c3d1]", "c2d1, c3d1, c4d1]")
    ecg = cells(matrix(text, tmp_path))["ECG"]
    assert ecg["weekly"] == "X"
    assert ecg["dose"] == "X¹"  # nobody knows whether the fourth cycle is the last


def test_footnotes(tmp_path: Path) -> None:
    found = matrix(STUDY, tmp_path)
    told = {mark: text for text, mark in found.letters.marks.items()}
    of = {
        entry.id: [told[mark] for mark in head.notes] for entry, head in zip(found.columns, found.heads, strict=True)
    }
    assert of == {
        "screening": [],
        "opening": [],
        "weekly": ["only arms: active (Active)"],
        "dose": ["assumed: window: a guess"],
        "scan": ["scan: every 6 weeks from Day 43, until progression"],
        "call": ["if: alive", "optional", "by phone"],
        "late": [],
    }
    rows = {line.name: [told[mark] for mark in line.notes] for line in found.lines}
    assert rows["Informed consent"] == rows["Survival"] == ["before all else"]
    assert rows["Blood"] == ["assumed: two tubes"]
    assert list(told) == ["a", "b", "c", "d", "e", "f", "g", "h"]


def test_notes_are_lettered_beyond_z() -> None:
    notes = Notes()
    marks = [notes.mark(str(number)) for number in range(80)]
    assert (marks[0], marks[25], marks[26], marks[51], marks[52], marks[79]) == ("a", "z", "aa", "az", "ba", "cb")
    assert notes.mark("3") == "d"


def test_only_the_columns_of_an_arm(tmp_path: Path) -> None:
    protocol, problems = expanded(protocol_of(STUDY, tmp_path), Choices(arm="placebo"))
    assert not problems
    found = matrix_of(protocol)
    assert "weekly" not in [entry.id for entry in (*found.columns, *found.unmarked)]
    assert cells(found)["Blood"] == {"dose": "P²"}  # ¹ is the ECG's
    assert "only what arm placebo has" in matrix_text(protocol, width=80, colour=False)


def test_cycles_that_take_many_words_are_told_below(tmp_path: Path) -> None:
    text = STUDY.replace("in: cycle 2 and beyond, type", "in: [cycle 2, every 2nd cycle from 3 to 13], type")
    found = matrix(text, tmp_path)
    head = next(head for entry, head in zip(found.columns, found.heads, strict=True) if entry.id == "dose")
    assert head.cycles == "Cycles 2, 3, 5 ..."
    assert "cycle 2, every 2nd cycle from 3 to 13" in found.letters.marks
    both = STUDY.replace("in: cycle 2 and beyond, type", "in: [cycle 2, cycle 4], type").replace(", c3d1]", "]")
    found = matrix(both, tmp_path)
    head = next(head for entry, head in zip(found.columns, found.heads, strict=True) if entry.id == "dose")
    assert head.cycles == "Cycles 2, 4"


def test_activities_of_the_visits_where_there_is_no_section(tmp_path: Path) -> None:
    text = STUDY[: STUDY.index("activities:")].replace("by: phone,", "by: phone, activities: [Survival, ECG],")
    text = text.replace("name: Late visit", "name: Late visit, activities: [ECG]")
    assert cells(matrix(text, tmp_path)) == {"Survival": {"call": "X"}, "ECG": {"call": "X", "late": "X"}}


def test_an_activity_that_a_visit_names_itself_is_marked_in_its_row(tmp_path: Path) -> None:
    text = STUDY.replace("name: Late visit", "name: Late visit, activities: [ECG, Hair]")
    found = cells(matrix(text, tmp_path))
    assert found["ECG"]["late"] == "X"
    assert found["Hair"] == {"late": "X"}


def test_without_activities_it_says_so(tmp_path: Path) -> None:
    text = STUDY[: STUDY.index("activities:")]
    assert "No activities are named here." in matrix_text(protocol_of(text, tmp_path), width=80, colour=False)


def test_the_page(tmp_path: Path) -> None:
    lines = matrix_text(protocol_of(STUDY, tmp_path), width=100, colour=False).splitlines()
    assert sum(line.startswith("── Activities") for line in lines) == 1
    ecg = next(line for line in lines if line.startswith("ECG "))
    assert ecg.split() == ["ECG", "X", "X", "predose", "X¹", "·", "·", "·"]
    section = lines.index("Safety")
    assert lines[section + 1] == ecg
    epochs = next(line for line in lines if "On treatment" in line)
    assert epochs.split() == ["Screening", "On", "treatment", "Follow-up"]
    cycles = next(line for line in lines if "Cycle 1" in line)
    first = next(line for line in lines if line.split()[:1] == ["Day"])
    assert cycles.index("Cycle 1") < first.rindex("Day 8")  # the cycle spans the columns of its days
    assert "¹  only at c3d1" in lines
    assert any(line.endswith("CT: “as the footnote says”") for line in lines)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_blocks_repeat_the_names_and_miss_no_column(width: int) -> None:
    protocol = bundled("nct03548935")
    found = matrix_of(protocol)
    text = matrix_text(protocol, width=width, colour=False)
    blocks = re.split(r"── Activities.*─\n", text.split("\n[a] ")[0])[1:]
    weights = [next(line for line in block.splitlines() if line.startswith("Body Weight")) for block in blocks]
    shown = [cell for line in weights for cell in line.removeprefix("Body Weight").split()]
    expected = next(line for line in found.lines if line.name == "Body Weight").cells
    assert shown == [cell or "·" for cell in expected]
    assert len(expected) == 26  # the table has 25 visits, and the scan before randomisation


def protocols(folder: Path) -> list[Protocol]:
    wide = STUDY.replace("Informed consent", "試験" * 60).replace("CT, window", "x" * 80 + ", window")
    names = ("cc312", "lzzt", "nct02107703", "nct04557384", "nct04320615")
    return [protocol_of(wide, folder), protocol_of(EXAMPLE, folder), *map(bundled, names)]


@pytest.mark.parametrize("colour", [False, True])
def test_every_line_fits_every_width(colour: bool, tmp_path: Path) -> None:
    for protocol in protocols(tmp_path):
        for width in (60, 80, 119, 200):
            text = matrix_text(protocol, width=width, colour=colour)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
            assert max(cell_len(line) for line in plain.splitlines()) <= width
            assert plain.replace("\n", "").isprintable()
            if not colour:
                assert text == plain


def test_everything_that_activities_say_is_told(tmp_path: Path) -> None:
    for protocol in protocols(tmp_path):
        text = squeezed(matrix_text(protocol, width=120, colour=False))
        for activity in protocol.activities:
            for told in (activity.notes, *activity.source.values(), *activity.assumed.values()):
                assert squeezed(told) in text


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    ran = run("show", "study.yaml", "--activities", "--arm", "active")
    assert ran.code == 0
    assert "predose" in ran.out.decode()
    assert "Timeline" not in ran.out.decode()
    assert "What is done at each of them: trialcal show study --activities" in run("show", "study.yaml").out.decode()
