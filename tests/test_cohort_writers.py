"""A cohort as a table, bars, JSON, CSV and a calendar: from values made by hand, read back and compared."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar
from made_cohorts import (
    CONDITION,
    REVIEW,
    WAITS,
    day,
    dosed,
    faulty_cohort,
    made_cohort,
    to_come,
)

from trialcal.cohort import CohortPlan, ReviewRow
from trialcal.writers.cohort_calendar import cohort_calendar
from trialcal.writers.cohort_rows import cohort_csv, cohort_json
from trialcal.writers.cohort_table import cohort_text

NOW = datetime(2025, 4, 20, 8, 30, tzinfo=UTC)
PEOPLE = "trialcal says what the calendar rules allow; people assess toxicities and release doses."


def text(plan: CohortPlan, width: int = 100) -> str:
    return cohort_text(plan, width=width, colour=False)


def section(plan: CohortPlan, title: str, width: int = 100) -> list[str]:
    """The lines of a section of the page."""
    lines = text(plan, width).splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"── {title}"))
    rest = lines[at + 1 :]
    ends = [n for n, line in enumerate(rest) if line.startswith("── ")]
    return [line for line in rest[: ends[0] if ends else None] if line]


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_head():
    head = text(made_cohort()).splitlines()
    assert head[0] == "Cohort GC first group as of SUN 2025-04-20"
    assert "Protocol    gc012f: GC012F" in head
    assert "From        registry record NCT00000000, updated 2025-01-01 (not the protocol itself)" in head
    assert "Dose group  3 x 10^5/kg" in head
    assert "Site        Site 7" in head
    assert "Subjects    4: 1 with complete DLT observation, 2 in DLT observation, 1 to come" in head
    assert "DLT         0 yes, 0 none, 3 not yet assessed (of those dosed)" in head
    assert "Result      no findings" in head
    assert text(made_cohort()).count(PEOPLE) == 1


def test_where_each_subject_stands():
    lines = section(made_cohort(), "Where each subject stands")
    assert re.split(r" {2,}", lines[0]) == [
        "Subject",
        "Place",
        "Lymphodepletion 1",
        "GC012F infusion",
        "DLT observation until",
        "DLT",
    ]
    rows = [re.split(r" {2,}", line) for line in lines if line.startswith("GC-")]
    assert rows == [
        ["GC-001", "1", "Wed 2025-03-05", "Mon 2025-03-10", "Mon 2025-04-07", "not yet assessed"],
        ["GC-002", "2", "Wed 2025-03-19", "Mon 2025-03-24", "Mon 2025-04-21", "not yet assessed"],
        ["GC-003", "3", "Wed 2025-04-02", "Mon 2025-04-07", "Mon 2025-05-05", "not yet assessed"],
        ["GC-004", "4", "(Thu 2025-05-08)", "(Tue 2025-05-13)", "(Tue 2025-06-10)", "to come"],
    ]
    what = "waits for DLT observation, assessment of DLT, a review, a release decision"
    assert any(what in line for line in lines)
    assert lines[-1].startswith("In brackets: not recorded as done; of those to come, the earliest date")


@pytest.mark.parametrize(("dlt", "told"), [("none", "none"), ("yes", "yes"), ("not-assessed", "not yet assessed")])
def test_an_assessment_that_is_missing_is_no_none(dlt, told):
    lines = section(made_cohort(dosed("GC-001", 1, "03-10", dlt=dlt)), "Where each subject stands")
    assert re.split(r" {2,}", lines[2])[-1] == told


def test_rows_without_dates():
    missing = {"commits": None, "first_dose": None, "observed_until": None, "complete_from": None, "position": None}
    missing |= {"commits_is_actual": False, "first_dose_is_actual": False, "told": "out before the first dose"}
    row = dosed("GC-001", 1, "03-10", state="withdrawn")._replace(**missing)
    lines = section(made_cohort(row), "Where")
    assert re.split(r" {2,}", lines[2]) == ["GC-001", "–", "no date", "no date", "no date", "–"]
    assert lines[3].strip() == "out before the first dose"


def test_a_date_that_the_subjects_file_states_is_told_as_such():
    rows = (dosed("GC-001", 1, "03-10"), to_come("GC-002", 2, "05-08", is_stated=True))
    lines = section(made_cohort(*rows), "Where each subject stands")
    at = next(n for n, line in enumerate(lines) if line.startswith("GC-002"))
    assert re.split(r" {2,}", lines[at])[2:4] == ["Thu 2025-05-08", "Tue 2025-05-13"]
    assert lines[at + 1].split() == ["stated", "stated", "stated"]
    assert lines[-1] == "Stated: still to come, on the date that the subject's own file says."


def test_the_next_gate_is_a_chain_each_link_once():
    lines = section(made_cohort(), "The next gate")
    assert " ".join(lines[:2]) == (
        "GC-004, place 4 in dose group 3 x 10^5/kg: the gate (SMC before the fourth) opens on Thu 2025-05-08 "
        "at the earliest; then Lymphodepletion 1 on Thu 2025-05-08, GC012F infusion on Tue 2025-05-13"
    )
    numbered = [re.split(r" {2,}", line) for line in lines if re.match(r"\d\.", line)]
    assert numbered == [
        ["1.", "DLT observation of GC-001, GC-002 and GC-003", "still waits"],
        ["2.", "DLT not yet assessed: GC-001, GC-002, GC-003", "still waits"],
        ["3.", "SMC review, on Wed 2025-05-07 at the earliest", "still waits"],
        ["4.", "release decision by SMC not recorded (assumed)", "still waits"],
    ]
    assert [line.strip() for line in lines if line.strip().startswith("open from")] == [
        "open from Tue 2025-05-06",
        "open from Thu 2025-05-08",
    ]
    assert any("waits for people: no calendar can tell when it is done" in line for line in lines)


def test_what_is_over_is_open_since():
    done = tuple(wait._replace(holds=False, since=day("04-10")) for wait in WAITS)
    order = WAITS[0]._replace(kind="order", told="the order of dosing")
    plan = made_cohort(to_come("GC-004", 4, "04-20", waits=(*done, order)))
    assert ("Gate GC-004 is open", day("04-20"), day("04-21"), "CONFIRMED") in events(plan)
    lines = section(made_cohort(to_come("GC-004", 4, "04-20", waits=done)), "The next gate")
    assert "the gate (SMC before the fourth) is open since Sun 2025-04-20; then" in " ".join(lines[:2])
    assert sum("open since Thu 2025-04-10" in line for line in lines) == 4
    assert not any("still waits" in line or "waits for people" in line for line in lines)


def test_those_who_wait_for_the_same_are_told_together():
    order = WAITS[0]._replace(kind="order", rule="subjects", told="the order of dosing: GC-004 is dosed before")
    more = WAITS[0]._replace(told="DLT observation of GC-004")
    rows = (
        dosed("GC-001", 1, "03-10"),
        to_come("GC-004", 4, "05-08"),
        to_come("GC-005", 5, "05-08", waits=(*WAITS, order)),
        to_come("GC-006", 6, "05-08", waits=WAITS),
        to_come("GC-007", 7, "07-08", waits=(*WAITS, more)),
    )
    plan = made_cohort(*rows)
    assert plan.next_gate is not None
    gate = plan.next_gate._replace(subject="GC-004", position=4, opens=day("05-08"), waits=WAITS)
    lines = section(replace(plan, next_gate=gate), "What those after it wait for")
    assert [line for line in lines if line.startswith("GC-")] == [
        "GC-005, GC-006: all that GC-004 waits for",
        "GC-007: all that GC-004 waits for and what follows",
    ]
    assert [re.split(r" {2,}", line)[1] for line in lines if re.match(r"\d\.", line)] == ["DLT observation of GC-004"]


def test_reviews_and_outcomes():
    lines = section(made_cohort(), "Reviews")
    assert re.split(r" {2,}", lines[2])[:2] == ["SMC review", "(Wed 2025-05-07)"]
    assert [line.strip() for line in lines[3:]] == [
        "about GC-001, GC-002, GC-003",
        "assesses: SMC; decides: investigator and partner",
    ]
    held = ReviewRow(REVIEW, "dl-1", ("GC-001",), day("05-07"), day("05-07"), "held on Wed 2025-05-07")
    assert re.split(r" {2,}", section(replace(made_cohort(), reviews=(held,)), "Reviews")[2])[1] == "Wed 2025-05-07"
    lines = section(made_cohort(), "What each outcome leads to")
    assert lines[0] == "3 x 10^5/kg: 3 of 3 evaluable subjects dosed; 0 assessed, 0 with a DLT"
    assert [re.split(r" {2,}", line) for line in lines[3:]] == [
        ["0 DLTs of 3", "3 more subjects in 3 x 10^5/kg"],
        ["1 DLT of 3", "3 more subjects in 3 x 10^5/kg"],
        ["2 DLTs of 3", "people discuss and decide (investigator and partner)"],
        ["3 DLTs of 3", "people discuss and decide (investigator and partner)"],
    ]


def test_findings_stand_first_and_those_against_assumptions_apart():
    page = text(faulty_cohort())
    assert "Result      2 findings, told below" in page
    own, apart = page.index("── Findings ─"), page.index("── Findings against what is only assumed")
    assert own < page.index("12 d before Mon 2025-03-24") < apart < page.index("13 evaluable subjects")
    assert "warning: GC-001: `none` was assessed too early" in page
    assert "(assess it then)" in page


def test_what_is_assumed_stands_apart_and_once():
    lines = section(made_cohort(), "What is assumed")
    assert lines == [
        "The dates to come rest on this:",
        f"· {CONDITION}",
        "· the site's own rule",
        "By the protocol's file (confirm against the protocol):",
        "· escalation, when the observation is complete: the record does not say whether the last day counts",
        "· dose group dl-1, subjects: the record says about 12",
        "· decision three-one; decision any-two: the usual table",
    ]


@pytest.mark.parametrize("width", [60, 80, 100, 128, 140, 200])
def test_no_line_is_wider_than_the_page(width):
    rows = [dosed(f"GC-{n:03d}", n, f"{3 + n // 4:02d}-{1 + 7 * (n % 4):02d}") for n in range(1, 17)]
    for plan in (made_cohort(), faulty_cohort(), made_cohort(*rows, to_come("", 17, "12-01"))):
        lines = text(plan, width).splitlines()
        assert max(map(len, lines)) <= width
        assert "\x1b" not in text(plan, width)


def test_two_dose_groups_and_a_wide_page():
    rows = (dosed("GC-001", 1, "03-10"), dosed("GC-002", 1, "03-24", group="dose group 2"))
    lines = section(made_cohort(*rows), "Where each subject stands", 140)
    assert [re.split(r" {2,}", line)[:4] for line in lines if line.startswith("GC-")] == [
        ["GC-001", "3 x 10^5/kg", "1", "Wed 2025-03-05"],
        ["GC-002", "dose group 2", "1", "Wed 2025-03-19"],
    ]
    assert re.split(r" {2,}", lines[0])[-1] == "What"
    assert lines[2].endswith("not yet assessed  in DLT observation until")
    last = made_cohort(dosed("GC-001", 1, "03-10"), to_come("GC-002", 4, "05-08"))
    assert last.next_gate is not None
    gate = replace(last, next_gate=last.next_gate._replace(group="dose group 2"))
    assert section(gate, "The next gate")[0].startswith("GC-002, place 4 in dose group 2: the gate")


@pytest.mark.parametrize("width", [60, 66, 72, 80, 88, 96, 104])
def test_no_date_is_broken_on_a_narrow_page(width):
    """Two dose groups, and dates of two years: the widest table that there is."""
    late = to_come("GC-005", 1, "05-08", group="dl-2", first_dose=date(2026, 1, 2), observed_until=date(2026, 1, 30))
    page = text(made_cohort(dosed("GC-001", 1, "03-10"), to_come("GC-004", 4, "05-08"), late), width)
    lines = section(made_cohort(dosed("GC-001", 1, "03-10"), to_come("GC-004", 4, "05-08"), late), "Where", width)
    first, last = (next(line for line in lines if line.startswith(name)) for name in ("GC-001", "GC-005"))
    assert re.search(r"Mon (2025-03-10|10 Mar)", first)
    assert re.search(r"\(Fri (2026-01-02|2 Jan 2026)\)", last)
    assert re.search(r"\(Fri (2026-01-30|30 Jan 2026)\)", last)
    assert max(map(len, page.splitlines())) <= width


def test_colour_only_where_it_is_asked_for():
    coloured = cohort_text(faulty_cohort(), width=100, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == text(faulty_cohort()).split()


def with_one_step(plan: CohortPlan) -> CohortPlan:
    """The same where the first dose is the first step that commits, as CC312's priming dose."""
    protocol = plan.cohort.protocol
    assert protocol.escalation is not None
    rules = replace(protocol.escalation, commits="infusion")
    rows = tuple(row._replace(commits=row.first_dose) for row in plan.rows)
    return replace(plan, rows=rows, cohort=replace(plan.cohort, protocol=replace(protocol, escalation=rules)))


