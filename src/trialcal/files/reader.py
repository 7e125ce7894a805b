"""From the tree of a protocol file to a `Protocol`: entries read by shape, series written out, references resolved.

Every problem is reported, as far as the file can be understood; a protocol is only given where there is no error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from trialcal.days import Duration, StudyDays
from trialcal.files.entries import Fields, Report, nearest, read_fields, report_id
from trialcal.files.phrases import Daily, is_id
from trialcal.files.resolve import Names
from trialcal.files.tree import Items, Node, Table
from trialcal.problems import Place, Problem, has_errors
from trialcal.protocol import (
    DayRange,
    Epoch,
    Lookback,
    LookbackKind,
    Multiple,
    NotExpressed,
    Offset,
    OnDay,
    Parameter,
    Pending,
    Period,
    Protocol,
    Reference,
    Rule,
    Source,
    Timing,
    Visit,
    VisitType,
)

MOST_VISITS = 2_000
MOST_WEIGHT = 1_000


def read_protocol(tree: Node, *, file: str, sha256: str) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """Read a protocol's tree: the protocol, or None where there are errors, and all problems."""
    report = Report()
    protocol = _Reader(report).read(tree, file, sha256)
    problems = tuple(sorted(report.problems, key=lambda p: (p.place.file, p.place.line, p.place.column)))
    return (None if has_errors(problems) else protocol), problems


