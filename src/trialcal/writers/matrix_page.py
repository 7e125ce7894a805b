"""The table of activities on a page: blocks of columns that fit its width, each with the activities' names.

A room of its own because the table is wider than any page: what a column is stands above it in several lines, and an
epoch or a cycle spans its columns, as in the protocol's own schedule of activities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from rich.cells import cell_len
from rich.text import Text

from trialcal.protocol import Protocol
from trialcal.writers.matrix import Head, Line, Matrix, matrix_of
from trialcal.writers.page import hanging, heading, ink, padded, printed, wrapped

_NOTHING = "·"  # where nothing is done: it leads the eye along the row
_SHARE = 0.3  # of the page, for the activities' names
_LONGEST_NAME = 44
_LONGEST_WORD = 11  # above a column; a longer word is broken
_NARROWEST = 3


def matrix_text(protocol: Protocol, *, width: int, colour: bool) -> str:
    """Give the table of activities as text of at most `width` cells a line (60 or more).

    Without `colour` there are no escape codes.
    """
    matrix = matrix_of(protocol)
    lines = [*hanging(ink((protocol.title, "bold")), Text(), width, 0)]
    for told in _facts(protocol):
        lines += hanging("", ink((told, "dim")), width, 0)
    if not matrix.lines:
        lines += [Text(), *hanging("", ink("No activities are named here."), width, 0)]
    else:
        lines += [*_blocks(matrix, width), *_notes(matrix, width), *_quotations(protocol, width)]
    return printed(lines, colour=colour)


def _facts(protocol: Protocol) -> Iterator[str]:
    yield f"{protocol.id}, from {protocol.source}"
    choices = protocol.choices
    for what, name in (("arm", choices.arm), ("cohort", choices.cohort)):
        if name:
            yield f"only what {what} {name} has"


# --- blocks -----------------------------------------------------------------------------------------------------


def _blocks(matrix: Matrix, width: int) -> Iterator[Text]:
    names = [_named(line) for line in matrix.lines]
    left = min(max(name.cell_len for name in names), max(int(width * _SHARE), 22), _LONGEST_NAME)
    needed = _needed(matrix)
    blocks = _divided(matrix.heads, needed, width - left - 1)
    for number, block in enumerate(blocks, 1):
        of = f" ({number} of {len(blocks)})" if len(blocks) > 1 else ""
        yield from heading(f"Activities{of}", width)
        widths = _widths(matrix.heads, needed, block)
        yield from _heads([matrix.heads[i] for i in block], widths, left)
        yield ink(("─" * (left + sum(size + 1 for size in widths)), "dim"))
        section = ""
        for line, name in zip(matrix.lines, names, strict=True):
            if line.section != section:
                section = line.section
                yield from hanging("", ink((section, "bold")), width, 0)
            yield from _row(name, [line.cells[i] for i in block], widths, left)


def _named(line: Line) -> Text:
    marks = f" [{','.join(line.notes)}]" if line.notes else ""
    return ink(line.name, (marks, "yellow"))


def _divided(heads: Sequence[Head], needed: Sequence[int], room: int) -> list[range]:
    """Divide the columns into as few blocks as fit, of about the same width."""
    blocks = _filled(heads, needed, room)
    for less in range(room // 2, room):
        found = _filled(heads, needed, less)
        if len(found) == len(blocks):
            return found
    return blocks


def _filled(heads: Sequence[Head], needed: Sequence[int], room: int) -> list[range]:
    blocks: list[range] = []
    for i in range(len(heads)):
        more = range(blocks[-1].start, i + 1) if blocks else range(0)
        if blocks and sum(_widths(heads, needed, more)) + len(more) - 1 <= room:
            blocks[-1] = more
        else:
            blocks.append(range(i, i + 1))
    return blocks


def _needed(matrix: Matrix) -> list[int]:
    """Give the room of each column's longest word."""
    return [
        max([_NARROWEST, *map(_longest, _own(head)), *map(_longest, {line.cells[i] for line in matrix.lines})])
        for i, head in enumerate(matrix.heads)
    ]


def _widths(heads: Sequence[Head], needed: Sequence[int], block: range) -> list[int]:
    """Give the columns of a block the room that they need, and that of the epochs and cycles that they share."""
    widths = [needed[i] for i in block]
    for depth in (1, 0):
        for first, last, text in _runs(heads[block.start : block.stop], depth):
            lacking = _longest(text) - (sum(widths[first:last]) + last - first - 1)
            for i in range(max(lacking, 0)):
                widths[first + i % (last - first)] += 1
    return widths


@lru_cache(maxsize=1000)
def _longest(text: str) -> int:
    return max((min(cell_len(word), _LONGEST_WORD) for word in re.split(r" |(?<=-)(?=[A-Za-z])", text)), default=0)


# --- lines ------------------------------------------------------------------------------------------------------


def _own(head: Head) -> tuple[str, ...]:
    return head.name, head.days, head.window, f"[{','.join(head.notes)}]" if head.notes else ""


