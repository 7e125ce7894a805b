"""A history tells who changed what, and whatever is done to it by hand is found; `trialcal history` prints it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from command import run
from pages import blocks

from trialcal.files.history import verify
from trialcal.files.recording import Step, change
from trialcal.problems import has_errors

START = datetime(2025, 3, 12, 9, 0, tzinfo=UTC)
PLAIN = """\
# one subject
subject: GC-001
protocol: gc012f
visits:
  infusion: {booked: 2025-03-10}
"""
REASONS = ("", "late", 'said "no", #2: x', "d'accord", "été 😀", "a\\b", "{x: [y]}", "- no", "null")
ADVICE = (
    "note: nothing is added to an edited history: put the file back as it was, from a backup; where there is none, "
    "keep this one as it is, and go on in a copy without `history`, which then begins anew"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file with a history of ten entries."""
    path = tmp_path_factory.mktemp("history") / "GC-001.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    for number, reason in enumerate(REASONS):
        steps = [Step(("visits", "infusion", "actual"), f"2025-03-{number + 11}")]
        changed = change(
            path,
            steps,
            what="infusion done",
            by="SC1",
            reason=reason,
            now=START + timedelta(days=number),
            check=lambda _: (),
        )
        assert changed.entry is not None
    return path.read_text(encoding="utf-8")


def found_in(text):
    return verify(text.encode(), "S.yaml")


def parts(text):
    """The facts, and the lines of the history."""
    head, _, rest = text.partition("history:\n")
    return head + "history:\n", rest.splitlines(keepends=True)


# --- what stands there --------------------------------------------------------------------------------------------


def test_an_untouched_history_is_sound(whole):
    found = found_in(whole)
    assert found.problems == ()
    assert [entry.n for entry in found.entries] == list(range(1, 11))
    assert [entry.reason for entry in found.entries[1:]] == list(REASONS)
    assert found.entries[0].what == "taken over"
    assert found.entries[2].old == "actual: 2025-03-11"
    assert found.entries[2].new == "actual: 2025-03-12"
    assert found.entries[2].when == "2025-03-13T09:00:00Z"


def digest(content):
    """The hash as docs/subjects.md describes it, from another program's reading of the file."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def test_another_program_comes_to_the_same_hashes(whole):
    class Texts(yaml.SafeLoader):
        """Reads every scalar as text."""

    Texts.yaml_implicit_resolvers = {}
    content = yaml.load(whole, Loader=Texts)
    entries = content.pop("history")
    before = "0" * 64
    for entry in entries:
        stated = entry.pop("hash")
        assert entry["before"] == before
        assert digest(entry) == stated
        before = stated
    assert entries[-1]["facts"] == digest(content)
    assert entries[0]["facts"] == digest(yaml.load(PLAIN, Loader=Texts))


def test_the_check_of_the_page(whole, tmp_path, monkeypatch):
    """The program that docs/subjects.md shows finds a history sound, and an edit."""
    page = (Path(__file__).parent.parent / "docs" / "subjects.md").read_text(encoding="utf-8")
    (program,) = (block.text for block in blocks(page) if block.language == "python")
    path = tmp_path / "S.yaml"
    monkeypatch.setattr("sys.argv", ["check.py", str(path)])
    path.write_text(whole, encoding="utf-8")
    exec(compile(program, "check.py", "exec"), {})
    for old, new in (('"late"', '"ill"'), ("booked: 2025-03-10", "booked: 2025-03-09")):
        path.write_text(whole.replace(old, new), encoding="utf-8")
        with pytest.raises(AssertionError):
            exec(compile(program, "check.py", "exec"), {})


def test_a_worked_history():
    """The form is a promise: a file of today must be sound in ten years. The hashes come from `sha256sum`."""
    text = (
        "subject: GC-001\nprotocol: gc012f\nhistory:\n"
        '  - {n: 1, when: "2025-03-12T09:00:00Z", by: "SC1", what: "file begun", old: "", new: "", reason: "", '
        'facts: "FACTS", before: "ZEROS", hash: "HASH"}\n'
    )
    facts = hashlib.sha256(b'{"protocol":"gc012f","subject":"GC-001"}').hexdigest()
    entry = (
        f'{{"before":"{"0" * 64}","by":"SC1","facts":"{facts}","n":"1","new":"","old":"","reason":"",'
        '"what":"file begun","when":"2025-03-12T09:00:00Z"}'
    )
    own = hashlib.sha256(entry.encode()).hexdigest()
    text = text.replace("FACTS", facts).replace("ZEROS", "0" * 64).replace("HASH", own)
    found = found_in(text)
    assert found.problems == ()
    assert found.entries[0].what == "file begun"


def test_comments_order_and_layout_do_not_count(whole):
    head, lines = parts(whole)
    other = (
        "protocol:   'gc012f'  # the registry's\n\n# a comment\nsubject: GC-001\nvisits:\n  infusion:\n"
        '    actual: 2025-03-19\n    booked: "2025-03-10"\n'
    )
    assert other != head
    assert found_in(other + "history:\n" + "".join(lines)).problems == ()


# --- what is done to it -------------------------------------------------------------------------------------------


def test_every_edit_of_one_character_is_found(whole):
    head, lines = parts(whole)
    rng = random.Random(5)
    signs = string.printable[:95] + "é\t"
    for _ in range(200):
        number = rng.randrange(len(lines))
        line = lines[number].rstrip("\n")
        at = rng.randrange(len(line))
        edited = rng.choice(
            [
                line[:at] + line[at + 1 :],
                line[:at] + rng.choice(signs) + line[at:],
                line[:at] + rng.choice(signs) + line[at + 1 :],
            ]
        )
        if edited == line:
            continue
        text = head + "".join([*lines[:number], f"{edited}\n", *lines[number + 1 :]])
        found = found_in(text)
        assert found.problems, f"not found: {edited}"
        place = found.problems[0].place.line
        if not found.problems[0].code.startswith("yaml"):
            assert place in (len(head.splitlines()) + number + 1, len(head.splitlines()) + number + 2)


def test_every_edit_of_a_value_is_an_error(whole):
    head, lines = parts(whole)
    for field in ("when", "by", "what", "old", "new", "reason", "facts", "before", "hash"):
        line = lines[4]
        start = line.index(f'{field}: "') + len(field) + 3
        edited = line[:start] + ("X" if line[start] != "X" else "Y") + line[start + (line[start] != '"') :]
        found = found_in(head + "".join([*lines[:4], edited, *lines[5:]]))
        assert found.problems[0].told() == (
            "S.yaml:11:5: error: history[5]: entry 5 was changed after it was written: "
            "it does not agree with its hash"
        ), field
        assert [problem.code for problem in found.problems] == ["history-edited", "history-advice"]


@pytest.mark.parametrize("number", range(10))
def test_a_removed_entry(whole, number):
    head, lines = parts(whole)
    found = found_in(head + "".join(lines[:number] + lines[number + 1 :]))
    told = [problem.told() for problem in found.problems]
    if number == 9:
        assert told == [
            "S.yaml:6: warning: the file does not agree with entry 9, its last: it was edited by hand since then, or "
            "entries were cut off at the end (compare it with a backup; the next change by trialcal notes it in the "
            "history)"
        ]
        return
    what = "is not the first" if number == 0 else f"does not follow entry {number}"
    assert told == [
        f"S.yaml:{7 + number}:5: error: history[{number + 1}]: entry {number + 2} {what}: entries were removed, "
        "inserted or put in another order",
        ADVICE,
    ]


def test_reordered_and_repeated_entries(whole):
    head, lines = parts(whole)
    rng = random.Random(7)
    for _ in range(50):
        other = lines[:]
        if rng.random() < 0.5:
            one, two = rng.sample(range(10), 2)
            other[one], other[two] = other[two], other[one]
        else:
            other.insert(rng.randrange(11), rng.choice(lines))
        assert has_errors(found_in(head + "".join(other)).problems)


def test_an_entry_that_is_none(whole):
    head, lines = parts(whole)
    broken = '  - {n: 3, when: "2025-03-12T09:00:00Z", by: "SC1"}\n'
    found = found_in(head + "".join([*lines[:2], broken, *lines[3:]]))
    assert [problem.told() for problem in found.problems] == [
        "S.yaml:9:5: error: history[3]: this is no whole entry of a history (it lacks `what`, `old`, `new`, "
        "`reason`, `facts`, `before`, `hash`): it was changed after it was written",
        ADVICE,
    ]


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("history: none\n", "S.yaml:6:10: error: history: `history` is no list of entries any more"),
        ("history: []\n", "S.yaml:6:10: error: history: `history` has no entries any more"),
        ("history:\n", "S.yaml:6:9: error: history: `history` is no list of entries any more"),
    ],
)
def test_a_history_that_was_emptied(whole, rest, message):
    head = parts(whole)[0].removesuffix("history:\n")
    assert [problem.told() for problem in found_in(head + rest).problems] == [message, ADVICE]


def test_a_fact_edited_by_hand(whole):
    found = found_in(whole.replace("booked: 2025-03-10", "booked: 2025-03-09"))
    assert [problem.code for problem in found.problems] == ["edited-by-hand"]


def test_a_line_laid_out_anew_is_only_warned_of(whole):
    found = found_in(whole.replace('{n: 4, when: "', '{n: 4,  when: "'))
    assert [problem.told() for problem in found.problems] == [
        "S.yaml:10:5: warning: history[4]: the line of entry 4 was edited; its values are as they were "
        "(leave these lines to trialcal)"
    ]


# --- the command --------------------------------------------------------------------------------------------------


@pytest.fixture
def file(whole, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "130")
    path = Path("GC-001.yaml")
    path.write_text(whole, encoding="utf-8")
    return path


def test_the_table(file):
    ran = run("history", "GC-001")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.decode().splitlines()
    assert lines[:3] == [
        "Subject     GC-001",
        "File        GC-001.yaml",
        "Result      unbroken: 10 entries, each as it was written, and the file as after the last",
    ]
    assert lines[4].split() == ["No.", "When", "(UTC)", "By", "What", "Before", "After", "Reason"]
    assert lines[6].split() == ["1", "2025-03-12", "09:00:00", "SC1", "taken", "over"]
    assert "2025-03-13 09:00:00  SC1  infusion done  actual: 2025-03-11  actual: 2025-03-12  late" in lines[8]


def test_csv_and_json(file):
    rows = list(csv.DictReader(io.StringIO(run("history", "GC-001.yaml", "--format", "csv").out.decode())))
    assert [row["n"] for row in rows] == [str(n) for n in range(1, 11)]
    assert rows[3]["reason"] == 'said "no", #2: x'
    assert rows[8]["reason"] == "'- no"  # no spreadsheet takes it for a formula
    assert list(rows[0]) == ["subject", *found_in(file.read_text(encoding="utf-8")).entries[0]._fields]
    document = json.loads(run("history", "GC-001", "--format", "json").out)
    assert document["schema"] == "trialcal.history/1"
    assert (document["subject"], document["verified"], len(document["entries"])) == ("GC-001", True, 10)


def test_the_output_decides_the_form(file):
    assert run("history", "GC-001", "--output", "h.csv").code == 0
    assert Path("h.csv").read_text(encoding="utf-8").startswith("subject,n,when,by,")
    ran = run("history", "GC-001", "--output", "h.doc")
    assert (ran.code, ran.out) == (2, b"")
    assert (
        ran.err
        == "error: --output h.doc: the suffix does not say the form (use one of .txt, .csv, .json, or --format)\n"
    )


def test_an_edited_history_ends_with_1(file):
    file.write_text(file.read_text(encoding="utf-8").replace('"late"', '"ill"'), encoding="utf-8")
    ran = run("history", "GC-001", "--format", "json")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "GC-001.yaml:9:5: error: history[3]: entry 3 was changed after it was written: "
        "it does not agree with its hash",
        ADVICE,
    ]
    document = json.loads(ran.out)
    assert document["verified"] is False
    assert document["problems"][0]["line"] == 9


def test_no_history_yet(file):
    file.write_text(PLAIN, encoding="utf-8")
    ran = run("history", "GC-001")
    assert ran.code == 0
    assert ran.err == (
        "note: GC-001.yaml holds no history: the first change by `trialcal record` begins it (one that was taken\n"
        "  out as a whole cannot be told from none)\n"
    )


def test_not_a_subjects_file(file):
    Path("site.yaml").write_text("name: Clinic\ntime_zone: Europe/Berlin\n", encoding="utf-8")
    ran = run("history", "site.yaml")
    assert (ran.code, ran.err) == (2, "error: site.yaml is no subject's file, and has no history\n")
    ran = run("history", "GC-002")
    assert (ran.code, ran.err) == (2, "error: there is no subject 'GC-002' here (did you mean GC-001?)\n")
    ran = run("history", ".")
    assert (ran.code, ran.err) == (2, "error: . is a folder (name one subject's file)\n")
