"""`record` and `history` where files, folders or outputs are not as they usually are: told or done, never a half."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest
from command import run
from shell import run_line

from trialcal.files.history import plain, verify
from trialcal.files.tree import parse

PROTOCOL = """\
id: small
title: A small protocol
version: "1.0"
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  screening: {at: 1-28 d before dose-1}
  dose: {type: dose, at: [Day 1, Day 8, Day 15], window: ±1 d}
"""
SUBJECT = "# by hand\nsubject: GC-001\nprotocol: small\ngiven: {dose-1: 2025-03-03}  # by phone\n"
FILE = Path("GC-001.yaml")
LOCK = Path(".GC-001.yaml.lock")
NO_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such pipes")
NO_LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on this system")
T0, DAY = 1742458210, 86_400  # 2025-03-20T08:10:10Z


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T0))
    monkeypatch.delenv("TRIALCAL_BY", raising=False)
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")
    FILE.write_text(SUBJECT, encoding="utf-8")


def record(*words, name="GC-001"):
    ran = run("record", name, *words, "--by", "SC1", "--today", "2025-03-20")
    assert "Traceback" not in ran.err
    assert "fault of trialcal" not in ran.err
    return ran


def refused(*words):
    before = FILE.read_bytes()
    ran = record(*words)
    assert (ran.code, ran.out) == (1, b""), (ran.out, ran.err)
    assert FILE.read_bytes() == before
    return ran.err.splitlines()[-1]


def content(path=FILE):
    tree, problems = parse(path.read_bytes(), "file")
    assert problems == ()
    return plain(tree)


# --- how the file is written ----------------------------------------------------------------------------------------


def test_lone_carriage_returns_stay():
    FILE.write_bytes(SUBJECT.replace("\n", "\r").encode())
    assert record("dose-1", "2025-03-05").code == 0
    assert record("dose-1", "2025-03-06", "--reason", "typing error").code == 0
    data = FILE.read_bytes()
    assert b"\n" not in data
    assert data.startswith(
        SUBJECT.replace("\n", "\r").encode() + b"visits:\r  dose-1: {actual: 2025-03-06}\rhistory:\r"
    )
    assert verify(data, "").problems == ()
    assert len(verify(data, "").entries) == 3


def test_line_ends_of_two_kinds_are_told():
    FILE.write_bytes(SUBJECT.replace("\n", "\r", 2).encode())
    told = refused("dose-1", "2025-03-05")
    assert "a lone carriage return (CR)" in told
    assert "save it again in your editor with one kind of line ends" in told


def move_history(to):
    assert record("note", "x").code == 0
    text = FILE.read_text(encoding="utf-8")
    at = text.index("history:")
    head, history = text[:at], text[at:]
    first = "" if to == "first" else "protocol: small\n"
    FILE.write_text(first + history + head.replace(first or "\0", ""), encoding="utf-8")


@pytest.mark.parametrize("to", ["first", "middle"])
def test_history_that_is_not_last(to):
    move_history(to)
    told = refused("dose-1", "2025-03-05")
    assert "`notes` stands behind `history`, which must be the last key; nothing was written" in told
    assert "(move `history` with all its lines to the end of the file, as they are, then do it again)" in told
    text = FILE.read_text(encoding="utf-8")
    start = text.index("history:")
    end = text.index("\n", text.index("- {n: 2")) + 1
    FILE.write_text(text[:start] + text[end:] + text[start:end], encoding="utf-8")  # as told
    assert record("dose-1", "2025-03-05").code == 0
    assert verify(FILE.read_bytes(), "").problems == ()


@pytest.mark.parametrize(
    ("text", "name", "line", "words"),
    [
        ("? subject\n: GC-001\n? protocol\n: small\n", "subject", 1, ("dose-1", "2025-03-05")),
        (f"{SUBJECT}? visits\n: dose-1: {{actual: 2025-03-03}}\n", "visits", 5, ("dose-2", "2025-03-10")),
        (f"{SUBJECT}visits:\n  ? dose-1\n  : {{actual: 2025-03-03}}\n", "dose-1", 6, ("dose-2", "2025-03-10")),
        (
            f"{SUBJECT}visits:\n  ? dose-1\n  : actual: 2025-03-03\n",
            "dose-1",
            6,
            ("dose-1", "2025-03-04", "--reason", "typing error"),
        ),
        (f"{SUBJECT}visits: {{? dose-1 : {{actual: 2025-03-03}}}}\n", "dose-1", 5, ("dose-2", "2025-03-10")),
    ],
)
def test_names_behind_question_marks(text, name, line, words):
    FILE.write_text(text, encoding="utf-8")
    told = refused(*words)
    assert f"`? {name}` stands in line {line}; nothing was written" in told
    assert told.endswith(f"(write `{name}: ...` there, then do it again)")


def test_a_question_mark_in_a_text_is_one():
    FILE.write_text(
        f"{SUBJECT}notes: why so late?\nvisits:\n  dose-1: {{actual: 2025-03-03, reason: why?}}\n", "utf-8"
    )
    assert record("dose-2", "2025-03-10").code == 0
    assert content()["visits"]["dose-2"] == {"actual": "2025-03-10"}


@pytest.mark.parametrize(
    "more", ["visits:\n\tdose-1: {actual: 2025-03-03}\n", "visits:\n  dose-1:\n\t  actual: 2025-03-03\n"]
)
def test_tabs_as_indent(more):
    FILE.write_text(SUBJECT + more, encoding="utf-8")
    assert "a tab is used for indentation (indent with spaces)" in refused("dose-2", "2025-03-10")


def test_tabs_beside_values_stay():
    FILE.write_text(f"{SUBJECT}visits:\n  dose-1:\t{{actual:\t2025-03-03}}\t# late\n", encoding="utf-8")
    assert record("dose-1", "2025-03-04", "--reason", "typing error").code == 0
    assert "\n  dose-1:\t{actual:\t2025-03-04}\t# late\n" in FILE.read_text(encoding="utf-8")


# --- what lies in the place of the hidden files ---------------------------------------------------------------------


def lock_is_a_pipe():
    os.mkfifo(LOCK)


def lock_is_a_link_to_a_pipe():
    os.mkfifo("pipe")
    LOCK.symlink_to("pipe")


def lock_is_a_link():
    Path("other.txt").write_text("important", encoding="utf-8")
    LOCK.symlink_to("other.txt")


def lock_leads_nowhere():
    LOCK.symlink_to("nowhere")


def lock_is_a_folder():
    LOCK.mkdir()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        pytest.param(lock_is_a_pipe, "a pipe or a device", marks=NO_PIPES),
        pytest.param(lock_is_a_link_to_a_pipe, "a link", marks=NO_PIPES),
        pytest.param(lock_is_a_link, "a link", marks=NO_LINKS),
        pytest.param(lock_leads_nowhere, "a link", marks=NO_LINKS),
        (lock_is_a_folder, "a folder"),
    ],
)
def test_no_lock_can_be_made(make, kind):
    make()
    assert refused("dose-1", "2025-03-05") == (
        f"GC-001.yaml: error: .GC-001.yaml.lock, the lock of this file, is {kind} and no file; nothing was written "
        "(take .GC-001.yaml.lock away, then do it again)"
    )
    if Path("other.txt").exists():
        assert Path("other.txt").read_text(encoding="utf-8") == "important"
    assert not Path("nowhere").exists()


def test_the_new_file_has_no_place():
    Path(".GC-001.yaml.part").mkdir()
    assert ".GC-001.yaml.part, the new file while it is written, is a folder" in refused("dose-1", "2025-03-05")


# --- links ----------------------------------------------------------------------------------------------------------


@NO_LINKS
def test_a_link_stays_one_and_its_file_is_changed():
    Path("kept").mkdir()
    FILE.rename("kept/GC-001.yaml")
    FILE.symlink_to("kept/GC-001.yaml")
    assert record("dose-1", "2025-03-05", name="GC-001.yaml").code == 0
    assert FILE.is_symlink()
    assert FILE.readlink() == Path("kept/GC-001.yaml")
    assert not Path("kept/GC-001.yaml").is_symlink()
    assert content(Path("kept/GC-001.yaml"))["visits"] == {"dose-1": {"actual": "2025-03-05"}}
    assert not LOCK.exists()  # it lies beside the file itself, for all its names
    assert Path("kept/.GC-001.yaml.lock").exists()


@NO_LINKS
def test_another_hard_link_is_told():
    os.link(FILE, "copy.txt")
    ran = record("dose-1", "2025-03-05")
    assert ran.code == 0
    told = "this file has another name on the disk (a hard link), under which it stays as it was (keep one name"
    assert f"GC-001.yaml: warning: {told}" in ran.err
    assert Path("copy.txt").read_text(encoding="utf-8") == SUBJECT
    assert content()["visits"] == {"dose-1": {"actual": "2025-03-05"}}
    assert "hard link" not in record("dose-2", "2025-03-12").err  # they are two files by now


# --- what the history can show --------------------------------------------------------------------------------------


def at_time(monkeypatch, seconds):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))


def test_a_clock_set_back_is_told(monkeypatch):
    record("dose-1", "2025-03-05")
    at_time(monkeypatch, T0 - DAY)
    ran = record("dose-2", "2025-03-12")
    assert ran.code == 0
    told = "entry 3 is dated 2025-03-19T08:10:10Z, before entry 2 of 2025-03-20T08:10:10Z"
    assert f"GC-001.yaml: warning: {told} (the computer's clock was set back, or SOURCE_DATE_EPOCH is set" in ran.err
    at_time(monkeypatch, T0 + DAY)
    assert "is dated" not in record("dose-3", "2025-03-19").err  # that entry is in order
    ran = run("history", "GC-001")
    assert ran.code == 1
    assert ran.err.count("warning: ") == 1
    assert told in ran.err
    assert "Result      unbroken, but its times go back: 4 entries, each as it was written" in ran.out.decode()
    assert json.loads(run("history", "GC-001", "--format", "json").out)["verified"] is False


def test_the_same_second_is_no_way_back():
    record("dose-1", "2025-03-05")
    record("dose-2", "2025-03-12")
    assert run("history", "GC-001").code == 0


def test_a_history_taken_away_is_not_called_unbroken(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    record("dose-1", "2025-03-05")
    text = FILE.read_text(encoding="utf-8")
    FILE.write_text(text[: text.index("history:")], encoding="utf-8")
    ran = run("history", "GC-001")
    assert ran.out.decode().splitlines() == [
        "Subject     GC-001",
        "File        GC-001.yaml",
        "Result      no history is kept in this file: what changed, and whether, it cannot show",
    ]
    document = json.loads(run("history", "GC-001", "--format", "json").out)
    assert (document["verified"], document["entries"]) == (False, [])


# --- outputs that nobody can read -----------------------------------------------------------------------------------

LINE = "trialcal record GC-001 dose-1 2025-03-05 --by SC1 --today 2025-03-20"
NO_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="these lines are for another shell")
NOT_SHOWN = "note: dose-1 done is recorded in GC-001.yaml; only this command's output could not be written"


@NO_SHELL
@pytest.mark.parametrize("to", [">&-", ">/dev/full", "| true"])
def test_it_is_said_that_it_is_recorded(to, tmp_path):
    if to == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("this system has no such device")
    line = f"(sleep 0.3; {LINE}) {to}" if to == "| true" else f"{LINE} {to}"
    ran = run_line(line, tmp_path, SOURCE_DATE_EPOCH=str(T0))
    assert NOT_SHOWN in ran.stderr.decode()
    assert b"Traceback" not in ran.stderr
    assert content()["visits"] == {"dose-1": {"actual": "2025-03-05"}}


@NO_SHELL
def test_a_dry_run_says_no_such_thing(tmp_path):
    ran = run_line(f"{LINE} --dry-run >&-", tmp_path)
    assert b"is recorded in" not in ran.stderr
    assert FILE.read_text(encoding="utf-8") == SUBJECT


@NO_SHELL
def test_a_new_file_is_told_of_too(tmp_path):
    words = "new GC-002.yaml --subject GC-002 -p small --by SC1"
    ran = run_line(f"trialcal {shlex.join(words.split())} >&-", tmp_path)
    assert b"note: GC-002.yaml is written; only this command's output could not be written" in ran.stderr
    assert Path("GC-002.yaml").exists()
