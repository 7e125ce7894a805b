"""What is out of window, missed or overdue in one subject's schedule: findings, and what was not judged and why.

A finding says what the dates show. Whether it is a protocol deviation, and of which kind, is for people to say. A
room of its own because what the planner tells is true on any day, while a finding depends on the day on which one
looks. `findings_of` gives the findings alone, `looked_at` also what is in order or was not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from trialcal.protocol import Visit
from trialcal.schedule import Broken, Schedule, ScheduledVisit
from trialcal.telling import day_told

Kind = Literal["out-of-window", "rule", "missed", "overdue", "due-soon", "within-window", "not-judged", "unscheduled"]
KINDS: tuple[Kind, ...] = ("out-of-window", "rule", "missed", "overdue", "due-soon")  # of findings; others are none

Reason = Literal[
    "no-window",
    "no-reference",
    "partial-date",
    "unclear",
    "unscheduled",
    "skipped",
    "cancelled",
    "past-target",
    "no-date-yet",
    "uncertain",
    "ended",
    "open-rule",
    "after-today",
]
REASONS: Mapping[Reason, str] = {
    "no-window": "done; no window is stated for them",
    "no-reference": "done; what their windows are counted from has no date of its own",
    "partial-date": "done; the date is known in part only",
    "unclear": "in the table, in rows that have no date, differ, or could not be used",
    "unscheduled": "unscheduled: no visits of the protocol",
    "skipped": "skipped: left out with a reason, not missed",
    "cancelled": "cancelled",
    "past-target": "undone and past their targets; no window is stated for them",
    "no-date-yet": "undone; their dates are not known yet, or what they are counted from is not done",
    "uncertain": "undone and past their windows; only some subjects have them (if, optional, arms, cohorts)",
    "ended": "undone; participation had ended before their windows closed",
    "open-rule": "rules broken by a date that is only given or booked: `trialcal plan` tells them",
    "after-today": "dated after the day of looking; judged all the same",
}


NOTED = "; noted: "  # before what people wrote beside the date
SCREENING = "; in screening "  # before the number of one that ended; last in a message
HANGS = "; the window is counted from "  # before a visit that was not recorded as done


class Finding(NamedTuple):
    """One row of the result; the fields, in this order, are the columns of CSV and the names of JSON.

    `window_start` and `window_end` are what the window or the rule allows, both inclusive, None where there is no
    bound: dates, or moments where clock times are judged, as `actual` then is. `days_off` are the days outside,
    negative where early (0 where only the clock time is); for `overdue` the days since the window closed, for
    `due-soon` 0 or less until it does. `reference` is what the window is counted from, or the other visit of a rule.
    `assumed`: the window, the visit's timing or the rule is only assumed. `sdtm_dy` is SDTM's study day of `actual`,
    None where RFSTDTC is not known.
    """

    kind: Kind
    subject: str
    visit: str
    target: date | None
    window_start: date | None
    window_end: date | None
    actual: date | None
    days_off: int | None
    reference: str
    assumed: bool
    sdtm_dy: int | None
    message: str

    @property
    def is_finding(self) -> bool:
        """Whether it is a finding, and not a visit that is in order or not judged."""
        return self.kind in KINDS

    @property
    def rests_on_assumption(self) -> bool:
        """Whether it is a finding against an assumed window or rule; that a visit was missed is none."""
        return self.assumed and self.is_finding and self.kind != "missed"


class Looked(NamedTuple):
    """What came of looking at one schedule: rows in its order, and how many visits were not judged, by reason."""

    rows: tuple[Finding, ...]
    reasons: Counter[Reason]


class Besides(NamedTuple):
    """What is known of a subject besides its dates, where a table tells it.

    `ended` is the day on which participation ended: a visit whose window was still open then is not overdue. Of the
    visits in `unclear` nobody knows whether, or when, they were done.
    """

    ended: date | None = None
    unclear: Collection[str] = ()


NOTHING = Besides()


class _Look(NamedTuple):
    """How one looks: at which schedule, on which day, how far ahead, and what is known besides."""

    schedule: Schedule
    today: date
    soon: int | None
    besides: Besides
    reasons: Counter[Reason]

    def row(self, kind: Kind, visit: ScheduledVisit, message: str, days_off: int | None = None) -> Finding:
        """Give a row about a visit and its own window."""
        return Finding(
            kind,
            self.schedule.subject.id,
            visit.id,
            visit.target,
            visit.window_start,
            visit.window_end,
            visit.actual,
            days_off,
            visit.reference,
            bool({"at", "window"} & set(visit.assumed)),
            sdtm_day(visit.actual, self.schedule.subject.reference_start),
            message,
        )


def findings_of(schedule: Schedule, today: date, soon_days: int | None = None) -> tuple[Finding, ...]:
    """Give the findings of one schedule as of a day; with `soon_days`, also windows that close by so many days on."""
    return tuple(row for row in looked_at(schedule, today, soon_days).rows if row.is_finding)


def looked_at(schedule: Schedule, today: date, soon_days: int | None = None, besides: Besides = NOTHING) -> Looked:
    """Look at one schedule as of a day: findings, and visits that are in order or not judged."""
    look = _Look(schedule, today, soon_days, besides, Counter())
    broken: dict[str, list[Broken]] = {}
    for each in schedule.broken:
        broken.setdefault(each.visit, []).append(each)
    rows = [row for visit in schedule.visits for row in _rows(look, visit, broken.get(visit.id, ()))]
    return Looked(tuple(rows), look.reasons)


def sdtm_day(day: date | None, reference_start: date | None) -> int | None:
    """Give SDTM's --DY: days from RFSTDTC, which is day 1; the day before it is -1 (SDTMIG 3.4, 4.4.4).

    >>> [sdtm_day(date(2014, 1, day), date(2014, 1, 2)) for day in (1, 2, 3)]
    [-1, 1, 2]
    """
    if day is None or reference_start is None:
        return None
    days = day.toordinal() - reference_start.toordinal()
    return days + 1 if days >= 0 else days


def _rows(look: _Look, visit: ScheduledVisit, broken: Sequence[Broken]) -> Iterator[Finding]:
    subject = look.schedule.subject
    if visit.id in look.besides.unclear:
        look.reasons["unclear"] += 1
        return
    if visit.status == "completed":
        yield _done(look, visit, [each for each in broken if each.kind == "window"])
    elif visit.status == "missed":
        yield look.row("missed", visit, f"missed{_reason(look, visit)}")
    elif visit.id in subject.absent:
        status: Reason = "skipped" if visit.status == "skipped" else "cancelled"
        look.reasons[status] += 1
        yield look.row("not-judged", visit, f"{status}{_reason(look, visit)}")
    elif visit.status in ("planned", "booked", "no-date", "pending"):
        yield from _undone(look, visit)
    for each in broken:
        if each.kind == "rule" and visit.id in subject.actual and each.other in subject.actual:
            yield _rule(look, visit, each)
        elif each.kind == "rule":
            look.reasons["open-rule"] += 1


def _reason(look: _Look, visit: ScheduledVisit) -> str:
    absent = look.schedule.subject.absent.get(visit.id)
    return f": {absent.reason}" if absent is not None and absent.reason else ""


# --- visits that were done --------------------------------------------------------------------------------------


def _done(look: _Look, visit: ScheduledVisit, broken: Sequence[Broken]) -> Finding:
    subject = look.schedule.subject
    if visit.actual is not None and visit.actual > look.today:
        look.reasons["after-today"] += 1
    extra = next((each for each in subject.unscheduled if each.id == visit.id), None)
    if extra is not None:
        return _unjudged(look, visit, "unscheduled", "unscheduled" + (f": {extra.reason}" if extra.reason else ""))
    if visit.actual is None:
        partly = subject.partly.get(visit.id)
        told = f" ({partly.told})" if partly is not None else ""
        return _unjudged(look, visit, "partial-date", f"the date is known in part only{told}")
    if broken:
        one = broken[0]
        message = one.message + _unsure(look, visit) + _noted(look, visit)
        row = look.row("out-of-window", visit, message, one.days_off)
        return row._replace(window_start=one.first, window_end=one.last, actual=one.found, assumed=one.assumed)
    if not has_window(look, visit):
        return _unjudged(look, visit, "no-window", "no window is stated for it")
    reference = visit.reference.removeprefix("end of ")
    if reference not in subject.stated:
        told = f"its window is counted from {visit.reference or 'a visit'}, which has no date of its own"
        return _unjudged(look, visit, "no-reference", told)
    return look.row("within-window", visit, "within its window", 0)


def _noted(look: _Look, visit: ScheduledVisit) -> str:
    """Give what people noted beside the visit's date, behind the message."""
    reason = look.schedule.subject.reasons.get(visit.id, "")
    return f"{NOTED}{reason}" if reason else ""


