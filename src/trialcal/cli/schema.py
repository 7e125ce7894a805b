"""`trialcal schema`: the JSON Schema of protocols, or of sites' files."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    site: Annotated[bool, typer.Option("--site", help="The schema of a site's file instead.")] = False,
) -> None:
    """Print the JSON Schema of protocol files, or of sites' files, with which editors complete and check."""
    from trialcal.cli.output import write_result
    from trialcal.files.schema import schema_text

    write_result(schema_text(of_site=site).encode(), None)
