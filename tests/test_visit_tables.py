"""Tables of visits as other systems write them: what is understood, and what is told of every row that is not."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command import Ran, run
from pages import blocks

HEAD = "USUBJID,VISITNUM,VISIT,SVSTDTC"
BASELINE = "S-1,3,BASELINE,2025-01-06"  # a Monday; visit 4 is due on 2025-01-20, ±3 days


def look(tmp_path: Path, text: str | bytes, *options: str, name: str = "visits.csv") -> Ran:
    """Look at a table as of 2025-01-20, as CSV; the working folder is that of the table."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("deviations", "--visits", str(path), "--protocol", "lzzt", "--today", "2025-01-20", "--format", "csv",
               *options)  # fmt: skip


def rows(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(ran.out.decode().splitlines()))


def told(ran: Ran, tmp_path: Path) -> list[str]:
    """What is told of the table, without the lines that every run has."""
    usual = ("file:", "columns", "source:", "as of", "no finding:", "note:")
    lines = ran.err.replace(f"{tmp_path}/", "").splitlines()
    return [line for line in lines if not line.startswith(usual)]


def table(*lines: str) -> str:
    return "\n".join((HEAD, *lines)) + "\n"


def test_days_late_and_early(tmp_path):
    ran = look(
        tmp_path, table(BASELINE, "S-1,4,WEEK 2,2025-01-24", "S-2,3,BASELINE,2025-01-06", "S-2,4.0,,2025-01-16")
    )
    assert ran.code == 1
    found = [(row["kind"], row["subject"], row["visit"], row["days_off"]) for row in rows(ran)]
    assert found == [("out-of-window", "S-1", "v4", "1"), ("out-of-window", "S-2", "v4", "-1")]
    assert list(rows(ran)[0]) == [
        "kind", "subject", "visit", "target", "window_start", "window_end", "actual", "days_off", "reference",
        "assumed", "sdtm_dy", "message",
    ]  # fmt: skip
    assert [rows(ran)[0][name] for name in ("target", "window_start", "window_end", "actual", "reference")] == [
        "2025-01-20", "2025-01-17", "2025-01-23", "2025-01-24", "v3",
    ]  # fmt: skip


def test_no_findings(tmp_path):
    ran = look(tmp_path, table(BASELINE, "S-1,4,WEEK 2,2025-01-23"))
    assert (ran.code, rows(ran)) == (0, [])
    assert "as of 2025-01-20: no findings; 1 visit judged against stated windows" in ran.err


@pytest.mark.parametrize(
    ("head", "rest", "options"),
    [
        ("usubjid,visitnum,svstdtc", "S-1,3.0,2025-01-06\nS-1,4.00,2025-01-24", ()),
        ("SubjID;Visit;Actual", "S-1;v3;2025-01-06\nS-1;V4;2025-01-24", ()),
        ("subject\tvisit\tdate", "S-1\tVisit 3\t2025-01-06\nS-1\tvisit  4\t2025-01-24T09:00", ()),
        ('"Subject","Visit","Start"', '"S-1","3","2025-01-06"\n"S-1","4","2025-01-24T09:00:30"', ()),
        (
            "PatID,Visite,Tag",
            "S-1,3,2025-01-06\nS-1,4,2025-01-24",
            ("--columns", "subject=PatID,visit=Visite,date=Tag"),
        ),
        ("Pat, no.,V,D", "", ()),
    ],
)
def test_forms_of_a_table(tmp_path, head, rest, options):
    if not rest:  # a column's name with a comma in it
        head, rest = '"Pat, no.",V,D', "S-1,3,2025-01-06\nS-1,4,2025-01-24"
        options = ("--columns", "subject=Pat, no.,visit=V", "--columns", "date=D")
    for text in (f"{head}\n{rest}\n", f"\ufeff{head}\r\n{rest}\r\n".replace("\r\n", "\n"), f"{head}\r\n\r\n{rest}"):
        ran = look(tmp_path, text, *options)
        assert [(row["kind"], row["visit"], row["days_off"]) for row in rows(ran)] == [("out-of-window", "v4", "1")]
        assert told(ran, tmp_path) == []


def test_dates_that_do_not_parse_cost_their_own_row_only(tmp_path):
    ran = look(tmp_path, table(BASELINE, "S-1,4,WEEK 2,24/01/2025", "S-2,3,,2025-01-06", "S-2,4,,2025-01-24",
                               "S-2,5,,2025-02-30", "S-2,7,,03/04/2025", "S-2,8,,2025-03-03T10:00Z"))  # fmt: skip
    assert ran.code == 1
    assert [(row["subject"], row["visit"]) for row in rows(ran)] == [("S-2", "v4")]  # and S-1's v4 is not overdue
    assert told(ran, tmp_path) == [
        "visits.csv:3: error: SVSTDTC: '24/01/2025' is not written as a date here (write 2025-01-24)",
        "visits.csv:6: error: SVSTDTC: '2025-02-30': February 2025 has 28 days, not 30 (check the day)",
        "visits.csv:7: error: SVSTDTC: '03/04/2025' can be read in two ways (write 2025-04-03 or 2025-03-04)",
        "visits.csv:8: error: SVSTDTC: '2025-03-03T10:00Z' has an offset from UTC (write the clock time at the "
        "site, as 2025-03-01T16:30)",
        "rows that could not be used: 4",
    ]


def test_only_wrong_dates_end_with_1(tmp_path):
    ran = look(tmp_path, table(BASELINE, "S-1,4,WEEK 2,soon"))
    assert (ran.code, rows(ran)) == (1, [])


def test_partial_and_empty_dates_are_counted_and_not_judged(tmp_path):
    text = table(BASELINE, "S-1,4,,2025-01", "S-2,3,,2024-12-16", "S-2,4,,", "S-2,5,,2024---15", "S-2,7,,--01-15")
    ran = look(tmp_path, text)
    assert (ran.code, rows(ran)) == (0, [])
    assert "no finding: 3 done; the date is known in part only" in ran.err
    assert "no finding: 1 in the table, in rows that have no date, differ, or could not be used" in ran.err
    assert told(ran, tmp_path) == ["rows that have no date: 1"]


def test_the_same_visit_twice(tmp_path):
    ran = look(tmp_path, table(BASELINE, "S-1,4,,2025-01-20", "S-1,4.0,WEEK 2,2025-01-27", "S-2,3,,2025-01-06",
                               "S-2,4,,2025-01-27", "S-2,4,,2025-01-27"), "--all")  # fmt: skip
    assert ran.code == 1
    found = [(row["kind"], row["subject"], row["visit"], row["actual"], row["message"]) for row in rows(ran)]
    assert found[1:3] == [
        ("not-judged", "S-1", "v4", "2025-01-20", "one of 2 rows that differ"),
        ("not-judged", "S-1", "v4", "2025-01-27", "one of 2 rows that differ"),
    ]
    assert found[4][:4] == ("out-of-window", "S-2", "v4", "2025-01-27")
    assert found[5] == ("not-judged", "S-2", "v4", "2025-01-27", "the same as line 6")
    assert told(ran, tmp_path) == [
        "visits.csv:4: error: S-1 has v4 in 2 rows that differ: 2025-01-20 (line 3), 2025-01-27 (line 4); none of "
        "them is judged (keep the one that is right)",
        "rows that are there twice: 1",
    ]


def test_missed_visits(tmp_path):
    head = "USUBJID,VISITNUM,SVSTDTC,SVOCCUR,SVREASOC\n"
    ran = look(tmp_path, head + "S-1,3,2025-01-06,Y,\nS-1,4,,N,=patient ill\nS-1,5,2025-02-03,N,\nS-1,7,,perhaps,\n")
    assert [(row["kind"], row["visit"], row["message"]) for row in rows(ran)] == [
        ("missed", "v4", "missed: =patient ill")
    ]
    assert told(ran, tmp_path) == [
        "visits.csv:4: error: SVSTDTC: SVOCCUR says that the visit did not take place, yet it has a date (leave one "
        "of the two out)",
        "visits.csv:5: error: SVOCCUR: 'PERHAPS' does not say whether the visit took place (Y or N, as in SDTM)",
        "rows that could not be used: 2",
    ]


def test_formulas_are_none_in_csv(tmp_path):
    ran = look(
        tmp_path, table("=1+1,3,,2025-01-06", "=1+1,4,,2025-01-27", "@x,3,,2025-01-06", "@x,=2,,2025-01-27"), "--all"
    )
    assert {row["subject"] for row in rows(ran)} == {"'=1+1", "'@x"}
    assert "'=2" in {row["visit"] for row in rows(ran)}


def test_unscheduled_visits_are_counted_and_told(tmp_path):
    lines = [f"S-{n},4.1,UNSCHEDULED 4.1,2025-01-2{n}" for n in range(1, 4)]
    ran = look(tmp_path, table(BASELINE, *lines, "S-1,,Extra,2025-01-20"), "--all")
    assert ran.code == 0
    assert "unscheduled: 4 rows of no visit of lzzt: 3 of 4.1, 1 of Extra" in ran.err
    assert [row["visit"] for row in rows(ran) if row["kind"] == "unscheduled"] == ["4.1", "Extra", "4.1", "4.1"]
    assert "2 subjects without a date of v3: what is counted from it is not judged" in ran.err


def test_number_and_name_that_mean_different_visits(tmp_path):
    ran = look(tmp_path, table(BASELINE, "S-1,4,Visit 5,2025-01-27"))
    assert ran.code == 1
    assert told(ran, tmp_path)[0] == (
        "visits.csv:3: error: VISITNUM: '4' is v4, and 'Visit 5' is v5 (which of the two is meant? correct the other)"
    )


def test_a_table_without_the_needed_columns(tmp_path):
    ran = look(tmp_path, "Patient,Datum,Site\nS-1,2025-01-06,1\n")
    assert (ran.code, ran.out) == (1, b"")
    assert [line for line in told(ran, tmp_path) if "error" in line] == [
        "visits.csv:1: error: there is no column for the subject: looked for USUBJID, SUBJID, SUBJECT (the columns "
        "are `Patient`, `Datum`, `Site`; name it with --columns subject=NAME)",
        "visits.csv:1: error: there is no column for the date of the visit: looked for SVSTDTC, DATE, ACTUAL, "
        "START (the columns are `Patient`, `Datum`, `Site`; name it with --columns date=NAME)",
        "visits.csv:1: error: there is no column for the visit: looked for VISITNUM, VISIT (the columns are "
        "`Patient`, `Datum`, `Site`; name it with --columns visit=NAME)",
    ]


NO_SUCH = (
    "visits.csv:1: error: there is no column `PatID` (the columns are `USUBJID`, `VISITNUM`, `VISIT`, `SVSTDTC`)"
)
NOT_SAID = "error: --columns PatID does not say which column is which (write --columns subject=PatID,visit=V)"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("subject=PatID", NO_SUCH),
        ("PatID", NOT_SAID),
        ("sbject=PatID", "error: --columns sbject=PatID: there is no `sbject` (did you mean `subject`?)"),
        ("date=", "error: --columns date=: date has no column (write date=NAME)"),
        ("date=A,date=B", "error: --columns: date is given twice (give it once)"),
    ],
)
def test_columns_that_are_asked_for(tmp_path, asked, message):
    ran = look(tmp_path, table(BASELINE), "--columns", asked)
    assert ran.code == (1 if message.startswith("visits") else 2)
    assert [line for line in told(ran, tmp_path) if "error" in line] == [message]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty (its first line names the columns, as subject,visit,date)"),
        (b"\n\n", "the first line is empty (it names the columns, as subject,visit,date)"),
        ("USUBJID".encode("utf-16"), "this is UTF-16, not CSV in UTF-8 (in the spreadsheet: Save As, CSV UTF-8)"),
        (b"PK\x03\x04", "this is a spreadsheet file, not CSV in UTF-8 (in the spreadsheet: Save As, CSV UTF-8)"),
    ],
)
def test_what_is_no_table(tmp_path, data, message):
    ran = look(tmp_path, data)
    assert ran.code == 1
    assert [line for line in told(ran, tmp_path) if "error" in line] == [f"visits.csv: error: {message}"]


