"""A file is the old one or the new one, whoever dies; and one writer at a time, whoever waits."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

import trialcal.files
from trialcal.files import keeping
from trialcal.files.history import verify
from trialcal.files.keeping import Refused, beside_of, locked, present, replace
from trialcal.files.recording import Step, change
from trialcal.files.tree import parse

NOW = datetime(2025, 3, 12, 9, 0, tzinfo=UTC)
OLD = """\
# one subject
subject: GC-001
protocol: gc012f   # from the registry
visits:
  infusion: {booked: 2025-03-10}
"""
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "GC-001.yaml"
    path.write_text(OLD, encoding="utf-8")
    return path


def refusal(work):
    with pytest.raises(Refused) as refused:
        work()
    (problem,) = refused.value.problems
    return problem.told()


def put(path, data, before):
    with locked(path) as real:
        replace(real, data, before=before)


def in_child(work):
    """Run something in a process of its own; gives its exit code: 0, 1 for an exception, or what it ended with."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# --- replacing --------------------------------------------------------------------------------------------------


def test_new_bytes_stand_there_with_the_old_mode(file):
    file.chmod(0o640)
    put(file, b"new", OLD.encode())
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(path.name for path in file.parent.iterdir()) == [".GC-001.yaml.lock", "GC-001.yaml"]


def test_a_new_file_is_made_and_none_is_overwritten(tmp_path):
    path = tmp_path / "new.yaml"
    put(path, b"first", None)
    assert path.read_bytes() == b"first"
    told = refusal(lambda: put(path, b"second", None))
    assert told == (f"{path}: error: there is a file of this name already; nothing was written (choose another name)")
    assert path.read_bytes() == b"first"


def test_a_link_stays_one(file, tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(file.name)
    put(link, b"new", OLD.encode())
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_a_link_to_itself_is_told(tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(link)
    told = refusal(lambda: put(link, b"new", b""))
    assert told == f"{link}: error: it is a link that leads to itself (name the file itself)"


def test_what_another_program_wrote_meanwhile_stays(file):
    def work():
        with locked(file) as real:
            before = present(real)
            file.write_text("saved in an editor")
            replace(real, b"new", before=before)

    assert refusal(work) == (
        f"{file}: error: another program changed this file at the same time; nothing was written "
        "(save and close it there, then do it again)"
    )
    assert file.read_text() == "saved in an editor"


def test_what_a_stopped_writer_left_hinders_nobody(file):
    beside_of(file, "part").write_text("half of it")
    beside_of(file, "lock").write_text("SC9, process 1 on nowhere")
    put(file, b"new", OLD.encode())
    assert file.read_bytes() == b"new"
    assert not beside_of(file, "part").exists()


def test_a_name_as_long_as_can_be(tmp_path):
    path = tmp_path / f"{'x' * 250}.yaml"
    put(path, b"new", None)
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full; nothing was written (make room, then do it again)"),
        (errno.EDQUOT, "your share of the disk is used up; nothing was written (make room, then do it again)"),
        (errno.EIO, "the file cannot be written: Input/output error; nothing was written (check the disk)"),
        (
            errno.EROFS,
            "the disk is read-only; nothing was written "
            "(ask who looks after the folder, or work on a copy in a folder of your own)",
        ),
    ],
)
def test_a_disk_that_refuses(file, monkeypatch, number, message):
    def refuse(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(keeping.os, "fsync", refuse)
    told = refusal(lambda: put(file, b"new", OLD.encode()))
    assert told == f"{file}: error: {message}"
    assert file.read_text() == OLD
    assert not beside_of(file, "part").exists()


def test_a_folder_and_a_missing_folder(tmp_path):
    assert refusal(lambda: put(tmp_path, b"", b"")) == (
        f"{tmp_path}: error: this is a folder, not a file (name a file inside the folder)"
    )
    path = tmp_path / "none" / "x.yaml"
    assert refusal(lambda: put(path, b"", None)) == (
        f"{path}: error: there is no such folder (make it first, or check the spelling)"
    )


@needs_fork
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "words"),
    [
        (0o755, 0o666, "you may not write in its folder, where the lock and the new file lie; nothing was written"),
        (0o777, 0o644, "the file is write-protected; nothing was written"),
        (0o777, 0o666, ""),
    ],
)
def test_who_may_not_write_is_told_so(folder_mode, file_mode, words):
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "GC-001.yaml"
        path.write_text(OLD)
        put(path, OLD.encode(), OLD.encode())  # the lock is there, and belongs to somebody else
        folder.chmod(folder_mode)
        path.chmod(file_mode)
        beside_of(path, "lock").chmod(file_mode)

        def work():
            os.setgid(65534)
            os.setuid(65534)
            if words:
                assert words in refusal(lambda: put(path, b"new", OLD.encode()))
            else:
                put(path, b"new", OLD.encode())

        assert in_child(work) == 0
        assert path.read_text() == (OLD if words else "new")


