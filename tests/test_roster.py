"""A roster: a table of subjects planned row by row. Wrong rows are told, the others planned; equal starts once."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from command import run

from trialcal.files.library import bundled, folders, read_file
from trialcal.plan import plan
from trialcal.subject import Dated, Subject
from trialcal.writers.rows import csv_text

PROTOCOL = """\
id: small
title: Small study
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
arms: {low: {}, high: {}}
cohorts: {one: {}, two: {}}
parameters: {half-life: {name: half-life of the drug}}
visits:
  priming: {at: Day -3}
  dose: {at: [Day 1, Day 8], window: ±1 d}
  extra: {at: Day 15, arms: [high]}
  lab: {at: Day 3, cohorts: [two]}
rules:
  - {visit: dose-1, at_least: 2 d, after: priming}
lookbacks:
  drug: {discontinued_for: 5 x half-life, before: priming}
"""


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")


def roster(text, *options, encoding="utf-8"):
    Path("starts.csv").write_bytes(text.encode(encoding))
    return run("plan", "--roster", "starts.csv", "-p", "small.yaml", *options)


def dates(ran):
    """Of each subject, the visits with their planned dates."""
    found: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(io.StringIO(ran.out.decode(), newline="")):
        found.setdefault(row["subject"], {})[row["id"]] = row["planned"]
    return found


def told(ran):
    """The lines about rows, without the file's name."""
    return [line.removeprefix("starts.csv:") for line in ran.err.splitlines() if line.startswith("starts.csv:")]


# --- what it plans --------------------------------------------------------------------------------------------------


def test_each_subject_has_its_dates():
    ran = roster(
        "subject,start\nS-01,2025-03-03\nS-02,2025-03-10\nS-03,2025-03-03\n", "--arm", "low", "--cohort", "one"
    )
    assert ran.code == 0
    first = {"priming": "2025-02-28", "dose-1": "2025-03-03", "dose-2": "2025-03-10"}  # Day -3 is 3 days before Day 1
    second = {"priming": "2025-03-07", "dose-1": "2025-03-10", "dose-2": "2025-03-17"}
    assert dates(ran) == {"S-01": first, "S-02": second, "S-03": first}
    assert ran.err.splitlines()[0] == "columns: start = date of dose-1"
    assert ran.err.splitlines()[-1] == "planned: 3 subjects, 2 different rows"


def test_further_columns_by_name():
    ran = roster(
        "cohort;Start;subject;arm;dose-2;end:priming;half-life\n"
        "two;2025-03-03;S-01;high;2025-03-11;2025-02-28T11:00;2 d\n"
        ";2025-03-03;S-02;low;;;\n"
    )
    assert ran.code == 0
    assert dates(ran) == {
        "S-01": {
            "priming": "2025-02-28",
            "dose-1": "2025-03-03",
            "lab": "2025-03-05",
            "dose-2": "2025-03-11",
            "extra": "2025-03-17",
        },
        # no cohort is said: the visits of all cohorts
        "S-02": {"priming": "2025-02-28", "dose-1": "2025-03-03", "lab": "2025-03-05", "dose-2": "2025-03-10"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "subject,start,priming end\nS-01,2025-03-03,2025-02-28T11:00\n",
        "subject,start,end:priming\nS-01,2025-03-03,2025-02-28T11:00\n",
    ],
)
def test_an_end_is_written_in_two_ways(text):
    ran = roster(text, "--arm", "low", "--cohort", "one")
    assert ran.code == 0
    assert "end of priming" in ran.err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_forms_of_csv(encoding, delimiter, end):
    lines = ["subject,start", '"S-01","2025-03-03"', ",", "", " S-02 , 2025-03-10 "]
    text = end.join(line.replace(",", delimiter) for line in lines)
    ran = roster(text, "--arm", "low", "--cohort", "one", encoding=encoding)
    assert (ran.code, list(dates(ran))) == (0, ["S-01", "S-02"])


