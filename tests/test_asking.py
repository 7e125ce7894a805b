"""`why`, `starts` and the site's options on the command line: answers, exit codes, and every mistake at once."""

from __future__ import annotations

import csv
import io
import json

import pytest
from command import run

WEEKENDS = ("--closed", "weekends")
CC312 = ("--protocol", "cc312", "--start", "2025-03-01")
SITE = "name: Clinic\ntime_zone: Europe/Berlin\nclosed:\n  - {on: weekends, reason: weekend}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(done):
    return [line for line in done.err.splitlines() if "error: " in line]


# --- why ----------------------------------------------------------------------------------------------------------


def test_why_a_closed_day():
    done = run("why", "dose-3", "2025-03-08", *CC312, *WEEKENDS)
    assert done.code == 1
    assert done.out.decode() == (
        "dose-3 on SAT 2025-03-08: no\n\n"
        "Sat 2025-03-08 is closed (weekend); on an open day, the rest would be possible.\n\n"
        "The plan has it on Fri 2025-03-07. Only this date works: Fri 2025-03-07.\n"
    )


def test_why_a_day_outside_the_window():
    done = run("why", "dose-3", "2025-03-10", *CC312, *WEEKENDS)
    assert done.code == 1
    told = " ".join(done.out.decode().split())
    assert "1. dose-1 is on Sat 2025-03-01, as given" in told
    assert (
        "2. dose-1 on Sat 2025-03-01 puts dose-3 not after Sun 2025-03-09 (dose-3: Day 8, window ±1 d (assumed)), "
        "but dose-3 is on Mon 2025-03-10, as asked" in told
    )


def test_why_as_json_with_what_it_costs():
    done = run("why", "dose-4", "2025-03-12", *CC312, *WEEKENDS, "--format", "json")
    assert done.code == 0
    found = json.loads(done.out)
    assert (found["possible"], found["planned"], found["moves"]) == (True, "2025-03-11", [])
    assert found["cost"] == {"before": 30, "after": 40}  # doses 3, 5 and 7 a day early, weight 10; dose 4 a day late
    assert found["works"] == ["2025-03-10", "2025-03-11", "2025-03-12"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dose-33", "2025-03-08"), "VISIT: there is no visit 'dose-33' in cc312"),
        (("dose", "2025-03-08"), "VISIT: dose is a series of 8 (name one of dose-1"),
        (("dose-3", "8.3.2025"), "DATE: '8.3.2025' can be read in two ways (write 2025-03-08 or 2025-08-03)"),
        (
            ("dose-3", "2025-03-08T10:00"),
            "DATE: '2025-03-08T10:00' has a clock time (write the date alone: 2025-03-08)",
        ),
    ],
)
def test_why_with_wrong_words(arguments, message):
    done = run("why", *arguments, *CC312)
    assert done.code == 2
    assert message in done.err
    assert not done.out


# --- starts -------------------------------------------------------------------------------------------------------


def test_starts_as_csv():
    """By hand, for cc312 with weekends closed: Day -3 and Day -1 have no window, doses have a day to either side.

    Thu 2025-03-06: Day -3 Mon, Day -1 Wed; Day 4 is Sun 9 March, so dose 2 moves to Mon, and likewise doses 4, 6, 8.
    Fri 2025-03-07: Day -3 Tue, Day -1 Thu; all doses are on Fridays and Mondays.
    Sat 2025-03-08 is closed. Mon 2025-03-10: Day -1 is Sun 9 March.
    """
    done = run(
        "starts", "--protocol", "cc312", "--from", "2025-03-06", "--to", "2025-03-10", *WEEKENDS, "--format", "csv"
    )
    assert done.code == 0
    rows = {row["start"]: row for row in csv.DictReader(io.StringIO(done.out.decode()))}
    assert [row["verdict"] for row in rows.values()] == [
        "in-window",
        "on-target",
        "impossible",
        "impossible",
        "impossible",
    ]
    assert (rows["2025-03-06"]["moved"], rows["2025-03-06"]["days_moved"]) == ("4", "4")
    assert rows["2025-03-08"]["reason"] == "dose-1 cannot be on Sat 2025-03-08: closed (weekend)"
    assert "Sun 2025-03-09" in rows["2025-03-10"]["reason"]


def test_starts_of_some_weekdays_the_best_first():
    arguments = ("--protocol", "gc012f", "--from", "2025-04-01", "--to", "2025-04-30", "--on", "Mondays")
    done = run("starts", *arguments, *WEEKENDS, "--format", "json", "--best", "2")
    assert done.code == 0
    found = json.loads(done.out)
    # an infusion on a Monday has its lymphodepletion from Wednesday to Friday before
    assert [start["start"] for start in found["starts"]] == ["2025-04-07", "2025-04-14"]
    assert found["counts"] == {"on-target": 4, "in-window": 0, "impossible": 0}
    tuesdays = run("starts", *arguments[:-1], "Tue", *WEEKENDS, "--format", "json")
    assert tuesdays.code == 1  # Day -3 is a Saturday
    assert json.loads(tuesdays.out)["counts"]["impossible"] == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "2025-03-02", "--to", "2025-03-01"), "--to 2025-03-01 is before --from 2025-03-02 (swap the two"),
        (("--from", "2025-03-01", "--to", "2045-03-02"), "is more than 20 years (look at a shorter range)"),
        (("--from", "2025-3-1", "--to", "2025-03-31"), "--from: '2025-3-1' is not written as a date here"),
        (("--from", "2025-03-01", "--to", "2025-03-31", "--on", "Sundae"), "--on: "),
        (("--from", "2025-03-01", "--to", "2025-03-31", "--on", "any day"), "--on: 'any day' is no weekday"),
        (("--from", "2025-03-01", "--to", "2025-03-31", "--of", "dosis-1"), "--of: there is no visit 'dosis-1'"),
        (
            ("--from", "2025-03-01", "--to", "2025-03-31", "--start", "2025-03-04"),
            "--start dose-1=...: the dates of dose-1 are what is looked at",
        ),
    ],
)
def test_starts_with_wrong_words(arguments, message):
    done = run("starts", "--protocol", "cc312", *arguments)
    assert done.code == 2
    assert message in done.err
    assert not done.out