# --- the lock ---------------------------------------------------------------------------------------------------


@needs_fork
def test_who_waits_in_vain_is_told_for_whom(file):
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with locked(file, by="SC1", now=NOW):
            os.write(ready[1], b"x")
            os.read(go[0], 1)
            os._exit(0)
    os.read(ready[0], 1)
    try:
        with pytest.raises(Refused) as refused, locked(file, wait=0.1):
            pass
    finally:
        os.write(go[1], b"x")
        os.waitpid(child, 0)
    (problem,) = refused.value.problems
    assert problem.message == (
        f"another program is changing this file (SC1, process {child} on {os.uname().nodename}, "
        "since 2025-03-12 09:00:00 UTC), for more than 0.1 seconds; nothing was written"
    )
    assert problem.hint == "wait until it is done, then do it again; if it hangs, end it: its lock then ends as well"
    put(file, b"new", OLD.encode())  # its holder has died without a word


# --- killed anywhere --------------------------------------------------------------------------------------------

WATCHED = tuple(
    str(Path(trialcal.files.__file__).parent / f"{name}.py")
    for name in ("keeping", "recording", "history", "editing", "spots")
)
POINTS = 130


def record(path, day="2025-03-12"):
    steps = [Step(("visits", "infusion", "actual"), day), Step(("visits", "infusion", "reason"), "late")]
    return change(path, steps, what="infusion done", by="SC1", reason="late", now=NOW, check=lambda _: ())


def record_until(path, point):
    """Change the file, and end the process at the n-th line or call of the code; gives how many there were."""
    seen = 0

    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename not in WATCHED:
            return None
        seen += 1
        if seen == point:
            os._exit(9)
        return trace

    sys.settrace(trace)
    try:
        record(path)
    finally:
        sys.settrace(None)
    return seen


@needs_fork
def test_killed_at_any_point_the_file_is_the_old_or_the_new_one(file):
    record(file)
    whole = file.read_text()
    file.write_text(OLD)
    total = record_until(file, 0)
    assert file.read_text() == whole
    # Every point of the writing itself, where most can go wrong, and the others spread over the whole.
    replacing = range(total - 60, total + 1)
    spread = range(1, total - 60, max(1, (total - 60) // (POINTS - 60)))
    points = sorted({*spread, *replacing})
    assert len(points) >= 100
    states = []
    for point in points:
        file.write_text(OLD)
        assert in_child(lambda point=point: record_until(file, point)) == 9, f"the code has no point {point}"
        text = file.read_text()
        assert text in (OLD, whole), f"killed at {point}, a third file was there"
        states.append(text == whole)
        assert verify(text.encode(), "f").problems == ()
        changed = record(file, "2025-03-13")  # what the dead left behind hinders nobody
        assert changed.entry is not None, [problem.told() for problem in changed.problems]
        tree, problems = parse(file.read_bytes(), "f")
        assert tree is not None and not problems
        assert verify(file.read_bytes(), "f").problems == ()
        assert len(verify(file.read_bytes(), "f").entries) == (3 if text == whole else 2)
    assert states == sorted(states), "the new file came and went"
    assert 0 < sum(states) < len(states)


# --- many at once -----------------------------------------------------------------------------------------------


@needs_fork
def test_eight_writers_at_once_lose_nothing(file):
    def writer(number):
        for turn in range(5):
            steps = [Step(("visits", f"visit-{number}-{turn}", "actual"), f"2025-04-{number + 1:02}")]
            changed = change(file, steps, what="w", by=f"SC{number}", reason="", now=NOW, check=lambda _: ())
            assert changed.entry is not None, changed.problems

    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                writer(number)
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    found = verify(file.read_bytes(), "f")
    assert found.problems == ()
    assert len(found.entries) == 41  # the file taken over, and 40 changes
    assert sorted(entry.by for entry in found.entries[1:]) == sorted(f"SC{n}" for n in range(8) for _ in range(5))
    text = file.read_text()
    for number in range(8):
        for turn in range(5):
            assert f"  visit-{number}-{turn}: {{actual: 2025-04-{number + 1:02}}}\n" in text
