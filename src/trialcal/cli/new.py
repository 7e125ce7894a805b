"""`trialcal new`: a subject's file, ready to be filled in, with the first entry of its history."""

from __future__ import annotations

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
    from trialcal.cli.output import stop, tell_problems, write_result

    choice = Choice(subject, protocol, version, site, arm, cohort, tuple(cycles or ()), tuple(start or ()))
    line, problems, code = begun(file, choice, by, now())
    tell_problems(problems)
    if line:
        write_result(f"{line}\n".encode(), None)
    if code:
        stop(code)
