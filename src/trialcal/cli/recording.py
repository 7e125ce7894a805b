"""What `record` does: find the subject's file, understand the words, change the file, and tell what follows.

Imported by the command when it runs, never for --help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches, unified_diff
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.amending import subject_schedule
from trialcal.cli.consequences import moved, new_problems, solved, was_planned
from trialcal.cli.events import USAGE, Options, understood
from trialcal.cli.noting import Noted, noted
from trialcal.cli.noting_persons import personal_problems
from trialcal.cli.noting_words import meant, taken_apart
from trialcal.cli.output import printable, stop, tell, tell_problems, write_result
from trialcal.files.editing import at
from trialcal.files.history import plain
from trialcal.files.library import told_path
from trialcal.files.personal import LONGEST_SUBJECT, looks_personal
from trialcal.files.recording import Changed, Decision, change_by
from trialcal.files.subjects import SUFFIXES, SubjectFile, read_subject, subject_files
from trialcal.files.tree import Table, parse, read_bytes
from trialcal.problems import Place, Problem, has_errors

_OF_THE_DIFFERENCE = ("---", "+++", "@@", "+  - {n: ", "+history:")
MOST_FILES = 2_000  # of a folder that are looked at for a subject's number


class Recorded(NamedTuple):
    """What came of a record: the lines of the result, what to tell besides, and the exit code.

    `kept` says what is in the file now; "" where nothing was written.
    """

    lines: tuple[str, ...]
    problems: tuple[Problem, ...]
    code: int
    kept: str = ""


def recorded(
    subject: str, words: Sequence[str], options: Options, by: str | None, today: date, now: datetime, *, dry_run: bool
) -> Recorded:
    """Record what happened, or say why not. Ends the command where the subject or who records it is not known."""
    here = Path.cwd()
    who, of_who = staff_code(by)
    path = subject_file(subject, here)
    recording = _Recording(words, options._replace(by=who), today, path, here)
    changed = change_by(
        path,
        recording.decide,
        by=who,
        now=now,
        check=recording.check,
        file=told_path(path, here),
        dry_run=dry_run or has_errors(of_who),
    )
    problems = (*of_who, *recording.told, *changed.problems)
    if has_errors(problems):
        return Recorded((), problems, 2 if any(map(_is_usage, problems)) else 1)
    lines, more = recording.result(changed)
    if dry_run and changed.entry is not None:
        lines = ["not recorded (--dry-run); this would be:", *lines, *_differences(changed)]
    kept = "" if dry_run or changed.entry is None else f"{changed.entry.what} is recorded in {told_path(path, here)}"
    return Recorded(tuple(lines), (*problems, *more), 0, kept)


def _is_usage(problem: Problem) -> bool:
    """Tell whether an error lies in the words of the command, not in the file or in what it would then say."""
    is_of_words = not problem.place.path or problem.code == "unknown-visit"
    return problem.level == "error" and problem.code in USAGE and is_of_words and not problem.place.file


class _Recording:
    """What is needed while one record is made: the subject before and after it, and what is recorded."""

    def __init__(self, words: Sequence[str], options: Options, today: date, path: Path, here: Path) -> None:
        self.words, self.options, self.today, self.path, self.here = words, options, today, path, here
        self.before: SubjectFile | None = None
        self.after: SubjectFile | None = None
        self.noted: Noted | None = None
        self.known: set[tuple[str, str]] = set()
        self.told: list[Problem] = []

    def decide(self, text: str) -> Decision:
        """Say what shall be written, given the file's present text."""
        self.before, problems = read_subject(text.encode(), self.path, self.here)
        if self.before is None:
            return Decision((), "", problems=problems)
        self.told += (
            Problem("warning", "remark", each[9:]) for each in self.before.remarks if each[:9] == "warning: "
        )
        self.known = {(problem.code, problem.message) for problem in problems}
        stages = (*(stage.protocol for stage in self.before.earlier), self.before.protocol)
        visits = {visit.id for protocol in stages for visit in protocol.visits}
        words = taken_apart(self.words, visits)
        event, wrong, told = understood(words, self.options, visits)
        if wrong and (better := meant(words, self.before.protocol)) is not None:
            wrong = (better,)
        self.told += (Problem("note", "a-visit", line) for line in told)
        if event is None or has_errors(wrong):
            return Decision((), "", problems=wrong)
        tree, _ = parse(text.encode(), "")
        assert isinstance(tree, Table)
        self.told += personal_problems(self.options.reason, event.text)
        self.noted = noted(event, plain(tree), self.before, self.today)
        found = self.noted
        steps = () if any(each.code in USAGE for each in found.problems) else found.steps
        return Decision(steps, found.what, self.options.reason.strip(), (*problems, *found.problems))

    def check(self, text: str) -> tuple[Problem, ...]:
        """Say what is wrong with the new text that was not wrong with the old one."""
        self.after, problems = read_subject(text.encode(), self.path, self.here)
        new = [problem for problem in problems if (problem.code, problem.message) not in self.known]
        return tuple(
            replace(problem, place=Place(path=problem.place.path)) for problem in new
        )  # no lines: not written

    def result(self, changed: Changed) -> tuple[list[str], list[Problem]]:
        """Give the lines that tell what was recorded and what follows, and new problems of the plan."""
        assert self.noted is not None and self.before is not None
        subject = self.before.subject.id
        if changed.entry is None or self.after is None:
            return [f"{subject}: nothing to change, this is recorded already: {self.noted.told}"], []
        before, after = subject_schedule(self.before), subject_schedule(self.after)
        if not after.feasible and not self.after.earlier:
            from trialcal.relaxing import with_ways

            after = with_ways(after)  # what would solve what no longer holds
        visit = self.noted.what.split(" ")[0]
        was = was_planned(before, visit) if self.noted.what.endswith(" done") else ""
        lines = [f"{subject}: {self.noted.told}" + (f" ({was})" if was else "")]
        if changed.entry.old:
            lines.append(f"  before: {changed.entry.old}")
        if self.noted.what == "rescreened":  # nothing moves: all begins anew
            return lines, []
        moves = list(moved(before, after, visit))
        if moves:
            lines += ["what follows:", *(f"  {line}" for line in moves)]
        lines += solved(before, after)
        return lines, list(new_problems(before, after))


