"""From a subject's file to a `Subject`, with the protocol and the site that it names, and every problem's place.

A room of its own because a subject's file is a language of its own: who it is about, which dates are given or booked,
and what really happened. Whether the dates can be true together, `subject_sense` tells.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from trialcal.amending import Stage
from trialcal.expanding import expanded
from trialcal.files.assessed import with_assessments
from trialcal.files.entries import Fields, read_fields, read_list, shown
from trialcal.files.happened import read_dates, texts_by_id
from trialcal.files.kinds import kind_of
from trialcal.files.library import in_order, told_path
from trialcal.files.named import Named
from trialcal.files.personal import LONGEST_SUBJECT, is_subject_id, looks_personal
from trialcal.files.phrases import Mistake
from trialcal.files.subject_sense import check_attempt, check_subject
from trialcal.files.tree import Node, Table, parse, read_bytes
from trialcal.files.which_visit import count_of_cycles
from trialcal.problems import Place, Problem, Report, has_errors, nearest
from trialcal.protocol import Choices, Protocol
from trialcal.site import Site
from trialcal.subject import Subject

SUFFIXES = (".yaml", ".yml")


class Attempt(NamedTuple):
    """A screening before the present one: its number, the day on which it ended, and its dates."""

    number: int
    ended: date
    subject: Subject


class SubjectFile(NamedTuple):
    """A subject's file that was read: the subject, the present version of the protocol, the site, and earlier ones.

    `remarks` are what should be told besides: which files were used.
    """

    path: Path
    file: str
    subject: Subject
    protocol: Protocol
    site: Site
    earlier: tuple[Stage, ...] = ()
    version: str = ""
    attempts: tuple[Attempt, ...] = ()
    remarks: tuple[str, ...] = ()


class SubjectRead(NamedTuple):
    """What came of reading a subject's file: nothing where there are errors, and all problems."""

    found: SubjectFile | None
    problems: tuple[Problem, ...]


def load_subject(path: Path, here: Path, today: date | None = None) -> SubjectRead:
    """Read a subject's file with its protocol and its site.

    Where `today` is told, what is said to have taken place after it is an error.
    """
    data, problems = read_bytes(here / path)
    if problems:
        place = Place(told_path(here / path, here))
        return SubjectRead(None, tuple(replace(problem, place=place) for problem in problems))
    return read_subject(data, here / path, here, today)


def read_subject(data: bytes, path: Path, here: Path, today: date | None = None) -> SubjectRead:
    """Read the bytes of a subject's file that lies, or shall lie, at a path; it is not opened."""
    file = told_path(path, here)
    tree, of_yaml = parse(data, file)
    if tree is None:
        return SubjectRead(None, of_yaml)
    report = Report()
    kind = kind_of(tree) if isinstance(tree, Table) else ""
    if kind == "cohort":
        hint = f"give it to the command of cohorts: trialcal cohort {path.name}"
        report.error(Place(file, 1, 1), "cohort-file", "this is a cohort's file, not a subject's", hint)
        return SubjectRead(None, in_order(of_yaml, report.problems))
    if kind in ("protocol", "site"):
        what = "a protocol" if kind == "protocol" else "a site's file"
        hint = f"give it as --{kind} FILE; a subject's file begins with `subject: STUDY-NUMBER` and `protocol: ID`"
        report.error(Place(file, 1, 1), f"{kind}-file", f"this is {what}, not a subject's file", hint)
        return SubjectRead(None, in_order(of_yaml, report.problems))
    found = _Reader(path, here, report, today).read(tree, file)
    every = in_order(of_yaml, report.problems)
    return SubjectRead(None if has_errors(every) else found, every)


def subject_files(names: Sequence[str], here: Path) -> tuple[list[Path], list[Problem]]:
    """Give the subject files that are named: files, and all of a folder, by name; each once.

    What is no subject's file in a folder is left alone. A name without a suffix means the file with one, too.
    """
    found: dict[Path, Path] = {}
    problems: list[Problem] = []
    for name in names:
        path = here / name
        if path.is_dir():
            files = [each for each in sorted(path.iterdir()) if each.suffix in SUFFIXES and _is_subject(each)]
            if not files:
                message = f"there is no subject's file in the folder {shown(name)}"
                problems.append(Problem("error", "no-subjects", message, "name the folder of the subjects' files"))
        else:
            beside = [path.with_name(path.name + suffix) for suffix in SUFFIXES]
            files = [path] if path.exists() else [each for each in beside if each.exists()] or [path]
        for each in files:
            found.setdefault(Path(os.path.realpath(each)), each)
    return list(found.values()), problems


def _is_subject(path: Path) -> bool:
    """Tell whether a file of a folder is a subject's; one that cannot be read is, so that this is told."""
    if path.name.startswith("."):
        return False
    data, problems = read_bytes(path)
    if problems:
        return not path.is_dir()
    tree, _ = parse(data, str(path))
    if isinstance(tree, Table):
        return kind_of(tree) == "subject"
    return data.lstrip().startswith(b"subject:")


@lru_cache(maxsize=256)
def _expanded(protocol: Protocol, choices: Choices) -> tuple[Protocol, tuple[Problem, ...]]:
    return (protocol, ()) if choices == Choices() else expanded(protocol, choices)


# --- the file -------------------------------------------------------------------------------------------------------