def test_a_dose_that_is_the_first_step_stands_once():
    plan = with_one_step(made_cohort())
    lines = section(plan, "Where each subject stands")
    assert re.split(r" {2,}", lines[0]) == ["Subject", "Place", "GC012F infusion", "DLT observation until", "DLT"]
    assert re.split(r" {2,}", lines[2])[:4] == ["GC-001", "1", "Mon 2025-03-10", "Mon 2025-04-07"]
    assert "; then GC012F infusion on Tue 2025-05-13" in " ".join(section(plan, "The next gate")[:2])
    assert len(events(plan)) == len(events(made_cohort())) - 4
    assert not any("Lymphodepletion" in line for line in section(plan, "Bars"))


# --- bars -----------------------------------------------------------------------------------------------------------


def test_bars_over_calendar_weeks():
    """The axis begins on Mon 2025-03-03, each column is a day: GC-001 commits in column 2, is dosed in column 7."""
    lines = section(made_cohort(), "Bars", 140)
    drawn = {line[:10].strip(): line[12:] for line in lines if line[:10].strip()}
    first = date(2025, 3, 3)
    assert lines[1].split()[:3] == ["Subject", "3", "10"]

    def sign(name: str, on: str) -> str:
        return drawn[name][(day(on) - first).days]

    assert [sign("GC-001", on) for on in ("03-04", "03-05", "03-06", "03-10", "04-07")] == [" ", "●", "═", "■", "┤"]
    assert [sign("GC-003", on) for on in ("04-02", "04-07", "04-18", "05-05")] == ["●", "■", "─", "┤"]
    assert [sign("GC-004", on) for on in ("05-08", "05-09", "05-13", "05-14", "06-10")] == ["○", "┈", "□", "┄", "┄"]
    assert [sign(name, "04-20") for name in ("GC-001", "GC-002", "GC-003", "GC-004")] == ["¦", "┼", "┼", "¦"]
    assert [sign("SMC review", on) for on in ("05-06", "05-07")] == [" ", "△"]
    legend = " ".join(lines)
    assert "¦ Sun 2025-04-20, the day of looking" in legend
    assert "□ GC012F infusion, to come" in legend
    assert "gate opens" not in legend  # its sign is under that of the first step


