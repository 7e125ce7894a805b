"""Findings of hand-made schedules, and of subjects' files with dates worked by hand."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from command import Ran, run
from made_schedules import made_protocol, made_schedule, made_visit

from trialcal.days import Duration
from trialcal.findings import Besides, Finding, Looked, Tally, findings_of, looked_at, sdtm_day
from trialcal.protocol import Visit
from trialcal.schedule import Broken, Schedule
from trialcal.subject import Absent, Dated, Partly, Subject, Unscheduled
from trialcal.timing import OnDay, Window
from trialcal.writers.findings_rows import findings_csv
from trialcal.writers.findings_table import MOST_LISTED, Page, findings_text

DAY = Duration(1, "days")
AROUND = Window(DAY, DAY)
VISITS = (
    Visit("dose-1", "Dose 1", OnDay(1)),
    Visit("dose-2", "Dose 2", OnDay(8), window=AROUND),
    Visit("dose-3", "Dose 3", OnDay(15), window=AROUND, assumed={"window": "not stated"}),
    Visit("call", "Call", OnDay(22)),
    Visit("rescue", "Rescue", OnDay(8), window=AROUND, condition="pain"),
    Visit("biopsy", "Biopsy", OnDay(8), window=AROUND, optional=True),
    Visit("scan", "Scan", OnDay(8), window=AROUND, arms=("treated",)),
)
MARCH_3 = date(2025, 3, 3)  # Dose 1, a Monday; Dose 2 is due on 03-10, from 03-09 to 03-11


def march(day: int) -> date:
    return date(2025, 3, day)


def schedule(*visits: Any, broken: tuple[Broken, ...] = (), **subject: Any) -> Schedule:
    facts = {"actual": {"dose-1": Dated(MARCH_3)}} | subject
    return made_schedule(*visits, protocol=made_protocol(*VISITS), subject="S-1", broken=broken)._replace(
        subject=Subject("S-1", **facts)
    )


def around(id: str, target: date, **fields: Any) -> Any:
    """A visit with a window of a day before and after its target."""
    first, last = target.replace(day=target.day - 1), target.replace(day=target.day + 1)
    values = {"target": target, "window_start": first, "window_end": last, "reference": "dose-1"} | fields
    return made_visit(id, values.pop("on", None), **values)


def brief(found: tuple[Finding, ...]) -> list[tuple[str, str, int | None]]:
    return [(row.kind, row.visit, row.days_off) for row in found]


def test_overdue_the_day_after_the_window_closed():
    plan = schedule(around("dose-2", march(10)))
    assert brief(findings_of(plan, march(11))) == []
    assert brief(findings_of(plan, march(12))) == [("overdue", "dose-2", 1)]
    assert findings_of(plan, march(12))[0].message == (
        "not recorded as done; its window closed on Tue 2025-03-11, 1 d ago"
    )


def test_due_soon_up_to_and_with_the_last_day():
    plan = schedule(around("dose-2", march(10)))
    assert [brief(findings_of(plan, march(day), 7)) for day in (3, 4, 11)] == [
        [],
        [("due-soon", "dose-2", -7)],
        [("due-soon", "dose-2", 0)],
    ]
    assert findings_of(plan, march(11), 0)[0].message == (
        "not recorded as done; its window closes today, on Tue 2025-03-11"
    )


def test_a_booked_visit_is_undone_and_where_it_is_booked_is_told():
    plan = schedule(around("dose-2", march(10), status="booked", booked=march(14)))
    found = findings_of(plan, march(12))
    assert brief(found) == [("overdue", "dose-2", 1)]
    assert found[0].message.endswith("; booked on Fri 2025-03-14, after its window")


@pytest.mark.parametrize(
    ("visit", "reason"),
    [
        (made_visit("call", target=march(24), reference="dose-1"), "past-target"),
        (around("rescue", march(10)), "uncertain"),
        (around("biopsy", march(10)), "uncertain"),
        (around("scan", march(10)), "uncertain"),
        (around("dose-3", march(17), reference="end of unknown"), None),
        (around("dose-2", march(10), status="pending"), "no-date-yet"),
        (made_visit("dose-2", status="pending", latest=march(27)), "no-date-yet"),
        (made_visit("dose-2", status="pending", latest=march(28)), None),
        (made_visit("dose-2", status="pending"), None),
        (made_visit("dose-2", status="planned", latest=march(27)), "no-date-yet"),
        (around("dose-2", march(10), status="cancelled"), None),
    ],
)
def test_undone_visits_that_are_no_findings(visit, reason):
    looked = looked_at(schedule(visit), march(28))
    if visit.reference == "end of unknown":  # it hangs on the anchor in the end
        assert brief(looked.rows) == [("overdue", "dose-3", 10)]
        assert "counted from end of unknown, which is only planned" in looked.rows[0].message
    else:
        assert (looked.rows, dict(looked.reasons)) == ((), {reason: 1} if reason else {})


def test_nothing_is_overdue_while_the_anchor_has_no_date():
    looked = looked_at(schedule(around("dose-2", march(10)), actual={}), march(28))
    assert (looked.rows, dict(looked.reasons)) == ((), {"no-date-yet": 1})


def test_nothing_is_overdue_that_is_counted_from_a_date_known_in_part():
    plan = schedule(
        around("dose-3", march(10), reference="dose-2"), partly={"dose-2": Partly("2025-03", *[MARCH_3] * 2)}
    )
    assert dict(looked_at(plan, march(28)).reasons) == {"no-date-yet": 1}


def test_after_the_end_of_participation_nothing_is_overdue():
    plan = schedule(around("dose-2", march(10)))
    assert brief(looked_at(plan, march(28), None, Besides(ended=march(12))).rows) == [("overdue", "dose-2", 17)]
    assert dict(looked_at(plan, march(28), None, Besides(ended=march(11))).reasons) == {"ended": 1}


def test_missed_is_a_finding_and_skipped_or_cancelled_are_told():
    visits = [around(id, march(10), status=status) for id, status in
              (("dose-2", "missed"), ("dose-3", "skipped"), ("call", "cancelled"))]  # fmt: skip
    absent = {"dose-2": Absent("missed", "ill"), "dose-3": Absent("skipped", "ALT"), "call": Absent("cancelled")}
    looked = looked_at(schedule(*visits, absent=absent), march(10))
    assert [(row.kind, row.visit, row.message) for row in looked.rows] == [
        ("missed", "dose-2", "missed: ill"),
        ("not-judged", "dose-3", "skipped: ALT"),
        ("not-judged", "call", "cancelled"),
    ]
    assert dict(looked.reasons) == {"skipped": 1, "cancelled": 1}


def done(id: str, target: date, actual: date, **fields: Any) -> Any:
    return around(id, target, status="completed", actual=actual, **fields)


def test_done_within_out_of_and_without_a_window():
    late = Broken("window", "dose-2", "dose-1", march(12), march(9), march(11), 1, False, "±1 d", "dose-2 is late")
    visits = (
        made_visit("dose-1", status="completed", actual=MARCH_3, target=MARCH_3),
        done("dose-2", march(10), march(12)),
        done("dose-3", march(17), march(18), assumed={"window": "not stated"}),
        done("scan", march(10), march(10), reference="dose-9"),
        made_visit("call", status="completed"),
        made_visit("extra", status="completed", actual=march(20)),
    )
    actual = {"dose-1": Dated(MARCH_3), "dose-2": Dated(march(12)), "dose-3": Dated(march(18))}
    facts = {
        "partly": {"call": Partly("2025-03", MARCH_3, march(31))},
        "unscheduled": (Unscheduled("extra", Dated(march(20)), "rash"),),
        "reasons": {"dose-2": "bus broke down"},
        "reference_start": date(2025, 3, 10),
    }
    looked = looked_at(schedule(*visits, broken=(late,), actual=actual, **facts), march(28))
    assert [(row.kind, row.visit, row.days_off, row.assumed, row.sdtm_dy, row.message) for row in looked.rows] == [
        ("not-judged", "dose-1", None, False, -7, "no window is stated for it"),
        ("out-of-window", "dose-2", 1, False, 3, "dose-2 is late; noted: bus broke down"),
        ("within-window", "dose-3", 0, True, 9, "within its window"),
        ("not-judged", "scan", None, False, 1, "its window is counted from dose-9, which has no date of its own"),
        ("not-judged", "call", None, False, None, "the date is known in part only (2025-03)"),
        ("unscheduled", "extra", None, False, 11, "unscheduled: rash"),
    ]
    assert dict(looked.reasons) == {"no-window": 1, "no-reference": 1, "partial-date": 1, "unscheduled": 1}
    tally = Tally()
    tally.add("demo", looked)
    assert (tally.findings, tally.whole["judged"], tally.whole["late"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"booked": {"dose-1": Dated(MARCH_3)}}, "counted from dose-1, which is only booked"),
        ({"given": {"dose-1": Dated(MARCH_3)}}, "counted from dose-1, which is only given"),
        ({}, "counted from dose-1, which is only planned"),
        (
            {"given": {"dose-1": Dated(MARCH_3)}, "absent": {"dose-1": Absent("missed")}},
            "counted from the date of dose-1, which was not done",
        ),
    ],
)
def test_a_window_that_hangs_on_a_date_at_which_nothing_was_done_says_so(known, told):
    late = Broken("window", "dose-2", "dose-1", march(12), march(9), march(11), 1, False, "±1 d", "dose-2 is late")
    facts = {"reasons": {"dose-2": "bus broke down"}, "actual": {"dose-2": Dated(march(12))}, **known}
    (row,) = findings_of(schedule(done("dose-2", march(10), march(12)), broken=(late,), **facts), march(28))
    assert row.message == f"dose-2 is late; the window is {told}; noted: bus broke down"


def test_a_rule_is_a_finding_when_both_visits_are_done():
    broken = Broken("rule", "dose-2", "dose-1", march(12), march(9), march(10), 2, True, "2 d", "dose-2 is late")
    done_both = {"dose-1": Dated(MARCH_3), "dose-2": Dated(march(12))}
    row = done("dose-2", march(12), march(12))
    found = findings_of(schedule(row, broken=(broken,), actual=done_both), march(28))
    assert brief(found) == [("rule", "dose-2", 2)]
    assert (found[0].target, found[0].window_start, found[0].window_end) == (None, march(9), march(10))
    assert (found[0].reference, found[0].assumed, found[0].rests_on_assumption) == ("dose-1", True, True)
    planned = schedule(row, broken=(broken,), actual={"dose-2": Dated(march(12))}, booked={"dose-1": Dated(MARCH_3)})
    assert dict(looked_at(planned, march(28)).reasons) == {"open-rule": 1}


def test_sdtm_study_day_has_no_day_0():
    start = date(2014, 1, 2)
    days = [date(2013, 12, 26), date(2014, 1, 1), date(2014, 1, 2), date(2014, 1, 3)]
    assert [sdtm_day(day, start) for day in days] == [-7, -1, 1, 2]
    assert (sdtm_day(None, start), sdtm_day(start, None)) == (None, None)


# --- writers ----------------------------------------------------------------------------------------------------


def made_rows(count: int) -> list[Finding]:
    return [Finding("overdue", f"S-{n}", "dose-2", None, None, MARCH_3, None, n, "dose-1", n % 2 == 0, None, "x; y")
            for n in range(count)]  # fmt: skip


def test_csv_comes_in_pieces_and_with_plain_words():
    pieces = list(findings_csv(made_rows(2_500)))
    assert len(pieces) == 3
    read = list(csv.reader(b"".join(pieces).decode().splitlines()))
    assert len(read) == 2_501
    assert read[1] == ["overdue", "S-0", "dose-2", "", "", "2025-03-03", "", "0", "dose-1", "true", "", "x; y"]


def test_a_page_lists_so_many_and_says_how_many_more():
    tally = Tally()
    page = findings_text(made_rows(2 * MOST_LISTED + 3), tally, Page(MARCH_3, (), ()), width=80, colour=False)
    assert "Overdue: not recorded as done (1001)" in page
    assert "Overdue: not recorded as done, assumed windows (1002)" in page
    assert "and 2 more: --format csv has all" in page


def test_clock_times_stand_in_a_page_as_they_are():
    ten, nine = datetime(2025, 3, 8, 10), datetime(2025, 3, 8, 9)
    row = Finding(
        "rule", "S-1", "b", None, ten, None, nine, 0, "a", False, None, "b on x is 1 h 0 min too early: rule r"
    )
    page = findings_text([row], Tally(), Page(MARCH_3, (), ()), width=100, colour=False)
    assert "SAT 2025-03-08 09:00  by hours  from SAT 2025-03-08 10:00" in page


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_page(width):
    tally = Tally()
    rows = [*made_rows(40), *(row._replace(kind="missed", message="missed: no bus") for row in made_rows(3))]
    tally.add("demo", Looked(tuple(rows), Counter({"no-window": 12, "uncertain": 3})))
    page = Page(MARCH_3, (made_protocol(*VISITS),), (("Table", "visits.csv: 40 rows"),))
    text = findings_text(rows, tally, page, width=width, colour=False)
    assert max(map(len, text.splitlines())) <= width
    assert " 3 undone and past their windows; only some subjects have them" in " ".join(text.split())


# --- subjects' files --------------------------------------------------------------------------------------------


def subject_file(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"subject: {name}\n{text}")
    return path


def rows(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(ran.out.decode().splitlines()))


GC012F = """protocol: gc012f
rfstdtc: 2025-03-12
visits:
  lymphodepletion-1: {actual: 2025-03-05}
  lymphodepletion-2: {actual: 2025-03-06}
  lymphodepletion-3: {actual: 2025-03-07%s}
  infusion: {booked: 2025-03-10, actual: 2025-03-12%s, reason: product delayed}
