r"""Calendar entries to iCalendar bytes (RFC 5545): which properties, in which order, escaped and folded.

A room of its own because calendar programs are strict about bytes. They are written here, and tests read them with
the `icalendar` package: for the 1,000 calendars of a study that would need most of the time, and its import costs as
much as a whole plan. It has two traps, too (seen with 7.3.0): its TEXT escape first turns a backslash and `N` into a
line break, so `C:\New` would lose its `\N`; and its fold keeps `\n` together (issue 1501 there: Google drops an event
that is folded inside an escape), but cuts an escaped backslash in two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trialcal.writers.ics import Entry

# Control characters are no part of TEXT (RFC 5545, 3.3.11); NEL and the Unicode line and paragraph separators are,
# yet readers that split lines as Python's `splitlines` does would break the line there.
_ESCAPES = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_ESCAPES |= {ord("\t"): "\t", ord("\n"): "\\n", ord("\\"): "\\\\", ord(";"): "\\;", ord(","): "\\,"}


def written(name: str, description: str, product: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """Write a calendar with its entries in the given order.

    `now` is the aware time of writing, the stamp of every entry that has none of its own.
    """
    named, told = _text(name), _text(description)
    # RFC 7986 names and what calendar programs read instead
    more = (f"DESCRIPTION:{told}", f"X-WR-CALDESC:{told}", f"NAME:{named}", f"X-WR-CALNAME:{named}")
    return _calendar(product, more, entries, now)


def written_alone(product: str, entry: Entry, now: datetime) -> bytes:
    """Write one entry as a calendar server holds it: an object of its own, without a METHOD (RFC 4791, 4.1)."""
    return _calendar(product, (), [entry], now)


def _calendar(product: str, more: Iterable[str], entries: Iterable[Entry], now: datetime) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_text(product)}", "CALSCALE:GREGORIAN", *more]
    for entry in entries:
        lines += _event(entry, now)
    return b"".join(map(folded, (*lines, "END:VCALENDAR")))


def _event(entry: Entry, now: datetime) -> Iterator[str]:
    stamp = _moment(entry.stamp or now)
    yield "BEGIN:VEVENT"
    yield f"SUMMARY:{_text(entry.title)}"
    yield f"DTSTART{_at(entry.start)}"
    yield f"DTEND{_at(entry.end)}"
    yield f"DTSTAMP:{stamp}"
    yield f"UID:{_text(entry.uid)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DESCRIPTION:{_text(entry.description)}"
    yield f"LAST-MODIFIED:{stamp}"
    if entry.related:
        yield f"RELATED-TO:{_text(entry.related)}"
    if entry.status:
        yield f"STATUS:{entry.status}"
    yield "TRANSP:TRANSPARENT"
    yield "X-MICROSOFT-CDO-BUSYSTATUS:FREE"  # Outlook shows a transparent event as busy without it
    yield "END:VEVENT"


def _text(text: str) -> str:
    """Escape a TEXT value; a lone return counts as a line break, other control characters as spaces."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_ESCAPES)


def _at(value: date) -> str:
    """Give what follows the name of a property that holds a date or a moment (RFC 5545, 3.3.4 and 3.3.5)."""
    if isinstance(value, datetime):
        return f":{_moment(value)}"
    return f";VALUE=DATE:{value.year:04}{value.month:02}{value.day:02}"


def _moment(moment: datetime) -> str:
    """Give a moment in UTC with its `Z`; one without a time zone floats, and has none."""
    if moment.tzinfo is not None and moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    digits = f"{moment.year:04}{moment.month:02}{moment.day:02}T"
    digits += f"{moment.hour:02}{moment.minute:02}{moment.second:02}"
    return digits if moment.tzinfo is None else f"{digits}Z"


def folded(line: str) -> bytes:
    """Fold one content line at 75 octets (RFC 5545, 3.1), never inside a character or an escape, and end it."""
    data = line.encode()
    if len(data) <= 75:
        return data + b"\r\n"
    pieces = []
    start, room = 0, 75
    while len(data) - start > room:
        end = start + room
        while data[end] & 0xC0 == 0x80:  # inside a UTF-8 character
            end -= 1
        piece = data[start:end]
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2:  # inside an escape: an odd backslash stands open
            end -= 1
            piece = piece[:-1]
        pieces.append(piece)
        start, room = end, 74  # the space that marks a continuation counts
    pieces.append(data[start:])
    return b"\r\n ".join(pieces) + b"\r\n"