def test_a_gate_before_the_first_step_is_drawn():
    """The gate opens on a Saturday, and the first step is on the Monday after it."""
    row = to_come("GC-004", 4, "05-10", commits=day("05-12"), first_dose=day("05-17"))
    lines = section(made_cohort(row), "Bars")
    assert any("▹" in line and "○" in line for line in lines)
    assert any("▹ gate opens" in line for line in lines)


def test_an_observation_is_never_cut():
    """Seven months lie between the two: they are cut out, and the 27 days inside the observation are all there."""
    late = replace(made_cohort(), today=day("03-11"))
    rows = (dosed("GC-001", 1, "03-10"), to_come("GC-002", 2, "11-10"))
    lines = section(replace(late, rows=rows, reviews=()), "Bars", 100)
    assert any("┊ days left out" in line for line in lines)
    first = next(line for line in lines if line.startswith("GC-001"))
    bar = first[first.index("■") + 1 : first.index("┤")]
    assert set(bar) <= set("─╌┼")
    assert len(bar) == 27


def test_no_bars_without_dates():
    missing = {"commits": None, "first_dose": None, "observed_until": None, "state": "no-place"}
    page = text(made_cohort(dosed("GC-001", 1, "03-10", **missing)))
    assert "── Bars" not in page


# --- JSON and CSV ---------------------------------------------------------------------------------------------------


