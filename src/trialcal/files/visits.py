"""The visits of a protocol file: each entry becomes one visit or, where it holds a list, a numbered series.

A room of its own because only here one entry gives several values; the references between visits are still words
when they leave it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from trialcal.days import Duration, StudyDays
from trialcal.files.entries import MOST_VISITS, Fields, Report, near_id, read_entries, spoken
from trialcal.files.phrases import LAST_DAY, Daily, is_id
from trialcal.files.tree import Table
from trialcal.problems import Place
from trialcal.protocol import (
    DayRange,
    Epoch,
    Offset,
    OnDay,
    Parameter,
    Pending,
    Timing,
    Visit,
    VisitType,
    Window,
)

MOST_TEXT = 5_000_000  # characters that all visits carry together, each member of a series its own
MOST_WEIGHT = 1_000


class Vocabulary(NamedTuple):
    """What the head of a file declares, for the parts that speak of it."""

    types: Mapping[str, VisitType]
    epochs: tuple[Epoch, ...]
    parameters: tuple[Parameter, ...]


class Numbering(NamedTuple):
    """The anchor and how days are numbered; `is_known` is False where the file does not say it in order."""

    anchor: str
    study_days: StudyDays
    is_known: bool

    def check(self, timing: Timing | Daily | None, place: Place, report: Report) -> None:
        """Report a Day 0 where there is none."""
        numbers: tuple[int, ...] = ()
        if isinstance(timing, OnDay):
            numbers = (timing.number,)
        elif isinstance(timing, (DayRange, Daily)):
            numbers = (timing.first, timing.last)
        if 0 in numbers and self.is_known and not self.study_days.day_zero:
            hint = "the day before Day 1 is Day -1; or set `day_zero: true`"
            report.error(place, "no-day-zero", "this protocol has no Day 0", hint)


class Read(NamedTuple):
    """The visits that could be read, and the place of each one's timing.

    `unread` are the ids and types of those that could not: they exist, and what refers to them is no mistake. It is
    None where any name may be one of them.
    """

    visits: tuple[Visit, ...]
    places: Mapping[str, Place]
    unread: frozenset[str] | None


def read_visits(head: Fields, vocabulary: Vocabulary, numbering: Numbering, report: Report) -> Read:
    """Read all visits, with every series written out."""
    reader = _Visits(vocabulary, numbering, report)
    for name, place, fields in read_entries(head, "visits", "visit", report, what="a visit"):
        reader.add(name, place, fields)
    node = head.get("visits")
    if not isinstance(node, Table):
        return Read((), {}, None)
    if not node.entries:
        report.error(head.at("visits"), "empty-value", "there are no visits", "add one, as `infusion: {at: Day 1}`")
        return Read((), {}, None)
    bad = [name.value for name, _ in node.entries if not is_id(name.value)]
    if not all(near_id(name) and "\u00a0" not in name for name in bad):
        return Read(tuple(reader.visits.values()), reader.places, None)
    reader.unread.update(near_id(name) for name in bad)
    return Read(tuple(reader.visits.values()), reader.places, frozenset(reader.unread))


def read_weight(fields: Fields, default: int, report: Report) -> int:
    """Read a weight; what is out of range is reported."""
    weight: int = fields.get("weight", default)
    if 0 <= weight <= MOST_WEIGHT:
        return weight
    hint = f"write a whole number from 0 to {MOST_WEIGHT}"
    report.error(fields.at("weight"), "bad-number", f"`weight` cannot be {weight}", hint)
    return default


def read_pending(pending: Pending, fields: Fields, key: str, report: Report) -> Pending:
    """Fill in what a pending date waits for; that it must be said."""
    if not fields.has("waits_for") and not fields.strange:
        message = f"`{key}` is pending, but what it waits for is not said"
        report.error(fields.at(key), "missing-key", message, "add `waits_for: ...`")
    return replace(pending, waits_for=fields.get("waits_for", ""))


def report_stray(fields: Fields, key: str, message: str, report: Report) -> None:
    """Report a key that makes no sense beside the others."""
    report.error(fields.keys[key], "stray-key", message, f"leave `{key}` out")


class _Visits:
    """The visits while they are read, one entry after the other."""

    def __init__(self, vocabulary: Vocabulary, numbering: Numbering, report: Report) -> None:
        self.vocabulary = vocabulary
        self.numbering = numbering
        self.report = report
        self.visits: dict[str, Visit] = {}
        self.places: dict[str, Place] = {}
        self.unread: set[str] = set()
        self.alike: dict[str, str] = {}  # ids without leading zeros
        self.text = 0
        self.is_full = False

    def add(self, name: str, place: Place, fields: Fields) -> None:
        """Add the visit of an entry, or all visits of a series."""
        if self.is_full:
            self.unread |= {name, fields.get("type", name)}
            return
        timings, is_series = self._timings(fields)
        self._count(len(timings), place, fields)
        if self.is_full:
            timings = []
        weight = read_weight(fields, self._usual_weight(fields), self.report)
        lasts, epoch = self._lasts(fields), self._epoch(fields)
        if not timings:
            self.unread |= {name, fields.get("type", name)}
        for number, (timing, at) in enumerate(timings, 1):
            visit_id = f"{name}-{number}" if is_series else name
            if visit_id in self.visits:
                series = self.visits[visit_id].series or name
                message = f"`{visit_id}` is also a visit of the series `{series}`"
                hint = "choose another id; a series has no visits apart from its list"
                self.report.error(place, "duplicate-visit", message, hint)
                continue
            other = self.alike.setdefault(_without_zeros(visit_id), visit_id)
            if other != visit_id:
                hint = "choose another id; zeros before a number make no difference"
                message = f"`{visit_id}` is too much like `{other}`"
                self.report.error(place, "duplicate-visit", message, hint)
                continue
            label = fields.get("name", spoken(name))
            numbered = number if is_series else 0
            self.places[visit_id] = at
            self.visits[visit_id] = Visit(
                id=visit_id,
                name=_numbered(label, numbered),
                at=self._anchored(timing, visit_id, at),
                short=_numbered(fields.get("short", label), numbered),
                type=fields.get("type", ""),
                epoch=epoch,
                window=self._window(visit_id, timing, is_series, fields),
                lasts=lasts,
                weight=weight,
                prefer=fields.get("prefer", "earliest"),
                activities=fields.get("activities", ()),
                series=name if is_series else "",
                number=numbered,
                applies_to=fields.get("applies_to", ""),
                notes=fields.get("notes", ""),
                source=fields.get("source", {}),
                assumed=fields.get("assumed", {}),
                place=place,
            )

    def _count(self, members: int, place: Place, fields: Fields) -> None:
        """Report visits that are too many, or carry too much text, before they are made."""
        texts = [fields.get(key, "") for key in ("notes", "applies_to")]
        texts += fields.get("activities", ())
        texts += (text for key in ("source", "assumed") for text in fields.get(key, {}).values())
        self.text += members * sum(len(text) for text in texts)
        if len(self.visits) + members > MOST_VISITS:
            self.is_full = True
            message = f"there are more than {MOST_VISITS} visits"
            self.report.error(place, "too-many", message, "check the lists")
        elif self.text > MOST_TEXT:
            self.is_full = True
            message = f"the visits up to here carry more than {MOST_TEXT:,} characters of text"
            self.report.error(place, "too-many", message, "shorten the texts; each visit of a series has its own")

    # --- when -----------------------------------------------------------------------------------------------------

    def _timings(self, fields: Fields) -> tuple[list[tuple[Timing, Place]], bool]:
        """Give the timings of an entry with their places, and whether it is a series; none where they fail."""
        at, place = fields.get("at"), fields.at("at")
        if at is None:
            return [], False
        if isinstance(at, list):
            return self._listed(at, fields.items["at"]), True
        self.numbering.check(at, place, self.report)
        if isinstance(at, Daily):
            if at.last - at.first >= MOST_VISITS:
                hint = "check the two days"
                self.report.error(place, "too-many", f"these are more than {MOST_VISITS} days", hint)
                return [], True
            day_zero = self.numbering.study_days.day_zero
            return [(OnDay(day), place) for day in range(at.first, at.last + 1) if day or day_zero], True
        if isinstance(at, Pending):
            return [(read_pending(at, fields, "at", self.report), place)], False
        if fields.has("waits_for"):
            report_stray(fields, "waits_for", "`waits_for` goes with `at: pending`", self.report)
        return [(at, place)], False

    def _listed(self, timings: list[Timing | Daily], places: tuple[Place, ...]) -> list[tuple[Timing, Place]]:
        found: list[tuple[Timing, Place]] = []
        days: set[int] = set()
        last = -LAST_DAY
        for timing, place in zip(timings, places, strict=True):
            if isinstance(timing, (Daily, Pending)):
                what = "pending" if isinstance(timing, Pending) else "daily"
                hint = f"give `{what}` to a visit of its own, without the list"
                self.report.error(place, "bad-timing", f"`{what}` cannot stand in a list of days", hint)
                return []
            self.numbering.check(timing, place, self.report)
            if isinstance(timing, OnDay):
                if timing.number in days:
                    hint = "delete it, or correct the day"
                    self.report.error(place, "same-day", f"Day {timing.number} stands twice in this list", hint)
                elif timing.number < last:
                    message = f"Day {timing.number} stands behind Day {last}, and the list numbers the series"
                    self.report.warning(place, "out-of-order", message, "write the days in their order")
                days.add(timing.number)
                last = max(last, timing.number)
            found.append((timing, place))
        return found

    def _anchored(self, timing: Timing, visit: str, place: Place) -> Timing:
        anchor, study_days, is_known = self.numbering
        if visit != anchor or not is_known:
            return timing
        if isinstance(timing, OnDay) and timing.number != study_days.number:
            message = f"`{visit}` is the anchor, which is Day {study_days.number}, but stands at Day {timing.number}"
            hint = f"write `at: Day {study_days.number}`, or change `study_day`"
            self.report.error(place, "anchor-day", message, hint)
        if isinstance(timing, DayRange):
            hint = f"write `at: Day {study_days.number}`"
            self.report.error(place, "anchor-day", "the anchor is one day, not a range of days", hint)
        return timing

    # --- the other keys -------------------------------------------------------------------------------------------

    def _window(self, visit: str, timing: Timing, is_series: bool, fields: Fields) -> Window | None:
        window: Window | None = fields.get("window")
        if window is None:
            return None
        if visit == self.numbering.anchor and isinstance(timing, OnDay):
            if not is_series:
                message = "the anchor has no window around itself: days are counted from it"
                self.report.warning(fields.at("window"), "anchor-window", message, "leave `window` out")
            return None
        if not isinstance(timing, (OnDay, Offset)):
            message = "a window needs a target, and this visit has none"
            hint = "leave `window` out, or widen the range in `at`"
            if isinstance(timing, Pending):
                hint = "leave `window` out until the visit has a date"
            self.report.error(fields.at("window"), "no-target", message, hint)
            return None
        return window

    def _epoch(self, fields: Fields) -> str:
        epoch: str = fields.get("epoch", "")
        known = [known.id for known in self.vocabulary.epochs]
        if epoch and epoch not in known:
            hint = self.report.nearest(epoch, known) or f"add it under `epochs`, as `{epoch}: {{name: ...}}`"
            self.report.error(fields.at("epoch"), "unknown-epoch", f"there is no epoch `{epoch}`", hint)
        return epoch

    def _lasts(self, fields: Fields) -> Duration | None:
        lasts: Duration | None = fields.get("lasts")
        if lasts is None:
            return None
        if not lasts.count:
            self.report.error(fields.at("lasts"), "bad-duration", "a visit does not last 0", "leave `lasts` out")
        if lasts.unit in ("months", "years"):
            message = f"a visit does not last {lasts}"
            self.report.error(fields.at("lasts"), "bad-duration", message, "give it in weeks, days or hours")
        return lasts

    def _usual_weight(self, fields: Fields) -> int:
        kind = self.vocabulary.types.get(fields.get("type", ""))
        return 1 if kind is None else kind.weight


def _without_zeros(visit: str) -> str:
    """Give an id without zeros before its numbers: `dose-01` is `dose-1` to whoever reads it aloud."""
    return re.sub("(?<![0-9])0+(?=[0-9])", "", visit)


def _numbered(name: str, number: int) -> str:
    """Put the number of a series into a name, at `{n}` or behind it."""
    if "{n}" in name:
        return name.replace("{n}", str(number)) if number else name.replace(" {n}", "").replace("{n}", "")
    return f"{name} {number}" if number else name
