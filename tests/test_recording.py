"""Changing a file in place: only what changes is touched, nothing is lost, and all of it leaves a trace."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from trialcal.files.editing import applied
from trialcal.files.history import plain, verify
from trialcal.files.keys import SUBJECT_SHAPES
from trialcal.files.recording import Decision, Shelve, Step, begin, change, change_by
from trialcal.files.tree import parse
from trialcal.problems import Problem

NOW = datetime(2025, 3, 12, 9, 0, tzinfo=UTC)
FILE = """\
# GC-001, kept by the study nurse

subject:  GC-001      # the study number
protocol: 'gc012f'
version: "1.0"

given: {infusion: 2025-03-10}  # told by phone

visits:
  # conditioning went as planned
  lymphodepletion-1: {actual: 2025-03-05T09:00,   end: 2025-03-05T11:30}
  infusion: {booked: 2025-03-10,   # by phone
    reason: "product delayed"}     # the lab's word

  day-28:   # in lines
    # a comment inside
    booked: 2025-04-07   # morning
holds:
- {visits: [dose], from: 2025-03-10, reason: 'ALT  raised'}

# what else
notes: |
  a first line
  # no comment
"""


def nothing_wrong(_):
    return ()


def made(path, *steps, what="w", reason="", check=nothing_wrong):
    return change(path, list(steps), what=what, by="SC1", reason=reason, now=NOW, check=check)


def difference(old, new):
    """The lines that went and came, without those of the history."""
    before, after = old.splitlines(), new.partition("\nhistory:\n")[0].splitlines()
    gone = [line for line in before if line not in after]
    came = [line for line in after if line not in before]
    kept = [line for line in before if line in after]
    assert [line for line in after if line in before] == kept, "lines that stay keep their order"
    return gone, came


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "GC-001.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


WORKED = {
    "a value inside braces, before the reason": (
        [Step(("visits", "infusion", "actual"), "2025-03-12")],
        ['    reason: "product delayed"}     # the lab\'s word'],
        ['    actual: 2025-03-12, reason: "product delayed"}     # the lab\'s word'],
    ),
    "a value changed, its comment stays": (
        [Step(("given", "infusion"), "2025-03-11T09:00")],
        ["given: {infusion: 2025-03-10}  # told by phone"],
        ["given: {infusion: 2025-03-11T09:00}  # told by phone"],
    ),
    "a value in lines changed": (
        [Step(("visits", "day-28", "booked"), "2025-04-08")],
        ["    booked: 2025-04-07   # morning"],
        ["    booked: 2025-04-08   # morning"],
    ),
    "a value added in lines": (
        [Step(("visits", "day-28", "actual"), "2025-04-08")],
        [],
        ["    actual: 2025-04-08"],
    ),
    "an entry of a table added": (
        [Step(("visits", "day-56", "status"), "missed"), Step(("visits", "day-56", "reason"), "ill: at home, #2")],
        [],
        ['  day-56: {status: missed, reason: "ill: at home, #2"}'],
    ),
    "a key of the file added where it belongs": ([Step(("consent",), "2025-02-10")], [], ["consent: 2025-02-10"]),
    "a table added": (
        [Step(("unscheduled", "unscheduled-1"), {"actual": "2025-03-20", "reason": "rash"})],
        [],
        ["unscheduled:", "  unscheduled-1: {actual: 2025-03-20, reason: rash}"],
    ),
    "an item of a list added": (
        [Step(("holds", "+"), {"visits": ["dose"], "from": "2025-04-01"})],
        [],
        ["- {visits: [dose], from: 2025-04-01}"],
    ),
    "a list added": (
        [Step(("delays", "+"), {"visits": ["dose-4", "dose-5"], "by": "7 d"})],
        [],
        ["delays:", "  - {visits: [dose-4, dose-5], by: 7 d}"],
    ),
    "a value of a list's item": (
        [Step(("holds", "1", "until"), "2025-03-17")],
        ["- {visits: [dose], from: 2025-03-10, reason: 'ALT  raised'}"],
        ["- {visits: [dose], from: 2025-03-10, until: 2025-03-17, reason: 'ALT  raised'}"],
    ),
    "a list's only item taken away": (
        [Step(("holds", "1"), None)],
        ["holds:", "- {visits: [dose], from: 2025-03-10, reason: 'ALT  raised'}"],
        [],
    ),
    "a table's only value taken away": (
        [Step(("given", "infusion"), None)],
        ["given: {infusion: 2025-03-10}  # told by phone"],
        [],
    ),
    "the last value inside braces taken away": (
        [Step(("visits", "lymphodepletion-1", "end"), None)],
        ["  lymphodepletion-1: {actual: 2025-03-05T09:00,   end: 2025-03-05T11:30}"],
        ["  lymphodepletion-1: {actual: 2025-03-05T09:00}"],
    ),
    "the first value inside braces taken away": (
        [Step(("visits", "lymphodepletion-1", "actual"), None)],
        ["  lymphodepletion-1: {actual: 2025-03-05T09:00,   end: 2025-03-05T11:30}"],
        ["  lymphodepletion-1: {end: 2025-03-05T11:30}"],
    ),
    "an entry in lines taken away": (
        [Step(("visits", "day-28"), None)],
        ["  day-28:   # in lines", "    # a comment inside", "    booked: 2025-04-07   # morning"],
        [],
    ),
    "a text of several lines": (
        [Step(("notes",), "a first line\n# no comment\nmore: text\n")],
        [],
        ["  more: text"],
    ),
    "words that other programs take for no text": (
        [Step(("visits", "x", "reason"), "no"), Step(("version",), "2.0")],
        ['version: "1.0"'],
        ['version: "2.0"', '  x: {reason: "no"}'],
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_worked_changes(file, name):
    steps, gone, came = WORKED[name]
    changed = made(file, *steps)
    assert changed.entry is not None, [problem.told() for problem in changed.problems]
    assert difference(FILE, file.read_text(encoding="utf-8")) == (gone, came)
    assert changed.new == file.read_text(encoding="utf-8")
    assert verify(file.read_bytes(), "f").problems == ()


def test_new_keys_stand_where_they_belong(file):
    made(file, Step(("consent",), "2025-02-10"), Step(("rfstdtc",), "2025-03-12"), Step(("arm",), "a"))
    made(file, Step(("unscheduled", "unscheduled-1", "actual"), "2025-03-20"), Step(("attempt",), "2"))
    names = re.findall("(?m)^([a-z]+):", file.read_text(encoding="utf-8"))
    order = [key.name for key in SUBJECT_SHAPES["subject"]]
    assert names == sorted(names, key=order.index)
    assert len(names) == 13


def test_a_whole_screening_is_shelved_with_its_comments(file):
    shelve = Shelve(
        ("given", "visits", "holds"),
        "earlier_attempts",
        {"attempt": "1", "ended": "2025-04-20", "reason": "lab, out of range"},
    )
    assert made(file, Step(("attempt",), "2"), shelve).entry is not None
    assert (
        file.read_text(encoding="utf-8").partition("history:")[0]
        == """\
