"""A cohort's file and the subjects' files beside it: what they must agree on, and what is said where they do not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from command import run

from trialcal.files.cohorts import load_cohort

TODAY = date(2025, 4, 20)
PROTOCOL = """\
extends: gc012f
gates:
  fourth: {subject: 4 and on, waits_for: smc-first-3, release: needed, released_by: SMC}
"""
COHORT = """\
cohort: first
protocol: site.yaml
subjects: [GC-001, GC-002]
"""


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Work in a folder with an overlay, a cohort's file and two subjects' files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    write("site.yaml", PROTOCOL)
    write("cohort.yaml", COHORT)
    for name, day in (("GC-001", "2025-03-10"), ("GC-002", "2025-03-24")):
        write(f"{name}.yaml", f"subject: {name}\nprotocol: site.yaml\nvisits:\n  infusion: {{actual: {day}}}\n")


def write(name, text):
    Path(name).write_text(text, encoding="utf-8")


def told(path="."):
    return [
        f"{problem.place.file}:{problem.place.line}: {problem.level}: {problem.message} ({problem.hint})"
        for problem in load_cohort(Path(path), Path.cwd(), TODAY).problems
        if problem.level != "note"
    ]


def test_the_folder_and_the_file_are_the_same():
    for path in (".", "cohort.yaml"):
        found = load_cohort(Path(path), Path.cwd(), TODAY).found
        assert found is not None
        assert (found.name, found.is_ordered, found.protocol.id) == ("first", True, "gc012f")
        assert [each.subject.id for each in found.subjects] == ["GC-001", "GC-002"]


def test_without_a_cohort_file_the_subjects_have_the_order_of_their_doses():
    Path("cohort.yaml").unlink()
    found = load_cohort(Path(), Path.cwd(), TODAY).found
    assert found is not None
    assert (found.is_ordered, len(found.subjects)) == (False, 2)


def test_what_people_recorded():
    write("cohort.yaml", COHORT + (
        "reviews:\n  - {review: smc-first-3, on: 2025-04-10, by: SMC}\n"
        "releases:\n  - {gate: fourth, group: dl-1, subject: GC-002, on: 2025-04-11, by: SMC}\n"
        "decisions:\n  - {group: dl-1, of: 2, then: escalate, to: spare-2, on: 2025-04-12, by: PI}\n"
    ))  # fmt: skip
    found = load_cohort(Path(), Path.cwd(), TODAY).found
    assert found is not None
    assert [(each.review, str(each.on), each.by) for each in found.reviews] == [("smc-first-3", "2025-04-10", "SMC")]
    assert [(each.gate, each.group, each.subject) for each in found.releases] == [("fourth", "dl-1", "GC-002")]
    assert [(each.of, each.then, each.to) for each in found.rulings] == [(2, "escalate", "spare-2")]


def test_the_order_and_the_files_must_agree():
    write("cohort.yaml", COHORT.replace("GC-002", "GC-003, GC-001"))
    assert told() == [
        "cohort.yaml:3: error: GC-002 (GC-002.yaml) stands in no order "
        "(add it to `subjects`, where it is in the order of dosing)",
        "cohort.yaml:3: error: no file beside this one is that of GC-003 (known here: GC-001, GC-002; or begin one: "
        "`trialcal new GC-003.yaml --subject GC-003 ...`)",
        "cohort.yaml:3: error: `subjects` names GC-001 twice (name each subject once)",
    ]


def test_names_are_told_where_they_stand():
    write(
        "cohort.yaml",
        "cohort: first\nprotocol: site.yaml\nsubjects:\n  - GC-001\n  - GC-009\n  - GC-002\n  - GC-001\n",
    )
    problems = load_cohort(Path(), Path.cwd(), TODAY).problems
    assert [(each.place.line, each.place.column) for each in problems if each.level == "error"] == [(5, 5), (7, 5)]


def test_how_many_subjects_an_order_may_have():
    names = [f"  - S-{number}\n" for number in range(2_001)]
    write("cohort.yaml", "cohort: first\nprotocol: site.yaml\nsubjects:\n" + "".join(names))
    assert told() == [
        "cohort.yaml:4: error: `subjects` is a list of 2,001; at most 2,000 are read "
        "(check that this is the right list, or shorten it)"
    ]


def test_names_that_the_protocol_does_not_know():
    write("cohort.yaml", COHORT + (
        "reviews:\n  - {review: smc, on: 2025-04-10, by: SMC}\n"
        "releases:\n  - {gate: fifth, group: dl1, on: 2025-04-11, by: SMC}\n"
        "  - {gate: fourth, group: dl-1, subject: GC-009, on: 2025-04-11, by: SMC}\n"
        "decisions:\n  - {group: dl-1, of: 2, then: discuss, on: 2025-04-12, by: PI}\n"
        "  - {group: dl-1, of: 3, then: add 3, on: 2025-04-21, by: PI}\n"
    ))  # fmt: skip
    assert told() == [
        "cohort.yaml:5: error: there is no review 'smc' (known here: smc-first-3, group-complete)",
        "cohort.yaml:7: error: there is no gate 'fifth' (known here: fourth)",
        "cohort.yaml:7: error: there is no dose group 'dl1' (did you mean `dl-1`?)",
        "cohort.yaml:8: error: there is no subject 'GC-009' here (known here: GC-001, GC-002)",
        "cohort.yaml:10: error: `then` is what was decided "
        "(write `add 3`, `escalate` or `stop`; with `to` for a spare group)",
        "cohort.yaml:11: error: this is said to have been on Mon 2025-04-21, and today is Sun 2025-04-20 "
        "(record what has happened only)",
    ]


def test_a_record_of_one_dose_group_says_nothing_of_another():
    """The review's rule names its group; the gate and the decision hold in any, and a record must say in which."""
    write("cohort.yaml", COHORT + (
        "reviews:\n  - {review: smc-first-3, group: spare-2, on: 2025-04-10, by: SMC}\n"
        "releases:\n  - {gate: fourth, on: 2025-04-11, by: SMC}\n"
        "decisions:\n  - {of: 2, then: stop, on: 2025-04-12, by: PI}\n"
        "  - {group: dl-1, of: 2, then: escalate, to: spare, on: 2025-04-12, by: PI}\n"
    ))  # fmt: skip
    assert told() == [
        "cohort.yaml:5: error: the protocol states this of dl-1, not of spare-2 "
        "(write `group: dl-1`, or leave it out)",
        "cohort.yaml:7: error: which dose group this is about is not said (add `group`: dl-1, spare-2 or spare-1)",
        "cohort.yaml:9: error: which dose group this is about is not said (add `group`: dl-1, spare-2 or spare-1)",
        "cohort.yaml:10: error: there is no dose group 'spare' (did you mean `spare-2` or `spare-1`?)",
    ]


