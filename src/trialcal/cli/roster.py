"""What `plan --roster` does: a table of subjects planned row by row, equal starts once, streamed to CSV.

Memory does not grow with the table, but for the set of subjects that were seen.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.arguments import Arguments
from trialcal.cli.choosing import chosen, unchosen
from trialcal.cli.loading import loaded
from trialcal.cli.names import Format
from trialcal.cli.output import counted, printable, stop, tell, tell_problems
from trialcal.cli.siting import SiteWords, not_of_protocol, site_of
from trialcal.cli.streaming import write_pieces
from trialcal.files.csv_file import CsvFile
from trialcal.files.library import NO_FILE
from trialcal.files.rosters import Columns, Row, meant_by, read_header, read_rows
from trialcal.plan import plan
from trialcal.problems import Place, Problem, has_errors, printable_line
from trialcal.protocol import Protocol
from trialcal.site import Site
from trialcal.writers.rows import csv_head, csv_rows, visit_lines

MOST_KEPT = 4096  # different rows of which the result is kept; of cc312 27 MB
MOST_TOLD = 100  # problems
_SOME = 500  # rows between two looks of the progress bar


class Choice(NamedTuple):
    """What the command line says for all subjects of a roster."""

    arm: str | None = None
    cohort: str | None = None
    cycles: Sequence[str] = ()
    settings: Sequence[str] = ()


class Planned(NamedTuple):
    """What comes of rows alike: the lines of CSV, whether everything holds, and what should be told."""

    lines: tuple[bytes, ...]
    feasible: bool
    problems: tuple[Problem, ...]


def plan_roster(
    path: Path, name: str, where: SiteWords, choice: Choice, form: Format | None, output: Path | None
) -> int:
    """Plan all subjects of a roster and write them as CSV; gives the exit code."""
    _check_form(form, output)
    protocol, told = loaded(name)
    protocol = chosen(protocol, choice.arm, choice.cohort, choice.cycles)
    site, problems = site_of(where)
    arguments = Arguments(protocol, site.zone)
    parameters = arguments.subject(None, (), (), choice.settings, needs_date=False).parameters
    if has_errors(arguments.problems):
        tell_problems(arguments.problems)
        stop(2)
    roster = CsvFile(path, Path.cwd())
    try:
        if roster.problem is not None:
            tell_problems([roster.problem])
            stop(2 if roster.problem.code in NO_FILE else 1)
        columns, of_header = read_header(roster, protocol)
        if columns is None:
            tell_problems(of_header)
            stop(1)
        _check_options(columns, choice)
        for remark in [*_understood(columns), *told, *_unsaid(protocol, columns)]:
            tell(remark)
        warnings = [problem for problem in problems if problem.level == "warning"]
        tell_problems([*warnings, *not_of_protocol(site, protocol)])
        run = _Run(roster, columns, site)

        @lru_cache(maxsize=MOST_KEPT)
        def planned(cells: tuple[str, ...]) -> Planned:
            meant = meant_by(cells, columns, protocol, site.zone, parameters)
            if has_errors(meant.problems):
                return Planned((), False, meant.problems)
            schedule = plan(meant.protocol, meant.subject, site)
            return Planned(visit_lines(schedule), schedule.feasible, (*meant.problems, *schedule.problems))

        with _progress(roster) as advance:
            write_pieces(run.pieces(planned, advance), output)
        run.told["different"] = planned.cache_info().misses
    finally:
        roster.close()
    tell(f"source: {protocol.source}")
    run.tell(output)
    return 1 if run.told["wrong"] or run.told["infeasible"] else 0


class _Run:
    """One run over a roster: what it counts, and the problems that it tells at the end."""

    def __init__(self, roster: CsvFile, columns: Columns, site: Site) -> None:
        self.roster = roster
        self.columns = columns
        self.told: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.seen: set[Problem] = set()

    def pieces(self, planned: Callable[[tuple[str, ...]], Planned], advance: Callable[[], None]) -> Iterator[bytes]:
        """Give the CSV: its head, then the rows of each subject."""
        yield csv_head()
        for number, row in enumerate(read_rows(self.roster, self.columns)):
            if not number % _SOME:
                advance()
            is_wrong = False
            if row.problems:
                self._note(row.problems)
                is_wrong = has_errors(row.problems)
            # also of a row that is wrong: what else is wrong with it is told at once
            result = planned(row.cells) if row.cells else Planned((), False, ())
            if result.problems:
                self._note_planned(row, result)
            if is_wrong or not result.lines:
                self.told["wrong"] += 1
                continue
            self.told["planned"] += 1
            if not result.feasible:
                self.told["infeasible"] += 1
            yield csv_rows(row.subject, result.lines)
        advance()

    def _note(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.told["problems"] += 1
            if len(self.problems) < MOST_TOLD:
                self.problems.append(problem)

    def _note_planned(self, row: Row, result: Planned) -> None:
        """Note what is wrong with the cells of this row, or with the plan; of rows alike the plan's only once."""
        for problem in result.problems:
            if problem.code == "bad-cell":
                place = Place(self.roster.file, row.line, 0, problem.place.path)
                self._note([replace(problem, place=place)])
            elif problem not in self.seen and len(self.seen) < MOST_TOLD:
                self.seen.add(problem)
                message = f"{row.subject}: {problem.message}" if problem.level == "error" else problem.message
                self._note([replace(problem, message=message, place=Place(self.roster.file, row.line), chain=())])

    def tell(self, output: Path | None) -> None:
        """Tell the problems and the counts."""
        tell_problems(self.problems)
        if (more := self.told["problems"] - len(self.problems)) > 0:
            tell(f"and {counted(more, 'more problem')} like these")
        if output is not None:
            tell(f"written: {printable(str(output))}")
        told = (
            f"planned: {counted(self.told['planned'], 'subject')}, {counted(self.told['different'], 'different row')}"
        )
        if self.told["wrong"]:
            told += f"; {counted(self.told['wrong'], 'row')} not planned, as told above"
        if self.told["infeasible"]:
            told += f"; for {counted(self.told['infeasible'], 'subject')} not everything can hold"
        tell(told)


