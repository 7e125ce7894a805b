"""A subject's file says what is given, booked and done; what is wrong with one is told at once, with its place."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml
from command import run
from pages import blocks

from trialcal.files.keys import SUBJECT_SHAPES
from trialcal.files.schema import subject_schema
from trialcal.files.subjects import load_subject, subject_files
from trialcal.plan import plan
from trialcal.subject import Absent, Dated, Delay, Discontinued, Hold, Partly, Unscheduled

TESTS = Path(__file__).parent
BAD = TESTS / "bad_subjects"
CASES = sorted(path.stem for path in BAD.glob("*.yaml"))
PAGE = TESTS.parent / "docs" / "subjects.md"
DAY, MOMENT = date.fromisoformat, datetime.fromisoformat

FULL = """\
subject: GC-001
protocol: gc012f
site: clinic.yaml
parameters: {half-life: 21 d}
rfstdtc: 2025-03-12
given: {infusion: 2025-03-10T10:00}
visits:
  consent: {actual: 2025-02-03}
  screening: {actual: 2025-02}
  lymphodepletion-1: {actual: 2025-03-05T09:00, end: 2025-03-05T11:30}
  pre-infusion-evaluation: {status: missed, on: 2025-03-09, reason: device out of order}
  infusion: {booked: 2025-03-10, actual: 2025-03-12, reason: product delayed}
unscheduled:
  unscheduled-1: {actual: 2025-03-20, reason: rash}
holds:
  - {visits: [dose], from: 2025-03-11, until: 2025-03-11, reason: fever}
delays:
  - {visits: [infusion], by: 1 week}
discontinued: {on: 2025-04-01, visits: [dose], keep: [screening], reason: adverse event}
earlier_attempts:
  - attempt: 1
    ended: 2025-01-20
    reason: laboratory values
    visits:
      consent: {actual: 2025-01-07}
