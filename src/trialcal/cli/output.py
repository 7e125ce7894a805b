"""Where results and messages go: standard output carries the result and nothing else, the rest is standard error.

A room of its own because a file must be written whole or not at all, and iCalendar as bytes on every system.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import typer

from trialcal.files.inputs import why_not_over
from trialcal.problems import Problem, printable_line

LONGEST = 200
# What hinders the writing lies in the name that was given, not in the disk.
_BAD_NAME = (errno.EISDIR, errno.ENOTDIR, errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG)


def tell(line: str) -> None:
    """Write a line to standard error; where that is closed or full, the result still counts."""
    if sys.stderr is None:  # closed, as by `2>&-`
        return
    with suppress(OSError):
        print(printable_line(line), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """Give a text, such as an argument, so that it can be printed and changes no terminal."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return "".join(c if c.isprintable() else "?" for c in short)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Write problems to standard error, each with its chain, and what would solve it, indented below."""
    for problem in problems:
        tell(problem.told())
        for number, line in enumerate(problem.chain, 1):
            tell(f"    {number}. {line}")
        if problem.ways:
            tell("    any one of these would solve it:")
        for way in problem.ways:
            tell(f"      - {way}")


def counted(number: int, what: str) -> str:
    """Give a number with its noun: `no errors`, `1 error`, `2 errors`."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def stop(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)


def write_result(data: bytes, output: Path | None) -> bool:
    """Write the result to a file, whole or not at all, or to standard output.

    Gives False where the reader of a pipe did not want all of it.
    """
    try:
        if output is None:
            return _write_out(data)
        check_output(output)
        _write_file(data, output)
    except OSError as error:
        where = "the result" if output is None else printable(str(output))
        done = "" if output is None else "; nothing was written"
        reason = "there is no such folder" if isinstance(error, FileNotFoundError) else error.strerror or error
        tell(f"error: {where} cannot be written: {reason}{done}")
        stop(2 if error.errno in _BAD_NAME else 1)
    return True


def check_output(output: Path) -> None:
    """End the command where a result would be written over what it was made from, or over what trialcal keeps."""
    reason = why_not_over(output)
    if reason:
        tell(f"error: --output {printable(str(output))}: {reason} (name another file); nothing was written")
        stop(2)


def _write_out(data: bytes) -> bool:
    """Write to standard output. A closed pipe is no error: its reader has what it wanted (`| head -1`)."""
    if sys.stdout is None:  # closed, as by `>&-`
        raise OSError(errno.EBADF, "standard output is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        with suppress(OSError, ValueError):  # else Python complains again when it closes standard output
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise
        return False
    return True


def is_device(output: Path) -> bool:
    """Tell whether an output is there already and no file: a device, a pipe or a folder."""
    try:
        return output.exists() and not output.is_file()
    except OSError:  # a name that is too long
        return False


def _write_file(data: bytes, output: Path) -> None:
    """Write beside the file and then put it in its place, so that no half file is ever seen."""
    if is_device(output):
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        with output.open("wb") as device:  # a device or pipe has nothing to put in its place
            device.write(data)
        return
    target = Path(os.path.realpath(output))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads to itself")
    beside = target.with_name(f".trialcal-{os.getpid()}.part")  # short: the file's own name may be as long as can be
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
