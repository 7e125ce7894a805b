"""Problems as values: what is wrong, where, and what to write instead.

They are collected, never raised one at a time, so that an author sees all of them at once. This is a room of
its own because readers, the planner and the writers all report in this one form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file. `line` and `column` count from 1; 0 where there is none."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""  # for example visits.dose.window


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or worth knowing.

    `code` is a stable short name for programs; `message` and `hint` are for a coordinator. Problems of a plan
    name the `visits` they concern, and `chain` tells step by step how they came about.
    """

    level: Level
    code: str
    message: str
    hint: str = ""
    place: Place = NOWHERE
    visits: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()

    def told(self) -> str:
        """Give one line for a terminal or an editor: `file:line:column: level: path: message (hint)`."""
        place = self.place
        where = ":".join(str(part) for part in (place.file, place.line, place.column) if part)
        head = f"{where}: " if where else ""
        path = f"{place.path}: " if place.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return printable_line(f"{head}{self.level}: {path}{self.message}{hint}")


def printable_line(text: str) -> str:
    """Give a text as one line that changes no terminal: spaces of every kind become ` `, what is invisible U+FFFD.

    >>> printable_line("2\u00a0d"), printable_line("a\u202eb") == "a\ufffdb"
    ('2 d', True)
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)


def has_errors(problems: tuple[Problem, ...] | list[Problem]) -> bool:
    """Tell whether any of the problems is an error."""
    return any(problem.level == "error" for problem in problems)
