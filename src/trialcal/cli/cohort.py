"""`trialcal cohort`: several subjects together: who stands where, and what the next one waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import Format
from trialcal.cli.options import Output


def cohort(
    folder_or_file: Annotated[
        str | None,
        typer.Argument(help="A folder of subjects' files, or its cohort.yaml. Default: here.", metavar="FOLDER|FILE"),
    ] = None,
    today: Annotated[
        str | None, typer.Option("--today", help="Look as on this date. Default: today.", metavar="DATE")
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="Default: by the output's suffix; else a table.")
    ] = None,
    output: Output = None,
) -> None:
    """Tell where the subjects of a dose escalation stand, and when the next gate, dose and review can be.

    trialcal cohort subjects --today 2025-04-20
    """
    from trialcal.cli.clock import today as date_of
    from trialcal.cli.cohorts import write_cohort
    from trialcal.cli.output import stop

    stop(write_cohort(folder_or_file or ".", date_of(today), form, output))