def _runs(heads: Sequence[Head], depth: int) -> Iterator[tuple[int, int, str]]:
    """Give the columns that follow each other and share an epoch (`depth` 0), or an epoch and cycles (1)."""
    at = 0
    for key, run in groupby(heads, lambda head: head[: depth + 1]):
        count = len(list(run))
        yield at, at + count, key[depth]
        at += count


def _heads(heads: Sequence[Head], widths: Sequence[int], left: int) -> Iterator[Text]:
    for depth in (0, 1):
        runs = list(_runs(heads, depth))
        if any(text for _, _, text in runs):
            sizes = [sum(widths[first:last]) + last - first - 1 for first, last, _ in runs]
            texts = [_broken(text, size) for (_, _, text), size in zip(runs, sizes, strict=True)]
            high = max(map(len, texts))
            yield from _beside([[""] * (high - len(text)) + text for text in texts], sizes, left, "bold")
            rules = ["─" * size if text else "" for (_, _, text), size in zip(runs, sizes, strict=True)]
            yield from _beside([[rule] for rule in rules], sizes, left, "dim")
    for place, style in enumerate(("bold", "", "", "yellow")):
        texts = [_broken(_own(head)[place], size) for head, size in zip(heads, widths, strict=True)]
        if any(texts):
            yield from _beside(texts, widths, left, style)


def _beside(texts: Sequence[Sequence[str]], widths: Sequence[int], left: int, style: str) -> Iterator[Text]:
    for number in range(max(map(len, texts))):
        line = ink(" " * left)
        for text, size in zip(texts, widths, strict=True):
            part = text[number] if number < len(text) else ""
            line = ink(line, " ", (_centred(part, size), style))
        yield line


def _row(name: Text, cells: Sequence[str], widths: Sequence[int], left: int) -> Iterator[Text]:
    names = wrapped(name, left)
    names = [names[0], *(ink("  ", part) for rest in names[1:] for part in wrapped(rest, left - 2))]
    texts = [_broken(cell, size) for cell, size in zip(cells, widths, strict=True)]
    for number in range(max([len(names), *map(len, texts)])):
        line = padded(names[number] if number < len(names) else Text(), left)
        for cell, text, size in zip(cells, texts, widths, strict=True):
            part = text[number] if number < len(text) else _NOTHING if not (cell or number) else ""
            line = ink(line, " ", (_centred(part, size), "dim" if part == _NOTHING else "bold"))
        yield line


def _broken(text: str, width: int) -> list[str]:
    """Break a text into the lines of a column; a word that is wider is broken with a hyphen."""
    words = [piece for word in text.split() for piece in _pieces(word, width)]
    lines: list[str] = []
    for word in words:
        joint = "" if lines and lines[-1].endswith("-") and word.startswith("\0") else " "
        bare = word.removeprefix("\0")
        if lines and cell_len(lines[-1]) + len(joint) + cell_len(bare) <= width:
            lines[-1] += joint + bare
        else:
            lines.append(bare)
    return lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """Cut a word at its hyphens, then where it must be; all pieces but the first begin with a mark."""
    marked = ""
    for part in re.split(r"(?<=[-,/])(?=[A-Za-z])", word) if cell_len(word) > width else [word]:
        rest = part
        while cell_len(rest) > width:
            cut = max(width - 1, 1)
            yield f"{marked}{rest[:cut]}{'-' if rest[:cut].isalpha() else ''}"
            rest, marked = rest[cut:], "\0"
        yield f"{marked}{rest}"
        marked = "\0"


def _centred(text: str, width: int) -> str:
    free = max(width - cell_len(text), 0)
    return " " * (free // 2) + text + " " * (free - free // 2)


# --- below the table --------------------------------------------------------------------------------------------


def _notes(matrix: Matrix, width: int) -> Iterator[Text]:
    yield Text()
    for text, mark in matrix.numbers.marks.items():
        yield from hanging(ink((f"{mark}  ", "yellow")), ink(text), width)
    for text, mark in matrix.letters.marks.items():
        yield from hanging(ink((f"[{mark}] ", "yellow")), ink(text), width)
    if matrix.unmarked:
        names = ", ".join(entry.id for entry in matrix.unmarked)
        yield from hanging("", ink(("nothing is marked at: ", "dim"), names), width, 0)


def _quotations(protocol: Protocol, width: int) -> Iterator[Text]:
    """Quote what the source says of activities, each quotation once, with the activities that it speaks of."""
    quoted: dict[str, dict[str, None]] = {}
    for activity in protocol.activities:
        for quote in activity.source.values():
            quoted.setdefault(quote, {})[activity.name] = None
    if quoted:
        yield from heading("What the source says of them", width)
    for quote, names in quoted.items():
        yield from hanging(ink("· ", (", ".join(names), "bold"), ": "), ink((f"“{quote}”", "italic")), width, 2)
