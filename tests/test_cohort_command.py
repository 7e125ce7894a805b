"""`trialcal cohort`: from subjects' files to where a cohort stands, with dates worked by hand.

The protocol is GC012F as it comes with trialcal; its rules across subjects are stated here, so that the dates do not
hang on what its file says of them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from command import run
from icalendar import Calendar
from pages import blocks

import trialcal.cli.cohorts as command
from trialcal.days import Duration
from trialcal.escalation import Counts, Decision, DoseGroup, Escalation, Gate, Positions, Review, Stagger
from trialcal.site import Weekdays

TODAY = ("--today", "2025-04-20")
INFUSIONS = {"GC-001": "2025-03-10", "GC-002": "2025-03-24", "GC-003": "2025-04-07"}
WEDNESDAYS = Weekdays(frozenset([2]), "Wed")
RULES = Escalation(
    "lymphodepletion-1",
    "infusion",
    "dlt",
    "the-day-after",
    groups=(DoseGroup("dl-1", "3 x 10^5/kg", Counts(12, 12)), DoseGroup("spare", "2 x 10^5/kg", spare=True)),
    reviews=(Review("smc", "SMC review", 3, "the-day-after", meets=(WEDNESDAYS,)),),
    gates=(Gate("fourth", "SMC before the fourth", Positions(4, None), "smc"),),
    staggers=(Stagger("sentinel", Positions(2, 2), 1, Duration(14, "days"), "on-the-last-day"),),
    decisions=(
        Decision("any-two", None, Counts(2, None), "discuss"),
        Decision("three", 3, Counts(0, 1), "add", 3),
        Decision("six", 6, Counts(0, 1), "add", 6),
    ),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "gc").mkdir()
    return tmp_path / "gc"


def stated(monkeypatch, rules=RULES):
    """Let the protocol state these rules across subjects."""
    read = command.load_cohort

    def with_rules(*arguments):
        found = read(*arguments)
        if found.found is None:
            return found
        protocol = replace(found.found.protocol, escalation=rules)
        return found._replace(found=found.found._replace(protocol=protocol))

    monkeypatch.setattr(command, "load_cohort", with_rules)


def infused(folder, name, on, protocol="gc012f"):
    """Write the file of a subject whose cells were infused on a day, lymphodepletion on Days -5 to -3 before it."""
    day = date.fromisoformat(on).toordinal()
    visits = {f"lymphodepletion-{n}": date.fromordinal(day - 6 + n).isoformat() for n in (1, 2, 3)} | {"infusion": on}
    lines = [f"  {visit}: {{actual: {actual}}}" for visit, actual in visits.items()]
    text = "\n".join([f"subject: {name}", f"protocol: {protocol}", "visits:", *lines])
    (folder / f"{name}.yaml").write_text(f"{text}\n", encoding="utf-8")


@pytest.fixture
def cohort(folder, monkeypatch):
    """Three infused on 2025-03-10, 03-24 and 04-07."""
    stated(monkeypatch)
    for name, on in INFUSIONS.items():
        infused(folder, name, on)
    return folder


def rows(*arguments):
    done = run("cohort", *arguments, "--format", "json")
    return done.code, {row["subject"]: row for row in json.loads(done.out)["subjects"]}


# --- GC012F, by hand ------------------------------------------------------------------------------------------------


def test_the_last_days_of_dlt_observation_are_28_days_after_the_infusion(cohort):
    code, found = rows("gc", *TODAY)
    assert code == 0
    assert {name: row["observed_until"] for name, row in found.items() if name} == {
        "GC-001": "2025-04-07",
        "GC-002": "2025-04-21",
        "GC-003": "2025-05-05",
    }
    assert [found[name]["state"] for name in INFUSIONS] == ["complete", "in-observation", "in-observation"]
    assert {found[name]["dlt"] for name in INFUSIONS} == {"not-assessed"}


def test_the_review_and_the_gate_of_the_fourth(cohort):
    """The last observation ends on Mon 05-05; the SMC may meet from Tue on, on Wed 05-07; the gate opens on Thu."""
    done = run("cohort", "gc", *TODAY, "--format", "json")
    found = json.loads(done.out)
    assert [(each["review"], each["earliest"]) for each in found["reviews"]] == [("smc", "2025-05-07")]
    assert found["next_gate"]["gates"] == ["fourth"]
    assert found["next_gate"]["opens"] == "2025-05-08"
    fourth = found["subjects"][3]
    assert (fourth["position"], fourth["gate"], fourth["commits"]) == (4, "2025-05-08", "2025-05-08")
    assert fourth["first_dose"] == "2025-05-13"  # 5 days after the first lymphodepletion
    assert fourth["observed_until"] == "2025-06-10"


def test_the_table(cohort):
    done = run("cohort", "gc", *TODAY)
    page = done.out.decode()
    assert done.code == 0
    assert "Cohort gc as of SUN 2025-04-20" in page
    assert "Tue 2025-05-13" in page
    assert "(not the protocol itself)" in page
    assert "people assess toxicities and release doses" in page
    assert done.err.splitlines()[0] == "as of Sun 2025-04-20"


def test_here_is_the_folder_where_none_is_named(cohort, monkeypatch):
    monkeypatch.chdir(cohort)
    assert run("cohort", *TODAY).code == 0


def test_a_stagger_that_was_not_kept_is_a_finding(folder, monkeypatch):
    stated(monkeypatch)
    infused(folder, "GC-001", "2025-03-10")
    infused(folder, "GC-002", "2025-03-23")
    done = run("cohort", "gc", *TODAY, "--format", "json")
    found = json.loads(done.out)["findings"]
    assert done.code == 1
    assert [(each["kind"], each["subject"], each["earliest"], each["days_off"]) for each in found] == [
        ("stagger", "GC-002", "2025-03-24", -1)
    ]
    assert "finding: GC-002" in done.err
    page = run("cohort", "gc", *TODAY)
    assert page.code == 1
    assert "Result      1 finding, told below" in page.out.decode()


def test_a_subject_who_was_not_yet_dosed_gets_the_place(cohort):
    (cohort / "GC-004.yaml").write_text("subject: GC-004\nprotocol: gc012f\n", encoding="utf-8")
    _, found = rows("gc", *TODAY)
    assert (found["GC-004"]["state"], found["GC-004"]["first_dose"]) == ("screening", "2025-05-13")


def test_gc012f_as_it_comes(folder):
    """The record: after the first three have all completed the 28 days, the SMC assesses, on any day from then on."""
    for name, on in INFUSIONS.items():
        infused(folder, name, on)
    done = run("cohort", "gc", *TODAY, "--format", "json")
    found = json.loads(done.out)
    assert [row["observed_until"] for row in found["subjects"][:3]] == ["2025-04-07", "2025-04-21", "2025-05-05"]
    assert (found["reviews"][0]["review"], found["reviews"][0]["earliest"]) == ("smc-first-3", "2025-05-06")
    assert done.code == 0


# --- forms ----------------------------------------------------------------------------------------------------------


def test_the_calendar(cohort, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1745137800")
    done = run("cohort", "gc", *TODAY, "-o", "cohort.ics")
    assert done.code == 0
    assert "written: cohort.ics" in done.err
    assert "source: registry record NCT07086404" in done.err
    data = (cohort.parent / "cohort.ics").read_bytes()
    found = {str(each["SUMMARY"]): each for each in Calendar.from_ical(data).walk("VEVENT")}
    assert found["DLT observation GC-003"]["DTEND"].dt == date(2025, 5, 6)
    assert found["SMC review, at the earliest"]["DTSTART"].dt == date(2025, 5, 7)
    assert found["Gate next subject opens at the earliest"]["STATUS"] == "TENTATIVE"
    run("cohort", "gc", *TODAY, "-o", "again.ics")
    assert (cohort.parent / "again.ics").read_bytes() == data


@pytest.mark.parametrize(
    ("suffix", "begin"),
    [("json", b'{\n  "schema": "trialcal.cohort/1"'), ("csv", b"subject,"), ("txt", b"Cohort gc")],
)
def test_the_form_by_the_suffix(cohort, suffix, begin):
    assert run("cohort", "gc", *TODAY, "--output", f"it.{suffix}").code == 0
    assert (cohort.parent / f"it.{suffix}").read_bytes().startswith(begin)


def test_wrong_usage(cohort):
    done = run("cohort", "gc", "--output", "it.xls")
    assert (done.code, done.out) == (2, b"")
    assert "the suffix does not say the form" in done.err
    assert run("cohort", "gc", "--today", "tomorrow").code == 2
    done = run("cohort", "nowhere")
    assert done.code == 2
    assert "no such file" in done.err


# --- what a protocol lacks ------------------------------------------------------------------------------------------


def after(text, line):
    """The lines after one of them, as a text."""
    lines = text.splitlines()
    return "\n".join(lines[lines.index(line) + 1 :])


def test_a_protocol_without_a_dlt_period(folder):
    """CC312 as it comes with trialcal: its record states none."""
    (folder / "CC-001.yaml").write_text("subject: CC-001\nprotocol: cc312\n", encoding="utf-8")
    done = run("cohort", "gc", *TODAY)
    assert (done.code, done.out) == (1, b"")
    assert done.err.startswith("error: cc312 states no DLT period")
    assert after(done.err, "") == (
        "extends: cc312\n"
        "id: cc312-site\n"
        "periods:\n"
        "  dlt:\n"
        "    name: DLT observation\n"
        "    from: priming\n"
        "    until: N d after priming\n"
        "escalation:\n"
        "  dlt_period: dlt\n"
        "  complete: the day after   # or: on the last day"
    )


def test_a_protocol_that_does_not_say_when_the_observation_is_complete(folder, monkeypatch):
    stated(monkeypatch, Escalation("lymphodepletion-1", "infusion", "dlt"))
    infused(folder, "GC-001", "2025-03-10")
    done = run("cohort", "gc", *TODAY)
    assert done.code == 1
    assert after(done.err, "") == (
        "extends: gc012f\nid: gc012f-site\nescalation:\n  complete: the day after   # or: on the last day"
    )


def test_a_protocol_that_says_nothing_of_its_subjects_together(folder):
    (folder / "LZ-001.yaml").write_text("subject: LZ-001\nprotocol: lzzt\n", encoding="utf-8")
    done = run("cohort", "gc", *TODAY)
    assert (done.code, done.out) == (1, b"")
    assert "lzzt does not say what binds its subjects to each other:" in done.err
    for key in ("extends: lzzt", "escalation:", "  commits: VISIT", "  first_dose: FIRST_DOSE", "dose_groups:"):
        assert key in done.err


def test_a_plan_of_a_subject_that_cannot_hold_is_told(cohort):
    """Lymphodepletion ends on 04-29, and the infusion is given for 05-20: more than 72 hours later."""
    text = "subject: GC-004\nprotocol: gc012f\ngiven: {lymphodepletion-3: 2025-04-29, infusion: 2025-05-20}\n"
    (cohort / "GC-004.yaml").write_text(text, encoding="utf-8")
    done = run("cohort", "gc", *TODAY)
    assert "warning: GC-004: not everything in its own plan can hold" in done.err
    assert "trialcal plan gc/GC-004.yaml --format table" in done.err


STUDY = """id: demo
title: Demo
study_day: {anchor: dose, number: 0}
start: dose
visits:
  priming: {name: Priming, type: dose, at: Day -3}
  dose: {name: Dose, type: dose, at: Day 0}
