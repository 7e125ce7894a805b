"""`trialcal history`: who changed what in a subject's file, and whether the history is as it was written."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import TableFormat
from trialcal.cli.options import Output


def history(
    subject: Annotated[
        str, typer.Argument(help="A subject's file, or a study number whose file is here.", metavar="SUBJECT")
    ],
    form: Annotated[
        TableFormat | None, typer.Option("--format", help="Default: by the output's suffix; else a table.")
    ] = None,
    output: Output = None,
) -> None:
    """Print a subject's history, and check that no entry was edited, removed or put in.

    trialcal history GC-001
    """
    from trialcal.cli.output import stop, tell_problems, write_result
    from trialcal.cli.verifying import history_of

    data, problems = history_of(subject, form.value if form is not None else None, output)
    tell_problems(problems)
    if data:
        write_result(data, output)
    if problems:
        stop(1)