class _Reader:
    """One reading of one file. The parts read so far are kept here, for the parts that speak of them."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.types: dict[str, VisitType] = {}
        self.epochs: tuple[Epoch, ...] = ()
        self.parameters: tuple[Parameter, ...] = ()

    def read(self, tree: Node, file: str, sha256: str) -> Protocol | None:
        head = read_fields("protocol", tree, self.report, what="a protocol")
        self._read_vocabulary(head)
        study_days, study_day = self._study_days(head)
        anchor = study_day.get("anchor", "")
        visits = self._visits(head, anchor, study_days)
        names = Names(visits, anchor, study_days, self.report)
        visits = tuple(replace(visit, at=names.resolve_timing(visit.at, visit.place)) for visit in visits)
        self._check_known(names, study_day, "anchor")
        self._check_known(names, head, "start")
        return Protocol(
            id=head.get("id", ""),
            title=head.get("title", ""),
            version=head.get("version", ""),
            source=self._origin(head),
            study_days=study_days,
            study_day_source=study_day.get("source", {}),
            study_day_assumed=study_day.get("assumed", {}),
            anchor=anchor,
            start=head.get("start", ""),
            on_tie=head.get("on_tie", "later"),
            epochs=self.epochs,
            types=self.types,
            parameters=self.parameters,
            visits=visits,
            rules=tuple(self._rules(head, names)),
            periods=tuple(self._periods(head, names, study_days)),
            lookbacks=tuple(self._lookbacks(head, names)),
            not_expressed=tuple(self._not_expressed(head)),
            file=file,
            sha256=sha256,
        )

    # --- the head -----------------------------------------------------------------------------------------------

    def _origin(self, head: Fields) -> Source:
        if not head.get("source"):
            return Source()
        fields = read_fields("origin", head.get("source"), self.report, what="the protocol's source")
        if fields.has("registry") and fields.has("document"):
            self.report.error(fields.place, "two-sources", "`registry` and `document` both stand", "keep one")
        return Source(**fields.values)

    def _read_vocabulary(self, head: Fields) -> None:
        for name, _, fields in self._entries(head, "types", "type", "a visit type"):
            title, weight = fields.get("name", _spoken(name)), self._weight(fields, 1)
            self.types[name] = VisitType(name, title, weight, fields.get("source", {}), fields.get("assumed", {}))
        self.epochs = tuple(
            Epoch(name, fields.get("name", _spoken(name)), fields.get("source", {}), fields.get("assumed", {}))
            for name, _, fields in self._entries(head, "epochs", "epoch", "an epoch")
        )
        self.parameters = tuple(
            Parameter(name, fields.get("name", _spoken(name)))
            for name, _, fields in self._entries(head, "parameters", "parameter", "a parameter")
        )

    def _study_days(self, head: Fields) -> tuple[StudyDays, Fields]:
        if head.get("study_day") is None:
            return StudyDays(), Fields({}, {}, head.place, ("anchor",))
        fields = read_fields("study_day", head.get("study_day"), self.report, what="`study_day`")
        number, day_zero = fields.get("number", 1), fields.get("day_zero")
        if number == 0 and day_zero == "false":
            message = "the anchor is Day 0, but `day_zero` is false"
            self.report.error(fields.at("day_zero"), "day-zero", message, "leave `day_zero` out, or number it 1")
        elif number != 0 and not fields.has("day_zero"):
            message = f"the anchor is Day {number}, and whether there is a Day 0 is not said"
            hint = "write `day_zero: false` (the day before Day 1 is Day -1, as in SDTM) or `day_zero: true`"
            self.report.error(fields.place, "day-zero", message, hint)
        elif number not in (0, 1) and day_zero == "false":
            message = f"without a Day 0 the anchor is Day 1, not Day {number}"
            self.report.error(fields.at("number"), "day-zero", message, "write `number: 1`, or `day_zero: true`")
            number = 1
        return StudyDays(number, day_zero == "true" or number == 0), fields

    def _check_known(self, names: Names, fields: Fields, key: str) -> None:
        visit = fields.get(key)
        if visit is None or visit in names.visits:
            return
        hint = nearest(visit, names.visits)
        if visit in names.groups:
            hint = f"`{visit}` is a series or type: name one visit, as `{names.groups[visit][0].id}`"
        self.report.error(fields.at(key), "unknown-visit", f"`{key}`: there is no visit `{visit}`", hint)

    # --- visits ---------------------------------------------------------------------------------------------------

    def _visits(self, head: Fields, anchor: str, study_days: StudyDays) -> tuple[Visit, ...]:
        visits: dict[str, Visit] = {}
        for name, place, fields in self._entries(head, "visits", "visit", "a visit"):
            for visit in self._written_out(name, place, fields, anchor, study_days):
                if visit.id in visits:
                    message = (
                        f"`{visit.id}` is also a visit of the series `{visits[visit.id].series or visit.series}`"
                    )
                    hint = "choose another id; a series has no visits apart from its list"
                    self.report.error(place, "duplicate-visit", message, hint)
                elif len(visits) >= MOST_VISITS:
                    self.report.error(place, "too-many", f"more than {MOST_VISITS} visits")
                    return tuple(visits.values())
                else:
                    visits[visit.id] = visit
        if head.has("visits") and not visits and not has_errors(self.report.problems):
            self.report.error(head.at("visits"), "empty-value", "there are no visits")
        return tuple(visits.values())

    def _written_out(
        self, name: str, place: Place, fields: Fields, anchor: str, study_days: StudyDays
    ) -> Iterator[Visit]:
        """Give the visit of an entry, or all visits of a series."""
        timings, is_series = self._timings(fields, study_days)
        label = fields.get("name", _spoken(name))
        for number, timing in enumerate(timings, 1):
            numbered = number if is_series else 0
            title = _numbered(label, numbered)
            visit_id = f"{name}-{number}" if is_series else name
            yield Visit(
                id=visit_id,
                name=title,
                at=self._anchored(timing, visit_id, anchor, study_days, fields),
                short=_numbered(fields.get("short", label), numbered),
                type=fields.get("type", ""),
                epoch=self._epoch(fields) if number == 1 else fields.get("epoch", ""),
                window=self._window(visit_id, anchor, timing, is_series, fields),
                lasts=self._lasts(fields) if number == 1 else fields.get("lasts"),
                weight=self._weight(fields, self._usual_weight(fields)),
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

    def _timings(self, fields: Fields, study_days: StudyDays) -> tuple[list[Timing], bool]:
        at = fields.get("at")
        if isinstance(at, list):
            for item in at:
                if isinstance(item, (Daily, Pending)):
                    message = "a list holds days and offsets only"
                    self.report.error(
                        fields.at("at"), "bad-timing", message, "give `daily` and `pending` by themselves"
                    )
                    return [], True
            for item in at:
                self._check_days(item, fields, study_days)
            return at, True
        if at is None:
            return [], False
        self._check_days(at, fields, study_days)
        if isinstance(at, Daily):
            if at.last - at.first >= MOST_VISITS:
                self.report.error(fields.at("at"), "too-many", f"more than {MOST_VISITS} days")
                return [], True
            days = [day for day in range(at.first, at.last + 1) if day or study_days.day_zero]
            return [OnDay(day) for day in days], True
        if isinstance(at, Pending):
            return [self._pending(at, fields, "at")], False
        if fields.has("waits_for"):
            self._stray(fields, "waits_for", "`waits_for` goes with `at: pending`")
        return [at], False

    def _pending(self, pending: Pending, fields: Fields, key: str) -> Pending:
        if not fields.has("waits_for"):
            message = f"`{key}` is pending, but what it waits for is not said"
            self.report.error(fields.at(key), "missing-key", message, "add `waits_for: ...`")
        return replace(pending, waits_for=fields.get("waits_for", ""))

    def _check_days(self, timing: Timing | Daily, fields: Fields, study_days: StudyDays) -> None:
        numbers: tuple[int, ...] = ()
        if isinstance(timing, OnDay):
            numbers = (timing.number,)
        elif isinstance(timing, (DayRange, Daily)):
            numbers = (timing.first, timing.last)
        if 0 in numbers and not study_days.day_zero:
            hint = "the day before Day 1 is Day -1; or set `day_zero: true`"
            self.report.error(fields.at("at"), "no-day-zero", "this protocol has no Day 0", hint)

    def _anchored(self, timing: Timing, visit: str, anchor: str, study_days: StudyDays, fields: Fields) -> Timing:
        if visit != anchor:
            return timing
        if isinstance(timing, OnDay) and timing.number != study_days.number:
            message = f"`{visit}` is the anchor, which is Day {study_days.number}, but stands at Day {timing.number}"
            hint = f"write `at: Day {study_days.number}`, or change `study_day`"
            self.report.error(fields.at("at"), "anchor-day", message, hint)
        if isinstance(timing, DayRange):
            hint = f"write `at: Day {study_days.number}`"
            self.report.error(fields.at("at"), "anchor-day", "the anchor is one day, not a range of days", hint)
        return timing

    def _window(self, visit: str, anchor: str, timing: Timing, is_series: bool, fields: Fields) -> Any:
        window = fields.get("window")
        if window is None:
            return None
        if visit == anchor and isinstance(timing, OnDay):
            if not is_series:
                message = "the anchor has no window around itself: days are counted from it"
                self.report.warning(fields.at("window"), "anchor-window", message, "leave `window` out")
            return None
        if not isinstance(timing, (OnDay, Offset)):
            message = "a window needs a target, and this visit has none"
            self.report.error(fields.at("window"), "no-target", message, "leave `window` out, or widen the range")
            return None
        return window

    def _epoch(self, fields: Fields) -> str:
        epoch: str = fields.get("epoch", "")
        known = [known.id for known in self.epochs]
        if epoch and epoch not in known:
            hint = nearest(epoch, known) or f"add it under `epochs`: {epoch}: {{name: ...}}"
            self.report.error(fields.at("epoch"), "unknown-epoch", f"there is no epoch `{epoch}`", hint)
        return epoch

    def _lasts(self, fields: Fields) -> Duration | None:
        lasts: Duration | None = fields.get("lasts")
        if lasts is None:
            return None
        if not lasts.count:
            self.report.error(fields.at("lasts"), "bad-duration", "a visit does not last 0", "leave `lasts` out")
        if lasts.unit in ("months", "years"):
            self.report.error(fields.at("lasts"), "bad-duration", f"a visit of {lasts}", "give it in days or hours")
        return lasts

    def _usual_weight(self, fields: Fields) -> int:
        kind = self.types.get(fields.get("type", ""))
        return 1 if kind is None else kind.weight

    def _weight(self, fields: Fields, default: int) -> int:
        weight: int = fields.get("weight", default)
        if 0 <= weight <= MOST_WEIGHT:
            return weight
        message = f"`weight` is {weight}"
        self.report.error(fields.at("weight"), "bad-number", message, f"a whole number from 0 to {MOST_WEIGHT}")
        return default

    # --- rules, periods, lookbacks ------------------------------------------------------------------------------

    def _rules(self, head: Fields, names: Names) -> Iterator[Rule]:
        seen: dict[str, Place] = {}
        for number, (place, fields) in enumerate(self._list(head, "rules", "rule", "a rule"), 1):
            given = fields.get("id")
            if given in seen:
                message = f"there are two rules `{given}`; the other is in line {seen[given].line}"
                self.report.error(fields.at("id"), "duplicate-key", message, "give each its own id")
            elif given:
                seen[given] = place
            bounds = [key for key in ("at_least", "at_most", "within") if fields.has(key)]
            if not bounds or ("within" in bounds and len(bounds) > 1):
                message = "a rule says how far apart, in one way"
                hint = "write `at_least`, `at_most` or both, or `within`"
                self.report.error(place, "bad-rule", message, hint)
            sides = [key for key in ("after", "before") if fields.has(key)]
            if len(sides) != 1:
                message = "a rule says after or before which visit"
                self.report.error(place, "bad-rule", message, "write one of `after` and `before`")
            if not fields.get("visit") or len(sides) != 1 or not fields.get(sides[0]):
                continue
            least, most = fields.get("within", (fields.get("at_least"), fields.get("at_most")))
            visit = self._bound_visit(fields, names)
            yield Rule(
                id=given or f"rule-{number}",
                visit=visit,
                least=least,
                most=most,
                sign=1 if sides[0] == "after" else -1,
                other=self._other_visit(fields, sides[0], visit, names),
                source=fields.get("source", {}),
                assumed=fields.get("assumed", {}),
                place=place,
            )

    def _bound_visit(self, fields: Fields, names: Names) -> Reference:
        reference: Reference = fields.get("visit")
        if reference.pick == "previous":
            hint = (
                "`previous` goes after `after` or `before`: {visit: each dose, at_least: 2 d, after: previous dose}"
            )
            self.report.error(fields.at("visit"), "bad-reference", "a rule cannot be about `previous`", hint)
            return reference
        if reference.edge == "end":
            hint = "a rule binds when a visit starts: leave `end of` out"
            self.report.error(fields.at("visit"), "bad-reference", "a rule cannot be about the end of a visit", hint)
            return reference
        return names.resolve(reference, fields.at("visit"), rule=True)

    def _other_visit(self, fields: Fields, side: str, visit: Reference, names: Names) -> Reference:
        other = names.resolve(fields.get(side), fields.at(side), rule=True)
        if other.pick == "previous" and not set(visit.members) <= set(other.members or visit.members):
            message = f"`{visit}` is not one of those that `{other}` goes through"
            hint = f"write `visit: each {other.name}`, or name the visit that it comes after"
            self.report.error(fields.at(side), "bad-reference", message, hint)
        return other

    def _periods(self, head: Fields, names: Names, study_days: StudyDays) -> Iterator[Period]:
        for name, place, fields in self._entries(head, "periods", "period", "a period"):
            until = fields.get("until")
            if fields.has("until") == fields.has("lasts"):
                message = "a period ends in one way"
                hint = "write `until` (28 d after infusion) or `lasts` (28 d); `until: pending` where it is open"
                self.report.error(place, "bad-period", message, hint)
            lasts = fields.get("lasts")
            if lasts is not None and (lasts.needs_clock or not lasts.count):
                hint = "give it in days, weeks, months or years"
                self.report.error(
                    fields.at("lasts"), "bad-duration", f"a period of {lasts} is no span of dates", hint
                )
            for key in ("from", "until"):
                self._check_ending(fields, key, study_days)
            event = fields.get("or_until", "")
            if isinstance(until, Pending):
                event = self._pending(until, fields, "until").waits_for
                if fields.has("or_until"):
                    self._stray(fields, "or_until", "with `until: pending` the event stands in `waits_for`")
            elif fields.has("waits_for"):
                self._stray(fields, "waits_for", "`waits_for` goes with `until: pending`")
            if fields.has("or_until") != fields.has("whichever"):
                message = "`or_until` and `whichever` go together"
                self.report.error(
                    place, "bad-period", message, "write both: `whichever: later` or `whichever: earlier`"
                )
            if fields.get("from") is None or isinstance(fields.get("from"), Daily) or isinstance(until, Daily):
                continue
            yield Period(
                id=name,
                name=fields.get("name", _spoken(name)),
                start=names.resolve_timing(fields.get("from"), fields.at("from")),
                until=names.resolve_timing(until, fields.at("until")) if until else None,
                lasts=fields.get("lasts"),
                event=event,
                whichever=fields.get("whichever", ""),
                applies_to=fields.get("applies_to", ""),
                notes=fields.get("notes", ""),
                source=fields.get("source", {}),
                assumed=fields.get("assumed", {}),
                place=place,
            )

    def _check_ending(self, fields: Fields, key: str, study_days: StudyDays) -> None:
        timing = fields.get(key)
        self_contained = isinstance(timing, (OnDay, Offset)) or (key == "until" and isinstance(timing, Pending))
        if timing is None or self_contained:
            if isinstance(timing, OnDay) and not timing.number and not study_days.day_zero:
                self.report.error(fields.at(key), "no-day-zero", "this protocol has no Day 0")
            return
        hint = "write a visit, a study day, or an offset as '28 d after infusion'"
        self.report.error(fields.at(key), "bad-period", f"`{key}` is one day", hint)

    def _lookbacks(self, head: Fields, names: Names) -> Iterator[Lookback]:
        kinds: dict[str, LookbackKind] = {
            "none_within": "none-within",
            "discontinued_for": "discontinued",
            "stable_for": "stable",
            "exposed_for": "exposure",
        }
        known = [parameter.id for parameter in self.parameters]
        for name, place, fields in self._entries(head, "lookbacks", "lookback", "a lookback"):
            stated = [key for key in kinds if fields.has(key)]
            if len(stated) != 1:
                listed = ", ".join(f"`{key}`" for key in kinds)
                self.report.error(place, "bad-lookback", "a lookback is of one kind", f"write one of {listed}")
                continue
            spans = fields.get(stated[0], ())
            for span in spans:
                if isinstance(span, Multiple) and span.parameter not in known:
                    message = f"there is no parameter `{span.parameter}`"
                    hint = (
                        nearest(span.parameter, known)
                        or f"add it under `parameters`: {span.parameter}: {{name: ...}}"
                    )
                    self.report.error(fields.at(stated[0]), "unknown-parameter", message, hint)
            if not spans or not fields.get("before"):
                continue
            yield Lookback(
                id=name,
                name=fields.get("name", _spoken(name)),
                kind=kinds[stated[0]],
                spans=spans,
                before=names.resolve(fields.get("before"), fields.at("before")),
                applies_to=fields.get("applies_to", ""),
                exceptions="; ".join(fields.get("exceptions", ())),
                notes=fields.get("notes", ""),
                source=fields.get("source", {}),
                assumed=fields.get("assumed", {}),
                place=place,
            )

    def _not_expressed(self, head: Fields) -> Iterator[NotExpressed]:
        for _, fields in self._list(head, "not_expressed", "not_expressed", "an entry of `not_expressed`"):
            yield NotExpressed(fields.get("source", ""), fields.get("reason", ""))

    # --- tables and lists of entries ----------------------------------------------------------------------------

    def _entries(self, head: Fields, key: str, shape: str, what: str) -> Iterator[tuple[str, Place, Fields]]:
        node = head.get(key)
        if node is None:
            return
        if not isinstance(node, Table):
            hint = f"write `{key}:` and below it, indented, `some-id: {{...}}`"
            self.report.error(node.place, "wrong-kind", f"`{key}` holds entries by their ids", hint)
            return
        for name, value in node.entries:
            if not is_id(name.value):
                report_id(name.value, name.place, self.report, what)
                continue
            yield name.value, name.place, read_fields(shape, value, self.report, what=f"{what} (`{name.value}`)")

    def _list(self, head: Fields, key: str, shape: str, what: str) -> Iterator[tuple[Place, Fields]]:
        node = head.get(key)
        if node is None:
            return
        if not isinstance(node, Items):
            hint = f"write `{key}:` and below it lines that begin with `- `"
            self.report.error(node.place, "wrong-kind", f"`{key}` is a list", hint)
            return
        for item in node.items:
            yield item.place, read_fields(shape, item, self.report, what=what)

    def _stray(self, fields: Fields, key: str, message: str) -> None:
        self.report.error(fields.at(key), "stray-key", message, f"leave `{key}` out")


def _spoken(name: str) -> str:
    """Make a name of an id: `safety-check` is "Safety check"."""
    words = name.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _numbered(name: str, number: int) -> str:
    """Put the number of a series into a name, at `{n}` or behind it."""
    if "{n}" in name:
        return name.replace("{n}", str(number)) if number else name.replace(" {n}", "").replace("{n}", "")
    return f"{name} {number}" if number else name
