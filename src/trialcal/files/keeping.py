"""Keeping a file: one writer at a time, and the old file or the new one, never a half.

A room of its own because whatever is changed in place needs both, and because what a folder, a disk or another
program can refuse is told here in words. A lock is a hidden file beside the file that it protects; it stays there,
and belongs to nobody once its holder has ended, however that ended.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from trialcal.files.tree import MAX_BYTES, read_bytes
from trialcal.problems import Place, Problem, printable_line

if TYPE_CHECKING:
    from filelock import BaseFileLock

WAITING = 10.0  # seconds for another writer, who needs a fraction of one
_LONGEST_NAME = 200  # bytes of a file's name that its hidden neighbours can have, too (most systems allow 255)
_SHARED = 0o666
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would be larger than this system allows",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "its name is too long for this disk",
}
_MORE_ROOM = "make room, then do it again"
_MAY_WRITE = "ask who looks after the folder, or work on a copy in a folder of your own"


class Refused(Exception):
    """What hinders a change, as problems; nothing was written."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def followed(path: Path) -> Path:
    """Give the file itself where a path is a link, so that the link stays one. Raises Refused for a circle."""
    found = Path(os.path.realpath(path))
    if found.is_symlink():
        raise _refused(path, "not-readable", "it is a link that leads to itself", "name the file itself")
    return found


@contextmanager
def locked(path: Path, *, by: str = "", now: datetime | None = None, wait: float = WAITING) -> Iterator[Path]:
    """Hold the one right to change a file, which need not be there yet; gives the file itself, links followed.

    Raises Refused where somebody else holds it for longer than `wait` seconds, or where nothing can be written.
    `by` and `now` are what another writer is told who waits in vain.
    """
    path = followed(path)
    _check_writable(path)
    _check_neighbours(path)
    lock = _lock_of(path)
    try:
        _acquire(lock, path, wait)
        _sign(path, by, now)
        yield path
    finally:
        with suppress(OSError):
            lock.release()


def replace(path: Path, data: bytes, *, before: bytes | None) -> None:
    """Put new bytes in the place of a file, whole or not at all. Only who holds the lock may do it.

    `before` are the bytes that were read; where the file has others by now, another program changed it, and nothing
    is written. None means that there was no file. The new file has the mode and, where that is allowed, the group of
    the old one. Raises Refused; the file is then as it was.
    """
    beside = beside_of(path, "part")
    try:
        with suppress(FileNotFoundError):
            beside.unlink()  # of a writer who was stopped; nobody else writes now
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            if before is not None:
                _like(path, file.fileno())
            os.fsync(file.fileno())
        _check_unchanged(path, before)
        beside.replace(path)
    except OSError as error:
        raise _not_written(path, error) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    _settle(path.parent)


def present(path: Path) -> bytes:
    """Read a file that is to be changed. Raises Refused."""
    data, problems = read_bytes(path)
    if problems:
        raise Refused(*problems)
    return data


def other_names(path: Path) -> tuple[Problem, ...]:
    """Warn where a file has other names on the disk, which will not follow when it is replaced."""
    try:
        number = path.stat().st_nlink
    except OSError:
        return ()
    if number < 2:
        return ()
    names = "another name" if number == 2 else f"{number - 1} other names"
    message = f"this file has {names} on the disk (a hard link), under which it stays as it was"
    return (Problem("warning", "hard-link", message, "keep one name, or make the others symbolic links"),)


def beside_of(path: Path, what: str) -> Path:
    """Give the hidden file beside a file that is its lock, or its new state while that is written."""
    name = path.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = sha256(os.fsencode(name)).hexdigest()[:32]
    return path.with_name(f".{name}.{what}")


# --- the lock -----------------------------------------------------------------------------------------------------


def _lock_of(path: Path) -> BaseFileLock:
    from filelock import FileLock

    # Who may write the file may lock it: a lock that only its first user could open would hinder all others.
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0
    return FileLock(beside_of(path, "lock"), mode=(mode & _SHARED) | 0o600 if mode else 0o644)


def _acquire(lock: BaseFileLock, path: Path, wait: float) -> None:
    from filelock import Timeout

    holder = _signed(path)  # before: older versions of the library empty the file when they look
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a disk without locks: the library then makes do without, and says so
            lock.acquire(timeout=wait, poll_interval=0.02)
    except Timeout:
        holder = _signed(path) or holder
        who = f" ({holder})" if holder else ""
        message = f"another program is changing this file{who}, for more than {wait:g} seconds; nothing was written"
        hint = "wait until it is done, then do it again; if it hangs, end it: its lock then ends as well"
        raise _refused(path, "locked", message, hint) from None
    except (OSError, NotImplementedError) as error:  # the second: the lock's library knows no locks on this system
        raise _not_written(path, error) from None


def _sign(path: Path, by: str, now: datetime | None) -> None:
    """Leave word in the lock file who holds it; without it all works, so nothing hinders."""
    who = [by, f"process {os.getpid()} on {socket.gethostname()}"]
    since = f"since {now:%Y-%m-%d %H:%M:%S} UTC" if now is not None else ""
    with suppress(OSError, ValueError):
        beside_of(path, "lock").write_text(", ".join(filter(None, (*who, since))), encoding="utf-8")


def _signed(path: Path) -> str:
    with suppress(OSError, ValueError):
        return printable_line(beside_of(path, "lock").read_bytes()[:200].decode(errors="replace").strip())
    return ""


# --- the file -----------------------------------------------------------------------------------------------------


def _check_writable(path: Path) -> None:
    """Refuse what cannot be written before anybody waits for a lock or makes a file."""
    if path.is_dir():
        raise _refused(path, "not-a-file", "this is a folder, not a file", "name a file inside the folder")
    if not path.parent.is_dir():
        raise _refused(path, "no-such-folder", "there is no such folder", "make it first, or check the spelling")
    if path.exists() and not os.access(path, os.W_OK):
        message = "the file is write-protected; nothing was written"
        raise _refused(path, "not-writable", message, "take the protection off, if you may change the file")
    if not os.access(path.parent, os.W_OK):
        message = "you may not write in its folder, where the lock and the new file lie; nothing was written"
        raise _refused(path, "not-writable", message, _MAY_WRITE)


def _check_neighbours(path: Path) -> None:
    """Refuse where something else lies in the place of a hidden file; reading a pipe there would wait for ever."""
    for what, use in (("lock", "the lock of this file"), ("part", "the new file while it is written")):
        beside = beside_of(path, what)
        try:
            mode = beside.lstat().st_mode
        except OSError:  # it is not there, or that is told by whoever wants to open it
            continue
        if stat.S_ISREG(mode) or (what == "part" and not stat.S_ISDIR(mode)):  # any but a folder is taken away
            continue
        kind = "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "a pipe or a device"
        message = f"{printable_line(beside.name)}, {use}, is {kind} and no file; nothing was written"
        raise _refused(path, "not-writable", message, f"take {printable_line(beside.name)} away, then do it again")


def _like(path: Path, new: int) -> None:
    found = path.stat()
    if hasattr(os, "fchown") and os.fstat(new).st_gid != found.st_gid:
        with suppress(OSError):
            os.fchown(new, -1, found.st_gid)  # before the mode: it may clear bits of that
    if hasattr(os, "fchmod"):
        os.fchmod(new, stat.S_IMODE(found.st_mode))


def _check_unchanged(path: Path, before: bytes | None) -> None:
    """Refuse to overwrite what another program, such as an editor, wrote meanwhile: it knows no lock."""
    if before is None:
        if os.path.lexists(path):
            message = "there is a file of this name already; nothing was written"
            raise _refused(path, "already-there", message, "choose another name")
    elif not path.exists() or path.stat().st_size > MAX_BYTES or path.read_bytes() != before:
        message = "another program changed this file at the same time; nothing was written"
        raise _refused(path, "changed-meanwhile", message, "save and close it there, then do it again")


def _settle(folder: Path) -> None:
    """Ask the disk to keep the folder's new state; not every system can (Windows cannot)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _not_written(path: Path, error: Exception) -> Refused:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _refused(path, "disk-full", f"{_REASONS[number]}; nothing was written", _MORE_ROOM)
    if isinstance(error, PermissionError) or number == errno.EROFS:
        why = _REASONS.get(number or 0, "you may not write in its folder, or another program has the file open")
        return _refused(path, "not-writable", f"{why}; nothing was written", _MAY_WRITE)
    why = _REASONS.get(number or 0) or (error.strerror if isinstance(error, OSError) else None) or str(error)
    return _refused(path, "not-writable", f"the file cannot be written: {why}; nothing was written", "check the disk")


def _refused(path: Path, code: str, message: str, hint: str) -> Refused:
    return Refused(Problem("error", code, message, hint, Place(printable_line(str(path)))))
