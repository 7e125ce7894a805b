"""A table of visits for `deviations`: opened, read, and each of its subjects planned as its dates say.

A room of its own beside subjects' files because a table names its visits and columns as it likes, and because nothing
but dates is known of its subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from trialcal.cli.choosing import chosen, unchosen
from trialcal.cli.loading import loaded
from trialcal.cli.output import counted, printable, stop, tell, tell_problems
from trialcal.cli.siting import SiteWords, site_of
from trialcal.expanding import expanded
from trialcal.files.columns import VISIT_COLUMNS, columns_asked, find_columns
from trialcal.files.csv_file import CsvFile
from trialcal.files.library import NO_FILE
from trialcal.files.phrases import Mistake
from trialcal.files.subject_tables import NOT_KNOWN, Participation, SubjectTable, read_subject_table
from trialcal.files.visit_tables import Aside, TableSubject, VisitTable
from trialcal.files.which_visit import unknown_visit
from trialcal.findings import Besides, Finding, Kind, Reason, Tally, sdtm_day
from trialcal.plan import plan
from trialcal.problems import has_errors
from trialcal.protocol import Choices, Protocol
from trialcal.schedule import Schedule
from trialcal.site import Site
from trialcal.subject import Subject

_MOST_NAMES = 12  # of unscheduled visits that are told one by one
_MOST_LOOKED_AT = 1_000  # of them, for cycles that are not planned


class TableWords(NamedTuple):
    """What the command line says of a table of visits."""

    visits: Path | None = None
    protocol: str | None = None
    subjects: Path | None = None
    columns: Sequence[str] = ()
    site: str | None = None
    arm: str | None = None
    cohort: str | None = None
    cycles: Sequence[str] = ()

    def is_asked(self, names: Sequence[str]) -> bool:
        """Tell whether a table is meant, and not subjects' files; ends the command where that is not clear."""
        options = ("--visits", "--protocol", "--subjects", "--columns", "--site", "--arm", "--cohort", "--cycles")
        used = [option for option, value in zip(options, self, strict=True) if value]
        wrong = ""
        if not used and not names:
            wrong = "there is nothing to look at (name subjects' files or a folder, or --visits with --protocol)"
        elif used and names:
            wrong = (
                f"{used[0]} is for tables: subjects' files name their own protocol and site (leave one of them out)"
            )
        elif used and self.visits is None:
            wrong = f"{used[0]} needs --visits, a table of visits"
        elif used and self.protocol is None:
            wrong = "--visits needs --protocol (its id, or its file)"
        if wrong:
            tell(f"error: {wrong}")
            stop(2)
        return bool(used)


class Seen(NamedTuple):
    """A subject that was planned, what is known besides, and rows of a table that are not judged, with reasons.

    `attempt` is the number of a screening before the present one.
    """

    protocol: str
    schedule: Schedule
    besides: Besides = Besides()
    asides: tuple[Finding, ...] = ()
    reasons: Mapping[Reason, int] = MappingProxyType({})
    attempt: int | None = None


def open_table(words: TableWords) -> Table:
    """Open and read the tables; ends the command where they cannot be read, with all that is wrong told."""
    assert words.visits is not None and words.protocol is not None
    here = Path.cwd()
    try:
        asked = columns_asked(words.columns)
    except Mistake as mistake:
        tell(printable(f"error: {mistake.message} ({mistake.hint})"))
        stop(2)
    protocol, told = loaded(words.protocol)
    protocol = chosen(protocol, words.arm, words.cohort, words.cycles)
    told += unchosen(protocol)
    site, problems = site_of(SiteWords(words.site))
    file = CsvFile(words.visits, here)
    of_files = [] if file.problem is None else [file.problem]
    columns: dict[str, int] = {}
    if file.problem is None:
        columns, of_header = find_columns(file.names, VISIT_COLUMNS, asked, file.file)
        of_files += of_header
    subjects = None
    if words.subjects is not None:
        subjects, of_subjects = read_subject_table(words.subjects, here)
        of_files += of_subjects
    if of_files:
        tell_problems(of_files)
        file.close()
        stop(2 if any(problem.code in NO_FILE for problem in of_files) else 1)
    for remark in told:
        tell(remark)
    tell_problems(problem for problem in problems if problem.level == "warning")
    visits = VisitTable(file, columns, protocol, site.zone)
    try:
        visits.read()
    finally:
        file.close()
    return Table(protocol, site, visits, subjects, words.arm is not None)


