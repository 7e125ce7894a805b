"""Timepoints and activities of a protocol file: what is done at visits, and when around their clock times.

A room of its own because nothing here gives a visit a date.
"""

from __future__ import annotations

from collections.abc import Iterator

from trialcal.files.entries import Fields, read_entries, spoken
from trialcal.problems import Report
from trialcal.protocol import Activity, Timepoints
from trialcal.timing import OffsetRange


def read_timepoints(head: Fields, report: Report) -> Iterator[Timepoints]:
    """Read all timepoints that say around which visits they are, and when."""
    for name, place, fields in read_entries(head, "timepoints", "timepoints", report, what="an entry of timepoints"):
        at = fields.get("at")
        if fields.has("window") and at and all(isinstance(each, OffsetRange) for each in at):
            hint = "leave `window` out: a range is a window already"
            report.error(fields.at("window"), "no-target", "a window needs a target, and these are ranges", hint)
        if at is None or fields.get("visit") is None:
            continue
        yield Timepoints(
            id=name,
            name=fields.get("name", spoken(name)),
            visits=fields.get("visit"),
            at=at,
            window=fields.get("window"),
            activities=fields.get("activities", ()),
            applies_to=fields.get("applies_to", ""),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )


def read_activities(head: Fields, report: Report) -> Iterator[Activity]:
    """Read all activities with the visits at which they are done."""
    for name, place, fields in read_entries(head, "activities", "activity", report, what="an activity"):
        marks = fields.get("at")
        if marks is None:
            continue
        seen: set[str] = set()
        for mark in marks:
            if mark.name in seen:
                report.warning(mark.place, "same-mark", f"`{mark.name}` stands twice in this row", "delete one")
            seen.add(mark.name)
        yield Activity(
            id=name,
            name=fields.get("name", spoken(name)),
            marks=marks,
            section=fields.get("section", ""),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )
