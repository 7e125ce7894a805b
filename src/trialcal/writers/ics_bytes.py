r"""Calendar entries to iCalendar bytes, through the `icalendar` package, without two of its traps.

A room of its own because it alone knows that package, whose import costs as much as a whole plan: it is imported
when a calendar is written. `Event.new()` and `Calendar.new()` are not used, as they add random UIDs and the
current time. The traps, seen with icalendar 7.3.0:

- its TEXT escape first turns a backslash and `N` into a line break, so `C:\New` would lose its `\N`;
- its fold keeps `\n` together (issue 1501 there: Google drops an event that is folded inside an escape), but cuts
  an escaped backslash in two, as it looks at one character only.

So values escape themselves here, and lines are folded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from icalendar import Calendar, Event, vDate, vDatetime, vInt, vText

if TYPE_CHECKING:
    from trialcal.writers.ics import Entry

# Control characters are no part of TEXT (RFC 5545, 3.3.11); NEL and the Unicode line and paragraph separators are,
# yet readers that split lines as Python's `splitlines` does would break the line there.
_ESCAPES = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
_ESCAPES |= {ord("\t"): "\t", ord("\n"): "\\n", ord("\\"): "\\\\", ord(";"): "\\;", ord(","): "\\,"}


class Text(vText):
    """A TEXT value that escapes backslash, semicolon, comma and line break, and leaves all other text as it is."""

    def to_ical(self) -> bytes:
        """Give the escaped value; a lone return counts as a line break, other control characters as spaces."""
        text = str(self)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text.translate(_ESCAPES).encode()


def written(name: str, description: str, product: str, entries: Sequence[Entry], now: datetime) -> bytes:
    """Write a calendar with its entries in the given order; `now` is the aware time of writing."""
    calendar = Calendar()
    calendar["PRODID"] = Text(product)
    calendar["VERSION"] = Text("2.0")
    calendar["CALSCALE"] = Text("GREGORIAN")
    # RFC 7986 names and what calendar programs read instead
    calendar["NAME"] = calendar["X-WR-CALNAME"] = Text(name)
    calendar["DESCRIPTION"] = calendar["X-WR-CALDESC"] = Text(description)
    stamp, sequence, transparent, free = vDatetime(now), vInt(0), Text("TRANSPARENT"), Text("FREE")
    statuses = {entry.status: Text(entry.status) for entry in entries}
    for entry in entries:
        event = Event()
        event["SUMMARY"] = Text(entry.title)
        event["DTSTART"] = _moment(entry.start)
        event["DTEND"] = _moment(entry.end)
        event["DTSTAMP"] = event["LAST-MODIFIED"] = stamp
        event["UID"] = Text(entry.uid)
        event["SEQUENCE"] = sequence
        event["DESCRIPTION"] = Text(entry.description)
        event["TRANSP"] = transparent
        event["X-MICROSOFT-CDO-BUSYSTATUS"] = free  # Outlook shows a transparent event as busy without it
        if entry.status:
            event["STATUS"] = statuses[entry.status]
        if entry.related:
            event["RELATED-TO"] = Text(entry.related)
        calendar.add_component(event)
    return b"".join(folded(line) for line in calendar.content_lines() if line)


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


def _moment(value: date) -> vDate | vDatetime:
    return vDatetime(value) if isinstance(value, datetime) else vDate(value, params={"VALUE": "DATE"})
