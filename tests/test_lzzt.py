"""The CDISC pilot study's real visits: 181 of 800 out of window, worked here without trialcal, and SDTM's --DY."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from command import run

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("TRIALCAL_CHECKOUT", ROOT)).parent / "shared" / "data" / "lzzt"
# The protocol, page 9, as the data's README quotes it: weeks after baseline (visit 3), and the days around them.
WINDOWS = {
    "4": (2, 3), "5": (4, 3), "7": (6, 3), "8": (8, 3), "9": (12, 4), "10": (16, 4), "11": (20, 4), "12": (24, 4),
    "13": (26, 3),
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the study's data are not beside the project (shared/data/lzzt)"
)


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(row: dict[str, str]) -> str:
    return row["VISITNUM"].removesuffix(".0")


def out_of_window() -> tuple[dict[tuple[str, str], int], int]:
    """Days out of window by subject and visit, and how many visits were judged; with csv and datetime alone."""
    baseline = {
        row["USUBJID"]: date.fromisoformat(row["SVSTDTC"]) for row in rows("visits.csv") if number(row) == "3"
    }
    off: dict[tuple[str, str], int] = {}
    judged = 0
    for row in rows("visits.csv"):
        if number(row) in WINDOWS and row["USUBJID"] in baseline:
            weeks, around = WINDOWS[number(row)]
            days = (date.fromisoformat(row["SVSTDTC"]) - baseline[row["USUBJID"]] - timedelta(weeks=weeks)).days
            judged += 1
            if abs(days) > around:
                off[row["USUBJID"], f"v{number(row)}"] = days - around if days > 0 else days + around
    return off, judged


@cache
def found() -> dict[str, list[dict[str, str]]]:
    """All rows that trialcal gives, by kind."""
    ran = run("deviations", "--visits", str(DATA / "visits.csv"), "--subjects", str(DATA / "subjects.csv"),
              "--protocol", "lzzt", "--all", "--format", "csv")  # fmt: skip
    assert ran.code == 1
    by_kind: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(ran.out.decode().splitlines()):
        by_kind.setdefault(row["kind"], []).append(row)
    return by_kind


def test_out_of_window_as_worked_independently():
    worked, judged = out_of_window()
    assert (len(worked), judged) == (181, 800)
    by_visit = Counter(visit for _, visit in worked)
    assert [by_visit[f"v{visit}"] for visit in WINDOWS] == [15, 14, 25, 21, 30, 25, 18, 16, 17]
    told = {(row["subject"], row["visit"]): int(row["days_off"]) for row in found()["out-of-window"]}
    assert told == worked
    assert len(found()["out-of-window"]) + len(found()["within-window"]) == judged


def test_all_windows_of_this_protocol_are_assumed():
    assert {row["assumed"] for row in found()["out-of-window"]} == {"true"}


def test_sdtm_study_days_as_the_data_have_them():
    """SDTM's --DY is in the data, made by the study's own programs, on all rows of subjects with RFSTDTC."""
    theirs = Counter((row["USUBJID"], row["SVSTDTC"], row["SVSTDY"].removesuffix(".0")) for row in rows("visits.csv"))
    ours = Counter(
        (row["subject"], row["actual"], row["sdtm_dy"])
        for every in found().values()
        for row in every
        if row["actual"]
    )
    assert ours == theirs
    assert sum(count for (_, _, dy), count in ours.items() if dy) == 1799


def test_unscheduled_rows_are_counted_and_told():
    planned = {number(row) for row in rows("trial_visits.csv")}
    worked = [row for row in rows("visits.csv") if number(row) not in planned]
    assert len(worked) == len(found()["unscheduled"]) == 63
    ran = run("deviations", "--visits", str(DATA / "visits.csv"), "--protocol", "lzzt", "--format", "json")
    assert json.loads(ran.out)["counts"]["unscheduled"] == 63
    assert "unscheduled: 63 rows of no visit of lzzt: 29 of 1.1, 7 of 5.1," in ran.err
    assert "25 subjects without a date of v3" in ran.err


def test_overdue_only_while_the_subject_took_part():
    """Of visits with windows that were not done, those whose window closed before RFENDTC; worked here."""
    done = {(row["USUBJID"], number(row)): row["SVSTDTC"] for row in rows("visits.csv")}
    worked = set()
    for row in rows("subjects.csv"):
        subject = row["USUBJID"]
        if (subject, "3") in done:
            baseline, ended = date.fromisoformat(done[subject, "3"]), date.fromisoformat(row["RFENDTC"])
            for visit, (weeks, around) in WINDOWS.items():
                closes = baseline + timedelta(weeks=weeks, days=around)
                if (subject, visit) not in done and closes < ended:
                    worked.add((subject, f"v{visit}"))
    assert {(row["subject"], row["visit"]) for row in found()["overdue"]} == worked


def test_the_page_says_finding_and_gives_rates():
    ran = run("deviations", "--visits", str(DATA / "visits.csv"), "--subjects", str(DATA / "subjects.csv"),
              "--protocol", "lzzt", "--today", "2025-03-14")  # fmt: skip
    page = ran.out.decode()
    assert "Findings as of Fri 2025-03-14" in page
    assert "181 out of window (22.6 % of 800 visits judged)" in page
    assert "whether it is a protocol deviation" in " ".join(page.split()).lower()
    assert page.count("deviation") == 1  # people classify
    lines = [line.split() for line in page.splitlines()]
    assert ["v9", "Visit", "9", "90", "30", "33.3", "12", "18", "1", "31"] in lines
