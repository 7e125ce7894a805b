"""A result is never written over what it was made from, nor over what trialcal keeps beside a subject's file."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run

SUBJECT = "subject: S\nprotocol: cc312\ngiven: {dose-1: 2025-03-03}\n"
ROSTER = "subject,start\nS-1,2025-03-03\n"
VISITS = "USUBJID,VISITNUM,SVSTDTC\nS-1,3,2025-01-06\n"


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-settings"))
    for name, text in (("s.csv", SUBJECT), ("roster.csv", ROSTER), ("visits.csv", VISITS)):
        Path(name).write_text(text, encoding="utf-8")
    Path("own.yaml").write_text("extends: cc312\nid: own\n", encoding="utf-8")
    Path("linked.csv").symlink_to("roster.csv")


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "s.csv", "-o", "s.csv"],
        ["agenda", "s.csv", "-o", "s.csv"],
        ["plan", "--roster", "roster.csv", "-p", "cc312", "-o", "roster.csv"],
        ["plan", "--roster", "roster.csv", "-p", "cc312", "-o", "linked.csv"],
        ["deviations", "--visits", "visits.csv", "-p", "lzzt", "--format", "csv", "-o", "visits.csv"],
        ["plan", "-p", "own.yaml", "--start", "2025-03-03", "--format", "csv", "-o", "own.yaml"],
    ],
)
def test_no_input_is_written_over(arguments):
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert f"error: --output {arguments[-1]}: the command reads this file: it would be lost" in ran.err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_what_is_kept_is_written_over_by_no_result():
    ran = run("plan", "s.csv", "--format", "csv", "-o", "s.calendar.json")
    assert ran.code == 2
    assert (
        "files named *.calendar.json keep what was exported last (name another file); nothing was written" in ran.err
    )


def test_an_output_of_the_command_before_is_no_input():
    assert run("plan", "-p", "own.yaml", "--start", "2025-03-03", "-o", "visits.csv").code == 0
    assert run("plan", "-p", "own.yaml", "--start", "2025-03-04", "-o", "visits.csv").code == 0


def test_a_link_that_leads_to_itself_costs_the_others_nothing():
    Path("subjects").mkdir()
    Path("subjects/S.yaml").write_text(SUBJECT)
    Path("subjects/a.yaml").symlink_to("b.yaml")
    Path("subjects/b.yaml").symlink_to("a.yaml")
    ran = run("plan", "subjects", "--format", "csv")
    assert b"\r\nS,dose-8," in ran.out
    assert ran.code == 2
    assert "fault of trialcal" not in ran.err