def test_subjects_on_another_protocol():
    write("GC-002.yaml", "subject: GC-002\nprotocol: cc312\nvisits:\n  priming: {actual: 2025-03-24}\n")
    assert told() == [
        "cohort.yaml:2: error: GC-002 is on cc312 (trialcal/protocols/cc312.yaml), which lacks lymphodepletion-1, "
        "infusion, dlt of gc012f (site.yaml) (name the same protocol in both files)"
    ]


def test_subjects_whose_dlts_are_observed_otherwise():
    """The cohort's rules count days that their own protocols do not: 28 days, and 7."""
    write("short.yaml", "extends: site.yaml\nid: short\nperiods:\n  dlt: {until: 7 d after infusion}\n")
    write("named.yaml", "extends: site.yaml\nid: named\n")
    for name, protocol in (("GC-001", "short"), ("GC-002", "named")):
        text = Path(f"{name}.yaml").read_text(encoding="utf-8")
        write(f"{name}.yaml", text.replace("site.yaml", f"{protocol}.yaml"))
    assert told() == [
        "cohort.yaml:2: error: GC-001 is on short (short.yaml), which has another DLT period than gc012f (site.yaml) "
        "(name the same protocol in both files)",
        "cohort.yaml:2: warning: GC-002 is on named, the cohort on gc012f (name the same protocol in both files)",
    ]


