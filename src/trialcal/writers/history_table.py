"""A subject's history as a page, as CSV and as JSON: who changed what, when and why.

A room of its own because its rows are changes, not visits. The entries come as plain values: who reads the file they
come from, and whether they are sound, is no matter of a writer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.text import Text

from trialcal.problems import Problem
from trialcal.writers.page import Column, Row, glued, hanging, ink, printed, table
from trialcal.writers.rows import cell

SCHEMA = "trialcal.history/1"
Values = Mapping[str, str | int]
_COLUMNS = (
    Column("No.", False),
    Column("When (UTC)", False),
    Column("By", False),
    Column("What"),
    Column("Before"),
    Column("After"),
    Column("Reason"),
)


def history_text(
    subject: str, file: str, entries: Sequence[Values], problems: Sequence[Problem], *, width: int, colour: bool
) -> str:
    """Give a history as text of at most `width` cells a line (60 or more), without `colour` free of escape codes."""
    facts = [
        ("Subject", ink((subject, "bold"))),
        ("File", ink(file)),
        ("Result", _result(entries, problems)),
    ]
    lines = [line for name, text in facts for line in hanging(ink((name, "dim")), text, width, 12)]
    lines += [Text(), *table(_COLUMNS, [_row(entry) for entry in entries], width)] if entries else []
    return printed(lines, colour=colour)


def history_csv(subject: str, entries: Sequence[Values], fields: Sequence[str]) -> str:
    """Give a history as CSV (RFC 4180), a row for each entry, the subject first; hashes included."""
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("subject", *fields))
    for entry in entries:
        writer.writerow([cell(subject), *(cell(entry[field]) for field in fields)])
    return out.getvalue()


def history_json(subject: str, file: str, entries: Sequence[Values], problems: Sequence[Problem]) -> str:
    """Give a history as JSON (schema "trialcal.history/1"); `verified`: it has entries, and nothing is wrong."""
    document = {
        "schema": SCHEMA,
        "subject": subject,
        "file": file,
        "verified": bool(entries) and not problems,
        "entries": [dict(entry) for entry in entries],
        "problems": [
            {"level": each.level, "code": each.code, "line": each.place.line or None, "message": each.message}
            for each in problems
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _result(entries: Sequence[Values], problems: Sequence[Problem]) -> Text:
    number = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"
    if any(problem.level == "error" for problem in problems):
        return ink(("EDITED BY HAND", "bold red"), f": of {number} not all are as they were written")
    if not entries and not problems:
        return ink(("no history is kept in this file", "yellow"), ": what changed, and whether, it cannot show")
    if problems and all(problem.code == "history-clock" for problem in problems):
        return ink(("unbroken, but its times go back", "yellow"), f": {number}, each as it was written")
    if problems:
        return ink(("does not agree with the file", "yellow"), f": {number}, each as it was written")
    return ink(("unbroken", "green"), f": {number}, each as it was written, and the file as after the last")


def _row(entry: Values) -> Row:
    when = str(entry["when"]).replace("T", " ").removesuffix("Z")
    texts = (str(entry[name]) for name in ("what", "old", "new", "reason"))
    return Row(
        (
            (ink(str(entry["n"])),),
            (ink(glued(when)),),
            (ink(str(entry["by"])),),
            *((ink(text),) for text in texts),
        )
    )