# GC-001, kept by the study nurse

subject:  GC-001      # the study number
protocol: 'gc012f'
version: "1.0"
attempt: 2

earlier_attempts:
  - attempt: 1
    ended: 2025-04-20
    reason: "lab, out of range"
    given: {infusion: 2025-03-10}  # told by phone
    visits:
      # conditioning went as planned
      lymphodepletion-1: {actual: 2025-03-05T09:00,   end: 2025-03-05T11:30}
      infusion: {booked: 2025-03-10,   # by phone
        reason: "product delayed"}     # the lab's word

      day-28:   # in lines
        # a comment inside
        booked: 2025-04-07   # morning
    holds:
    - {visits: [dose], from: 2025-03-10, reason: 'ALT  raised'}

# what else
notes: |
  a first line
  # no comment
"""
    )
    assert made(file, Step(("given", "infusion"), "2025-05-05")).entry is not None
    again = Shelve(("given",), "earlier_attempts", {"attempt": "2", "ended": "2025-05-20"})
    assert made(file, Step(("attempt",), "3"), again).entry is not None
    assert "  - attempt: 2\n    ended: 2025-05-20\n    given: {infusion: 2025-05-05}\n" in file.read_text()
    assert file.read_text().count("earlier_attempts:\n") == 1


# --- nothing else is touched --------------------------------------------------------------------------------------


def comments(text):
    """The comments of a text, as another program finds them: what follows # outside of values."""
    found = []
    values = [
        (token.start_mark.index, token.end_mark.index)
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken)
    ]
    for match in re.finditer("(?m)(?:^|(?<=[ ]))#(?=(.*)$)", text):
        if not any(start <= match.start() < end for start, end in values):
            found.append(match[1])
    return found


