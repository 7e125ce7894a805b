"""The worked dates in tests/cases: each was counted by hand, none comes from the code under test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from trialcal.cli.arguments import Arguments, zone_of
from trialcal.cli.choosing import chosen
from trialcal.files.library import folders, load
from trialcal.plan import plan
from trialcal.problems import has_errors
from trialcal.site import Site
from trialcal.writers.rows import json_text

CASES = Path(__file__).parent / "cases"


def walk():
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}: {case['case']}")


def planned(case, folder):
    name = case["protocol"]
    if "\n" in name:
        (folder / "case.yaml").write_text(name, encoding="utf-8")
        name = "case.yaml"
    protocol, problems, _ = load(name, folders(folder), folder)
    assert not has_errors(problems), [problem.told() for problem in problems]
    options = {option: [] for option in ("--start", "--end", "--set", "--time-zone", "--arm", "--cohort", "--cycles")}
    words = [str(word) for word in case["arguments"]]
    for option, value in zip(words[::2], words[1::2], strict=True):
        options[option].append(value)
    first = {option: (options[option] or [None])[0] for option in ("--arm", "--cohort")}
    protocol = chosen(protocol, first["--arm"], first["--cohort"], options["--cycles"])
    zone = zone_of((options["--time-zone"] or [None])[0])
    arguments = Arguments(protocol, zone)
    subject = arguments.subject(None, options["--start"], options["--end"], options["--set"])
    assert not has_errors(arguments.problems), arguments.problems
    return json.loads(json_text(plan(protocol, subject, Site(zone=zone))))


@pytest.mark.parametrize("case", list(walk()))
def test_case(case, tmp_path):
    found = planned(case, tmp_path)
    for kind in ("visits", "periods", "lookbacks"):
        rows = {row["id"]: row for row in found[kind]}
        for name, expected in case.get(kind, {}).items():
            row = rows[name]
            for field, value in expected.items():
                if field == "notes_say":
                    assert value in "; ".join(row["notes"]), (name, row["notes"])
                else:
                    told = value if isinstance(value, int | list | None) else str(value)
                    assert row[field] == told, f"{name}: {field}"
    if "exactly" in case:
        assert sorted(row["id"] for row in found["visits"]) == sorted(case["exactly"])
    if "feasible" in case:
        assert found["feasible"] is case["feasible"], found["problems"]
    if "problems" in case:
        assert [problem["code"] for problem in found["problems"]] == case["problems"]
