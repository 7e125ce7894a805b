"""From a cohort's file and the subjects' files beside it to the subjects in their order of dosing.

A room of its own because it is about several files that must agree: who stands in the order has a file, who has one
stands in the order, and all are on the protocol whose rules across subjects count. Without a cohort's file the
folder's subjects stand in the order of their first doses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from trialcal.cohort import HeldReview, Release, Ruling
from trialcal.escalation import Escalation
from trialcal.files.assessed import is_past
from trialcal.files.entries import Fields, read_fields, read_list, shown
from trialcal.files.library import in_order, told_path
from trialcal.files.named import Named
from trialcal.files.subjects import SUFFIXES, SubjectFile, load_subject, subject_files
from trialcal.files.tree import Items, Table, Text, parse, read_bytes
from trialcal.problems import Place, Problem, Report, has_errors, nearest
from trialcal.protocol import Protocol
from trialcal.site import Site

NAME = "cohort"  # of the file in a folder, before its suffix


class CohortFile(NamedTuple):
    """A cohort as its files state it; the subjects are in the order of dosing where that `is_ordered`."""

    name: str
    file: str
    protocol: Protocol
    site: Site
    subjects: tuple[SubjectFile, ...]
    is_ordered: bool
    reviews: tuple[HeldReview, ...] = ()
    releases: tuple[Release, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    remarks: tuple[str, ...] = ()


class CohortRead(NamedTuple):
    """What came of reading a cohort: nothing where there are errors, and all problems."""

    found: CohortFile | None
    problems: tuple[Problem, ...]


def load_cohort(path: Path, here: Path, today: date | None = None) -> CohortRead:
    """Read a cohort: a folder of subjects' files, with or without a cohort.yaml, or that file itself."""
    whole = here / path
    folder = whole if whole.is_dir() else whole.parent
    if not whole.is_dir():
        return _of_file(whole, folder, here, today)
    beside = [folder / f"{NAME}{suffix}" for suffix in SUFFIXES if (folder / f"{NAME}{suffix}").is_file()]
    return _of_file(beside[0], folder, here, today) if beside else _of_folder(folder, here, today)


# --- without a cohort's file ----------------------------------------------------------------------------------------


def _of_folder(folder: Path, here: Path, today: date | None) -> CohortRead:
    read, problems = _subjects(folder, here, today)
    if has_errors(problems) or not read:
        return CohortRead(None, tuple(problems))
    protocols = {(found.protocol.id, found.protocol.sha256): found for found in read}
    sites = {found.site.file: found.site for found in read}
    hint = f"write {NAME}.yaml into the folder: `cohort`, `protocol`, `site`, `subjects` in the order of dosing"
    if len(protocols) > 1:
        told = " and ".join(dict.fromkeys(f"{one.protocol.id} ({one.protocol.file})" for one in protocols.values()))
        problems.append(Problem("error", "several-protocols", f"the subjects are on several protocols: {told}", hint))
    if len(sites) > 1:
        told = " and ".join(file or "no site" for file in sites)
        problems.append(Problem("error", "several-sites", f"the subjects are at several sites: {told}", hint))
    if has_errors(problems):
        return CohortRead(None, tuple(problems))
    first = read[0]
    remarks = tuple(dict.fromkeys(remark for found in read for remark in found.remarks))
    name = folder.resolve().name
    found = CohortFile(name, "", first.protocol, first.site, tuple(read), False, remarks=remarks)
    return CohortRead(found, tuple(problems))


def _subjects(folder: Path, here: Path, today: date | None) -> tuple[list[SubjectFile], list[Problem]]:
    """Read all subjects' files of a folder; each subject has one."""
    paths, problems = subject_files([told_path(folder, here) or "."], here)
    found: dict[str, SubjectFile] = {}
    seen: set[Problem] = set()
    for path in paths:
        one, of_it = load_subject(path, here, today)
        problems += [each for each in of_it if each.level != "note" and each not in seen]
        seen.update(of_it)
        if one is None:
            continue
        there = found.setdefault(one.subject.id, one)
        if there is not one:
            message = f"subject: {one.subject.id} is in {there.file} already"
            problems.append(Problem("error", "twice", message, "give each subject one file", Place(one.file)))
    return list(found.values()), problems


# --- with a cohort's file -------------------------------------------------------------------------------------------