def test_json():
    found = json.loads(cohort_json(made_cohort()))
    assert list(found) == [
        *("schema", "today", "protocol", "cohort", "site", "subjects", "groups", "reviews", "next_gate"),
        *("findings", "problems", "assumed", "protocol_assumed"),
    ]
    assert (found["schema"], found["today"], found["cohort"]) == (
        "trialcal.cohort/1",
        "2025-04-20",
        "GC first group",
    )
    assert found["protocol"]["source"].endswith("(not the protocol itself)")
    first = found["subjects"][0]
    assert first == {
        "subject": "GC-001",
        "group": "dl-1",
        "position": 1,
        "state": "complete",
        "gate": None,
        "commits": "2025-03-05",
        "commits_is_actual": True,
        "first_dose": "2025-03-10",
        "first_dose_is_actual": True,
        "is_stated": False,
        "observed_until": "2025-04-07",
        "complete_from": "2025-04-08",
        "dlt": "not-assessed",
        "told": "DLT observation complete since Tue 2025-04-08",
        "waits": [],
        "assumed": [],
    }
    last = found["subjects"][3]
    assert (last["gate"], last["first_dose"], last["observed_until"]) == ("2025-05-08", "2025-05-13", "2025-06-10")
    assert last["waits"][1] == {
        "kind": "assessment",
        "rule": "decisions",
        "told": "DLT not yet assessed: GC-001, GC-002, GC-003",
        "since": None,
        "holds": True,
        "assumed": None,
    }
    assert last["assumed"] == [CONDITION]
    group = found["groups"][0]
    assert (group["dosed"], group["assessed"], group["of"]) == (3, 0, 3)
    assert [(each["dlts"], each["then"]) for each in group["outcomes"]] == [
        (0, "add"),
        (1, "add"),
        (2, "discuss"),
        (3, "discuss"),
    ]
    review = found["reviews"][0]
    assert (review["review"], review["earliest"], review["held"]) == ("smc", "2025-05-07", None)
    assert found["next_gate"]["gates"] == ["fourth"]
    assert found["next_gate"]["opens"] == "2025-05-08"
    assert found["assumed"] == [CONDITION]
    assert found["protocol_assumed"] == [
        {
            "entry": "escalation",
            "field": "complete",
            "why": "the record does not say whether the last day counts",
        },
        {"entry": "dose group dl-1", "field": "subjects", "why": "the record says about 12"},
        {"entry": "decision three-one", "field": None, "why": "the usual table"},
        {"entry": "decision any-two", "field": None, "why": "the usual table"},
    ]