escalation:
  commits: priming
  first_dose: priming
"""


def test_what_is_printed_is_ready_to_be_filled_in(folder):
    """With 10 d written for N: primed on 2025-03-03, observed until 03-13; a protocol that nobody may change."""
    (folder.parent / "protocols").mkdir()
    (folder.parent / "protocols" / "demo.yaml").write_text(STUDY, encoding="utf-8")
    subject = "subject: S-1\nprotocol: {}\nvisits: {{priming: {{actual: 2025-03-03}}}}\n"
    (folder / "S-1.yaml").write_text(subject.format("demo"), encoding="utf-8")
    done = run("cohort", "gc", *TODAY)
    assert done.code == 1
    assert "demo states no DLT period" in done.err
    assert "write `escalation.dlt_period` and `escalation.complete` into protocols/demo.yaml" in done.err
    site = "extends: demo\nid: demo-site\n" + after(done.err, "").replace("N d", "10 d")
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    (folder / "S-1.yaml").write_text(subject.format("site.yaml"), encoding="utf-8")
    code, found = rows("gc", *TODAY)
    assert code == 0
    assert found["S-1"]["observed_until"] == "2025-03-13"


# --- what people record, as docs/cohorts.md has it ------------------------------------------------------------------

ROOT = Path(__file__).parent.parent


def test_the_files_of_the_page(folder):
    """The SMC met on Wed 2025-05-07 and released the fourth: the gate is open from the day after on."""
    page = blocks((ROOT / "docs" / "cohorts.md").read_text(encoding="utf-8"))
    of_subject, of_cohort = [block.text for block in page if block.language == "yaml"]
    for path in (ROOT / "examples" / "cohort-gc012f").glob("*.yaml"):
        shutil.copy(path, folder)
    (folder / "cohort.yaml").write_text(of_cohort, encoding="utf-8")
    lines = (folder / "GC-002.yaml").read_text(encoding="utf-8").splitlines()
    text = "\n".join([line for line in lines if not line.startswith("dose_group")])
    (folder / "GC-002.yaml").write_text(f"{text}\n{of_subject}", encoding="utf-8")
    done = run("cohort", "gc", "--today", "2025-05-12", "--format", "json")
    found = json.loads(done.out)
    assert [row["state"] for row in found["subjects"][:2]] == ["complete", "not-evaluable"]
    assert [row["position"] for row in found["subjects"][:3]] == [1, None, 2]
    assert found["subjects"][1]["dlt"] == "none"
    review = found["reviews"][0]
    assert (found["cohort"], review["held"]) == ("gc012f-first", None)
    # GC-004 takes the place of GC-002: dosed on 2025-05-17 at the earliest, and observed until 28 d later, 06-14
    why = "the observation of its subjects is complete from Sun 2025-06-15 on"
    assert review["told"].endswith(f"; the one held on Wed 2025-05-07 does not count: {why}")
    evaluable = "\n".join([line for line in of_subject.splitlines() if not line.startswith("not_evaluable")])
    (folder / "GC-002.yaml").write_text(f"{text}\n{evaluable}\n", encoding="utf-8")
    done = run("cohort", "gc", "--today", "2025-05-12", "--format", "json")
    assert json.loads(done.out)["reviews"][0]["held"] == "2025-05-07"
    page = run("cohort", "gc", "--today", "2025-05-12").out.decode()
    assert "released on Wed 2025-05-07 by SMC" in page
