"""The keys of a subject's and of a cohort's file, and what people write for them: what happened, what was decided.

The readers and the JSON Schemas are made from these tables, as from that of protocols (`keys`).
"""

from __future__ import annotations

from trialcal.files.key import Key

_REASON = Key("reason", "prose", "why, in a few words; no names")
_BY = Key("by", "name", "who: a role or a staff code, as PI or SMC; no name", required=True)
_GROUP = Key("group", "id", "the dose group, where the protocol has several")
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
        Key("dose_group", "id", "the dose group, where the protocol has several"),
        Key("dlt", "entry", "what was assessed of a dose-limiting toxicity; left out until it is", of="dlt"),
        Key("not_evaluable", "entry", "that the subject does not count for decisions", of="not_evaluable"),
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
    "dlt": (
        Key("outcome", "choice", "whether there was one", required=True, choices=("none", "yes")),
        Key("onset", "date", "with `yes`: the day on which it began"),
        Key("on", "date", "the day of the assessment", required=True),
        _BY,
    ),
    "not_evaluable": (
        Key("reason", "prose", "why, in a few words; no names", required=True),
        Key("on", "date", "the day of the decision", required=True),
        _BY,
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

# The keys of a cohort's file: the order of dosing, and what people decided for several subjects together.
COHORT_SHAPES: dict[str, tuple[Key, ...]] = {
    "cohort": (
        Key("cohort", "name", "what people call it; no name of a person", required=True),
        Key("protocol", "name", "the protocol's id, or its file, counted from this file's folder", required=True),
        Key("version", "name", "the protocol's version, where its file states one"),
        Key("site", "name", "the site's file, counted from this file's folder"),
        Key("subjects", "names", "the study numbers, in the order of dosing", most=2_000),
        Key("reviews", "list", "reviews that were held", of="held"),
        Key("releases", "list", "gates that people released", of="release"),
        Key("decisions", "list", "what people decided where the table asks them to", of="ruling"),
        Key("notes", "prose", "anything else that people who read the file should know; no names"),
    ),
    "held": (
        Key("review", "id", "which one, of the protocol's `reviews`", required=True),
        _GROUP,
        Key("on", "date", "the day on which it was held", required=True),
        _BY,
    ),
    "release": (
        Key("gate", "id", "which one, of the protocol's `gates`", required=True),
        _GROUP,
        Key("subject", "name", "the study number, where it is for one subject only"),
        Key("on", "date", "the day of the decision", required=True),
        _BY,
    ),
    "ruling": (
        _GROUP,
        Key("of", "number", "after so many evaluable subjects of the group", required=True),
        Key("then", "then", "what was decided: add 3, escalate or stop", required=True),
        Key("to", "id", "the dose group that follows, where that is not the next one"),
        Key("on", "date", "the day of the decision", required=True),
        _BY,
    ),
}  # fmt: skip

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