# --- who and whose ------------------------------------------------------------------------------------------------


def staff_code(by: str | None) -> tuple[str, list[Problem]]:
    """Give who records, and what is wrong with that."""
    who = (by or "").strip()
    if not who:
        message = "it is not said who records this; the history keeps who changed what"
        return "", [Problem("error", "no-by", message, "add --by CODE, a staff code or role, or set TRIALCAL_BY")]
    if not who.isprintable() or len(who) > LONGEST_SUBJECT:
        message = f"--by is longer than {LONGEST_SUBJECT} characters, or cannot be printed"
        return "", [Problem("error", "no-by", message, "a staff code or role, as SC1 or CRC")]
    if not looks_personal(who):
        return who, []
    message = f"--by {who} looks like a person's name"
    hint = "use a staff code or role, as SC1 or CRC: the history stays in the file for ever"
    return who, [Problem("warning", "looks-personal", message, hint)]


def subject_file(name: str, here: Path) -> Path:
    """Find a subject's file: by its path, by its name without suffix, or by the study number in this folder.

    Ends the command where there is none, or more than one.
    """
    name = name.strip()
    try:
        found = subject_files([name], here)[0] if name and not (here / name).is_dir() else []
        if found and found[0].exists():
            beside = found[0].parent.glob(f"[!.]*{found[0].suffix}")
            others = [path for path in beside if path != found[0]][:MOST_FILES]
            of_name = next((path for path in others if name == Path(name).name and _number_in(path) == name), None)
            if of_name is not None and _number_in(found[0]) != name:
                told = f"error: {printable(found[0].name)} is another's file; {printable(name)} is in"
                tell(f"{told} {printable(of_name.name)} (write the name of the file, with {found[0].suffix})")
                stop(2)
            return found[0]
        if name and (here / name).is_dir():
            tell(f"error: {printable(name)} is a folder (name one subject's file)")
            stop(2)
    except (OSError, ValueError):  # a name that no file can have
        pass
    known: dict[str, list[Path]] = {}
    if not any(sign in name for sign in "/\\"):
        for path in sorted(each for suffix in SUFFIXES for each in here.glob(f"[!.]*{suffix}"))[:MOST_FILES]:
            if number := _number_in(path):
                known.setdefault(number, []).append(path)
    files = known.get(name, [])
    if len(files) == 1:
        return files[0]
    if files:
        names = ", ".join(printable(path.name) for path in files)
        tell(f"error: {printable(name)} is the subject of {len(files)} files: {names} (name the file)")
        return stop(2)
    near = get_close_matches(name, known, 3, 0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "name a file, or a subject whose file is in this folder"
    tell(f"error: there is no subject '{printable(name)}' here ({hint})")
    return stop(2)


def _number_in(path: Path) -> str:
    """Give the study number of a subject's file, or "" where it is none."""
    return _subject_in(path)[0]


def _subject_in(path: Path) -> tuple[str, str]:
    """Give the study number of a subject's file, or "" where it is none, and the attempt that it is about."""
    data, problems = read_bytes(path)
    if problems or b"subject" not in data:
        return "", ""
    tree, _ = parse(data, "")
    values = plain(tree) if isinstance(tree, Table) else {}
    number, attempt = at(values, ("subject",)), at(values, ("attempt",))
    if not isinstance(number, str):
        return "", ""
    return number.strip(), attempt.strip() if isinstance(attempt, str) and attempt.strip() else "1"


def other_file_of(number: str, file: Path) -> Path | None:
    """Give the file beside another that holds the same subject's first screening, or None."""
    folder = file.parent
    beside = sorted(each for suffix in SUFFIXES for each in folder.glob(f"[!.]*{suffix}") if each.name != file.name)
    return next((each for each in beside[:MOST_FILES] if _subject_in(each) == (number.strip(), "1")), None)


# --- telling ------------------------------------------------------------------------------------------------------


def _differences(changed: Changed) -> list[str]:
    """Give the lines of the file that would change, but for the history's."""
    old, new = changed.old.splitlines(), changed.new.splitlines()
    changes = [line for line in unified_diff(old, new, lineterm="", n=0) if not line.startswith(_OF_THE_DIFFERENCE)]
    return ["in the file:", *(f"  {line}" for line in changes)]


def told(found: Recorded) -> None:
    """Tell the problems, the errors last, so that they are seen."""
    tell_problems(sorted(found.problems, key=lambda problem: problem.level == "error"))


def write_lines(lines: Sequence[str], kept: str) -> None:
    """Write the result, and say where nobody could read it that the file was changed all the same: `kept`."""
    is_read = False
    try:
        is_read = write_result(("\n".join(lines) + "\n").encode(), None)
    finally:  # also where the command ends here, since standard output is closed or full
        if kept and not is_read:
            tell(f"note: {kept}; only this command's output could not be written (do not record it again)")
