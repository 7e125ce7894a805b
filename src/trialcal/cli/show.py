"""`trialcal show`: the protocol itself, in study days."""

from __future__ import annotations

from typing import Annotated

import typer


def show(
    protocol: Annotated[str, typer.Argument(help="A protocol's id or file.", metavar="ID|FILE")],
) -> None:
    """Show a protocol in study days: its visits, windows, rules and what is assumed, with a timeline."""
    from trialcal.cli.loading import loaded
    from trialcal.cli.output import write_result
    from trialcal.cli.screen import has_colour, width
    from trialcal.writers.outline import protocol_text

    write_result(protocol_text(loaded(protocol), width=width(), colour=has_colour()).encode(), None)
