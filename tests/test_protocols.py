"""The bundled protocols: every quotation stands in its record, the overview is complete, the dates are those worked.

The records are read from beside the project where they are there; they are not part of it.
"""

from __future__ import annotations

import csv
import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from trialcal.cli.arguments import Arguments
from trialcal.files.library import bundled, folders, load
from trialcal.plan import plan
from trialcal.writers.rows import json_text

ROOT = Path(__file__).parent.parent
# The suite may run in a copy of the checkout, as it does against the built wheel.
SEEDS = Path(os.environ.get("TRIALCAL_CHECKOUT", ROOT)).parent / "shared" / "seeds"
RECORDS = {"cc312": "004_85e22250a0b320b1.txt", "gc012f": "000_55c1186e252cf6f7.txt"}


def loaded(name):
    protocol, problems, _ = load(name, folders(Path("/nonexistent")), Path("/nonexistent"))
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def schedule(name, starts, settings=(), ends=()):
    protocol = loaded(name)
    arguments = Arguments(protocol, None)
    subject = arguments.subject(None, starts, ends, settings)
    assert not arguments.problems
    return json.loads(json_text(plan(protocol, subject)))


def rows(found, kind):
    return {row["id"]: row for row in found[kind]}


# --- quotations ---------------------------------------------------------------------------------------------


def tree(name):
    return yaml.safe_load((bundled() / f"{name}.yaml").read_text(encoding="utf-8"))


def normal(text):
    return " ".join(re.sub(r"\\([<>^\[\]])", r"\1", text).split())


def quotations(name):
    """Give every quotation of a file with the path that it stands at, as the overview names it."""
    whole = tree(name)
    for section in (*("visits", "periods", "lookbacks", "epochs", "types", "parameters"), *ACROSS):
        for entry, fields in (whole.get(section) or {}).items():
            yield from of_entry(f"{section}.{entry}", fields)
    for rule in whole.get("rules") or []:
        yield from of_entry(f"rules.{rule['id']}", rule)
    yield from of_entry("study_day", whole["study_day"])
    yield from of_entry("escalation", whole["escalation"])
    for statement in whole.get("not_expressed") or []:
        yield normal(statement["source"]), "not_expressed"


ACROSS = ("dose_groups", "staggers", "reviews", "gates", "decisions")


def of_entry(path, fields):
    source = fields.get("source")
    if isinstance(source, str):
        yield normal(source), path
    elif source:
        for key, text in source.items():
            yield normal(text), path if key == "at" else f"{path}.{key}"


@pytest.mark.parametrize("name", RECORDS)
def test_every_quotation_stands_in_its_record(name):
    record = SEEDS / RECORDS[name]
    if not record.exists():
        pytest.skip(f"the registry record is not here: {record}")
    text = normal(record.read_text(encoding="utf-8"))
    missing = [quotation for quotation, _ in quotations(name) if quotation not in text]
    assert not missing


@pytest.mark.parametrize("name", RECORDS)
def test_the_overview_lists_every_statement_beside_its_line(name):
    page = (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8")
    part = next(part for part in page.split("\n## ") if part.lower().startswith(name))
    listed = set()
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.replace(r"\|", "¦").strip("|").split(" | ")]
        if line.startswith("| ☐"):
            listed |= {(normal(cells[1].replace("¦", "|")), path) for path in re.findall(r"`([^`]+)`", cells[2])}
    assert listed == set(quotations(name))


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_is_both_expressed_and_not(name):
    expressed = {quotation for quotation, path in quotations(name) if path != "not_expressed"}
    assert not expressed & {quotation for quotation, path in quotations(name) if path == "not_expressed"}


def test_what_was_known_from_elsewhere_is_assumed():
    at = tree("gc012f")["visits"]["lymphodepletion"]
    assert "NCT05858684" in str(at["assumed"])
    assert "NCT07193810" in tree("cc312")["escalation"]["notes"]
    assert not {"dlt_period", "complete"} & tree("cc312")["escalation"].keys()
    assert "dlt" not in tree("cc312")["periods"]


# --- dates --------------------------------------------------------------------------------------------------

# Design, section 4: 2025-03-01 is a Saturday.
CC312 = {
    "screening": "2025-01-29", "priming": "2025-02-26", "safety-check": "2025-02-28", "dose-1": "2025-03-01",
    "dose-2": "2025-03-04", "dose-3": "2025-03-08", "dose-4": "2025-03-11", "dose-5": "2025-03-15",
    "dose-6": "2025-03-18", "dose-7": "2025-03-22", "dose-8": "2025-03-25",
}  # fmt: skip


def test_cc312_from_the_first_of_march():
    found = schedule("cc312", ["2025-03-01"])
    visits = rows(found, "visits")
    assert {name: visit["planned"] for name, visit in visits.items() if visit["planned"]} == CC312
    assert (visits["screening"]["window_start"], visits["screening"]["window_end"]) == ("2025-01-29", "2025-02-25")
    assert visits["screening"]["target"] is None
    assert (visits["priming"]["study_day"], visits["safety-check"]["study_day"]) == (-3, -1)
    assert rows(found, "periods")["contraception"]["end"] == "2025-09-25"
    lookbacks = rows(found, "lookbacks")
    assert lookbacks["adalimumab"]["last_permitted"] == "2025-01-01"
    assert lookbacks["live-vaccine"]["last_permitted"] == "2024-12-31"
    assert found["feasible"] is True


def test_gc012f_from_the_tenth_of_march_with_a_known_end():
    found = schedule("gc012f", ["2025-03-10"], ends=["lymphodepletion-3=2025-03-07T16:30"])
    visits = rows(found, "visits")
    days = [visits[f"lymphodepletion-{n}"]["planned"] for n in (1, 2, 3)]
    assert days == ["2025-03-05", "2025-03-06", "2025-03-07"]
    infusion = visits["infusion"]
    assert (infusion["clock_start"], infusion["clock_end"]) == ("2025-03-09T16:30:00", "2025-03-10T16:30:00")
    assert infusion["on_day"] == 0
    periods = rows(found, "periods")
    assert periods["dlt"]["end"] == "2025-04-07"
    assert (periods["contraception"]["end"], periods["contraception"]["end_not_before"]) == (None, "2027-03-10")
    assert found["feasible"] is True


def lookback_cases():
    for name in RECORDS:
        with (Path(__file__).parent / "cases" / f"lookbacks-{name}.csv").open(encoding="utf-8") as file:
            for case in csv.DictReader(file):
                yield pytest.param(name, case, id=f"{name} {case['lookback']} {case['start']} {case['set']}")


@pytest.mark.parametrize(("name", "case"), list(lookback_cases()))
def test_lookback(name, case):
    starts = [case["start"], *case["given"].split()]
    row = rows(schedule(name, starts, case["set"].split()), "lookbacks")[case["lookback"]]
    assert (row["from"] or "", row["last_permitted"] or "") == (case["from"], case["last_permitted"])


@pytest.mark.parametrize("name", RECORDS)
def test_every_lookback_has_a_worked_date(name):
    with (Path(__file__).parent / "cases" / f"lookbacks-{name}.csv").open(encoding="utf-8") as file:
        worked = {case["lookback"] for case in csv.DictReader(file)}
    assert worked == set(tree(name)["lookbacks"])


@pytest.mark.parametrize("name", RECORDS)
def test_a_bundled_protocol_says_that_it_is_not_the_protocol(name):
    assert "not the protocol" in str(loaded(name).source)
    assert date.fromisoformat(loaded(name).source.updated)