class Table:
    """A table of visits that was read, and what of it is told."""

    def __init__(
        self, protocol: Protocol, site: Site, visits: VisitTable, subjects: SubjectTable | None, has_arm: bool
    ) -> None:
        self.protocol = protocol
        self.site = site
        self.visits = visits
        self.known: Mapping[str, Participation] = {} if subjects is None else subjects.subjects
        self.of_subjects = subjects
        self.arms = {} if has_arm else {group.id.casefold(): group.id for group in protocol.arms}
        self.of_arm: dict[str, Protocol] = {}
        self.without_anchor = self.not_listed = 0
        self.tell_columns()

    def facts(self) -> list[tuple[str, str]]:
        """Give what stands in the head of a page."""
        rows = f"{self.visits.file.file}: {counted(self.visits.counts['rows'], 'row')}"
        facts = [("Table", f"{rows}, {counted(len(self.visits), 'subject')}")]
        return [*facts, ("Site", self.site.name)] if self.site.name else facts

    def tell_columns(self) -> None:
        """Say which columns were taken."""
        names = self.visits.file.names
        told = [f"{VISIT_COLUMNS[key].told} = {names[at]}" for key, at in self.visits.columns.items()]
        tell(f"columns: {'; '.join(told)}")
        if self.of_subjects is not None:
            told = [f"{key} = {name}" for key, name in self.of_subjects.columns.items()]
            tell(f"columns of the subjects: {'; '.join(told)}")

    # --- the subjects -------------------------------------------------------------------------------------------

    def seen(self) -> Iterator[Seen]:
        """Plan each subject as its rows say."""
        for found in self.visits.subjects():
            known = self.known.get(found.id, NOT_KNOWN)
            self.not_listed += self.of_subjects is not None and found.id not in self.known
            self.without_anchor += self.protocol.anchor not in found.actual
            protocol = self._protocol(known.arm)
            found = _of_arm(found, protocol)
            reasons: dict[Reason, int] = {"unscheduled": sum(aside.is_unscheduled for aside in found.asides)}
            if protocol.anchor not in found.actual and any(group.is_open for group in protocol.repeated.values()):
                reasons["no-reference"] = len(found.actual)
                found = _unplanned(found, protocol)
            subject = Subject(
                found.id,
                actual=found.actual,
                partly=found.partly,
                absent=found.absent,
                reference_start=known.reference_start,
            )
            schedule = plan(protocol, subject, self.site)
            asides = tuple(_aside(aside, found.id, known) for aside in found.asides)
            yield Seen(protocol.id, schedule, Besides(known.ended, found.unclear), asides, reasons)

    def _protocol(self, arm: str) -> Protocol:
        """Give the protocol as it is for an arm, where the table of subjects names one of the protocol's."""
        chosen_arm = self.arms.get(arm.casefold(), "")
        if not chosen_arm:
            return self.protocol
        if chosen_arm not in self.of_arm:
            choices = self.protocol.choices
            found, problems = expanded(self.protocol, Choices(chosen_arm, choices.cohort, choices.counts))
            self.of_arm[chosen_arm] = self.protocol if has_errors(problems) else found
        return self.of_arm[chosen_arm]

    # --- what is told -------------------------------------------------------------------------------------------

    def tell_rows(self, tally: Tally) -> bool:
        """Tell what of the rows was not used, and what is wrong; gives whether anything is."""
        visits, counts = self.visits, self.visits.counts
        problems = [*visits.report.problems, *(self.of_subjects.problems if self.of_subjects is not None else ())]
        tell_problems(problems)
        if visits.unscheduled:
            told = [f"{rows} of {name}" for name, rows in sorted(visits.unscheduled.items(), key=_order)]
            more = f", and {len(told) - _MOST_NAMES} more" if len(told) > _MOST_NAMES else ""
            rows = counted(sum(visits.unscheduled.values()), "row")
            tell(f"unscheduled: {rows} of no visit of {self.protocol.id}: {', '.join(told[:_MOST_NAMES])}{more}")
            for hint in self._more_cycles():
                tell(f"warning: {hint}")
        for key, told_of in (
            ("wrong", "could not be used"),
            ("no-date", "have no date"),
            ("same", "are there twice"),
        ):
            if counts[key]:
                tell(f"rows that {told_of}: {counts[key]}")
        if self.without_anchor:
            who = counted(self.without_anchor, "subject")
            tell(f"{who} without a date of {self.protocol.anchor}: what is counted from it is not judged")
        if self.not_listed:
            tell(f"{counted(self.not_listed, 'subject')} not in the table of subjects: RFSTDTC is not known of them")
        if tally.whole["overdue"] and (
            self.of_subjects is None or "end of participation" not in self.of_subjects.columns
        ):
            hint = "--subjects with RFENDTC leaves out what was to be after the end of participation"
            tell(f"note: an overdue visit may be one of a subject who left the study ({hint})")
        return has_errors(problems)

    def _more_cycles(self) -> list[str]:
        """Say how many cycles the table has, where the plan has fewer: their visits are no unscheduled ones."""
        found: dict[str, tuple[int, str]] = {}
        for name in sorted(self.visits.unscheduled)[:_MOST_LOOKED_AT]:
            hint = unknown_visit(name.casefold(), self.protocol, more="add --cycles {}={}").hint
            head, equals, number = hint.rpartition("=")
            if hint.startswith("the plan has") and equals and number.isdigit():
                found[head] = max(found.get(head, (0, "")), (int(number), hint))
        return [hint for _, hint in found.values()]


def _order(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _of_arm(found: TableSubject, protocol: Protocol) -> TableSubject:
    """Set aside the visits that the subject's arm does not have."""
    others = {name for name in (*found.actual, *found.partly, *found.absent) if name not in protocol.by_id}
    if not others:
        return found
    asides = [
        Aside(
            name, found.actual[name].day if name in found.actual else None, True, "not a visit of the subject's arm"
        )
        for name in sorted(others)
    ]
    return TableSubject(
        found.id,
        {name: value for name, value in found.actual.items() if name not in others},
        {name: value for name, value in found.partly.items() if name not in others},
        {name: value for name, value in found.absent.items() if name not in others},
        found.unclear - others,
        [*found.asides, *asides],
    )


def _unplanned(found: TableSubject, protocol: Protocol) -> TableSubject:
    """Set all visits aside: without the anchor's date nobody knows how many of the open cycles there were."""
    message = f"there is no date of {protocol.anchor}, from which the days count"
    asides = [Aside(name, dated.day, False, message) for name, dated in found.actual.items()]
    return TableSubject(found.id, {}, {}, found.absent, found.unclear, [*found.asides, *asides])


def _aside(aside: Aside, subject: str, known: Participation) -> Finding:
    """Give the row of what is no visit of the protocol, or not judged."""
    kind: Kind = "unscheduled" if aside.is_unscheduled else "not-judged"
    dy = sdtm_day(aside.day, known.reference_start)
    return Finding(kind, subject, aside.visit, None, None, None, aside.day, None, "", False, dy, aside.message)
