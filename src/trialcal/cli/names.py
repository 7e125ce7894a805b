"""The words that options take."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """The forms of a plan."""

    ics = "ics"
    table = "table"
    csv = "csv"
    json = "json"


class Windows(StrEnum):
    """How windows stand in a calendar."""

    event = "event"
    text = "text"
    none = "none"


class Summary(StrEnum):
    """What the titles of a calendar's events tell."""

    full = "full"
    neutral = "neutral"


class TableFormat(StrEnum):
    """The forms of rows: an agenda's, findings', a history's."""

    table = "table"
    csv = "csv"
    json = "json"


class Plain(StrEnum):
    """The forms of an answer."""

    text = "text"
    json = "json"


class StartsFormat(StrEnum):
    """The forms of verdicts on start dates."""

    table = "table"
    calendar = "calendar"
    csv = "csv"
    json = "json"
