"""A page of text of a given width: styled lines, wrapping, headings, tables with a picture beside them.

A room of its own because the plan and the protocol's outline are set in the same way, and because of what must hold
for every line of both: it is no wider than the page, no date is broken or cut off, nothing that a user wrote is taken
for markup or reaches the terminal as a control character, and without colour there is not one escape code.
Only the commands that print a page import this room, so rich is imported at its head.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

GLUE = "\ue000"  # a space at which no line is broken; a private character that no text may otherwise hold
_GAP = 2
_LONGEST_WORD = 18  # a longer word may be broken where a column is narrow

Part = str | tuple[str, str] | Text


# --- ink --------------------------------------------------------------------------------------------------------


def ink(*parts: Part) -> Text:
    """Put parts together, each a text or a text with its style; what cannot be printed becomes a replacement mark.

    >>> ink("a\\x1b[31m", ("b", "bold")).plain
    'a�[31mb'
    """
    line = Text()
    for part in parts:
        if isinstance(part, Text):
            line.append_text(part)
        elif isinstance(part, tuple):
            line.append(_printable(part[0]), part[1])
        else:
            line.append(_printable(part))
    return line


def glued(text: str) -> str:
    """Keep a text on one line: its spaces are none at which a line may end."""
    return text.replace(" ", GLUE)


def joined(parts: Sequence[Text], between: str) -> Text:
    """Put lines of ink one after the other, with a text between them."""
    line = Text()
    for number, part in enumerate(parts):
        if number:
            line.append(between)
        line.append_text(part)
    return line


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == GLUE else " " if c.isspace() else "\ufffd" for c in text)


# --- lines ------------------------------------------------------------------------------------------------------


def wrapped(text: Text, width: int) -> list[Text]:
    """Break a text into lines of at most `width` cells, at its spaces; only a word wider than that is cut.

    Such a word is cut behind a hyphen where it has one: `extension-follow-up` as `extension-follow-` and `up`.
    """
    breaks: list[int] = []
    used = len(text.plain) - len(text.plain.lstrip(" "))
    for word in re.finditer(r"[^ ]+ *", text.plain):
        bare = word.group().rstrip(" ")
        if used and used + cell_len(bare) > width:
            breaks.append(word.start())
            used = 0
        if cell_len(bare) > width:
            cuts, used = _cut(bare, used, width)
            breaks += [word.start() + at for at in cuts]
            used += len(word.group()) - len(bare)
        else:
            used += cell_len(word.group())
    lines = list(text.divide(breaks))
    for line in lines:
        line.rstrip()
    return lines


def _cut(word: str, used: int, width: int) -> tuple[list[int], int]:
    """Cut a word that is wider than a line, of which some cells are used; say how many the last piece takes."""
    cuts: list[int] = []
    start = hyphen = 0
    for at, char in enumerate(word):
        if used + cell_len(char) > width:
            start = hyphen if hyphen > start else at
            cuts.append(start)
            used = cell_len(word[start:at])
        used += cell_len(char)
        if char == "-" and word[at + 1 : at + 2].isalpha():  # never in a date
            hyphen = at + 1
    return cuts, used


def hanging(first: Text | str, text: Text, width: int, indent: int | None = None) -> list[Text]:
    """Give a paragraph behind its first words; the further lines are indented as far, or by `indent`."""
    head = ink(first)
    indent = head.cell_len if indent is None else indent
    if head.cell_len > indent:
        return _indented(wrapped(ink(head, text), width), indent, width)
    lines = wrapped(text, width - indent)
    return [ink(padded(head, indent) if not i else " " * indent, line) for i, line in enumerate(lines)]


def _indented(lines: list[Text], indent: int, width: int) -> list[Text]:
    if len(lines) < 2:
        return lines
    rest = joined(lines[1:], " ")
    return [lines[0], *(ink(" " * indent, line) for line in wrapped(rest, width - indent))]


def padded(text: Text, width: int) -> Text:
    """Fill a line up to `width` cells."""
    return ink(text, " " * max(width - text.cell_len, 0))


def heading(title: str, width: int) -> list[Text]:
    """Give the heading of a section, with the empty line before it. The title is ours, and short."""
    return [Text(), ink(("── ", "dim"), (title, "bold"), (f" {'─' * (width - cell_len(title) - 4)}", "dim"))]


def printed(lines: Iterable[Text], *, colour: bool) -> str:
    """Give the page as text; with `colour` it holds the codes of a terminal's own sixteen colours."""
    out = io.StringIO()
    if colour:
        console = Console(
            file=out, force_terminal=True, color_system="standard", legacy_windows=False, width=10_000, _environ={}
        )
        for line in lines:
            line.rstrip()
            console.print(line, soft_wrap=True, highlight=False)
    else:
        out.writelines(f"{line.plain.rstrip()}\n" for line in lines)
    return out.getvalue().replace(GLUE, " ")


# --- tables -----------------------------------------------------------------------------------------------------


class Column(NamedTuple):
    """A column: its title, and whether it gives way first where the page is narrow."""

    title: str
    is_soft: bool = True


class Row(NamedTuple):
    """A row: of each column its paragraphs; `details` stand below them, from the second column on."""

    cells: tuple[tuple[Text, ...], ...]
    details: tuple[Text, ...] = ()
    picture: Text | None = None


class Picture(NamedTuple):
    """What is drawn at the right of a table: its lines above the rule, and what fills a row's further lines."""

    head: tuple[Text, ...]
    blank: Text


def natural_widths(columns: Sequence[Column], rows: Sequence[Row]) -> list[int]:
    """Give the width of each column at which none of its lines is broken."""
    return [
        max([cell_len(column.title), *(part.cell_len for row in rows for part in row.cells[i])])
        for i, column in enumerate(columns)
    ]


def table(
    columns: Sequence[Column], rows: Sequence[Row], width: int, picture: Picture | None = None, indent: int = 0
) -> list[Text]:
    """Set a table; columns without any text are left out."""
    if not rows:
        return []
    shown = [i for i in range(len(columns)) if any(part.plain for row in rows for part in row.cells[i])]
    columns = [columns[i] for i in shown]
    rows = [row._replace(cells=tuple(row.cells[i] for i in shown)) for row in rows]
    beside = picture.blank.cell_len + _GAP if picture else 0
    widths = _widths(columns, rows, width - indent - beside - _GAP * (len(columns) - 1))
    left = indent + sum(widths) + _GAP * (len(columns) - 1)
    titles = Row(tuple((ink((column.title, "bold")),) for column in columns))
    room = left if picture else width  # of the details below a row
    head = _row_lines(titles, widths, indent, room)
    lines: list[Text] = []
    if picture:
        head = [Text()] * (len(picture.head) - len(head)) + head
        drawn = [Text()] * (len(head) - len(picture.head)) + list(picture.head)
        head = [_beside(line, part, left) for line, part in zip(head, drawn, strict=True)]
    lines += head
    lines.append(ink(" " * indent, ("─" * (left - indent + beside), "dim")))
    for row in rows:
        for number, line in enumerate(_row_lines(row, widths, indent, room)):
            if picture:
                part = row.picture if row.picture is not None and not number else picture.blank
                line = _beside(line, part, left)
            lines.append(line)
    return lines


def _beside(line: Text, picture: Text, left: int) -> Text:
    return ink(padded(line, left + _GAP), picture)


def _row_lines(row: Row, widths: Sequence[int], indent: int, room: int) -> list[Text]:
    columns = [
        [line for part in cell for line in wrapped(part, width)]
        for cell, width in zip(row.cells, widths, strict=True)
    ]
    lines: list[Text] = []
    for number in range(max(len(column) for column in columns)):
        line = ink(" " * indent)
        for column, width in zip(columns, widths, strict=True):
            part = column[number] if number < len(column) else Text()
            line = ink(line, padded(part, width), " " * _GAP)
        line.rstrip()
        lines.append(line)
    start = indent + (widths[0] + _GAP if len(widths) > 1 else 0)
    lines += [ink(" " * start, line) for detail in row.details for line in wrapped(detail, room - start)]
    return lines


def _widths(columns: Sequence[Column], rows: Sequence[Row], room: int) -> list[int]:
    """Share the room out: soft columns give way first, the widest of them most, then the others, then all."""
    widths = natural_widths(columns, rows)
    words = [
        max([cell_len(column.title), *(_longest_word(part) for row in rows for part in row.cells[i])])
        for i, column in enumerate(columns)
    ]
    every = range(len(columns))
    soft = [i for i in every if columns[i].is_soft]
    pieces = [max([1, *(_longest_word(part, "-") for row in rows for part in row.cells[i])]) for i in every]
    least = [max(min(pieces[i], _LONGEST_WORD), 5) if columns[i].is_soft else word for i, word in enumerate(words)]
    wide = [max(size, 12) for size in least]
    one = [1] * len(columns)
    for chosen, floor in ((soft, wide), (every, least), (every, [max(size, 5) for size in pieces]), (every, one)):
        while sum(widths) > room:
            able = [i for i in chosen if widths[i] > floor[i]]
            if not able:
                break
            widest = max(able, key=lambda i: widths[i])
            widths[widest] -= 1
    return widths


def _longest_word(text: Text, cut: str = "") -> int:
    words = re.split(r" |(?<=-)(?=[A-Za-z])" if cut else " ", text.plain)
    return max(cell_len(word) for word in words)
