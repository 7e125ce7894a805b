"""The agenda of several subjects: whose visits are due on which day, and what should not be forgotten.

A room of its own because a plan is about one subject and an agenda about a span of days. It decides nothing about
dates: whether a window has closed is a finding (`findings`), and when a visit is, the schedule says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from trialcal.findings import findings_of
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.telling import day_told

Kind = Literal["visit", "due-soon", "overdue", "unrecorded", "no-date", "hold", "discontinued"]
KINDS: tuple[Kind, ...] = ("visit", "due-soon", "overdue", "unrecorded", "no-date", "hold", "discontinued")
_MORE = "more may follow"  # as `visits` says of the last cycle that is planned: it does take place
_UNDONE = ("planned", "booked", "no-date")


class Item(NamedTuple):
    """One row; the fields up to `notes` are the columns of CSV and the names of JSON.

    `day` is the one that it is listed under: of a `visit` its date (the first of them that lies in the span), of
    `due-soon` and `overdue` the last date of the window, of `unrecorded` the date that has passed, of a `no-date` its
    target, of a hold its first date. `days` counts from today to `day`: negative where that has passed. `starts` is a
    clock time at the site, None where only the date is known. `told` is the status in words. `name` is the visit's,
    with a remark where it may not take place.
    """

    kind: Kind
    day: date | None
    starts: datetime | None
    subject: str
    site: str
    protocol: str
    visit: str
    name: str
    status: str
    told: str
    target: date | None
    window_start: date | None
    window_end: date | None
    days: int | None
    assumed: bool
    notes: tuple[str, ...] = ()


class Agenda(NamedTuple):
    """What is due from `first` to `last`, both inclusive, seen on a day; windows are soon that close by `soon`."""

    first: date
    last: date
    today: date
    soon: date
    subjects: int
    items: tuple[Item, ...]
    sources: tuple[str, ...]

    def of(self, kind: Kind) -> tuple[Item, ...]:
        """Give the rows of a kind, in their order."""
        return tuple(item for item in self.items if item.kind == kind)


def agenda_of(schedules: Sequence[Schedule], first: date, last: date, today: date, soon_days: int) -> Agenda:
    """Give the agenda of the days from `first` to `last`, both inclusive; windows that close in `soon_days` are soon.

    Rows stand by kind; within a kind by day, then by clock time (those without one last), then by subject.
    """
    look = _Look(first, last, today, soon_days)
    items = [item for schedule in schedules for item in look.items(schedule)]
    items.sort(key=_order)
    sources = tuple(dict.fromkeys(f"{s.protocol.id}: {s.protocol.source}" for s in schedules))
    soon = today + timedelta(days=soon_days)
    return Agenda(first, last, today, soon, len({s.subject.id for s in schedules}), tuple(items), sources)


def _order(item: Item) -> tuple[int, date, bool, datetime, str]:
    clock = item.starts.replace(tzinfo=None) if item.starts is not None else datetime.max
    return KINDS.index(item.kind), item.day or date.max, item.starts is None, clock, item.subject


class _Look(NamedTuple):
    """How one looks: at which days, and on which day."""

    first: date
    last: date
    today: date
    soon_days: int

    def items(self, schedule: Schedule) -> Iterator[Item]:
        """Give the rows of one subject."""
        found = {
            finding.visit: finding.kind
            for finding in findings_of(schedule, self.today, self.soon_days)
            if finding.kind in ("due-soon", "overdue")
        }
        for visit in schedule.visits:
            yield from self._day_of(schedule, visit)
            kind = found.get(visit.id)
            if kind == "overdue":
                yield self._item("overdue", schedule, visit, visit.window_end)
            elif visit.status == "no-date":
                yield self._item("no-date", schedule, visit, visit.target)
            elif kind == "due-soon" and not self._is_arranged(visit):
                yield self._item("due-soon", schedule, visit, visit.window_end)
            elif kind is None and (passed := self._passed(visit)) is not None:
                yield self._item("unrecorded", schedule, visit, passed)
        yield from self._stops(schedule)

    def _day_of(self, schedule: Schedule, visit: ScheduledVisit) -> Iterator[Item]:
        """Give the row of a visit that is in the span, on the first of its dates that is."""
        if visit.on is None or visit.status not in ("planned", "booked", "completed"):
            return
        day = max(visit.on, self.first)
        if day <= min(visit.last_day or visit.on, self.last):
            yield self._item("visit", schedule, visit, day)

    def _item(self, kind: Kind, schedule: Schedule, visit: ScheduledVisit, day: date | None) -> Item:
        return Item(
            kind,
            day,
            visit.starts if kind == "visit" and visit.on == day else None,
            schedule.subject.id,
            schedule.site.name,
            schedule.protocol.id,
            visit.id,
            (visit.short or visit.name) + (f" ({visit.certainty})" if visit.certainty else ""),
            visit.status,
            self._told(kind, visit),
            visit.target,
            visit.window_start,
            visit.window_end,
            None if day is None else (day - self.today).days,
            bool({"at", "window"} & set(visit.assumed)),
            visit.notes,
        )

    # --- the words ----------------------------------------------------------------------------------------------

    def _told(self, kind: Kind, visit: ScheduledVisit) -> str:
        """Give the status in words, without the window."""
        if kind == "visit":
            return self._when(visit)
        if visit.on is None:
            return "no date: not everything can hold"
        if kind == "unrecorded":
            return self._why_unrecorded(visit)
        return f"{_certain(visit)} {_day(visit.on)}"

    def _when(self, visit: ScheduledVisit) -> str:
        """Say whether a visit is done, booked or only planned, and from when to when."""
        assert visit.on is not None
        told = "done" if visit.status == "completed" else _certain(visit)
        if visit.starts is not None:
            told += f" at {visit.starts:%H:%M}"
        if visit.on < self.first:
            told += f", since {_day(visit.on)}"
        if visit.last_day is not None and visit.last_day != visit.on:
            told += f", until {_day(visit.last_day)}"
        if visit.status != "completed" and (visit.last_day or visit.on) < self.today:
            told += "; not recorded"
        return told

    def _why_unrecorded(self, visit: ScheduledVisit) -> str:
        end = visit.window_end
        window = f"window open until {_day(end)}" if end is not None else "no window is stated"
        if visit.booked is not None or visit.is_given:
            return f"{_certain(visit)}, and not recorded; {window}"
        return f"past its target; {window}"

    # --- what has passed ----------------------------------------------------------------------------------------

    def _is_arranged(self, visit: ScheduledVisit) -> bool:
        """Tell whether a visit is booked on a day to come that lies in its window: nobody needs to be reminded."""
        end = visit.window_end
        return visit.booked is not None and end is not None and self.today <= visit.booked <= end

    def _passed(self, visit: ScheduledVisit) -> date | None:
        """Give the date of an undone visit that has passed; a range of dates passes with its window only."""
        if visit.status not in _UNDONE or visit.certainty not in ("", _MORE):
            return None
        is_range = visit.target is None and visit.booked is None and not visit.is_given
        on = None if is_range else visit.on or visit.target
        if on is None or (visit.window_end is not None and visit.window_end < self.today):
            return None
        last = visit.last_day if visit.last_day is not None and on == visit.on else on
        return on if last < self.today else None

    # --- subjects -----------------------------------------------------------------------------------------------

    def _stops(self, schedule: Schedule) -> Iterator[Item]:
        """Give the holds of these days or today, and the end of a subject's participation or dosing."""
        subject = schedule.subject
        first, last = min(self.first, self.today), max(self.last, self.today)
        for hold in subject.holds:
            if hold.first <= last and (hold.last is None or hold.last >= first):
                until = "until further notice" if hold.last is None else f"until {_day(hold.last)}"
                yield self._stop(schedule, "hold", hold.first, hold.visits, until, hold.reason)
        stop = subject.discontinued
        if stop is not None and stop.day <= last:
            kept = f"without {', '.join(stop.kept)}" if stop.kept else ""
            yield self._stop(schedule, "discontinued", stop.day, stop.visits, kept, stop.reason)

    def _stop(self, schedule: Schedule, kind: Kind, day: date, visits: Sequence[str], told: str, reason: str) -> Item:
        words = "; ".join(filter(None, (told, reason)))
        days = (day - self.today).days
        of = schedule.subject.id, schedule.site.name, schedule.protocol.id
        return Item(kind, day, None, *of, "", ", ".join(visits), kind, words, None, None, None, days, False)


def _certain(visit: ScheduledVisit) -> str:
    """Say how certain the date of an undone visit is."""
    if visit.booked is not None:
        return "booked"
    return "given" if visit.is_given else "planned"


def _day(day: date) -> str:
    return day_told(day.toordinal())
