"""`trialcal show`: the protocol itself, in study days."""

from __future__ import annotations

from typing import Annotated

import typer


def show(
    name: Annotated[str | None, typer.Argument(help="A protocol's id or file.", metavar="ID|FILE")] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", "-p", help="The same, as for plan.", metavar="ID|FILE")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Only what subjects of this arm have.", metavar="ID")] = None,
    cohort: Annotated[str | None, typer.Option(help="Only what subjects of this cohort have.", metavar="ID")] = None,
    cycles: Annotated[
        list[str] | None, typer.Option(help="How many cycles, or visits of a repeat, as treatment=6.", metavar="ID=N")
    ] = None,
    activities: Annotated[
        bool, typer.Option("--activities", help="Show the table of activities instead: what is done at which visit.")
    ] = False,
) -> None:
    """Show a protocol in study days: its visits, windows, rules and what is assumed, with a timeline.

    With --activities, show what is done at which visit: the protocol's table, as wide as the terminal.
    """
    from trialcal.cli.choosing import chosen
    from trialcal.cli.loading import loaded
    from trialcal.cli.output import stop, tell, write_result
    from trialcal.cli.screen import has_colour, width

    wanted = name or protocol
    if wanted is None or (name and protocol):
        tell("error: name one protocol, as trialcal show cc312")
        stop(2)
    found, told = loaded(wanted)
    found = chosen(found, arm, cohort, cycles or [])
    for remark in told:
        tell(remark)
    if activities:
        from trialcal.writers.matrix_page import matrix_text as text_of
    else:
        from trialcal.writers.outline import protocol_text as text_of
    write_result(text_of(found, width=width(), colour=has_colour()).encode(), None)
