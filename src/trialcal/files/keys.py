"""The keys of the protocol language: one table from which the reader and the JSON Schema are both made.

A table of keys, rather than models of a validation library: the messages are then the words that a coordinator needs,
every problem carries the file's line and column, and nothing heavy is imported before a protocol can be read.
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
    "timing",       # a phrase: Day 1, 2 d after priming
    "timings",      # the same, or a list of them
    "ending",       # a timing, or a reference alone
    "reference",    # a phrase: last dose
    "window",       # a phrase: ±1 d
    "duration",     # a phrase: 4 weeks
    "gap",          # a phrase: 48-72 h
    "spans",        # a phrase: longer of 4 weeks and 5 x half-life
    "texts",        # source and assumed: a text, or a table of texts by key
    "entry",        # a table of the shape `of`
    "entries",      # a table of such tables by id
    "list",         # a list of such tables
]  # fmt: skip


class Key(NamedTuple):
    """One key: its name, the kind of its value, what it says, and whether it must stand."""

    name: str
    kind: Kind
    says: str
    required: bool = False
    of: str = ""
    choices: tuple[str, ...] = ()


_SOURCE = Key("source", "texts", "a short quotation from the source; by key, or as a bare text for the timing")
_ASSUMED = Key("assumed", "texts", "why a value is assumed; by key, or as a bare text for the timing")
_APPLIES_TO = Key("applies_to", "prose", "which subjects it concerns")
_NOTES = Key("notes", "prose", "anything else that should be shown")
_WAITS_FOR = Key("waits_for", "prose", "with `pending`: what it waits for")
_NAME = Key("name", "name", "what people call it")

SHAPES: dict[str, tuple[Key, ...]] = {
    "protocol": (
        Key("id", "id", "the name that --protocol takes", required=True),
        Key("title", "name", "the study's title", required=True),
        Key("version", "name", "the protocol's version"),
        Key("source", "entry", "where the statements come from", of="origin"),
        Key("extends", "name", "the id or file of a protocol that this one overlays"),
        Key("without", "names", "with `extends`: entries that do not apply here, as visits.safety-check"),
        Key("study_day", "entry", "how days are numbered, as {anchor: dose-1, number: 1, day_zero: false}",
            required=True, of="study_day"),
        Key("start", "id", "the visit that a bare --start dates", required=True),
        Key("on_tie", "choice", "which of two equally good dates is planned", choices=("later", "earlier")),
        Key("epochs", "entries", "the stages of the study", of="epoch"),
        Key("types", "entries", "the visit types", of="type"),
        Key("parameters", "entries", "values that the user supplies with --set", of="parameter"),
        Key("visits", "entries", "the visits by their ids, as infusion: {at: Day 1}", required=True, of="visit"),
        Key("rules", "list", "minimum and maximum gaps between visits", of="rule"),
        Key("periods", "entries", "spans of dates", of="period"),
        Key("lookbacks", "entries", "requirements on the time before an event", of="lookback"),
        Key("not_expressed", "list", "statements that the language cannot express", of="not_expressed"),
    ),
    "origin": (
        Key("registry", "name", "a registry's number, as NCT06888960; every output says it is not the protocol"),
        Key("document", "name", "the protocol document, with its version"),
        Key("updated", "name", "its date"),
        Key("url", "name", "where it can be read"),
    ),
    "study_day": (
        Key("anchor", "id", "the visit that carries the study's day number", required=True),
        Key("number", "number", "the anchor's study day: 1, or 0", required=True),
        Key("day_zero", "choice", "whether there is a Day 0; required unless the number is 0",
            choices=("true", "false")),
        _SOURCE,
        _ASSUMED,
    ),
    "epoch": (_NAME, _SOURCE, _ASSUMED),
    "type": (_NAME, Key("weight", "number", "what each day off target costs, from 0 to 1000"), _SOURCE, _ASSUMED),
    "parameter": (_NAME, _SOURCE),
    "visit": (
        Key("at", "timings", "when it is, as Day 8, [Day 1, Day 8], 2 d after priming or pending", required=True),
        Key("name", "name", "what people call it; {n} is the number in a series"),
        Key("short", "name", "a name that fits a calendar's title; {n} as in `name`"),
        Key("type", "id", "its visit type"),
        Key("epoch", "id", "its stage, one of `epochs`"),
        Key("window", "window", "how far it may be from its target: ±1 d, -1/+3 d, +7 d, 0 d"),
        Key("lasts", "duration", "its duration: 3 d are three dates"),
        Key("weight", "number", "what each day off target costs, from 0 to 1000; instead of its type's"),
        Key("prefer", "choice", "where in a range it is planned", choices=("earliest", "latest")),
        Key("activities", "names", "what is done at the visit"),
        _APPLIES_TO,
        _WAITS_FOR,
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "rule": (
        Key("id", "id", "its name, by which an overlay replaces it"),
        Key("visit", "reference", "the visit that is bound", required=True),
        Key("at_least", "duration", "the minimum gap"),
        Key("at_most", "duration", "the maximum gap"),
        Key("within", "gap", "both: 48-72 h, or 7 d for 0 to 7 days"),
        Key("after", "reference", "the visit that it comes after"),
        Key("before", "reference", "the visit that it comes before"),
        _SOURCE,
        _ASSUMED,
    ),
    "period": (
        _NAME,
        Key("from", "ending", "its first date: a visit, a study day or an offset", required=True),
        Key("until", "ending", "its last date; or `pending`"),
        Key("lasts", "duration", "instead of `until`: 28 d are 28 dates"),
        Key("or_until", "prose", "an event that no calendar knows"),
        Key("whichever", "choice", "which of `until` and `or_until` counts", choices=("later", "earlier")),
        _APPLIES_TO,
        _WAITS_FOR,
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "lookback": (
        _NAME,
        Key("none_within", "spans", "nothing of it in this time before; the boundary is within"),
        Key("discontinued_for", "spans", "stopped at least this long before; the boundary is enough"),
        Key("stable_for", "spans", "unchanged for this long before"),
        Key("exposed_for", "spans", "taken for at least this long before"),
        Key("before", "reference", "the event that it counts back from", required=True),
        _APPLIES_TO,
        Key("exceptions", "proses", "who or what is excepted"),
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "not_expressed": (
        Key("source", "prose", "the statement", required=True),
        Key("reason", "prose", "why the language cannot express it", required=True),
    ),
}  # fmt: skip

# What people write for a key before they know its name, where that is not near enough to be found by its letters.
OTHER_WORDS: dict[str, str] = {
    **dict.fromkeys(("when", "day", "days", "date", "on", "timing", "schedule", "visit_day"), "at"),
    **dict.fromkeys(("tolerance", "margin", "visit_window"), "window"),
    **dict.fromkeys(("duration", "length"), "lasts"),
    **dict.fromkeys(("min", "minimum", "no_less_than", "not_before"), "at_least"),
    **dict.fromkeys(("max", "maximum", "no_more_than"), "at_most"),
    **dict.fromkeys(("procedures", "assessments"), "activities"),
    **dict.fromkeys(("label", "description"), "name"),
    **dict.fromkeys(("stage", "phase"), "epoch"),
    **dict.fromkeys(("kind", "visit_type"), "type"),
    **dict.fromkeys(("comment", "comments", "remarks"), "notes"),
    **dict.fromkeys(("begin", "begins", "since", "start"), "from"),
    **dict.fromkeys(("end", "ends", "to"), "until"),
    **dict.fromkeys(("washout", "washout_period"), "discontinued_for"),
    **dict.fromkeys(("quote", "quotation"), "source"),
    **dict.fromkeys(("assumption", "assumptions"), "assumed"),
}