@pytest.mark.parametrize("subject", ["S-01", "=1+1", "-7", 'S "1"', "A, 7", "Ä-1", "01/003", "S;2"])
def test_the_result_is_that_of_each_plan_alone(subject):
    """Equal starts are rendered once, with the subject put in front: that must be what csv_text writes."""
    quoted = subject.replace('"', '""')
    ran = roster(f'subject,start\n"{quoted}",2025-03-03\nS-02,2025-03-03\n')
    protocol, _ = read_file(Path("small.yaml"), folders(Path.cwd()), Path.cwd())
    given = {"dose-1": Dated(date(2025, 3, 3))}
    assert ran.out.decode() == csv_text([plan(protocol, Subject(name, given)) for name in (subject, "S-02")])


def test_cc312_to_the_byte():
    days = [date(2025, 3, 1) + timedelta(days=n * 37 % 61) for n in range(80)]
    lines = [f"S-{n:03},{day}" for n, day in enumerate(days)]
    Path("starts.csv").write_text("\n".join(["subject,start", *lines]), encoding="utf-8")
    ran = run("plan", "--roster", "starts.csv", "-p", "cc312", "--format", "csv")
    protocol, _ = read_file(bundled() / "cc312.yaml", folders(Path.cwd()), Path.cwd())
    subjects = [Subject(f"S-{n:03}", {"dose-1": Dated(day)}) for n, day in enumerate(days)]
    assert ran.out.decode() == csv_text([plan(protocol, subject) for subject in subjects])
    assert "planned: 80 subjects, 61 different rows" in ran.err


def test_a_site_and_parameters_for_all():
    Path("starts.csv").write_text("subject,start\nS-01,2025-03-01\n", encoding="utf-8")
    of_all = ("--arm", "low", "--cohort", "one", "--set", "half-life=2d", "--closed", "weekends")
    ran = run("plan", "--roster", "starts.csv", "-p", "small.yaml", *of_all)
    # Sat 2025-03-01 is given and stays, although it is closed; dose 2 on Sat 8 Mar may move a day: Fri 7 Mar
    assert ran.code == 1
    assert dates(ran)["S-01"]["dose-1"] == "2025-03-01"
    assert dates(ran)["S-01"]["dose-2"] == "2025-03-07"
    assert "for 1 subject not everything can hold" in ran.err


# --- what is wrong with it ------------------------------------------------------------------------------------------


def test_wrong_rows_are_told_with_row_and_column_and_the_others_planned():
    ran = roster(
        "subject,start,priming end,half-life,arm\n"
        "S-01,2025-03-03,,,\n"
        ",2025-03-03,,,\n"
        "S-03,2025-02-30,,x,\n"
        "S-01,2025-03-10,,,\n"
        "S-05,01.02.2025,2025-02-28,,\n"
        "S-06,,,,\n"
        "S-07,2025-03-03,,,hgih\n"
        "S-08,2025-03-03,,,,S-09\n"
        "S-10,2025-03-03\n"
        "S-11,2025-03-10,,,high\n"
    )
    assert ran.code == 1
    assert list(dates(ran)) == ["S-01", "S-11"]
    assert told(ran) == [
        "3: error: subject: the subject is missing (write the study number)",
        "4: error: start: '2025-02-30': February 2025 has 28 days, not 30 (check the day)",
        "4: error: half-life: 'x' is not a duration (write a number and a unit, as '4 weeks' or '48 h')",
        "5: error: subject: S-01 is in row 2 already; this row is not planned (give each subject one row)",
        "6: error: start: '01.02.2025' can be read in two ways (write 2025-02-01 or 2025-01-02)",
        "6: error: priming end: an end needs a clock time (as 2025-02-28T16:30)",
        "7: error: no date is given (write one in `start`)",
        "8: error: arm: there is no arm 'hgih' in small (did you mean `high`?)",
        "9: error: the row has 6 cells, the header 5 (a cell with a comma goes in quotation marks)",
        "10: error: the row has 2 cells, the header 5 (a cell with a comma goes in quotation marks)",
    ]
    assert "planned: 2 subjects" in ran.err
    assert "8 rows not planned, as told above" in ran.err


