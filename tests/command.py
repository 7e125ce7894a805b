"""Running the command line inside the test process: what it writes, and its exit code."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import NamedTuple
from unittest import mock

from trialcal.cli import main


class Ran(NamedTuple):
    code: int
    out: bytes
    err: str


def run(*arguments: str) -> Ran:
    """Run `trialcal` with these arguments. The process's own files are untouched; nothing is a terminal."""
    raw, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    code = 0
    with (
        mock.patch.object(sys, "argv", ["trialcal", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Ran(code, raw.getvalue(), err.getvalue())
