"""What changed in a calendar since it was exported last, in words: a line for each visit, the weightiest first.

A room of its own because a coordinator reads these lines and telephones patients by them. What moved along with a
visit, its window and its timepoints, is told in the visit's own line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from trialcal.telling import clock_told, day_told
from trialcal.writers.updates import Change, Exported, State, moment_of

_NOT_DONE = frozenset(("missed", "skipped", "cancelled"))
_STATES = {"planned": "planned for", "booked": "booked for", "completed": "done on", "no-date": "without a date,"}
_ORDER = ("moved", "changed", "new", "cancelled", "booked", "done", "window changed", "period changed", "text only")
_MOST_NAMES = 8  # of events of which only the text changed; of more of them the number is told
_DAY = timedelta(days=1)


class _Line(NamedTuple):
    """A line, with what it tells of and the date by which it is put in order."""

    what: str
    on: str
    text: str


def changes_told(
    changes: Sequence[Change], before: State | None, after: State, zone: tzinfo | None
) -> tuple[str, ...]:
    """Tell what changed since the last export; `zone` is that in which clock times are told.

    The first line is of the subject and says how much of what there is; the others are indented below it.
    """
    who = f"{after.subject}: " if after.subject else ""
    if before is None:
        count = len(after.events)
        return (f"{who}nothing was exported before; all of it is new ({count} event{'' if count == 1 else 's'})",)
    where = f" (to {before.to})" if before.to else ""
    since = f"since the export of {clock_told(datetime.fromisoformat(before.written))} UTC{where}"
    switched = _switch_told(before, after)
    shown = [change for change in changes if not (switched and change.after.kind == "window")]
    lines = sorted(_lines(shown, after, zone), key=lambda line: (_ORDER.index(line.what), line.on, line.text))
    if switched and "none" in (before.windows, after.windows):
        lines = [line for line in lines if line.what != "text only"]  # every text tells, or no longer tells, a window
    if not lines and not (switched and changes):
        return (f"{who}nothing has changed {since}",)
    counts = {what: sum(1 for line in lines if line.what == what) for what in _ORDER}
    parts = [_counted(what, count) for what, count in counts.items() if count and what != "text only"]
    text_only = [line.text for line in lines if line.what == "text only"]
    if text_only:
        parts.append(f"{len(text_only)} in the text only")
    told = ", ".join([*parts, switched] if switched else parts)
    body = [f"  {line.text}" for line in lines if line.what != "text only"]
    if text_only:
        more = f" and {len(text_only) - _MOST_NAMES} more" if len(text_only) > _MOST_NAMES else ""
        body.append(f"  text only: {', '.join(text_only[:_MOST_NAMES])}{more}")
    return (f"{who}{told} {since}", *body)


def _switch_told(before: State, after: State) -> str:
    """Tell that windows are shown in another way; nothing where they are not, or where that is not known."""
    if not before.windows or before.windows == after.windows:
        return ""
    if after.windows == "event":
        again = any(event.kind == "window" for event in before.events)
        return "windows are shown again" if again else "windows are shown now"
    if after.windows == "text":
        return "windows are shown in the text only"
    return "windows are no longer shown"


def _counted(what: str, count: int) -> str:
    """Give a number of lines with what they tell: `2 moved`, `1 window changed`, `2 windows changed`."""
    return f"{count} {what.replace(' ', 's ') if count > 1 else what}"


def _lines(changes: Sequence[Change], after: State, zone: tzinfo | None) -> Iterator[_Line]:
    names = {event.uid: event.name for event in after.events if event.kind == "visit"}
    visits = {change.after.uid: change for change in changes if change.after.kind == "visit"}
    windows = {change.after.related: change for change in changes if change.after.kind == "window"}
    timepoints: dict[str, list[Change]] = {}
    for change in changes:
        if change.after.kind == "timepoint":
            timepoints.setdefault(change.after.related, []).append(change)
        elif change.after.kind == "period":
            yield _period_line(change)
    for uid in dict.fromkeys((*visits, *windows, *timepoints)):
        name = names.get(uid, "a visit")
        yield _visit_line(name, visits.get(uid), windows.get(uid), timepoints.get(uid, []), zone)


def _visit_line(
    name: str, visit: Change | None, window: Change | None, timepoints: Sequence[Change], zone: tzinfo | None
) -> _Line:
    any_of = visit or window or timepoints[0]
    found = _visit_told(visit, zone) if visit is not None else None
    also = []
    if found is None or found[0] not in ("cancelled", "done"):
        also = [told for told in (_window_told(window), _timepoints_told(timepoints, zone)) if told]
    if found is not None:
        return _Line(found[0], any_of.after.start, "; ".join((f"{name}: {found[1]}", *also)))
    if also:
        what = "window changed" if window is not None else "changed"
        return _Line(what, any_of.after.start, f"{name}: {'; '.join(also)}")
    return _Line("text only", any_of.after.start, name)


def _visit_told(change: Change, zone: tzinfo | None) -> tuple[str, str] | None:
    """Give what happened to a visit and how it is told; None where only its text changed."""
    old, new = change.before, change.after
    now = _when(new, zone)
    if old is None:
        return "new", f"new, {_how(new)} {now}"
    was = _when(old, zone)
    if new.gone or old.gone:
        if new.gone and old.gone:
            return None
        told = f"cancelled, no longer in the plan (was {_how(old)} {was})"
        return ("cancelled", told) if new.gone else ("new", f"back in the plan, {_how(new)} {now}")
    if old.state == new.state:
        return None if was == now else ("moved", f"moved from {was} to {now}")
    moved = "" if was == now and old.state == "planned" else f" (was {_how(old)} {was})"
    if new.state in _NOT_DONE:
        return "cancelled", f"{new.state} (was {_how(old)} {was})"
    if new.state == "no-date":
        return "moved", f"no date is possible any more{moved}"
    what = {"booked": "booked", "completed": "done"}.get(new.state, "moved")
    return what, f"{_how(new)} {now}{moved}"


def _window_told(change: Change | None) -> str:
    if change is None:
        return ""
    old, new = change.before, change.after
    if new.gone:
        return "" if old is None or old.gone else f"no window any more (was {_when(old, None)})"
    if old is None or old.gone:
        return f"window {_when(new, None)}"
    was, now = _when(old, None), _when(new, None)
    return "" if was == now else f"window now {now} (was {was})"


def _timepoints_told(changes: Sequence[Change], zone: tzinfo | None) -> str:
    moved = [
        change
        for change in changes
        if change.before is None or change.before.gone != change.after.gone or _moved(change, zone)
    ]
    if not moved:
        return ""
    return f"{len(moved)} timepoint{'' if len(moved) == 1 else 's'} changed"


def _period_line(change: Change) -> _Line:
    old, new = change.before, change.after
    name, now = f"{new.name} (period)", _when(new, None)
    if old is None or (old.gone and not new.gone):
        return _Line("new", new.start, f"{name}: {'new' if old is None else 'back in the plan'}, {now}")
    if new.gone and not old.gone:
        return _Line("cancelled", new.start, f"{name}: cancelled, no longer in the plan")
    if not _moved(change, None):
        return _Line("text only", new.start, name)
    return _Line("period changed", new.start, f"{name}: now {now} (was {_when(old, None)})")


def _moved(change: Change, zone: tzinfo | None) -> bool:
    return change.before is not None and _when(change.before, zone) != _when(change.after, zone)


def _how(event: Exported) -> str:
    """Give the words before a visit's date; of one that did not take place, its status."""
    return _STATES.get(event.state, f"{event.state}," if event.state else "on")


def _when(event: Exported, zone: tzinfo | None) -> str:
    """Tell when an event is: a date, the first and last of several, or a clock time and how long it lasts.

    >>> day = Exported("", "visit", "", "", "2025-03-10", "2025-03-12", "", "", "", "", "", 0, "")
    >>> _when(day, None)
    'Mon 2025-03-10 to Tue 2025-03-11'
    """
    start, end = moment_of(event.start), moment_of(event.end)
    if isinstance(start, datetime) and isinstance(end, datetime):
        return f"{_clock(start, zone)} to {_clock(end, zone)[-5:]}" if _is_long(start, end) else _clock(start, zone)
    first, last = day_told(start.toordinal()), day_told((end - _DAY).toordinal())
    return first if first == last else f"{first} to {last}"


def _clock(moment: datetime, zone: tzinfo | None) -> str:
    if zone is not None and moment.tzinfo is not None:
        return clock_told(moment.astimezone(zone))
    return clock_told(moment)


def _is_long(start: date, end: date) -> bool:
    return end - start > timedelta(minutes=1)  # one of a minute is one whose length nobody knows
