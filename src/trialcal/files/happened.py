"""What a subject's file says of dates: given, booked and actual ones, what did not take place, holds, a stop.

A room of its own because the present screening and earlier attempts are written, and read, in the same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trialcal.days import Duration
from trialcal.files.dated import Stated, check_clock, dated_of
from trialcal.files.dates import parse_date
from trialcal.files.entries import Fields, read_entries, read_fields, read_list, shown
from trialcal.files.phrases import Mistake, parse_parameter
from trialcal.files.tree import Table, Text
from trialcal.files.which_visit import unknown_visit
from trialcal.problems import Place, Report, nearest
from trialcal.protocol import Protocol
from trialcal.site import Site
from trialcal.stopping import is_named
from trialcal.subject import Absent, Dated, Delay, Discontinued, Hold, Partly, PartlyUnscheduled, Subject, Unscheduled


def read_dates(head: Fields, name: str, known: Sequence[Protocol], site: Site, report: Report) -> Subject:
    """Read all dates of one screening, as far as they are right. `known` are the protocol's versions, the last of
    them the present one.
    """
    happened = _Happened(known, site, report)
    happened.read(head)
    return Subject(
        id=name,
        given=dict(happened.given(head)),
        parameters=dict(_parameters(head, known, report)),
        booked=happened.booked,
        actual=happened.actual,
        partly=happened.partly,
        absent=happened.absent,
        unscheduled=tuple(happened.unscheduled(head)),
        partly_unscheduled=tuple(happened.partly_unscheduled),
        holds=tuple(_holds(head, known, report)),
        delays=tuple(_delays(head, happened.actual, known, report)),
        discontinued=_stop(head, known, report),
        reasons=happened.reasons,
        attempt=head.get("attempt", 1),
        consent=head.get("consent"),
        reference_start=head.get("rfstdtc"),
    )


def _parameters(head: Fields, known: Sequence[Protocol], report: Report) -> Iterator[tuple[str, Duration]]:
    protocol = known[-1]
    ids = list(dict.fromkeys(parameter.id for version in reversed(known) for parameter in version.parameters))
    for name, value in texts_by_id(head, "parameters", report):
        if name.value not in ids:
            hint = nearest(name.value, ids) or f"{protocol.id} has no parameters"
            message = f"there is no parameter '{shown(name.value)}' in {protocol.id}"
            report.error(name.place, "unknown-parameter", message, hint)
            continue
        try:
            yield name.value, parse_parameter(value.value)
        except Mistake as mistake:
            report.error(value.place, "bad-parameter", mistake.message, mistake.hint)


def texts_by_id(head: Fields, key: str, report: Report) -> Iterator[tuple[Text, Text]]:
    """Give the names and texts of a table of texts."""
    node = head.get(key)
    if node is None:
        return
    if not isinstance(node, Table):
        message = f"`{key}` holds values by their ids"
        report.error(node.place, "wrong-kind", message, f"write `{key}: {{id: value}}`")
        return
    for name, value in node.entries:
        if isinstance(value, Text):
            yield name, value
        else:
            report.error(value.place, "wrong-kind", f"`{shown(name.value)}` is one text", "write one value")


def _holds(head: Fields, known: Sequence[Protocol], report: Report) -> Iterator[Hold]:
    for _, fields in read_list(head, "holds", "hold", report, what="a hold"):
        visits, first, last = fields.get("visits"), fields.get("from"), fields.get("until")
        _check_which(fields, "visits", known, report)
        if first is not None and last is not None and last < first:
            message = f"the hold ends on {last}, before it begins on {first}"
            report.error(fields.at("until"), "ends-before-start", message, "correct one of the dates")
        elif visits is not None and first is not None and not fields.failed("until"):
            yield Hold(first, last, visits, fields.get("reason", ""))


def _delays(head: Fields, actual: Mapping[str, Dated], known: Sequence[Protocol], report: Report) -> Iterator[Delay]:
    seen: dict[str, int] = {}
    for _, fields in read_list(head, "delays", "delay", report, what="a delay"):
        visits, by = fields.get("visits"), fields.get("by")
        _check_which(fields, "visits", known, report)
        if by is not None and by.days is None:
            message = f"a delay of {by} is no number of days"
            report.error(fields.at("by"), "bad-delay", message, "write it in days or weeks, as 7 d")
        elif by is not None and by.days == 0:
            report.error(fields.at("by"), "bad-delay", "a delay of 0 d moves nothing", "leave the delay out")
        elif visits is not None and by is not None:
            delay = Delay(visits, by.days, fields.get("reason", ""))
            _check_once(delay, seen, fields, known[-1], report)
            anchor = known[-1].anchor
            if anchor not in actual and is_named(known[-1].by_id[anchor], visits):
                message = f"the delay moves no date of {anchor}, from which the study's days are counted"
                hint = f"state its new date under `given`, or record `booked {anchor} DATE`"
                report.warning(fields.at("visits"), "delay-of-anchor", message, hint)
            yield delay


def _check_once(delay: Delay, seen: dict[str, int], fields: Fields, protocol: Protocol, report: Report) -> None:
    """Report visits that two delays name: nobody could say whether both count, or the later one."""
    for visit in protocol.visits:
        if not is_named(visit, delay.visits):
            continue
        if visit.id in seen:
            message = f"{visit.id} is delayed by {seen[visit.id]} d above already, and here by {delay.days} d"
            hint = "name each visit once, with the days by which it is later in all"
            report.error(fields.at("visits"), "delayed-twice", message, hint)
            return
        seen[visit.id] = delay.days


def _stop(head: Fields, known: Sequence[Protocol], report: Report) -> Discontinued | None:
    node = head.get("discontinued")
    if node is None:
        return None
    place = head.keys["discontinued"]
    fields = read_fields("stop", node, report, what="`discontinued`", place=place)
    _check_which(fields, "visits", known, report, is_stop=True)
    _check_which(fields, "keep", known, report, is_stop=True)
    day, visits = fields.get("on"), fields.get("visits")
    if day is None or visits is None:
        return None
    return Discontinued(day, visits, fields.get("keep", ()), fields.get("reason", ""))


def _check_which(
    fields: Fields, key: str, known: Sequence[Protocol], report: Report, *, is_stop: bool = False
) -> None:
    """Report names of visits, series, types (and epochs) that none of the subject's versions has."""
    names: set[str] = set()
    for protocol in known:
        names |= {name for visit in protocol.visits for name in (visit.id, visit.entry, visit.type) if name}
        names |= {each.id for each in protocol.epochs} | {"all"} if is_stop else set()
    for name in fields.get(key, ()):
        if name not in names:
            message = f"`{key}`: there is no visit, series or type '{shown(name)}' in {known[-1].id}"
            report.error(fields.at(key), "unknown-visit", message, report.nearest(name, sorted(names)))