def test_random_changes_come_to_what_they_should(tmp_path):
    """250 random steps: the values are those of the same steps on plain tables; comments and all other lines stay."""
    rng = random.Random(11)
    path = tmp_path / "S.yaml"
    names = ("infusion", "day-28", "lymphodepletion-1", "x", "day-1")
    keys = ("actual", "booked", "end", "status", "reason")
    texts = (
        "2025-03-12",
        "2025-03-12T09:30",
        "missed",
        "a, b",
        "c: d",
        "#e",
        '"f"',
        "g'",
        "été",
        "null",
        "1.0",
        "-",
        "a #b",
        "{",
        " h",
    )
    for turn in range(25):
        path.write_text(FILE, encoding="utf-8")
        content = plain(parse(FILE.encode(), "f")[0])
        removed = False
        for _ in range(10):
            step = rng.choice(
                [
                    Step(("visits", rng.choice(names), rng.choice(keys)), rng.choice(texts)),
                    Step(("visits", rng.choice(names), rng.choice(keys)), rng.choice(texts)),
                    Step(("given", rng.choice(names)), rng.choice(texts)),
                    Step(("holds", "+"), {"visits": ["dose"], "reason": rng.choice(texts)}),
                    Step(("consent",), rng.choice(texts)),
                    Step(("visits", rng.choice(names), rng.choice(keys)), None),
                    Step((rng.choice(("consent", "given")),), None),
                ]
            )
            wanted = applied(content, step)
            old = path.read_text(encoding="utf-8")
            changed = made(path, step)
            assert not [each for each in changed.problems if each.level == "error"], (
                turn,
                step,
                old,
                changed.problems,
            )
            new = path.read_text(encoding="utf-8")
            assert (changed.entry is None) == (wanted == content)
            found = plain(parse(new.encode(), "f")[0])
            found.pop("history", None)
            assert found == wanted
            content = wanted
            removed = removed or step.value is None
            if not removed:
                assert comments(new) == comments(FILE), (step, new)
            came = [line for line in new.splitlines() if line not in old.splitlines() and "{n: " not in line]
            assert len(came) <= 3, came
        assert verify(path.read_bytes(), "f").problems == ()


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends_and_the_mark_at_the_beginning_stay(tmp_path, ends, mark, last):
    path = tmp_path / "S.yaml"
    text = mark + FILE.removesuffix("# no comment\n") + "  last\n"
    text = text.replace("\n", ends) if last else text.replace("\n", ends).removesuffix(ends)
    path.write_bytes(text.encode())
    for number in range(2):
        changed = made(path, Step(("visits", f"v{number}", "actual"), "2025-03-12"))
        assert changed.entry is not None, changed.problems
    data = path.read_bytes().decode()
    assert data.startswith(mark + "# GC-001")
    assert data.count("\n") == data.count(ends) == len(data.split(ends)) - 1
    assert verify(path.read_bytes(), "f").problems == ()


# --- the trace ----------------------------------------------------------------------------------------------------


