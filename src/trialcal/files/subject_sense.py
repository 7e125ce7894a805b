"""Whether a subject's dates can be true together: nothing before the consent, nothing after what ended, in order.

A room of its own because here whole files make sense or not; whether a date lies in its window is no matter of a
file, and is judged by the planner. All that is told here is an error: one of two dates must be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from trialcal.files.entries import Fields
from trialcal.files.tree import Node, Table
from trialcal.problems import Place, Report
from trialcal.protocol import Protocol, Visit
from trialcal.stopping import falls_away
from trialcal.subject import Dated, Subject

CONSENT = ("consent", "informed-consent")


def check_subject(
    subject: Subject, known: Sequence[Protocol], head: Fields, report: Report, today: date | None = None
) -> None:
    """Report dates that cannot be true together, or not yet. `known` are the protocol's versions, the last now."""
    places = _places(head.get("unscheduled")) | _places(head.get("visits"))
    for name, day in _done(subject) if today is not None else ():
        if today is not None and day > today:
            message = f"{name} is said to have been on {_told(day)}, and today is {_told(today)}"
            hint = "an appointment is written as `booked`"
            report.error(places.get(name, head.place), "in-the-future", message, hint)
    for name, message, hint in impossible(subject, known):
        report.error(places.get(name, head.place), "impossible-order", message, hint)


def impossible(subject: Subject, known: Sequence[Protocol]) -> Iterator[tuple[str, str, str]]:
    """Give what cannot be true: the visit (or unscheduled one), what is wrong, and what to do."""
    yield from _before_consent(subject)
    yield from _after_the_stop(subject, known)
    for protocol in known:
        yield from _out_of_order(subject, protocol)


def _done(subject: Subject) -> Iterator[tuple[str, date]]:
    """Give what is said to have taken place, and the first day on which it can have been."""
    yield from ((name, dated.day) for name, dated in subject.actual.items())
    yield from ((name, part.first) for name, part in subject.partly.items())
    yield from ((each.id, each.dated.day) for each in subject.unscheduled)
    yield from ((each.id, each.partly.first) for each in subject.partly_unscheduled)


def _before_consent(subject: Subject) -> Iterator[tuple[str, str, str]]:
    named = next((name for name in CONSENT if name in subject.actual), "")
    consent = subject.actual[named].day if named else subject.consent
    if consent is None:
        return
    days = [(name, dated.day) for name, dated in subject.actual.items()]
    days += [(name, part.last) for name, part in subject.partly.items()]  # its last day: it may have been then
    days += [(extra.id, extra.dated.day) for extra in subject.unscheduled]
    days += [(extra.id, extra.partly.last) for extra in subject.partly_unscheduled]
    for name, day in days:
        if day < consent:
            message = f"{name} on {_told(day)} is before the consent on {_told(consent)}"
            yield name, message, "one of the two dates is wrong"


def _after_the_stop(subject: Subject, known: Sequence[Protocol]) -> Iterator[tuple[str, str, str]]:
    stop = subject.discontinued
    if stop is None:
        return
    days = [(name, dated.day) for name, dated in subject.actual.items()]
    days += [(name, part.first) for name, part in subject.partly.items()]
    for name, day in days:
        visit = _visit(name, known)
        if visit is not None and day > stop.day and falls_away(visit, stop):
            message = f"{name} on {_told(day)} is after {_told(stop.day)}, when it was discontinued"
            yield name, message, "correct a date, or name it under `keep` of `discontinued`"


def _out_of_order(subject: Subject, protocol: Protocol) -> Iterator[tuple[str, str, str]]:
    """Visits of one series come one after the other, and so do the first ones of each cycle."""
    rows: dict[str, dict[int, tuple[str, Dated]]] = {}
    for visit in protocol.visits:
        dated = subject.actual.get(visit.id)
        if dated is None:
            continue
        if visit.series and not visit.repeats:
            rows.setdefault(visit.entry, {})[visit.nth] = visit.id, dated
        elif visit.repeats and visit.turn:
            of_cycle = rows.setdefault(visit.repeats, {})
            first = of_cycle.get(visit.turn)
            if first is None or _is_before(dated, first[1]):
                of_cycle[visit.turn] = visit.id, dated
    for found in rows.values():
        for (before, one), (after, other) in pairwise(found[number] for number in sorted(found)):
            if _is_before(other, one):
                message = f"{after} on {_told(other.day)} is before {before} on {_told(one.day)}"
                yield after, message, "one of the two dates is wrong"


def _is_before(one: Dated, other: Dated) -> bool:
    """Tell whether one date is surely before another: clock times count only where both have them."""
    if one.day == other.day and one.start is not None and other.start is not None:
        return one.start < other.start
    return one.day < other.day


def _visit(name: str, known: Sequence[Protocol]) -> Visit | None:
    return next((protocol.by_id[name] for protocol in reversed(known) if name in protocol.by_id), None)


def _told(day: date) -> str:
    return f"{day:%a} {day.isoformat()}"


def _places(node: Node | None) -> dict[str, Place]:
    return {name.value: name.place for name, _ in node.entries} if isinstance(node, Table) else {}


def check_attempt(subject: Subject, ended: date, known: Sequence[Protocol], fields: Fields, report: Report) -> None:
    """Report what cannot be true of a screening before the present one, which ended on a day (inclusive)."""
    check_subject(subject, known, fields, report, None)
    places = _places(fields.get("unscheduled")) | _places(fields.get("visits"))
    for name, day in _done(subject):
        if day > ended:
            message = f"{name} on {_told(day)} is after {_told(ended)}, when that screening ended"
            report.error(places.get(name, fields.place), "impossible-order", message, "one of the two dates is wrong")
