"""`trialcal show`: the protocol itself, in study days."""

from __future__ import annotations

from typing import Annotated

import typer


def show(
    name: Annotated[str | None, typer.Argument(help="A protocol's id or file.", metavar="ID|FILE")] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", "-p", help="The same, as for plan.", metavar="ID|FILE")
    ] = None,
) -> None:
    """Show a protocol in study days: its visits, windows, rules and what is assumed, with a timeline."""
    from trialcal.cli.loading import loaded
    from trialcal.cli.output import stop, tell, write_result
    from trialcal.cli.screen import has_colour, width
    from trialcal.writers.outline import protocol_text

    wanted = name or protocol
    if wanted is None or (name and protocol):
        tell("error: name one protocol, as trialcal show cc312")
        stop(2)
    found, told = loaded(wanted)
    for remark in told:
        tell(remark)
    write_result(protocol_text(found, width=width(), colour=has_colour()).encode(), None)