def _unsure(look: _Look, visit: ScheduledVisit) -> str:
    """Say, behind the message, where a window is counted from a date on which nothing was recorded as done."""
    subject, reference = look.schedule.subject, visit.reference.removeprefix("end of ")
    if not reference or reference in subject.actual:
        return ""
    if reference in subject.absent:
        return f"{HANGS}the date of {reference}, which was not done"
    how = "booked" if reference in subject.booked else "given" if reference in subject.given else "planned"
    return f"{HANGS}{visit.reference}, which is only {how}"


def _unjudged(look: _Look, visit: ScheduledVisit, reason: Reason, message: str) -> Finding:
    look.reasons[reason] += 1
    return look.row("unscheduled" if reason == "unscheduled" else "not-judged", visit, message)


def _rule(look: _Look, visit: ScheduledVisit, broken: Broken) -> Finding:
    row = look.row("rule", visit, broken.message + _noted(look, visit), broken.days_off)
    return row._replace(
        target=None,
        window_start=broken.first,
        window_end=broken.last,
        actual=broken.found,
        reference=broken.other,
        assumed=broken.assumed,
    )


# --- visits that are not done -----------------------------------------------------------------------------------


def _undone(look: _Look, visit: ScheduledVisit) -> Iterator[Finding]:
    """Tell whether a visit's window has closed, or will soon; where none is stated, that the target has passed."""
    is_stated = has_window(look, visit)
    last = visit.window_end if is_stated else visit.target
    soon = look.today + timedelta(look.soon) if look.soon is not None and is_stated else look.today - timedelta(1)
    if last is None or visit.status == "pending":
        latest = last or visit.latest
        if latest is not None and latest < look.today:
            look.reasons["no-date-yet"] += 1
        return
    if last > soon:
        return
    reason: Reason | None = None
    if not _is_dated(look, visit):
        reason = "no-date-yet"
    elif _is_uncertain(look, visit):
        reason = "uncertain"
    elif look.besides.ended is not None and last >= look.besides.ended:
        reason = "ended"
    elif not is_stated:
        reason = "past-target"
    if reason is None:
        yield _due(look, visit, last)
    elif last < look.today and (is_stated or reason == "past-target"):
        look.reasons[reason] += 1


