"""What `history` does: find the subject's file, verify its history, write that.

Imported by the command when it runs, never for --help.
"""

from __future__ import annotations

from pathlib import Path

from trialcal.cli.output import is_device, printable, stop, tell
from trialcal.cli.recording import subject_file
from trialcal.cli.screen import has_colour, width
from trialcal.files.history import Entry, plain, verify
from trialcal.files.kinds import kind_of
from trialcal.files.library import told_path
from trialcal.files.tree import Table, parse, read_bytes
from trialcal.problems import Problem

_SUFFIXES = {".txt": "table", ".csv": "csv", ".json": "json"}


def history_of(name: str, form: str | None, output: Path | None) -> tuple[bytes, tuple[Problem, ...]]:
    """Give a subject's history in one of its forms, and all that is wrong with it; nothing where it has none."""
    here = Path.cwd()
    path = subject_file(name, here)
    form = form or _by_suffix(output)
    file = told_path(path, here)
    data, problems = read_bytes(path)
    tree, of_yaml = parse(data, file) if not problems else (None, ())
    if not isinstance(tree, Table):
        return b"", (*problems, *of_yaml)
    if kind_of(tree) in ("protocol", "site", "cohort"):
        tell(f"error: {file} is no subject's file, and has no history")
        stop(2)
    found = verify(data, file)
    subject = str(plain(tree).get("subject", ""))
    if not found.entries and not found.problems:
        tell(f"note: {file} holds no history: the first change by `trialcal record` begins it (one that was taken")
        tell("  out as a whole cannot be told from none)")
    entries = [entry._asdict() for entry in found.entries]
    if form == "json":
        from trialcal.writers.history_table import history_json

        return history_json(subject, file, entries, found.problems).encode(), found.problems
    if form == "csv":
        from trialcal.writers.history_table import history_csv

        return history_csv(subject, entries, Entry._fields).encode(), found.problems
    from trialcal.writers.history_table import history_text

    text = history_text(subject, file, entries, found.problems, width=width(), colour=has_colour())
    return text.encode(), found.problems


def _by_suffix(output: Path | None) -> str:
    if output is None or is_device(output):
        return "table"
    form = _SUFFIXES.get(output.suffix.lower())
    if form is None:
        told = f"--output {printable(str(output))}: the suffix does not say the form"
        tell(f"error: {told} (use one of {', '.join(_SUFFIXES)}, or --format)")
        return stop(2)
    return form
