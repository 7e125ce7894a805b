"""The keys of protocols and of sites' files: tables from which the reader and the JSON Schemas are both made.

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
_ARMS = Key("arms", "ids", "the arms whose subjects have it; all where it is left out")
_COHORTS = Key("cohorts", "ids", "the cohorts whose subjects have it; all where it is left out")
_UNTIL = Key("until", "ids", "the visit, or visits, that end it when one has a date: later ones then fall away")
_ACTIVITIES = Key("activities", "names", "what is done at the visit")
_WAITS_FOR = Key("waits_for", "prose", "with `pending`: what it waits for")
_NAME = Key("name", "name", "what people call it")

SHAPES: dict[str, tuple[Key, ...]] = {
    "protocol": (
        Key("id", "id", "the name that --protocol takes", required=True),
        Key("title", "name", "the study's title", required=True),
        Key("version", "name", "the protocol's version"),
        Key("effective", "date", "the date from which this version counts, as 2025-05-01"),
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
        Key("arms", "entries", "the arms of the study, for --arm", of="group"),
        Key("cohorts", "entries", "its cohorts, sub-studies or tracks, for --cohort", of="group"),
        Key("cycles", "entries", "cycles of treatment, or the periods of a crossover", of="cycles"),
        Key("visits", "entries", "the visits by their ids, as infusion: {at: Day 1}", required=True, of="visit"),
        Key("rules", "list", "minimum and maximum gaps between visits", of="rule"),
        Key("periods", "entries", "spans of dates", of="period"),
        Key("lookbacks", "entries", "requirements on the time before an event", of="lookback"),
        Key("timepoints", "entries", "times around the clock time of visits, as of samples", of="timepoints"),
        Key("activities", "entries", "the table of what is done at which visits", of="activity"),
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
        Key("week", "number", "the week that begins with the anchor: 0 or 1; needed where `at` names weeks"),
        _SOURCE,
        _ASSUMED,
    ),
    "epoch": (
        _NAME,
        Key("until", "ids", "the visit, or visits, that end it when one has a date: its later visits then fall away"),
        _SOURCE,
        _ASSUMED,
    ),
    "type": (_NAME, Key("weight", "number", "what each day off target costs, from 0 to 1000"), _SOURCE, _ASSUMED),
    "parameter": (_NAME, _SOURCE),
    "group": (_NAME, _SOURCE, _ASSUMED),
    "cycles": (
        Key("length", "length", "from one Day 1 to the next: 21 d, 35-42 d, at least 35 d", required=True),
        Key("first", "timing", "when its first Day 1 is, as Day 1 or 3 d after randomisation", required=True),
        Key("rhythm", "choice", "`fixed`: all days counted from the first Day 1; `re-anchored`: each cycle from the"
            " Day 1 before it", required=True, choices=("fixed", "re-anchored")),
        Key("count", "count", "how many there are: 6, or 1-6; left out where nobody knows"),
        _UNTIL,
        Key("horizon", "number", "without a count: how many are planned"),
        Key("name", "name", "what a cycle is called: Cycle {cycle}, Period {cycle}"),
        Key("numbered_from", "number", "the number of its first cycle, where it goes on from another group"),
        Key("prefix", "id", "what the ids of its visits begin with: c for c1d1"),
        Key("overlaps", "prose", "why a day lies beyond the length on purpose"),
        _ARMS,
        _COHORTS,
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "visit": (
        Key("at", "timings", "when it is, as Day 8, [Day 1, Day 8], 2 d after priming or pending", required=True),
        Key("in", "cycles", "with a day of a cycle: in which, as cycle 1, cycle 2 and beyond, every cycle"),
        Key("ids", "choice", "what ids in cycles are made of: the `day` (c2d8) or the `entry` (call-c2)",
            choices=("day", "entry")),
        _UNTIL,
        Key("horizon", "duration", "with `every ...`: how far it is planned where nobody knows the end"),
        Key("name", "name", "what people call it; {n} is the number in a series"),
        Key("short", "name", "a name that fits a calendar's title; {n} as in `name`"),
        Key("type", "id", "its visit type"),
        Key("epoch", "id", "its stage, one of `epochs`"),
        Key("window", "window", "how far it may be from its target: ±1 d, -1/+3 d, +7 d, 0 d"),
        Key("lasts", "duration", "its duration: 3 d are three dates"),
        Key("weight", "number", "what each day off target costs, from 0 to 1000; instead of its type's"),
        Key("prefer", "choice", "where in a range it is planned", choices=("earliest", "latest")),
        Key("number", "name", "the number that the protocol gives it, as 3.5"),
        _ARMS,
        _COHORTS,
        Key("if", "prose", "the condition that leads to it; told, never evaluated"),
        Key("optional", "flag", "whether it may be left out"),
        Key("uncertain", "flag", "with a range in `at`: whether nobody can choose when in the range it is"),
        Key("by", "choices", "how it is done, where not at the site alone",
            choices=("site", "phone", "video", "home", "local-clinic", "email")),
        Key("may_coincide_with", "references", "visits with which it may be on the same day"),
        _ACTIVITIES,
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
        Key("uncertain", "flag", "whether nobody can choose the gap, as the time to make a product"),
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
        Key("ends_with", "references", "the visit, or visits, with which it ends early when one has a date"),
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
    "timepoints": (
        _NAME,
        Key("visit", "references", "the visits that they are around, as dose-1 or each dose", required=True),
        Key("at", "arounds", "the times, as [30 min before, 2 h after, 15 min after end]", required=True),
        Key("window", "tolerance", "how far from each time it may be: ±15 min, ±10 %"),
        _ACTIVITIES,
        _APPLIES_TO,
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "activity": (
        _NAME,
        Key("at", "marks", "the visits at which it is done, as [screening, v1 (P), all]", required=True),
        Key("section", "name", "the heading under which the protocol's table has it"),
        _NOTES,
        _SOURCE,
        _ASSUMED,
    ),
    "not_expressed": (
        Key("source", "prose", "the statement", required=True),
        Key("reason", "prose", "why the language cannot express it", required=True),
    ),
}  # fmt: skip

# The keys of a site's file. A table of its own because no protocol has them, and no site those of a protocol.
SITE_SHAPES: dict[str, tuple[Key, ...]] = {
    "site": (
        Key("name", "name", "what people call the site", required=True),
        Key("time_zone", "zone", "its time zone, as Europe/Berlin", required=True),
        Key("holidays", "entry", "the country whose public holidays it keeps, as {country: DE, subdivision: BY}",
            of="holidays"),
        Key("hours", "week", "when visits can begin, as {Mon-Fri: 08:00-16:00}; other days are then closed"),
        Key("closed", "list", "when it is closed, as {on: weekends, reason: weekend}", of="closure"),
        Key("open", "list", "when it is open although it would be closed", of="opened"),
        Key("visits", "entries", "when some visits are possible, as dose: {on: Mon-Thu}", of="possible"),
        Key("notes", "prose", "anything else that people who read the file should know"),
    ),
    "holidays": (
        Key("country", "name", "its two letters, as DE, CN or US", required=True),
        Key("subdivision", "name", "the state, province or canton, as BY; or `none`: what the whole country has"),
    ),
    "closure": (
        Key("on", "days", "the days, as weekends, second Tuesday of the month, 2025-12-24", required=True),
        Key("hours", "hours", "a part of the day, as 12:00-16:00; the whole day where it is left out"),
        Key("reason", "name", "why, as a plan tells it", required=True),
    ),
    "opened": (
        Key("on", "days", "the days, as 2025-10-03", required=True),
        Key("hours", "hours", "when visits can begin then, as 09:00-12:00"),
        Key("reason", "name", "why, for people who read the file", required=True),
    ),
    "possible": (
        Key("on", "days", "on which days, as Mon-Thu; with `any day` also where the site is closed"),
        Key("hours", "hours", "when they can begin, as 08:00-14:00"),
        Key("only_start", "flag", "of a visit of several dates, only the first must be open"),
        Key("weight", "number", "what each day off target costs here, from 0 to 1000"),
        Key("reason", "name", "why, as a plan tells it"),
    ),
}  # fmt: skip

_REASON = Key("reason", "prose", "why, in a few words; no names")
_WHICH = "visits, series or types, as [dose] or [dose-4, dose-5]"

# The keys of a subject's file: what one subject's dates are, and what happened. A table of its own, as the site's.
SUBJECT_SHAPES: dict[str, tuple[Key, ...]] = {
    "subject": (
        Key("subject", "name", "the study number; no name, no birth date", required=True),
        Key("protocol", "name", "the protocol's id, or its file, counted from this file's folder", required=True),
        Key("version", "name", "the protocol's version, where its file states one"),
        Key("site", "name", "the site's file, counted from this file's folder"),
        Key("arm", "id", "the subject's arm"),
        Key("cohort", "id", "the subject's cohort or track"),
        Key("cycles", "words", "how many cycles, or visits of a repeat, as {treatment: 6}"),
        Key("parameters", "words", "the values of parameters, as {half-life: 21 d}"),
        Key("attempt", "number", "which screening this is: 2 after the first rescreening"),
        Key("consent", "date", "the day of the informed consent, where the protocol has no visit for it"),
        Key("rfstdtc", "date", "SDTM's reference start date, as the study's data has it"),
        Key("given", "moments", "dates that are planned so, as {infusion: 2025-03-10}"),
        Key("visits", "entries", "what is known of visits, as infusion: {actual: 2025-03-12}", of="happened"),
        Key("unscheduled", "entries", "visits that the protocol does not have", of="extra"),
        Key("holds", "list", "dates on which visits must not be", of="hold"),
        Key("delays", "list", "visits that are later than the protocol has them", of="delay"),
        Key("discontinued", "entry", "when treatment or study was stopped, and what then falls away", of="stop"),
        Key("amended", "list", "the versions that the subject was moved to; written by `trialcal amend`",
            of="amendment"),
        Key("earlier_attempts", "list", "screenings before this one; written by `trialcal record`", of="attempt"),
        Key("notes", "prose", "anything else that people who read the file should know; no names"),
        Key("history", "history", "who changed what, when and why; written by trialcal, never by hand"),
    ),
    "happened": (
        Key("actual", "partial", "when it took place, as 2025-03-12 or 2025-03-12T09:00; 2025-03 where only that is"
            " known"),
        Key("end", "moment", "when it ended, with the clock time"),
        Key("booked", "moment", "the appointment that was agreed"),
        Key("status", "choice", "that it did not take place", choices=("missed", "skipped", "cancelled")),
        Key("on", "date", "with `status`: the day to which that is ascribed"),
        _REASON,
    ),
    "extra": (
        Key("actual", "partial", "when it took place; 2025-03 where only that is known", required=True),
        Key("end", "moment", "when it ended, with the clock time"),
        _REASON,
    ),
    "hold": (
        Key("visits", "names", _WHICH, required=True),
        Key("from", "date", "the first date", required=True),
        Key("until", "date", "the last date; left out until it is known"),
        _REASON,
    ),
    "delay": (
        Key("visits", "names", _WHICH, required=True),
        Key("by", "duration", "how much later, in days or weeks, as 7 d", required=True),
        _REASON,
    ),
    "stop": (
        Key("on", "date", "the day; what is planned on it stays", required=True),
        Key("visits", "names", f"what falls away: {_WHICH}, epochs, or `all`", required=True),
        Key("keep", "names", "what of that stays, as [et, follow-up]"),
        _REASON,
    ),
    "amendment": (
        Key("from", "name", "the version before", required=True),
        Key("to", "name", "the version from then on", required=True),
        Key("on", "date", "the first date that it counts for", required=True),
        _REASON,
    ),
    "attempt": (
        Key("attempt", "number", "which screening it was", required=True),
        Key("ended", "date", "the day on which it ended", required=True),
        _REASON,
        Key("given", "moments", "its planned dates"),
        Key("visits", "entries", "what happened", of="happened"),
        Key("unscheduled", "entries", "visits that the protocol does not have", of="extra"),
        Key("holds", "list", "dates on which visits must not be", of="hold"),
        Key("delays", "list", "visits that are later than the protocol has them", of="delay"),
        Key("discontinued", "entry", "when it was stopped", of="stop"),
        Key("consent", "date", "the day of its informed consent"),
        Key("rfstdtc", "date", "SDTM's reference start date"),
    ),
}  # fmt: skip
ALL_SHAPES = SHAPES | SITE_SHAPES | SUBJECT_SHAPES

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
    **dict.fromkeys(("cycle", "cycles", "in_cycles", "of"), "in"),
    **dict.fromkeys(("condition", "only_if", "conditional"), "if"),
    **dict.fromkeys(("mode", "method", "location"), "by"),
    **dict.fromkeys(("arm",), "arms"),
    **dict.fromkeys(("cohort", "track"), "cohorts"),
    **dict.fromkeys(("same_day_as", "same_day"), "may_coincide_with"),
    **dict.fromkeys(("visits", "around"), "visit"),
    **dict.fromkeys(("visitnum", "visit_number"), "number"),
    **dict.fromkeys(("quote", "quotation"), "source"),
    **dict.fromkeys(("assumption", "assumptions"), "assumed"),
}

# The same for the keys of a site's file, where a protocol has no such key.
SITE_WORDS: dict[str, str] = {
    **dict.fromkeys(("timezone", "tz", "zone"), "time_zone"),
    **dict.fromkeys(("public_holidays", "holiday"), "holidays"),
    **dict.fromkeys(("opening_hours", "times", "time", "opening_times"), "hours"),
    **dict.fromkeys(("closures", "closed_on", "closed_days", "closing", "not_on"), "closed"),
    **dict.fromkeys(("exceptions", "opened", "open_on", "also_open"), "open"),
    **dict.fromkeys(("at", "when", "day", "days", "date", "dates"), "on"),
    **dict.fromkeys(("why", "because", "text"), "reason"),
    **dict.fromkeys(("state", "province", "region", "canton", "subdiv", "land"), "subdivision"),
    **dict.fromkeys(("code", "nation"), "country"),
    **dict.fromkeys(("title", "site"), "name"),
}

# The same for the keys of a subject's file.
SUBJECT_WORDS: dict[str, str] = {
    **dict.fromkeys(("subject_id", "usubjid", "patient", "study_number", "id"), "subject"),
    **dict.fromkeys(("protocol_version",), "version"),
    **dict.fromkeys(("start", "starts", "planned"), "given"),
    **dict.fromkeys(("set", "parameter"), "parameters"),
    **dict.fromkeys(("done", "date", "start_date", "svstdtc", "when", "took_place", "happened"), "actual"),
    **dict.fromkeys(("ended", "ends", "finished", "svendtc"), "end"),
    **dict.fromkeys(("appointment", "scheduled"), "booked"),
    **dict.fromkeys(("state", "missed", "skipped", "cancelled", "canceled"), "status"),
    **dict.fromkeys(("stopped", "discontinuation", "withdrawn", "terminated"), "discontinued"),
    **dict.fromkeys(("kept", "stays", "except"), "keep"),
    **dict.fromkeys(("hold",), "holds"),
    **dict.fromkeys(("delay", "delayed"), "delays"),
    **dict.fromkeys(("days",), "by"),
    **dict.fromkeys(("amendments",), "amended"),
    **dict.fromkeys(("note", "comment", "comments"), "notes"),
    **dict.fromkeys(("informed_consent", "icf"), "consent"),
    **dict.fromkeys(("reference_start",), "rfstdtc"),
    **dict.fromkeys(("because", "why"), "reason"),
}
