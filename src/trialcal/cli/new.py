"""`trialcal new`: a subject's file, ready to be filled in, with the first entry of its history."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from trialcal.cli.options import Arm, Cohort, Cycles, ProtocolName, Starts
from trialcal.cli.record import By


def new(
    file: Annotated[Path, typer.Argument(help="The file to write, as GC-001.yaml.", metavar="FILE")],
    subject: Annotated[str, typer.Option("--subject", help="The study number; no name.", metavar="ID")],
    protocol: ProtocolName,
    version: Annotated[
        str | None, typer.Option("--version", help="The protocol's version.", metavar="VERSION")
    ] = None,
    site: Annotated[str | None, typer.Option("--site", help="The site's file.", metavar="FILE")] = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    start: Starts = None,
    by: By = None,
) -> None:
    """Write a new subject's file. A file that is there is never overwritten.

    trialcal new GC-001.yaml --subject GC-001 --protocol gc012f --start 2025-03-10 --by SC1
    """
    from trialcal.cli.beginning import Choice, begun
    from trialcal.cli.clock import now
    from trialcal.cli.output import printable, stop, tell, tell_problems
    from trialcal.cli.recording import other_file_of, write_lines

    path = Path.cwd() / file
    other = None if os.path.lexists(path) else other_file_of(subject, path)  # what is there is told by who writes
    if other is not None:
        held = f"{printable(subject.strip())} has a file in this folder already: {printable(other.name)}"
        tell(f"error: {held} (record there; a new screening is `trialcal record {other.name} rescreened DATE`)")
        stop(1)
    choice = Choice(subject, protocol, version, site, arm, cohort, tuple(cycles or ()), tuple(start or ()))
    line, problems, code = begun(file, choice, by, now())
    tell_problems(problems)
    if line:
        write_lines([line], "" if code else line.rpartition(": ")[2])
    if code:
        stop(code)