def test_rows_that_are_no_csv_or_no_utf8(tmp_path):
    text = table(
        BASELINE, 'S-1,4,"WEEK" 2,2025-01-20', "S-1,4,WEEK 2", "S-1,5,a,b,2025-01-20", ",7,,2025-01-20"
    ).encode()
    ran = look(tmp_path, text + "S-\xe9,3,,2025-01-06\n".encode("latin-1"))
    assert ran.code == 1
    lines = told(ran, tmp_path)
    assert lines[1:] == [
        "visits.csv:4: error: the row has 3 cells, the header 4 (a cell with a comma goes in quotation marks)",
        "visits.csv:5: error: the row has 5 cells, the header 4 (a cell with a comma goes in quotation marks)",
        "visits.csv:6: error: USUBJID: the subject is missing (write the study number)",
        "visits.csv:7: error: USUBJID: this is not written in UTF-8 (in the spreadsheet: Save As, CSV UTF-8)",
        "rows that could not be used: 5",
    ]
    assert lines[0].startswith("visits.csv:3: error: the quotation marks of this row do not fit")


TWO_KINDS = "--arm is for tables: subjects' files name their own protocol and site (leave one of them out)"
NO_SUFFIX = "--output x.doc: the suffix does not say the form (use one of .csv, .json, .txt, or --format)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "error: there is nothing to look at (name subjects' files or a folder, or --visits with --protocol)"),
        ("--visits visits.csv", "error: --visits needs --protocol (its id, or its file)"),
        ("--protocol lzzt", "error: --protocol needs --visits, a table of visits"),
        ("x.yaml --arm a", f"error: {TWO_KINDS}"),
        ("x.yaml --soon 1month", "error: --soon: '1month' is no number of days or weeks (write 7d or 2 weeks)"),
        ("x.yaml --soon 12h", "error: --soon: '12h' is no number of days or weeks (write 7d or 2 weeks)"),
        ("x.yaml --output x.doc", f"error: {NO_SUFFIX}"),
        ("--visits no.csv --protocol lzzt", "no.csv: error: there is no such file (check the name)"),
    ],
)
def test_wrong_usage(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    ran = run("deviations", *arguments.split())
    assert (ran.code, ran.out) == (2, b"")
    assert message in ran.err.splitlines()


def test_subjects_table(tmp_path):
    subjects = tmp_path / "subjects.csv"
    subjects.write_text("USUBJID,RFSTDTC,RFENDTC\nS-1,2025-01-07,2025-01-16\nS-2,2025-01,\nS-1,2025-01-08,\nS-3,x,\n")
    visits = table(*(f"S-{n},3,,2024-12-02" for n in (1, 2, 3)), "S-4,3,,2024-12-02")
    ran = look(tmp_path, visits, "--subjects", str(subjects), "--all")
    assert ran.code == 1
    lines = told(ran, tmp_path)
    assert lines[:2] == [
        "subjects.csv:4: error: S-1 is in line 2 already, with other values: neither counts (keep the row that is "
        "right)",
        "subjects.csv:5: error: RFSTDTC: 'x' is not a date (write year-month-day, as 2025-03-01, with a clock time "
        "as 2025-03-01T16:30)",
    ]
    assert "1 subject not in the table of subjects: RFSTDTC is not known of them" in lines


def test_the_end_of_participation_ends_what_is_overdue(tmp_path):
    visits = table("S-1,3,,2024-12-02", "S-2,3,,2024-12-02")  # until 12-19, 01-02, 01-16
    assert [row["visit"] for row in rows(look(tmp_path, visits))] == ["v4", "v5", "v7"] * 2
    subjects = tmp_path / "subjects.csv"
    subjects.write_text("USUBJID,RFSTDTC,RFENDTC\nS-1,2024-12-02,2024-12-20\nS-2,2024-12-02,2025-01-02\n")
    ran = look(tmp_path, visits, "--subjects", str(subjects))
    assert [(row["kind"], row["subject"], row["visit"], row["days_off"]) for row in rows(ran)] == [
        ("overdue", "S-1", "v4", "32"), ("overdue", "S-2", "v4", "32"),
    ]  # fmt: skip
    assert "no finding: 4 undone; participation had ended before their windows closed" in ran.err


def test_due_soon(tmp_path):
    visits = table(BASELINE)  # visit 4 until 2025-01-23
    assert look(tmp_path, visits).code == 0
    assert look(tmp_path, visits, "--soon", "2d").code == 0
    for soon in ("3d", "1 week"):
        ran = look(tmp_path, visits, "--soon", soon)
        assert ran.code == 1
        assert [(row["kind"], row["visit"], row["days_off"]) for row in rows(ran)] == [("due-soon", "v4", "-3")]


def test_rows_of_a_subject_may_be_apart(tmp_path):
    visits = table("S-1,4,,2025-01-24", "S-2,4,,2025-01-24", BASELINE, "S-2,3,,2025-01-10")
    assert [(row["subject"], row["days_off"]) for row in rows(look(tmp_path, visits))] == [("S-1", "1")]


def test_json(tmp_path):
    visits = table(BASELINE, "S-1,4,,2025-01-24", "S-1,1,,2024-12-20", "S-1,4.1,,2025-01-25", "S-2,3,,2025-01-06")
    ran = look(tmp_path, visits, "--format", "json", "--all")
    found = json.loads(ran.out)
    assert (found["schema"], found["today"], found["soon"]) == ("trialcal.findings/1", "2025-01-20", None)
    assert [row["kind"] for row in found["findings"]] == ["out-of-window"]
    assert found["findings"][0]["assumed"] is True
    assert {row["kind"] for row in found["others"]} == {"not-judged", "unscheduled"}
    counts = found["counts"]
    assert (counts["findings"], counts["judged"], counts["not_judged"], counts["unscheduled"]) == (1, 1, 3, 1)
    assert counts["by_kind"] == {"out-of-window": 1, "rule": 0, "missed": 0, "overdue": 0, "due-soon": 0}
    assert [(each["visit"], each["judged"], each["rate"]) for each in counts["by_visit"]] == [("v4", 1, 1.0)]
    assert [(each["subject"], each["late"]) for each in counts["by_subject"]] == [("S-1", 1)]
    assert counts["rows"] == {"rows": 5}
    assert found["protocols"][0]["id"] == "lzzt"


def test_many_rows_need_little(tmp_path):
    """Each row is kept as six small numbers: 60 bytes or less, also where no two subjects are alike."""
    from trialcal.files.columns import VISIT_COLUMNS, find_columns
    from trialcal.files.csv_file import CsvFile
    from trialcal.files.library import folders, load
    from trialcal.files.visit_tables import VisitTable

    path = tmp_path / "many.csv"
    path.write_text(table(*(f"S-{n // 12},{n % 12 + 1},,2025-01-{n % 28 + 1:02}" for n in range(24_000))))
    protocol, _, _ = load("lzzt", folders(tmp_path), tmp_path)
    assert protocol is not None
    file = CsvFile(path, tmp_path)
    columns, _ = find_columns(file.names, VISIT_COLUMNS, {}, file.file)
    read = VisitTable(file, columns, protocol, None)
    read.read()
    file.close()
    assert len(read) == 2_000
    assert sum(packed.buffer_info()[1] * packed.itemsize for packed in read._packed.values()) <= 24_000 * 24
    assert sum(len(subject.actual) for subject in read.subjects()) == 24_000


def test_the_page_of_the_documentation(tmp_path):
    page = Path(__file__).parent.parent / "docs" / "deviations.md"
    before, after = (block.text for block in blocks(page.read_text(encoding="utf-8")) if block.language == "csv")
    path = tmp_path / "visits.csv"
    path.write_text(before)
    ran = run("deviations", "--visits", str(path), "--protocol", "lzzt", "--today", "2025-02-10", "--format", "csv")
    assert ran.out.decode().replace("\r\n", "\n") == after


ARMS = """id: arms
title: A study of two arms
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
arms: {low: {name: Low dose}, high: {name: High dose}}
visits:
  dose-1: {at: Day 1}
  dose-2: {at: Day 8, window: ±1 d}
  extra: {at: Day 4, window: ±1 d, arms: high}
"""


def test_the_arm_of_a_subject(tmp_path):
    protocol = tmp_path / "arms.yaml"
    protocol.write_text(ARMS, encoding="utf-8")
    visits = "subject,visit,date\n" + "".join(
        f"S-{n},dose-1,2025-01-06\nS-{n},dose-2,2025-01-13\n{'' if n != 3 else 'S-3,extra,2025-01-30' + chr(10)}"
        for n in (1, 2, 3)
    )
    look(tmp_path, visits)
    table = ("deviations", "--visits", str(tmp_path / "visits.csv"), "--protocol", str(protocol), "--format", "csv")
    as_of = ("--today", "2025-01-31", "--all")
    # without an arm nobody knows who has the extra visit: nobody is overdue
    ran = run(*table, *as_of)
    assert "warning: no --arm is given" in ran.err
    assert {(row["kind"], row["subject"]) for row in rows(ran) if row["visit"] == "extra"} == {
        ("out-of-window", "S-3")
    }
    assert "no finding: 2 undone and past their windows; only some subjects have them" in ran.err
    subjects = tmp_path / "subjects.csv"
    subjects.write_text("USUBJID,ARMCD\nS-1,HIGH\nS-2,Low\nS-3,low\n")
    ran = run(*table, *as_of, "--subjects", str(subjects))
    assert {(row["kind"], row["subject"]) for row in rows(ran) if row["visit"] == "extra"} == {
        ("overdue", "S-1"),
        ("unscheduled", "S-3"),
    }
    ran = run(*table, *as_of, "--arm", "high")
    assert {row["subject"] for row in rows(ran) if row["kind"] == "overdue"} == {"S-1", "S-2"}


def test_more_cycles_than_are_planned(tmp_path):
    visits = "subject,visit,date\nS-1,c1d1,2025-01-06\nS-1,c9d1,2025-02-06\nS-1,c31d1,2025-03-06\n"
    (tmp_path / "visits.csv").write_text(f"{visits}S-2,last-dose,2025-02-03\nS-2,c31d1,2025-03-06\n")
    table = "deviations", "--visits", str(tmp_path / "visits.csv"), "--protocol", "nct01847274", "--format", "csv"
    ran = run(*table, "--today", "2025-01-07", "--all")
    (line,) = [line for line in ran.err.splitlines() if "--cycles" in line]
    assert line.startswith("warning: the plan has 8 cycles") and line.endswith("add --cycles treatment=31")
    # without the anchor's date nobody knows how many cycles lie before the last dose: nothing is planned or judged
    assert [(row["kind"], row["visit"], row["message"]) for row in rows(ran) if row["subject"] == "S-2"] == [
        ("unscheduled", "c31d1", "unscheduled: no visit of the protocol"),
        ("not-judged", "last-dose", "there is no date of first-dose, from which the days count"),
    ]


def test_clock_times_that_cannot_be(tmp_path):
    site = tmp_path / "site.yaml"
    site.write_text("name: Clinic\ntime_zone: Europe/Berlin\n")
    head = "USUBJID,VISITNUM,SVSTDTC,SVENDTC\n"
    text = head + "S-1,3,2025-01-06T10:00,2025-01-06T09:00\nS-2,3,2025-03-30T02:30,\nS-3,3,2025-01-06T10,2025-01-07\n"
    ran = look(tmp_path, text, "--site", str(site), "--all")
    assert [(row["subject"], row["actual"]) for row in rows(ran) if row["actual"]] == [("S-3", "2025-01-06")]
    assert told(ran, tmp_path)[:2] == [
        "visits.csv:2: error: SVSTDTC: it ends before it starts (check the start and the end)",
        "visits.csv:3: error: SVSTDTC: 2025-03-30 02:30 does not exist in Europe/Berlin: the clocks skip it (check "
        "the time)",
    ]