"""


@pytest.mark.parametrize(
    ("clocks", "columns"),
    [
        # 48 to 72 h after 03-07, clock times unknown: 03-09 or 03-10 (design, section 4)
        (("", ""), ["2025-03-09", "2025-03-10", "2025-03-12", "2", "lymphodepletion-3", "false", "1"]),
        (
            (", end: 2025-03-07T16:30", "T10:00"),
            [
                "2025-03-09T16:30:00",
                "2025-03-10T16:30:00",
                "2025-03-12T10:00:00",
                "2",
                "lymphodepletion-3",
                "false",
                "1",
            ],
        ),
        (  # on the last day, an hour and a half late: no date is off, the clock is
            (", end: 2025-03-09T08:30", "T10:00"),
            [
                "2025-03-11T08:30:00",
                "2025-03-12T08:30:00",
                "2025-03-12T10:00:00",
                "0",
                "lymphodepletion-3",
                "false",
                "1",
            ],
        ),
    ],
)
def test_infusion_slips(tmp_path, clocks, columns):
    text = GC012F % clocks
    if clocks[0].endswith("08:30"):
        text = text.replace("actual: 2025-03-07,", "actual: 2025-03-09,")
    path = subject_file(tmp_path, "GC-001", text)
    ran = run("deviations", str(path), "--today", "2025-03-14", "--format", "csv")
    assert ran.code == 1
    (row,) = [row for row in rows(ran) if row["kind"] == "rule"]
    names = ("window_start", "window_end", "actual", "days_off", "reference", "assumed", "sdtm_dy")
    assert [row[name] for name in names] == columns
    assert (row["subject"], row["visit"], row["target"]) == ("GC-001", "infusion", "")
    assert row["message"].endswith("; noted: product delayed")
    if columns[3] == "0":
        assert "is 1 h 30 min too late" in row["message"]


def test_a_folder_of_subjects(tmp_path):
    subject_file(tmp_path, "GC-001", GC012F % ("", ""))
    visits = "  priming: {actual: 2025-02-26}\n  dose-1: {actual: 2025-03-01}\n  dose-2: {actual: 2025-03-06}\n"
    # dose 2 is on Day 4, 2025-03-04, ±1 d; dose 3 on Day 8 until 03-09; dose 4 on Day 11 until 03-12
    missed = "  dose-3: {status: missed, reason: ill}\n  dose-4: {status: skipped, reason: ill}\n"
    subject_file(tmp_path, "CC-001", f"protocol: cc312\nvisits:\n{visits}{missed}")
    ran = run("deviations", str(tmp_path), "--today", "2025-03-14", "--soon", "7d", "--format", "csv")
    assert ran.code == 1
    found = {(row["kind"], row["subject"], row["visit"], row["days_off"], row["assumed"]) for row in rows(ran)}
    assert found >= {
        ("rule", "GC-001", "infusion", "2", "false"),
        ("out-of-window", "CC-001", "dose-2", "1", "true"),
        ("missed", "CC-001", "dose-3", "", "true"),
        ("due-soon", "CC-001", "dose-5", "-2", "true"),
        ("due-soon", "CC-001", "dose-6", "-5", "true"),
    }
    assert not [row for row in rows(ran) if row["visit"] == "dose-4"]
    assert "no finding: 1 skipped: left out with a reason, not missed" in ran.err


def test_a_file_that_is_wrong_costs_the_others_nothing(tmp_path):
    subject_file(tmp_path, "GC-001", GC012F % ("", ""))
    subject_file(tmp_path, "GC-002", "protocol: gc012f\nvisits:\n  infusionn: {actual: 2025-03-12}\n")
    ran = run("deviations", str(tmp_path), "--today", "2025-03-14", "--format", "csv")
    assert (ran.code, len([row for row in rows(ran) if row["kind"] == "rule"])) == (1, 1)
    assert "infusionn" in ran.err
    assert "looked at: 1 subject; 1 file could not be read, as told above" in ran.err
