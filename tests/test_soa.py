"""The twelve protocols made from published schedules of activities: nothing that they say of time is lost.

`soa/NAME.csv` accounts for every timing statement of a table: where it stands, what it says, and which entry of the
protocol file expresses it. `soa/NAME-dates.csv` holds the expected dates of one plan, made by `soa/NAME-dates.py`,
which knows nothing of trialcal. The tables themselves are read from beside the project, where they are there.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from shell import run_line

from trialcal.files.library import bundled

ROOT = Path(os.environ.get("TRIALCAL_CHECKOUT", Path(__file__).parent.parent))
TABLES = ROOT.parent / "shared" / "data" / "soa"
ACCOUNTS = Path(__file__).parent / "soa"
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.stem for path in ACCOUNTS.glob("*.csv") if not path.stem.endswith("-dates"))
TABLE_OF = {"lzzt": "CDISC_Pilot"}
SPEAKS_OF_TIME = re.compile(
    r"\b(day|week|month|year|hour|minute|min|mins|hr|hrs|h|daily|weekly|monthly|cycle|prior|before|after|within|predose"
    r"|postdose|pre-dose|post-dose|until|every|baseline|screening|discontinu\w*|follow-up|visit)s?\b",
    re.IGNORECASE,
)
SECTIONS = ("visits", "periods", "lookbacks", "timepoints", "activities", "epochs", "arms", "cohorts", "cycles")
PLAIN_MARKS = {"x", "p", "optional", "← optional →", "→"}


def normal(text):
    return " ".join(text.split())


@cache
def table(name):
    path = TABLES / f"{TABLE_OF.get(name, name.upper())}_consolidated.json"
    if not path.is_file():
        pytest.skip(f"the table of {name} is not beside the project (shared/data/soa)")
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def tree(name):
    return yaml.safe_load((bundled() / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def account(name):
    with (ACCOUNTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(name):
    return [column for segment in table(name)["timeline_segments"].values() for column in segment]


def texts_of(source):
    if isinstance(source, str):
        return [source]
    return [str(text) for text in source.values()] if isinstance(source, dict) else []


def entry_at(name, path):
    section, _, rest = path.partition(".")
    whole = tree(name)
    if section == "study_day":
        return whole["study_day"]
    if section == "rules":
        return next(rule for rule in whole["rules"] if rule.get("id") == rest)
    return whole[section][rest]


def quotations_at(name, path):
    if path == "not_expressed":
        return [normal(each["source"]) for each in tree(name)["not_expressed"]]
    return [normal(text) for text in texts_of(entry_at(name, path).get("source"))]


def all_quotations(name):
    whole = tree(name)
    for section in (
        "visits",
        "periods",
        "lookbacks",
        "timepoints",
        "activities",
        "epochs",
        "arms",
        "cohorts",
        "cycles",
    ):
        for entry, fields in (whole.get(section) or {}).items():
            yield from ((f"{section}.{entry}", text) for text in texts_of(fields.get("source")))
    for rule in whole.get("rules") or []:
        yield from ((f"rules.{rule.get('id')}", text) for text in texts_of(rule.get("source")))
    yield from (("study_day", text) for text in texts_of(whole["study_day"].get("source")))
    yield from (("not_expressed", each["source"]) for each in whole.get("not_expressed") or [])


def problems_of(name):
    """All that is wrong with the account of a protocol, in words."""
    rows = account(name)
    said = {(row["where"], normal(row["says"])) for row in rows}
    wheres = {row["where"] for row in rows}
    data = table(name)
    for column in columns(name):
        for value in column["property_values"]:
            if value["value"].strip() and (column["xcol_id"], normal(value["value"])) not in said:
                yield f"{column['xcol_id']}: {value['property_name']} '{value['value']}' is not accounted for"
    for note in data["unified_annotations"]:
        speaks = note["annotation_type"] in ("footnote", "legend") and SPEAKS_OF_TIME.search(note["annotation_text"])
        if speaks and note["xannot_id"] not in wheres:
            yield f"{note['xannot_id']} is not accounted for: {note['annotation_text'][:80]}"
    marks = {normal(mark["consolidated_value"]) for mark in data["schedule_matrix"]}
    marked = [normal(row["says"]) for row in rows if row["where"] == "mark"]
    for mark in marks:
        if mark.lower() in PLAIN_MARKS or not (SPEAKS_OF_TIME.search(mark) or re.search(r"\d", mark)):
            continue
        if not any(says in mark for says in marked):
            yield f"the mark '{mark[:80]}' is not accounted for"
    notes = {note["xannot_id"]: normal(note["annotation_text"]) for note in data["unified_annotations"]}
    values = {
        column["xcol_id"]: [normal(value["value"]) for value in column["property_values"]] for column in columns(name)
    }
    for row in rows:
        says = normal(row["says"])
        there = (
            any(says in mark for mark in marks)
            if row["where"] == "mark"
            else says in notes.get(row["where"], "") or any(says in value for value in values.get(row["where"], ()))
        )
        if not there:
            yield f"{row['where']} does not say '{says}'"
        try:
            quotations = quotations_at(name, row["entry"])
        except (KeyError, StopIteration, TypeError):
            yield f"{row['where']}: there is no entry {row['entry']}"
            continue
        if not any(says in quotation for quotation in quotations):
            yield f"{row['where']}: no quotation of {row['entry']} has '{says}'"
    pool = pool_of(name)
    headings = {part for column in columns(name) for part in normal(column["composite_label"]).split(" / ")}
    for path, text in all_quotations(name):
        joined = all(part in headings for part in normal(text).split(" / "))  # the headings of several columns
        if not joined and not any(normal(text) in each for each in pool):
            yield f"{path} quotes what the table does not say: '{normal(text)}'"


@cache
def pool_of(name):
    data = table(name)
    pool = [column["composite_label"] for column in columns(name)]
    pool += [value["value"] for column in columns(name) for value in column["property_values"]]
    pool += [note["annotation_text"] for note in data["unified_annotations"]]
    pool += [mark["consolidated_value"] for mark in data["schedule_matrix"]]
    pool += [each["activity_name"] for each in data["unified_activities"]]
    pool += [each["property_comment"] or "" for each in data["property_hierarchy"]]
    pool += [
        each[key] or "" for each in data["consolidation_metadata"]["source_tables"] for key in each if "title" in key
    ]
    pool += [each["table_purpose"] for each in data["consolidation_metadata"]["source_tables"]]
    return [normal(text) for text in pool]


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_accounted_for(name):
    assert list(problems_of(name)) == []


def counts(name):
    """The rows of an account that are expressed, and all."""
    rows = account(name)
    return sum(row["entry"] != "not_expressed" for row in rows), len(rows)


# --- the expected dates ---------------------------------------------------------------------------------------------


def expected_dates(name):
    with (ACCOUNTS / f"{name}-dates.csv").open(encoding="utf-8", newline="") as file:
        return {row["visit"]: (row["target"], row["window_start"], row["window_end"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_has_the_dates_that_were_worked_without_trialcal(name, tmp_path):
    command = (EXAMPLES / name / "command").read_text(encoding="utf-8").strip()
    done = run_line(command.replace("--output visits.ics", "--format json"), tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    found = {
        visit["id"]: tuple(visit[field] or "" for field in ("target", "window_start", "window_end"))
        for visit in json.loads(done.stdout)["visits"]
        if visit["status"] != "cancelled"
    }
    assert found == expected_dates(name)
    assert sum(any(dates) for dates in found.values()) > len(found) / 2, "most visits have dates"


@pytest.mark.parametrize("name", NAMES)
def test_the_expected_dates_are_what_their_script_prints(name):
    script = ACCOUNTS / f"{name}-dates.py"
    assert "trialcal" not in re.sub(r'""".*?"""', "", script.read_text(encoding="utf-8"), flags=re.S)
    printed = subprocess.run(
        [sys.executable, str(script)], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    expected = (ACCOUNTS / f"{name}-dates.csv").read_text(encoding="utf-8")
    assert printed.splitlines() == expected.splitlines()


# --- the files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_file_says_that_it_is_an_example(name):
    head = (bundled() / f"{name}.yaml").read_text(encoding="utf-8").partition("\nid:")[0].lower()
    for words in ("not for use with patients", "cc-by-4.0", "d97e028"):
        assert words in " ".join(head.replace("#", " ").split()), words


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing(name, tmp_path):
    done = run_line(f"trialcal check {bundled() / name}.yaml", tmp_path)
    assert done.returncode == 0
    assert b"no errors, " in done.stdout
    assert b" warning" not in done.stdout


def test_the_overview_counts_what_is_expressed():
    overview = (Path(__file__).parent.parent / "docs" / "protocols.md").read_text(encoding="utf-8")
    for name in NAMES:
        expressed, every = counts(name)
        assert re.search(rf"^\| `{name}` \|.*\| {expressed} / {every} \|", overview, re.M), (
            f"{name}: {expressed} / {every}"
        )
