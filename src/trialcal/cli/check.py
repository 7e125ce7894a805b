"""`trialcal check`: what is wrong with the files of protocols, sites and subjects."""

from __future__ import annotations

from typing import Annotated

import typer


def check(
    files: Annotated[
        list[str], typer.Argument(help="Files of protocols (or ids), sites, subjects.", metavar="FILE...")
    ],
) -> None:
    """Check files: a protocol's errors, rules that cannot hold and assumed values; a site's; a subject's."""
    from trialcal.cli.checking import checked
    from trialcal.cli.output import stop

    code = max(checked(name) for name in files)
    if code:
        stop(code)
