"""What differs between two versions of a protocol, in words: a page for people, and JSON with the same words.

A room of its own because `diff` and `amend` tell differences alike, one line each, old -> new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from trialcal.days import Duration
from trialcal.difference_fields import ACROSS
from trialcal.differences import Difference
from trialcal.protocol import (
    Activity,
    Cycles,
    Lookback,
    NotExpressed,
    Period,
    Protocol,
    Rule,
    Timepoints,
    Visit,
)
from trialcal.telling import gap_told
from trialcal.timing import DayRange, Every, InCycles, Offset, OffsetRange, OnDay, Pending, Reference, Whichever
from trialcal.writers import escalation_words
from trialcal.writers.assumptions import field_told
from trialcal.writers.page import hanging, heading, ink, printed
from trialcal.writers.phrasing import around_told, lookback_told, names_told, period_told, rule_told, when_told

SCHEMA = "trialcal.differences/1"
_TITLES = {
    "study": "The study",
    "visits": "Visits",
    "cycles": "Cycles",
    "rules": "Rules",
    "periods": "Periods",
    "lookbacks": "Lookbacks",
    "timepoints": "Timepoints",
    "epochs": "Epochs",
    "types": "Visit types",
    "parameters": "Parameters",
    "arms": "Arms",
    "cohorts": "Cohorts",
    "activities": "Activities",
    "escalation": "Several subjects together",
    "dose_groups": "Dose groups",
    "staggers": "Staggers",
    "reviews": "Reviews",
    "gates": "Gates",
    "decisions": "Decision table",
    "not_expressed": "Not expressed",
}
_KEYS = {
    "day_zero": "Day 0",
    "on_tie": "of two equally good dates",
    "ids": "ids made of",
    "spans": "time",
    "side": "side",
    "ends_with": "ends early with",
    "numbered_from": "number of the first",
    "number": "number",
}
_TIMINGS = (OnDay, DayRange, Offset, OffsetRange, Whichever, Pending, InCycles, Every)
_PROSE = ("notes", "applies_to", "exceptions", "if", "title", "name", "short", "overlaps", "or_until", "section")
NO_DATES = "no differences that change dates"


def differences_text(old: Protocol, new: Protocol, found: Sequence[Difference], *, width: int, colour: bool) -> str:
    """Give all differences as text of at most `width` cells a line, those that change dates first."""
    lines = [*_head(old, new, width)]
    for title, is_dates in (("Changes dates", True), ("Changes no dates", False)):
        some = [each for each in found if each.changes_dates is is_dates]
        if some:
            lines += heading(title, width)
            lines += difference_lines(some, width)
    lines += [Text(), *hanging("", ink(summary_told(found)), width, 0)]
    return printed(lines, colour=colour)


def difference_lines(found: Sequence[Difference], width: int) -> Iterator[Text]:
    """Give a line or paragraph for each difference, under the name of its section."""
    for section, some in groupby(found, key=lambda each: each.section):
        yield ink((_TITLES[section], "dim"))
        for each in some:
            names, told = names_of(each), told_without_names(each)
            yield from hanging("  · ", ink((names, "bold"), ": " if names else "", told), width)


def summary_told(found: Sequence[Difference]) -> str:
    """Say how many differences there are, and whether any can change dates."""
    if not found:
        return "No differences."
    dates = sum(each.changes_dates for each in found)
    others = len(found) - dates
    if not dates:
        return f"{NO_DATES[0].upper()}{NO_DATES[1:]}; {_counted(others)} in words or provenance."
    rest = f", {others} that {'changes' if others == 1 else 'change'} none" if others else ""
    return f"{_counted(dates)} that {'changes' if dates == 1 else 'change'} dates{rest}."


def _counted(number: int) -> str:
    return f"{number} difference{'' if number == 1 else 's'}"


def differences_json(old: Protocol, new: Protocol, found: Sequence[Difference]) -> str:
    """Give all differences as JSON; values are words of the language, lists where there are several."""
    content = {
        "schema": SCHEMA,
        "old": _version_row(old),
        "new": _version_row(new),
        "changes_dates": any(each.changes_dates for each in found),
        "differences": [
            {
                "section": each.section,
                "kind": each.kind,
                "names": list(each.names),
                "key": each.key or None,
                "old": _plain(each, each.old),
                "new": _plain(each, each.new),
                "changes_dates": each.changes_dates,
                "renamed": list(each.renamed),
                "told": difference_told(each),
            }
            for each in found
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _version_row(protocol: Protocol) -> dict[str, str | None]:
    return {
        "id": protocol.id,
        "version": protocol.version or None,
        "effective": None if protocol.effective is None else protocol.effective.isoformat(),
        "file": protocol.file,
        "sha256": protocol.sha256,
    }


def _plain(difference: Difference, value: object) -> object:
    return value_told(difference, value) or None


# --- one difference -------------------------------------------------------------------------------------------------


def difference_told(difference: Difference) -> str:
    """Tell a difference in one line: `day-28: window ±3 d -> ±5 d`."""
    names = names_of(difference)
    return f"{names}: {told_without_names(difference)}" if names else told_without_names(difference)


def names_of(difference: Difference) -> str:
    """Name what differs: visits with consecutive numbers are drawn together."""
    return names_told(difference.names)


def told_without_names(difference: Difference) -> str:
    """Tell what differs: `window ±3 d -> ±5 d`, `removed (Day 60)`."""
    old, new = value_told(difference, difference.old), value_told(difference, difference.new)
    if difference.kind in ("added", "removed"):
        told = new if difference.kind == "added" else old
        return f"{difference.kind}{f' ({told})' if told else ''}{_renamed_told(difference)}"
    key = _KEYS.get(difference.key, field_told(difference.key))
    if difference.section == "study" and key == "number":
        key = "study day of the anchor"
    if key == field_told("at") and difference.section in ACROSS:
        key = "all of it"
    if difference.section == "decisions" and difference.key == "by":
        key = "who decides"
    if difference.kind == "stated":
        return f"{key} is no longer assumed" + (f"; now quoted: {_quoted(new)}" if difference.new else "")
    if difference.kind == "assumed":
        return f"{key} is now assumed: {new}"
    if difference.kind == "reason":
        return f"{key} is assumed for another reason: {_quoted(old)} -> {_quoted(new)}"
    if difference.kind == "source":
        return f"source of {key}: {_quoted(old)} -> {_quoted(new)}"
    if difference.key == "activities" or (difference.section == "activities" and difference.key == "at"):
        at = "at " if difference.section == "activities" else ""
        parts = [f"added {at}{new}"] if difference.new else []
        return "; ".join(parts + ([f"no longer {at}{old}"] if difference.old else []))
    return f"{key} {old or 'none'} -> {new or 'none'}"


def _renamed_told(difference: Difference) -> str:
    if not difference.renamed:
        return ""
    side = "to" if difference.kind == "removed" else "from"
    told = f", looks renamed {side} {names_told(difference.renamed)}"
    return told + (": calendar entries are then new ones" if difference.kind == "removed" else "")


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def value_told(difference: Difference, value: object) -> str:
    """Give a value in the words of the language; "" where there is none."""
    told = escalation_words.value_told(difference.section, difference.key, value)
    if told is not None and difference.kind == "changed":
        return told
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _quoted(value) if difference.kind == "changed" and difference.key in _PROSE else value
    if isinstance(value, int) and difference.key == "side":
        return "after" if value > 0 else "before"
    if isinstance(value, Rule) and difference.key == "gap":
        return gap_told(value)
    if type(value) is tuple:  # not a named one, which has its own words
        return _several_told(difference, value)
    if isinstance(value, Pending):
        return f"pending, waits for {value.waits_for}"
    if isinstance(value, _TIMINGS):
        return when_told(value)
    return _entry_told(value)


def _several_told(difference: Difference, values: tuple[object, ...]) -> str:
    if all(isinstance(value, Visit) for value in values):
        return _visits_told([value for value in values if isinstance(value, Visit)])
    if difference.section == "cycles" and difference.key in ("length", "count"):
        return _range_told(*values)
    around = [value for value in values if isinstance(value, (Offset, OffsetRange))]
    if around and len(around) == len(values):
        return around_told(around)
    between = " or " if difference.key in ("until", "by") else ", "
    if all(isinstance(value, str) for value in values):
        names = [str(value) for value in values]
        return names_told(names) if difference.section == "activities" else between.join(names)
    return between.join(value_told(difference, value) for value in values)


def _range_told(least: object, most: object) -> str:
    if least is None and most is None:
        return "not known beforehand"
    if least == most or least is None:
        return str(most)
    if isinstance(least, int):
        return f"{least}-{most}"
    if isinstance(least, Duration) and isinstance(most, Duration) and least.unit == most.unit:
        return f"{least.count}-{most}"
    return f"at least {least}" if most is None else f"{least} to {most}"


def _visits_told(visits: Sequence[Visit]) -> str:
    """Tell when visits are, and their window: `Day 28, window ±3 d`."""
    when = [when_told(visit.at) for visit in visits]
    if all(isinstance(visit.at, OnDay) for visit in visits):
        told = ", ".join(when).replace(", Day ", ", ")
    else:
        told = "; ".join(dict.fromkeys(when))
    windows = list(dict.fromkeys(str(visit.window) if visit.window is not None else "" for visit in visits))
    return told + (f", window {' or '.join(filter(None, windows))}" if any(windows) else "")


def _entry_told(value: object) -> str:
    if isinstance(value, Rule):
        return rule_told(value)
    if isinstance(value, Period):
        return period_told(value)
    if isinstance(value, Lookback):
        return lookback_told(value)
    if isinstance(value, Cycles):
        count = _range_told(value.least_count, value.most_count)
        return f"{_range_told(value.length, value.most)} each, {value.rhythm}; how many: {count}"
    if isinstance(value, Timepoints):
        return f"{around_told(value.at)} of {', '.join(map(str, value.visits))}"
    if isinstance(value, Activity):
        return f"{value.name}, at {names_told([mark.name for mark in value.marks])}"
    if isinstance(value, NotExpressed):
        return _quoted(value.quote)
    if isinstance(value, Reference):
        return str(value)
    told = escalation_words.entry_told(value)
    return str(getattr(value, "name", value)) if told is None else told


# --- the page -------------------------------------------------------------------------------------------------------


def _head(old: Protocol, new: Protocol, width: int) -> Iterator[Text]:
    yield from hanging(ink((new.title, "bold")), Text(), width, 0)
    yield Text()
    for name, protocol in (("Old", old), ("New", new)):
        version = f"version {protocol.version}" if protocol.version else "no version stated"
        since = f", from {protocol.effective.isoformat()}" if protocol.effective is not None else ""
        told = ink((protocol.id, "bold"), f" {version}{since}", (f"  {protocol.file}", "dim"))
        yield from hanging(ink((name, "dim")), told, width, 6)
