"""Changing a file so that the change leaves a trace: facts and history are replaced together, or not at all.

A room of its own because this order of things is what a history is worth: the lock, the file as it is now, its
history verified, the change, the new file checked, the entry, one atomic replacement. Nothing here knows what a visit
is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace as replaced
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from trialcal.files.editing import Shelve, Step, applied, at, edited, flow
from trialcal.files.history import (
    BY_HAND,
    CLOCK,
    TAKEN_OVER,
    Entry,
    History,
    Told,
    entry_line,
    facts_of,
    next_entry,
    plain,
    verify,
)
from trialcal.files.keeping import Refused, followed, locked, other_names, present, replace
from trialcal.files.keys import SUBJECT_SHAPES
from trialcal.files.spots import NotEdited, spots_of
from trialcal.files.tree import MAX_TEXT, Table, parse
from trialcal.problems import Place, Problem, has_errors

__all__ = ["Changed", "Decision", "Shelve", "Step", "begin", "change", "change_by"]

ORDER = tuple(key.name for key in SUBJECT_SHAPES["subject"])
Check = Callable[[str], tuple[Problem, ...]]


class Changed(NamedTuple):
    """What came of a change: the whole text before and after it, its entry, and all problems.

    Without an entry nothing was written: where `problems` has errors, for those, else because nothing was to change.
    """

    old: str
    new: str
    entry: Entry | None
    problems: tuple[Problem, ...]


class Decision(NamedTuple):
    """What shall change, decided on the file's present text; errors among the problems prevent it."""

    steps: Sequence[Step | Shelve]
    what: str
    reason: str = ""
    problems: tuple[Problem, ...] = ()


def change(
    path: Path, steps: Sequence[Step | Shelve], *, what: str, by: str, reason: str, now: datetime, check: Check
) -> Changed:
    """Make changes that do not depend on what the file says; as `change_by`."""
    return change_by(path, lambda _: Decision(steps, what, reason), by=by, now=now, check=check)


def change_by(
    path: Path,
    decide: Callable[[str], Decision],
    *,
    by: str,
    now: datetime,
    check: Check,
    file: str = "",
    dry_run: bool = False,
) -> Changed:
    """Decide on a file's present text, while nobody else can change it, make the change, and note it in the history.

    Errors of the decision and of the check are told together.

    `check` gives what is wrong with the new text; with an error, nothing is written. `file` is what people call the
    file. Never raises for what a file or a disk can do: that is told in the problems.
    """
    file = file or str(path)
    try:
        with _held(path, by, now, dry_run) as real:
            before = present(real)
            changed = _changed(before, decide, by, now, check, file)
            if changed.entry is not None:
                linked = (replaced(each, place=Place(file)) for each in other_names(real))
                changed = changed._replace(problems=(*changed.problems, *linked))
                if not dry_run:
                    replace(real, _bytes(changed.new, before), before=before)
            return changed
    except Refused as refused:
        told = (replaced(each, place=replaced(each.place, file=file)) for each in refused.problems)
        return Changed("", "", None, tuple(told))


def begin(path: Path, text: str, *, what: str, by: str, now: datetime, check: Check, file: str = "") -> Changed:
    """Write a new file with the first entry of its history. What is there already is never overwritten."""
    file = file or str(path)
    tree, problems = parse(text.encode(), file)
    problems = problems if has_errors(problems) else check(text)
    if not isinstance(tree, Table) or has_errors(problems):
        return Changed("", text, None, problems)
    entry = next_entry((), Told(by, what), now, facts_of(tree))
    new = _with_lines(text, [entry])
    try:
        with locked(path, by=by, now=now) as real:
            replace(real, new.encode(), before=None)
    except Refused as refused:
        told = (replaced(each, place=replaced(each.place, file=file)) for each in refused.problems)
        return Changed("", text, None, tuple(told))
    return Changed("", new, entry, problems)


@contextmanager
def _held(path: Path, by: str, now: datetime, dry_run: bool) -> Iterator[Path]:
    if dry_run:  # also where nothing can be written
        yield followed(path)
        return
    with locked(path, by=by, now=now) as real:
        yield real


