"""Where results and messages go: standard output carries the result and nothing else, the rest is standard error.

A room of its own because a file must be written whole or not at all, and iCalendar as bytes on every system.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import typer

from trialcal.problems import Problem


def tell(line: str) -> None:
    """Write a line to standard error."""
    print(line, file=sys.stderr)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Write problems to standard error, each with its chain indented below."""
    for problem in problems:
        tell(problem.told())
        for number, line in enumerate(problem.chain, 1):
            tell(f"    {number}. {line}")


def stop(code: int) -> None:
    """End the command with an exit code."""
    raise typer.Exit(code)


def write_result(data: bytes, output: Path | None) -> None:
    """Write the result to a file, whole or not at all, or to standard output."""
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        _write_file(data, output)
    except OSError as error:
        tell(f"error: {output} cannot be written: {error.strerror or error}; nothing was written")
        stop(1)


def _write_file(data: bytes, output: Path) -> None:
    """Write beside the file and then put it in its place, so that no half file is ever seen."""
    if output.exists() and not output.is_file():
        if output.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with output.open("wb") as device:  # a device or pipe has nothing to put in its place
            device.write(data)
        return
    target = output.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
