"""Where the values of a YAML text stand: from which character to which, so that one can be changed in its place.

A room of its own because `tree` gives values to those who read, and this gives places to those who edit; it is asked
only for texts that `tree` has read without a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import yaml


class NotEdited(ValueError):
    """The text is written in a way in which it cannot be changed in place; `hint` says what to write instead."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


class Spot:
    """A value of a text: its first character and the one after its last, and the values inside it.

    `key` is the spot of its own name, where it has one. `is_flow`: written in braces or brackets.
    """

    __slots__ = ("end", "inside", "is_flow", "key", "kind", "start", "value")

    def __init__(
        self, kind: Literal["text", "list", "table"], start: int, end: int, value: str = "", *, is_flow: bool = False
    ) -> None:
        self.kind, self.start, self.end, self.value, self.is_flow = kind, start, end, value, is_flow
        self.inside: list[Spot] = []
        self.key: Spot | None = None

    @property
    def first(self) -> int:
        """Where its entry begins: at its name, where it has one."""
        return self.key.start if self.key is not None else self.start

    @property
    def name(self) -> str:
        """The name of its entry, or "" for an item of a list."""
        return self.key.value if self.key is not None else ""

    def get(self, name: str) -> Spot | None:
        """Give the value of a name, or the item of a number (from 1); None where there is none."""
        if self.kind == "list":
            return self.inside[int(name) - 1] if name.isdecimal() and 0 < int(name) <= len(self.inside) else None
        return next((each for each in self.inside if each.key is not None and each.name == name), None)

    def around(self, spot: Spot) -> Iterator[Spot]:
        """Give the values inside this one around another, from the outermost."""
        for each in self.inside:
            if each is not spot and each.start <= spot.first and each.end >= spot.end:
                yield each
                yield from each.around(spot)


def spots_of(text: str) -> Spot:
    """Give the whole text as a table, with all that is inside it. Raises NotEdited."""
    import yaml

    try:
        events = list(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        top = _Reading(text, iter(events)).top()
    except (yaml.YAMLError, StopIteration):  # a step before made it so
        raise NotEdited("the change would alter other values") from None
    if top.kind != "table" or top.is_flow:
        raise NotEdited("the whole file is written in braces")
    return top


class _Reading:
    def __init__(self, text: str, events: Iterator[yaml.Event]) -> None:
        self.text, self.size = text, len(text)
        self.lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.events = events

    def top(self) -> Spot:
        next(self.events)  # the stream begins
        next(self.events)  # the document begins
        return self.read(next(self.events))

    def read(self, event: yaml.Event) -> Spot:
        import yaml

        start, end = self.offset(event.start_mark), self.offset(event.end_mark)
        if isinstance(event, yaml.ScalarEvent):
            return Spot("text", start, end if event.value or event.style else start, event.value)
        if not isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            raise NotEdited("it has an alias")
        is_table = isinstance(event, yaml.MappingStartEvent)
        spot = Spot("table" if is_table else "list", start, end, is_flow=bool(event.flow_style))
        while not isinstance(each := next(self.events), yaml.CollectionEndEvent):
            key = self.read(each) if is_table else None
            if key is not None and _is_explicit(self.text, key.start):
                name, line = key.value[:40], self.text.count("\n", 0, key.start) + 1
                raise NotEdited(f"`? {name}` stands in line {line}", f"write `{name}: ...` there, then do it again")
            inside = self.read(next(self.events) if is_table else each)
            inside.key = key
            spot.inside.append(inside)
        spot.end = self.offset(each.end_mark) if spot.is_flow or not spot.inside else spot.inside[-1].end
        return spot

    def offset(self, mark: Any) -> int:
        return int(self.lines[mark.line] + mark.column) if mark.line < len(self.lines) else self.size


def _is_explicit(text: str, start: int) -> bool:
    """Tell whether a name stands behind `? `, with its value behind a `:` of its own, perhaps in another line."""
    line = text[text.rfind("\n", 0, start) + 1 : start].rstrip(" ")
    return line.endswith("?") and line[:-1].strip(" -")[-1:] in ("", "{", ",", "[")