def test_the_entries_of_a_first_change(file):
    made(file, Step(("visits", "infusion", "booked"), "2025-03-12"), what="infusion booked", reason="delayed")
    first, second = verify(file.read_bytes(), "f").entries
    assert (first.n, first.by, first.what, first.old, first.new, first.reason) == (1, "SC1", "taken over", "", "", "")
    assert (second.n, second.when, second.what) == (2, "2025-03-12T09:00:00Z", "infusion booked")
    assert (second.old, second.new, second.reason) == ("booked: 2025-03-10", "booked: 2025-03-12", "delayed")
    assert second.before == first.hash


def test_values_that_lie_apart_are_told_by_their_paths(file):
    made(file, Step(("given", "infusion"), "2025-03-11"), Step(("consent",), "2025-02-10"))
    entry = verify(file.read_bytes(), "f").entries[-1]
    assert entry.old == "given.infusion: 2025-03-10"
    assert entry.new == "given.infusion: 2025-03-11, consent: 2025-02-10"


def test_lines_of_the_history_are_never_written_again(file):
    before = ""
    for number in range(5):
        made(file, Step(("given", "infusion"), f"2025-03-{number + 11}"), reason='"', what="infusion given")
        lines = file.read_text(encoding="utf-8").partition("history:\n")[2]
        assert lines.startswith(before)
        assert len(lines.splitlines()) == number + 2
        before = lines


def test_the_same_again_changes_nothing(file):
    made(file, Step(("given", "infusion"), "2025-03-11"))
    data = file.read_bytes()
    changed = made(file, Step(("given", "infusion"), "2025-03-11"))
    assert (changed.entry, changed.problems) == (None, ())
    assert file.read_bytes() == data


def test_an_edit_by_hand_is_noted(file):
    made(file, Step(("given", "infusion"), "2025-03-11"))
    file.write_text(file.read_text(encoding="utf-8").replace("2025-04-07", "2025-04-06"), encoding="utf-8")
    changed = made(file, Step(("given", "infusion"), "2025-03-12"), what="infusion given")
    assert [problem.code for problem in changed.problems] == ["edited-by-hand"]
    entries = verify(file.read_bytes(), "f").entries
    assert [(entry.by, entry.what, entry.reason) for entry in entries[2:]] == [
        ("unknown", "edited by hand", "found before this change: infusion given"),
        ("SC1", "infusion given", ""),
    ]
    assert verify(file.read_bytes(), "f").problems == ()


def test_nothing_is_added_to_an_edited_history(file):
    made(file, Step(("given", "infusion"), "2025-03-11"))
    file.write_text(file.read_text(encoding="utf-8").replace("03-11", "03-13"), encoding="utf-8")
    data = file.read_bytes()
    changed = made(file, Step(("given", "infusion"), "2025-03-12"))
    assert changed.entry is None
    assert changed.problems[0].told() == (
        f"{file}:27:5: error: history[2]: entry 2 was changed after it was written: it does not agree with its hash"
    )
    assert changed.problems[-1].code == "history-advice"
    assert file.read_bytes() == data


def test_what_the_check_refuses_is_not_written(file):
    error = Problem("error", "x", "no such visit")
    changed = made(file, Step(("given", "infusion"), "2025-03-12"), check=lambda text: (error,))
    assert (changed.entry, changed.problems) == (None, (error,))
    assert file.read_text(encoding="utf-8") == FILE
    warning = Problem("warning", "x", "a doubt")
    changed = made(file, Step(("given", "infusion"), "2025-03-12"), check=lambda text: (warning,))
    assert changed.entry is not None
    assert changed.problems == (warning,)


def test_the_decision_sees_the_file_as_it_is(file):
    seen = []

    def decide(text):
        seen.append(text)
        return Decision([Step(("consent",), "2025-02-10")], "consent", problems=(Problem("warning", "x", "late"),))

    changed = change_by(file, decide, by="SC1", now=NOW, check=nothing_wrong, file="S.yaml")
    assert seen == [FILE]
    assert changed.old == FILE
    assert changed.new == file.read_text(encoding="utf-8")
    assert [problem.message for problem in changed.problems] == ["late"]


