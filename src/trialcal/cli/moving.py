"""What `amend` does: look first and show what would change, then change the file, if it still is what was looked at.

Imported by the command when it runs, never for --help.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from trialcal.cli.amending import subject_schedule
from trialcal.cli.consequences import new_problems
from trialcal.cli.output import printable, tell, tell_problems, write_result
from trialcal.cli.recording import staff_code, subject_file
from trialcal.cli.screen import has_colour, width
from trialcal.differences import differences
from trialcal.files.dates import parse_day
from trialcal.files.editing import Step
from trialcal.files.history import plain
from trialcal.files.library import told_path
from trialcal.files.phrases import Mistake
from trialcal.files.recording import Decision, change_by
from trialcal.files.subjects import SubjectFile, read_subject
from trialcal.files.tree import Table, parse
from trialcal.files.versions import Version, meant_by, pick_version, versions, versions_told
from trialcal.problems import Place, Problem, has_errors
from trialcal.schedule import Schedule
from trialcal.telling import day_told

_USAGE = ("unknown-version", "which-version", "two-versions", "same-version", "bad-date", "no-by")


def amended(
    subject: str, to: str, on: str | None, by: str | None, reason: str, today: date, now: datetime, *, dry_run: bool
) -> int:
    """Move a subject to a version: show what that changes, and write it; gives the exit code."""
    here = Path.cwd()
    who, of_who = staff_code(by)
    path = subject_file(subject, here)
    file = told_path(path, here)
    move = _Move(path, here, to.strip(), on, reason.strip(), today)
    looked = change_by(path, move.decide, by=who, now=now, check=move.check, file=file, dry_run=True)
    problems = [*of_who, *looked.problems]
    if has_errors(problems) or looked.entry is None:
        tell_problems(sorted(problems, key=lambda problem: problem.level == "error"))
        return 2 if {problem.code for problem in problems if problem.level == "error"} <= set(_USAGE) else 1
    data, told = move.shown()
    tell_problems([*problems, *told])
    write_result(data, None)
    if dry_run:
        tell("not written (--dry-run)")
        return 0
    move.seen = looked.old
    changed = change_by(path, move.decide, by=who, now=now, check=move.check, file=file)
    if changed.entry is None:
        tell_problems(problem for problem in changed.problems if problem.level == "error")
        return 1
    tell(f"written: {file}, entry {changed.entry.n} of its history")
    return 0


class _Move:
    """What is needed while a subject moves: the file before and after, and since when the new version counts."""

    def __init__(self, path: Path, here: Path, to: str, on: str | None, reason: str, today: date) -> None:
        self.path, self.here = path, here
        self.to, self.on, self.reason, self.today = to, on, reason, today
        self.day, self.is_dated = today, True
        self.seen: str | None = None  # the text that was looked at and shown
        self.before: SubjectFile | None = None
        self.after: SubjectFile | None = None
        self.known: set[tuple[str, str]] = set()

    def decide(self, text: str) -> Decision:
        """Say what shall be written, given the file's present text."""
        if self.seen not in (None, text):
            message = f"{told_path(self.path, self.here)} was changed meanwhile; nothing was written"
            return Decision((), "", problems=(Problem("error", "changed-meanwhile", message, "run it again"),))
        self.before, problems = read_subject(text.encode(), self.path, self.here)
        if self.before is None:
            return Decision((), "", problems=problems)
        self.known = {(problem.code, problem.message) for problem in problems}
        found = [*self._date(), *self._versions(text, self.before)]
        if has_errors(found):
            return Decision((), "", problems=tuple(found))
        entry = {"from": _version_of(self.before), "to": self.to, "on": self.day.isoformat()}
        steps = (Step(("version",), self.to), Step(("amended", "+"), entry))
        return Decision(steps, f"amended to version {self.to}", self.reason, (*problems, *found))

    def check(self, text: str) -> tuple[Problem, ...]:
        """Say what is wrong with the new text that was not wrong with the old one."""
        self.after, problems = read_subject(text.encode(), self.path, self.here)
        new = (problem for problem in problems if (problem.code, problem.message) not in self.known)
        return tuple(replace(problem, place=Place(path=problem.place.path)) for problem in new)

    def shown(self) -> tuple[bytes, list[Problem]]:
        """Write what differs and what changes for the subject; gives the new problems of the plan, too."""
        from trialcal.writers.amendment import amendment_text

        assert self.before is not None and self.after is not None
        old, new = self.before.protocol, self.after.protocol
        before, after = subject_schedule(self.before), subject_schedule(self.after)
        who = self.before.subject.id
        since = f"from {day_told(self.day.toordinal())} on" + (
            " (today: no --on is given)" if self.on is None else ""
        )
        title = f"{who}: {new.id}, version {_version_of(self.before)} -> {self.to}, {since}"
        found = differences(old, new)
        text = amendment_text(title, found, before, after, width=width(), colour=has_colour())
        return text.encode(), [*new_problems(before, after), *self._only_before(after)]

    def _only_before(self, after: Schedule) -> Iterator[Problem]:
        """Warn of visits that were done when the new version counted already, which it does not have."""
        for row in after.visits:
            stated = row.id in after.subject.actual and row.id not in after.protocol.by_id
            if stated and row.on is not None and row.on >= self.day:
                message = f"{row.id} was done {day_told(row.on.toordinal())}, and version {self.to} does not have it"
                yield Problem("warning", "not-in-version", message, "it stays as it was judged", visits=(row.id,))

    # --- what stands against it -------------------------------------------------------------------------------------

    def _date(self) -> Iterator[Problem]:
        if self.on is None:
            return
        try:
            self.day = parse_day(self.on)
        except Mistake as mistake:
            self.is_dated = False
            yield Problem("error", "bad-date", f"--on: {printable(mistake.message)}", printable(mistake.hint))
            return
        if self.day > self.today:
            message = f"--on {self.day} is in the future; visits that are undone follow version {self.to} at once"
            yield Problem("warning", "future-amendment", message, "move the subject when it counts")

    def _versions(self, text: str, before: SubjectFile) -> Iterator[Problem]:
        """Check that there is such a version, that it is another one, and that it counts by then."""
        tree, _ = parse(text.encode(), "")
        assert isinstance(tree, Table)
        name, places = meant_by(str(plain(tree).get("protocol", "")), self.path, self.here)
        now = _version_of(before)
        if not now:
            message = f"{before.protocol.file} states no version: from which one the subject moves is not known"
            yield Problem("error", "no-version", message, "add `version` to the protocol's file, as version: '1.0'")
            return
        if self.to == now:
            others = [each for each in versions(name, places, self.here) if each.version != now]
            message = f"{before.subject.id} is on version {now} already"
            yield Problem("error", "same-version", message, versions_told(others, self.here))
            return
        picked = pick_version(name, self.to, places, self.here)
        yield from picked.problems
        if self.is_dated and picked.version is not None:
            yield from self._since(picked.version)
        if self.is_dated and before.earlier and self.day < before.earlier[-1].until:
            last = before.earlier[-1].until
            message = f"the last amendment, to version {now}, counts from {day_told(last.toordinal())} on"
            yield Problem("error", "before-amendment", message, f"--on {last} or later")

    def _since(self, version: Version) -> Iterator[Problem]:
        if version.effective is not None and self.day < version.effective:
            since = day_told(version.effective.toordinal())
            message = f"version {self.to} counts from {since} on, and --on is {day_told(self.day.toordinal())}"
            if self.on is None:
                message = f"version {self.to} counts from {since} on, and today is {day_told(self.day.toordinal())}"
            yield Problem("error", "not-effective", message, f"--on {version.effective}, or later")


def _version_of(found: SubjectFile) -> str:
    return found.version or found.protocol.version
