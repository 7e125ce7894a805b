"""Problems as values: what is wrong, where, and what to write instead.

They are collected, never raised one at a time, so that an author sees all of them at once. This is a room of
its own because readers, the planner and the writers all report in this one form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]
MAX_PROBLEMS = 100  # nobody reads more, and an attack could make one of every node
MOST_HINTS = 20  # did-you-mean looks at every name: nobody reads more, and an attack could ask for thousands
MOST_NAMES = 2_000  # among which a near one is looked for
LONGEST_WORD = 100  # a longer one is near to no name


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
    name the `visits` they concern, `chain` tells step by step how they came about, and `ways` what would solve each.
    """

    level: Level
    code: str
    message: str
    hint: str = ""
    place: Place = NOWHERE
    visits: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()

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


class Report:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.left_out: dict[str, Place] = {}  # entries that an overlay takes away, as visits.safety-check

        self.seen: set[Problem] = set()
        self.hints = 0
        self.added: Counter[Level] = Counter()

    def error(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add an error."""
        self._add(Problem("error", code, message, hint, place))

    def warning(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add a warning."""
        self._add(Problem("warning", code, message, hint, place))

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Suggest the nearest known words, as `nearest` does, as long as not too many have been asked for."""
        self.hints += 1
        return nearest(word, known) if self.has_hints() else "check the spelling"

    def has_hints(self) -> bool:
        """Tell whether further suggestions are made."""
        return self.hints <= MOST_HINTS

    def _add(self, problem: Problem) -> None:
        """Add a problem; of each level at most `MAX_PROBLEMS` are told, and then that there are more."""
        if problem in self.seen:  # the same mistake, seen again in another visit of one entry
            return
        self.seen.add(problem)
        level = problem.level
        self.added[level] += 1
        if self.added[level] <= MAX_PROBLEMS:
            self.problems.append(problem)
        elif self.added[level] == MAX_PROBLEMS + 1:
            message = f"there are more than {MAX_PROBLEMS} {level}s; no others are told"
            hint = "correct the others first, then check the file again"
            self.problems.append(Problem(level, "too-many", message, hint, problem.place))


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known words: "did you mean `window`?"; or list them where none is near."""
    from difflib import get_close_matches

    words = list(dict.fromkeys(known))
    found = get_close_matches(word.lower(), words[:MOST_NAMES], 3, 0.6) if len(word) <= LONGEST_WORD else []
    if found:
        return "did you mean " + " or ".join(f"`{name}`" for name in found) + "?"
    return "known here: " + ", ".join(words) if 0 < len(words) <= 30 else ""