class _Reader:
    """What is needed while one subject's file is read."""

    def __init__(self, path: Path, here: Path, report: Report, today: date | None) -> None:
        self.today = today
        self.path = path
        self.report = report
        self.named = Named(path, here, report)

    def read(self, tree: Node, file: str) -> SubjectFile | None:
        """Read the whole file; None where its protocol or its site cannot be had."""
        head = read_fields("subject", tree, self.report, what="a subject's file")
        name = self._name(head)
        site = self.named.site(head)
        version = head.get("version", "")
        amended = list(self._amended(head))
        if amended and amended[-1][1] != version:
            message = (
                f"the last entry of `amended` leads to version {amended[-1][1]}, `version` is {version or 'empty'}"
            )
            self.report.error(head.at("version"), "wrong-version", message, "move subjects with `trialcal amend`")
        whole = self.named.protocol(head, version)
        if whole is None or site is None:
            return None
        before = [
            (earlier, until, place)
            for name_before, _, until, place in amended
            if (earlier := self.named.protocol(head, name_before, at=place)) is not None
        ]
        choices = self._choices(head, whole, [earlier for earlier, _, _ in before])
        protocol = self._for_subject(whole, _chosen_in(whole, choices), head.place)
        stages = [
            Stage(self._for_subject(earlier, _chosen_in(earlier, choices), place), until)
            for earlier, until, place in before
        ]
        known = [*(stage.protocol for stage in stages), protocol]
        subject = replace(read_dates(head, name, known, site, self.report), kept_in=file)
        subject = with_assessments(subject, head, protocol, self.today, self.report)
        check_subject(subject, known, head, self.report, self.today)
        attempts = tuple(self._attempts(name, head, known, site))
        return SubjectFile(
            self.path, file, subject, protocol, site, tuple(stages), version, attempts, tuple(self.named.remarks)
        )

    def _name(self, head: Fields) -> str:
        name = head.get("subject", "")
        if name and not is_subject_id(name):
            hint = f"the study number, at most {LONGEST_SUBJECT} characters"
            self.report.error(head.at("subject"), "bad-subject", "`subject` is too long", hint)
        elif looks_personal(name):
            hint = "use the study number: calendars are shared, and a study number is already a pseudonym"
            message = f"`{shown(name)}` looks like a person's name or birth date"
            self.report.warning(head.at("subject"), "looks-personal", message, hint)
        return str(name).strip()

    def _choices(self, head: Fields, protocol: Protocol, earlier: Sequence[Protocol]) -> Choices:
        """Give what the file chooses, known to the present version or, of amended subjects, to an earlier one."""
        counts: dict[str, int] = {}
        for name, value in texts_by_id(head, "cycles", self.report):
            known_to = next((each for each in (protocol, *earlier) if name.value in each.repeated), protocol)
            try:
                counts[name.value] = count_of_cycles(name.value, value.value.strip(), known_to)
            except Mistake as mistake:
                self.report.error(value.place, "bad-count", mistake.message, mistake.hint)
        groups = []
        for what, declared in (("arm", protocol.arms), ("cohort", protocol.cohorts)):
            known = [group.id for group in declared]
            chosen = head.get(what)
            of_earlier = {group.id for each in earlier for group in (each.arms if what == "arm" else each.cohorts)}
            if chosen is not None and chosen not in known and chosen not in of_earlier:
                hint = nearest(chosen, known) if known else f"{protocol.id} has no {what}s: leave it out"
                message = f"there is no {what} '{shown(chosen)}' in {protocol.id}"
                self.report.error(head.at(what), f"unknown-{what}", message, hint)
                chosen = None
            elif chosen is None and any(getattr(visit, f"{what}s") for visit in protocol.visits):
                names = ", ".join(known)
                message = f"no `{what}` is stated: the visits of all {what}s are here; each says who has it ({names})"
                self.report.warning(head.place, f"no-{what}", message, f"add `{what}`")
            groups.append(chosen or "")
        return Choices(groups[0], groups[1], tuple(sorted(counts.items())))

    def _for_subject(self, protocol: Protocol, choices: Choices, place: Place) -> Protocol:
        found, problems = _expanded(protocol, choices)
        for problem in problems:
            if problem.level == "error":
                self.report.error(place, problem.code, problem.message, problem.hint)
        return found

    def _amended(self, head: Fields) -> Iterator[tuple[str, str, date, Place]]:
        last: tuple[str, date] | None = None
        for place, fields in read_list(head, "amended", "amendment", self.report, what="an entry of `amended`"):
            before, after, on = fields.get("from"), fields.get("to"), fields.get("on")
            if before is None or after is None or on is None:
                continue
            if last is not None and (before != last[0] or on < last[1]):
                message = f"this goes from version {before} on {on}, the entry before to {last[0]} on {last[1]}"
                self.report.error(place, "wrong-order", message, "the entries follow each other")
            last = (after, on)
            yield before, after, on, place

    def _attempts(self, name: str, head: Fields, known: Sequence[Protocol], site: Site) -> Iterator[Attempt]:
        what = "an entry of `earlier_attempts`"
        for _, fields in read_list(head, "earlier_attempts", "attempt", self.report, what=what):
            subject = read_dates(fields, name, known, site, self.report)
            number, ended = fields.get("attempt"), fields.get("ended")
            if number is not None and ended is not None:
                check_attempt(subject, ended, known, fields, self.report)
                yield Attempt(number, ended, replace(subject, attempt=number))


def _chosen_in(protocol: Protocol, choices: Choices) -> Choices:
    """Give what of a subject's choices another version of the protocol knows."""
    arms, cohorts = ({group.id for group in groups} for groups in (protocol.arms, protocol.cohorts))
    counts = tuple((name, number) for name, number in choices.counts if name in protocol.repeated)
    return Choices(
        choices.arm if choices.arm in arms else "", choices.cohort if choices.cohort in cohorts else "", counts
    )