def test_subjects_at_another_site():
    write("clinic.yaml", "name: clinic\ntime_zone: Europe/Berlin\n")
    write("GC-002.yaml", Path("GC-002.yaml").read_text(encoding="utf-8") + "site: clinic.yaml\n")
    assert told() == [
        "cohort.yaml:1: warning: GC-002 is planned at clinic.yaml, the cohort without a site "
        "(name the same `site` in both files, where it is one)"
    ]
    write("cohort.yaml", COHORT + "site: clinic.yaml\n")
    assert told() == []  # it is the site of those who name none
    found = load_cohort(Path(), Path.cwd(), TODAY).found
    assert [each.site.name for each in found.subjects] == ["clinic", "clinic"]


def test_a_cohort_file_of_its_required_keys_alone():
    write("cohort.yaml", "cohort: first\nprotocol: site.yaml\n")
    assert told() == []
    assert run("check", "cohort.yaml").code == 0
    found = load_cohort(Path(), Path.cwd(), TODAY).found
    assert (found.name, found.is_ordered) == ("first", False)


def test_decisions_that_lead_nowhere():
    write("cohort.yaml", COHORT + (
        "decisions:\n"
        "  - {group: dl-1, of: 3, then: add 3, to: spare-2, on: 2025-04-12, by: PI}\n"
        "  - {group: dl-1, of: 3, then: escalate, to: dl-1, on: 2025-04-12, by: PI}\n"
        "  - {group: dl-1, of: 3, then: escalate, on: 2025-04-12, by: PI}\n"
        "  - {group: dl-1, of: 0, then: stop, on: 2025-04-12, by: PI}\n"
    ))  # fmt: skip
    assert told() == [
        "cohort.yaml:5: error: `to` says nothing with `then: add` (write `then: escalate`, or leave `to` out)",
        "cohort.yaml:6: error: dl-1 cannot lead to itself (write `then: add 3`, or another group)",
        "cohort.yaml:7: error: no dose group follows dl-1 "
        "(add `to: spare-2` if people decided that, or write `then: stop`)",
        "cohort.yaml:8: error: `of` cannot be 0 (write how many subjects, from 1 on)",
    ]


def test_a_subject_in_two_files_and_one_that_cannot_be_read():
    write("copy.yaml", Path("GC-001.yaml").read_text(encoding="utf-8"))
    write("GC-002.yaml", "subject: GC-002\nprotocol: site.yaml\nvisits:\n  infusion: {actual: soon}\n")
    assert [line.partition(" (")[0] for line in told()] == [
        "GC-002.yaml:4: error: 'soon' is not a date",
        "copy.yaml:0: error: subject: GC-001 is in GC-001.yaml already",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("[1, 2]", "the file holds a list"),
        ("cohort: x\nprotocol: nothing-here\n", "nothing-here"),
        ("cohort: x\nprotocol: site.yaml\nsubject: [GC-001]\n", "did you mean"),
        ("cohort: x\nprotocol: site.yaml\nsite: nowhere.yaml\n", "nowhere.yaml"),
        ("cohort: x\nprotocol: [a\n", "bracket"),
    ],
)
def test_strange_files_end_in_a_message(text, says):
    write("cohort.yaml", text)
    ran = run("cohort", "cohort.yaml", "--today", "2025-04-20")
    assert ran.code in (1, 2)
    assert says in ran.err
    assert "fault" not in ran.err


def test_a_subjects_file_and_a_folder_without_any():
    ran = run("cohort", "GC-001.yaml", "--today", "2025-04-20")
    assert (ran.code, ran.out) == (1, b"")
    assert "this is a subject's file" in ran.err
    Path("empty").mkdir()
    ran = run("cohort", "empty", "--today", "2025-04-20")
    assert ran.code in (1, 2)
    assert "there is no subject's file in the folder empty" in ran.err


