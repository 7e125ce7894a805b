"""From the tree of a protocol file to a `Protocol`: the head is read here, the rest by the rooms that it calls.

Every problem is reported, as far as the file can be understood, each once: what only follows from a mistake that is
already reported is not. A protocol is only given where there is no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from trialcal.days import StudyDays
from trialcal.expanding import expand
from trialcal.files.entries import Fields, read_entries, read_fields, read_list, spoken
from trialcal.files.groups import read_cycles, read_groups
from trialcal.files.rules import read_rules
from trialcal.files.spans import read_lookbacks, read_periods
from trialcal.files.tables import read_activities, read_timepoints
from trialcal.files.tree import Node
from trialcal.files.visits import Numbering, Vocabulary, read_visits, read_weight
from trialcal.naming import Unseen
from trialcal.problems import NOWHERE, Place, Problem, Report, has_errors
from trialcal.protocol import Choices, Epoch, NotExpressed, Parameter, Period, Protocol, Source, VisitType

if TYPE_CHECKING:
    from trialcal.escalation import Escalation

NOTHING: Mapping[str, Place] = MappingProxyType({})
_ACROSS = ("escalation", "dose_groups", "staggers", "reviews", "gates", "decisions")


def read_protocol(
    tree: Node, *, file: str, sha256: str, left_out: Mapping[str, Place] = NOTHING
) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """Read a protocol's tree: the protocol, or None where there are errors, and all problems.

    `left_out` are the entries that an overlay has taken away, and where it says so.
    """
    report = Report()
    protocol = _read(tree, file, sha256, left_out, report)
    problems = tuple(sorted(report.problems, key=lambda p: (p.place.file, p.place.line, p.place.column)))
    return (None if has_errors(problems) else protocol), problems


def _read(tree: Node, file: str, sha256: str, left_out: Mapping[str, Place], report: Report) -> Protocol:
    head = read_fields("protocol", tree, report, what="a protocol")
    vocabulary = _vocabulary(head, report)
    study_day = _study_day(head, report)
    numbering = _numbering(study_day, report)
    cycles = read_cycles(head, vocabulary, numbering, report)
    read = read_visits(head, vocabulary, numbering, report)
    places = {"start": head.at("start")}
    if study_day is not None:
        places["anchor"] = study_day.at("anchor")
    periods = tuple(read_periods(head, numbering, report))
    written = Protocol(
        id=head.get("id", ""),
        title=head.get("title", ""),
        version=head.get("version", ""),
        effective=head.get("effective"),
        source=_origin(head, report),
        study_days=numbering.study_days,
        study_day_source=study_day.get("source", {}) if study_day else {},
        study_day_assumed=study_day.get("assumed", {}) if study_day else {},
        study_day_place=study_day.place if study_day else NOWHERE,
        anchor=numbering.anchor,
        start=head.get("start", ""),
        on_tie=head.get("on_tie", "later"),
        epochs=vocabulary.epochs,
        types=vocabulary.types,
        parameters=vocabulary.parameters,
        arms=vocabulary.arms,
        cohorts=vocabulary.cohorts,
        cycles=tuple(each for each in cycles if each is not None),
        visits=read.visits,
        rules=tuple(read_rules(head, report)),
        periods=periods,
        lookbacks=tuple(read_lookbacks(head, vocabulary, report)),
        timepoints=tuple(read_timepoints(head, report)),
        activities=tuple(read_activities(head, report)),
        escalation=_escalation(head, periods, report),
        not_expressed=tuple(_not_expressed(head, report)),
        places=places,
        file=file,
        sha256=sha256,
    )
    unread = None if None in cycles else read.unread  # visits of cycles that could not be read exist
    return expand(written, Choices(), Unseen(unread, left_out), report)


def _escalation(head: Fields, periods: Sequence[Period], report: Report) -> Escalation | None:
    if not any(head.has(key) for key in _ACROSS):
        return None
    from trialcal.files.escalations import read_escalation  # most protocols say nothing of several subjects

    return read_escalation(head, periods, report)


def _origin(head: Fields, report: Report) -> Source:
    if head.get("source") is None:
        return Source()
    fields = read_fields(
        "origin", head.get("source"), report, what="the protocol's source", place=head.keys["source"]
    )
    if fields.has("registry") and fields.has("document"):
        hint = "keep one: what the statements were really taken from"
        report.error(fields.place, "two-sources", "`registry` and `document` both stand", hint)
    return Source(**fields.values)


def _vocabulary(head: Fields, report: Report) -> Vocabulary:
    types = {}
    for name, place, fields in read_entries(head, "types", "type", report, what="a visit type"):
        title, weight = fields.get("name", spoken(name)), read_weight(fields, 1, report)
        types[name] = VisitType(name, title, weight, fields.get("source", {}), fields.get("assumed", {}), place)
    epochs = tuple(
        Epoch(
            name,
            fields.get("name", spoken(name)),
            fields.get("source", {}),
            fields.get("assumed", {}),
            place,
            fields.get("until", ()),
        )
        for name, place, fields in read_entries(head, "epochs", "epoch", report, what="an epoch")
    )
    parameters = tuple(
        Parameter(name, fields.get("name", spoken(name)), place)
        for name, place, fields in read_entries(head, "parameters", "parameter", report, what="a parameter")
    )
    arms, cohorts = (read_groups(head, key, report) for key in ("arms", "cohorts"))
    return Vocabulary(types, epochs, parameters, arms, cohorts)


def _study_day(head: Fields, report: Report) -> Fields | None:
    if head.get("study_day") is None:
        return None
    place = head.keys["study_day"]
    return read_fields("study_day", head.get("study_day"), report, what="`study_day`", place=place)


def _numbering(fields: Fields | None, report: Report) -> Numbering:
    """Read how days are numbered; what contradicts itself or is not said is reported."""
    if fields is None:
        return Numbering("", StudyDays(), False)
    anchor = fields.get("anchor", "")
    number, day_zero = fields.get("number"), fields.get("day_zero")
    if number is None or fields.failed("day_zero"):
        return Numbering(anchor, StudyDays(), False)
    if number == 0 and day_zero == "false":
        message = "the anchor is Day 0, but `day_zero` is false"
        report.error(fields.at("day_zero"), "day-zero", message, "write `day_zero: true`, or `number: 1`")
        return Numbering(anchor, StudyDays(), False)
    if number != 0 and day_zero is None:
        if not fields.strange:
            message = f"the anchor is Day {number}, and whether there is a Day 0 is not said"
            hint = "write `day_zero: false` (the day before Day 1 is Day -1, as in SDTM) or `day_zero: true`"
            report.error(fields.place, "day-zero", message, hint)
        return Numbering(anchor, StudyDays(), False)
    if number not in (0, 1) and day_zero == "false":
        message = f"without a Day 0 the anchor is Day 1, not Day {number}"
        report.error(fields.at("number"), "day-zero", message, "write `number: 1`, or `day_zero: true`")
        return Numbering(anchor, StudyDays(), False)
    week = fields.get("week")
    if week not in (None, 0, 1):
        hint = (
            "write `week: 0` where Week 1 begins 7 days after the anchor, `week: 1` where it begins with the anchor"
        )
        report.error(fields.at("week"), "bad-number", f"the anchor does not begin Week {week}", hint)
        week = None
    return Numbering(anchor, StudyDays(number, day_zero == "true" or number == 0), True, week)


def _not_expressed(head: Fields, report: Report) -> list[NotExpressed]:
    what = "an entry of `not_expressed`"
    return [
        NotExpressed(fields.get("source", ""), fields.get("reason", ""))
        for _, fields in read_list(head, "not_expressed", "not_expressed", report, what=what)
    ]