def _of_file(path: Path, folder: Path, here: Path, today: date | None) -> CohortRead:
    file = told_path(path, here)
    data, problems = read_bytes(path)
    if problems:
        return CohortRead(None, tuple(replace(problem, place=Place(file)) for problem in problems))
    tree, of_yaml = parse(data, file)
    if tree is None:
        return CohortRead(None, of_yaml)
    if isinstance(tree, Table) and isinstance(tree.get("subject"), Text):
        hint = f"name the folder, or {NAME}.yaml in it"
        place = Place(file, 1, 1)
        return CohortRead(None, (Problem("error", "subject-file", "this is a subject's file", hint, place),))
    report = Report()
    head = read_fields("cohort", tree, report, what="a cohort's file")
    named = Named(path, here, report)
    protocol, site = named.protocol(head, head.get("version", "")), named.site(head)
    read, of_subjects = _subjects(folder, here, today)
    if site is not None:
        read = [each if each.site.file else each._replace(site=site) for each in read]
    ordered = list(_in_order(tree, head, read, of_subjects, report))
    found = None
    if protocol is not None and site is not None:
        escalation = protocol.escalation
        if escalation is not None:
            _on_one_protocol(read, protocol, head, report)
        _at_one_site(read, site, head, report)
        found = CohortFile(
            head.get("cohort", ""),
            file,
            protocol,
            site,
            tuple(ordered),
            head.has("subjects"),
            tuple(_held(head, escalation, today, report)),
            tuple(_releases(head, escalation, ordered, today, report)),
            tuple(_rulings(head, escalation, today, report)),
            tuple(dict.fromkeys([*named.remarks, *(remark for each in read for remark in each.remarks)])),
        )
    every = (*in_order(of_yaml, report.problems), *of_subjects)
    return CohortRead(None if has_errors(every) else found, every)


def _in_order(
    tree: object, head: Fields, read: Sequence[SubjectFile], problems: list[Problem], report: Report
) -> Iterator[SubjectFile]:
    """Give the subjects in the order of the file; who has no file, or no place in the order, is reported."""
    names: Sequence[str] | None = head.get("subjects")
    if names is None:
        yield from read
        return
    known = {found.subject.id: found for found in read}
    place = head.at("subjects")
    node = tree.get("subjects") if isinstance(tree, Table) else None
    items = node.items if isinstance(node, Items) else ()
    places = [item.place for item in items] if len(items) == len(names) else [place] * len(names)
    seen: set[str] = set()
    for name, at in zip(names, places, strict=True):
        if name in seen:
            report.error(at, "twice", f"`subjects` names {shown(name)} twice", "name each subject once")
        elif name in known:
            yield known[name]
        elif not has_errors(problems):
            begin = f"begin one: `trialcal new {name}.yaml --subject {name} ...`"
            hint = f"{nearest(name, known)}; or {begin}" if known else begin
            report.error(at, "no-subject-file", f"no file beside this one is that of {shown(name)}", hint)
        seen.add(name)
    for name, found in known.items():
        if name not in seen:
            message = f"{name} ({found.file}) stands in no order"
            report.error(place, "not-in-order", message, "add it to `subjects`, where it is in the order of dosing")


def _on_one_protocol(read: Sequence[SubjectFile], protocol: Protocol, head: Fields, report: Report) -> None:
    for found in read:
        steps = protocol.escalation
        if steps is None:
            return
        lacks = [name for name in (steps.commits, steps.first_dose) if name not in found.protocol.by_id]
        lacks += [] if any(p.id == steps.dlt_period for p in found.protocol.periods) else [steps.dlt_period]
        if any(lacks):
            message = f"{found.subject.id} is on {found.protocol.id} ({found.protocol.file}), which lacks"
            told = f"{message} {', '.join(filter(None, lacks))} of {protocol.id} ({protocol.file})"
            report.error(head.at("protocol"), "other-protocol", told, "name the same protocol in both files")
        elif _dlt_of(found.protocol, steps) != _dlt_of(protocol, steps):
            message = (
                f"{found.subject.id} is on {found.protocol.id} ({found.protocol.file}), which has another DLT period"
            )
            told = f"{message} than {protocol.id} ({protocol.file})"
            report.error(head.at("protocol"), "other-protocol", told, "name the same protocol in both files")
        elif found.protocol.id != protocol.id:
            message = f"{found.subject.id} is on {found.protocol.id}, the cohort on {protocol.id}"
            report.warning(head.at("protocol"), "other-protocol", message, "name the same protocol in both files")


def _dlt_of(protocol: Protocol, escalation: Escalation) -> tuple[object, ...]:
    """Give what the observation of a subject's DLTs hangs on."""
    period = next((each for each in protocol.periods if each.id == escalation.dlt_period), None)
    return () if period is None else (period.start, period.until, period.lasts, period.event, period.whichever)


def _at_one_site(read: Sequence[SubjectFile], site: Site, head: Fields, report: Report) -> None:
    for found in read:
        if found.site.file != site.file:
            mine, other = (f"at {file}" if file else "without a site" for file in (found.site.file, site.file))
            message = f"{found.subject.id} is planned {mine}, the cohort {other}"
            place = head.at("site") if head.has("site") else head.at("cohort")
            report.warning(place, "other-site", message, "name the same `site` in both files, where it is one")


def _held(head: Fields, escalation: Escalation | None, today: date | None, report: Report) -> Iterator[HeldReview]:
    known = {each.id: each.group for each in escalation.reviews} if escalation is not None else {}
    for place, fields in read_list(head, "reviews", "held", report, what="a review that was held"):
        name, on = fields.get("review"), fields.get("on")
        if name is not None and name not in known:
            message = f"there is no review '{shown(name)}'"
            report.error(fields.at("review"), "unknown-review", message, _near(name, list(known)))
            continue
        group = _group(fields, escalation, report, known.get(name, ""))
        if name is not None and group is not None and on is not None and _is_past(on, today, fields, report):
            yield HeldReview(name, group, on, fields.get("by", ""), place)


