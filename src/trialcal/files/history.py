"""A file's history: one line for each change, each bound to the line before it and to the facts after the change.

A room of its own because whoever checks a history, perhaps in ten years and with another program, finds the whole
form of it here. The hashes make edits visible; they prove nothing against somebody who writes all of them anew.

- `facts` is the SHA-256 of the file without `history`, as JSON: tables with sorted names, every value a text, no
  spaces, characters beyond ASCII as `\\u` and four hexadecimal digits. Comments and layout do not count.
- `hash` is the SHA-256 of the entry's other values in the same form, with `before`, the hash of the entry before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from trialcal.files.tree import Items, Node, Table, Text, parse
from trialcal.problems import Place, Problem, Report, printable_line

FIRST = "0" * 64
TAKEN_OVER = "taken over"
BY_HAND = "edited by hand"
CLOCK = "history-clock"  # the code of the warning that the time of an entry goes back
_WHEN = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_HASH = re.compile("[0-9a-f]{64}")
_ADVICE = Problem(
    "note",
    "history-advice",
    "nothing is added to an edited history: put the file back as it was, from a backup; where there is none, keep "
    "this one as it is, and go on in a copy without `history`, which then begins anew",
)


class Entry(NamedTuple):
    """One entry: its number from 1, when (UTC), who, what, the old and the new values, why, and the hashes."""

    n: int
    when: str
    by: str
    what: str
    old: str
    new: str
    reason: str
    facts: str
    before: str
    hash: str


class History(NamedTuple):
    """The entries that could be read, in the file's order, and what is wrong with them or with the facts."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


class Told(NamedTuple):
    """What an entry tells: who changed what, and why."""

    by: str
    what: str
    old: str = ""
    new: str = ""
    reason: str = ""


# --- writing ------------------------------------------------------------------------------------------------------


def facts_of(tree: Node) -> str:
    """Give the hash of a file's content without its history."""
    assert isinstance(tree, Table)
    return _hashed({name.value: plain(value) for name, value in tree.entries if name.value != "history"})


def next_entry(entries: Sequence[Entry], told: Told, now: datetime, facts: str) -> Entry:
    """Give the entry that follows; its texts become single lines that can be printed."""
    before = entries[-1].hash if entries else FIRST
    when = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    texts = Told(*(printable_line(text).strip() for text in told))
    entry = Entry(len(entries) + 1, when, *texts, facts, before, "")
    return entry._replace(hash=_hash_of(entry))


def entry_line(entry: Entry) -> str:
    r"""Give the entry's line, without its indent and line break: a list item of YAML, every text in quotes.

    >>> entry_line(Entry(1, "2025-03-10T09:00:00Z", "CRC", "note", "", 'a "b"', "", "f", "0", "h"))[:66]
    '- {n: 1, when: "2025-03-10T09:00:00Z", by: "CRC", what: "note", ol'
    """
    values = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry._asdict().items())
    return f"- {{{', '.join(values)}}}"


def _hash_of(entry: Entry) -> str:
    return _hashed({name: str(value) for name, value in entry._asdict().items() if name != "hash"})