class _Happened:
    """What a file says of visits: which are booked, took place or did not."""

    def __init__(self, known: Sequence[Protocol], site: Site, report: Report) -> None:
        self.report = report
        self.known = known
        self.zone = site.zone
        self.booked: dict[str, Dated] = {}
        self.actual: dict[str, Dated] = {}
        self.partly: dict[str, Partly] = {}
        self.absent: dict[str, Absent] = {}
        self.reasons: dict[str, str] = {}
        self.partly_unscheduled: list[PartlyUnscheduled] = []

    def read(self, head: Fields) -> None:
        """Read the entries of `visits`."""
        for name, place, fields in read_entries(head, "visits", "happened", self.report, what="a visit's entry"):
            if self._knows(name, place):
                self._visit(name, place, fields)

    def _knows(self, name: str, place: Place) -> bool:
        if any(name in protocol.by_id for protocol in self.known):
            return True
        mistake = unknown_visit(name, self.known[-1], more="add `cycles: {{{}: {}}}`")
        self.report.error(place, "unknown-visit", mistake.message, mistake.hint)
        return False

    def _visit(self, name: str, place: Place, fields: Fields) -> None:
        status, actual, end = fields.get("status"), fields.get("actual"), fields.get("end")
        if not fields.keys and not fields.strange:
            self.report.error(place, "says-nothing", f"`{name}` says nothing", "write {actual: 2025-03-12}")
        if status is not None and (actual is not None or end is not None):
            message = f"`{name}` was {status}, and yet has {'an actual date' if actual is not None else 'an end'}"
            self.report.error(fields.at("status"), "two-states", message, "keep one of the two")
            return
        if fields.has("on") and not fields.has("status"):
            hint = "write `actual` for the day on which it took place"
            self.report.error(fields.at("on"), "stray-key", "`on` goes with `status`", hint)
        if isinstance(actual, Partly) and end is not None:
            message = f"`{name}` has an end, and of its start only {actual.told} is known"
            self.report.error(fields.at("end"), "stray-key", message, "leave `end` out, or write the day")
            return
        booked = self._dated(name, fields, "booked", None)
        if booked is not None:
            self.booked[name] = booked
        if isinstance(actual, Partly):
            self.partly[name] = actual
        elif actual is not None or end is not None:
            dated = self._dated(name, fields, "actual", "end")
            if dated is not None:
                self.actual[name] = dated
        if status is not None:
            self.absent[name] = Absent(status, fields.get("reason", ""), fields.get("on"))
        if fields.has("reason"):
            self.reasons[name] = fields.get("reason", "")

    def _dated(self, name: str, fields: Fields, start: str, end: str | None) -> Dated | None:
        starts: Stated | None = fields.get(start)
        ends: Stated | None = fields.get(end) if end is not None else None
        if starts is None and ends is None:
            return None
        visit = next((p.by_id[name] for p in reversed(self.known) if name in p.by_id), None)
        at = fields.at(start if starts is not None else end or start)
        try:
            if ends is not None and ends[1] is None:
                at = fields.at("end")
                raise Mistake("an end needs a clock time", f"as {ends[0].isoformat()}T16:30")
            for key, stated in ((start, starts), (end, ends)):
                at = fields.at(key or start)
                if stated is not None and stated[1] is not None and (twice := check_clock(stated[1], self.zone)):
                    self.report.warning(at, "time-occurs-twice", twice)
            at = fields.at(end if ends is not None and end is not None else start)
            dated = dated_of(visit, starts, ends, self.zone)
            usual = max(visit.more_days, 1) if visit is not None else 1
            if dated.end is not None and (dated.end.date() - dated.day).days > usual:
                days = (dated.end.date() - dated.day).days
                message = f"`{name}` would have ended {days} d after the day on which it began"
                self.report.warning(at, "ends-late", message, "is the end, or the start, that of another day?")
            return dated
        except Mistake as mistake:
            self.report.error(at, "bad-date", mistake.message, mistake.hint)
            return None

    def unscheduled(self, head: Fields) -> Iterator[Unscheduled]:
        """Read the visits that the protocol does not have."""
        for name, place, fields in read_entries(
            head, "unscheduled", "extra", self.report, what="an unscheduled visit"
        ):
            if any(name in protocol.by_id for protocol in self.known):
                hint = "write it under `visits`, or give the unscheduled one another id"
                self.report.error(place, "scheduled", f"{self.known[-1].id} has a visit `{name}`", hint)
                continue
            actual = fields.get("actual")
            if isinstance(actual, Partly):
                if fields.has("end"):
                    message = f"`{name}` has an end, and of its start only {actual.told} is known"
                    self.report.error(fields.at("end"), "stray-key", message, "leave `end` out, or write the day")
                self.partly_unscheduled.append(PartlyUnscheduled(name, actual, fields.get("reason", "")))
                continue
            dated = self._dated(name, fields, "actual", "end")
            if dated is not None:
                yield Unscheduled(name, dated, fields.get("reason", ""))

    def given(self, head: Fields) -> Iterator[tuple[str, Dated]]:
        """Read the dates that are planned so."""
        node = head.get("given")
        if node is None:
            return
        if not isinstance(node, Table):
            hint = f"write `given: {{{self.known[-1].start}: 2025-03-10}}`"
            self.report.error(node.place, "wrong-kind", "`given` holds dates by their visits", hint)
            return
        for name, value in node.entries:
            if not self._knows(name.value, name.place):
                continue
            if not isinstance(value, Text):
                self.report.error(value.place, "wrong-kind", "a given date is one text", "write 2025-03-10")
                continue
            try:
                stated = parse_date(value.value)
                if stated[1] is not None and (twice := check_clock(stated[1], self.zone)):
                    self.report.warning(value.place, "time-occurs-twice", twice)
                visit = next((p.by_id[name.value] for p in reversed(self.known) if name.value in p.by_id), None)
                yield name.value, dated_of(visit, stated, None, self.zone)
            except Mistake as mistake:
                self.report.error(value.place, "bad-date", mistake.message, mistake.hint)