def test_json_of_findings():
    found = json.loads(cohort_json(faulty_cohort()))
    early = found["findings"][0]
    assert (early["earliest"], early["actual"], early["days_off"]) == ("2025-03-24", "2025-03-12", -12)
    assert [each["assumed"] for each in found["findings"]] == [False, True]
    assert found["problems"] == [
        {
            "level": "warning",
            "code": "dlt-too-early",
            "message": "GC-001: `none` was assessed too early",
            "hint": "assess it then",
        }
    ]


def test_json_of_the_place_of_nobody():
    plan = made_cohort(dosed("GC-001", 1, "03-10"), to_come("", 2, "05-08"))
    found = json.loads(cohort_json(replace(plan, next_gate=None)))
    assert (found["subjects"][1]["subject"], found["subjects"][1]["state"]) == (None, "next")
    assert found["next_gate"] is None


def test_csv():
    rows = list(csv.DictReader(io.StringIO(cohort_csv(made_cohort()), newline="")))
    assert [row["subject"] for row in rows] == ["GC-001", "GC-002", "GC-003", "GC-004"]
    assert [row["observed_until"] for row in rows] == ["2025-04-07", "2025-04-21", "2025-05-05", "2025-06-10"]
    assert [row["first_dose_is_actual"] for row in rows] == ["true", "true", "true", "false"]
    assert (rows[0]["gate"], rows[0]["dlt"], rows[3]["assumed"]) == ("", "not-assessed", CONDITION)
    assert "waits" not in rows[0]
    assert "\r\n" in cohort_csv(made_cohort())


# --- the calendar ---------------------------------------------------------------------------------------------------


def events(plan: CohortPlan) -> list[tuple[str, date, date, str]]:
    calendar = Calendar.from_ical(cohort_calendar(plan, now=NOW))
    return [
        (str(each["SUMMARY"]), each["DTSTART"].dt, each["DTEND"].dt, str(each["STATUS"]))
        for each in calendar.walk("VEVENT")
    ]


