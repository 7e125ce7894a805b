"""The visits of a protocol file: each entry becomes one visit or, where it holds a list, a numbered series.

A room of its own because only here one entry gives several values; the references between visits are still words
when they leave it, and cycles and repeats are still one visit each (`expanding` writes them out).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from trialcal.days import Duration, StudyDays
from trialcal.files.entries import MOST_VISITS, Fields, near_id, read_entries, spoken
from trialcal.files.phrases import LAST_DAY, is_id
from trialcal.files.recurring import Cycling
from trialcal.files.timings import Daily, Spoken, names_weeks, on_days
from trialcal.files.tree import Table
from trialcal.problems import Place, Report
from trialcal.protocol import Epoch, Group, Parameter, Visit, VisitType
from trialcal.repeating import numbered
from trialcal.timing import DayRange, Every, InCycles, Offset, OffsetRange, OnDay, Pending, Whichever, Window, Written

MOST_TEXT = 5_000_000  # characters that all visits carry together, each member of a series its own
MOST_WEIGHT = 1_000


class Vocabulary(NamedTuple):
    """What the head of a file declares, for the parts that speak of it."""

    types: Mapping[str, VisitType]
    epochs: tuple[Epoch, ...]
    parameters: tuple[Parameter, ...]
    arms: tuple[Group, ...] = ()
    cohorts: tuple[Group, ...] = ()


class Numbering(NamedTuple):
    """The anchor and how days are numbered; `is_known` is False where the file does not say it in order."""

    anchor: str
    study_days: StudyDays
    is_known: bool
    week: int | None = None  # that begins with the anchor

    def on_days(self, timing: Any, place: Place, report: Report) -> Any:
        """Turn study weeks into study days; report weeks that are not numbered, and a Day 0 where there is none."""
        if timing is None:
            return None
        if names_weeks(timing):
            if self.week is None:
                if self.is_known:
                    hint = "say in `study_day` which week begins with the anchor: `week: 0`, or `week: 1`"
                    report.error(place, "no-weeks", "how weeks are numbered is not said", hint)
                return None
            return on_days(timing, self.study_days, self.week)
        is_there = self.check(timing, place, report)
        return timing if is_there or not isinstance(timing, Every) else None

    def check(self, timing: Spoken, place: Place, report: Report) -> bool:
        """Report a Day 0 where there is none; gives whether all is well."""
        numbers: tuple[int, ...] = ()
        if isinstance(timing, OnDay):
            numbers = (timing.number,)
        elif isinstance(timing, Every) and timing.first is not None:
            numbers = (timing.first,)
        elif isinstance(timing, (DayRange, Daily)):
            numbers = (timing.first, timing.last)
        if 0 in numbers and self.is_known and not self.study_days.day_zero:
            hint = "the day before Day 1 is Day -1; or set `day_zero: true`"
            report.error(place, "no-day-zero", "this protocol has no Day 0", hint)
            return False
        return True


class Read(NamedTuple):
    """The visits that could be read.

    `unread` are the ids and types of those that could not: they exist, and what refers to them is no mistake. It is
    None where any name may be one of them.
    """

    visits: tuple[Visit, ...]
    unread: frozenset[str] | None


def read_visits(head: Fields, vocabulary: Vocabulary, numbering: Numbering, report: Report) -> Read:
    """Read all visits, with every series written out."""
    reader = _Visits(vocabulary, numbering, report)
    for name, place, fields in read_entries(head, "visits", "visit", report, what="a visit"):
        reader.add(name, place, fields)
    node = head.get("visits")
    if not isinstance(node, Table):
        return Read((), None)
    if not node.entries:
        report.error(head.at("visits"), "empty-value", "there are no visits", "add one, as `infusion: {at: Day 1}`")
        return Read((), None)
    bad = [name.value for name, _ in node.entries if not is_id(name.value)]
    if not all(near_id(name) and "\u00a0" not in name for name in bad):
        return Read(tuple(reader.visits), None)
    reader.unread.update(near_id(name) for name in bad)
    return Read(tuple(reader.visits), frozenset(reader.unread))


def _is_one_range(timings: Sequence[object]) -> bool:
    """Tell whether a visit is at one range with two ends in the same unit, such as `10-21 d after apheresis`."""
    at = timings[0] if len(timings) == 1 else None
    return isinstance(at, OffsetRange) and at.most is not None and at.least.unit == at.most.unit


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
        self.visits: list[Visit] = []
        self.unread: set[str] = set()
        self.text = 0
        self.is_full = False

    def add(self, name: str, place: Place, fields: Fields) -> None:
        """Add the visit of an entry, or all visits of a series; cycles and repeats stay one visit for each day."""
        if self.is_full:
            self.unread |= {name, fields.get("type", name)}
            return
        timings, is_series = self._timings(fields)
        self._count(len(timings), place, fields)
        if self.is_full:
            timings = []
        if not timings:
            self.unread |= {name, fields.get("type", name)}
        whole = self._whole(name, place, fields)
        if whole.uncertain and not _is_one_range([timing for timing, _ in timings]):
            hint = "write when it is as a range in one unit, as `at: 10-21 d after apheresis`"
            self.report.error(fields.keys["uncertain"], "bad-uncertain", "an uncertain visit needs a range", hint)
        for nth, (timing, at) in enumerate(timings, 1):
            in_cycles = isinstance(timing, InCycles)
            visit_id = f"{name}-{nth}" if is_series and not in_cycles else name
            number = nth if is_series and not in_cycles else 0
            later = in_cycles or isinstance(timing, Every)  # the names then follow from the cycle or number
            label = fields.get("name", "" if in_cycles else spoken(name))
            self.visits.append(
                replace(
                    whole,
                    id=visit_id,
                    name=label if later else numbered(label, number),
                    short=fields.get("short", label) if later else numbered(fields.get("short", label), number),
                    at=self._anchored(timing, visit_id, at),
                    window=self._window(visit_id, timing, is_series, fields),
                    nth=number,
                    at_place=at,
                )
            )

    def _whole(self, name: str, place: Place, fields: Fields) -> Visit:
        """Give what all visits of an entry have alike."""
        kind = self.vocabulary.types.get(fields.get("type", ""))
        return Visit(
            id=name,
            name="",
            at=Pending(""),
            type=fields.get("type", ""),
            epoch=self._known("epoch", self.vocabulary.epochs, "epochs", fields),
            lasts=self._lasts(fields),
            weight=read_weight(fields, 1 if kind is None else kind.weight, self.report),
            prefer=fields.get("prefer", "earliest"),
            activities=fields.get("activities", ()),
            entry=name,
            number=fields.get("number", ""),
            until=fields.get("until", ()),
            horizon=fields.get("horizon"),
            by_entry=fields.get("ids") == "entry",
            arms=known_groups("arms", self.vocabulary.arms, fields, self.report),
            cohorts=known_groups("cohorts", self.vocabulary.cohorts, fields, self.report),
            condition=fields.get("if", ""),
            optional=fields.get("optional", False),
            uncertain=fields.get("uncertain", False),
            by=fields.get("by", ()),
            may_coincide_with=fields.get("may_coincide_with", ()),
            applies_to=fields.get("applies_to", ""),
            notes=fields.get("notes", ""),
            source=fields.get("source", {}),
            assumed=fields.get("assumed", {}),
            place=place,
        )

    def _count(self, members: int, place: Place, fields: Fields) -> None:
        """Report visits that are too many, or carry too much text, before they are made."""
        texts = [fields.get(key, "") for key in ("notes", "applies_to", "if")]
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

    def _timings(self, fields: Fields) -> tuple[list[tuple[Written, Place]], bool]:
        """Give the timings of an entry with their places, and whether it is a series; none where they fail."""
        at, place = fields.get("at"), fields.at("at")
        if at is None:
            return [], False
        if isinstance(at, list):
            return self._listed(at, fields), True
        if fields.has("in"):
            in_cycles = self._in_cycles(at, place, fields)
            return ([] if in_cycles is None else [(in_cycles, place)]), False
        self._report_strays(fields, ("ids", "`ids` goes with `in`, for visits in cycles"))
        if not isinstance(at, Every):
            self._report_strays(fields, _OF_REPEATS)
        at = self.numbering.on_days(at, place, self.report)
        if at is None:
            return [], False
        if isinstance(at, Every):
            self._check_end(at, fields)
        if isinstance(at, Daily):
            if at.last - at.first >= MOST_VISITS:
                hint = "check the two days"
                self.report.error(place, "too-many", f"these are more than {MOST_VISITS} days", hint)
                return [], True
            day_zero = self.numbering.study_days.day_zero
            return [(OnDay(day), place) for day in range(at.first, at.last + 1) if day or day_zero], True
        if isinstance(at, Pending):
            return [(read_pending(at, fields, "at", self.report), place)], False
        self._report_strays(fields, ("waits_for", "`waits_for` goes with `at: pending`"))
        return [(at, place)], False

    def _report_strays(self, fields: Fields, *strays: tuple[str, str]) -> None:
        for key, message in strays:
            if fields.has(key):
                report_stray(fields, key, message, self.report)

    def _check_end(self, every: Every, fields: Fields) -> None:
        """Report a repeat that never ends."""
        if every.stages[-1].lasts is not None:
            message = "`horizon` goes with a repeat without an end, and this one ends with `for`"
            self._report_strays(fields, ("horizon", message))
        elif not fields.has("until") and not fields.has("horizon"):
            hint = "add `for 12 months` to it, or `until: ...` (the visit that ends it), or `horizon: 1 year`"
            self.report.error(fields.at("at"), "no-end", "this repeat has no end and no horizon", hint)
        horizon: Duration | None = fields.get("horizon")
        if horizon is not None and (horizon.needs_clock or not horizon.count):
            hint = "give it in weeks, months or years"
            self.report.error(fields.at("horizon"), "bad-duration", f"a horizon is not {horizon}", hint)

    def _in_cycles(self, at: Spoken, place: Place, fields: Fields) -> InCycles | None:
        """Give the day of a cycle, or the range of days, with the cycles that `in` names."""
        chosen: tuple[Cycling, ...] | None = fields.get("in")
        if chosen is None:
            return None
        groups = {cycling.group for cycling in chosen}
        if len(groups) > 1:
            hint = "write a visit for each"
            self.report.error(fields.at("in"), "bad-cycles", "`in` names cycles of more than one kind", hint)
            return None
        selections = tuple(cycling.selection for cycling in chosen)
        if isinstance(at, (OnDay, DayRange)):
            first, last = (at.number, None) if isinstance(at, OnDay) else (at.first, at.last)
            if 0 in (first, last):
                hint = "the day before Day 1 of a cycle is Day -1"
                self.report.error(place, "no-day-zero", "a cycle has no Day 0", hint)
                return None
            return InCycles(first, last, groups.pop(), selections)
        hint = "write `at: Day 8`, `[Day 1, Day 8]` or `Day 3 to Day 5`; the days count from Day 1 of each cycle"
        self.report.error(place, "bad-timing", "with `in`, `at` is a day of the cycle", hint)
        return None

    def _listed(self, timings: list[Spoken], fields: Fields) -> list[tuple[Written, Place]]:
        places = fields.items["at"]
        if all(isinstance(timing, Pending) for timing in timings) and not fields.has("in"):
            pending = read_pending(Pending(""), fields, "at", self.report)
            return [(pending, place) for place in places]
        self._report_strays(fields, _OF_REPEATS)
        found: list[tuple[Written, Place]] = []
        days: set[int] = set()
        last = -LAST_DAY
        for spoken_timing, place in zip(timings, places, strict=True):
            if isinstance(spoken_timing, (Daily, Pending, Every)):
                what = {Pending: "pending", Daily: "daily", Every: "every"}[type(spoken_timing)]
                hint = f"give `{what}` to a visit of its own, without the list"
                self.report.error(place, "bad-timing", f"`{what}` cannot stand in a list of days", hint)
                return []
            if fields.has("in"):
                timing = self._in_cycles(spoken_timing, place, fields)
            else:
                timing = self.numbering.on_days(spoken_timing, place, self.report)
            if timing is None:
                return []
            number = timing.number if isinstance(timing, OnDay) else None
            if isinstance(timing, InCycles) and timing.last is None:
                number = timing.first
            if number is not None:
                if number in days:
                    hint = "delete it, or correct the day"
                    self.report.error(place, "same-day", f"Day {number} stands twice in this list", hint)
                    continue
                if number < last:
                    message = f"Day {number} stands behind Day {last}, and the list numbers the series"
                    self.report.warning(place, "out-of-order", message, "write the days in their order")
                days.add(number)
                last = max(last, number)
            found.append((timing, place))
        return found

    def _anchored(self, timing: Written, visit: str, place: Place) -> Written:
        anchor, study_days, is_known = self.numbering[:3]
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

    def _window(self, visit: str, timing: Written, is_series: bool, fields: Fields) -> Window | None:
        window: Window | None = fields.get("window")
        if window is None:
            return None
        if visit == self.numbering.anchor and isinstance(timing, OnDay):
            if not is_series:
                message = "the anchor has no window around itself: days are counted from it"
                self.report.warning(fields.at("window"), "anchor-window", message, "leave `window` out")
            return None
        if isinstance(timing, InCycles) and timing.last is None:
            return window
        if not isinstance(timing, (OnDay, Offset, Every, Whichever)):
            message = "a window needs a target, and this visit has none"
            hint = "leave `window` out, or widen the range in `at`"
            if isinstance(timing, Pending):
                hint = "leave `window` out until the visit has a date"
            self.report.error(fields.at("window"), "no-target", message, hint)
            return None
        return window

    def _known(self, key: str, declared: Iterable[Epoch], section: str, fields: Fields) -> str:
        name: str = fields.get(key, "")
        known = [each.id for each in declared]
        if name and name not in known:
            hint = self.report.nearest(name, known) or f"add it under `{section}`, as `{name}: {{name: ...}}`"
            self.report.error(fields.at(key), f"unknown-{key}", f"there is no {key} `{name}`", hint)
        return name

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


_OF_REPEATS = ("horizon", "`horizon` goes with `at: every ...`")


def known_groups(key: str, declared: Iterable[Group], fields: Fields, report: Report) -> tuple[str, ...]:
    """Give the arms or cohorts that an entry names; those that are not declared are reported."""
    names: tuple[str, ...] = fields.get(key, ())
    known = [group.id for group in declared]
    for name in names:
        if name not in known:
            hint = report.nearest(name, known) or f"add it under `{key}`, as `{name}: {{name: ...}}`"
            report.error(fields.at(key), f"unknown-{key[:-1]}", f"there is no {key[:-1]} `{name}`", hint)
    return names