def test_check_reads_a_cohorts_file_back():
    ran = run("check", "cohort.yaml")
    assert (ran.code, ran.out.decode().splitlines()) == (
        0,
        [
            "cohort.yaml: no errors",
            "  cohort first: gc012f",
            "  subjects, in the order of dosing: GC-001, GC-002",
            "  recorded: no reviews, no releases, no decisions",
        ],
    )
    write("cohort.yaml", COHORT.replace("GC-002", "GC-003"))
    ran = run("check", "cohort.yaml")
    assert (ran.code, ran.out.count(b"error:")) == (1, 2)


@pytest.mark.parametrize(
    "words",
    [("plan", "cohort.yaml"), ("plan", "-p", "cohort.yaml", "--start", "2025-03-03"), ("history", "cohort.yaml")],
)
def test_a_cohorts_file_given_as_something_else(words):
    ran = run(*words)
    assert ran.code in (1, 2)
    assert "cohort" in ran.err
    assert len(ran.err.splitlines()) <= 2


def test_the_schema_of_a_cohorts_file():
    import jsonschema
    import yaml

    schema = json.loads(run("schema", "--cohort").out)
    jsonschema.validate(yaml.load(COHORT, Loader=yaml.BaseLoader), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"cohort": "x"}, schema)


def test_record_writes_what_was_assessed():
    assert run("record", "GC-001", "dlt", "yes", "2025-03-21", "--onset", "2025-03-20", "--by", "PI",
               "--today", "2025-03-22").code == 0  # fmt: skip
    assert 'dlt: {outcome: "yes", on: 2025-03-21, by: PI, onset: 2025-03-20}' in Path("GC-001.yaml").read_text()
    again = ("record", "GC-001", "dlt", "none", "2025-04-08", "--by", "PI", "--today", "2025-04-09")
    ran = run(*again)
    assert (ran.code, "add --reason" in ran.err) == (2, True)
    assert run(*again, "--reason", "assessed again").code == 0
    assert "dlt: {outcome: none, on: 2025-04-08, by: PI}" in Path("GC-001.yaml").read_text()
    assert b"unbroken" in run("history", "GC-001").out or "unbroken" in run("history", "GC-001").err


@pytest.mark.parametrize(
    ("words", "what", "key"),
    [
        (("dlt", "none", "2025-04-08"), "dlt", "dlt:"),
        (("not-evaluable", "2025-03-21", "--reason", "withdrew"), "not-evaluable", "not_evaluable:"),
        (("dose-group", "dl-1"), "dose-group", "dose_group:"),
    ],
)
def test_what_people_assessed_can_be_taken_back_with_a_trace(words, what, key):
    by = ("--by", "PI", "--today", "2025-04-09")
    before = Path("GC-001.yaml").read_text(encoding="utf-8")
    assert run("record", "GC-001", *words, *by).code == 0
    assert key in Path("GC-001.yaml").read_text(encoding="utf-8")
    ran = run("record", "GC-001", "removed", what, *by)
    assert (ran.code, "reason" in ran.err) == (2, True)
    assert run("record", "GC-001", "removed", what, *by, "--reason", "wrong subject").code == 0
    text = Path("GC-001.yaml").read_text(encoding="utf-8")
    assert text.startswith(before)
    assert key not in text[: text.index("history:")]
    assert run("history", "GC-001").code == 0
    assert "nothing is recorded" in run("record", "GC-001", "removed", what, *by, "--reason", "again").err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dlt", "2025-03-21"), "`none` or `yes`"),
        (("dlt", "yes", "2025-03-21"), "the day on which it began is missing"),
        (("dlt", "none", "2025-03-21", "--onset", "2025-03-20"), "--onset says nothing here"),
        (("dlt", "none"), "the date is missing"),
        (("dlt", "none", "2025-05-21"), "in the future"),
        (("not-evaluable", "2025-03-21"), "this asks for a reason"),
        (("dose-group", "dl-9"), "there is no dose group 'dl-9'"),
        (("dose-group",), "it is not said which"),
    ],
)
def test_what_record_refuses(words, says):
    before = Path("GC-001.yaml").read_bytes()
    ran = run("record", "GC-001", *words, "--by", "PI", "--today", "2025-04-20")
    assert ran.code in (1, 2)
    assert says in ran.err
    assert Path("GC-001.yaml").read_bytes() == before