attempt: 2
notes: any text
"""
CLINIC = "name: Day clinic\ntime_zone: Europe/Berlin\n"


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))


def load(text: str, *, site: str = CLINIC):
    Path("clinic.yaml").write_text(site, encoding="utf-8")
    Path("S.yaml").write_text(text, encoding="utf-8")
    found, problems = load_subject(Path("S.yaml"), Path.cwd())
    assert found is not None, [problem.told() for problem in problems]
    return found


def test_everything_that_a_file_can_say_is_read():
    found = load(FULL)
    subject = found.subject
    assert (subject.id, subject.attempt, subject.reference_start) == ("GC-001", 2, DAY("2025-03-12"))
    assert subject.given == {"infusion": Dated(DAY("2025-03-10"), MOMENT("2025-03-10T10:00"))}
    assert subject.booked == {"infusion": Dated(DAY("2025-03-10"))}
    assert subject.actual == {
        "consent": Dated(DAY("2025-02-03")),
        "lymphodepletion-1": Dated(DAY("2025-03-05"), MOMENT("2025-03-05T09:00"), MOMENT("2025-03-05T11:30")),
        "infusion": Dated(DAY("2025-03-12")),
    }
    assert subject.partly == {"screening": Partly("2025-02", DAY("2025-02-01"), DAY("2025-02-28"))}
    absent = Absent("missed", "device out of order", DAY("2025-03-09"))
    assert subject.absent == {"pre-infusion-evaluation": absent}
    assert subject.unscheduled == (Unscheduled("unscheduled-1", Dated(DAY("2025-03-20")), "rash"),)
    assert subject.holds == (Hold(DAY("2025-03-11"), DAY("2025-03-11"), ("dose",), "fever"),)
    assert subject.delays == (Delay(("infusion",), 7, ""),)
    assert subject.discontinued == Discontinued(DAY("2025-04-01"), ("dose",), ("screening",), "adverse event")
    assert {str(key): str(value) for key, value in subject.parameters.items()} == {"half-life": "21 d"}
    assert found.site.name == "Day clinic"
    assert [(each.number, each.ended) for each in found.attempts] == [(1, DAY("2025-01-20"))]
    assert found.attempts[0].subject.actual == {"consent": Dated(DAY("2025-01-07"))}
    assert subject.kept_in == "S.yaml"


def test_which_date_of_a_visit_counts():
    """Design, 4.6: actual, else booked, else given."""
    head = "subject: S\nprotocol: cc312\ngiven: {dose-1: 2025-03-01, dose-2: 2025-03-04, dose-3: 2025-03-08}\n"
    found = load(
        f"{head}visits:\n  dose-2: {{booked: 2025-03-05}}\n  dose-3: {{booked: 2025-03-07, actual: 2025-03-09}}\n"
    )
    days = {name: dated.day.isoformat() for name, dated in found.subject.dated.items()}
    assert days == {"dose-1": "2025-03-01", "dose-2": "2025-03-05", "dose-3": "2025-03-09"}


def test_an_end_alone_dates_a_visit():
    """Design, 4.7: three dates that end on 03-07 began on 03-05."""
    Path("p.yaml").write_text(
        "id: p\ntitle: P\nstudy_day: {anchor: a, number: 0}\nstart: a\nvisits:\n  a: {at: Day 0, lasts: 3 d}\n"
    )
    found = load("subject: S\nprotocol: p.yaml\nvisits:\n  a: {end: 2025-03-07T16:30}\n")
    assert found.subject.actual["a"] == Dated(DAY("2025-03-05"), None, MOMENT("2025-03-07T16:30"))


def test_paths_count_from_the_folder_of_the_file():
    Path("study/subjects").mkdir(parents=True)
    Path("study/clinic.yaml").write_text(CLINIC)
    Path("study/subjects/S.yaml").write_text("subject: S\nprotocol: cc312\nsite: ../clinic.yaml\n")
    found, problems = load_subject(Path("study/subjects/S.yaml"), Path.cwd())
    assert found is not None, problems
    assert found.site.name == "Day clinic"


def test_two_subjects_share_what_was_read():
    one, other = load("subject: A\nprotocol: cc312\n"), load("subject: B\nprotocol: cc312\n")
    assert one.protocol is other.protocol


def test_a_changed_protocol_is_read_again():
    text = "id: p\ntitle: P\nstudy_day: {anchor: a, number: 0}\nstart: a\nvisits:\n  a: {at: Day 0}\n"
    Path("p.yaml").write_text(text)
    assert len(load("subject: S\nprotocol: p.yaml\n").protocol.visits) == 1
    Path("p.yaml").write_text(text + "  b: {at: Day 7}\n")
    assert len(load("subject: S\nprotocol: p.yaml\n").protocol.visits) == 2


def test_a_clock_time_that_occurs_twice_is_told():
    """In Berlin, 02:30 of 2025-10-26 occurs twice."""
    load("subject: S\nprotocol: gc012f\nsite: clinic.yaml\n")
    Path("S.yaml").write_text(
        "subject: S\nprotocol: gc012f\nsite: clinic.yaml\nvisits:\n  infusion: {actual: 2025-10-26T02:30}\n"
    )
    _, problems = load_subject(Path("S.yaml"), Path.cwd())
    assert [problem.code for problem in problems] == ["time-occurs-twice"]


def test_folders_and_names_give_their_subject_files():
    Path("all").mkdir()
    for name in ("B.yaml", "A.yml", "clinic.yaml", "cc312.yaml", ".hidden.yaml", "A.calendar.json"):
        Path("all", name).write_text("subject: S\nprotocol: cc312\n")
    Path("all/clinic.yaml").write_text(CLINIC)
    Path("all/cc312.yaml").write_text("id: x\nextends: cc312\n")
    found, problems = subject_files(["all", "all/B", "all/B.yaml"], Path.cwd())
    assert [path.name for path in found] == ["A.yml", "B.yaml"]
    assert not problems
    Path("none").mkdir()
    assert [problem.code for problem in subject_files(["none"], Path.cwd())[1]] == ["no-subjects"]


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_gets_its_message(name, monkeypatch):
    monkeypatch.chdir(BAD)
    ran = run("check", f"{name}.yaml")
    assert ran.out.decode() == (BAD / f"{name}.txt").read_text(encoding="utf-8")
    assert ran.code == (0 if ": no errors" in ran.out.decode() else 1)


def test_the_schema_accepts_what_the_reader_accepts():
    schema = subject_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = yaml.load(FULL, Loader=yaml.BaseLoader)
    jsonschema.validate(document, schema)
    assert json.loads(run("schema", "--subject").out) == schema
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document | {"vists": {}}, schema)


def test_the_page_tells_every_key_and_its_examples_are_read():
    text = PAGE.read_text(encoding="utf-8")
    told = set()
    for block in blocks(text):
        if block.language == "yaml" and block.text.startswith("id:"):
            Path(f"{yaml.safe_load(block.text)['id']}.yaml").write_text(block.text)
    for block in blocks(text):
        if block.language == "yaml" and block.text.startswith("subject:"):
            document = yaml.load(block.text, Loader=yaml.BaseLoader)
            site = "" if "site" not in document else CLINIC
            if site:
                Path(document["site"]).write_text(site)
            load(block.text)
            told |= set(document)
    assert {key.name for key in SUBJECT_SHAPES["subject"]} - told <= {"history", "amended", "earlier_attempts"}
    for shape, keys in SUBJECT_SHAPES.items():
        for key in keys:
            assert shape == "amendment" or f"`{key.name}`" in text, key.name  # docs/amendments.md tells of these


def test_a_plan_of_a_file_tells_what_can_be_typed():
    found = load("subject: S\nprotocol: cc312\n")
    schedule = plan(found.protocol, found.subject, found.site)
    notes = [note for visit in schedule.visits for note in visit.notes]
    assert any("trialcal record S.yaml dose-1 DATE" in note for note in notes)
    assert not any("--start" in note for note in notes)


def test_what_lies_in_the_future_cannot_have_been():
    text = "subject: S\nprotocol: cc312\nvisits:\n  dose-1: {actual: 2025-03-01}\n  dose-2: {actual: 2025-03}\n"
    Path("S.yaml").write_text(text)
    found, problems = load_subject(Path("S.yaml"), Path.cwd(), DAY("2025-02-28"))
    assert found is None
    assert [(problem.code, problem.place.line) for problem in problems] == [
        ("in-the-future", 4),
        ("in-the-future", 5),
    ]
    assert load_subject(Path("S.yaml"), Path.cwd(), DAY("2025-03-01")).found is not None
    Path("S.yaml").write_text(text.replace("2025", "2190"))
    ran = run("plan", "S.yaml")
    assert (ran.code, ran.out) == (1, b"")
    assert "dose-1 is said to have been on Mon 2190-03-01, and today is" in ran.err


def test_why_asks_with_what_a_file_says():
    """Dose 3 is on Day 8 = 2025-03-08, ±1 day; it was done, so that is what counts."""
    Path("S.yaml").write_text("subject: S\nprotocol: cc312\nvisits:\n  dose-1: {actual: 2025-03-01}\n")
    assert (run("why", "dose-3", "2025-03-09", "S.yaml").code, run("why", "dose-3", "2025-03-10", "S.yaml").code) == (
        0,
        1,
    )
    Path("S.yaml").write_text(
        "subject: S\nprotocol: cc312\ngiven: {dose-1: 2025-03-01}\nvisits:\n  dose-3: {status: missed, reason: r}\n"
    )
    ran = run("why", "dose-3", "2025-03-08", "S.yaml")
    assert ran.code == 1
    assert b"It did not take place: it was missed." in ran.out
    both = run("why", "dose-3", "2025-03-08", "S.yaml", "--start", "2025-03-01")
    assert (both.code, "leave their options out" in both.err) == (2, True)
    assert run("why", "dose-3", "2025-03-08").code == 2


def test_an_end_that_belongs_to_another_day_is_told():
    text = "subject: S\nprotocol: gc012f\nvisits:\n  infusion: {actual: 2025-03-10T10:00, end: 2025-03-12T11:00}\n"
    Path("S.yaml").write_text(text)
    found, problems = load_subject(Path("S.yaml"), Path.cwd())
    assert found is not None
    assert [problem.message for problem in problems] == [
        "`infusion` would have ended 2 d after the day on which it began"
    ]
