"""Editing YAML where it stands: a value set, added or taken away, and every other character as it was.

A room of its own because this is about characters and lines, not about values. A round trip through a YAML library
would lay the file out anew, and lose comments inside braces; here only the place of the change is touched. Whoever
calls this reads the result again and compares it with what should have come of it (`applied`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from trialcal.files.spots import NotEdited, Spot, spots_of

Value = str | Sequence[Any] | Mapping[str, Any]
_PLAIN = re.compile(r"[^\W_](?:[\w .+/()%±-]|:(?=[^\s,\[\]{}]))*(?<! )")
# What other programs would take for no text: YAML 1.1's booleans and numbers ("no", "1.0").
_NO_TEXT = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|[0-9.]+\.[0-9]*|[0-9.]+e[0-9]+|[0-9]+(?::[0-9]+)+|0x.*")
_ID = re.compile("[a-z][a-z0-9_-]*")
_LAST = ("reason", "history")  # keys that stay behind new ones


class Step(NamedTuple):
    """One change: `path` leads to a key, as ("visits", "infusion", "actual"); None takes it away.

    An item of a list is named by its number, from 1; "+" adds one at the end. Tables and lists on the way are made
    where they are missing, and go with their last entry.
    """

    path: tuple[str, ...]
    value: Value | None


class Shelve(NamedTuple):
    """The change that moves whole keys of the file into a new item of a list, behind the values of `head`."""

    keys: tuple[str, ...]
    into: str
    head: Mapping[str, str]


# --- values -------------------------------------------------------------------------------------------------------


def applied(content: Mapping[str, Any], change: Step | Shelve) -> dict[str, Any]:
    """Give the content that a change leads to, of plain values.

    >>> applied({"a": {"b": "1"}}, Step(("a", "b"), None)), applied({}, Step(("holds", "+"), "x"))
    ({}, {'holds': ['x']})
    """
    whole = dict(content)
    if isinstance(change, Shelve):
        moved = {key: whole.pop(key) for key in change.keys if key in whole}
        return _with(whole, (change.into, "+"), {**change.head, **moved}) or {}
    return _with(whole, change.path, change.value) or {}


def at(content: Any, path: Sequence[str]) -> Any:
    """Give the value at a path, or None where there is none."""
    for name in path:
        if isinstance(content, Mapping):
            content = content.get(name)
        elif isinstance(content, list) and name.isdecimal() and 0 < int(name) <= len(content):
            content = content[int(name) - 1]
        else:
            return None
    return content


def _with(content: Any, path: Sequence[str], value: Any) -> Any:
    """Give a value with another at a path inside it; None where nothing is left of it."""
    if not path:
        return value
    if path[0] == "+":
        return [*(content if isinstance(content, list) else ()), _with(None, path[1:], value)]
    if isinstance(content, list):
        item = int(path[0]) - 1
        inside = _with(content[item], path[1:], value)
        return [*content[:item], *(() if inside is None else (inside,)), *content[item + 1 :]] or None
    table = dict(content) if isinstance(content, Mapping) else {}
    inside = _with(table.get(path[0]), path[1:], value)
    if inside is None:
        table.pop(path[0], None)
    else:
        table[path[0]] = inside
    return table or None


# --- values as text -----------------------------------------------------------------------------------------------


def flow(value: Value) -> str:
    """Write a value in one line.

    >>> flow({"actual": "2025-03-12T09:00", "reason": "late, no car", "visits": ["dose"]})
    '{actual: 2025-03-12T09:00, reason: "late, no car", visits: [dose]}'
    """
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and not _NO_TEXT.fullmatch(value)
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {flow(each)}' for key, each in value.items())}}}"
    return f"[{', '.join(flow(each) for each in value)}]"


def lines_of(key: str, value: Value, indent: int) -> str:
    """Write an entry in lines of its own: tables of tables and lists of tables in several, all else in one."""
    head = f"{' ' * indent}{_key(key)}:"
    if not _takes_lines(value):
        return f"{head} {flow(value)}\n"
    inner = " " * (indent + 2)
    if isinstance(value, str):
        end = "" if value.endswith("\n") else "-"
        return f"{head} |{end}\n" + "".join(f"{inner}{line}\n" for line in value.removesuffix("\n").split("\n"))
    if isinstance(value, Mapping):
        return f"{head}\n" + "".join(lines_of(name, each, indent + 2) for name, each in value.items())
    return f"{head}\n" + "".join(f"{inner}- {flow(each)}\n" for each in value)


def _key(name: str) -> str:
    return name if _ID.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _takes_lines(value: Value) -> bool:
    if isinstance(value, str):
        return "\n" in value
    return any(isinstance(each, Mapping) for each in (value.values() if isinstance(value, Mapping) else value))


# --- the text -----------------------------------------------------------------------------------------------------


def edited(text: str, change: Step | Shelve, order: Sequence[str]) -> str:
    """Give the text with a change made; `order` is that of the keys of the whole file. Raises NotEdited."""
    edit = _Edit(text, order)
    if isinstance(change, Shelve):
        return edit.shelve(change)
    return edit.remove(change.path) if change.value is None else edit.put(change.path, change.value)


class _Edit:
    """A text, where its values stand, and the order of its keys."""

    def __init__(self, text: str, order: Sequence[str]) -> None:
        self.text, self.order, self.top = text, order, spots_of(text)

    def put(self, path: Sequence[str], value: Value) -> str:
        """Set a value, or add it with all that is missing on the way to it."""
        spot, left = self.top, list(path)
        while left and (inside := spot.get(left[0])) is not None:
            spot, left = inside, left[1:]
        is_empty = not spot.inside and not self.is_in_braces(spot)
        name = None if not left or spot.kind == "text" or is_empty else left.pop(0)
        for missing in reversed(left):
            value = [value] if missing == "+" else {missing: value}
        return self.instead(spot, value) if name is None else self.into(spot, name, value)

    def instead(self, spot: Spot, value: Value) -> str:
        """Put a value in the place of another."""
        written = self.text[spot.start : spot.end]
        is_short = spot.is_flow or (spot.kind == "text" and not written.startswith(("|", ">")))
        if is_short and not _takes_lines(value):
            space = " " if not written and self.text[spot.start - 1] == ":" else ""
            return self.cut(spot.start, spot.end, space + flow(value))
        if spot.key is None or self.is_in_braces(spot):
            raise NotEdited("it is written over several lines inside braces or a list")
        start, end = self.region(spot)
        return self.cut(start, end, lines_of(spot.name, value, spot.key.start - start))

    def into(self, spot: Spot, name: str, value: Value) -> str:
        """Add an entry to a table, or an item to a list, that has others."""
        entry = flow(value) if name == "+" else f"{_key(name)}: {flow(value)}"
        if spot.is_flow:
            later = next((each for each in spot.inside if each.name in _LAST), None)
            if later is not None:
                return self.cut(later.first, later.first, f"{entry}, ")
            place = spot.inside[-1].end if spot.inside else spot.start + 1
            return self.cut(place, place, f", {entry}" if spot.inside else entry)
        start = self.line_start(spot.inside[0].first)
        indent = spot.inside[0].first - start
        written = f"{self.dash(spot)}{entry}\n" if name == "+" else lines_of(name, value, indent)
        after = self.before_new(spot, name)
        return self.add_lines(self.region(after)[1] if after is not None else start, written)

    def remove(self, path: Sequence[str]) -> str:
        """Take an entry away, and what holds nothing then."""
        spots = [self.top]
        for name in path:
            inside = spots[-1].get(name)
            if inside is None:
                return self.text
            spots.append(inside)
        while len(spots) > 2 and len(spots[-2].inside) == 1:
            spots.pop()
        spot, above = spots[-1], spots[-2]
        number = above.inside.index(spot)
        if above.is_flow:
            start, end = (above.inside[number - 1].end, spot.end) if number else (spot.first, above.inside[1].first)
        else:
            start, end = self.region(spot)
            if above.kind == "table" and self.text[start : spot.first].strip(" "):
                raise NotEdited("it stands behind a dash")
        return self.cut(start, end, "")

    def shelve(self, change: Shelve) -> str:
        """Move the lines of whole keys into a new item of a list, as they are but for their indent."""
        regions = [self.region(spot) for key in change.keys if (spot := self.top.get(key)) is not None]
        there = self.top.get(change.into)
        if there is not None and (there.is_flow or not there.inside):
            raise NotEdited(f"`{change.into}` is not written in lines that begin with `- `")
        dash = self.dash(there) if there is not None else "  - "
        head = "".join(lines_of(key, value, len(dash)) for key, value in change.head.items())
        moved = "".join(f"{self.text[start:end].rstrip()}\n" for start, end in sorted(regions))
        inner = "".join(f"{' ' * len(dash)}{line}" if line.strip() else line for line in moved.splitlines(True))
        item = dash + (head + inner).removeprefix(" " * len(dash))
        after = there or self.before_new(self.top, change.into)
        text = self.add_lines(
            self.region(after)[1] if after is not None else 0,
            item if there is not None else f"{change.into}:\n{item}",
        )
        added = len(text) - len(self.text)
        place = self.region(after)[1] if after is not None else 0
        for start, end in sorted(regions, reverse=True):
            shift = added if start >= place else 0
            head, rest = text[: start + shift], text[end + shift :]
            text = head + (rest[1:] if head.endswith("\n\n") and rest.startswith("\n") else rest)
        return text

    # --- places -----------------------------------------------------------------------------------------------------

    def region(self, spot: Spot) -> tuple[int, int]:
        """Give the lines of an entry of a table, or an item of a list, with the comments beside and inside it."""
        last = max(spot.end, spot.key.end if spot.key is not None else 0)
        while last > spot.first and self.text[last - 1].isspace():
            last -= 1
        return self.line_start(spot.first), self.line_end(last)

    def before_new(self, spot: Spot, name: str) -> Spot | None:
        """Say behind which entry of a table, or item of a list, a new one goes; None: before all."""
        if spot is self.top and name in self.order:
            earlier = self.order[: self.order.index(name)]
            others = [each for each in spot.inside if each.name in earlier]
        else:
            others = [each for each in spot.inside if each.name not in _LAST]
        return others[-1] if others else None

    def dash(self, spot: Spot) -> str:
        """Give what stands before the items of a list in lines: `  - `."""
        start = self.line_start(spot.inside[0].first)
        found = re.match(" *- +", self.text[start:])
        if found is None or start + found.end() != spot.inside[0].start:
            raise NotEdited("a list is not written in lines that begin with `- `")
        return found[0]

    def is_in_braces(self, spot: Spot) -> bool:
        return any(above.is_flow for above in self.top.around(spot))

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def add_lines(self, place: int, lines: str) -> str:
        missing = "\n" if place and self.text[place - 1] != "\n" else ""
        return self.cut(place, place, missing + lines)

    def cut(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]