def _hashed(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def plain(node: Node) -> Any:
    """Give a tree as plain values: texts, lists, and tables by name."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {name.value: plain(value) for name, value in node.entries}


# --- reading ------------------------------------------------------------------------------------------------------


def verify(data: bytes, file: str) -> History:
    """Read a file's history and say all that is wrong with it: edited, removed, inserted or moved entries, and facts.

    That the facts differ from those after the last entry is told as a warning with the code "edited-by-hand"; entries
    cut off at the end look the same. A line that was only laid out anew is a warning, too, and an entry dated before
    an earlier one (code "history-clock"). All else is an error. A history taken away as a whole leaves no trace.
    """
    tree, problems = parse(data, file)
    if not isinstance(tree, Table):
        return History((), problems)
    report = Report()
    report.problems += (problem for problem in problems if problem.level == "error")
    node = tree.get("history")
    if node is None:
        return History((), tuple(report.problems))
    if not isinstance(node, Items):
        message = "`history` is no list of entries any more"
        report.error(node.place, "history-edited", message)
        return History((), (*report.problems, _ADVICE))
    read = [(item.place, _entry(item, report)) for item in node.items]
    _check_chain(read, report)
    _check_clock(read, report)
    _check_layout(read, data, report)
    entries = tuple(entry for _, entry in read if entry is not None)
    if entries and entries[-1].facts != facts_of(tree):
        _report_facts(entries[-1], tree, report)
    elif not entries and not report.problems:
        report.error(node.place, "history-edited", "`history` has no entries any more")
    is_edited = any(each.level == "error" and each.code.startswith("history") for each in report.problems)
    return History(entries, (*report.problems, *((_ADVICE,) if is_edited else ())))


def _entry(node: Node, report: Report) -> Entry | None:
    """Read one entry, and check that its hash is that of its values."""
    values = _values(node)
    number = values.get("n", "")
    if set(values) != set(Entry._fields) or not re.fullmatch("[1-9][0-9]{0,8}", number):
        message = f"this is no whole entry of a history{_lacks(values)}: it was changed after it was written"
        report.error(node.place, "history-edited", message)
        return None
    entry = Entry(int(number), *(values[name] for name in Entry._fields[1:]))
    if entry.hash != _hash_of(entry):
        message = f"entry {entry.n} was changed after it was written: it does not agree with its hash"
        report.error(node.place, "history-edited", message)
    return entry


def _values(node: Node) -> Mapping[str, str]:
    if not isinstance(node, Table):
        return {}
    return {name.value: value.value if isinstance(value, Text) else "\0" for name, value in node.entries}


def _lacks(values: Mapping[str, str]) -> str:
    lacking = [f"`{name}`" for name in Entry._fields if name not in values]
    return f" (it lacks {', '.join(lacking)})" if values and lacking else ""


def _check_chain(read: Sequence[tuple[Place, Entry | None]], report: Report) -> None:
    """Check that each entry follows the one before: by its number, and by that entry's hash."""
    last: Entry | None = None
    for number, (place, entry) in enumerate(read):
        if entry is None:
            last = None
            continue
        if number and read[number - 1][1] is None:  # told already; which one it was cannot be known
            last = entry
            continue
        follows = {FIRST} if last is None else {last.hash, _hash_of(last)}
        n = 1 if last is None else last.n + 1
        is_own = entry.hash == _hash_of(entry)  # else it is told already, and its word counts nothing
        if is_own and (entry.n != n or entry.before not in follows):
            after = "is not the first" if last is None else f"does not follow entry {last.n}"
            message = f"entry {entry.n} {after}: entries were removed, inserted or put in another order"
            report.error(place, "history-broken", message)
        last = entry


def _check_clock(read: Sequence[tuple[Place, Entry | None]], report: Report) -> None:
    """Warn of entries that say that they were written before an earlier one."""
    latest: Entry | None = None
    for place, entry in read:
        if entry is None or entry.hash != _hash_of(entry) or not _WHEN.fullmatch(entry.when):
            continue  # told already, and its word counts nothing
        if latest is not None and entry.when < latest.when:
            message = f"entry {entry.n} is dated {entry.when}, before entry {latest.n} of {latest.when}"
            hint = "the computer's clock was set back, or SOURCE_DATE_EPOCH is set: see to that, and leave the entry"
            report.warning(place, CLOCK, message, hint)
        else:
            latest = entry


def _check_layout(read: Sequence[tuple[Place, Entry | None]], data: bytes, report: Report) -> None:
    """Warn of lines that hold the same values but are not written as they were."""
    lines = data.decode("utf-8", "replace").removeprefix("\ufeff").splitlines()
    told = {problem.place.line for problem in report.problems}
    for place, entry in read:
        line = lines[place.line - 1] if place.line <= len(lines) else ""
        if entry is not None and place.line not in told and line != f"{' ' * (place.column - 3)}{entry_line(entry)}":
            message = f"the line of entry {entry.n} was edited; its values are as they were"
            report.warning(place, "history-layout", message, "leave these lines to trialcal")


def _report_facts(last: Entry, tree: Table, report: Report) -> None:
    if not _HASH.fullmatch(last.facts) or last.hash != _hash_of(last):
        return  # the entry itself is told; its word on the facts counts nothing
    message = (
        f"the file does not agree with entry {last.n}, its last: it was edited by hand since then, or entries were "
        "cut off at the end"
    )
    hint = "compare it with a backup; the next change by trialcal notes it in the history"
    report.warning(Place(tree.place.file, _line_of(tree)), "edited-by-hand", message, hint)


def _line_of(tree: Table) -> int:
    return next(name.place.line for name, _ in tree.entries if name.value == "history")