# --- one change, as values ----------------------------------------------------------------------------------------


def _changed(
    before: bytes, decide: Callable[[str], Decision], by: str, now: datetime, check: Check, file: str
) -> Changed:
    tree, problems = parse(before, file)
    if not isinstance(tree, Table) or has_errors(problems):
        return Changed("", "", None, problems)
    if unusual := _unusual(before, tree):
        return Changed("", "", None, (*problems, _not_edited(file, *unusual)))
    old = _text(before)
    if not old.endswith("\n"):  # a block of text at the end has another value once the line ends
        old += "\n"
        tree = parse(old.encode(), file)[0]
        assert isinstance(tree, Table)
    history = verify(before, file)
    problems = (*problems, *(each for each in history.problems if each.code != CLOCK))  # told when it was written
    if has_errors(problems):
        return Changed(old, old, None, problems)
    decision = decide(old)
    problems = (*problems, *decision.problems)
    content = {name: value for name, value in plain(tree).items() if name != "history"}
    wanted = content
    for step in decision.steps:
        wanted = applied(wanted, step)
    if wanted == content:
        return Changed(old, old, None, problems)
    try:
        new = _edited(old, decision.steps)
    except NotEdited as error:
        return Changed(old, old, None, (*problems, _not_edited(file, str(error), error.hint)))
    told = Told(by, decision.what, *_values(content, wanted, decision), decision.reason)
    if max(map(len, told)) > MAX_TEXT:
        return Changed(old, old, None, (*problems, _too_long(file)))
    after, _ = parse(new.encode(), file)  # what is wrong with it has lines of a text that nobody sees
    if not isinstance(after, Table) or plain(after) != {**wanted, **_history_in(tree)}:
        return Changed(old, old, None, (*problems, _not_edited(file, "the change would alter other values")))
    entries = _new_entries(history, facts_of(tree), facts_of(after), told, now)
    try:
        new = _with_lines(new, entries)
    except NotEdited as error:
        return Changed(old, old, None, (*problems, _not_edited(file, str(error), error.hint)))
    problems = (*problems, *check(new))
    if has_errors(problems):
        return Changed(old, new, None, problems)
    found = verify(new.encode(), file)
    is_sound = not has_errors(found.problems) and all(each.code != "edited-by-hand" for each in found.problems)
    if not is_sound or found.entries != (*history.entries, *entries):
        last = _not_edited(file, "`history` is not the last key, or not written in lines that begin with `- `")
        return Changed(old, old, None, (*problems, last))
    before_it = {each.message for each in history.problems}
    late = [each for each in found.problems if each.code == CLOCK and each.message not in before_it]
    problems = (*problems, *(replaced(each, place=Place(file)) for each in late[-1:]))
    return Changed(old, new, entries[-1], problems)


def _new_entries(history: History, facts: str, after: str, told: Told, now: datetime) -> list[Entry]:
    """Give the entry of the change, and before it the one that a change without trace lacks."""
    entries = list(history.entries)
    if not entries:
        entries.append(next_entry(entries, Told(told.by, TAKEN_OVER), now, facts))
    elif entries[-1].facts != facts:
        reason = f"found before this change: {told.what}"
        entries.append(next_entry(entries, Told("unknown", BY_HAND, reason=reason), now, facts))
    entries.append(next_entry(entries, told, now, after))
    return entries[len(history.entries) :]


def _history_in(tree: Table) -> dict[str, Any]:
    node = tree.get("history")
    return {} if node is None else {"history": plain(node)}


