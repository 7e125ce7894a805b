"""What a calendar was when it was exported last, and which of its events changed since: SEQUENCE, stamps, CANCELLED.

A room of its own because a calendar program takes an event for newer, older or gone by these alone (RFC 5545, 3.8.7;
RFC 5546, 2.1.5): they rise only where an event changed, and what is no longer planned is said to be cancelled instead
of being left out. Pure: the state is a value here, and in `updates_file` a text; who keeps it is a floor above.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Literal, NamedTuple

from trialcal.writers.ics import Contents, Entry, Windows, in_order
from trialcal.writers.ics_words import Summary, neutral_title

CANCELLED = " (cancelled)"
_SAID = (CANCELLED, " (missed)", " (skipped)")


class Exported(NamedTuple):
    """An event as it was exported last. `start` and `end` are ISO texts, as of its entry, `stamp` one in UTC.

    `digest` stands for the description; `text` is the description itself of what took place, as it must be written
    again when a rescreening has begun. `gone` is what is no longer in the plan.
    """

    uid: str
    kind: str
    name: str
    state: str
    start: str
    end: str
    title: str
    status: str
    related: str
    digest: str
    text: str
    sequence: int
    stamp: str
    attempt: int = 1
    gone: bool = False


class State(NamedTuple):
    """All that was exported last of a subject; `written` is when that was, an ISO text in UTC.

    `windows` is how windows were shown, `to` where the calendar went, as people are told it: the name of a file,
    without its folder. Both are empty where an older state does not say it.
    """

    subject: str
    summary: Summary
    written: str
    events: tuple[Exported, ...]
    windows: Windows | Literal[""] = ""
    to: str = ""


class Change(NamedTuple):
    """An event before and after; `before` is None for a new one."""

    before: Exported | None
    after: Exported


class Merged(NamedTuple):
    """A calendar with its sequences and stamps, the state to keep, and what changed."""

    contents: Contents
    state: State
    changes: tuple[Change, ...]


def merged(contents: Contents, state: State | None, now: datetime, to: str = "") -> Merged:
    """Give each event the sequence and stamp that its history asks for.

    What did not change keeps both. What changed, is new, or came back gets the time `now` (aware), and a sequence
    higher than any that it had. What is no longer planned stays, cancelled; but a visit that took place in an earlier
    attempt stays as it was. Stamps never go backwards: where the clock was set back, the time of the last export
    counts. The same contents give the same result, whatever `now` is, as long as they go to the same place (`to`).
    """
    history = _History(contents, state, now)
    before = events_by_uid(state)
    entries: list[Entry] = []
    for entry in contents.entries:
        entries.append(history.present(entry, before.pop(entry.uid, None)))
    for event in before.values():
        entries.append(history.absent(event))
    changed = state is None or bool(history.changes) or (state.summary, state.to) != (contents.summary, to)
    written = history.at if changed or state is None else state.written
    events = tuple(sorted(history.events, key=lambda event: (event.name, event.kind, event.uid)))
    new = State(contents.subject, contents.summary, written, events, contents.windows, to)
    return Merged(contents._replace(entries=in_order(entries)), new, tuple(history.changes))


class _History:
    """What is gathered while one calendar is compared with the last one."""

    def __init__(self, contents: Contents, state: State | None, now: datetime) -> None:
        at = iso_of(now)
        if state is not None and state.written > at:  # both in UTC, in one form: they compare as texts
            at = state.written
        self.at = at
        self.contents = contents
        self.hides_titles = contents.summary == "neutral" and state is not None and state.summary != "neutral"
        self.events: list[Exported] = []
        self.changes: list[Change] = []
        self.stamps: dict[str, datetime] = {}

    def present(self, entry: Entry, old: Exported | None) -> Entry:
        """Take an event of the plan, as it was exported last or as it is now."""
        text = entry.description if entry.state == "completed" else ""
        digest = digest_of(entry.description)
        start, end = entry.start.isoformat(), entry.end.isoformat()
        content = (start, end, entry.title, entry.status, entry.related, digest)
        if old is not None and not old.gone and content == _content(old):
            self.events.append(old if old.state == entry.state else old._replace(state=entry.state, text=text))
            return entry._replace(sequence=old.sequence, stamp=self._moment(old.stamp))
        new = Exported(
            entry.uid,
            entry.kind,
            entry.name,
            entry.state,
            start,
            end,
            entry.title,
            entry.status,
            entry.related,
            digest,
            text,
            0 if old is None else old.sequence + 1,
            self.at,
            self.contents.attempt,
        )
        self._changed(old, new)
        return entry._replace(sequence=new.sequence, stamp=self._moment(new.stamp))

    def absent(self, old: Exported) -> Entry:
        """Take an event that is no longer in the plan."""
        stays = old.gone or (old.attempt < self.contents.attempt and old.state == "completed")
        new = old
        if not stays:
            title = old.title if old.title.endswith(_SAID) else old.title + CANCELLED
            told = f"{old.name}: no longer in the plan, since {self.at[:10]}"
            new = old._replace(title=title, status="CANCELLED", text=told, digest=digest_of(told), gone=True)
        if self.hides_titles:
            title = neutral_title(old.kind, self.contents.subject)
            new = new._replace(title=title + CANCELLED if new.gone else title)
        if new == old:
            self.events.append(old)
        else:
            new = new._replace(sequence=old.sequence + 1, stamp=self.at)
            self._changed(old, new)
        return self._entry(new)

    def _changed(self, old: Exported | None, new: Exported) -> None:
        self.events.append(new)
        self.changes.append(Change(old, new))

    def _entry(self, event: Exported) -> Entry:
        return Entry(
            event.uid,
            moment_of(event.start),
            moment_of(event.end),
            event.title,
            event.text,
            event.status,
            event.related,
            name=event.name,
            state=event.state,
            sequence=event.sequence,
            stamp=self._moment(event.stamp),
            gone=event.gone,
        )

    def _moment(self, stamp: str) -> datetime:
        if stamp not in self.stamps:
            self.stamps[stamp] = datetime.fromisoformat(stamp)
        return self.stamps[stamp]


def iso_of(moment: datetime) -> str:
    """Give an aware moment in UTC, to the second, as an ISO text: `2025-03-10T08:00:00+00:00`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def moment_of(text: str) -> date:
    """Give the date or the moment of an ISO text."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def events_by_uid(state: State | None) -> dict[str, Exported]:
    """Give the events of a state, also those that are gone."""
    return {event.uid: event for event in state.events} if state is not None else {}


def _content(event: Exported) -> tuple[str, ...]:
    return event.start, event.end, event.title, event.status, event.related, event.digest


def digest_of(text: str) -> str:
    """Give what stands for a description."""
    return sha256(text.encode()).hexdigest()[:16]