def test_twenty_years_are_looked_at():
    done = run("starts", "-p", "cc312", "--from", "2024-02-29", "--to", "2044-02-29", "--on", "Fri", "--best", "1")
    assert done.code == 0


# --- the site's options ---------------------------------------------------------------------------------------------


def test_all_mistakes_in_a_sites_words_at_once():
    done = run("plan", *CC312, "--closed", "weekands", "--holidays", "XX", "--time-zone", "Berlin")
    assert done.code == 2
    told = errors(done)
    assert len(told) == 3
    assert any("--time-zone: there is no time zone 'Berlin' (did you mean `Europe/Berlin`?)" in line for line in told)
    assert any("--closed: 'weekands'" in line and "weekends" in line for line in told)
    assert any("--holidays: " in line and "XX" in line for line in told)


def test_a_site_given_as_protocol_and_a_protocol_as_site(here):
    (here / "site.yaml").write_text(SITE, encoding="utf-8")
    one = run("plan", "--protocol", "site.yaml", "--start", "2025-03-01")
    assert one.code == 1
    assert len(errors(one)) == 1
    assert "this is a site's file" in one.err
    other = run("plan", *CC312[:2], "--start", "2025-03-03", "--site", "cc312.yaml")
    assert other.code == 2
    assert "cc312.yaml" in other.err


def test_a_site_that_is_no_file():
    done = run("plan", *CC312, "--site", "nowhere.yaml")
    assert done.code == 2
    assert "nowhere.yaml: error: " in done.err


def test_the_sites_time_zone_is_its_own(here):
    (here / "site.yaml").write_text(SITE, encoding="utf-8")
    done = run("plan", *CC312, "--site", "site.yaml", "--time-zone", "Asia/Tokyo")
    assert done.code == 2
    assert "--time-zone Asia/Tokyo: the site's file says Europe/Berlin (leave --time-zone out)" in done.err


def test_what_the_site_names_and_the_protocol_does_not_have(here):
    (here / "site.yaml").write_text(SITE + "visits:\n  infusions: {on: Mon-Thu}\n", encoding="utf-8")
    done = run("plan", "--protocol", "gc012f", "--start", "2025-03-10", "--site", "site.yaml", "--format", "json")
    assert done.code == 0
    assert (
        "site.yaml:6:3: warning: visits.infusions: the site says when `infusions` is possible; gc012f has no such "
        "visit or type (did you mean `infusion`?)" in done.err
    )


def test_holidays_that_nobody_knows_yet():
    done = run("plan", "--protocol", "cc312", "--start", "2050-03-04", "--holidays", "CN", "--format", "json")
    (problem,) = [p for p in json.loads(done.out)["problems"] if p["code"] == "holidays-unknown"]
    assert problem["level"] == "warning"
    assert "the public holidays of CN are known up to 20" in problem["message"]
    assert problem["message"].endswith("the plan reaches 2050")


def test_a_given_closed_day_is_told_and_the_doses_move():
    """Saturday 2025-03-01: doses 3, 5 and 7 have Saturday targets; only the Fridays before are open then."""
    done = run("plan", *CC312, *WEEKENDS, "--format", "json")
    assert done.code == 1
    found = json.loads(done.out)
    planned = {visit["id"]: visit["planned"] for visit in found["visits"]}
    assert planned["dose-1"] == "2025-03-01"
    assert [planned[f"dose-{n}"] for n in range(2, 9)] == [
        "2025-03-04",
        "2025-03-07",
        "2025-03-11",
        "2025-03-14",
        "2025-03-18",
        "2025-03-21",
        "2025-03-25",
    ]
    closed = found["problems"][0]
    assert (closed["code"], closed["visits"]) == ("closed", ["dose-1"])
    assert closed["message"] == "dose-1 is on Sat 2025-03-01, as given, which is closed (weekend)"
    works = {visit["id"]: visit["feasible_dates"] for visit in found["visits"]}
    assert works["dose-3"] == ["2025-03-07"]
    assert works["dose-2"] == ["2025-03-03", "2025-03-04", "2025-03-05"]
    assert found["problems"][-1]["message"] == (
        "everything can hold with dose-1 on Fri 2025-02-28 (1 d earlier) or Thu 2025-03-06 (5 d later)"
    )