def _values(old: Any, new: Any, decision: Decision) -> tuple[str, str]:
    """Give the values before and after as texts: `actual: 2025-03-10`; by the whole path where they lie apart.

    A new reason that is the entry's own is not told twice.
    """
    paths = dict.fromkeys(step.path for step in decision.steps if isinstance(step, Step))
    above = {path[:-1] for path in paths}
    told: tuple[list[str], list[str]] = ([], [])
    for path in paths:
        name = ".".join(path) if len(above) > 1 or path[-1].isdecimal() or len(path) == 1 else path[-1]
        if path[-1] == "+":
            added = (at(new, path[:-1]) or [])[len(at(old, path[:-1]) or []) :]
            told[1].extend(f"{'.'.join(path[:-1])}: {flow(each)}" for each in added)
            continue
        before, after = at(old, path), at(new, path)
        if path[-1] == "reason" and before is None and after == decision.reason:
            continue
        for value, texts in zip((before, after), told, strict=True):
            if value is not None and before != after:
                texts.append(f"{name}: {_in_one_line(value)}")
    for step in decision.steps:
        if isinstance(step, Shelve):
            told[0].append(", ".join(key for key in step.keys if key in old))
            told[1].append(f"{step.into}[{len(new[step.into])}]: {flow(step.head)}")
    return ", ".join(told[0]), ", ".join(told[1])


def _in_one_line(value: Any) -> str:
    return " | ".join(value.strip().split("\n")) if isinstance(value, str) else flow(value)


# --- text ---------------------------------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    """Give the text of a file, with `\\n` where all its lines end with `\\r\\n` or all with `\\r`."""
    text = data.decode("utf-8").removeprefix("\ufeff")
    end = _line_end(data)
    return text.replace(end, "\n") if end else text


def _bytes(text: str, like: bytes) -> bytes:
    """Give the bytes of a text, with the line ends and the mark at the beginning that another had."""
    mark = "\ufeff" if like.startswith("\ufeff".encode()) else ""
    end = _line_end(like)
    return (mark + (text.replace("\n", end) if end else text)).encode()


def _line_end(data: bytes) -> str:
    """Give what ends all the lines of a file; "" where that is not one and the same sign, or `\\n`."""
    short, long, lone = data.count(b"\n"), data.count(b"\r\n"), data.count(b"\r")
    if long and long == short == lone:
        return "\r\n"
    return "\r" if lone and not short else ""


def _unusual(data: bytes, tree: Table) -> tuple[str, str] | None:
    """Say what of a file's form hinders any change of it, and what to do, or None."""
    if data.count(b"\r") > data.count(b"\r\n") and b"\n" in data:
        hint = "save it again in your editor with one kind of line ends (LF, or 'Unix'), then do it again"
        return "some of its lines end with a lone carriage return (CR), others do not", hint
    names = [name.value for name, _ in tree.entries]
    if "history" in names[:-1]:
        hint = "move `history` with all its lines to the end of the file, as they are, then do it again"
        return f"`{names[-1]}` stands behind `history`, which must be the last key", hint
    return None


def _edited(text: str, steps: Sequence[Step | Shelve]) -> str:
    """Change the part before the history, which is never written again. Raises NotEdited."""
    spot = spots_of(text).get("history")
    split = len(text) if spot is None else spot.first
    part, rest = text[:split], text[split:]
    for step in steps:
        part = edited(part, step, ORDER)
    return part + rest


def _with_lines(text: str, entries: Sequence[Entry]) -> str:
    """Add lines to the history, which is the last key; the first make it."""
    text = text if text.endswith("\n") else f"{text}\n"
    spot = spots_of(text).get("history")
    indent = "  "
    if spot is None:
        text += "history:\n"
    elif spot.inside and not spot.is_flow:
        first = spot.inside[0].start
        indent = " " * (first - text.rfind("\n", 0, first) - 3)
    return text + "".join(f"{indent}{entry_line(entry)}\n" for entry in entries)


def _not_edited(file: str, why: str, hint: str = "") -> Problem:
    message = f"this file cannot be changed by trialcal as it is written: {why}; nothing was written"
    hint = hint or "change it by hand: the next change by trialcal notes that in the history"
    return Problem("error", "not-edited", message, hint, Place(file))


def _too_long(file: str) -> Problem:
    message = f"a text is longer than {MAX_TEXT:,} characters, which the history cannot keep; nothing was written"
    return Problem("error", "too-long", message, "shorten it", Place(file))
