"""Every folder of examples with a `command`: it is run, and all that comes out is compared, byte by byte.

UPDATE_EXAMPLES=1 writes what comes out into `expected` instead. The planned dates are also compared with the table in
the example's README, which people worked by hand and no update touches.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pages import tables
from shell import run_line

EXAMPLES = Path(__file__).parent.parent / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.rglob("command"))
IDS = [folder.relative_to(EXAMPLES).as_posix() for folder in FOLDERS]
SCRIPTS = Path(__file__).parent / "soa"
NOT_INPUTS = ("command", "expected", "README.md")


def run(command: str, example: Path, here: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a folder that holds the example's inputs only, far from the user's settings."""
    for path in example.iterdir():
        if path.name not in NOT_INPUTS:
            shutil.copy(path, here)
    return run_line(command, here, SOURCE_DATE_EPOCH="1735689600")


def outcome(command: str, example: Path, here: Path) -> dict[str, bytes]:
    """Everything that comes out: the two streams, the exit code and the files that were written."""
    done = run(command, example, here)
    inputs = {path.name for path in example.iterdir()}
    written = {path.name: path.read_bytes() for path in here.iterdir() if path.is_file() and path.name not in inputs}
    streams = {"stdout": done.stdout, "stderr": done.stderr, "exit-code": f"{done.returncode}\n".encode()}
    return {**{name: data for name, data in streams.items() if data}, **written}


@pytest.mark.parametrize("example", FOLDERS, ids=IDS)
def test_example(example, tmp_path):
    found = outcome((example / "command").read_text(encoding="utf-8").strip(), example, tmp_path)
    expected = example / "expected"
    if os.environ.get("UPDATE_EXAMPLES"):
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for name, data in found.items():
            (expected / name).write_bytes(data)
    assert sorted(found) == sorted(path.name for path in expected.iterdir())
    for name, data in found.items():
        assert data == (expected / name).read_bytes(), f"{name} has changed (CONTRIBUTING.md: how to update)"


@pytest.mark.parametrize("example", FOLDERS, ids=IDS)
def test_dates_are_those_worked_by_hand(example, tmp_path):
    command = (example / "command").read_text(encoding="utf-8").strip()
    run(f"{command} --format json --output plan.json", example, tmp_path)
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    visits = {visit["id"]: visit for visit in plan["visits"]}
    rows = [row for table in tables((example / "README.md").read_text(encoding="utf-8")) for row in table]
    if (SCRIPTS / f"{example.name}-dates.py").is_file():  # test_soa compares these dates
        assert f"tests/soa/{example.name}-dates.py" in (example / "README.md").read_text(encoding="utf-8")
        return
    assert rows, "the README says which dates are expected, and why"
    for row in rows:
        visit = visits[row["visit"]]
        assert (visit["planned"] or "") == row["date"], row["visit"]
        if "window" in row:
            ends = [visit["window_start"], visit["window_end"]]
            assert " to ".join(filter(None, ends)) == row["window"], row["visit"]


def test_every_folder_is_an_example():
    for folder in (path for path in EXAMPLES.iterdir() if path.is_dir()):
        assert (folder / "README.md").is_file()
        is_story = "```console" in (folder / "README.md").read_text(encoding="utf-8")  # test_stories runs it
        assert is_story or any(folder.rglob("command")), f"{folder.name} has no command"
        assert folder.name in (EXAMPLES / "README.md").read_text(encoding="utf-8")