def _is_dated(look: _Look, visit: ScheduledVisit) -> bool:
    """Tell whether a window hangs on a date that stands: that of its reference, or of the anchor in the end."""
    subject = look.schedule.subject
    reference = visit.reference.removeprefix("end of ")
    if reference in subject.partly or reference in look.besides.unclear:
        return False
    return reference in subject.stated or look.schedule.protocol.anchor in subject.stated


def _due(look: _Look, visit: ScheduledVisit, last: date) -> Finding:
    days = (look.today - last).days
    when = day_told(last.toordinal())
    if days > 0:
        message = f"not recorded as done; its window closed on {when}, {days} d ago"
    else:
        message = f"not recorded as done; its window closes {f'in {-days} d, ' if days else 'today, '}on {when}"
    if visit.booked is not None:
        outside = ", after its window" if visit.booked > last else ""
        message += f"; booked on {day_told(visit.booked.toordinal())}{outside}"
    message += _unsure(look, visit)
    return look.row("overdue" if days > 0 else "due-soon", visit, message, days)


def _is_uncertain(look: _Look, visit: ScheduledVisit) -> bool:
    """Tell whether nobody knows from the plan that this subject has the visit at all."""
    stated = _stated(look, visit)
    if stated is None:
        return False
    choices = look.schedule.protocol.choices
    of_others = (stated.arms and not choices.arm) or (stated.cohorts and not choices.cohort)
    return bool(stated.condition or stated.optional or of_others)


def has_window(look: _Look, visit: ScheduledVisit) -> bool:
    """Tell whether the protocol states a window or range for a visit; nothing is judged against any other."""
    if visit.window_start is None and visit.window_end is None:
        return False
    stated = _stated(look, visit)
    # Without a target it may also be counted in hours, on one date or the next, with no window stated.
    return visit.target is not None or stated is None or stated.has_window


def _stated(look: _Look, visit: ScheduledVisit) -> Visit | None:
    """Give the protocol's visit; None where only an earlier version has it."""
    return look.schedule.protocol.by_id.get(visit.id)


# --- counts -----------------------------------------------------------------------------------------------------


class Tally:
    """Counts over schedules: of all, by visit and by subject; for tables that are too long to keep.

    The keys of `visits` and `subjects` are pairs of a protocol's id and an id. Besides the kinds of findings, they
    count `judged`, the visits that were done and judged against a stated window, of which `early` and `late` ones are
    out of it; and those of each kind that rest on assumptions, as `overdue-assumed`.
    """

    def __init__(self) -> None:
        self.reasons: Counter[Reason] = Counter()
        self.whole: Counter[str] = Counter()
        self.visits: dict[tuple[str, str], Counter[str]] = {}
        self.subjects: dict[tuple[str, str], Counter[str]] = {}

    def add(self, protocol: str, looked: Looked) -> None:
        """Count what came of looking at one schedule."""
        self.reasons.update(looked.reasons)
        for row in looked.rows:
            words = tuple(_counted(row))
            if words:
                self.whole.update(words)
                self.visits.setdefault((protocol, row.visit), Counter()).update(words)
                self.subjects.setdefault((protocol, row.subject), Counter()).update(words)

    @property
    def findings(self) -> int:
        """How many findings there are."""
        return sum(self.whole[kind] for kind in KINDS)


def _counted(row: Finding) -> Iterator[str]:
    if row.kind in ("within-window", "out-of-window"):
        yield "judged"
    if row.is_finding:
        yield row.kind
        if row.rests_on_assumption:
            yield f"{row.kind}-assumed"
    if row.kind == "out-of-window":
        yield "early" if (row.days_off or 0) < 0 or _is_early(row) else "late"


def _is_early(row: Finding) -> bool:
    """Tell by the clock, where no day is off."""
    first, found = row.window_start, row.actual
    return isinstance(first, datetime) and isinstance(found, datetime) and found < first