def test_a_dry_run_writes_nothing(file):
    def decide(text):
        return Decision([Step(("consent",), "2025-02-10")], "consent")

    changed = change_by(file, decide, by="SC1", now=NOW, check=nothing_wrong, dry_run=True)
    assert "consent: 2025-02-10\n" in changed.new
    assert file.read_text(encoding="utf-8") == FILE
    assert [path.name for path in file.parent.iterdir()] == ["GC-001.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{subject: GC-001, protocol: gc012f}\n",
            "S.yaml: error: this file cannot be changed by trialcal as it is written: the whole file is written in "
            "braces; nothing was written (change it by hand: the next change by trialcal notes that in the history)",
        ),
        (
            "subject: GC-001\nholds: [[a,\n b]]\nvisits:\n  x: [a]\n...\n",
            "S.yaml: error: this file cannot be changed by trialcal as it is written: `history` is not the last key, "
            "or not written in lines that begin with `- `; nothing was written (change it by hand: the next change "
            "by trialcal notes that in the history)",
        ),
        (
            "subject: [GC-001\n",
            "S.yaml:1:10: error: subject: the '[' opened here is never closed (close the bracket)",
        ),
        ("", "S.yaml:1:1: error: the file is empty (write lines of the form 'name: value', for example 'id: cc312')"),
        (
            "subject: \x00\n",
            "S.yaml:1:10: error: an invisible NUL character stands here (save the file with the encoding UTF-8)",
        ),
        (
            "a: 1\na: 2\n",
            "S.yaml:2:1: error: a: 'a' stands here again; it is already in line 1 "
            "(keep one of the two; the first is read)",
        ),
    ],
)
def test_what_cannot_be_changed(file, text, message):
    file.write_text(text, encoding="utf-8")
    changed = change_by(
        file,
        lambda _: Decision([Step(("consent",), "2025-02-10")], "consent"),
        by="SC1",
        now=NOW,
        check=nothing_wrong,
        file="S.yaml",
    )
    assert changed.entry is None
    assert changed.problems[0].told().startswith(message)
    assert file.read_text(encoding="utf-8") == text


def test_texts_become_lines_that_can_be_printed(file):
    made(file, Step(("given", "infusion"), "2025-03-11"), reason="a\nb\x1b[31m\u2028c\udc80 ", what="w\t")
    entry = verify(file.read_bytes(), "f").entries[-1]
    assert (entry.reason, entry.what) == ("a b\ufffd[31m c\ufffd", "w")
    assert verify(file.read_bytes(), "f").problems == ()


def test_a_history_that_would_grow_too_long_a_text(file):
    changed = made(file, Step(("notes",), "x" * 9_000), reason="y" * 11_000)
    assert [problem.code for problem in changed.problems] == ["too-long"]
    assert file.read_text(encoding="utf-8") == FILE


def test_missing_file(tmp_path):
    changed = made(tmp_path / "none.yaml", Step(("a",), "b"))
    assert changed.problems[0].told() == (
        f"{tmp_path / 'none.yaml'}: error: there is no such file (check the spelling of the name and of its folder)"
    )
    assert not list(tmp_path.glob("none.yaml"))


def test_a_file_is_begun_once(tmp_path):
    path = tmp_path / "S.yaml"
    text = "subject: GC-001\nprotocol: gc012f\n"
    begun = begin(path, text, what="file begun", by="SC1", now=NOW, check=nothing_wrong)
    assert begun.entry is not None
    assert path.read_text(encoding="utf-8").startswith(text + "history:\n  - {n: 1, ")
    assert verify(path.read_bytes(), "f").problems == ()
    again = begin(path, text, what="file begun", by="SC1", now=NOW, check=nothing_wrong, file="S.yaml")
    assert [problem.told() for problem in again.problems] == [
        "S.yaml: error: there is a file of this name already; nothing was written (choose another name)"
    ]
    assert Path(path).read_text(encoding="utf-8") == begun.new
