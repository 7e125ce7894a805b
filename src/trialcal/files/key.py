"""What a key of a file is: its name, the kind of its value, and what it says. And the keys that many entries share.

A room of its own because the tables of keys of protocols, sites and subjects are made of it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal[
    "id",           # small letters, digits, hyphens
    "name",         # one line of text
    "prose",        # text of any length
    "names",        # a list of one-line texts, or one of them
    "proses",       # a list of texts, or one of them
    "choice",       # one of `choices`
    "number",       # a whole number
    "flag",         # true or false
    "ids",          # a list of ids, or one of them
    "choices",      # a list of some of `choices`, or one of them
    "timing",       # a phrase: Day 1, 2 d after priming
    "timings",      # the same, or a list of them
    "ending",       # a timing, or a reference alone
    "reference",    # a phrase: last dose
    "references",   # the same, or a list of them
    "cycles",       # a phrase: cycle 2 and beyond; or a list of them
    "length",       # a phrase: 21 d, 35-42 d, at least 35 d
    "count",        # a number or a range: 6, 1-6
    "arounds",      # a phrase: 30 min before, 2 h after end; or a list of them
    "tolerance",    # a phrase: ±15 min, ±10 %
    "marks",        # a list of visits, each with a mark that is not X in parentheses; or one of them
    "window",       # a phrase: ±1 d
    "duration",     # a phrase: 4 weeks
    "gap",          # a phrase: 48-72 h
    "spans",        # a phrase: longer of 4 weeks and 5 x half-life
    "zone",         # a time zone: Europe/Berlin
    "days",         # a phrase: Mon-Fri, weekends, 2025-12-24; or a list of them
    "hours",        # a phrase: 08:00-16:00
    "week",         # a table of hours by days
    "date",         # a date: 2025-03-01
    "moment",       # a date, with its clock time where it is known: 2025-03-01T16:30
    "partial",      # the same, or the month or year alone: 2025-03
    "moments",      # a table of such dates by visit
    "words",        # a table of texts by id
    "history",      # what trialcal wrote: a list that only `files/history.py` reads
    "positions",    # a phrase: 2, 2-3, 2 and on
    "counts",       # a phrase: 0, 0-1, 2 or more
    "then",         # a phrase: add 3, escalate, stop, discuss
    "number-or",    # a whole number from 1 on, or one of `choices`
    "texts",        # source and assumed: a text, or a table of texts by key
    "entry",        # a table of the shape `of`
    "entries",      # a table of such tables by id
    "list",         # a list of such tables
]  # fmt: skip


class Key(NamedTuple):
    """One key: its name, the kind of its value, what it says, and whether it must stand; how long a list may be."""

    name: str
    kind: Kind
    says: str
    required: bool = False
    of: str = ""
    choices: tuple[str, ...] = ()
    most: int = 50


SOURCE = Key("source", "texts", "a short quotation from the source; by key, or as a bare text for the timing")
ASSUMED = Key("assumed", "texts", "why a value is assumed; by key, or as a bare text for the timing")
NOTES = Key("notes", "prose", "anything else that should be shown")
NAME = Key("name", "name", "what people call it")
