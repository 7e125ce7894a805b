"""What a calendar server must be given so that it holds the plan: a comparison of its events with ours. Pure.

A room of its own because what a server holds is in its own words: it may have turned moments into another time zone,
folded lines anew, or left a property out. Only what people see, and SEQUENCE, is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

from trialcal.writers.ics import Entry, bytes_alone
from trialcal.writers.updates import Exported, digest_of, iso_of

What = Literal["new", "changed", "cancelled"]


class Put(NamedTuple):
    """An event that the server must be given.

    `edited` is one that somebody else changed there meanwhile, `has_alarms` one with alarms there, which get lost.
    """

    what: What
    entry: Entry
    data: bytes
    edited: bool = False
    has_alarms: bool = False


class Seen(NamedTuple):
    """What counts of an event; `sequence` is None and `modified` empty where a server does not tell them."""

    start: str
    end: str
    title: str
    description: str
    status: str
    sequence: int | None
    modified: str = ""
    has_alarms: bool = False

    def is_as(self, wanted: Seen) -> bool:
        """Tell whether it shows what is wanted, and is as new: a sequence that a server does not tell is."""
        if self[:5] != wanted[:5]:
            return False
        return self.sequence is None or wanted.sequence is None or self.sequence >= wanted.sequence


def to_put(
    entries: Iterable[Entry], held: Mapping[str, str], before: Mapping[str, Exported], *, now: datetime
) -> Iterator[Put]:
    """Give what must be put; `held` are the events of the server and `before` those exported last, by UID.

    What is as planned is left alone. What is no longer planned is cancelled where the server has it, and not put
    where it never was.
    """
    for entry in entries:
        old = before.get(entry.uid)
        data = bytes_alone(entry, now=now)
        if entry.uid not in held:
            if not entry.gone:
                yield Put("new", entry, data)
            continue
        there = seen(held[entry.uid])
        wanted = seen(data.decode())
        if there is not None and wanted is not None and there.is_as(wanted):
            continue
        edited = old is not None and (there is None or _is_edited(there, old))
        what: What = "cancelled" if entry.status == "CANCELLED" else "changed"
        yield Put(what, entry, data, edited, there is not None and there.has_alarms)


def _is_edited(there: Seen, old: Exported) -> bool:
    """Tell whether the server has what we did not put: newer than our last export, or as old, but of other words."""
    sequence = there.sequence if there.sequence is not None else old.sequence
    if sequence > old.sequence or there.modified > old.stamp:
        return True
    if sequence < old.sequence:
        return False  # an export before the last one
    words = (there.start, there.end, there.title, there.status, digest_of(there.description))
    return words != (old.start, old.end, old.title, old.status, old.digest)


def seen(data: str) -> Seen | None:
    """Read what counts of an event from its text; None where it is none that can be read."""
    from icalendar import Calendar

    try:
        events = Calendar.from_ical(data).walk("VEVENT")
        if len(events) != 1:
            return None
        event: Any = events[0]  # the properties of icalendar are of many kinds
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        modified = event["LAST-MODIFIED"].dt if "LAST-MODIFIED" in event else None
        return Seen(
            _iso(start),
            _iso(end),
            str(event.get("SUMMARY", "")),
            str(event.get("DESCRIPTION", "")),
            str(event.get("STATUS", "")),
            int(event["SEQUENCE"]) if "SEQUENCE" in event else None,
            iso_of(modified) if isinstance(modified, datetime) and modified.tzinfo else "",
            bool(event.subcomponents),
        )
    except (ValueError, KeyError, AttributeError, TypeError, IndexError):
        return None


def _iso(value: date) -> str:
    """Give a date or a moment as an entry's is told: aware moments in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return value.isoformat()
