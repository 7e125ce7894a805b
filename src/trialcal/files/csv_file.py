"""A CSV file, row by row: any of the usual separators, UTF-8 with or without a mark, and rows that are no CSV told.

A room of its own because what can be wrong with the file has nothing to do with what its columns mean. It is read as
it comes and never held whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from trialcal.files.inputs import note_read
from trialcal.files.library import told_path
from trialcal.problems import Place, Problem

LONGEST_LINE = 1_000_000  # characters; what is longer is no table of visits
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK": "a spreadsheet file"}
SAVE_AS = "in the spreadsheet: Save As, CSV UTF-8"
_WIDTH_HINT = "a cell with a comma goes in quotation marks"


class CsvRow(NamedTuple):
    """A row: the line of the file in which it begins, and its cells, as many as the header has; or a problem."""

    line: int
    cells: list[str]
    problem: Problem | None = None


class CsvFile:
    """A CSV file that is open; `close` it. `problem` says why there is nothing to be read; `names` is its header."""

    def __init__(self, path: Path, here: Path) -> None:
        self.file = told_path(here / path, here)
        self.problem: Problem | None = None
        self.names: tuple[str, ...] = ()
        self.size = 0
        self._raw: io.BufferedReader | None = None
        try:
            self._open(here / path)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            reason = (error.strerror if isinstance(error, OSError) else None) or "its name cannot be a file's"
            code = "not-readable"
            if isinstance(error, FileNotFoundError):
                code, reason = "no-such-file", "there is no such file"
            self._refuse(code, reason, "check the name")

    def _open(self, path: Path) -> None:
        if path.exists() and not path.is_file():
            kind = "a folder" if path.is_dir() else "a device or a pipe"
            self._refuse("not-a-file", f"this is {kind}, not a file", "name a CSV file")
            return
        self._raw = path.open("rb")
        note_read(path)
        self.size = path.stat().st_size
        for mark, what in _MARKS.items():
            if self._raw.peek(2).startswith(mark):
                self._refuse("not-utf-8", f"this is {what}, not CSV in UTF-8", SAVE_AS)
                return
        # What is no UTF-8 becomes half a pair of surrogates, so that only its own row is lost.
        text = io.TextIOWrapper(self._raw, "utf-8-sig", "surrogateescape", newline="")
        self._lines = iter(lambda: text.readline(LONGEST_LINE), "")
        head = next(self._lines, "")
        delimiter = max(",;\t", key=re.sub('"[^"]*"', "", head).count)
        try:
            self.names = tuple(
                name.strip() for name in next(csv.reader([head], delimiter=delimiter, strict=True), [])
            )
        except csv.Error as error:
            self._refuse("bad-header", *_of_csv(error))
        if self.problem is None and not any(self.names):
            what = "the first line is empty" if head else "the file is empty"
            its = "it" if head else "its first line"
            self._refuse("bad-header", what, f"{its} names the columns, as subject,visit,date")
        self._rows = csv.reader(self._lines, delimiter=delimiter, strict=True)

    def _refuse(self, code: str, message: str, hint: str) -> None:
        self.problem = Problem("error", code, message, hint, Place(self.file))

    @property
    def read(self) -> int:
        """How many of the file's bytes have been read."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    def close(self) -> None:
        """Close the file."""
        if self._raw is not None:
            self._raw.close()

    def rows(self) -> Iterator[CsvRow]:
        """Give the rows below the header, one after the other; empty ones are passed over."""
        rows, width = self._rows, len(self.names)
        above = 1
        while True:
            try:
                cells = next(rows, None)
            except csv.Error as error:
                yield CsvRow(above + 1, [], self.wrong(above + 1, *_of_csv(error)))
                above = rows.line_num + 1
                continue
            line, above = above + 1, rows.line_num + 1
            if cells is None:
                return
            if len(cells) == width:
                yield CsvRow(line, cells)
            elif any(cell.strip() for cell in cells):
                yield self._uneven(line, cells)

    def _uneven(self, line: int, cells: list[str]) -> CsvRow:
        """Give a row with too few or too many cells: too many empty ones do no harm."""
        width = len(self.names)
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            return CsvRow(line, cells[:width])
        message = f"the row has {len(cells)} cells, the header {width}"
        return CsvRow(line, cells, self.wrong(line, message, _WIDTH_HINT))

    def wrong(self, line: int, message: str, hint: str = "", column: str = "") -> Problem:
        """Give a problem of a row, or of its cell in a column."""
        return Problem("error", "bad-cell" if column else "bad-row", message, hint, Place(self.file, line, 0, column))


def is_utf8(text: str) -> bool:
    """Tell whether a cell was written in UTF-8."""
    return text.isascii() or not any("\udc80" <= c <= "\udcff" for c in text)


def _of_csv(error: csv.Error) -> tuple[str, str]:
    words = str(error)
    if "field larger" in words or "unexpected end" in words:
        return "a cell does not end: the rows from here on run into one", "is a closing quotation mark missing?"
    return f"the quotation marks of this row do not fit ({words})", 'write "..." around a whole cell, "" inside it'