def test_a_visit_that_the_arm_does_not_have():
    ran = roster("subject,start,arm,extra\nS-01,2025-03-03,low,2025-03-17\nS-02,2025-03-03,high,2025-03-17\n")
    assert (ran.code, list(dates(ran))) == (1, ["S-02"])
    assert told(ran) == ["2: error: extra: there is no visit 'extra' in small (only subjects of arm high have it)"]


def test_dates_that_break_a_rule_are_planned_and_told_once():
    ran = roster("subject,start,priming\nS-01,2025-03-03,2025-03-02\nS-02,2025-03-03,2025-03-02\n", "--arm", "low")
    assert ran.code == 1
    assert list(dates(ran)) == ["S-01", "S-02"]
    (line,) = told(ran)
    assert line.startswith("2: error: S-01: dose-1 on Mon 2025-03-03 is 1 d too early")
    assert ran.err.splitlines()[-1].endswith("; for 2 subjects not everything can hold")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("start", "there is no column `subject` (the columns are `start`)"),
        (
            "subject",
            "there is no column of dates: `start`, or one with the id of a visit (the columns are `subject`)",
        ),
        ("subject,strat", "there is no visit or parameter `strat` in small (did you mean `start`"),
        ("subject,start,pirming", "`pirming` in small (did you mean `priming`"),
        ("subject,start,dose", "dose is a series of 2 (name one of dose-1, dose-2)"),
        ("subject,start,dose-1", "`start` and `dose-1` say the same (leave one of the two columns out)"),
        ("subject,start,start", "`start` is there twice"),
        ("subject,start,priming end,end: priming", "`priming end` and `end: priming` say the same"),
        ("", "the file is empty"),
    ],
)
def test_wrong_columns(header, words):
    ran = roster(f"{header}\n" if header else "")
    assert (ran.code, ran.out) == (1, b"")
    assert words in ran.err


def test_a_name_is_warned_about():
    ran = roster("subject,start\nGIVEN FAMILY,2025-03-03\n", "--arm", "low", "--cohort", "one")
    assert (ran.code, list(dates(ran))) == (0, ["GIVEN FAMILY"])
    assert told(ran) == [
        "2: warning: subject: GIVEN FAMILY looks like a person's name or birth date (use the study number)"
    ]


def test_a_cell_without_a_column():
    ran = roster("subject,start,\nS-01,2025-03-03,\nS-02,2025-03-03,x\n", "--arm", "low", "--cohort", "one")
    assert (ran.code, list(dates(ran))) == (1, ["S-01"])
    assert told(ran) == ["3: error: column 3: the header has no name for this column"]


def test_only_the_row_that_is_no_utf_8_is_lost():
    Path("starts.csv").write_bytes(b"subject,start\nS-\xe4,2025-03-03\nS-02,2025-03-0\xe4\nS-03,2025-03-03\n")
    ran = run("plan", "--roster", "starts.csv", "-p", "small.yaml", "--arm", "low", "--cohort", "one")
    assert (ran.code, list(dates(ran))) == (1, ["S-03"])
    assert told(ran) == [
        "2: error: subject: 'S-?' is not written in UTF-8 (in the spreadsheet: Save As, CSV UTF-8)",
        "3: error: start: '2025-03-0?' is not written in UTF-8 (in the spreadsheet: Save As, CSV UTF-8)",
    ]


@pytest.mark.parametrize(("data", "words"), [(b"\xff\xfes\0", "UTF-16"), (b"PK\x03\x04", "a spreadsheet file")])
def test_other_files_are_named(data, words):
    Path("starts.csv").write_bytes(data)
    ran = run("plan", "--roster", "starts.csv", "-p", "small.yaml")
    assert (ran.code, ran.out) == (1, b"")
    assert words in ran.err


