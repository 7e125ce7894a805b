"""`trialcal check`: what is wrong with protocol files, without any patient's date."""

from __future__ import annotations

from typing import Annotated

import typer


def check(
    files: Annotated[list[str], typer.Argument(help="Protocol files (or ids).", metavar="FILE...")],
) -> None:
    """Check protocol files: errors, rules that cannot hold, and all assumed values."""
    from trialcal.cli.checking import checked
    from trialcal.cli.output import stop

    code = max(checked(name) for name in files)
    if code:
        stop(code)
