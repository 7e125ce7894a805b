"""The periods and lookbacks of a protocol file: spans that are counted from visits, and are no visits themselves.

A room of its own, as in the planning core: nothing here binds a visit's date.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.files.entries import Fields, read_entries, spoken
from trialcal.files.timings import Daily
from trialcal.files.visits import Numbering, Vocabulary, read_pending, report_stray
from trialcal.problems import Report
from trialcal.protocol import Lookback, LookbackKind, Multiple, Period
from trialcal.timing import Offset, OnDay, Pending, Whichever

KINDS: dict[str, LookbackKind] = {
    "none_within": "none-within",
    "discontinued_for": "discontinued",
    "stable_for": "stable",
    "exposed_for": "exposure",
}


# --- periods ------------------------------------------------------------------------------------------------------


def read_periods(head: Fields, numbering: Numbering, report: Report) -> Iterator[Period]:
    """Read all periods whose beginning and end are understood."""
    for name, place, fields in read_entries(head, "periods", "period", report, what="a period"):
        _check_one_end(fields, report)
        _check_length(fields, report)
        start, until = (_one_day(fields, key, numbering, report) for key in ("from", "until"))
        event = _event(fields, until, report)
        if isinstance(until, Pending):
            until = Pending(event)
        if start is None:
            continue
        yield Period(
            id=name,
            name=fields.get("name", spoken(name)),
            start=start,
            until=until,
            lasts=fields.get("lasts"),
            event=event,
            whichever=fields.get("whichever", ""),
            ends_with=fields.get("ends_with", ()),
            applies_to=fields.get("applies_to", ""),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )


def _check_one_end(fields: Fields, report: Report) -> None:
    hint = "write `until` (28 d after infusion) or `lasts` (28 d); `until: pending` where the end is open"
    if fields.has("until") and fields.has("lasts"):
        message = "`until` and `lasts` both stand, and a period ends in one way"
        report.error(fields.keys["lasts"], "bad-period", message, hint)
    elif not fields.has("until") and not fields.has("lasts") and not fields.strange:
        report.error(fields.place, "bad-period", "when this period ends is not said", hint)


def _check_length(fields: Fields, report: Report) -> None:
    lasts = fields.get("lasts")
    if lasts is not None and (lasts.needs_clock or not lasts.count):
        message = f"a period does not last {lasts}: it is a span of dates"
        report.error(fields.at("lasts"), "bad-duration", message, "give it in days, weeks, months or years")


_OneDay = OnDay | Offset | Whichever | Pending


def _one_day(fields: Fields, key: str, numbering: Numbering, report: Report) -> _OneDay | None:
    """Give an end of a period; what is not one day is reported."""
    timing = numbering.on_days(fields.get(key), fields.at(key), report)
    if timing is None or isinstance(timing, (OnDay, Offset, Whichever)):
        return timing
    if key == "until" and isinstance(timing, Pending):
        return timing
    hint = "write a visit, a study day, or an offset as '28 d after infusion'"
    message = f"`{key}` is one day, not a range of days"
    if isinstance(timing, Pending):
        message = "`from` cannot be pending"
        hint = "let it begin with a visit; that visit may be pending"
    elif isinstance(timing, Daily):
        message = f"`{key}` is one day, not several"
    report.error(fields.at(key), "bad-period", message, hint)
    return None


def _event(fields: Fields, until: _OneDay | None, report: Report) -> str:
    """Give the event that no calendar knows, or ""."""
    event: str = fields.get("or_until", "")
    if isinstance(until, Pending):
        event = read_pending(until, fields, "until", report).waits_for
        for key in ("or_until", "whichever"):
            if fields.has(key):
                message = f"`{key}` goes with a date; with `until: pending` the event stands in `waits_for`"
                report_stray(fields, key, message, report)
        return event
    if fields.has("waits_for") and not fields.failed("until"):
        report_stray(fields, "waits_for", "`waits_for` goes with `until: pending`", report)
    if fields.has("or_until") and not fields.has("whichever") and not fields.strange:
        message = "which of the two ends counts is not said"
        report.error(fields.keys["or_until"], "bad-period", message, "add `whichever: later` or `whichever: earlier`")
    elif fields.has("whichever") and not fields.has("or_until") and not fields.strange:
        message = "`whichever` needs a second end"
        report.error(fields.keys["whichever"], "bad-period", message, "add `or_until: ...`, or leave `whichever` out")
    return event


# --- lookbacks ----------------------------------------------------------------------------------------------------


def read_lookbacks(head: Fields, vocabulary: Vocabulary, report: Report) -> Iterator[Lookback]:
    """Read all lookbacks whose kind, span and event are understood."""
    for name, place, fields in read_entries(head, "lookbacks", "lookback", report, what="a lookback"):
        stated = [key for key in KINDS if fields.has(key)]
        _check_one_kind(fields, stated, report)
        before = fields.get("before")
        if len(stated) != 1 or fields.failed(stated[0]):
            continue
        spans = fields.get(stated[0])
        for span in spans:
            if isinstance(span, Multiple):
                _check_parameter(span.parameter, fields, stated[0], vocabulary, report)
        if before is None:
            continue
        yield Lookback(
            id=name,
            name=fields.get("name", spoken(name)),
            kind=KINDS[stated[0]],
            spans=spans,
            before=before,
            applies_to=fields.get("applies_to", ""),
            exceptions="; ".join(fields.get("exceptions", ())),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )


def _check_one_kind(fields: Fields, stated: list[str], report: Report) -> None:
    listed = ", ".join(f"`{key}`" for key in KINDS)
    if not stated and not fields.strange:
        message = "what this lookback requires is not said"
        report.error(fields.place, "bad-lookback", message, f"write one of {listed}")
    elif len(stated) > 1:
        second = max(stated, key=lambda key: (fields.keys[key].line, fields.keys[key].column))
        message = f"{' and '.join(f'`{key}`' for key in stated)} both stand, and a lookback is of one kind"
        report.error(fields.keys[second], "bad-lookback", message, "write two lookbacks, each with an id of its own")


def _check_parameter(name: str, fields: Fields, key: str, vocabulary: Vocabulary, report: Report) -> None:
    known = [parameter.id for parameter in vocabulary.parameters]
    if name not in known:
        hint = report.nearest(name, known) or f"add it under `parameters`, as `{name}: {{name: ...}}`"
        report.error(fields.at(key), "unknown-parameter", f"there is no parameter `{name}`", hint)
