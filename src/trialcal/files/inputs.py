"""Which files the present command has read, so that its result is written over none of them.

A room of its own because it is the one thing here that changes while a command runs: the readers note what they
open, and whoever writes a result asks. Every command begins with nothing read (`forget`).
"""

from __future__ import annotations

from pathlib import Path

KEPT = ".calendar.json"  # what names end with of files that keep what was exported last
_read: set[tuple[int, int]] = set()


def forget() -> None:
    """Begin anew: nothing has been read."""
    _read.clear()


def note_read(path: Path) -> None:
    """Note that a file is an input of the present command."""
    found = _identity(path)
    if found is not None:
        _read.add(found)


def why_not_over(path: Path) -> str:
    """Say why a result must not be written to a file; "" where it may."""
    if path.name.endswith(KEPT):
        return f"files named *{KEPT} keep what was exported last"
    if _identity(path) in _read:
        return "the command reads this file: it would be lost"
    return ""


def _identity(path: Path) -> tuple[int, int] | None:
    """Tell which file it is, whatever it is called; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino
