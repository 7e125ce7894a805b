"""A result too large to be held in memory: written piece by piece, and yet whole or not at all.

A room of its own because every other result is one text, made before anything is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from trialcal.cli.output import check_output, is_device, printable, stop, tell, write_result

_CHUNK = 1 << 19  # bytes that are written at once


def write_pieces(pieces: Iterable[bytes], output: Path | None) -> None:
    """Write the pieces to a file, which has all of them or is as it was, or to standard output as they come."""
    if output is None:
        for chunk in _chunks(pieces):
            write_result(chunk, None)
        return
    check_output(output)
    target = Path(os.path.realpath(output))
    if is_device(output) and not output.is_dir():
        with output.open("wb") as device:
            device.writelines(_chunks(pieces))
        return
    if output.is_dir() or not target.parent.is_dir() or target.is_symlink():
        write_result(b"", output)  # says what is wrong, and ends
    beside = target.with_name(f".trialcal-{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.writelines(_chunks(pieces))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except OSError as error:
        tell(f"error: {printable(str(output))} cannot be written: {error.strerror or error}; nothing was written")
        stop(1)
    finally:
        beside.unlink(missing_ok=True)


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put small pieces together, so that each is not a call of the system."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