# --- what is asked --------------------------------------------------------------------------------------------------


def _check_form(form: Format | None, output: Path | None) -> None:
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as visits.csv)")
        stop(2)
    known = {f".{each.value}" for each in Format} | {".txt"}
    suffix = output.suffix.lower() if output is not None and form is None else ""
    other = f"--format {form.value}" if form not in (None, Format.csv) else ""
    if suffix in known - {".csv"}:
        other = f"--output {printable(str(output))}"
    if other:
        tell(f"error: {other}: a roster is written as CSV only (leave it out, or name a .csv file)")
        stop(2)


def _check_options(columns: Columns, choice: Choice) -> None:
    """End the command where an option says for all what a column says for each."""
    settings = {text.partition("=")[0] for text in choice.settings}
    both = [
        (f"--{what}", columns.names[number])
        for what, number, option in (("arm", columns.arm, choice.arm), ("cohort", columns.cohort, choice.cohort))
        if number is not None and option is not None
    ]
    both += [(f"--set {name}", columns.names[n]) for n, name in columns.parameters.items() if name in settings]
    for option, column in both:
        tell(f"error: {option} and the column `{printable_line(column)}` both say it (leave one of the two out)")
    if both:
        stop(2)


def _understood(columns: Columns) -> Iterator[str]:
    """Say how the columns were taken."""
    told = [f"{columns.names[n]} = date of {visit}" for n, visit in columns.starts.items()]
    told += [f"{columns.names[n]} = end of {visit}" for n, visit in columns.ends.items()]
    told += [f"{columns.names[n]} = parameter" for n in columns.parameters]
    told += [what for what, number in (("arm", columns.arm), ("cohort", columns.cohort)) if number is not None]
    yield f"columns: {'; '.join(told)}"


def _unsaid(protocol: Protocol, columns: Columns) -> Iterator[str]:
    """Say what is not chosen for all: arm and cohort, where no column says them, and uncertain steps."""
    for line in unchosen(protocol):
        if not any(
            n is not None and f"no --{what} " in line
            for what, n in (("arm", columns.arm), ("cohort", columns.cohort))
        ):
            yield line
    if any(rule.uncertain for rule in protocol.rules) or any(each.uncertain for each in protocol.visits):
        from trialcal.cli.durations import not_chosen
        from trialcal.subject import Subject

        yield from not_chosen(protocol, Subject())


# --- the progress bar -----------------------------------------------------------------------------------------------


@contextmanager
def _progress(roster: CsvFile) -> Iterator[Callable[[], None]]:
    """Show on standard error how much of the file has been read, where somebody looks."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("planning {task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(Path(roster.file).name).replace("[", "\\["), total=roster.size or None)
        yield lambda: bar.update(task, completed=roster.read)
