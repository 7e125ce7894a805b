"""The parts of a Markdown page that tests look at: its tables, and its blocks of code with the words before them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Block(NamedTuple):
    """A fenced block: its language, its text, the line where it begins, and what follows up to the next."""

    language: str
    text: str
    line: int
    after: str


def tables(text: str) -> list[list[dict[str, str]]]:
    """Each table of a page as rows by the names of its columns, without backquotes."""
    found = []
    for table in re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.M):
        head, _, *rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def blocks(text: str) -> list[Block]:
    """Each fenced block of a page."""
    parts = list(re.finditer(r"^```(\S*)\n(.*?)^```$", text, re.M | re.S))
    ends = [*(part.start() for part in parts[1:]), len(text)]
    return [
        Block(part[1], part[2], text.count("\n", 0, part.start()) + 1, text[part.end() : end])
        for part, end in zip(parts, ends, strict=False)
    ]