def uids(plan: CohortPlan) -> dict[str, str]:
    calendar = Calendar.from_ical(cohort_calendar(plan, now=NOW))
    return {str(each["SUMMARY"]): str(each["UID"]) for each in calendar.walk("VEVENT")}


def test_the_events_of_a_cohort():
    found = events(made_cohort())
    assert len(found) == 3 * 3 + 4 + 1
    assert ("Lymphodepletion 1 GC-001", day("03-05"), day("03-06"), "CONFIRMED") in found
    assert ("GC012F infusion GC-001", day("03-10"), day("03-11"), "CONFIRMED") in found
    assert ("DLT observation GC-001", day("03-10"), day("04-08"), "CONFIRMED") in found  # the end is exclusive
    assert found[-5:] == [
        ("SMC review, at the earliest", day("05-07"), day("05-08"), "TENTATIVE"),
        *sorted(
            [
                ("Gate GC-004 opens at the earliest", day("05-08"), day("05-09"), "TENTATIVE"),
                ("Lymphodepletion 1 GC-004", day("05-08"), day("05-09"), "TENTATIVE"),
            ],
            key=lambda each: uids(made_cohort())[each[0]],
        ),
        *sorted(
            [
                ("GC012F infusion GC-004", day("05-13"), day("05-14"), "TENTATIVE"),
                ("DLT observation GC-004", day("05-13"), day("06-11"), "TENTATIVE"),
            ],
            key=lambda each: uids(made_cohort())[each[0]],
        ),
    ]


def test_events_block_no_day_and_tell_the_chain():
    calendar = Calendar.from_ical(cohort_calendar(made_cohort(), now=NOW))
    gate = next(each for each in calendar.walk("VEVENT") if str(each["SUMMARY"]).startswith("Gate"))
    assert (str(gate["TRANSP"]), gate["DTSTAMP"].dt) == ("TRANSPARENT", NOW)
    told = str(gate["DESCRIPTION"])
    assert "1. DLT observation of GC-001, GC-002 and GC-003: still waits, open from Tue 2025-05-06" in told
    assert "4. release decision by SMC not recorded: still waits (assumed: the site's own rule)" in told
    assert CONDITION in told
    assert PEOPLE in told
    assert "registry record NCT00000000" in told
    assert (
        "Assumed (escalation, when the observation is complete): the record does not say whether the last day counts"
        in told
    )
    review = next(each for each in calendar.walk("VEVENT") if "review" in str(each["SUMMARY"]))
    assert "Assesses: SMC" in str(review["DESCRIPTION"])
    assert str(calendar["NAME"]) == "gc012f cohort GC first group"
    assert f"The dates to come rest on: {CONDITION}" in str(calendar["DESCRIPTION"])


def test_uids_stay_when_dates_move():
    moved = made_cohort(dosed("GC-001", 1, "03-11"), to_come("GC-004", 4, "06-12"))
    before, after = uids(made_cohort()), uids(moved)
    assert all(before[title] == uid for title, uid in after.items())
    assert len(set(before.values())) == len(before)
    other = made_cohort()
    other = replace(other, cohort=replace(other.cohort, name="another"))
    assert not set(uids(other).values()) & set(before.values())


def test_a_held_review_is_confirmed_and_a_calendar_is_the_same_twice():
    held = ReviewRow(REVIEW, "dl-1", (), day("05-07"), day("05-07"), "held on Wed 2025-05-07")
    plan = replace(made_cohort(), reviews=(held,))
    assert ("SMC review", day("05-07"), day("05-08"), "CONFIRMED") in events(plan)
    assert cohort_calendar(plan, now=NOW) == cohort_calendar(plan, now=NOW)


def test_a_subject_without_dates_is_named_in_the_calendar():
    missing = {"commits": None, "first_dose": None, "observed_until": None, "gate": None, "state": "no-place"}
    plan = made_cohort(dosed("GC-001", 1, "03-10"), to_come("GC-014", 13, "05-08")._replace(**missing))
    assert not any("GC-014" in title for title, *_ in events(plan))
    assert "not in this calendar: GC-014" in str(Calendar.from_ical(cohort_calendar(plan, now=NOW))["DESCRIPTION"])