@pytest.mark.parametrize(("name", "words"), [("nosuch.csv", "there is no such file"), (".", "this is a folder")])
def test_no_file(name, words):
    ran = run("plan", "--roster", name, "-p", "small.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert words in ran.err


def test_a_quotation_mark_that_is_missing():
    ran = roster(
        'subject,start\nS-01,2025-03-03\n"S-02,2025-03-03\nS-03,2025-03-03\n', "--arm", "low", "--cohort", "one"
    )
    assert (ran.code, list(dates(ran))) == (1, ["S-01"])
    assert "3: error: a cell does not end: the rows from here on run into one" in ran.err


def test_only_so_many_problems_are_told():
    ran = roster("subject,start\n" + "".join(f"S-{n},never\n" for n in range(300)))
    assert len(told(ran)) == 100
    assert "and 200 more problems like these" in ran.err
    assert "300 rows not planned" in ran.err


# --- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "ics"], "--format ics: a roster is written as CSV only"),
        (["-o", "x.ics"], "--output x.ics: a roster is written as CSV only"),
        (["-o", "x.txt"], "--output x.txt: a roster is written as CSV only"),
        (["-o", ""], "no file name is given"),
        (
            ["--start", "2025-03-03"],
            "--start does not go with --roster (leave it out: the table says it, in its column",
        ),
        (["--end", "priming=2025-03-03T10:00"], "--end does not go with --roster"),
        (["--subject", "S-01"], "--subject does not go with --roster"),
        (["--uncertain", "x=1..2d"], "--uncertain does not go with --roster (leave it out)"),
        (["--changes"], "--changes goes with a subject's file"),
        (["--arm", "low"], "--arm and the column `arm` both say it"),
        (["--set", "half-life=2d"], "--set half-life and the column `half-life` both say it"),
        (["--arm", "middle"], "there is no arm 'middle'"),
        (["--set", "half-life=2"], "--set half-life"),
    ],
)
def test_wrong_usage(options, words):
    ran = roster("subject,start,arm,half-life\nS-01,2025-03-03,low,2d\n", *options)
    assert (ran.code, ran.out) == (2, b"")
    assert words in ran.err


def test_a_roster_needs_a_protocol():
    Path("starts.csv").write_text("subject,start\n", encoding="utf-8")
    ran = run("plan", "--roster", "starts.csv")
    assert (ran.code, ran.out) == (2, b"")
    assert "Missing option '--protocol'" in ran.err


def test_output_is_written_whole():
    ran = roster("subject,start\nS-01,2025-03-03\n", "-o", "out.csv", "--arm", "low", "--cohort", "one")
    assert (ran.code, ran.out) == (0, b"")
    text = Path("out.csv").read_bytes().decode()
    assert text == roster("subject,start\nS-01,2025-03-03\n", "--arm", "low", "--cohort", "one").out.decode()
    assert "written: out.csv" in ran.err
    assert sorted(path.name for path in Path().iterdir()) == ["out.csv", "small.yaml", "starts.csv"]


def test_output_where_no_file_can_be():
    ran = roster("subject,start\nS-01,2025-03-03\n", "-o", "nosuch/out.csv")
    assert (ran.code, ran.out) == (2, b"")
    assert "nosuch/out.csv cannot be written: there is no such folder; nothing was written" in ran.err


# --- many -----------------------------------------------------------------------------------------------------------

MEASURED = """
import pathlib, re, sys
from trialcal.cli import main
sys.argv = ["trialcal", "plan", "--roster", sys.argv[1], "-p", "cc312", "-o", sys.argv[2]]
try:
    main()
finally:
    print(re.search("VmHWM:\\s*([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak of memory")
def test_memory_does_not_grow_with_the_rows():
    """20,000 subjects of cc312 are 130 MB of CSV; a row that comes later must not be held with the first."""
    lines = (f"S-{n:05},{date(2025, 1, 1) + timedelta(days=n * 7919 % 730)}" for n in range(20_000))
    Path("starts.csv").write_text("\n".join(["subject,start", *lines]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "starts.csv", "out.csv"], capture_output=True, text=True, check=True
    )
    assert Path("out.csv").stat().st_size > 120_000_000
    assert int(done.stdout) < 100_000  # kB
