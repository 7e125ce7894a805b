"""Every file in tests/bad gets the messages that stand beside it, line by line.

To add a case, write `tests/bad/NAME.yaml` with the mistake and `tests/bad/NAME.txt` with what a coordinator should be
told: what is wrong, where, and what to write instead. `cd tests/bad && trialcal check NAME.yaml` prints it; read it
aloud before you keep it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import run

BAD = Path(__file__).parent / "bad"
CASES = sorted(path.stem for path in BAD.glob("*.yaml"))


@pytest.fixture(autouse=True)
def in_the_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(BAD)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    expected = (BAD / f"{case}.txt").read_text(encoding="utf-8")
    code, out, err = run("check", f"{case}.yaml")
    assert out.decode() == expected
    assert (code, err) == (1 if ": error: " in expected else 0, "")


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_planned(case):
    """A file with errors is not planned from; one with warnings is, and they are told."""
    expected = (BAD / f"{case}.txt").read_text(encoding="utf-8")
    told = [line for line in expected.splitlines() if re.search(r":\d+:\d+: (error|warning): ", line)]
    if not any(": error: " in line for line in told):
        return
    code, out, err = run("plan", "--protocol", f"{case}.yaml", "--start", "2025-03-03", "--format", "csv")
    if err.startswith("Day "):  # what only `check` finds: the plan is made, and says what cannot hold
        return
    assert (code, out) == (1, b"")
    assert [line for line in err.splitlines() if not line.startswith("    ")] == told


def test_every_message_has_its_file():
    assert sorted(path.stem for path in BAD.glob("*.txt")) == CASES


@pytest.mark.parametrize("case", CASES)
def test_messages_say_where_and_what_to_write(case):
    """Each problem stands in a line with a place, and says what to do about it in brackets."""
    *problems, last = (BAD / f"{case}.txt").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(rf"{case}\.yaml: (no errors|\d+ errors?)(, \d+ warnings?)?, no assumed values", last)
    assert problems
    places = set()
    for line in problems:
        if line.startswith("    "):
            continue
        found = re.fullmatch(r"([\w/.-]+:\d+:\d+): (?:error|warning): (.+) \(.+\)", line)
        assert found, line
        assert found[1] not in places or "lacks" in found[2] or "does not say" in found[2], f"told twice: {line}"
        places.add(found[1])