def _releases(
    head: Fields, escalation: Escalation | None, ordered: Sequence[SubjectFile], today: date | None, report: Report
) -> Iterator[Release]:
    known = {each.id: each.group for each in escalation.gates} if escalation is not None else {}
    subjects = [found.subject.id for found in ordered]
    for place, fields in read_list(head, "releases", "release", report, what="a release"):
        name, on, subject = fields.get("gate"), fields.get("on"), fields.get("subject", "")
        if name is not None and name not in known:
            message = f"there is no gate '{shown(name)}'"
            report.error(fields.at("gate"), "unknown-gate", message, _near(name, list(known)))
            _named_group(fields, "group", escalation, report)
            continue
        group = _group(fields, escalation, report, known.get(name, ""))
        if subject and subject not in subjects:
            message = f"there is no subject '{shown(subject)}' here"
            report.error(fields.at("subject"), "unknown-subject", message, _near(subject, subjects))
            continue
        if name is not None and group is not None and on is not None and _is_past(on, today, fields, report):
            yield Release(name, group, on, fields.get("by", ""), subject, place)


def _rulings(head: Fields, escalation: Escalation | None, today: date | None, report: Report) -> Iterator[Ruling]:
    for place, fields in read_list(head, "decisions", "ruling", report, what="a decision"):
        of, then, on = fields.get("of"), fields.get("then"), fields.get("on")
        group = _group(fields, escalation, report)
        to = _named_group(fields, "to", escalation, report) if fields.has("to") else ""
        if of is None or then is None or on is None or group is None or to is None:
            continue
        if not _is_past(on, today, fields, report):
            continue
        if of < 1:
            report.error(fields.at("of"), "bad-number", f"`of` cannot be {of}", "write how many subjects, from 1 on")
            continue
        if then.then == "discuss":
            message, hint = (
                "`then` is what was decided",
                "write `add 3`, `escalate` or `stop`; with `to` for a spare group",
            )
            report.error(fields.at("then"), "bad-then", message, hint)
            continue
        if not _leads_somewhere(fields, then.then, group, to, escalation, report):
            continue
        yield Ruling(group, of, then.then, on, fields.get("by", ""), then.subjects, to, place)


def _leads_somewhere(
    fields: Fields, then: str, group: str, to: str, escalation: Escalation | None, report: Report
) -> bool:
    """Tell whether a decision leads to another group, or says nothing of one; what contradicts itself is reported."""
    here = escalation.group(group) if escalation is not None else None
    if to and then != "escalate":
        message, hint = f"`to` says nothing with `then: {then}`", "write `then: escalate`, or leave `to` out"
    elif to and to == group:
        message, hint = f"{to} cannot lead to itself", "write `then: add 3`, or another group"
    elif then == "escalate" and not to and escalation is not None and here is not None:
        if escalation.following(here) is not None:
            return True
        spare = next((each.id for each in escalation.groups if each.spare), "")
        message = f"no dose group follows {group}"
        hint = f"add `to: {spare}` if people decided that, or write `then: stop`" if spare else "write `then: stop`"
    else:
        return True
    report.error(fields.at("to" if to else "then"), "leads-nowhere", message, hint)
    return False


def _group(fields: Fields, escalation: Escalation | None, report: Report, of_rule: str = "") -> str | None:
    """Give the dose group that a record is about: the one that it names, that of its rule, or the only one there is.

    None where that is not known; what a record of one group says holds in no other.
    """
    if fields.has("group"):
        name = _named_group(fields, "group", escalation, report)
        if name and of_rule and name != of_rule:
            message = f"the protocol states this of {of_rule}, not of {name}"
            report.error(
                fields.at("group"), "other-dose-group", message, f"write `group: {of_rule}`, or leave it out"
            )
            return None
        return name
    known = _groups(escalation)
    if of_rule or len(known) < 2:
        return of_rule or "".join(known)
    message = "which dose group this is about is not said"
    report.error(fields.place, "no-dose-group", message, f"add `group`: {', '.join(known[:-1])} or {known[-1]}")
    return None


def _named_group(fields: Fields, key: str, escalation: Escalation | None, report: Report) -> str | None:
    name, known = fields.get(key), _groups(escalation)
    if name is not None and name not in known:
        message = f"there is no dose group '{shown(name)}'"
        report.error(fields.at(key), "unknown-dose-group", message, _near(name, known))
        return None
    return name if isinstance(name, str) else None


def _groups(escalation: Escalation | None) -> list[str]:
    return [group.id for group in escalation.groups] if escalation is not None else []


def _near(name: str, known: Sequence[str]) -> str:
    return nearest(name, known) if known else "the protocol states none"


def _is_past(on: date, today: date | None, fields: Fields, report: Report) -> bool:
    return is_past(on, today, fields, report, "this", "record what has happened only")
