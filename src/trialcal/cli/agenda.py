"""`trialcal agenda`: whose visits are due, and what should not be forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import TableFormat
from trialcal.cli.options import Output


def agenda(
    files: Annotated[
        list[str], typer.Argument(help="Subjects' files, or folders of them.", metavar="SUBJECT_FILE|FOLDER...")
    ],
    week: Annotated[
        str | None, typer.Option("--week", help="A week, as 2025-W10. Default: that of today.", metavar="WEEK")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first date.", metavar="DATE")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last date.", metavar="DATE")] = None,
    soon: Annotated[
        str, typer.Option("--soon", help="How far ahead a window closes soon.", metavar="DURATION")
    ] = "7d",
    today: Annotated[
        str | None, typer.Option("--today", help="Look as on this date. Default: today.", metavar="DATE")
    ] = None,
    form: Annotated[
        TableFormat | None, typer.Option("--format", help="Default: by the output's suffix; else a table.")
    ] = None,
    output: Output = None,
) -> None:
    """List whose visits are due on which day, windows that close soon, and what was not recorded.

    trialcal agenda subjects --week 2025-W10
    """
    from trialcal.cli.agendas import Asked, write_agenda
    from trialcal.cli.clock import today as date_of
    from trialcal.cli.output import stop

    in_form = None if form is None else form.value
    stop(write_agenda(files, Asked(week, first, last, soon), date_of(today), in_form, output))
