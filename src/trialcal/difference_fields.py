"""What of each section of a protocol's file is compared between two versions, and on what of it dates hang.

A room of its own because it is data: a new key of the language is added here, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Section = Literal[
    "study",
    "visits",
    "cycles",
    "rules",
    "periods",
    "lookbacks",
    "timepoints",
    "epochs",
    "types",
    "parameters",
    "arms",
    "cohorts",
    "activities",
    "escalation",
    "dose_groups",
    "staggers",
    "reviews",
    "gates",
    "decisions",
    "not_expressed",
]
SECTIONS: tuple[Section, ...] = get_args(Section)


class Field(NamedTuple):
    """A field of an entry: the key of the language that it comes from, and whether dates hang on it."""

    name: str
    key: str
    dates: bool


def _fields(*, dates: str = "", words: str = "") -> tuple[Field, ...]:
    """Read names of fields, those on which dates hang apart; `field:key` where the file has another key for it."""
    pairs = [(each, is_date) for text, is_date in ((dates, True), (words, False)) for each in text.split()]
    return tuple(Field(each.partition(":")[0], each.rpartition(":")[2], is_date) for each, is_date in pairs)


FIELDS: Mapping[Section, tuple[Field, ...]] = {
    "visits": _fields(
        dates="at window lasts type series prefer until horizon by_entry:ids arms cohorts uncertain",
        words="optional condition:if number name epoch by may_coincide_with applies_to notes",
    ),
    "cycles": _fields(
        dates="length first rhythm count until horizon numbered_from prefix arms cohorts", words="overlaps name notes"
    ),
    "rules": _fields(dates="visit sign:side other uncertain"),
    "periods": _fields(
        dates="start:from until lasts event:or_until whichever ends_with", words="name applies_to notes"
    ),
    "lookbacks": _fields(dates="kind spans:time before", words="name applies_to exceptions notes"),
    "timepoints": _fields(dates="visits:visit at window", words="name activities applies_to notes"),
    "epochs": _fields(dates="until", words="name"),
    "types": _fields(dates="weight", words="name"),
    "parameters": _fields(words="name"),
    "arms": _fields(words="name"),
    "cohorts": _fields(words="name"),
    "activities": _fields(words="name section notes"),
    "escalation": _fields(dates="commits first_dose dlt_period complete mtd_needs", words="design subjects notes"),
    "dose_groups": _fields(dates="subjects spare", words="name notes"),
    "staggers": _fields(dates="subject after at_least opens group", words="notes"),
    "reviews": _fields(dates="after opens preparation meets group", words="name assesses decides notes"),
    "gates": _fields(dates="subject review:waits_for release opens group", words="name released_by notes"),
    "decisions": _fields(dates="of dlts then group", words="by notes"),
}
# Sections about several subjects, and the fields of an escalation that hold them.
ACROSS: Mapping[Section, str] = {
    "dose_groups": "groups",
    "staggers": "staggers",
    "reviews": "reviews",
    "gates": "gates",
    "decisions": "decisions",
}
# Keys of `source` and `assumed` that are not named like the field of the entry that they speak of.
SPOKEN_OF = {"if": "condition", "from": "start", "or_until": "event"}
